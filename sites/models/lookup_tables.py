"""The small tables that forms, counts and maps look things up in: read whole, once for each revision of the data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.db.models import Count, Q, QuerySet

from labels.models import PressRelease, Wave
from pimms_directory.base.memo import memo_by_revision
from sites.models.association import Association
from sites.models.communes import Commune
from sites.models.site import Site
from sites.models.territories import Department, Region


@dataclass(frozen=True, eq=False)
class LookupTables:
    """Records by primary key, each with ``site_count``: how many labelled sites it has.

    Territories and associations stand in the order of their names, waves and releases with the oldest first.
    """

    regions: dict[int, Region]
    departments: dict[int, Department]  # each with its region
    waves: dict[int, Wave]  # the published ones, each with its release; sites that closed since are counted too
    associations: dict[int, Association]
    releases: dict[int, PressRelease]  # the published ones; a site counts for each that names it

    @cached_property
    def by_parameter(self) -> dict[str, dict[str, Any]]:
        """The records as addresses name them: ``by_parameter["departement"]["38"]``."""
        return {
            "region": {each.slug: each for each in self.regions.values()},
            "departement": {each.code: each for each in self.departments.values()},
            "vague": {each.code: each for each in sorted(self.waves.values(), key=lambda wave: wave.code)},
            "association": {each.slug: each for each in self.associations.values()},
            "communique": {each.slug: each for each in self.releases.values()},
        }

    @property
    def public_sites(self) -> int:
        """How many sites have a page, those that lost the label included."""
        return sum(wave.site_count for wave in self.waves.values())


@memo_by_revision(maxsize=1)
def lookup_tables() -> LookupTables:
    """Seven queries, and none while the data stay the same."""
    in_regions, in_departments, of_associations = Counter[int](), Counter[int](), Counter[int]()
    labelled = Site.objects.labelled().order_by().values_list("department__region", "department", "association")
    for region, department, association, size in labelled.annotate(Count("pk")):
        in_regions[region] += size
        in_departments[department] += size
        of_associations[association] += size
    return LookupTables(
        regions=counted(Region.objects.order_by("slug"), in_regions),
        departments=counted(Department.objects.select_related("region").order_by("slug"), in_departments),
        waves=counted_waves(Wave.objects.public()),
        associations=counted(Association.objects.public().order_by("slug"), of_associations),
        releases=counted_releases(),
    )


@memo_by_revision(maxsize=1)
def arrondissements_by_city() -> dict[int, list[Commune]]:
    """Those of Paris, Lyon and Marseille, by the primary key of the city."""
    found = defaultdict[int, list[Commune]](list)
    for part in Commune.objects.exclude(parent=None).select_related("department").order_by("insee_code"):
        found[cast(int, part.parent_id)].append(part)
    return dict(found)


def counted_waves(waves: QuerySet[Wave]) -> dict[int, Wave]:
    """Two queries."""
    counts = dict(Site.objects.public().order_by().values_list("wave").annotate(Count("pk")))
    return counted(waves.select_related("release").order_by("effective_on", "code"), counts)


def counted_releases() -> dict[int, PressRelease]:
    """Those that are published, each with the number of labelled sites that it names. One query."""
    labelled = Q(listings__site__in=Site.objects.labelled().order_by().values("pk"))
    count = Count("listings__site", filter=labelled, distinct=True)
    releases = PressRelease.objects.public().annotate(site_count=count)  # type: ignore[no-redef]
    return {release.pk: release for release in releases.order_by("published_on", "slug")}


def counted(records: QuerySet[Any], counts: Mapping[int, int]) -> dict[int, Any]:
    """The records by primary key, each with its number of sites."""
    found = {record.pk: record for record in records}
    for pk, record in found.items():
        record.site_count = counts.get(pk, 0)
    return found
