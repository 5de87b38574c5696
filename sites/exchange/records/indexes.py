"""What JSON says of all records of a kind: who they are, how many sites they have, and where each has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, TypedDict

from django.utils.translation import gettext_noop as _

from sites.exchange.records.page_records import CountedOn
from sites.exchange.records.site_record import Count, RegionName, Uri, values_of
from sites.exchange.schemas.json_schema import about
from sites.models.lookup_tables import LookupTables, lookup_tables
from sites.pages.label_count import label_count

SiteCount = Annotated[Count, about(_("Nombre de PIMMS que donne la fiche."))]


class AssociationEntry(TypedDict):
    url: Uri
    slug: str
    name: str
    site_count: SiteCount


class RegionEntry(AssociationEntry):
    code: str


class DepartmentEntry(RegionEntry):
    region: RegionName


class WaveEntry(TypedDict):
    url: Uri
    code: str
    name: str
    site_count: SiteCount
    effective_on: date
    announced_on: date | None
    published_on: date | None
    release: str | None


class ReleaseEntry(TypedDict):
    url: Uri
    slug: str
    title: str
    site_count: Annotated[Count, about(_("Nombre de PIMMS encore labellisés que le communiqué nomme."))]
    issuer: str
    published_on: date
    source_url: str | None
    waves: list[str]


class IndexHead(TypedDict):
    count: Count
    counted_on: CountedOn


class AssociationIndex(IndexHead):
    results: list[AssociationEntry]


class RegionIndex(IndexHead):
    results: list[RegionEntry]


class DepartmentIndex(IndexHead):
    results: list[DepartmentEntry]


class WaveIndex(IndexHead):
    results: list[WaveEntry]


class ReleaseIndex(IndexHead):
    results: list[ReleaseEntry]


def association_entry(record: Any, root: str) -> AssociationEntry:
    """Also what a region is known by."""
    return {
        "url": root + record.get_absolute_url(),
        "slug": record.slug,
        "name": record.name,
        "site_count": record.site_count,
    }


def region_entry(record: Any, root: str) -> RegionEntry:
    return {**association_entry(record, root), "code": record.code}


def department_entry(record: Any, root: str) -> DepartmentEntry:
    return {**region_entry(record, root), "region": values_of(record.region, RegionName)}


def wave_entry(wave: Any, root: str) -> WaveEntry:
    return {
        "url": root + wave.get_absolute_url(),
        "code": wave.code,
        "name": wave.name,
        "site_count": wave.site_count,
        "effective_on": wave.effective_on,
        "announced_on": wave.announced_on,
        "published_on": wave.published_on,
        "release": wave.public_release.slug if wave.public_release else None,
    }


def release_entry(release: Any, root: str) -> ReleaseEntry:
    announced = (wave for wave in lookup_tables().waves.values() if wave.release_id == release.pk)
    return {
        "url": root + release.get_absolute_url(),
        "slug": release.slug,
        "title": release.title,
        "site_count": release.site_count,
        "issuer": release.issuer,
        "published_on": release.published_on,
        "source_url": release.source_url or None,
        "waves": [wave.code for wave in announced],
    }


# Of the route of each page: where its records are looked up, and what is said of one.
ENTRIES: dict[str, tuple[Callable[[LookupTables], Mapping[int, Any]], Callable[[Any, str], Mapping[str, Any]]]] = {
    "region": (lambda tables: tables.regions, region_entry),
    "department": (lambda tables: tables.departments, department_entry),
    "association": (lambda tables: tables.associations, association_entry),
    "wave": (lambda tables: tables.waves, wave_entry),
    "release": (lambda tables: tables.releases, release_entry),
}


def index(route: str, root: str) -> dict[str, Any]:
    records, entry = ENTRIES[route]
    results = [entry(record, root) for record in records(lookup_tables()).values()]
    return {"count": len(results), "counted_on": label_count().counted_on, "results": results}
