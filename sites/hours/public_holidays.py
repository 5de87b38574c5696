"""The public holidays of France, so that no desk is called open on 14 July.

Source: Code du travail, L3133-1 (everywhere), L3134-13 (Alsace and Moselle) and L3422-2 (overseas), with the holidays
that Guadeloupe and Martinique keep by custom. The ``holidays`` library says the same, as a test compares;
it brings all countries of the world along, 10 MB in each process.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter

FIXED = {
    (1, 1): "Jour de l’an",
    (5, 1): "Fête du Travail",
    (5, 8): "Fête de la Victoire",
    (7, 14): "Fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "Armistice",
    (12, 25): "Noël",
}
# In days after Easter Sunday.
MOVABLE = {1: "Lundi de Pâques", 39: "Ascension", 50: "Lundi de Pentecôte"}

GOOD_FRIDAY = {-2: "Vendredi saint"}
ALSACE_MOSELLE = ({(12, 26): "Saint-Étienne"}, GOOD_FRIDAY)
ABOLITION, SCHOELCHER = "Abolition de l’esclavage", {(7, 21): "Fête de Victor Schoelcher"}
# By code of the department: further fixed days, and further movable ones.
LOCAL: dict[str, tuple[dict[tuple[int, int], str], dict[int, str]]] = {
    "57": ALSACE_MOSELLE,
    "67": ALSACE_MOSELLE,
    "68": ALSACE_MOSELLE,
    "971": ({(5, 27): ABOLITION, **SCHOELCHER}, {-24: "Mi-Carême", **GOOD_FRIDAY}),
    "972": ({(5, 22): ABOLITION, **SCHOELCHER}, {}),
    "973": ({(6, 10): ABOLITION}, {}),
    "974": ({(12, 20): ABOLITION}, {}),
    "976": ({(4, 27): ABOLITION}, {}),
}


def public_holiday(day: date, department_code: str) -> str:
    """The name of the public holiday that a day is in a department, in French, or an empty string."""
    return _holidays_of(day.year, department_code if department_code in LOCAL else "").get(day, "")


@lru_cache(32)  # each department with holidays of its own, around the end of a year
def _holidays_of(year: int, department_code: str) -> dict[date, str]:
    """The name of each, by its day. Two that fall on one day are named together: ``Ascension; Fête du Travail``."""
    fixed, movable = LOCAL.get(department_code, ({}, {}))
    names: dict[date, set[str]] = defaultdict(set)
    for (month, number), name in (FIXED | fixed).items():
        names[date(year, month, number)].add(name)
    for days, name in (MOVABLE | movable).items():
        names[easter(year) + timedelta(days)].add(name)
    return {day: "; ".join(sorted(each)) for day, each in names.items()}
