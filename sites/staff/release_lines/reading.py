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

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pimms_directory.base.folding import fold
from pimms_directory.base.spreadsheets import (
    as_text,
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
# By the value of a form's choice.
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


@dataclass(frozen=True)
class PastedLine:
    """Where it stands in the text, its cells as printed. ``key`` stays the same when others move around it."""

    number: int
    cells: dict[str, str]
    marked_new: bool
    key: str

    @property
    def listing(self) -> Listing:
        """Unsaved: lends its ways of reading a printed line."""
        return Listing(**self.cells, marked_new=self.marked_new)

    @property
    def printed(self) -> str:
        return self.listing.printed


@dataclass(frozen=True)
class BadLine:
    """What cannot be read, and where: the column is empty where the whole line is meant."""

    number: int
    column: str
    why: str

    def __str__(self) -> str:
        if self.column:
            names = {"line": self.number, "column": self.column, "why": self.why}
            return _("Ligne %(line)d, colonne « %(column)s » : %(why)s") % names
        return _("Ligne %(line)d : %(why)s") % {"line": self.number, "why": self.why}


@dataclass
class PastedText:
    lines: list[PastedLine] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)


def text_of_file(data: bytes) -> str:
    """What somebody could have pasted instead. Raises ``BrokenFile``."""
    check_size(len(data))
    if not data.startswith(b"PK\x03\x04"):
        return decode(data)
    stream = io.StringIO()
    rows = [[as_text(cell) for cell in row] for row in workbook_rows(data, MOST_LINES + 2)]
    csv.writer(stream, delimiter="\t", lineterminator="\n").writerows(rows)
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
        line = line_of(number, cells, columns or BY_COUNT.get(len(cells), ()), seen, pasted)
        if line:
            pasted.lines.append(line)
    if len(rows) > MOST_LINES:
        said = _("plus de %(most)d lignes : la suite n’est pas lue.")
        pasted.bad.append(BadLine(rows[MOST_LINES][0], "", said % {"most": MOST_LINES}))
    return pasted


def filled_rows(text: str, pasted: PastedText) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the number of its line in the text."""
    delimiter = delimiter_of(text, ("\t", ";"))
    for number, cells in csv_rows(text, delimiter if delimiter in text else ","):
        if cells is None:
            pasted.bad.append(BadLine(number, "", _("un guillemet n’est pas refermé, ou la ligne est coupée.")))
        elif any(cells := [" ".join(cell.split()) for cell in cells]):
            yield number, cells


def titles_in(cells: list[str]) -> tuple[str, ...]:
    """The columns that a first line of titles names; empty when it is a line like the others."""
    names = [TITLES.get(fold(cell.rstrip(" *?()")), "") for cell in cells]
    return tuple(names) if NAME in names and names.count("") == 0 and len(set(names)) == len(names) > 1 else ()


def line_of(
    number: int, cells: list[str], columns: tuple[str, ...], seen: Counter[str], pasted: PastedText
) -> PastedLine | None:
    bad: list[BadLine] = []
    if not columns:
        why = _("%(count)d colonnes : dites dans « Colonnes » lesquelles, ou ajoutez une ligne de titres.")
        pasted.bad.append(BadLine(number, "", why % {"count": len(cells)}))
        return None
    if any(cells[len(columns) :]):
        why = _("%(found)d colonnes au lieu de %(expected)d ; « %(extra)s » est de trop.")
        extra = next(cell for cell in cells[len(columns) :] if cell)
        values = {"found": len(cells), "expected": len(columns), "extra": extra[:40]}
        pasted.bad.append(BadLine(number, "", why % values))
        return None
    padded = [*cells, *[""] * len(columns)]
    found = dict.fromkeys(LABELS, "") | dict(zip(columns, padded, strict=False))
    mark = found.pop(NEW).lower()
    marked_new = mark in YES
    if not marked_new and mark not in NO:
        why = _("« %(value)s » n’est ni « oui » ni « non » (ni « x », ni vide).") % {"value": mark[:40]}
        bad.append(BadLine(number, str(LABELS[NEW]), why))
    for name, value in found.items():
        if value.endswith("*"):  # how the release of 2020 marks what is new
            found[name], marked_new = value.rstrip("* "), True
        bad.extend(BadLine(number, str(LABELS[name]), why) for why in wrong_with(name, value))
    if not any(found.values()):
        bad.append(BadLine(number, str(LABELS[NAME]), _("rien n’est imprimé.")))
    elif not found[NAME] and not found[COMMUNE] and sum(map(bool, found.values())) < 2:
        bad.append(BadLine(number, str(LABELS[NAME]), _("le nom manque.")))
    if bad:
        pasted.bad.extend(bad)
        return None
    digest = hashlib.sha256("\x1f".join(found.values()).encode()).hexdigest()[:10]
    seen[digest] += 1
    return PastedLine(number, found, marked_new, f"{digest}-{seen[digest]}")


def wrong_with(name: str, value: str) -> Iterator[str]:
    longest = getattr(Listing._meta.get_field(name), "max_length", 0)
    if len(value) > longest:
        text = _("« %(value)s… » a %(count)d caractères, %(most)d au plus.")
        yield text % {"value": value[:30], "count": len(value), "most": longest}
    if is_formula(value):
        yield _("« %(value)s » est une formule de tableur, pas une valeur.") % {"value": value[:40]}
    if not value.isprintable():
        yield _("un caractère invisible s’y cache.")
