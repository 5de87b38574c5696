"""How many sites each choice of each filter would give, without asking the database for each.

It groups the labelled sites once by all that the filters offer, in the order of an index; those groups that what is
chosen admits are added up here, once for each state of the data.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pimms_directory.derived import kept
from sites.hours import WEEKDAY_SLUGS, WEEKDAYS
from sites.models import Department, Region, Site
from sites.reference import Reference, reference

Territory = TypeVar("Territory", Department, Region)

KINDS = {"fixe": Site.Kind.FIXED, "mobile": Site.Kind.MOBILE, "multisite": Site.Kind.MULTISITE}
KIND_SLUGS = {str(kind): slug for slug, kind in KINDS.items()}
KIND_NAMES = {"fixe": _("Lieu fixe"), "mobile": _("Bus"), "multisite": _("Multisite")}
DAY_NAMES = {slug: name for slug, (_number, name) in zip(WEEKDAY_SLUGS, WEEKDAYS, strict=True)}
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


Keys = Collection[Any]  # values of a column that a filter admits


class Groups(list[Group]):
    """The groups, and which of them have a value in a column."""

    @cached_property
    def having(self) -> list[dict[Any, list[Group]]]:
        """By column and value."""
        found: list[dict[Any, list[Group]]] = [defaultdict(list) for _ in range(KEYS)]
        for group in self:
            for column in range(KEYS):
                found[column][group[column]].append(group)
        return found

    def admitted(self, conditions: Sequence[tuple[int, Keys]]) -> Iterable[Group]:
        """Those with one of the keys in each of the columns, looked for where the fewest are."""
        if not conditions:
            return self
        few, *others = sorted(conditions, key=self._breadth)
        column, keys = few
        return (
            group
            for key in keys
            for group in self.having[column].get(key, ())
            if all(group[other] in admitted for other, admitted in others)
        )

    def _breadth(self, condition: tuple[int, Keys]) -> int:
        column, keys = condition
        return sum(len(self.having[column].get(key, ())) for key in keys)


# The column that each filter looks at.
COLUMNS = {"region": 0, "departement": 0, "vague": 1, "association": 2, "type": 3, "jour": 4}
KEYS = 5


class Option(NamedTuple):
    """A value of a filter, as addresses write it; options sort as the reader expects."""

    sort: str
    value: str
    label: str


@dataclass(frozen=True)
class Options:
    """The values of a filter, each with how many sites it would give under the other filters."""

    counts: Sequence[tuple[Option, int]]

    def shown(self, chosen: str | None, name: str) -> SafeString:
        """As ``<option>`` elements; the chosen value, called ``name``, is among them even if it gives nothing."""
        if chosen is None:
            return self._elements
        start = format_html('<option value="{}"', chosen)
        if start in self._elements:
            return mark_safe(self._elements.replace(start, f"{start} selected"))  # noqa: S308 (escaped above)
        return self._elements + format_html("{} selected>{} (0)</option>", start, capfirst(name))

    @cached_property
    def _elements(self) -> SafeString:
        elements = (
            f'<option value="{escape(option.value)}">{escape(capfirst(option.label))} ({count})</option>\n'
            for option, count in self.counts
        )
        return mark_safe("".join(elements))  # noqa: S308 (escaped)


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
    """How many sites there are in all, in which departments, waves and with which days; and those of each option."""

    total: int
    departments: frozenset[int]
    waves: Mapping[int, int]  # how many of each, by its key
    open_days: frozenset[int]
    options: dict[str, Options]


@kept(4)
def labelled_groups(words: str = "", unplaced: bool = False) -> Groups:
    """The labelled sites that have some words. One query."""
    sites = Site.objects.labelled().search(words)
    if unplaced:
        sites = sites.filter(kind=Site.Kind.FIXED, position_latitude=None)
    counted = sites.order_by().values_list("department", "wave", "association", "kind", "open_days")
    return Groups(Group(*row) for row in counted.annotate(n=Count("pk")))


@kept(16)
def tally(wanted: Wanted) -> Tally:
    """Adds the groups up. The queries of ``reference()`` and ``labelled_groups()``, once."""
    hits = _hits(wanted)
    options = {name: hits[column] for name, column in COLUMNS.items()}
    for name, _value in wanted.chosen:  # the other values of a filter count without the chosen one
        others = tuple(each for each in wanted.chosen if each[0] != name)
        options[name] = _hits(replace(wanted, chosen=others))[COLUMNS[name]]
    tables = reference()
    return Tally(
        hits[0].total(),
        frozenset(hits[0]),
        hits[1],
        frozenset(hits[4]),
        {name: Options(_options(tables, name, counts)) for name, counts in options.items()},
    )


@kept(16)
def _hits(wanted: Wanted) -> list[Counter[Any]]:
    """For each column how many sites have each of its values, of those that all filters admit."""
    tables = reference()
    conditions = [(COLUMNS[name], _keys(tables, name, value)) for name, value in wanted.within + wanted.chosen]
    if wanted.after or wanted.before:
        conditions.append((COLUMNS["vague"], _waves_between(tables, wanted.after, wanted.before)))
    hits: list[Counter[Any]] = [Counter() for _ in range(KEYS)]
    for group in labelled_groups(wanted.words, wanted.unplaced).admitted(conditions):
        for column in range(KEYS):
            hits[column][group[column]] += group.size
    return hits


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
            return [Option(key, KIND_SLUGS[key], str(KIND_NAMES[KIND_SLUGS[key]]))]
        case _:
            days = enumerate(DAY_NAMES.items())
            return [Option(str(day), slug, str(name)) for day, (slug, name) in days if key & (1 << day)]


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
