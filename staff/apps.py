from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = _("Connexions")

    def ready(self) -> None:
        from staff import signals  # noqa: F401  (connects the handlers)
        from staff.roles import apply_roles

        post_migrate.connect(apply_roles, sender=self)
