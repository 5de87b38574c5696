"""The OpenAPI 3.1 document of the JSON addresses, made from the filters and the columns that answer there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters

from sites.exchange.columns import COLUMNS, LICENCE, Column
from sites.search.filters import SiteFilter

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
DATE: Schema = {"type": "string", "format": "date"}
DATE_OR_NULL: Schema = {"type": ["string", "null"], "format": "date"}
COUNT: Schema = {"type": "integer", "minimum": 0}
URL: Schema = {"type": "string", "format": "uri"}
EXAMPLES = {
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
    "jour": "samedi",
    "tri": "departement",
    "limit": 10,
    "offset": 10,
}


def _object(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


def _value(column: Column) -> Schema:
    """The schema of one value in JSON."""
    if column.listed:
        return _list(_ref("Listing") if column.listed == "objects" else TEXT)
    kind = "string" if column.type == "date" else column.type
    always = column.required or column.parent == "commune"  # a commune is null as a whole
    schema: Schema = {"type": kind if always else [kind, "null"], "description": str(column.description)}
    if column.type == "date":
        schema["format"] = "date"
    elif column.format != "default":
        schema["format"] = column.format
    for name in ("enum", "minimum", "maximum"):
        if name in column.constraints:
            schema[name] = column.constraints[name]
    if "pattern" in column.constraints:
        schema["pattern"] = f"^{column.constraints['pattern']}$"
    return schema


def _flat(column: Column) -> Schema:
    return {"type": ["string", "null"], "description": str(column.description)} if column.listed else _value(column)


def _site() -> Schema:
    parents: dict[str, dict[str, Schema]] = {}
    properties: dict[str, Schema] = {}
    for column in COLUMNS:
        if column.parent:
            parents.setdefault(column.parent, {})[column.key] = _value(column)
            properties[column.parent] = _object(parents[column.parent])
        else:
            properties[column.key] = _value(column)
    properties["commune"] = _or_null(properties["commune"])
    return _object(properties, optional=("distance_km",))


def _properties() -> Schema:
    found = {column.name: _flat(column) for column in COLUMNS}
    for column in COLUMNS:
        if column.parent == "commune":
            found[column.name] = {**found[column.name], "type": ["string", "null"]}
    return _object(found, optional=("distance_km",))


def _schemas() -> dict[str, Schema]:
    territory = _object({"code": TEXT, "name": TEXT})
    commune = _object({"insee_code": TEXT, "name": TEXT})
    listing = {
        "release": {**TEXT, "description": "Communiqué : sa date."},
        "row": COUNT,
        "region_printed": TEXT,
        "department_printed": TEXT,
        "commune_printed": TEXT,
        "name_printed": TEXT,
        "marked_new": {"type": "boolean"},
        "remark": TEXT,
    }
    number_or_null = {"type": ["number", "null"]}
    head = {
        "count": {**COUNT, "description": "Nombre de PIMMS de la liste, avant limit et offset."},
        "place": _or_null(_ref("Place")),
        "problems": {**_list(TEXT), "description": "Une phrase par valeur laissée de côté."},
    }
    sites = {"count": COUNT, "results": _list(_ref("Site"))}
    point = {
        "type": "object",
        "properties": {
            "type": {"const": "Point"},
            "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        },
        "required": ["type", "coordinates"],
    }
    feature = {
        "type": {"const": "Feature"},
        "id": TEXT,
        "geometry": _or_null(point),
        "properties": _properties(),
    }
    return {
        "Territory": territory,
        "Listing": _object(listing),
        "Site": _site(),
        "Place": _object(
            {
                "label": TEXT,
                "latitude": number_or_null,
                "longitude": number_or_null,
                "commune": _or_null(commune),
                "department": _or_null(_ref("Territory")),
                "region": _or_null(_ref("Territory")),
            }
        ),
        "Sites": _object({**head, "results": _list(_ref("Site"))}, optional=("place", "problems")),
        "FeatureCollection": _object(
            {"type": {"const": "FeatureCollection"}, **head, "features": _list(_object(feature))},
            optional=("place", "problems"),
        ),
        "Region": _object(
            {"url": URL, "slug": TEXT, "code": TEXT, "name": TEXT, "departments": _list(_ref("Territory")), **sites}
        ),
        "Department": _object(
            {
                "url": URL,
                "slug": TEXT,
                "code": TEXT,
                "name": TEXT,
                "region": _ref("Territory"),
                "neighbours": _list(_ref("Territory")),
                **sites,
            }
        ),
        "Association": _object({"url": URL, "slug": TEXT, "name": TEXT, **sites}),
        "Wave": _object(
            {
                "url": URL,
                "code": TEXT,
                "name": TEXT,
                "effective_on": DATE,
                "source": TEXT,
                "announced_on": DATE_OR_NULL,
                "announced_source": TEXT_OR_NULL,
                "published_on": DATE_OR_NULL,
                "release": TEXT_OR_NULL,
                "national_total": {"type": ["integer", "null"]},
                **sites,
            }
        ),
        "Release": _object(
            {
                "url": URL,
                "slug": TEXT,
                "title": TEXT,
                "issuer": TEXT,
                "published_on": DATE,
                "source_url": TEXT_OR_NULL,
                "summary": TEXT,
                "caveat": TEXT,
                "waves": _list(TEXT),
                "figures": _list(
                    _object(
                        {
                            "position": COUNT,
                            "caption": TEXT,
                            "value": {"type": "integer"},
                            "qualifier": TEXT,
                            "unit": TEXT,
                            "note": TEXT,
                        }
                    )
                ),
                "listings": _list(_object({**listing, "site": _or_null(URL)})),
            }
        ),
        "OEmbed": _object(
            {
                "version": {"const": "1.0"},
                "type": {"const": "rich"},
                "title": TEXT,
                "provider_name": TEXT,
                "provider_url": URL,
                "html": {**TEXT, "description": "Le cadre à insérer."},
                "width": COUNT,
                "height": COUNT,
            }
        ),
        "Problems": _object({"problems": _list(TEXT)}),
        "Communes": _object(
            {
                "count": COUNT,
                "results": _list(
                    _object(
                        {"insee_code": TEXT, "name": TEXT, "department": _or_null(_ref("Territory")), "label": TEXT}
                    )
                ),
            }
        ),
    }


def parameters(filters: type[SiteFilter]) -> list[dict[str, Any]]:
    """The parameters of a list. No value is an error: a bad one is left out and named in ``problems``."""
    found = []
    for name, each in filters.base_filters.items():
        schema: Schema = {"type": "string"}
        if "choices" in each.extra:
            schema = {"type": "string", "enum": [value for value, _label in each.extra["choices"]]}
        elif isinstance(each, django_filters.DateFilter):
            schema = DATE
        elif name in ("lat", "lon"):
            schema = {"type": "number"}
        elif isinstance(each, django_filters.NumberFilter):
            schema = {"type": "integer"}
        limits = {"minimum": each.extra.get("min_value"), "maximum": each.extra.get("max_value")}
        found.append(
            {
                "name": name,
                "in": "query",
                "description": str(each.label),
                "schema": {**schema, **{key: value for key, value in limits.items() if value is not None}},
                "example": EXAMPLES[name],
            }
        )
    return found


def _get(summary: str, name: str, media: str = "application/json", **more: Any) -> dict[str, Any]:
    answer = {
        "description": summary,
        "headers": {
            "ETag": {"schema": TEXT},
            "Last-Modified": {"schema": TEXT},
            "Access-Control-Allow-Origin": {"schema": TEXT},
        },
        "content": {media: {"schema": _ref(name)}},
    }
    return {"get": {"summary": summary, **more, "responses": {"200": answer, **more.get("responses", {})}}}


def _record(summary: str, name: str, moves: bool = False, **keys: str) -> dict[str, Any]:
    """A record by the parts of its address, each given with an example."""
    responses: dict[str, Any] = {
        "404": {"description": "Aucune fiche à cette adresse.", "content": {"text/html": {"schema": TEXT}}}
    }
    if moves:
        responses["301"] = {"description": "La fiche a changé d’adresse.", "content": {"text/html": {"schema": TEXT}}}
    return _get(
        summary,
        name,
        responses=responses,
        parameters=[
            {
                "name": key,
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9-]+$"},
                "example": example,
            }
            for key, example in keys.items()
        ],
    )


def _oembed(root: str) -> dict[str, Any]:
    pixels = {"in": "query", "schema": {"type": "integer", "minimum": 1}, "example": 400}
    asked = [
        {"name": "url", "in": "query", "required": True, "schema": URL, "example": f"{root}/regions/bretagne/"},
        {"name": "maxwidth", **pixels},
        {"name": "maxheight", **pixels},
        {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["json"]}, "example": "json"},
    ]
    refusals = {
        "400": "Une valeur manque ou ne convient pas.",
        "404": "Rien à intégrer à cette adresse.",
        "501": "Seul JSON existe.",
    }
    responses = {
        status: {"description": words, "content": {"application/json": {"schema": _ref("Problems")}}}
        for status, words in refusals.items()
    }
    return _get("oEmbed 1.0 d’une page", "OEmbed", parameters=asked, responses=responses)


def document(root: str, filters: type[SiteFilter]) -> dict[str, Any]:
    queries = parameters(filters)
    uncut = [each for each in queries if each["name"] not in ("limit", "offset")]
    typed = {"name": "q", "in": "query", "schema": TEXT, "example": "greno", "description": "Début d’un nom ou code."}
    communes = _get("Suggestions de communes", "Communes", parameters=[typed])
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
            "/pimms.json": _get("Les PIMMS d’une liste", "Sites", parameters=queries),
            "/pimms.geojson": _get(
                "Les mêmes, pour une carte", "FeatureCollection", "application/geo+json", parameters=uncut
            ),
            "/pimms/{slug}.json": _record("Un PIMMS", "Site", True, slug="pimms-isere-la-villeneuve"),
            "/regions/{slug}.json": _record("Une région", "Region", slug="bretagne"),
            "/departements/{code}-{slug}.json": _record("Un département", "Department", True, code="38", slug="isere"),
            "/associations/{slug}.json": _record("Une association", "Association", slug="pimms-paris"),
            "/labels/{code}.json": _record("Une vague de labellisation", "Wave", code="2020-01"),
            "/communiques/{slug}.json": _record("Un communiqué", "Release", slug="2020-10-14"),
            "/communes.json": communes,
            "/oembed.json": _oembed(root),
        },
        "components": {"schemas": _schemas()},
    }
