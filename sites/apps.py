from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = _("Sites et territoires")

    def ready(self) -> None:
        from sites import signals  # noqa: F401  (connects the handlers)
