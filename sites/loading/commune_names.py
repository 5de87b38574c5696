"""What communes are called beside their names, alone or together: three files and their way into the database."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from pimms_directory.base.folding import fold
from sites.loading.report import Report
from sites.loading.tables import BATCH, commune_keys, make_equal, read_table
from sites.models import CommuneAlias, IntercommunalBody, OtherNames

QUARTERS = "quarters.csv"  # kept by hand, each with the record that names it
OTHER_NAMES = "other_names.csv"
INTERCOMMUNAL_BODIES = "intercommunal_bodies.csv"


class CommuneName(NamedTuple):
    insee_code: str
    name: str
    kind: str


class QuarterRow(NamedTuple):
    insee_code: str
    name: str
    source: str


class NamesRow(NamedTuple):
    insee_code: str
    names: str  # "Naoned|Nante"


class BodyRow(NamedTuple):
    code: str
    name: str
    communes: str  # INSEE codes, a space apart


def load_quarters(path: Path, report: Report) -> None:
    rows = report.without_deleted_communes(read_table(path, QuarterRow._fields, QuarterRow._make))
    names = [CommuneName(row.insee_code, row.name, CommuneAlias.Kind.QUARTER) for row in rows]
    save_aliases(names, commune_keys((row.insee_code for row in rows), path), report)


def save_aliases(
    names: Iterable[CommuneName], keys: dict[str, int], report: Report, *, had_gazetteer: bool = True
) -> None:
    """Adds those that are missing; others stay. ``keys`` are the primary keys of the communes.

    One that the database lacks was deleted by somebody, unless it never had the gazetteer, or had none with names
    elsewhere: former codes and quarters came with these.
    """
    aliases = CommuneAlias.objects.order_by()
    stored = {(key, name): search for key, name, search in aliases.values_list("commune_id", "name", "search_name")}
    had_other_names = OtherNames.objects.exists()
    fresh = []
    for insee_code, name, kind in names:
        key, search_name = keys[insee_code], fold(name)
        if (key, name) not in stored:
            expected = had_gazetteer and (had_other_names or kind == CommuneAlias.Kind.FORMER_NAME)
            if not report.adds(f"directory.CommuneAlias {insee_code}/{name}", expected=expected):
                continue
        else:
            report.unchanged += 1
            if stored[key, name] == search_name:
                continue
        fresh.append(CommuneAlias(commune_id=key, name=name, kind=kind, search_name=search_name))
    CommuneAlias.objects.bulk_create(
        fresh,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["commune", "name"],
        update_fields=["search_name"],
    )


def load_other_names(path: Path, report: Report) -> None:
    rows = report.without_deleted_communes(read_table(path, NamesRow._fields, NamesRow._make))
    keys = commune_keys((row.insee_code for row in rows), path)
    records = (
        OtherNames(commune_id=keys[row.insee_code], names=row.names, search_names=folded_names(row.names))
        for row in rows
    )
    make_equal(OtherNames, "commune_id", records, report)


def folded_names(names: str) -> str:
    """As ``Commune.objects.called`` looks for them: ``"|naoned|nante|"``."""
    return f"|{'|'.join(map(fold, names.split('|')))}|"


def load_intercommunal_bodies(path: Path, report: Report) -> None:
    records = (
        IntercommunalBody(
            code=row.code,
            name=row.name,
            search_name=IntercommunalBody.without_legal_form(row.name),
            commune_codes=row.communes,
        )
        for row in read_table(path, BodyRow._fields, BodyRow._make)
    )
    make_equal(IntercommunalBody, "code", records, report)
