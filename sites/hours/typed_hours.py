"""One day's hours as people type them: ``09:00 - 12:00 / 14:00 - 17:00``, ``9h-12h et 13h30-17h``, ``Fermé``.

What cannot be read for certain is refused: ``9-12h`` may mean what it seems to, but a directory does not guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import time
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

LONGEST = 200  # characters; the longest of the official list has 77
CLOSED = frozenset(("", "ferme", "fermee"))
BETWEEN_STRETCHES = re.compile(r"\s*(?:[/;,|&]|\bet\b|\bpuis\b)\s*")
HOUR = r"([0-9]{1,2}) ?(?:h|:) ?([0-9]{2})?"
STRETCH = re.compile(rf"(?:de )?{HOUR}\s*(?:[-\u2010-\u2015\u2212]|\bà\b|\ba\b)\s*{HOUR}")


class OpenHours(NamedTuple):
    opens: time
    closes: time


class UnreadableHours(ValueError):
    """Its message is a French sentence for the editor."""


def parse_day(text: str) -> tuple[OpenHours, ...]:
    """``"9h-12h et 14h-17h"`` → both stretches, in order; none for a closed day. Raises ``UnreadableHours``."""
    shown = " ".join(" / ".join(text.strip(" \t\r\n\u00a0\u202f/;,|&").splitlines()).split())
    if len(shown) > LONGEST:
        raise UnreadableHours(_("Ce texte est trop long pour des horaires."))
    plain = unicodedata.normalize("NFC", shown.lower())
    if plain.replace("é", "e") in CLOSED:
        return ()
    stretches = [parse_stretch(part, shown) for part in BETWEEN_STRETCHES.split(plain)]
    stretches.sort()
    for (_opens, closes), (opens, _closes) in pairwise(stretches):
        if opens < closes:
            raise UnreadableHours(_("Des heures se chevauchent : « %(text)s ».") % {"text": shown})
    return tuple(stretches)


def parse_stretch(part: str, shown: str) -> OpenHours:
    """``"9h-12h"`` → 09:00 and 12:00. ``shown`` is the whole text, as the message quotes it."""
    match = STRETCH.fullmatch(part)
    if not match or (":" in part and None in match.groups()):  # 9h is a time, 9: is half of one
        raise UnreadableHours(_("« %(text)s » n’est pas un horaire lisible.") % {"text": shown})
    try:
        opens, closes = (time(int(match[hour]), int(match[hour + 1] or 0)) for hour in (1, 3))
    except ValueError:
        raise UnreadableHours(_("« %(text)s » contient une heure qui n’existe pas.") % {"text": shown}) from None
    if closes <= opens:
        raise UnreadableHours(
            _("Des heures finissent avant de commencer, ou au même moment : « %(text)s ».") % {"text": shown}
        )
    return OpenHours(opens, closes)


def day_text(stretches: Iterable[tuple[time, time]]) -> str:
    """``09:00 - 12:00 / 14:00 - 17:00``, as the official list writes it; empty for a closed day."""
    return " / ".join(f"{opens:%H:%M} - {closes:%H:%M}" for opens, closes in stretches)
