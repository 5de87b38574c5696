"""Records written as CSV, XLSX, JSON and GeoJSON. Each format keeps a few sites in memory, however long the list."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import IO, Any

from pimms_directory.base.spreadsheets import defused
from sites.exchange.columns import COLUMNS, flattened
from sites.exchange.site_record import SiteRecord

# Of the columns of a workbook, in characters; 16 where nothing is said.
WIDTHS = {
    10: "kind wave postcode",
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
    44: "name",
    48: "opening_hours",
}
WIDTH_BY_NAME = {name: width for width, names in WIDTHS.items() for name in names.split()}


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
    for site in sites:
        row = flattened(site)
        yield [defused(row.get(column.name)) for column in COLUMNS]


def write_csv(file: IO[bytes], sites: Iterable[SiteRecord]) -> None:
    """RFC 4180, in UTF-8 without a byte order mark."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in COLUMNS])
    writer.writerows(rows(sites))
    text.detach()


def write_xlsx(file: IO[bytes], sites: Iterable[SiteRecord], today: date) -> None:
    """A workbook of one sheet: dates are dates, the header stays in view and filters the columns."""
    import xlsxwriter  # 2 MB, for workbooks alone

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(file, options)
    # Named, because it would otherwise be the time of writing, and the same list another file each time.
    workbook.set_properties({"created": datetime.combine(today, time())})
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
