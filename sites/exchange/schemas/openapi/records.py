"""The JSON Schema of what answers, by the name of its class; and of GeoJSON."""

from __future__ import annotations

from typing import Any

from sites.exchange.downloads.formats import COLUMNS, Column
from sites.exchange.downloads.national_schemas import InclusionStructure, MediationPlace
from sites.exchange.embedding.embeddable import OEmbed
from sites.exchange.problems import ParameterProblem, Problem
from sites.exchange.records import indexes, page_records, release_record, version_records
from sites.exchange.records.quality_record import QualityReason, QualityRecord
from sites.exchange.records.rows_of_sites import NoticeRecord, PrintedLine
from sites.exchange.records.site_record import CommuneName, DepartmentName, RegionName, SiteRecord
from sites.exchange.schemas.json_schema import Schema, closed_object, object_of, reference
from sites.exchange.schemas.openapi.parameters import TEXT

DISTANCES = ("distance_km", "distance_from_commune_km")
RECORDS: tuple[Any, ...] = (
    *(SiteRecord, QualityRecord, QualityReason, RegionName, DepartmentName, CommuneName, PrintedLine, NoticeRecord),
    *(page_records.SiteList, page_records.PlaceRecord, page_records.OtherPlace, Problem, ParameterProblem),
    *(MediationPlace, InclusionStructure),
    *(page_records.RegionRecord, page_records.DepartmentRecord, page_records.AssociationRecord),
    *(page_records.WaveRecord, release_record.ReleaseRecord, release_record.FigureRecord, release_record.ReleaseLine),
    *(release_record.FactRecord, indexes.ReleaseIndex, indexes.ReleaseEntry, indexes.WaveIndex, indexes.WaveEntry),
    *(indexes.RegionIndex, indexes.RegionEntry, indexes.DepartmentIndex, indexes.DepartmentEntry),
    *(indexes.AssociationIndex, indexes.AssociationEntry),
    *(page_records.CommuneSuggestions, page_records.CommuneSuggestion, page_records.SuggestionParameters, OEmbed),
    *(version_records.VersionIndex, version_records.VersionEntry, version_records.VersionFiles),
    *(version_records.VersionFileEntry, version_records.ChangeCounts, version_records.VersionChanges),
    *(version_records.NamedSite, version_records.RemovedSite, version_records.RenamedSite),
    *(version_records.FormerSiteName, version_records.ChangedSite, version_records.FieldChange),
)


def schemas() -> dict[str, Schema]:
    found = {record.__name__: object_of(record) for record in RECORDS}
    return {**found, **geojson(found["SiteList"])}


def geojson(site_list: Schema) -> dict[str, Schema]:
    """A list after RFC 7946: its sites are flattened, as the rows of a table."""
    head = {name: schema for name, schema in site_list["properties"].items() if name != "results"}
    features = {"type": "array", "items": reference("Feature")}
    point = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    return {
        "FeatureCollection": closed_object(
            {"type": {"const": "FeatureCollection"}, **head, "features": features},
            optional=("place", "others", "problems"),
        ),
        "Feature": closed_object(
            {
                "type": {"const": "Feature"},
                "id": TEXT,
                "geometry": {"anyOf": [reference("Point"), {"type": "null"}]},
                "properties": reference("SiteProperties"),
            }
        ),
        "Point": closed_object({"type": {"const": "Point"}, "coordinates": point}),
        "SiteProperties": closed_object({column.name: cell(column) for column in COLUMNS}, optional=DISTANCES),
    }


def cell(column: Column) -> Schema:
    """Of GeoJSON, where an empty one is null."""
    if column.always:
        return column.schema
    values = {"enum": [*column.schema["enum"], None]} if "enum" in column.schema else {}
    return {**column.schema, **values, "type": [column.schema["type"], "null"]}
