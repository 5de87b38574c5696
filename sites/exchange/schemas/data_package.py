"""What a program needs to read the CSV, with licence and sources: Table Schema, Data Package, CSV on the Web.

Specifications: https://specs.frictionlessdata.io/table-schema/, https://specs.frictionlessdata.io/data-package/,
https://www.w3.org/TR/tabular-metadata/
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from sites.exchange.downloads.formats import COLUMNS, Column
from sites.exchange.licence import LICENCE, attribution, sources_at
from sites.pages.label_count import label_count

PRIMARY_KEY = "id"
UNIQUE = ("url", "slug", "official_id", "id")
LIMITS = ("minimum", "maximum")
CONSTRAINTS = ("enum", "pattern", *LIMITS)


def table_schema() -> dict[str, Any]:
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "fields": [field(column) for column in COLUMNS],
        "primaryKey": [PRIMARY_KEY],
        "missingValues": [""],
    }


def field(column: Column) -> dict[str, Any]:
    found = {
        "name": column.name,
        "type": column.type,
        "format": "default" if column.type == "date" else column.schema.get("format", "default"),
        "description": _(column.description),
    }
    constraints = {
        **({"required": True} if column.always else {}),
        **({"unique": True} if column.name in UNIQUE else {}),
        **{name: column.schema[name] for name in CONSTRAINTS if name in column.schema},
    }
    if "pattern" in constraints:  # of the whole value, here without saying so
        constraints["pattern"] = constraints["pattern"].strip("^$")
    return {**found, "constraints": constraints} if constraints else found


def data_package(root: str) -> dict[str, Any]:
    return {
        "name": "pimms-france-services",
        "title": _("PIMMS labellisés France Services"),
        "description": description(root),
        "licenses": [LICENCE],
        "sources": sources_at(root),
        "resources": [
            {
                "name": "pimms",
                "path": "pimms.csv",  # beside this document
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\r\n"},
                "schema": table_schema(),
            }
        ],
    }


def description(root: str) -> str:
    return f"{label_count().sentence}. {_('Les champs : %s') % f'{root}/donnees/'}"


# CSV on the Web


def csv_metadata() -> dict[str, Any]:
    """At the address of the CSV with ``-metadata.json`` behind it, where the specification looks for it."""
    root = settings.PUBLIC_ORIGIN
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "fr"}],
        "url": "pimms.csv",  # beside this document
        "dc:title": _("PIMMS labellisés France Services"),
        "dc:description": description(root),
        "dc:creator": settings.SITE_NAME,
        "dc:license": {"@id": LICENCE["path"]},
        "dc:rights": attribution(),
        "dc:source": [source["title"] for source in sources_at(root)],
        "dialect": {"encoding": "utf-8", "delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
        "tableSchema": {"columns": [csv_column(column) for column in COLUMNS], "primaryKey": PRIMARY_KEY},
    }


def csv_column(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "titles": column.name,
        "dc:description": _(column.description),
        "datatype": datatype(column),
        "required": column.always,
    }


def datatype(column: Column) -> str | dict[str, Any]:
    """Text wherever digits are no number: a postcode, a code or an identifier keeps its zeros."""
    schema = column.schema
    base = "anyURI" if schema.get("format") == "uri" else column.type
    limits: dict[str, Any] = {name: schema[name] for name in LIMITS if name in schema}
    if "enum" in schema:
        limits["format"] = "|".join(schema["enum"])
    if "pattern" in schema:  # of the whole value, here without saying so
        limits["format"] = schema["pattern"].strip("^$")
    return {"base": base, **limits} if limits else base
