"""CSV files of the product data: the columns in the first line, one record in each other."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from django.core.serializers.base import DeserializationError

Row = TypeVar("Row")


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def read_table(path: Path, columns: tuple[str, ...], parse: Callable[[list[str]], Row]) -> list[Row]:
    """Raises ``DeserializationError``, with the line, for other columns and for cells that ``parse`` refuses."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        try:
            if next(reader, None) != list(columns):
                raise ValueError(f"the columns are not {', '.join(columns)}")
            return [parse(whole(cells, columns)) for cells in reader]
        except (ValueError, csv.Error) as error:
            raise DeserializationError(f"{path.name}, line {reader.line_num}: {error}") from error


def whole(cells: list[str], columns: tuple[str, ...]) -> list[str]:
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells instead of {len(columns)}")
    return cells
