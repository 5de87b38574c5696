"""One day's hours as people type them: ``09:00 - 12:00 / 14:00 - 17:00``, ``9h-12h et 13h30-17h``, ``Fermé``.

A whole week is read in ``typed_week.py``, day by day, with what stands here.

What cannot be read for certain is refused: ``9-12h`` may mean what it seems to, but a directory does not guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import time
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

LONGEST = 200  # characters; the longest of the official list has 77
CLOSED = frozenset(("", "ferme", "fermee"))
# 9h is a time, 9: is half of one; 09:00:00 comes from databases and spreadsheets. Groups: hour, minute, second.
HOUR = r"([0-9]{1,2}) ?(?:h|[:.](?= ?[0-9])) ?(?:([0-9]{2})(?::([0-9]{2}))?)?"
# Also two stretches with nothing but a space between them: ``9h00 - 12h30 13h30-17h``.
BETWEEN_STRETCHES = re.compile(r"\s*(?:[/;,|&]|\bet\b|\bpuis\b)\s*|(?<=[0-9h])\s+(?=(?:de )?[0-9]{1,2} ?(?:h|[:.]))")
MOMENT = re.compile(rf"{HOUR}|([0-9]{{1,2}})")  # in a box of its own, 9 is nine o’clock
STRETCH = re.compile(rf"(?:de )?{HOUR}\s*(?:[-\u2010-\u2015\u2212]|\bà\b|\ba\b)\s*{HOUR}")


class OpenHours(NamedTuple):
    opens: time
    closes: time


class UnreadableHours(ValueError):
    """Its message is a French sentence for the editor."""

    def said_of(self, what: str) -> str:
        """``Mardi : « 9x » n’est pas une heure.``"""
        problem = str(self)
        return _("%(what)s : %(problem)s") % {"what": what, "problem": problem[:1].lower() + problem[1:]}


def parse_day(text: str) -> tuple[OpenHours, ...]:
    """``"9h-12h et 14h-17h"`` → both stretches, in order; none for a closed day. Raises ``UnreadableHours``."""
    shown = " ".join(" / ".join(text.strip(" \t\r\n\u00a0\u202f/;,|&.").splitlines()).split())
    if len(shown) > LONGEST:
        raise UnreadableHours(_("Ce texte est trop long pour des horaires."))
    plain = plainly(shown)
    if plain.replace("é", "e") in CLOSED:
        return ()
    return in_order([parse_stretch(part, shown) for part in BETWEEN_STRETCHES.split(plain)], shown)


def plainly(text: str) -> str:
    return re.sub(r"(?<!après-)(?<!apres-)\bmidi\b", "12h", unicodedata.normalize("NFC", text.lower()))


def parse_stretch(part: str, shown: str) -> OpenHours:
    """``"9h-12h"`` → 09:00 and 12:00. ``shown`` is the whole text, as the message quotes it."""
    match = STRETCH.fullmatch(part)
    if not match:
        raise UnreadableHours(_("« %(text)s » n’est pas un horaire lisible.") % {"text": shown})
    return stretch(clock(match.groups()[:3], shown), clock(match.groups()[3:], shown), shown)


def stretch(opens: time, closes: time, shown: str) -> OpenHours:
    if closes <= opens:
        raise UnreadableHours(
            _("Des heures finissent avant de commencer, ou au même moment : « %(text)s ».") % {"text": shown}
        )
    return OpenHours(opens, closes)


def in_order(stretches: Iterable[OpenHours], shown: str) -> tuple[OpenHours, ...]:
    found = tuple(sorted(stretches))
    for (_opens, closes), (opens, _closes) in pairwise(found):
        if opens < closes:
            raise UnreadableHours(_("Des heures se chevauchent : « %(text)s ».") % {"text": shown})
    return found


def clock(parts: Iterable[str | None], shown: str) -> time:
    try:
        hour, minute, second = (int(part or 0) for part in parts)
        return time(hour, minute, second)
    except ValueError:
        raise UnreadableHours(_("« %(text)s » contient une heure qui n’existe pas.") % {"text": shown}) from None


def parse_boxes(boxes: Sequence[str]) -> tuple[OpenHours, ...]:
    """One day typed into boxes: opens, closes, opens, closes. A box may also hold a stretch, or ``fermé``."""
    stretches: list[OpenHours] = []
    for opens, closes in zip(boxes[::2], boxes[1::2], strict=True):
        if opens and closes:
            stretches.append(stretch(parse_moment(opens), parse_moment(closes), f"{opens} - {closes}"))
        elif opens:
            stretches.extend(parse_alone(opens, _("Il manque l’heure de fermeture après « %(text)s ».")))
        elif closes:
            stretches.extend(
                parse_alone(
                    closes,
                    _("Il manque l’heure d’ouverture avant « %(text)s »."),
                )
            )
    return in_order(stretches, day_text(stretches))


def parse_alone(text: str, missing: str) -> tuple[OpenHours, ...]:
    if MOMENT.fullmatch(plainly(text)):
        raise UnreadableHours(missing % {"text": text})
    return parse_day(text)


def parse_moment(text: str) -> time:
    """``9h``, ``9:30``, ``9h30``, ``09.30``, ``9``. Raises ``UnreadableHours``."""
    match = MOMENT.fullmatch(plainly(text))
    if not match:
        raise UnreadableHours(_("« %(text)s » n’est pas une heure.") % {"text": text})
    return clock((match[1] or match[4], match[2], match[3]), text)


def day_text(stretches: Iterable[tuple[time, time]]) -> str:
    """``09:00 - 12:00 / 14:00 - 17:00``, as the official list writes it; empty for a closed day."""
    return " / ".join(f"{moment_text(opens)} - {moment_text(closes)}" for opens, closes in stretches)


def moment_text(moment: time) -> str:
    """With the seconds that hardly any has."""
    return moment.isoformat("seconds" if moment.second else "minutes")
