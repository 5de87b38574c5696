from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VersionsConfig(AppConfig):
    name = "sites.versions"
    verbose_name = _("Versions datées")

    def ready(self) -> None:
        from pimms_directory.editing.history import changed
        from sites.versions.keeping import keep_version

        changed.connect(keep_version)
