"""The other France Services of the official list: ``fixtures/other_desks.csv`` and its way into the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sites.loading.report import Report
from sites.loading.tables import commune_keys, make_equal, read_table, write_table
from sites.models import OtherDesk

FILE_NAME = "other_desks.csv"


class DeskRow(NamedTuple):
    official_id: str
    name: str
    kind: str
    insee_code: str
    postcode: str  # empty where the list has another commune's
    latitude: float | None  # WGS 84 degrees; a bus or a team has no point
    longitude: float | None
    phone: str
    open_days: str  # ISO weekdays: "12345"
    listed_on: date


def write_desks(path: Path, rows: Iterable[DeskRow]) -> None:
    by_number: list[DeskRow] = sorted(rows, key=lambda row: (len(row.official_id), row.official_id))  # 9 before 10
    write_table(path, DeskRow._fields, by_number)


def read_desks(path: Path) -> list[DeskRow]:
    """Raises ``DeserializationError``, with the line, for a file that is not as ``write_desks`` makes it."""
    return read_table(path, DeskRow._fields, desk_of)


def desk_of(cells: list[str]) -> DeskRow:
    row: Any = DeskRow._make(cells)
    return row._replace(
        latitude=float(row.latitude) if row.latitude else None,
        longitude=float(row.longitude) if row.longitude else None,
        listed_on=date.fromisoformat(row.listed_on),
    )


def load_other_desks(path: Path, report: Report) -> None:
    rows = report.without_deleted_communes(read_desks(path))
    keys = commune_keys((row.insee_code for row in rows), path)
    records = (
        OtherDesk(
            official_id=row.official_id,
            name=row.name,
            kind=row.kind,
            commune_id=keys[row.insee_code],
            postcode=row.postcode,
            latitude=row.latitude,
            longitude=row.longitude,
            phone=row.phone,
            open_days=sum(1 << (int(day) - 1) for day in row.open_days),
            listed_on=row.listed_on,
        )
        for row in rows
    )
    make_equal(OtherDesk, "official_id", records, report)
