"""What a program needs to read the CSV: Table Schema and Data Package, with the licence and the sources.

Specifications: https://specs.frictionlessdata.io/table-schema/ and https://specs.frictionlessdata.io/data-package/
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from sites.exchange.formats import COLUMNS, Column

LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
SOURCES: list[dict[str, str]] = [
    {
        "title": "Union nationale des PIMMS, communiqués de presse du 22 novembre 2019 et du 14 octobre 2020",
        "path": "/communiques/",
    },
    {"title": "ANCT, liste officielle des France Services, 1er août 2024 (Licence Ouverte 2.0)"},
    {"title": "INSEE, code officiel géographique, par @etalab/decoupage-administratif 6.0.0 (Licence Ouverte 2.0)"},
]
UNIQUE = ("url", "slug", "official_id")
CONSTRAINTS = ("enum", "pattern", "minimum", "maximum")


def sources_at(root: str) -> list[dict[str, str]]:
    """The same with absolute addresses, for those who read them elsewhere."""
    return [
        {**source, "path": root + source["path"]} if source.get("path", "").startswith("/") else source
        for source in SOURCES
    ]


def table_schema() -> dict[str, Any]:
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "fields": [field(column) for column in COLUMNS],
        "primaryKey": ["slug"],
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
        "description": _("Les champs : %s") % f"{root}/donnees/",
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
