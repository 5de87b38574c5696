"""CSV files of the product data, a record a line below the columns, and the large tables that they fill."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, connection, models, transaction

from sites.loading.report import Report
from sites.models import Commune

BATCH = 2_000  # rows a statement; SQLite takes fewer by itself

Row = TypeVar("Row")


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def read_table(path: Path, columns: tuple[str, ...], row_of: Callable[[list[str]], Row]) -> list[Row]:
    """Raises ``DeserializationError``, with the line, for other columns and for cells that ``row_of`` refuses."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        try:
            if next(reader, None) != list(columns):
                raise ValueError(f"the columns are not {', '.join(columns)}")
            return [row_of(whole(cells, columns)) for cells in reader]
        except (ValueError, csv.Error) as error:
            raise DeserializationError(f"{path.name}, line {reader.line_num}: {error}") from error


def whole(cells: list[str], columns: tuple[str, ...]) -> list[str]:
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells instead of {len(columns)}")
    return cells


def commune_keys(codes: Iterable[str], path: Path) -> dict[str, int]:
    """Primary keys by INSEE code. Raises ``DeserializationError`` for one that a file names and nobody has."""
    keys = dict(Commune.objects.order_by().values_list("insee_code", "pk"))
    if unknown := set(codes) - keys.keys():
        raise DeserializationError(f"{path.name} names no commune by {', '.join(sorted(unknown))}")
    return keys


def make_equal(model: Any, key: str, records: Iterable[models.Model], report: Report) -> None:
    """Makes a table that nobody edits equal to the records, which their column ``key`` tells apart."""
    columns = [each.attname for each in model._meta.concrete_fields if not each.primary_key and each.attname != key]
    stored = {name: values for name, *values in model.objects.order_by().values_list(key, *columns)}
    fresh = {getattr(record, key): record for record in records}
    changed = [
        record for name, record in fresh.items() if stored.get(name) != [getattr(record, each) for each in columns]
    ]
    if gone := stored.keys() - fresh.keys():
        model.objects.filter(**{f"{key}__in": gone}).delete()
    try:
        with transaction.atomic():
            model.objects.bulk_create(
                changed, batch_size=BATCH, update_conflicts=True, unique_fields=[key], update_fields=columns
            )
    except IntegrityError as error:
        report.failed.append(f"{model._meta.label}: {str(error).strip()}")
    report.added[model._meta.label] += len(fresh.keys() - stored.keys())
    report.unchanged += len(fresh) - len(changed)
    refresh_statistics(model)


def refresh_statistics(*loaded: type[models.Model]) -> None:
    """PostgreSQL plans by the number of rows that it knows of: after a bulk load it would read whole tables."""
    if connection.vendor == "postgresql":
        tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in loaded)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")
