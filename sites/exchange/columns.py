"""The columns of CSV, XLSX and GeoJSON: ``SiteRecord`` flattened, by its own description.

{"region": {"code": "84", "name": "Auvergne-Rhône-Alpes"}, "former_names": ["A", "B"]}
→ {"region_code": "84", "region_name": "Auvergne-Rhône-Alpes", "former_names": "A | B"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sites.exchange.schemas.json_schema import Schema, object_of
from sites.exchange.site_record import CommuneName, DepartmentName, RegionName, SiteRecord

SEPARATOR = " | "
# The objects of a record, each with what it holds.
OBJECTS = {"region": object_of(RegionName), "department": object_of(DepartmentName), "commune": object_of(CommuneName)}


@dataclass(frozen=True)
class Column:
    name: str
    schema: Schema  # JSON Schema of one cell that is not empty
    always: bool  # whether no cell is empty

    @property
    def type(self) -> str:
        """``string``, ``number`` or ``date``, as Table Schema calls it."""
        return "date" if self.schema.get("format") == "date" else self.schema["type"]

    @property
    def description(self) -> str:
        return self.schema["description"]


def columns_of(name: str, schema: Schema, always: bool) -> Iterator[Column]:
    """The columns that a value becomes: several for an object, one for a list."""
    if "anyOf" in schema:  # [what it is, null]
        schema, always = {**schema["anyOf"][0], **schema}, False
        del schema["anyOf"]
    if name in OBJECTS:
        for key, each in OBJECTS[name]["properties"].items():
            yield from columns_of(f"{name}_{key}", each, always)
    elif schema["type"] == "array":
        yield Column(name, {"type": "string", "description": schema["description"]}, always=False)
    else:
        yield Column(name, schema, always)


def columns() -> Iterator[Column]:
    site = object_of(SiteRecord)
    for name, schema in site["properties"].items():
        yield from columns_of(name, schema, name in site["required"])


COLUMNS = tuple(columns())


def flattened(site: Mapping[str, Any]) -> dict[str, Any]:
    """A ``SiteRecord`` as one row."""
    row: dict[str, Any] = {}
    for name, value in site.items():
        if name in OBJECTS:
            row |= {f"{name}_{key}": value and value[key] for key in OBJECTS[name]["properties"]}
        elif name == "listings":
            row[name] = joined([f"{line['release']}#{line['row']}" for line in value])
        else:
            row[name] = joined(value) if isinstance(value, list) else value
    return row


def joined(values: list[str]) -> str | None:
    return SEPARATOR.join(values) or None
