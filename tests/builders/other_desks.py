"""Builds fixtures/other_desks.csv from the State agency's list, all rows but the network's.

The name of the file must hold its date, as liste-fs-20240801.csv does: see docs/network.md.
"""

import json
import re
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from django.conf import settings

from pimms_directory.base.folding import fold
from pimms_directory.base.spreadsheets import BrokenFile, decode
from sites.hours.typed_hours import BETWEEN_STRETCHES, UnreadableHours, parse_stretch
from sites.loading import gazetteer, other_desks
from sites.loading.fixtures import NETWORK_SITES, RELEASE_SITES
from sites.loading.gazetteer import GazetteerRow
from sites.loading.other_desks import DeskRow
from sites.models.distance import Point
from sites.staff.official_list import values
from sites.staff.official_list.reading import DAY_COLUMNS, ListRow, date_in_name, rows_in

# Numbers of persons, as far as anybody can tell, and numbers that cost the caller extra.
LEFT_OUT = ("06", "07", "081", "082", "089")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(
        prog="tests.builders.other_desks", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="the CSV of the official list")
    parser.add_argument("--fixtures", type=Path, default=Path(settings.FIXTURE_DIRS[0]), help="another folder")
    given = parser.parse_args(arguments)
    listed_on = date_in_name(given.file.name)
    if listed_on is None:
        sys.exit(f"The name {given.file.name} does not hold the date of the list.")
    try:
        listed = [row for row in rows_in(decode(given.file.read_bytes())) if isinstance(row, ListRow)]
    except (BrokenFile, OSError) as error:
        sys.exit(f"{given.file.name}: {error}")
    ours = set(official_ids(given.fixtures))
    communes = Communes(gazetteer.read_rows(given.fixtures / gazetteer.FILE_NAME))
    desks = []
    for row in listed:
        if row.is_of_network or row.official_id in ours:
            continue
        if commune := communes.of(row):
            desks.append(desk_of(row, commune, listed_on))
        else:
            print(f"Left out, as its commune is unknown: {row.official_id} {row.cells['lib_com']}")
    other_desks.write_desks(given.fixtures / other_desks.FILE_NAME, desks)
    print(f"{len(desks)} of {len(listed)} rows written.")


def official_ids(folder: Path) -> Iterator[str]:
    """Of our sites: a list may name one of them without a word of the network."""
    for name in (RELEASE_SITES, NETWORK_SITES):
        for record in json.loads((folder / name).read_text(encoding="utf-8")):
            yield record["fields"]["official_id"]


class Communes:
    """Those of the gazetteer, by their code, or by a present or former name within a department."""

    def __init__(self, rows: list[GazetteerRow]) -> None:
        self.by_code = {row.insee_code: row for row in rows}
        self.by_name: dict[tuple[str, str], list[GazetteerRow]] = {}
        for row in rows:
            for name in (row.name, *row.former_names):
                self.by_name.setdefault((row.department, fold(name)), []).append(row)

    def of(self, row: ListRow) -> GazetteerRow | None:
        """A commune that merged since the list was made is found by the name that it had."""
        code = row.cells["insee_com"]
        if commune := self.by_code.get(code):
            return commune
        named = self.by_name.get((code[: 3 if code.startswith("97") else 2], fold(row.cells["lib_com"])), [])
        return named[0] if len(named) == 1 else None


def desk_of(row: ListRow, commune: GazetteerRow, listed_on: date) -> DeskRow:
    kind = values.KINDS[fold(row.cells["format_fs"])]
    point = values.point(row.cells["latitude"], row.cells["longitude"], None).value
    has_point = kind == "fixed" and isinstance(point, Point)
    return DeskRow(
        official_id=row.official_id,
        name=typeset(row.cells["lib_fs"], commune.name),
        kind=str(kind.value),
        insee_code=commune.insee_code,
        postcode=postcode(row.cells["code_postal"], commune.postcodes),
        latitude=point.latitude if has_point else None,
        longitude=point.longitude if has_point else None,
        phone=phone(row.cells["telephone"]),
        open_days="".join(str(day) for day, name in enumerate(DAY_COLUMNS, start=1) if opens(row.cells[name])),
        listed_on=listed_on,
    )


def typeset(name: str, commune: str) -> str:
    """``France Services d'Etampes - Ville`` in Étampes → ``France services d’Étampes – Ville``."""
    name = values.typeset(name).replace("France Services", "France services").replace(" - ", " – ")
    spelling = values.typeset(commune)
    words = list(re.finditer(r"[^\s’-]+", name))
    for first in range(len(words)):
        for last in range(first, len(words)):
            start, end = words[first].start(), words[last].end()
            if fold(name[start:end]) == fold(spelling):
                return name[:start] + spelling + name[end:]
    return name


def postcode(listed: str, known: tuple[str, ...]) -> str:
    """That of the list where the commune has it; a company's own (CEDEX) or another commune's gives way."""
    if listed in known:
        return listed
    return known[0] if len(known) == 1 else ""


def phone(listed: str) -> str:
    number = values.phone(listed)
    if not number.is_readable or number.text.replace(" ", "").startswith(LEFT_OUT):
        return ""
    return number.text


def opens(cell: str) -> bool:
    """Whether one stretch of the day can be read: the list repeats some, and prints 00:00 - 00:00 for none."""
    for part in BETWEEN_STRETCHES.split(cell.lower()):
        try:
            parse_stretch(part, cell)
        except UnreadableHours:
            continue
        return True
    return False


if __name__ == "__main__":
    main()
