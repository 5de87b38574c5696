"""What a site has many of, by the key of the site: a query for each, however many sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from sites.hours.opening_hours import Stretch
from sites.models import Listing, Notice, OpeningPeriod, SiteAlias

T = TypeVar("T")


def former_names(sites: list[int]) -> Mapping[int, list[str]]:
    return by_site(SiteAlias.objects.filter(site__in=sites).order_by("slug").values_list("site", "name"))


def opening_periods(sites: list[int]) -> Mapping[int, list[Stretch]]:
    periods = OpeningPeriod.objects.filter(site__in=sites).order_by().values_list("site", "weekday", "opens", "closes")
    return by_site((site, (weekday, opens, closes)) for site, weekday, opens, closes in periods)


def notices(sites: list[int]) -> Mapping[int, list[Notice]]:
    return by_site((each.site_id, each) for each in Notice.objects.not_over().filter(site__in=sites))


def public_listings(sites: list[int]) -> Mapping[int, list[Listing]]:
    listings = Listing.objects.public().filter(site__in=sites).select_related("release")
    return by_site((each.site_id, each) for each in listings.order_by("release__published_on", "row"))


def by_site(pairs: Iterable[tuple[int, T]]) -> Mapping[int, list[T]]:
    groups: defaultdict[int, list[T]] = defaultdict(list)
    for site, value in pairs:
        groups[site].append(value)
    return groups
