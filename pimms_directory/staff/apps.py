from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "pimms_directory.staff"
    verbose_name = _("Connexions")

    def ready(self) -> None:
        from pimms_directory.staff import logins  # noqa: F401  (connects the handlers)
        from pimms_directory.staff.roles import apply_roles

        post_migrate.connect(apply_roles, sender=self)
