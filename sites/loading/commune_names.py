"""Former names and codes of communes, and their quarters: the way of these aliases into the database."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pimms_directory.base.folding import fold
from sites.loading.tables import read_table
from sites.models import CommuneAlias

if TYPE_CHECKING:
    from sites.loading.fixtures import Report

QUARTERS = "quarters.csv"  # kept by hand, each with the record that names it
BATCH = 2_000  # rows a statement; SQLite takes fewer by itself


class CommuneName(NamedTuple):
    insee_code: str
    name: str
    kind: str


def read_quarters(path: Path) -> list[CommuneName]:
    columns = ("insee_code", "name", "source")
    return read_table(path, columns, lambda cells: CommuneName(cells[0], cells[1], CommuneAlias.Kind.QUARTER))


def save(names: Iterable[CommuneName], keys: dict[str, int], report: Report, *, had_gazetteer: bool) -> None:
    """Adds those that are missing; others stay. ``keys`` are the primary keys of the communes.

    A name of a kind that the database never had was deleted by nobody.
    """
    stored = {
        (key, name): search_name
        for key, name, search_name in CommuneAlias.objects.order_by().values_list("commune_id", "name", "search_name")
    }
    known_kinds = set(CommuneAlias.objects.order_by().values_list("kind", flat=True).distinct())
    fresh, stale = [], []
    for insee_code, name, kind in names:
        key, search_name = keys[insee_code], fold(name)
        alias = CommuneAlias(commune_id=key, name=name, kind=kind, search_name=search_name)
        if (key, name) not in stored:
            report.added += 1
            if had_gazetteer and kind in known_kinds:
                report.missing.append(f"directory.CommuneAlias {insee_code}/{name}: not in the database")
            fresh.append(alias)
        else:
            report.unchanged += 1
            if stored[key, name] != search_name:
                stale.append(alias)
    CommuneAlias.objects.bulk_create(fresh, batch_size=BATCH)
    CommuneAlias.objects.bulk_create(
        stale,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["commune", "name"],
        update_fields=["search_name"],
    )
