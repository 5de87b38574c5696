"""The labelled sites by what filters tell them apart by: counted in groups, and found by words.

The sites are grouped once for each state of the data, in the order of an index. Which groups have a value is kept as a
set of them; a count intersects such sets and adds up the sizes of what remains.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, reduce
from html import escape
from itertools import compress
from operator import and_, or_
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.memo import kept
from sites.hours.opening_hours import WEEKDAY_SLUGS, WEEKDAYS
from sites.models import Site, word_index
from sites.models.lookup_tables import Reference, reference
from sites.models.records import SiteQuerySet

KINDS = {"fixe": Site.Kind.FIXED, "mobile": Site.Kind.MOBILE, "multisite": Site.Kind.MULTISITE}
KIND_SLUGS = {str(kind): slug for slug, kind in KINDS.items()}
KIND_NAMES = {"fixe": _("Lieu fixe"), "mobile": _("Bus"), "multisite": _("Multisite")}
DAY_NAMES = {slug: name for slug, (_number, name) in zip(WEEKDAY_SLUGS, WEEKDAYS, strict=True)}
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
# More sites than these are looked up among all in memory, which takes as long for a few.
MANY = 900

Words = tuple[str, ...]  # that tell sites apart: see telling_words()
Set = int  # of groups: the bits of a number, so that thousands are intersected and counted within microseconds


def sets_by_value(values: Iterable[tuple[int, Any]]) -> dict[Any, Set]:
    """Of each value the groups that have it; ``values`` are those of groups, by rising numbers."""
    numbers: dict[Any, list[int]] = defaultdict(list)
    for number, value in values:
        numbers[value].append(number)
    return {value: set_of(having) for value, having in numbers.items()}


def set_of(numbers: Sequence[int]) -> Set:
    """Of rising numbers."""
    bits = bytearray(numbers[-1] // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def digits(sets: Mapping[int, Set]) -> list[Set]:
    """The groups whose size has a binary digit, place by place from the left; ``sets`` are those of each size."""
    found = [0] * max(sets, default=0).bit_length()
    for size, groups in sets.items():
        for place in range(size.bit_length()):
            if size >> place & 1:
                found[-1 - place] |= groups
    return found


class Option(NamedTuple):
    """A value of a filter, as addresses write it; options sort as the reader expects."""

    sort: str
    value: str
    label: str

    @property
    def element(self) -> str:
        """The beginning of its ``<option>``, up to the number of sites."""
        return _element(self.value, self.label)


@lru_cache(500)  # a page has some three hundred
def _element(value: str, label: str) -> str:
    return f'<option value="{escape(value)}">{escape(capfirst(label))} ('


class Groups:
    """Sites that no filter tells apart are one group; ``rows`` are the keys of each, by column, and its size."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        *columns, sizes = list(zip(*rows, strict=True)) or [()] * (len(COLUMNS) + 1)
        self.all: Set = (1 << len(sizes)) - 1
        self.having = {name: sets_by_value(enumerate(values)) for name, values in zip(COLUMNS, columns, strict=True)}
        self.digits = digits(sets_by_value(enumerate(sizes)))

    def with_sizes(self, sizes: Mapping[int, int]) -> Groups:
        """Some of the same groups, by their numbers, with fewer sites."""
        _ = self.options  # shared, like all that the groups have
        some = copy(self)
        some.digits = digits(sets_by_value(sorted(sizes.items())))
        some.all = reduce(or_, some.digits, 0)
        return some

    def number(self, values: tuple[Any, ...]) -> int:
        """Of the group that has these values, in the order of ``COLUMNS``; -1 if none had them when counted."""
        having = (self.having[name].get(value, 0) for name, value in zip(COLUMNS, values, strict=True))
        return reduce(and_, having).bit_length() - 1

    def count(self, groups: Set) -> int:
        """The sites of these groups."""
        total = 0
        for having in self.digits:
            total = 2 * total + (groups & having).bit_count()
        return total

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


@dataclass(frozen=True)
class Roll:
    """Some sites in the order of their slugs: of each its key and the number of its group."""

    keys: array[int]
    numbers: array[int]
    groups: Groups

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]], groups: Groups | None = None) -> Roll:
        """``groups``: those that the sites of these ``in_order()`` are among, if they were counted before."""
        keys, numbers = array("q"), array("I")
        known: dict[tuple[Any, ...], int] = {}
        for key, *columns in rows:
            values = tuple(columns)
            if values not in known:
                known[values] = groups.number(values) if groups else len(known)
            if known[values] >= 0:  # else it was edited since, and the page will be made again
                keys.append(key)
                numbers.append(known[values])
        if groups is None:
            sizes = Counter(numbers)
            groups = Groups((*values, sizes[number]) for values, number in known.items())
        return cls(keys, numbers, groups)

    def only(self, keys: Iterable[int]) -> Roll:
        """Without the sites that are not among these."""
        stay = bytes(map(set(keys).__contains__, self.keys))  # a list would take eight times the room
        numbers = array("I", compress(self.numbers, stay))
        return Roll(array("q", compress(self.keys, stay)), numbers, self.groups.with_sizes(Counter(numbers)))

    def within(self, groups: Set) -> Iterator[int]:
        """The keys of the sites in these groups."""
        is_in = f"{groups:0{max(self.numbers, default=0) + 1}b}"[::-1]
        return (key for key, number in zip(self.keys, self.numbers, strict=True) if is_in[number] == "1")


@kept(1)
def labelled_groups() -> Groups:
    """Of all labelled sites. One query."""
    # Counted by rows: PostgreSQL would fetch each for its key, which is not in the index. Read at once: a cursor is
    # planned for its first rows.
    return Groups(Site.objects.labelled().order_by().values_list(*COLUMNS).annotate(n=Count("*")))


def in_order(sites: SiteQuerySet) -> QuerySet[Site, tuple[Any, ...]]:
    """The rows of a roll: of each site its key, and what groups it."""
    return sites.order_by("slug").values_list("pk", *COLUMNS)


@kept(1)
def labelled() -> Roll:
    """All of them. One query, read a few sites at a time."""
    return Roll.of(in_order(Site.objects.labelled()).iterator(), labelled_groups())


@kept(1)
def unplaced() -> Roll:
    """The desks whose position is unknown. One query."""
    return Roll.of(in_order(Site.objects.labelled().filter(kind=Site.Kind.FIXED, position_latitude=None)))


@kept(2)
def found_by(words: Words) -> Roll:
    """Those that have these words. One query for their keys, and one more where these are few."""
    sites = Site.objects.labelled()
    keys = word_index.keys(words, sites.db)
    return labelled().only(keys) if len(keys) > MANY else Roll.of(in_order(sites.filter(pk__in=keys)))
