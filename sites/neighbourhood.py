"""Which department's sites to name to a reader whose own department has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sites.facets import counted_departments
from sites.models import Department


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
