from django.apps import AppConfig, apps
from django.contrib.admin import apps as admin_apps
from django.contrib.staticfiles import apps as staticfiles_apps
from django.db.models.signals import post_migrate


class DirectoryConfig(AppConfig):
    name = "pimms_directory"
    default = True

    def ready(self) -> None:
        from pimms_directory import checks  # noqa: F401  (registers the checks)
        from pimms_directory.base import revision

        # Sent once all migrations have run, for each application; this one has no models of its own.
        post_migrate.connect(revision.install, sender=apps.get_app_config("directory"))


class DirectoryAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "pimms_directory.admin_site.DirectoryAdminSite"


class StaticFilesConfig(staticfiles_apps.StaticFilesConfig):
    default = False
    # What django-leaflet brings beside Leaflet itself: drawing, other projections, sources. Nothing here asks for it.
    ignore_patterns = [
        *staticfiles_apps.StaticFilesConfig.ignore_patterns,
        *("Control.MiniMap.*", "draw", "leaflet-src.*", "leaflet.extras.*", "leaflet.forms.*", "leaflet_django.css"),
        *("proj4*",),
    ]
