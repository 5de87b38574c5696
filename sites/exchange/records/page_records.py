"""What JSON says of lists, territories, associations and waves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, NotRequired, TypedDict

from django.utils.translation import gettext_noop as _

from labels.models import Wave
from sites.exchange.records.quality_record import scored
from sites.exchange.records.release_record import release_record
from sites.exchange.records.site_record import (
    CommuneName,
    Count,
    DepartmentName,
    RegionName,
    SiteRecord,
    Uri,
    site_records,
    values_of,
)
from sites.exchange.schemas.json_schema import about
from sites.models import Association, Department, Region, Site
from sites.models.site_queries import SiteQuerySet
from sites.pages.site_summary import sites_of

Whole = Annotated[Count, about(_("Nombre de PIMMS de la liste, avant limit et offset."))]
CountedOn = Annotated[
    date | None, about(_("Jour de ce nombre : celui de la source la plus récente qui dit qui porte le label."))
]
Problems = Annotated[list[str], about(_("Pourquoi le lieu demandé n’est pas compris."))]


# Lists


# A place that the words could mean as well.
class OtherPlace(TypedDict):
    label: str
    query: Annotated[str, about(_("Les paramètres de la même liste à ce lieu, comme « ?commune=97411 »."))]


# The place that a list was asked for, as it was understood.
class PlaceRecord(TypedDict):
    label: str
    note: Annotated[str | None, about(_("Ce que la lecture a corrigé ou écarté, en une phrase."))]
    others: Annotated[list[OtherPlace], about(_("Les autres lieux que ces mots peuvent désigner."))]
    latitude: float | None
    longitude: float | None
    commune: CommuneName | None
    department: DepartmentName | None
    region: RegionName | None


# What stands before the sites of a list.
class ListHead(TypedDict):
    count: Whole
    counted_on: CountedOn
    license: Annotated[Uri, about(_("Adresse de la licence des données."))]
    attribution: Annotated[str, about(_("La ligne à copier : qui publie, d’après quelles sources, de quelle date."))]
    place: NotRequired[PlaceRecord | None]
    others: NotRequired[
        Annotated[list[OtherPlace], about(_("Quand « place » est nul : les lieux entre lesquels choisir."))]
    ]
    problems: NotRequired[Problems]


class SiteList(ListHead):
    results: list[SiteRecord]


class SuggestionParameters(TypedDict):
    """What ``Place.parameters`` of the search may hold."""

    commune: NotRequired[str]
    lieu: NotRequired[str]
    lat: NotRequired[str]
    lon: NotRequired[str]


class CommuneSuggestion(TypedDict):
    type: Annotated[
        str,
        about(_("Ce qui est proposé."), enum=["commune", "department", "region", "intercommunal_body", "point"]),
    ]
    insee_code: Annotated[str | None, about(_("Celui d’une commune ou d’un arrondissement, sinon null."))]
    name: str
    department: Annotated[DepartmentName | None, about(_("Celui de la commune, ou le département proposé."))]
    label: Annotated[str, about(_("Ce qu’une liste montre : « Seynod, aujourd’hui Annecy (74) »."))]
    parameters: Annotated[SuggestionParameters, about(_("Ce qui demande exactement ce lieu à /pimms/ et /pimms.json."))]


class CommuneSuggestions(TypedDict):
    count: Count
    results: list[CommuneSuggestion]


# Records that have sites


class CountedSites(TypedDict):
    count: Count
    results: list[SiteRecord]


class TerritoryRecord(CountedSites):
    url: Uri
    slug: str
    code: str
    name: str


class RegionRecord(TerritoryRecord):
    departments: list[DepartmentName]


class DepartmentRecord(TerritoryRecord):
    region: RegionName
    neighbours: list[DepartmentName]


class AssociationRecord(CountedSites):
    url: Uri
    slug: str
    name: str


class WaveRecord(CountedSites):
    url: Uri
    code: str
    name: str
    effective_on: date
    source: str
    announced_on: date | None
    announced_source: str | None
    published_on: date | None
    release: str | None
    national_total: int | None


def region_record(region: Region, root: str) -> RegionRecord:
    return {
        "url": root + region.get_absolute_url(),
        "slug": region.slug,
        "code": region.code,
        "name": region.name,
        "departments": [values_of(each, DepartmentName) for each in region.departments.order_by("slug")],
        **counted(sites_of(region).order_by("department__slug", "slug"), root),
    }


def department_record(department: Department, root: str) -> DepartmentRecord:
    return {
        "url": root + department.get_absolute_url(),
        "slug": department.slug,
        "code": department.code,
        "name": department.name,
        "region": values_of(department.region, RegionName),
        "neighbours": [values_of(each, DepartmentName) for each in department.neighbours.order_by("slug")],
        **counted(sites_of(department), root),
    }


def association_record(association: Association, root: str) -> AssociationRecord:
    return {
        "url": root + association.get_absolute_url(),
        "slug": association.slug,
        "name": association.name,
        **counted(sites_of(association), root),
    }


def wave_record(wave: Wave, root: str) -> WaveRecord:
    return {
        "url": root + wave.get_absolute_url(),
        "code": wave.code,
        "name": wave.name,
        "effective_on": wave.effective_on,
        "source": wave.source,
        "announced_on": wave.announced_on,
        "announced_source": wave.announced_source or None,
        "published_on": wave.published_on,
        "release": wave.public_release.slug if wave.public_release else None,
        "national_total": wave.national_total,
        **counted(sites_of(wave), root),
    }


def counted(sites: SiteQuerySet, root: str) -> CountedSites:
    results = list(scored(site_records(sites, root)))
    return {"count": len(results), "results": results}


# The record of each page, by its route
RECORDS: dict[str, Callable[[Any, str], Mapping[str, Any]]] = {
    "site": lambda site, root: next(scored(site_records(Site.objects.filter(pk=site.pk), root))),
    "region": region_record,
    "department": department_record,
    "association": association_record,
    "wave": wave_record,
    "release": release_record,
}
