"""How many sites each choice of each filter would give, without asking the database for each.

It groups the labelled sites once by all that the filters offer, in the order of an index. Which groups have a value
is kept as a set of them for each state of the data; a count intersects such sets and adds up the sizes of what remains.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, reduce
from operator import or_
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
# What the groups are told apart by.
COLUMNS = ("department", "wave", "association", "kind", "open_days")
# The column that each filter looks at.
LOOKED_AT = {
    "region": "department",
    "departement": "department",
    "vague": "wave",
    "association": "association",
    "type": "kind",
    "jour": "open_days",
}

Set = int  # of groups: the bits of a number, so that thousands are intersected and counted within microseconds


def sets_by_value(values: Iterable[Any]) -> dict[Any, Set]:
    """Of each value of a column the groups that have it; ``values`` are those of the groups, in turn."""
    numbers: dict[Any, list[int]] = defaultdict(list)
    for number, value in enumerate(values):
        numbers[value].append(number)
    return {value: set_of(having) for value, having in numbers.items()}


def set_of(numbers: Sequence[int]) -> Set:
    """Of rising numbers."""
    bits = bytearray(numbers[-1] // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


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


class Groups:
    """Sites that no filter tells apart are one group; ``rows`` are the keys of each, by column, and its size."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        *columns, sizes = list(zip(*rows, strict=True)) or [()] * (len(COLUMNS) + 1)
        self.all: Set = (1 << len(sizes)) - 1
        self.having = {name: sets_by_value(values) for name, values in zip(COLUMNS, columns, strict=True)}
        # The groups whose size has a binary digit, by its place.
        self.digits: list[Set] = [0] * max(sizes, default=0).bit_length()
        for size, groups in sets_by_value(sizes).items():
            for place in range(size.bit_length()):
                if size >> place & 1:
                    self.digits[place] |= groups

    def count(self, groups: Set) -> int:
        """The sites of these groups."""
        return sum((groups & digit).bit_count() << place for place, digit in enumerate(self.digits))

    def counts(self, column: str, groups: Set) -> dict[Any, int]:
        """The sites of these groups by what they have in a column."""
        return {key: self.count(common) for key, had in self.having[column].items() if (common := groups & had)}

    @cached_property
    def options(self) -> dict[str, list[tuple[Option, Set]]]:
        """The values of each filter, in their order, and the groups that have them."""
        return {name: sorted(self._options(name).items()) for name in LOOKED_AT}

    def _options(self, name: str) -> dict[Option, Set]:
        tables = reference()
        found: dict[Option, Set] = {}
        for key, groups in self.having[LOOKED_AT[name]].items():
            for option in _options_of(tables, name, key):
                found[option] = found[option] | groups if option in found else groups
        return found

    def chosen(self, name: str, value: str) -> Set:
        """Those that a filter admits with one of its values."""
        return next((groups for option, groups in self.options[name] if option.value == value), 0)

    def labelled_between(self, first: date, last: date) -> Set:
        waves = reference().waves
        sets = (groups for key, groups in self.having["wave"].items() if first <= waves[key].effective_on <= last)
        return reduce(or_, sets, 0)


@kept(4)
def labelled_groups(words: str = "", unplaced: bool = False) -> Groups:
    """The labelled sites that have some words. One query."""
    sites = Site.objects.labelled().search(words)
    if unplaced:
        sites = sites.filter(kind=Site.Kind.FIXED, position_latitude=None)
    # Counted by rows: PostgreSQL would fetch each for its key, which is not in the index. Read at once: a cursor is
    # planned for its first rows.
    return Groups(sites.order_by().values_list(*COLUMNS).annotate(n=Count("*")))


@kept(16)
def tally(wanted: Wanted) -> Tally:
    """Counts groups. The queries of ``reference()`` and ``labelled_groups()``, once."""
    groups = labelled_groups(wanted.words, wanted.unplaced)
    admitted = _admitted(groups, wanted)
    chosen = dict(wanted.chosen)
    options = {}
    for name, choices in groups.options.items():
        under = admitted
        if name in chosen:  # its other values count without the chosen one
            under = _admitted(groups, replace(wanted, chosen=tuple(each for each in wanted.chosen if each[0] != name)))
        counts = ((option, groups.count(under & having)) for option, having in choices)
        options[name] = Options([(option, count) for option, count in counts if count])
    return Tally(
        groups.count(admitted),
        frozenset(groups.counts("department", admitted)),
        groups.counts("wave", admitted),
        frozenset(groups.counts("open_days", admitted)),
        options,
    )


def _admitted(groups: Groups, wanted: Wanted) -> Set:
    """Those that all filters admit."""
    admitted = groups.all
    for name, value in wanted.within + wanted.chosen:
        admitted &= groups.chosen(name, value)
    if wanted.after or wanted.before:
        admitted &= groups.labelled_between(wanted.after or date.min, wanted.before or date.max)
    return admitted


def _options_of(tables: Reference, name: str, key: Any) -> Iterator[Option]:
    """The values of a filter that include what its column holds."""
    match name:
        case "region":
            region = tables.departments[key].region
            yield Option(region.slug, region.slug, region.name)
        case "departement":
            department = tables.departments[key]
            yield Option(department.slug, department.code, str(department))
        case "vague":
            wave = tables.waves[key]
            yield Option(wave.code, wave.code, wave.name)
        case "association":
            association = tables.associations[key]
            yield Option(association.slug, association.slug, association.name)
        case "type":
            yield Option(key, KIND_SLUGS[key], str(KIND_NAMES[KIND_SLUGS[key]]))
        case _:
            for day, (slug, weekday) in enumerate(DAY_NAMES.items()):
                if key >> day & 1:
                    yield Option(str(day), slug, str(weekday))


@kept(1)
def counted_departments() -> list[Department]:
    """All departments by name, each with its region and ``site_count``: sites that carry the label today."""
    groups = labelled_groups()
    counts = groups.counts("department", groups.all)
    return [_counted(each, counts.get(pk, 0)) for pk, each in reference().departments.items()]


@kept(1)
def counted_regions() -> list[Region]:
    """The regions likewise."""
    counts: dict[int, int] = defaultdict(int)
    for department in counted_departments():
        counts[department.region_id] += department.site_count
    regions = sorted(reference().regions.values(), key=lambda region: region.slug)
    return [_counted(each, counts[each.pk]) for each in regions]


def _counted(territory: Territory, count: int) -> Territory:
    counted = copy(territory)
    counted.site_count = count
    return counted
