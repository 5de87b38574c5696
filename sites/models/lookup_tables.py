"""The small tables that filters, counts and maps look things up in: read whole, and kept while the data stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from labels.models import Wave
from pimms_directory.base.memo import kept
from sites.models import Association, Department, Region
from sites.models.territories import known_departments


@dataclass(frozen=True)
class Reference:
    """Published records by primary key; in the order of their names, departments each with its region."""

    regions: dict[int, Region]
    departments: dict[int, Department]
    waves: dict[int, Wave]
    associations: dict[int, Association]

    def of(self, model: type[Model]) -> Iterable[Any]:
        """All records of one of these tables."""
        tables: dict[type[Model], dict[int, Any]] = {
            Region: self.regions,
            Department: self.departments,
            Wave: self.waves,
            Association: self.associations,
        }
        return tables[model].values()


@kept(1)
def reference() -> Reference:
    """Four queries, and none while the data stay the same."""
    return Reference(
        {each.pk: each for each in Region.objects.order_by("slug")},
        known_departments(),
        {each.pk: each for each in Wave.objects.public().order_by("code")},
        {each.pk: each for each in Association.objects.public().order_by("slug")},
    )
