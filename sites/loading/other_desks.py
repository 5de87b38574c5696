"""The other France Services of the official list: the file ``fixtures/other_desks.csv`` and its way into the database.

Nobody edits these records, so that loading asks nothing: the table becomes equal to the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.core.serializers.base import DeserializationError

from sites.models import Commune, OtherDesk

if TYPE_CHECKING:
    from sites.loading.fixtures import Report

FILE_NAME = "other_desks.csv"
BATCH = 500  # rows a statement
COLUMNS = ("name", "kind", "commune_id", "postcode", "latitude", "longitude", "phone", "open_days", "listed_on")


class Row(NamedTuple):
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


def write(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(Row._fields)
        by_number: list[Row] = sorted(rows, key=lambda row: (len(row.official_id), row.official_id))  # 9 before 10
        writer.writerows(by_number)


def read(path: Path) -> list[Row]:
    """Raises ``DeserializationError``, with the line, for a file that is not as ``write`` makes it."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            if tuple(reader.fieldnames or ()) != Row._fields:
                raise ValueError(f"the columns are not {', '.join(Row._fields)}")
            return [parse(cells) for cells in reader]
        except (ValueError, TypeError, csv.Error) as error:
            raise DeserializationError(f"{path.name}, line {reader.line_num}: {error}") from error


def parse(cells: dict[str, str]) -> Row:
    return Row(
        official_id=cells["official_id"],
        name=cells["name"],
        kind=cells["kind"],
        insee_code=cells["insee_code"],
        postcode=cells["postcode"],
        latitude=float(cells["latitude"]) if cells["latitude"] else None,
        longitude=float(cells["longitude"]) if cells["longitude"] else None,
        phone=cells["phone"],
        open_days=cells["open_days"],
        listed_on=date.fromisoformat(cells["listed_on"]),
    )


def load(rows: list[Row], report: Report) -> None:
    """Raises ``DeserializationError`` for a commune that the gazetteer lacks."""
    communes = dict(Commune.objects.order_by().values_list("insee_code", "pk"))
    if unknown := {row.insee_code for row in rows} - communes.keys():
        raise DeserializationError(f"{FILE_NAME} names no commune by {', '.join(sorted(unknown))}")
    stored = {key: values for key, *values in OtherDesk.objects.values_list("official_id", *COLUMNS)}
    fresh = {row.official_id: desk(row, communes[row.insee_code]) for row in rows}
    changed = [each for key, each in fresh.items() if stored.get(key) != [getattr(each, name) for name in COLUMNS]]
    OtherDesk.objects.filter(official_id__in=stored.keys() - fresh.keys()).delete()
    OtherDesk.objects.bulk_create(
        changed, batch_size=BATCH, update_conflicts=True, unique_fields=["official_id"], update_fields=COLUMNS
    )
    report.added += len(fresh.keys() - stored.keys())
    report.unchanged += len(fresh) - len(changed)


def desk(row: Row, commune_id: int) -> OtherDesk:
    return OtherDesk(
        official_id=row.official_id,
        name=row.name,
        kind=row.kind,
        commune_id=commune_id,
        postcode=row.postcode,
        latitude=row.latitude,
        longitude=row.longitude,
        phone=row.phone,
        open_days=sum(1 << (int(day) - 1) for day in row.open_days),
        listed_on=row.listed_on,
    )
