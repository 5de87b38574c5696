"""Where to send a reader whose own territory has no site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sites.models import Department
from sites.models.lookup_tables import LookupTables


def nearest_departments_with_sites(origins: Iterable[Department], tables: LookupTables) -> list[Department]:
    """The departments with sites that are the fewest land borders away, by name.

    Empty where no chain of land borders leads to a site (Corsica, overseas). One query, whatever the distance.
    """
    borders: dict[int, set[int]] = defaultdict(set)
    for origin, neighbour in Department.neighbours.through.objects.values_list(
        "from_department_id", "to_department_id"
    ):
        borders[origin].add(neighbour)

    reached = {department.pk for department in origins}
    seen = set(reached)
    while reached:
        reached = {neighbour for origin in reached for neighbour in borders[origin]} - seen
        seen |= reached
        if found := [each for pk, each in tables.departments.items() if pk in reached and each.site_count]:
            return found
    return []
