"""The extract of the official list, and files made of it."""

import csv
import io
from datetime import date
from pathlib import Path

EXTRACT = Path(__file__).resolve().parents[3] / "data" / "liste-fs-20240801-extrait.csv"
LIST_DAY = date(2024, 8, 1)
NEXT_DAY = date(2024, 11, 4)  # of the next list, newer than what the records were checked against


def records() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(EXTRACT.read_text(encoding="utf-8"))))


def as_csv(rows: list[dict[str, str]]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def edited(official_id: str = "", without: tuple[str, ...] = (), **cells: str) -> bytes:
    """The extract with other cells in one row, and without the rows of some ids."""
    rows = [row for row in records() if row["id_fs"] not in without]
    for row in rows:
        if row["id_fs"] == official_id:
            row |= cells
    return as_csv(rows)


def only_changed(official_id: str, **cells: str) -> bytes:
    """One row of the extract, with other cells."""
    row = next(row for row in records() if row["id_fs"] == official_id)
    return as_csv([row | cells])


def full_size() -> bytes:
    """As many rows as the list of 2024: the extract, and made-up ones of other networks."""
    rows = records()
    model = next(row for row in rows if "pimms" not in (row["lib_fs"] + row["mail"]).lower())
    number = 50_000
    while len(rows) < 2_845:
        number += 1
        rows.append(model | {"id_fs": str(number), "commentaire": f"Commentaire {number} " * 10})
    return as_csv(rows)
