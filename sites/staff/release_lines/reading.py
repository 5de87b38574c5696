"""Lines as copied from a PDF or a spreadsheet, read without trust: each a line, or a French sentence about it.

The text that was pasted is the only state between two screens. A file is turned into such a text first, so that its bad
lines can be put right in the same place.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pimms_directory.base.folding import fold
from pimms_directory.base.spreadsheets import (
    check_size,
    csv_rows,
    decode,
    delimiter_of,
    is_formula,
    workbook_rows,
)
from sites.models import Listing

# A release prints some dozens of lines; a file of thousands is another one.
MOST_LINES = 500

LABELS = {
    "region_printed": gettext_lazy("région"),
    "department_printed": gettext_lazy("département"),
    "commune_printed": gettext_lazy("commune"),
    "name_printed": gettext_lazy("nom"),
    "marked_new": gettext_lazy("nouveau"),
}
TITLES = {
    "region": "region_printed",
    "departement": "department_printed",
    "commune": "commune_printed",
    "ville": "commune_printed",
    "nom": "name_printed",
    "nom du pimms": "name_printed",
    "pimms": "name_printed",
    "site": "name_printed",
    "nouveau": "marked_new",
    "nouvelle": "marked_new",
}
REGION, DEPARTMENT, COMMUNE, NAME, NEW = LABELS
# By the value of a form's choice: how a release may order its columns.
ORDERS: dict[str, tuple[str, ...]] = {
    "rdcnx": (REGION, DEPARTMENT, COMMUNE, NAME, NEW),
    "rdcn": (REGION, DEPARTMENT, COMMUNE, NAME),
    "rdnx": (REGION, DEPARTMENT, NAME, NEW),
    "rdn": (REGION, DEPARTMENT, NAME),
    "dcnx": (DEPARTMENT, COMMUNE, NAME, NEW),
    "dcn": (DEPARTMENT, COMMUNE, NAME),
}
BY_COUNT = {5: ORDERS["rdcnx"], 4: ORDERS["rdcn"]}
YES = frozenset(("x", "oui", "o", "1", "vrai", "true", "*", "nouveau", "nouvelle", "new", "yes"))
NO = frozenset(("", "non", "0", "faux", "false", "no", "-", "–"))


class PastedLine(NamedTuple):
    """Where it stands in the text, and what it prints. ``key`` stays the same when others move around it."""

    number: int
    listing: Listing  # unsaved, with its cells alone
    key: str


@dataclass
class PastedText:
    lines: list[PastedLine] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)  # sentences about the lines that cannot be read

    def refuse(self, number: int, why: str, column: str = "") -> None:
        """Without a column the whole line is meant."""
        said = _("Ligne %(line)d, colonne « %(column)s » : %(why)s") if column else _("Ligne %(line)d : %(why)s")
        self.bad.append(said % {"line": number, "column": LABELS.get(column), "why": why})


def text_of_file(data: bytes) -> str:
    """What somebody could have pasted instead. Raises ``BrokenFile``."""
    check_size(len(data))
    if not data.startswith(b"PK\x03\x04"):
        return decode(data)
    stream = io.StringIO()
    csv.writer(stream, delimiter="\t", lineterminator="\n").writerows(workbook_rows(data, MOST_LINES + 1))
    return stream.getvalue().rstrip("\t\n")


def read_pasted_text(text: str, order: str = "") -> PastedText:
    """``order`` is a key of ``ORDERS``; without one the titles tell the columns, or else their number."""
    pasted = PastedText()
    rows = list(filled_rows(text, pasted))
    columns = ORDERS.get(order, ())
    if rows and (titles := titles_in(rows[0][1])):
        rows, columns = rows[1:], titles
    seen: Counter[str] = Counter()
    for number, cells in rows[:MOST_LINES]:
        read_line(number, cells, columns or BY_COUNT.get(len(cells), ()), seen, pasted)
    if len(rows) > MOST_LINES:
        why = _("plus de %(most)d lignes : la suite n’est pas lue.")
        pasted.refuse(rows[MOST_LINES][0], why % {"most": MOST_LINES})
    return pasted


def filled_rows(text: str, pasted: PastedText) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the number of its line in the text."""
    delimiter = delimiter_of(text, ("\t", ";"))
    for number, cells in csv_rows(text, delimiter if delimiter in text else ","):
        if cells is None:
            pasted.refuse(number, _("un guillemet n’est pas refermé, ou la ligne est coupée."))
        elif any(cells := [" ".join(cell.split()) for cell in cells]):
            yield number, cells


def titles_in(cells: list[str]) -> tuple[str, ...]:
    """The columns that a first line of titles names; empty when it is a line like the others."""
    names = [TITLES.get(fold(cell.rstrip(" *?()")), "") for cell in cells]
    return tuple(names) if NAME in names and names.count("") == 0 and len(set(names)) == len(names) > 1 else ()


def read_line(number: int, cells: list[str], columns: tuple[str, ...], seen: Counter[str], pasted: PastedText) -> None:
    if not columns:
        why = _("%(count)d colonnes : dites dans « Colonnes » lesquelles, ou ajoutez une ligne de titres.")
        pasted.refuse(number, why % {"count": len(cells)})
        return
    if extra := [cell for cell in cells[len(columns) :] if cell]:
        why = _("%(found)d colonnes au lieu de %(expected)d ; « %(extra)s » est de trop.")
        values = {"found": len(cells), "expected": len(columns), "extra": extra[0][:40]}
        pasted.refuse(number, why % values)
        return
    found = dict.fromkeys(LABELS, "") | dict(zip(columns, cells, strict=False))
    mark = found.pop(NEW).lower()
    # How the release of 2020 marks what is new.
    starred = {name: value.rstrip("* ") for name, value in found.items() if value.endswith("*")}
    found |= starred
    if wrong := list(wrong_with(found, mark)):
        for column, why in wrong:
            pasted.refuse(number, why, column)
        return
    digest = hashlib.sha256("\x1f".join(found.values()).encode()).hexdigest()[:10]
    seen[digest] += 1
    listing = Listing(**found, marked_new=bool(starred) or mark in YES)
    pasted.lines.append(PastedLine(number, listing, f"{digest}-{seen[digest]}"))


def wrong_with(cells: dict[str, str], mark: str) -> Iterator[tuple[str, str]]:
    """Columns, each with what is wrong in it."""
    if mark not in YES | NO:
        yield NEW, _("« %(value)s » n’est ni « oui » ni « non » (ni « x », ni vide).") % {"value": mark[:40]}
    for name, value in cells.items():
        longest = getattr(Listing._meta.get_field(name), "max_length", 0)
        if len(value) > longest:
            text = _("« %(value)s… » a %(count)d caractères, %(most)d au plus.")
            yield name, text % {"value": value[:30], "count": len(value), "most": longest}
        if is_formula(value):
            yield name, _("« %(value)s » est une formule de tableur, pas une valeur.") % {"value": value[:40]}
        if not value.isprintable():
            yield name, _("un caractère invisible s’y cache.")
    filled = sum(map(bool, cells.values()))
    if not filled:
        yield NAME, _("rien n’est imprimé.")
    elif not cells[NAME] and not cells[COMMUNE] and filled < 2:
        yield NAME, _("le nom manque.")
