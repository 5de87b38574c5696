from __future__ import annotations

from django.core.paginator import Page, Paginator

from sites.distance import Point
from sites.models.records import SiteQuerySet


class CountedPaginator(Paginator):
    """Pages of a list whose length is known already."""

    def __init__(self, sites: SiteQuerySet, per_page: int, *, total: int) -> None:
        super().__init__(sites, per_page)
        self.total = total

    @property
    def count(self) -> int:
        return self.total


class NearestPaginator(CountedPaginator):
    """Pages of desks ranked by their distance from a point; only as many are ranked as the page needs."""

    def __init__(self, sites: SiteQuerySet, per_page: int, *, total: int, origin: Point, whole: bool = False) -> None:
        super().__init__(sites, per_page, total=total)
        self.whole = whole
        self.sites = sites
        self.origin = origin

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        top = min(bottom + self.per_page, self.count)
        return Page(list(self.sites.nearest(self.origin, top, whole=self.whole)[bottom:]), number, self)
