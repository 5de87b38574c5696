"""All communes of France: the file ``fixtures/gazetteer.csv`` and its way into the database.

The file holds one line a commune and 35,000 lines, too many for Django's fixtures: those would take minutes to
load. It keeps the contract of ``sites.loading.fixtures``, where the records are compared and written in bulk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, connection, transaction

from pimms_directory.base.folding import fold
from sites.loading import commune_names, intercommunal_bodies, other_names
from sites.loading.commune_names import CommuneName
from sites.loading.other_names import NamesRow
from sites.loading.tables import read_table, write_table
from sites.models import Commune, CommuneAlias, Department, OtherNames, Postcode

if TYPE_CHECKING:
    from sites.loading.fixtures import Report

FILE_NAME = "gazetteer.csv"
BATCH = 2_000  # rows a statement; SQLite takes fewer by itself


class Row(NamedTuple):
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
COLUMNS = ("name", "department", "collectivity", "parent", "population", "latitude", "longitude", "centre_source")


def write(path: Path, rows: Iterable[Row]) -> None:
    lines = (
        row._replace(
            postcodes=" ".join(row.postcodes),  # type: ignore[arg-type]
            former_names="|".join(row.former_names),  # type: ignore[arg-type]
            former_codes=" ".join(row.former_codes),  # type: ignore[arg-type]
        )
        for row in sorted(rows, key=attrgetter("insee_code"))
    )
    write_table(path, Row._fields, lines)


def read(path: Path) -> list[Row]:
    """Raises ``DeserializationError``, with the line, for a file that is not as ``write`` makes it."""
    rows = read_table(path, Row._fields, parse)
    for before, row in pairwise(rows):
        if before.insee_code >= row.insee_code:
            raise DeserializationError(f"{path.name}: {row.insee_code} stands twice or out of order")
    return rows


def parse(cells: list[str]) -> Row:
    code, name, department, collectivity, parent, population, latitude, longitude, postcodes, names, codes, source = (
        cells
    )
    return Row(
        code,
        name,
        department,
        collectivity,
        parent,
        int(population) if population else None,
        float(latitude) if latitude else None,
        float(longitude) if longitude else None,
        tuple(postcodes.split()),
        tuple(names.split("|")) if names else (),
        tuple(codes.split()),
        source,
    )


def load_folder(folder: Path, report: Report) -> None:
    """The communes and what else they are called, and the bodies that they make up."""
    load(
        read(folder / FILE_NAME),
        report,
        commune_names.read_quarters(folder / commune_names.QUARTERS),
        other_names.read(folder / other_names.FILE_NAME),
    )
    intercommunal_bodies.load(intercommunal_bodies.read(folder / intercommunal_bodies.FILE_NAME), report)


def load(rows: list[Row], report: Report, quarters: Sequence[CommuneName] = (), names: Sequence[NamesRow] = ()) -> None:
    """Makes the communes, postcodes and names in the database equal to those given; others stay.

    What a database lacks or has left blank was deleted by somebody, unless it never had the gazetteer: then
    it is filled in. Raises ``DeserializationError`` for a reference to nothing.
    """
    had_gazetteer = is_loaded(rows)
    check_references(rows, [*quarters, *names])
    try:
        with transaction.atomic():
            keys = save_communes(rows, report, had_gazetteer=had_gazetteer)
            save_postcodes(rows, keys, report, had_gazetteer=had_gazetteer)
            commune_names.save([*former_names(rows), *quarters], keys, report, had_gazetteer=had_gazetteer)
            other_names.save(list(names), keys, report, had_gazetteer=had_gazetteer)
            refresh_statistics()
    except IntegrityError as error:
        report.failed.append(f"{FILE_NAME}: {str(error).strip()}")


def is_loaded(rows: list[Row]) -> bool:
    """Whether most of the communes are there: a database from before the gazetteer has those of its sites."""
    return Commune.objects.count() > len(rows) // 2


def former_names(rows: list[Row]) -> Iterator[CommuneName]:
    """Former names and codes, as aliases of today's communes."""
    for row in rows:
        yield from (CommuneName(row.insee_code, name, CommuneAlias.Kind.FORMER_NAME) for name in row.former_names)
        yield from (CommuneName(row.insee_code, code, CommuneAlias.Kind.FORMER_CODE) for code in row.former_codes)


