from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabelsConfig(AppConfig):
    name = "labels"
    verbose_name = _("Label et communiqués")

    def ready(self) -> None:
        from editing.states import track
        from labels import publishing  # noqa: F401  (registers the checks)
        from labels.models import PressRelease, Wave

        track(PressRelease, parts=("figures",), also=("publication",))
        track(Wave, also=("publication",))
