"""The columns of CSV, XLSX and GeoJSON: ``SiteRecord`` flattened, by its own description.

{"region": {"code": "84", "name": "Auvergne-Rhône-Alpes"}, "former_names": ["A", "B"]}
→ {"region_code": "84", "region_name": "Auvergne-Rhône-Alpes", "former_names": "A | B"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from sites.exchange.site_record import SiteRecord

Schema = Mapping[str, Any]

SEPARATOR = " | "
# The objects of a record, each with the keys that become columns.
OBJECTS = {"region": ("code", "name"), "department": ("code", "name"), "commune": ("insee_code", "name")}


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


def described(name: str, schema: Schema, definitions: Mapping[str, Schema], always: bool) -> Iterator[Column]:
    """The columns that a value becomes: several for an object, one for a list."""
    if "anyOf" in schema:  # [what it is, null]
        schema, always = {**schema["anyOf"][0], **schema}, False
    if "$ref" in schema:
        properties = definitions[schema["$ref"].rpartition("/")[2]]["properties"]
        for key in OBJECTS[name]:
            yield from described(f"{name}_{key}", properties[key], definitions, always)
    elif schema["type"] == "array":
        yield Column(name, {"type": "string", "description": schema["description"]}, always=False)
    else:
        yield Column(name, {key: value for key, value in schema.items() if key not in ("anyOf", "title")}, always)


def columns() -> Iterator[Column]:
    schema = TypeAdapter(SiteRecord).json_schema(mode="serialization")
    for name, each in schema["properties"].items():
        yield from described(name, each, schema["$defs"], name in schema["required"])


COLUMNS = tuple(columns())


def flattened(site: Mapping[str, Any]) -> dict[str, Any]:
    """A ``SiteRecord`` as one row."""
    row: dict[str, Any] = {}
    for name, value in site.items():
        if name in OBJECTS:
            row |= {f"{name}_{key}": value and value[key] for key in OBJECTS[name]}
        elif name == "listings":
            row[name] = joined([f"{line['release']}#{line['row']}" for line in value])
        else:
            row[name] = joined(value) if isinstance(value, list) else value
    return row


def joined(values: list[str]) -> str | None:
    return SEPARATOR.join(values) or None
