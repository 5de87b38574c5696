"""Records written as CSV, JSON and GeoJSON, and the columns of all but JSON: ``SiteRecord`` flattened.

{"region": {"code": "84", "name": "Auvergne-Rhône-Alpes"}, "former_names": ["A", "B"]}
→ {"region_code": "84", "region_name": "Auvergne-Rhône-Alpes", "former_names": "A | B"}

Each format keeps a few sites in memory, however long the list.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from pimms_directory.base.spreadsheets import defused
from sites.exchange.records.rows_of_sites import notice_cell
from sites.exchange.records.site_record import CommuneName, DepartmentName, RegionName, SiteRecord
from sites.exchange.schemas.json_schema import Schema, object_of

SEPARATOR = " | "
TELEPHONES = ("phone_international", "telephone")  # E.164
LIKE_A_NUMBER = re.compile(r"[+\d][\d .,:/eE-]*")  # text that a spreadsheet would take for a number, a date or an hour
# The objects of a record, each with what it holds.
OBJECTS = {"region": object_of(RegionName), "department": object_of(DepartmentName), "commune": object_of(CommuneName)}


JSON_ALONE = ("quality",)  # of the day of reading, where the cells of a table are of the data


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
        if name not in JSON_ALONE:
            yield from columns_of(name, schema, name in site["required"])


COLUMNS = tuple(columns())
NAMES = [column.name for column in COLUMNS]


def flattened(site: Mapping[str, Any]) -> dict[str, Any]:
    """A ``SiteRecord`` as one row."""
    row: dict[str, Any] = {}
    for name, value in site.items():
        if name in OBJECTS:
            row |= {f"{name}_{key}": value and value[key] for key in OBJECTS[name]["properties"]}
        elif name in JSON_ALONE:
            continue
        elif name == "listings":
            row[name] = joined([f"{line['release']}#{line['row']}" for line in value])
        elif name == "notices":
            row[name] = joined([notice_cell(notice) for notice in value])
        else:
            row[name] = joined(value) if isinstance(value, list) else value
    return row


def joined(values: list[str]) -> str | None:
    return SEPARATOR.join(values) or None


# The formats


def json_text(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)  # dates, and texts to be translated


def write_list(file: IO[bytes], head: Mapping[str, Any], key: str, items: Iterable[Any]) -> None:
    """A JSON object whose last member is a long array, an item a line: ``{"count": 2, "results": [`` …"""
    before, after = json_text({**head, key: []}).rsplit("]", 1)
    file.write(before.encode())
    separator = "\n"
    for item in items:
        file.write((separator + json_text(item)).encode())
        separator = ",\n"
    file.write(f"\n]{after}\n".encode())


def write_geojson(file: IO[bytes], head: Mapping[str, Any], sites: Iterable[SiteRecord]) -> None:
    """RFC 7946; ``geometry`` is null where the point of the desk itself is not known."""
    write_list(file, {"type": "FeatureCollection", **head}, "features", map(feature, sites))


def feature(site: SiteRecord) -> dict[str, Any]:
    point = [site["longitude"], site["latitude"]]
    return {
        "type": "Feature",
        "id": site["slug"],
        "geometry": None if None in point else {"type": "Point", "coordinates": point},
        "properties": flattened(site),
    }


def rows(sites: Iterable[SiteRecord]) -> Iterator[list[Any]]:
    return cells(NAMES, map(flattened, sites))


def cells(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    """No spreadsheet computes ``+33476330656``, and a program dials it as it stands: it is left so."""
    for row in rows:
        yield [row.get(name) if name in TELEPHONES else defused(row.get(name)) for name in names]


def write_csv(file: IO[bytes], names: Sequence[str], rows: Iterable[Iterable[Any]], **dialect: Any) -> None:
    """RFC 4180, in UTF-8 without a byte order mark."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, **dialect)
    writer.writerow(names)
    writer.writerows(rows)
    text.detach()


def write_excel_csv(file: IO[bytes], sites: Iterable[SiteRecord]) -> None:
    """For a double click in a French office: a mark tells the encoding, Excel there wants semicolons and commas."""
    file.write("\ufeff".encode())
    rows = ([as_excel_reads_it(row.get(name)) for name in NAMES] for row in map(flattened, sites))
    write_csv(file, NAMES, rows, delimiter=";")


def as_excel_reads_it(value: Any) -> Any:
    """``="01000"`` is text, where ``01000`` would become 1000 and the wave ``2020-01`` a day of January.

    No other formula is ever written, and none of its characters could end the text.
    """
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, str) and LIKE_A_NUMBER.fullmatch(value):
        return f'="{value}"'
    return defused(value)


def write_array(file: IO[bytes], items: Iterable[Any]) -> None:
    """A JSON array, an item a line."""
    opening = "["
    for item in items:
        file.write(f"{opening}\n{json_text(item)}".encode())
        opening = ","
    file.write(b"\n]\n" if opening == "," else b"[]\n")
