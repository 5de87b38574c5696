"""Which departments' sites to look at for a reader whose own department has none, or who is far from all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, Max, Min

from pimms_directory.base.memo import kept
from sites.models import Department, Site
from sites.models.distance import Point, distance_km
from sites.search.facets import counted_departments

# From here on, a box around a reader that holds enough desks holds nearly all of them.
FAR_FROM_ALL_KM = 300


def nearest_departments_with_sites(origins: Iterable[Department]) -> list[Department]:
    """The departments with sites that are the fewest land borders away, with ``site_count``, by name.

    Empty where no chain of land borders leads to a site (Corsica, overseas). One query beside the
    counts, whatever the distance.
    """
    with_sites = {each.pk: each for each in counted_departments() if each.site_count}
    borders: dict[int, set[int]] = defaultdict(set)
    for origin, neighbour in Department.neighbours.through.objects.values_list(
        "from_department_id", "to_department_id"
    ):
        borders[origin].add(neighbour)

    ring = {department.pk for department in origins}
    seen = set(ring)
    while ring:
        ring = {neighbour for origin in ring for neighbour in borders[origin]} - seen
        seen |= ring
        if found := [with_sites[pk] for pk in ring if pk in with_sites]:
            return sorted(found, key=lambda department: department.slug)
    return []


class Circle(NamedTuple):
    """Around the labelled desks of a department whose position is known."""

    department: int
    centre: Point
    radius_km: float
    desks: int


@kept(1)
def circles() -> list[Circle]:
    """One query."""
    placed = Site.objects.labelled().filter(kind=Site.Kind.FIXED).placed().order_by()
    rows = placed.values_list("department").annotate(
        Count("pk"),
        Min("position_latitude"),
        Max("position_latitude"),
        Min("position_longitude"),
        Max("position_longitude"),
    )
    found = []
    for department, desks, south, north, west, east in rows:
        centre = Point((south + north) / 2, (west + east) / 2)
        corners = [Point(latitude, longitude) for latitude in (south, north) for longitude in (west, east)]
        found.append(Circle(department, centre, max(distance_km(centre, corner) for corner in corners), desks))
    return found


def departments_in_reach(origin: Point, count: int) -> list[int] | None:
    """Of a point far from all desks, the departments that surely hold the ``count`` nearest; None for another point."""
    away = [(distance_km(origin, each.centre), each) for each in circles()]
    if min((distance - each.radius_km for distance, each in away), default=0) < FAR_FROM_ALL_KM:
        return None
    enough, within_km = 0, 0.0
    for distance, each in sorted(away, key=lambda pair: pair[0] + pair[1].radius_km):
        if enough < count:
            enough, within_km = enough + each.desks, distance + each.radius_km
    return [each.department for distance, each in away if distance - each.radius_km <= within_km]
