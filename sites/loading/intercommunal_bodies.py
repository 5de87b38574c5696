"""Metropoles, communities of communes and the like: their file in ``fixtures/`` and its way into the database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pimms_directory.base.folding import fold
from sites.loading.tables import read_table, write_table
from sites.models import IntercommunalBody

if TYPE_CHECKING:
    from sites.loading.fixtures import Report

FILE_NAME = "intercommunal_bodies.csv"
# "CC du Pays de Bitche" is asked for as "Pays de Bitche".
KIND = re.compile(r"(?:cc|ca|cu) (?:(?:du|des|de la|de l|de|d) )?")


class BodyRow(NamedTuple):
    code: str
    name: str
    communes: str  # INSEE codes, a space apart


def write(path: Path, rows: Iterable[BodyRow]) -> None:
    write_table(path, BodyRow._fields, rows)


def read(path: Path) -> list[BodyRow]:
    """Raises ``DeserializationError``, with the line, for a file that is not as ``write`` makes it."""
    return read_table(path, BodyRow._fields, lambda cells: BodyRow(*cells))


def search_name(name: str) -> str:
    return KIND.sub("", fold(name), count=1) if KIND.match(fold(name)) else fold(name)


def load(rows: list[BodyRow], report: Report) -> None:
    """Makes the bodies in the database equal to ``rows``; others stay, and one that is missing was deleted."""
    stored = {body.code: body for body in IntercommunalBody.objects.order_by()}
    fresh = []
    for row in rows:
        body = stored.get(row.code, IntercommunalBody(code=row.code))
        wanted = {"name": row.name, "commune_codes": row.communes}
        if row.code not in stored:
            report.added += 1
            if stored:
                report.missing.append(f"directory.IntercommunalBody {row.code}: not in the database")
        elif changes := [name for name, value in wanted.items() if getattr(body, name) != value]:
            report.changed += [
                f"directory.IntercommunalBody {row.code}: {name} is {getattr(body, name)!r} in the database, "
                f"{wanted[name]!r} in the fixtures"
                for name in changes
            ]
        else:
            report.unchanged += 1
            if body.search_name == search_name(row.name):
                continue
        for name, value in wanted.items():
            setattr(body, name, value)
        body.search_name = search_name(row.name)
        fresh.append(body)
    IntercommunalBody.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "search_name", "commune_codes"],
    )
