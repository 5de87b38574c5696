from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SitesConfig(AppConfig):
    name = "sites"
    label = "directory"  # “sites” is the label of django.contrib.sites
    verbose_name = _("Sites et territoires")

    def ready(self) -> None:
        from pimms_directory.editing.states import track
        from sites import signals  # noqa: F401  (connects the handlers)
        from sites.models import Association, Commune, Department, Listing, Region, Site
        from sites.staff import checks  # noqa: F401  (registers the checks)

        track(
            Site,
            parts=("opening_periods", "notices", "aliases"),
            also=("publication", "contact_checked_by"),
            lasting=("aliases",),
        )
        track(Commune, parts=("postcodes", "aliases"))
        for model in (Association, Department, Listing, Region):
            track(model)
