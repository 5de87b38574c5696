"""What a page about many sites shows of them: the first ones, and sums over all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q

from labels.models import Wave
from sites.models import Association, Department, Region, Site
from sites.models.lookup_tables import LookupTables
from sites.models.site_queries import SiteQuerySet

# A page about many sites shows this many of them at most, and leads to the list for more.
MOST_SHOWN = 60
# Where their addresses were checked in many ways, it names the most common ones.
MOST_SOURCES = 3

Owner = Region | Department | Association | Wave


@dataclass(frozen=True)
class SiteSummary:
    first: tuple[Site, ...]
    total: int
    ended: int  # how many of them carry the label no longer
    departments: Mapping[Department, int]  # how many stand in each, by name
    waves: Mapping[int, int]  # how many came with each, by its key
    sources: tuple[str, ...]  # of their contact details, the most common ones first
    checked_on: date | None  # the last day that one of them was checked

    @property
    def is_whole(self) -> bool:
        return self.total == len(self.first)


def sites_of(record: Owner | None) -> SiteQuerySet:
    """What the page of a record lists: a wave keeps those that lost the label since. For None, all sites."""
    match record:
        case Region():
            return Site.objects.labelled().filter(department__region=record)
        case Department():
            return Site.objects.labelled().filter(department=record)
        case Association():
            return Site.objects.labelled().filter(association=record)
        case Wave():
            return Site.objects.public().filter(wave=record)
    return Site.objects.labelled()


def summary_of(record: Owner | None, tables: LookupTables) -> SiteSummary:
    """Those of a region stand by department."""
    sites = sites_of(record)
    return summarize(sites.order_by("department__slug", "slug") if isinstance(record, Region) else sites, tables)


def summarize(sites: SiteQuerySet, tables: LookupTables) -> SiteSummary:
    """Three queries."""
    departments: Counter[int] = Counter()
    waves: Counter[int] = Counter()
    sources: Counter[str] = Counter()
    ended, checked = 0, []
    groups = sites.order_by().values_list("department", "wave", "contact_source")
    no_longer = ~Q(label_ended_on=None, closed_on=None)
    for department, wave, source, size, size_ended, checked_on in groups.annotate(
        Count("pk"), ended=Count("pk", filter=no_longer), checked=Max("contact_checked_on")
    ):
        departments[department] += size
        waves[wave] += size
        sources[source] += size
        ended += size_ended
        checked += [checked_on] if checked_on else []
    del sources[""]
    return SiteSummary(
        first=tuple(sites[:MOST_SHOWN].read_cards()),
        total=departments.total(),
        ended=ended,
        departments={each: departments[pk] for pk, each in tables.departments.items() if pk in departments},
        waves=waves,
        sources=tuple(sorted(sources, key=lambda source: (-sources[source], source))[:MOST_SOURCES]),
        checked_on=max(checked, default=None),
    )
