"""How many sites each choice of each filter would give, without asking the database for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import TypeVar

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from pimms_directory.base.memo import kept
from sites.models import Department, Region, Site
from sites.models.lookup_tables import reference
from sites.search.groups import KIND_SLUGS, Groups, Option, Set, Words, found_by, labelled, labelled_groups, unplaced

Territory = TypeVar("Territory", Department, Region)

DESK = KIND_SLUGS[Site.Kind.FIXED]


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
        elements = (f"{option.element}{count})</option>\n" for option, count in self.counts)
        return mark_safe("".join(elements))  # noqa: S308 (escaped)


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for: ``within`` cannot be taken back one by one, ``chosen`` are the filters with choices.

    ``unplaced`` asks for the desks whose position is unknown, which a list around a point cannot show.
    """

    words: Words = ()  # that tell sites apart
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


@kept(16)
def tally(wanted: Wanted) -> Tally:
    """Counts groups. The queries of ``reference()``, ``labelled_groups()`` and ``found_by()``, once."""
    groups = _groups(wanted)
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


def _groups(wanted: Wanted) -> Groups:
    """Which all filters are applied to."""
    if not wanted.words:
        return unplaced().groups if wanted.unplaced else labelled_groups()
    found = found_by(wanted.words)
    return found.only(unplaced().keys).groups if wanted.unplaced else found.groups


def keys_by_name(wanted: Wanted, start: int, stop: int) -> list[int]:
    """A part of the filtered list in its usual order: primary keys. ``unplaced`` is not looked at."""
    roll = found_by(wanted.words) if wanted.words else labelled()
    admitted = _admitted(roll.groups, wanted)
    keys = roll.keys[start:stop] if admitted == roll.groups.all else islice(roll.within(admitted), start, stop)
    return list(keys)


def _admitted(groups: Groups, wanted: Wanted) -> Set:
    """Those that all filters admit."""
    admitted = groups.all
    for name, value in wanted.within + wanted.chosen:
        admitted &= groups.chosen(name, value)
    if wanted.after or wanted.before:
        admitted &= groups.labelled_between(wanted.after or date.min, wanted.before or date.max)
    return admitted


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
