"""How many sites stand in each region and department: the rows of ``_territories.html``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sites.models import Department, Region, Site


@dataclass(frozen=True)
class RegionCount:
    region: Region
    count: int
    departments: tuple[tuple[Department, int], ...]  # by code, each with its number of sites


def by_department(sites: Iterable[Site]) -> Counter[Department]:
    """How many of these sites stand in each department; one that is given twice counts once."""
    return Counter(site.department for site in set(sites))


def by_region(counts: Mapping[Department, int]) -> list[RegionCount]:
    """The regions of these departments, each with its number of sites, in the order of a French reader."""
    inside: dict[Region, list[tuple[Department, int]]] = defaultdict(list)
    for department, count in sorted(counts.items(), key=lambda pair: pair[0].code):
        inside[department.region].append((department, count))
    regions = sorted(inside, key=lambda region: region.slug)
    return [
        RegionCount(region, sum(count for _department, count in inside[region]), tuple(inside[region]))
        for region in regions
    ]
