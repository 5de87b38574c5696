"""How many sites stand in each region and department.

Nothing here knows the app of the places: a department is anything with a ``code`` and a ``region``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RegionCount:
    region: Any
    count: int
    departments: tuple[tuple[Any, int], ...]  # by code, each with its number of sites


def by_department(sites: Iterable[Any]) -> Counter[Any]:
    """How many of these sites stand in each department; one that is given twice counts once."""
    return Counter(site.department for site in set(sites))


def by_region(counts: Mapping[Any, int]) -> list[RegionCount]:
    """The regions of these departments, each with its number of sites, in the order of a French reader."""
    regions = sorted({department.region for department in counts}, key=lambda region: region.slug)
    found = []
    for region in regions:
        inside = sorted(
            ((department, count) for department, count in counts.items() if department.region == region),
            key=lambda pair: pair[0].code,
        )
        found.append(RegionCount(region, sum(count for _department, count in inside), tuple(inside)))
    return found
