from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabelsConfig(AppConfig):
    name = "labels"
    verbose_name = _("Label et communiqués")

    def ready(self) -> None:
        from labels.models import PressRelease, Wave
        from pimms_directory.editing.states import track

        track(PressRelease, parts=("figures", "facts"), also=("publication",))
        track(Wave, also=("publication",))
