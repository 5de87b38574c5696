from django.apps import AppConfig
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _


class EditingConfig(AppConfig):
    name = "pimms_directory.editing"
    verbose_name = _("Modifications en préparation")

    def ready(self) -> None:
        from pimms_directory.editing.models import goes_with_its_record

        post_delete.connect(goes_with_its_record)
