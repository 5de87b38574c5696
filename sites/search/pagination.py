from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from django.core.paginator import Page, Paginator

from sites.models import Site
from sites.models.distance import Point
from sites.models.lookup_tables import reference
from sites.models.records import SiteQuerySet
from sites.search.facets import Wanted, keys_by_name
from sites.search.neighbourhood import departments_in_reach

# Sites that a database may pass over to find those of a page: it takes longer for more of them.
FAR = 2_000


class CountedPaginator(Paginator):
    """Pages of a list whose length is known already."""

    def __init__(self, sites: SiteQuerySet, per_page: int, *, total: int) -> None:
        super().__init__(sites, per_page)
        self.total = total

    @property
    def count(self) -> int:
        return self.total


class ByNamePaginator(CountedPaginator):
    """Pages in the usual order. What words find, and pages far from the first, are cut from what is in memory."""

    def __init__(self, sites: SiteQuerySet, per_page: int, *, total: int, wanted: Wanted) -> None:
        super().__init__(sites, per_page, total=total)
        self.wanted = wanted

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        if start < FAR and not self.wanted.words:
            return super().page(number)
        keys = keys_by_name(self.wanted, start, start + self.per_page)
        found = Site.objects.filter(pk__in=keys).order_by().in_brief(reference().departments)
        return Page(sorted(found, key=lambda site: site.slug), number, self)


class NewestPaginator(CountedPaginator):
    """Pages of sites by the date of their label: only those of the waves that a page shows are put in order.

    ``waves`` are the keys of waves and how many of the sites each has.
    """

    def __init__(self, sites: SiteQuerySet, per_page: int, *, total: int, waves: Mapping[int, int]) -> None:
        super().__init__(sites, per_page, total=total)
        self.sites = sites
        self.waves: dict[date, list[int]] = defaultdict(list)
        self.counts: Counter[date] = Counter()
        for key, count in waves.items():
            day = reference().waves[key].effective_on
            self.waves[day].append(key)
            self.counts[day] += count

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        skip = (number - 1) * self.per_page
        found: list[Site] = []
        for day in sorted(self.waves, reverse=True):
            if len(found) < self.per_page and skip < self.counts[day]:
                of_day = self.sites.filter(wave__in=self.waves[day]).order_by("slug")
                found += of_day[skip : skip + self.per_page - len(found)]
            skip = max(0, skip - self.counts[day])
        return Page(found, number, self)


class NearestPaginator(CountedPaginator):
    """Pages of desks ranked by their distance from a point; only as many are ranked as the page needs.

    ``every``: these are all desks; ``whole``: so few that all are ranked.
    """

    def __init__(
        self,
        sites: SiteQuerySet,
        per_page: int,
        *,
        total: int,
        origin: Point,
        every: bool = False,
        whole: bool = False,
    ) -> None:
        super().__init__(sites, per_page, total=total)
        self.sites = sites
        self.origin = origin
        self.every = every
        self.whole = whole

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        top = min(bottom + self.per_page, self.count)
        sites, whole = self.sites, self.whole
        if self.every and (departments := departments_in_reach(self.origin, top)):
            sites, whole = sites.filter(department__in=departments), True
        return Page(list(sites.nearest(self.origin, top, whole=whole)[bottom:]), number, self)
