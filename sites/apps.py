from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SitesConfig(AppConfig):
    name = "sites"
    label = "directory"  # “sites” is the label of django.contrib.sites
    verbose_name = _("Sites et territoires")

    def ready(self) -> None:
        from pimms_directory.editing.states import track
        from sites.models import Association, Commune, Department, Listing, Region, Site, signals, word_index  # noqa: F401  (connects the handlers)
        from sites.staff import checks  # noqa: F401  (registers the checks)

        post_migrate.connect(word_index.install, sender=self)
        track(
            Site,
            parts=("opening_periods", "aliases"),
            also=("publication", "contact_checked_by"),
            lasting=("aliases",),
        )
        track(Commune, parts=("postcodes", "aliases"))
        for model in (Association, Department, Listing, Region):
            track(model)
