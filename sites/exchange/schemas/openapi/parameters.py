"""What can be asked: the parameters of a list, made from its filters, and those that addresses share."""

from __future__ import annotations

from typing import Any

import django_filters

from sites.exchange.schemas.json_schema import Schema
from sites.search.filters import SiteFilter

TEXT: Schema = {"type": "string"}
URI: Schema = {"type": "string", "format": "uri"}
PIXELS: Schema = {"type": "integer", "minimum": 1}
PART_OF_ADDRESS: Schema = {"type": "string", "pattern": "^[A-Za-z0-9-]+$"}
# A test finds the one that is missing.
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
ONLY_JSON_HAS = ("limit", "offset")


def parameters(filters: type[SiteFilter]) -> list[Schema]:
    """The parameters of a list. Other names and bad values are errors: ``400``."""
    return [
        parameter(
            name,
            "query",
            {**value_of(name, each), **limits_of(each)},
            EXAMPLES.get(name, ""),
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


def shared(filters: type[SiteFilter]) -> dict[str, Schema]:
    """The components: written once, as every list has them."""
    condition = parameter(
        *("If-None-Match", "header", TEXT, '"0123456789abcdef"'),
        description="L’ETag d’une réponse déjà reçue : la réponse est 304, sans contenu, si rien n’a changé.",
    )
    return {**{each["name"]: each for each in parameters(filters)}, "IfNoneMatch": condition}


def reference_to(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name}"}


CONDITION = reference_to("IfNoneMatch")


def in_path(description: str, **examples: str) -> tuple[Schema, ...]:
    """The parts of the address of a record, each with an example."""
    return tuple(
        parameter(name, "path", PART_OF_ADDRESS, example, required=True, description=description)
        for name, example in examples.items()
    )


SUGGESTED = (parameter("q", "query", TEXT, "greno", description="Début d’un nom ou d’un code."),)


def of_oembed(root: str) -> tuple[Schema, ...]:
    page = f"{root}/regions/bretagne/"
    return (
        parameter("url", "query", URI, page, required=True, description="Adresse de la page à intégrer."),
        parameter("maxwidth", "query", PIXELS, 400, description="Largeur du cadre au plus, en pixels."),
        parameter("maxheight", "query", PIXELS, 400, description="Hauteur du cadre au plus, en pixels."),
        parameter("format", "query", {"type": "string", "enum": ["json"]}, "json", description="Seul JSON existe."),
    )
