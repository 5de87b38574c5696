from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class DirectoryConfig(AppConfig):
    name = "pimms_directory"
    default = True

    def ready(self) -> None:
        from pimms_directory import checks  # noqa: F401  (registers the checks)


class DirectoryAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "pimms_directory.admin.DirectoryAdminSite"
