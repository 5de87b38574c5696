"""The hours of a week as desks write them: ``lun-ven 9h-12h / 14h-17h``, ``Lundi : 9h-12h ; samedi fermé``.

Days that a text does not name are not in the answer: it says nothing of them. What cannot be read for certain is
refused, as of a single day in ``typed_hours.py``, which reads the hours here too.
"""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext as _

from sites.hours.opening_hours import DAY_NAMES
from sites.hours.typed_hours import OpenHours, UnreadableHours, parse_day

Week = dict[int, tuple[OpenHours, ...]]  # by weekday; a closed day has no hours

LONGEST = 1500  # characters
# Without accents and in lower case. Only whole words have a plural: “mars” is a month.
WORDS = (
    "lundis? mardis? mercredis? jeudis? vendredis? samedis? dimanches? lun lu mar ma mer me jeu je ven ve sam sa dim di"
)
SEVERAL = {r"tous\s+les\s+jours": range(1, 8), r"week-?ends?": range(6, 8)}
DAY = rf"(?<![a-z0-9])(?:{'|'.join([*WORDS.split(), *SEVERAL])})(?![a-z0-9])\.?"
BETWEEN_DAYS = r"\s*(?:([-\u2010-\u2015\u2212]|\bau\b|\ba\b)|[,/&+]|\bet\b)\s*(?:les?\s+)?"  # its group: a range
DAYS = re.compile(rf"(?:\b(?:du|les?)\s+)?{DAY}(?:{BETWEEN_DAYS}{DAY})*")
FIRST_LETTERS = ("lu", "ma", "me", "je", "ve", "sa", "di")
# Words that say nothing of when; “matin” only where hours follow, for “matin fermé” is not a closed day.
NOISE = re.compile(
    r"\bhoraires?\b|\bd[’']ouverture\b|\bouverte?s?\b|\bouverture\b|\bau public\b|\baccueil\b|\bpermanences?\b"
    r"|(?:\ble )?\b(?:matin|après-midi)\b\s*:?(?=\s*(?:de\s|[0-9]))",
    re.IGNORECASE,
)
EDGE = r"(?:[\s,;:/.&()]|[-\u2010-\u2015]|\bet\b)"
EDGES = re.compile(rf"^{EDGE}+|{EDGE}+$", re.IGNORECASE)
ENDS_CLOSED = re.compile(r"(.*?)[\s,;/.(]*\b(ferm[ée]e?s?)", re.IGNORECASE | re.DOTALL)


def parse_week(text: str) -> Week:
    """``"lun-mar 9h-12h ; samedi fermé"`` → the hours of 1 and 2, none on 6. Raises ``UnreadableHours``."""
    if len(text) > LONGEST:
        raise UnreadableHours(_("Ce texte est trop long pour des horaires."))
    text = unicodedata.normalize("NFC", text)
    groups = list(DAYS.finditer(without_accents(text)))
    if not groups:
        raise UnreadableHours(_("« %(text)s » ne nomme aucun jour.") % {"text": " ".join(text.split())[:100]})
    ends = [0, *(group.end() for group in groups)]
    starts = [*(group.start() for group in groups), len(text)]
    between = [EDGES.sub("", NOISE.sub(" ", text[end:start])) for end, start in zip(ends, starts, strict=True)]
    found: Week = {}
    for group, hours in zip(groups, hours_of_groups(between), strict=True):
        words = text[group.start() : group.end()].strip()
        days = days_named(group[0], words)
        if twice := [str(DAY_NAMES[day - 1]) for day in days if day in found]:
            said = _("Un jour est donné deux fois, écrivez ses heures une seule fois : %(days)s.")
            raise UnreadableHours(said % {"days": ", ".join(twice)})
        found |= dict.fromkeys(days, hours_named(hours, words))
    return found


def hours_of_groups(between: list[str]) -> list[str]:
    """The text of the hours of each group of days: what follows it or, where the whole text is so, what precedes it.

    ``between``: what stands before the first group, between the groups and after the last.
    """
    if between[0] and not between[-1]:
        return between[:-1]  # “9h-12h du lundi au jeudi, fermé le vendredi”
    hours = list(between)
    for number in range(len(hours) - 1):
        closed = None if hours[number + 1] else ENDS_CLOSED.fullmatch(hours[number])
        if closed and (closed[1] or number == 0):  # “9h-12h. Fermé le samedi”
            hours[number : number + 2] = closed[1], closed[2]
    if hours[0]:
        raise UnreadableHours(_("« %(text)s » ne dit pas de quel jour il s’agit.") % {"text": hours[0][:100]})
    return hours[1:]


def days_named(group: str, words: str) -> list[int]:
    """``"lundi au mercredi et vendredi"`` → 1, 2, 3, 5. ``words``: as typed."""
    days: list[int] = []
    is_range = was_range = False
    for match in re.finditer(rf"({DAY})|{BETWEEN_DAYS}", group):
        if not match[1]:
            is_range = bool(match[2])
            continue
        named = weekdays(match[1])
        if is_range and (was_range or named[0] <= days[-1]):
            raise UnreadableHours(_("« %(text)s » : ces jours ne se suivent pas.") % {"text": words})
        days += range(days[-1] + 1, named[-1] + 1) if is_range else named
        is_range, was_range = False, is_range
    return days


def weekdays(word: str) -> range:
    for pattern, days in SEVERAL.items():
        if re.match(pattern, word):
            return days
    first = FIRST_LETTERS.index(word[:2]) + 1
    return range(first, first + 1)


def hours_named(hours: str, words: str) -> tuple[OpenHours, ...]:
    if not hours:
        raise UnreadableHours(_("« %(text)s » : il manque les heures.") % {"text": words})
    try:
        return parse_day(hours)
    except UnreadableHours as problem:
        raise UnreadableHours(problem.said_of(f"« {words} »")) from problem


def without_accents(text: str) -> str:
    """Of the same length, in lower case."""
    return "".join(unicodedata.normalize("NFD", letter)[0].lower() for letter in text)
