"""“Relevé le … d’après …” (noted off a source) is not “vérifié le … par appel” (somebody asked), nor “modifié le …” by
staff who did not say from where: the source tells."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.folding import fold

# How a source begins where the desk itself answered, as ``ConfirmForm.SOURCES`` and editors write it.
DESK_ANSWERED = ("appel", "courriel", "visite")
# The source of contact details and hours that staff changed without naming one.
STAFF = "Rédaction de l’annuaire"


class ContactCheck(models.TextChoices):
    NOTED = "noted", _("relevé")
    CHECKED = "checked", _("vérifié")
    CHANGED = "changed", _("modifié")


def contact_check(source: str) -> ContactCheck | None:
    """None without a source; the lesser claim wherever it does not say that the desk answered."""
    if not source:
        return None
    if source == STAFF:
        return ContactCheck.CHANGED
    return ContactCheck.CHECKED if fold(source).startswith(DESK_ANSWERED) else ContactCheck.NOTED
