"""“Relevé le … d’après …” (noted off a source) is not “vérifié le … par appel” (somebody asked), nor “modifié le …” by
staff who did not say from where: the source tells."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.folding import fold

# How a source begins where the desk itself answered, as ``ConfirmForm.SOURCES`` and editors write it.
DESK_ANSWERED = ("appel", "courriel", "visite")
# The source of contact details and hours that staff changed without naming one.
STAFF = "Rédaction de l’annuaire"


# How the source of contact details that come from such a list begins; the day they were checked is then the list's.
OFFICIAL_LIST = "Liste officielle des France Services"
# What a source vouches for.
CONTACT = frozenset(
    ("phone", "email", "website", "appointment", "access_note", "address", "address_complement", "postcode", "commune")
) | {"opening_periods"}


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


def name_source(site: Any, changed: set[str], by: Any) -> None:
    """Who changes contact details or hours says from where and when; else the staff are the source, as of today.

    ``changed``: the fields that somebody typed anew, and ``opening_periods``.
    """
    if "contact_checked_on" in changed:
        site.contact_checked_by = by if site.contact_checked_on else None
    if site.pk is None or not changed & CONTACT:
        return
    if "contact_checked_on" not in changed:
        site.contact_checked_on, site.contact_checked_by = timezone.localdate(), by
    if not has_source(site.contact_source, changed):
        site.contact_source, site.contact_checked_by = STAFF, None


def has_source(source: str, changed: set[str]) -> bool:
    """Whether it says the values that changed: a new source does, and a new day of the same call; a new day of the same
    official list does not."""
    if "contact_source" in changed:
        return bool(source)
    return "contact_checked_on" in changed and not source.startswith((OFFICIAL_LIST, STAFF))
