"""The OpenAPI 3.1 document of JSON addresses and address cards, made from the filters and records behind them."""

from __future__ import annotations

from typing import Any

import django_filters

from sites.exchange.downloads.formats import COLUMNS, Column
from sites.exchange.downloads.national_schemas import InclusionStructure, MediationPlace
from sites.exchange.embedding.embeddable import OEmbed
from sites.exchange.licence import LICENCE
from sites.exchange.problems import MEDIA_TYPE, ParameterProblem, Problem
from sites.exchange.records import indexes, page_records, release_record
from sites.exchange.records.notice_record import NoticeRecord
from sites.exchange.records.site_record import CommuneName, DepartmentName, PrintedLine, RegionName, SiteRecord
from sites.exchange.schemas.json_schema import Schema, closed_object, object_of, reference
from sites.search.filters import SiteFilter

TEXT: Schema = {"type": "string"}
URI: Schema = {"type": "string", "format": "uri"}
DISTANCES = ("distance_km", "distance_from_commune_km")
EXAMPLES: dict[str, Any] = {
    "lieu": "38100",
    "commune": "38185",
    "lat": 45.164,
    "lon": 5.733,
    "q": "gare",
    "region": "bretagne",
    "departement": "38",
    "vague": "2020-01",
    "labellise_apres": "2020-02-01",
    "labellise_avant": "2020-08-31",
    "type": "mobile",
    "association": "pimms-paris",
    "communique": "2020-10-14",
    "jour": "samedi",
    "tri": "departement",
    "limit": 10,
    "offset": 10,
}
RECORDS: tuple[Any, ...] = (
    *(SiteRecord, RegionName, DepartmentName, CommuneName, PrintedLine, NoticeRecord),
    *(page_records.SiteList, page_records.PlaceRecord, page_records.OtherPlace, Problem, ParameterProblem),
    *(MediationPlace, InclusionStructure),
    *(page_records.RegionRecord, page_records.DepartmentRecord, page_records.AssociationRecord),
    *(page_records.WaveRecord, release_record.ReleaseRecord, release_record.FigureRecord, release_record.ReleaseLine),
    *(release_record.FactRecord, indexes.ReleaseIndex, indexes.ReleaseEntry, indexes.WaveIndex, indexes.WaveEntry),
    *(indexes.RegionIndex, indexes.RegionEntry, indexes.DepartmentIndex, indexes.DepartmentEntry),
    *(indexes.AssociationIndex, indexes.AssociationEntry),
    *(page_records.CommuneSuggestions, page_records.CommuneSuggestion, page_records.SuggestionParameters, OEmbed),
)


# What answers


def schemas() -> dict[str, Schema]:
    """The JSON Schema of each record, by the name of its class, and of GeoJSON."""
    found = {record.__name__: object_of(record) for record in RECORDS}
    return {**found, "FeatureCollection": feature_collection(found["SiteList"])}


def feature_collection(site_list: Schema) -> Schema:
    """A list as GeoJSON (RFC 7946): its sites are flattened, as the rows of a table."""
    head = {name: schema for name, schema in site_list["properties"].items() if name != "results"}
    feature = closed_object(
        {
            "type": {"const": "Feature"},
            "id": TEXT,
            "geometry": {"anyOf": [POINT, {"type": "null"}]},
            "properties": closed_object({column.name: cell(column) for column in COLUMNS}, optional=DISTANCES),
        }
    )
    return closed_object(
        {"type": {"const": "FeatureCollection"}, **head, "features": {"type": "array", "items": feature}},
        optional=("place", "others", "problems"),
    )


def cell(column: Column) -> Schema:
    """Of GeoJSON, where an empty one is null."""
    if column.always:
        return column.schema
    values = {"enum": [*column.schema["enum"], None]} if "enum" in column.schema else {}
    return {**column.schema, **values, "type": [column.schema["type"], "null"]}