def check_references(rows: list[Row], names: Iterable[CommuneName | NamesRow]) -> None:
    departments = {"", *Department.objects.values_list("code", flat=True)}
    communes = {"", *(row.insee_code for row in rows if not row.parent)}
    for row in rows:
        if row.department not in departments:
            raise DeserializationError(f"{FILE_NAME}: {row.insee_code} names no department by {row.department}")
        if row.parent not in communes:
            raise DeserializationError(f"{FILE_NAME}: {row.insee_code} names no commune by {row.parent}")
    known = {row.insee_code for row in rows}
    for name in names:
        if name.insee_code not in known:
            raise DeserializationError(f"{name.insee_code} has names ({name[1]}) and is no commune")


def save_communes(rows: list[Row], report: Report, *, had_gazetteer: bool) -> dict[str, int]:
    """Writes those that are missing or differ; returns the primary keys of all, by INSEE code."""
    departments = dict(Department.objects.values_list("code", "pk"))
    stored = stored_communes(departments)
    keys = {code: key for code, (key, _search_name, _values) in stored.items()}
    fresh = []
    for row in rows:
        values = tuple(getattr(row, column) for column in COLUMNS)
        search_name = fold(row.name)  # by rules that may change: a stored one may be out of date
        if row.insee_code in stored:
            _key, stored_search_name, stored_values = stored[row.insee_code]
            changes = [
                f"directory.Commune {row.insee_code}: {column} is {ours!r} in the database, {theirs!r} in the fixtures"
                for column, ours, theirs in zip(COLUMNS, stored_values, values, strict=True)
                if ours != theirs and (had_gazetteer or ours not in ("", None))
            ]
            report.changed.extend(changes)
            report.unchanged += not changes
            if (values, search_name) == (stored_values, stored_search_name):
                continue
        else:
            count_missing(f"directory.Commune {row.insee_code}", report, had_gazetteer=had_gazetteer)
        fresh.append((row, search_name))
    # A commune comes before its arrondissements, which point at it.
    for level in ([pair for pair in fresh if not pair[0].parent], [pair for pair in fresh if pair[0].parent]):
        communes = [
            Commune(
                insee_code=row.insee_code,
                name=row.name,
                search_name=search_name,
                department_id=departments.get(row.department),
                collectivity=row.collectivity,
                parent_id=keys[row.parent] if row.parent else None,
                population=row.population,
                latitude=row.latitude,
                longitude=row.longitude,
                centre_source=row.centre_source,
            )
            for row, search_name in level
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


def save_postcodes(rows: list[Row], keys: dict[str, int], report: Report, *, had_gazetteer: bool) -> None:
    stored = set(Postcode.objects.order_by().values_list("commune_id", "code"))
    fresh = []
    for row in rows:
        key = keys[row.insee_code]
        for code in row.postcodes:
            if (key, code) in stored:
                report.unchanged += 1
                continue
            count_missing(f"directory.Postcode {code}/{row.insee_code}", report, had_gazetteer=had_gazetteer)
            fresh.append(Postcode(code=code, commune_id=key))
    Postcode.objects.bulk_create(fresh, batch_size=BATCH)


def refresh_statistics() -> None:
    """PostgreSQL plans by the number of rows that it knows of: after a bulk load it would read whole tables."""
    if connection.vendor == "postgresql":
        tables = ", ".join(
            connection.ops.quote_name(model._meta.db_table) for model in (Commune, Postcode, CommuneAlias, OtherNames)
        )
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


def count_missing(title: str, report: Report, *, had_gazetteer: bool) -> None:
    report.added += 1
    if had_gazetteer:
        report.missing.append(f"{title}: not in the database")
