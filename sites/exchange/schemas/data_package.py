"""What a program needs to read the CSV: Table Schema and Data Package, with the licence and the sources.

Specifications: https://specs.frictionlessdata.io/table-schema/ and https://specs.frictionlessdata.io/data-package/
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pimms_directory.base.templatetags.french import plain_date
from sites.exchange.downloads.formats import COLUMNS, Column
from sites.pages.label_count import label_count

LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
UNIQUE = ("url", "slug", "official_id", "id")
CONSTRAINTS = ("enum", "pattern", "minimum", "maximum")


def sources_at(root: str) -> list[dict[str, str]]:
    """Where the data come from, with the dates that they have now."""
    count = label_count()
    releases = _(" et ").join(_("du %s") % plain_date(day) for day in count.releases)
    published = _(", communiqués de presse %s") % releases if releases else ""
    listed = f", {plain_date(count.listed_on)}" if count.listed_on else ""
    return [
        {"title": f"Union nationale des PIMMS{published}", "path": f"{root}/communiques/"},
        {"title": f"ANCT, liste officielle des France Services{listed} (Licence Ouverte 2.0)"},
        {"title": "INSEE, code officiel géographique, par @etalab/decoupage-administratif 6.0.0 (Licence Ouverte 2.0)"},
    ]


def table_schema() -> dict[str, Any]:
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "fields": [field(column) for column in COLUMNS],
        "primaryKey": ["id"],
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
        "description": f"{label_count().sentence}. {_('Les champs : %s') % f'{root}/donnees/'}",
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
