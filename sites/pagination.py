from __future__ import annotations

from django.core.paginator import Page, Paginator

from sites.distance import Point
from sites.models.records import SiteQuerySet


class NearestPaginator(Paginator):
    """Pages of desks ranked by their distance from a point; only as many are ranked as the page needs."""

    def __init__(self, sites: SiteQuerySet, per_page: int, *, origin: Point) -> None:
        super().__init__(sites.placed(), per_page)
        self.sites = sites
        self.origin = origin

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        top = min(bottom + self.per_page, self.count)
        return Page(list(self.sites.nearest(self.origin, top)[bottom:]), number, self)
