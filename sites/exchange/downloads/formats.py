"""Records written as CSV, XLSX, JSON and GeoJSON, and the columns of all but JSON: ``SiteRecord`` flattened.

{"region": {"code": "84", "name": "Auvergne-Rhône-Alpes"}, "former_names": ["A", "B"]}
→ {"region_code": "84", "region_name": "Auvergne-Rhône-Alpes", "former_names": "A | B"}

Each format keeps a few sites in memory, however long the list.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

from pimms_directory.base.spreadsheets import defused
from sites.exchange.records.site_record import CommuneName, DepartmentName, RegionName, SiteRecord
from sites.exchange.schemas.json_schema import Schema, object_of

SEPARATOR = " | "
TELEPHONES = ("phone_international", "telephone")  # E.164
# The objects of a record, each with what it holds.
OBJECTS = {"region": object_of(RegionName), "department": object_of(DepartmentName), "commune": object_of(CommuneName)}
# Of the columns of a workbook, in characters; 16 where nothing is said.
WIDTHS = {
    10: "kind wave postcode closed_on",
    11: "latitude longitude",
    12: "labelled_on official_id region_code distance_km",
    22: "department_name",
    24: "commune_name",
    26: "region_name",
    28: "former_names website",
    30: "association",
    32: "listings",
    36: "slug address email",
    40: "url contact_source",
    44: "name official_name base",
    48: "opening_hours area_served access_note data_note",
}
WIDTH_BY_NAME = {name: width for width, names in WIDTHS.items() for name in names.split()}


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
NAMES = [column.name for column in COLUMNS]


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


def write_csv(file: IO[bytes], names: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """RFC 4180, in UTF-8 without a byte order mark."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows(rows)
    text.detach()


def write_array(file: IO[bytes], items: Iterable[Any]) -> None:
    """A JSON array, an item a line."""
    opening = "["
    for item in items:
        file.write(f"{opening}\n{json_text(item)}".encode())
        opening = ","
    file.write(b"\n]\n" if opening == "," else b"[]\n")


def write_xlsx(file: IO[bytes], sites: Iterable[SiteRecord], day: date) -> None:
    """A workbook of one sheet: dates are dates, the header stays in view and filters the columns."""
    import xlsxwriter  # 2 MB, for workbooks alone

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(file, options)
    # The day of the data: it would otherwise be the time of writing, and the same list another file each time.
    workbook.set_properties({"created": datetime.combine(day, time())})
    sheet = workbook.add_worksheet("PIMMS")
    dates, header = workbook.add_format({"num_format": "dd/mm/yyyy"}), workbook.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(COLUMNS):
        sheet.set_column(index, index, max(WIDTH_BY_NAME.get(column.name, 16), len(column.name) + 3))
        sheet.write_string(0, index, column.name, header)
    last = 0
    for last, row in enumerate(rows(sites), start=1):
        for index, value in enumerate(row):
            write_cell(sheet, last, index, value, dates)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    workbook.close()


def write_cell(sheet: Any, row: int, column: int, value: Any, dates: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, datetime.combine(value, time()), dates)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, value)
