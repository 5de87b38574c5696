"""Days, weekly hours and public holidays, as plain values.

A weekday is an ISO number, 1 for Monday to 7 for Sunday; a time is what the clock of the desk shows (``today.py``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Protocol

from dateutil.easter import easter
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

DAY_NAMES = (_("lundi"), _("mardi"), _("mercredi"), _("jeudi"), _("vendredi"), _("samedi"), _("dimanche"))
WEEKDAYS = tuple(enumerate(DAY_NAMES, start=1))
# The value of `jour=` in an address: never translated, so that links last.
WEEKDAY_SLUGS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
# As ``today.py`` has it: no source says that a desk opens on public holidays, and none is called open on one.
HOLIDAYS_OFF = "PH off"
# Once checked. Older hours are shown with their date, but nobody is told that a desk is open now.
STAY_FRESH = timedelta(days=365)


class Period(Protocol):
    """Some hours of one weekday, from ``opens`` to ``closes``."""

    weekday: int
    opens: time
    closes: time


Stretch = tuple[int, time, time]  # weekday, opens, closes: a period as plain values, where there are many


@dataclass(frozen=True)
class Day:
    """A weekday with its periods in order; a closed day has none."""

    weekday: int
    name: str
    periods: tuple[Period, ...]


def week(periods: Iterable[Period]) -> list[Day]:
    """The seven days, Monday first."""
    by_day: dict[int, list[Period]] = {number: [] for number, _name in WEEKDAYS}
    for period in sorted(periods, key=lambda period: (period.weekday, period.opens)):
        by_day[period.weekday].append(period)
    return [Day(number, str(name), tuple(by_day[number])) for number, name in WEEKDAYS]


def _consecutive(weekdays: Iterable[int]) -> list[list[int]]:
    """Days in groups that follow each other: ``1, 2, 3, 5`` → ``[[1, 2, 3], [5]]``."""
    runs: list[list[int]] = []
    for day in weekdays:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def describe_days(weekdays: tuple[int, ...]) -> str:
    """``(1, 2, 3, 4, 5, 7)`` → ``"du lundi au vendredi et le dimanche"``; empty when there are none."""
    names = dict(WEEKDAYS)
    parts = []
    for run in _consecutive(weekdays):
        if len(run) > 2:
            parts.append(gettext("du %(first)s au %(last)s") % {"first": names[run[0]], "last": names[run[-1]]})
        else:
            parts.extend(gettext("le %(day)s") % {"day": names[day]} for day in run)
    if len(parts) < 2:
        return "".join(parts)
    return gettext("%(most)s et %(last)s") % {"most": gettext(", ").join(parts[:-1]), "last": parts[-1]}


def opening_hours(periods: Iterable[Stretch]) -> str:
    """The week in the syntax of OpenStreetMap: ``Mo-Fr 09:00-12:00,14:00-17:00; PH off``; empty without hours.

    Days with the same hours share a rule, in the order of their first day. Specification:
    https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification
    """
    days: dict[int, list[str]] = {}
    for weekday, opens, closes in sorted(periods):
        days.setdefault(weekday, []).append(day_hours([(opens, closes)]))
    rules: dict[str, list[int]] = {}
    for weekday, hours in days.items():
        rules.setdefault(",".join(hours), []).append(weekday)
    week = [f"{_day_ranges(days)} {hours}" for hours, days in rules.items()]
    return "; ".join([*week, HOLIDAYS_OFF]) if week else ""


def day_hours(stretches: Iterable[tuple[time, time]]) -> str:
    """``09:00-12:00,14:00-17:00``"""
    return ",".join(f"{opens.isoformat('minutes')}-{closes.isoformat('minutes')}" for opens, closes in stretches)


def _day_ranges(days: list[int]) -> str:
    """``[1, 2, 3, 5]`` → ``"Mo-We,Fr"``."""
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    return ",".join("-".join(names[day - 1] for day in dict.fromkeys((run[0], run[-1]))) for run in _consecutive(days))


# The public holidays of France, so that no desk is called open on 14 July. Source: Code du travail, L3133-1
# (everywhere), L3134-13 (Alsace and Moselle) and L3422-2 (overseas), with the holidays that Guadeloupe and Martinique
# keep by custom. The ``holidays`` library says the same, as a test compares; it brings all countries of the world
# along, 10 MB in each process.

FIXED = {
    (1, 1): gettext_noop("Jour de l’an"),
    (5, 1): gettext_noop("Fête du Travail"),
    (5, 8): gettext_noop("Fête de la Victoire"),
    (7, 14): gettext_noop("Fête nationale"),
    (8, 15): gettext_noop("Assomption"),
    (11, 1): gettext_noop("Toussaint"),
    (11, 11): gettext_noop("Armistice"),
    (12, 25): gettext_noop("Noël"),
}
# In days after Easter Sunday.
MOVABLE = {1: gettext_noop("Lundi de Pâques"), 39: gettext_noop("Ascension"), 50: gettext_noop("Lundi de Pentecôte")}

GOOD_FRIDAY = {-2: gettext_noop("Vendredi saint")}
ALSACE_MOSELLE = ({(12, 26): gettext_noop("Saint-Étienne")}, GOOD_FRIDAY)
ABOLITION, SCHOELCHER = gettext_noop("Abolition de l’esclavage"), {(7, 21): gettext_noop("Fête de Victor Schoelcher")}
# By code of the department: further fixed days, and further movable ones.
LOCAL: dict[str, tuple[dict[tuple[int, int], str], dict[int, str]]] = {
    "57": ALSACE_MOSELLE,
    "67": ALSACE_MOSELLE,
    "68": ALSACE_MOSELLE,
    "971": ({(5, 27): ABOLITION, **SCHOELCHER}, {-24: gettext_noop("Mi-Carême"), **GOOD_FRIDAY}),
    "972": ({(5, 22): ABOLITION, **SCHOELCHER}, {}),
    "973": ({(6, 10): ABOLITION}, {}),
    "974": ({(12, 20): ABOLITION}, {}),
    "976": ({(4, 27): ABOLITION}, {}),
}


def public_holiday(day: date, department_code: str) -> str:
    """The name of the public holiday that a day is in a department, or an empty string.

    Two that fall on one day are named together: ``Ascension; Fête du Travail``.
    """
    names = _holidays_of(day.year, department_code if department_code in LOCAL else "").get(day, ())
    return "; ".join(map(gettext, names))


@lru_cache(32)  # each department with holidays of its own, around the end of a year
def _holidays_of(year: int, department_code: str) -> dict[date, list[str]]:
    """Their French names, by day."""
    fixed, movable = LOCAL.get(department_code, ({}, {}))
    names: dict[date, set[str]] = defaultdict(set)
    for (month, number), name in (FIXED | fixed).items():
        names[date(year, month, number)].add(name)
    for days, name in (MOVABLE | movable).items():
        names[easter(year) + timedelta(days)].add(name)
    return {day: sorted(each) for day, each in names.items()}