POINT: Schema = {
    "type": "object",
    "properties": {
        "type": {"const": "Point"},
        "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    },
    "required": ["type", "coordinates"],
}


# What can be asked


def parameters(filters: type[SiteFilter]) -> list[Schema]:
    """The parameters of a list. Other names and bad values are errors: ``400``."""
    return [
        parameter(
            name,
            "query",
            {**value_of(name, each), **limits_of(each)},
            EXAMPLES.get(name, ""),  # a test finds the one that is missing
            description=str(each.label),
        )
        for name, each in filters.base_filters.items()
    ]


def parameter(name: str, place: str, schema: Schema, example: Any, **more: Any) -> Schema:
    return {"name": name, "in": place, **more, "schema": schema, "example": example}


def value_of(name: str, each: django_filters.Filter) -> Schema:
    if "choices" in each.extra:
        return {"type": "string", "enum": [value for value, _label in each.extra["choices"]]}
    if isinstance(each, django_filters.DateFilter):
        return {"type": "string", "format": "date"}
    if name in ("lat", "lon"):
        return {"type": "number"}
    return {"type": "integer"} if isinstance(each, django_filters.NumberFilter) else TEXT


def limits_of(each: django_filters.Filter) -> Schema:
    limits = {"minimum": each.extra.get("min_value"), "maximum": each.extra.get("max_value")}
    return {name: value for name, value in limits.items() if value is not None}


# The addresses


def get(summary: str, name: str, media: str = "application/json", **more: Any) -> Schema:
    headers = {header: {"schema": TEXT} for header in ("ETag", "Link", "Access-Control-Allow-Origin")}
    found = answer(summary, reference(name), media, headers=headers)
    return {"get": {"summary": summary, **more, "responses": {"200": found, **more.get("responses", {})}}}


def answer(description: str, schema: Schema, media: str, **more: Any) -> Schema:
    return {"description": description, **more, "content": {media: {"schema": schema}}}


def refusal(description: str) -> Schema:
    return answer(description, reference("Problem"), MEDIA_TYPE)


BAD_QUESTION = {"400": refusal("Un paramètre n’existe pas, ou sa valeur ne convient pas.")}


def record(summary: str, name: str, moves: bool = False, **keys: str) -> Schema:
    """A record by the parts of its address, each given with an example."""
    responses = {"404": refusal("Aucune fiche à cette adresse."), "410": refusal("La fiche a été retirée.")}
    if moves:
        responses["301"] = answer("La fiche a changé d’adresse.", TEXT, "text/html")
    part = {"type": "string", "pattern": "^[A-Za-z0-9-]+$"}
    asked = [parameter(key, "path", part, example, required=True) for key, example in keys.items()]
    return get(summary, name, responses=responses, parameters=asked)


def file_of_record(media: str, summary: str, name: str, moves: bool = False, **keys: str) -> Schema:
    """What stands beside the record of this name and is no JSON."""
    found = record(summary, name, moves, **keys)
    found["get"]["responses"]["200"]["content"] = {media: {"schema": TEXT}}
    return found


def array_of(name: str, summary: str, queries: list[Schema]) -> Schema:
    found = get(summary, name, parameters=queries, responses=BAD_QUESTION)
    items = {"type": "array", "items": reference(name)}
    found["get"]["responses"]["200"]["content"]["application/json"]["schema"] = items
    return found


def oembed(root: str) -> Schema:
    pixels = {"type": "integer", "minimum": 1}
    asked = [
        parameter("url", "query", URI, f"{root}/regions/bretagne/", required=True),
        parameter("maxwidth", "query", pixels, 400),
        parameter("maxheight", "query", pixels, 400),
        parameter("format", "query", {"type": "string", "enum": ["json"]}, "json"),
    ]
    refusals = {
        "400": "Une valeur manque ou ne convient pas.",
        "404": "Rien à intégrer à cette adresse.",
        "501": "Seul JSON existe.",
    }
    responses = {status: refusal(words) for status, words in refusals.items()}
    return get("oEmbed 1.0 d’une page", "OEmbed", parameters=asked, responses=responses)


def document(root: str, filters: type[SiteFilter]) -> Schema:
    queries = parameters(filters)
    uncut = [each for each in queries if each["name"] not in ("limit", "offset")]
    typed = {
        "name": "q",
        "in": "query",
        "schema": TEXT,
        "example": "greno",
        "description": "Début d’un nom ou d’un code.",
    }
    communes = get("Suggestions de lieux : communes, départements, régions", "CommuneSuggestions", parameters=[typed])
    communes["get"]["responses"]["200"].pop("headers")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PIMMS labellisés France Services",
            "version": "1.0.0",
            "description": f"Lecture seule, sans clé. Les champs, la licence et les dates : {root}/donnees/",
            "license": {"name": LICENCE["title"], "url": LICENCE["path"]},
        },
        "servers": [{"url": root}],
        "paths": {
            "/pimms.json": get("Les PIMMS d’une liste", "SiteList", parameters=queries, responses=BAD_QUESTION),
            "/pimms.geojson": get(
                *("Les mêmes, pour une carte", "FeatureCollection", "application/geo+json"),
                parameters=uncut,
                responses=BAD_QUESTION,
            ),
            "/pimms.mediation-numerique.json": array_of(
                "MediationPlace", "Les mêmes, lieux de médiation numérique", uncut
            ),
            "/pimms.data-inclusion.json": array_of(
                "InclusionStructure", "Les mêmes, structures de data·inclusion", uncut
            ),
            "/pimms/{slug}.json": record("Un PIMMS", "SiteRecord", True, slug="pimms-isere-la-villeneuve"),
            "/pimms/{slug}.vcf": file_of_record(
                *("text/vcard", "Un PIMMS pour un carnet d’adresses : vCard 4.0 (RFC 6350)", "SiteRecord", True),
                slug="pimms-melun",
            ),
            "/regions/{slug}.json": record("Une région", "RegionRecord", slug="bretagne"),
            "/departements/{code}-{slug}.json": record(
                "Un département", "DepartmentRecord", True, code="38", slug="isere"
            ),
            "/associations/{slug}.json": record("Une association", "AssociationRecord", slug="pimms-paris"),
            "/labels/{code}.json": record("Une vague de labellisation", "WaveRecord", code="2020-01"),
            "/communiques/{slug}.json": record("Un communiqué", "ReleaseRecord", slug="2020-10-14"),
            "/labels/{code}.csv": file_of_record(
                *("text/csv", "Les PIMMS d’une vague, aux colonnes de /pimms.csv", "WaveRecord"), code="2020-01"
            ),
            "/communiques/{slug}.csv": file_of_record(
                *("text/csv", "Les lignes d’un communiqué, telles qu’imprimées", "ReleaseRecord"), slug="2020-10-14"
            ),
            "/communiques/{slug}.chiffres.csv": file_of_record(
                *("text/csv", "Les chiffres et les faits d’un communiqué, avec leur citation", "ReleaseRecord"),
                slug="2020-10-14",
            ),
            "/regions.json": get("Toutes les régions", "RegionIndex"),
            "/departements.json": get("Tous les départements", "DepartmentIndex"),
            "/associations.json": get("Toutes les associations", "AssociationIndex"),
            "/labels.json": get("Toutes les vagues de labellisation", "WaveIndex"),
            "/communiques.json": get("Tous les communiqués", "ReleaseIndex"),
            "/communes.json": communes,
            "/oembed.json": oembed(root),
        },
        "components": {"schemas": schemas()},
    }
