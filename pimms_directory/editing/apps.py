from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditingConfig(AppConfig):
    """How staff change records, whatever the records are: below ``labels`` and ``sites``, which stand on it."""

    name = "pimms_directory.editing"
    verbose_name = _("Tenue des fiches")
