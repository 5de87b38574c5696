"""All communes of France: the file ``fixtures/gazetteer.csv`` and its way into the database.

The file holds one line a commune and 35,000 lines, too many for Django's fixtures: those would take minutes to
load. It keeps the contract of ``sites.loading.fixtures``, where the records are compared and written in bulk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, transaction

from pimms_directory.base.folding import fold
from pimms_directory.editing import history
from sites.loading.commune_names import CommuneName, save_aliases
from sites.loading.report import Report
from sites.loading.tables import BATCH, read_table, refresh_statistics, write_table
from sites.models import Commune, CommuneAlias, Department, Postcode

FILE_NAME = "gazetteer.csv"


class GazetteerRow(NamedTuple):
    """One commune, or one arrondissement of Paris, Lyon or Marseille, whose ``parent`` is the commune's code."""

    insee_code: str
    name: str
    department: str  # its code; empty in a collectivity that is no department
    collectivity: str
    parent: str
    population: int | None
    latitude: float | None  # WGS 84 degrees
    longitude: float | None
    postcodes: tuple[str, ...]
    former_names: tuple[str, ...]
    former_codes: tuple[str, ...]  # of the communes that became part of it
    centre_source: str


# What is compared with the database and written to it, beside postcodes and names.
CENTRE = ("latitude", "longitude", "centre_source")
COLUMNS = ("name", "department", "collectivity", "parent", "population", *CENTRE)


def write_rows(path: Path, rows: Iterable[GazetteerRow]) -> None:
    lines = (
        row._replace(
            postcodes=" ".join(row.postcodes),  # type: ignore[arg-type]
            former_names="|".join(row.former_names),  # type: ignore[arg-type]
            former_codes=" ".join(row.former_codes),  # type: ignore[arg-type]
        )
        for row in sorted(rows, key=attrgetter("insee_code"))
    )
    write_table(path, GazetteerRow._fields, lines)


def read_rows(path: Path) -> list[GazetteerRow]:
    """Raises ``DeserializationError``, with the line, for a file that is not as ``write_rows`` makes it."""
    rows = read_table(path, GazetteerRow._fields, row_of)
    for before, row in pairwise(rows):
        if before.insee_code >= row.insee_code:
            raise DeserializationError(f"{path.name}: {row.insee_code} stands twice or out of order")
    return rows


def row_of(cells: list[str]) -> GazetteerRow:
    """``["01004", "Ambérieu-en-Bugey", "01", …]`` → the commune. Raises ``ValueError``."""
    row: Any = GazetteerRow._make(cells)
    return row._replace(
        population=int(row.population) if row.population else None,
        latitude=float(row.latitude) if row.latitude else None,
        longitude=float(row.longitude) if row.longitude else None,
        postcodes=tuple(row.postcodes.split()),
        former_names=tuple(row.former_names.split("|")) if row.former_names else (),
        former_codes=tuple(row.former_codes.split()),
    )


def load_gazetteer(path: Path, report: Report) -> None:
    load_rows(read_rows(path), report)


def load_rows(rows: list[GazetteerRow], report: Report) -> None:
    """Makes the communes, postcodes, former names and codes in the database equal to ``rows``; others stay.

    What a database lacks or has left blank was deleted by somebody, unless it never had the gazetteer: then
    it is filled in. A centre is renewed unless staff moved it. Raises ``DeserializationError`` for a reference to
    nothing.
    """
    had_gazetteer = is_loaded(rows)
    check_references(rows)
    try:
        with transaction.atomic():
            keys = save_communes(rows, report, had_gazetteer=had_gazetteer)
            rows = report.without_deleted_communes(rows)
            save_postcodes(rows, keys, report, had_gazetteer=had_gazetteer)
            save_aliases(former_names(rows), keys, report, had_gazetteer=had_gazetteer)
            refresh_statistics(Commune, Postcode, CommuneAlias)
    except IntegrityError as error:
        report.failed.append(f"{FILE_NAME}: {str(error).strip()}")


def is_loaded(rows: list[GazetteerRow]) -> bool:
    """Whether most of the communes are there: a database from before the gazetteer has those of its sites."""
    return Commune.objects.count() > len(rows) // 2


def former_names(rows: list[GazetteerRow]) -> Iterator[CommuneName]:
    """Former names and codes, as aliases of today's communes."""
    for row in rows:
        yield from (CommuneName(row.insee_code, name, CommuneAlias.Kind.FORMER_NAME) for name in row.former_names)
        yield from (CommuneName(row.insee_code, code, CommuneAlias.Kind.FORMER_CODE) for code in row.former_codes)


def check_references(rows: list[GazetteerRow]) -> None:
    departments = {"", *Department.objects.values_list("code", flat=True)}
    communes = {"", *(row.insee_code for row in rows if not row.parent)}
    for row in rows:
        if row.department not in departments:
            raise DeserializationError(f"{FILE_NAME}: {row.insee_code} names no department by {row.department}")
        if row.parent not in communes:
            raise DeserializationError(f"{FILE_NAME}: {row.insee_code} names no commune by {row.parent}")


