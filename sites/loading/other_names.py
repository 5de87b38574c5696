"""What communes are called elsewhere: a file of ``fixtures/``, one line a commune, and its way into the database."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sites.loading.tables import read_table, write_table
from sites.models import OtherNames

if TYPE_CHECKING:
    from sites.loading.fixtures import Report

FILE_NAME = "other_names.csv"
BATCH = 2_000  # rows a statement; SQLite takes fewer by itself


class NamesRow(NamedTuple):
    insee_code: str
    names: str  # "Naoned|Nante"


def write(path: Path, rows: Iterable[NamesRow]) -> None:
    write_table(path, NamesRow._fields, sorted(rows))


def read(path: Path) -> list[NamesRow]:
    """Raises ``DeserializationError``, with the line, for a file that is not as ``write`` makes it."""
    return read_table(path, NamesRow._fields, lambda cells: NamesRow(*cells))


def save(rows: list[NamesRow], keys: dict[str, int], report: Report, *, had_gazetteer: bool) -> None:
    """Makes the names in the database equal to ``rows``; those of other communes stay. ``keys`` are the communes'."""
    stored = {key: rest for key, *rest in OtherNames.objects.values_list("commune_id", "names", "search_names")}
    fresh = []
    for insee_code, names in rows:
        key, search_names = keys[insee_code], OtherNames.fold(names)
        title = f"directory.OtherNames {insee_code}"
        ours, our_search_names = stored.get(key, (None, None))
        if ours is None:
            report.added += 1
            if had_gazetteer and stored:
                report.missing.append(f"{title}: not in the database")
        elif ours != names:
            report.changed.append(f"{title}: names is {ours!r} in the database, {names!r} in the fixtures")
        else:
            report.unchanged += 1
        if (ours, our_search_names) != (names, search_names):
            fresh.append(OtherNames(commune_id=key, names=names, search_names=search_names))
    OtherNames.objects.bulk_create(
        fresh,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["commune"],
        update_fields=["names", "search_names"],
    )
