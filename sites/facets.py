"""How many sites each choice of each filter would give, without asking the database for each.

It groups the labelled sites once by all that the filters offer, in the order of an index; the groups are added up
here for whatever is chosen, once for each state of the data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count

from pimms_directory.derived import kept
from sites.hours import WEEKDAY_SLUGS
from sites.models import Department, Region, Site
from sites.reference import Reference, reference

Territory = TypeVar("Territory", Department, Region)

KINDS = {"fixe": Site.Kind.FIXED, "mobile": Site.Kind.MOBILE, "multisite": Site.Kind.MULTISITE}
KIND_SLUGS = {str(kind): slug for slug, kind in KINDS.items()}
DESK = KIND_SLUGS[Site.Kind.FIXED]
# Of each weekday, the values of Site.open_days that include it.
OPEN_ON = {
    slug: frozenset(bits for bits in range(1 << len(WEEKDAY_SLUGS)) if bits & (1 << day))
    for day, slug in enumerate(WEEKDAY_SLUGS)
}


class Group(NamedTuple):
    """Sites that no filter tells apart, by keys, and how many they are."""

    department: int
    wave: int
    association: int
    kind: str
    open_days: int
    size: int


# The column that each filter looks at.
COLUMNS = {"region": 0, "departement": 0, "vague": 1, "association": 2, "type": 3, "jour": 4}
KEYS = 5


class Option(NamedTuple):
    """A value of a filter, as addresses write it; options sort as the reader expects."""

    sort: str
    value: str
    label: str = ""


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for: ``within`` cannot be taken back one by one, ``chosen`` are the filters with choices.

    ``unplaced`` asks for the desks whose position is unknown, which a list around a point cannot show.
    """

    words: str = ""
    after: date | None = None
    before: date | None = None
    within: tuple[tuple[str, str], ...] = ()
    chosen: tuple[tuple[str, str], ...] = ()
    unplaced: bool = False


@dataclass(frozen=True)
class Tally:
    """How many sites there are in all, in which departments and with which days; and those of each option."""

    total: int
    departments: frozenset[int]
    open_days: frozenset[int]
    options: dict[str, list[tuple[Option, int]]]


@kept(64)
def labelled_groups(words: str = "", unplaced: bool = False) -> list[Group]:
    """The labelled sites that have some words. One query."""
    sites = Site.objects.labelled().search(words)
    if unplaced:
        sites = sites.filter(kind=Site.Kind.FIXED, position_latitude=None)
    counted = sites.order_by().values_list("department", "wave", "association", "kind", "open_days")
    return [Group(*row) for row in counted.annotate(n=Count("pk"))]


@kept(256)
def tally(wanted: Wanted) -> Tally:
    """Adds the groups up. The queries of ``reference()`` and ``labelled_groups()``, once."""
    tables = reference()
    within = [(COLUMNS[name], _keys(tables, name, value)) for name, value in wanted.within]
    if wanted.after or wanted.before:
        within.append((COLUMNS["vague"], _waves_between(tables, wanted.after, wanted.before)))
    chosen = [(name, COLUMNS[name], _keys(tables, name, value)) for name, value in wanted.chosen]
    hits: list[Counter[Any]] = [Counter() for _ in range(KEYS)]
    # Sites that only one of the chosen values keeps out: they count for the other values of that filter.
    near: dict[str, Counter[Any]] = {name: Counter() for name, _column, _keys in chosen}
    for group in labelled_groups(wanted.words, wanted.unplaced):
        if any(group[column] not in keys for column, keys in within):
            continue
        missed = [(name, column) for name, column, keys in chosen if group[column] not in keys]
        if not missed:
            for column in range(KEYS):
                hits[column][group[column]] += group.size
        elif len(missed) == 1:
            name, column = missed[0]
            near[name][group[column]] += group.size
    return Tally(
        hits[0].total(),
        frozenset(hits[0]),
        frozenset(hits[4]),
        {name: _options(tables, name, hits[column] + near.get(name, Counter())) for name, column in COLUMNS.items()},
    )


def _keys(tables: Reference, name: str, value: str) -> frozenset[Any]:
    """What the column of a filter holds for one of its values."""
    match name:
        case "region":
            return frozenset(pk for pk, each in tables.departments.items() if each.region.slug == value)
        case "departement":
            return frozenset(pk for pk, each in tables.departments.items() if each.code == value)
        case "vague":
            return frozenset(pk for pk, each in tables.waves.items() if each.code == value)
        case "association":
            return frozenset(pk for pk, each in tables.associations.items() if each.slug == value)
        case "type":
            return frozenset({str(KINDS[value])})
        case _:
            return OPEN_ON[value]


def _waves_between(tables: Reference, after: date | None, before: date | None) -> frozenset[int]:
    first, last = after or date.min, before or date.max
    return frozenset(pk for pk, each in tables.waves.items() if first <= each.effective_on <= last)


def _options(tables: Reference, name: str, counts: Counter[Any]) -> list[tuple[Option, int]]:
    """The counts of a column as options of a filter, in their order."""
    found: Counter[Option] = Counter()
    for key, count in counts.items():
        for option in _options_of(tables, name, key):
            found[option] += count
    return sorted(found.items())


def _options_of(tables: Reference, name: str, key: Any) -> Iterable[Option]:
    match name:
        case "region":
            region = tables.departments[key].region
            return [Option(region.slug, region.slug, region.name)]
        case "departement":
            department = tables.departments[key]
            return [Option(department.slug, department.code, str(department))]
        case "vague":
            wave = tables.waves[key]
            return [Option(wave.code, wave.code, wave.name)]
        case "association":
            association = tables.associations[key]
            return [Option(association.slug, association.slug, association.name)]
        case "type":
            return [Option(key, KIND_SLUGS[key])]
        case _:
            return [Option(str(day), slug) for day, slug in enumerate(WEEKDAY_SLUGS) if key & (1 << day)]


@kept(1)
def counted_departments() -> list[Department]:
    """All departments by name, each with its region and ``site_count``: sites that carry the label today."""
    counts: Counter[int] = Counter()
    for group in labelled_groups():
        counts[group.department] += group.size
    return [_counted(each, counts[pk]) for pk, each in reference().departments.items()]


@kept(1)
def counted_regions() -> list[Region]:
    """The regions likewise."""
    counts: Counter[int] = Counter()
    for department in counted_departments():
        counts[department.region_id] += department.site_count
    regions = sorted(reference().regions.values(), key=lambda region: region.slug)
    return [_counted(each, counts[each.pk]) for each in regions]


def _counted(territory: Territory, count: int) -> Territory:
    counted = copy(territory)
    counted.site_count = count
    return counted