def save_communes(rows: list[GazetteerRow], report: Report, *, had_gazetteer: bool) -> dict[str, int]:
    """Writes those that are missing or differ; returns the primary keys of all, by INSEE code."""
    departments = dict(Department.objects.values_list("code", "pk"))
    stored = stored_communes(departments)
    keys = {code: key for code, (key, _search_name, _values) in stored.items()}
    moved = moved_by_staff()
    fresh = []
    for row in rows:
        code = row.insee_code
        if code in stored:
            key, search_name, values = stored[code]
            with_edits = compare(row, values, report, had_gazetteer=had_gazetteer, is_moved=key in moved)
            # Names for the search are made by rules that may change: a stored one may be out of date.
            if values_of(with_edits) != values or fold(with_edits.name) != search_name:
                fresh.append(with_edits)
        elif report.adds(f"directory.Commune {code}", expected=had_gazetteer):
            fresh.append(row)
        else:
            report.deleted_communes.add(code)
    # A commune comes before its arrondissements, which point at it.
    for level in ([row for row in fresh if not row.parent], [row for row in fresh if row.parent]):
        communes = [
            Commune(
                insee_code=row.insee_code,
                search_name=fold(row.name),
                department_id=departments.get(row.department),
                parent_id=keys[row.parent] if row.parent else None,
                **{column: getattr(row, column) for column in COLUMNS if column not in ("department", "parent")},
            )
            for row in level
        ]
        Commune.objects.bulk_create(
            communes,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["insee_code"],
            update_fields=[*COLUMNS, "search_name"],
        )
        keys |= {commune.insee_code: commune.pk for commune in communes}
    return keys


def values_of(row: GazetteerRow) -> tuple[Any, ...]:
    return tuple(getattr(row, column) for column in COLUMNS)


def compare(
    row: GazetteerRow, stored: tuple[Any, ...], report: Report, *, had_gazetteer: bool, is_moved: bool
) -> GazetteerRow:
    """What to write over the stored values: the row, with what somebody edited where the report keeps that."""
    differing = {name: ours for name, ours in zip(COLUMNS, stored, strict=True) if ours != getattr(row, name)}
    edits = {
        name: ours
        for name, ours in differing.items()
        if (is_moved or name not in CENTRE) and (had_gazetteer or ours not in ("", None))
    }
    report.changed.extend(
        f"directory.Commune {row.insee_code}: {name} is {ours!r} in the database, "
        f"{getattr(row, name)!r} in the fixtures"
        for name, ours in edits.items()
    )
    is_renewed = any(name in CENTRE and name not in edits for name in differing)
    report.centres_renewed += is_renewed
    report.unchanged += not edits and not is_renewed
    return row._replace(**edits) if report.keeps_edits else row


def moved_by_staff() -> set[int]:
    """Primary keys of the communes whose centre staff typed: their history has another one, or begins with an editor.

    Of the others, whatever else was edited, a better centre of a newer gazetteer is no edit lost.
    """
    histories = history.versions_by_key(Commune)
    edited = Commune.objects.filter(pk__in=histories).order_by()
    now = {key: tuple(centre) for key, *centre in edited.values_list("pk", *CENTRE)}
    moved = set()
    for key, versions in histories.items():
        centres = {tuple(version.field_dict[name] for name in CENTRE) for version in versions}
        if versions[0].revision.user_id or centres != {now.get(key)}:
            moved.add(key)
    return moved


def stored_communes(departments: dict[str, int]) -> dict[str, tuple[int, str, tuple[Any, ...]]]:
    """Primary key, search name and the values of ``COLUMNS``, by INSEE code."""
    columns = ("name", "department_id", "collectivity", "parent_id", *COLUMNS[4:])
    records = list(Commune.objects.order_by().values_list("pk", "insee_code", "search_name", *columns))
    department_codes = {key: code for code, key in departments.items()} | {None: ""}
    commune_codes = {key: code for key, code, *_rest in records} | {None: ""}
    return {
        code: (key, search_name, (name, department_codes[department], collectivity, commune_codes[parent], *rest))
        for key, code, search_name, name, department, collectivity, parent, *rest in records
    }


def save_postcodes(rows: list[GazetteerRow], keys: dict[str, int], report: Report, *, had_gazetteer: bool) -> None:
    stored = set(Postcode.objects.order_by().values_list("commune_id", "code"))
    fresh = []
    for row in rows:
        key = keys[row.insee_code]
        for code in row.postcodes:
            if (key, code) in stored:
                report.unchanged += 1
                continue
            if report.adds(f"directory.Postcode {code}/{row.insee_code}", expected=had_gazetteer):
                fresh.append(Postcode(code=code, commune_id=key))
    Postcode.objects.bulk_create(fresh, batch_size=BATCH)
