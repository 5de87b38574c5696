"""Tables for spreadsheets: those that staff deposit or paste, read without trust, and the guard for those we give.

CSV in the dialects that exist, and Excel workbooks.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from functools import partial
from typing import Any, NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext as _

LARGEST_BYTES = 2_000_000  # also what a form may carry from a preview to an import
# What a workbook may hold: a table of such a size, and what Excel and LibreOffice write around it.
LARGEST_UNPACKED = 20_000_000
MOST_CELLS = 200_000
MOST_COLUMNS = 200
MOST_LOOKED_AT = 2_000_000  # cells, most of them empty: a cell in the last column makes 16,384 of its row
MOST_SHEETS = 20
MOST_PARTS = 500  # files in the archive that a workbook is: some ten, and the pictures
MOST_FORMATS = 30_000
LONGEST_MARKUP = 100_000  # characters of a tag or a comment: Expat begins such a one again with each piece of it
LONGEST_FORMAT = 255  # of a number, as in Excel: what tells a date from it takes the square of its length
PIECE = 1_000_000  # bytes
LAST_ROW = 1_048_576  # of any sheet of Excel
CELL_ELEMENTS = frozenset(("row", "c", "v", "is", "t", "f", "si"))  # one of each a cell, at the most
# What other files begin with, whatever their name says.
SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP, XLSX, ODS"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"\x1f\x8b", "GZIP"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"<", "HTML, XML"),
    (b"{", "JSON"),
)
# What French is written with. Other characters in a file that is not UTF-8 mean another encoding than cp1252.
FRENCH = frozenset("àâäæçéèêëîïôöœùûüÿñÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸÑ«»’‘“”–—…°·•€²³ªº§´`¨\u00a0\u00ad")

# "=" and "@" make a spreadsheet compute; so does a sign that no number follows.
COMPUTED = re.compile(r"\s*(?:[=@]|[+-](?![\d\s.,(-]|$))")


class BrokenFile(ValueError):
    """Its message is a French sentence that says what is wrong and where; it may name values."""

    def __init__(self, sentence: str, **values: Any) -> None:
        super().__init__(sentence % values if values else sentence)


def check_size(size: int) -> None:
    """Raises ``BrokenFile``."""
    if size > LARGEST_BYTES:
        raise BrokenFile(_("Ce fichier pèse plus de %(most)d Mo : coupez-le."), most=LARGEST_BYTES // 1_000_000)


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, with or without a mark, or in the encoding of Windows."""
    if not data.strip():
        raise BrokenFile(_("Ce fichier est vide."))
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, kind in SIGNATURES:
        if start.startswith(signature):
            raise BrokenFile(
                _("Ce fichier n’est pas un CSV, quel que soit son nom : son contenu est du type %(kind)s."), kind=kind
            )
    if (position := data.find(b"\0")) >= 0:
        text = _("Ligne %(line)d : le fichier contient un octet nul. Ce n’est pas un texte, ou il est abîmé.")
        raise BrokenFile(text, line=line_of(data, position))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return decode_windows(data, error.start)


def decode_windows(data: bytes, position: int) -> str:
    """For a file that is not UTF-8 from ``position`` on. Raises ``BrokenFile`` where it is not cp1252 either."""
    line = line_of(data, position)
    if not data[:position].isascii():  # UTF-8 until then: one broken place, not another encoding
        said = _("Ligne %(line)d : un caractère n’est pas en UTF-8, alors que le début du fichier l’est. Il est abîmé.")
        raise BrokenFile(said, line=line)
    unknown = _("Ligne %(line)d : l’encodage n’est ni UTF-8 ni celui de Windows (cp1252). Enregistrez-le en UTF-8.")
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise BrokenFile(unknown, line=line_of(data, error.start)) from None
    for number, content in enumerate(text.split("\n"), start=1):
        if not content.isascii() and any(ord(each) > 127 and each not in FRENCH for each in content):
            raise BrokenFile(unknown, line=number)
    return text


def line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


class CsvRow(NamedTuple):
    line: int  # where the row begins: a quoted cell may run over several lines
    cells: list[str] | None  # None for a row that is cut, or whose quotes do not match


def delimiter_of(text: str, among: Sequence[str] = (",", ";", "\t", "|")) -> str:
    """The most frequent; the first of them where they are equally frequent."""
    return max(among, key=text.count)


def csv_rows(text: str, delimiter: str) -> Iterator[CsvRow]:
    """All rows, also empty ones, and those that cannot be read."""
    reader: Any = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield CsvRow(line, None)
            continue
        if cells is None:
            return
        yield CsvRow(line, cells)


def whole_csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Raises ``BrokenFile`` at the first row that cannot be read, or is wider than a workbook’s may be."""
    looked_at = 0
    for line, cells in csv_rows(text, delimiter):
        if cells is None:
            said = _("Ligne %(line)d : la ligne est coupée, ou un guillemet n’y est pas refermé.")
            raise BrokenFile(said, line=line)
        looked_at += len(cells)
        check_width(line, len(without_empty_end(cells)), looked_at)
        yield line, cells


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would compute a cell that is meant as a value."""
    return bool(COMPUTED.match(text))


def workbook_rows(data: bytes, most: int) -> list[list[str]]:
    """The cells of the first sheet as text, in rows of one length. Raises ``BrokenFile``, also after row ``most``."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_workbook(archive)
        sheet: Any = load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
        sheet.reset_dimensions()  # whatever it says of itself: a row is as long as its last cell
        rows = bounded(sheet.iter_rows(max_row=LAST_ROW, values_only=True), most)
    except BrokenFile:
        raise
    except Exception as error:  # a damaged workbook raises whatever its damage leads to
        raise BrokenFile(_("Ce classeur ne se lit pas : est-ce bien un fichier Excel (.xlsx) ?")) from error
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def check_workbook(archive: zipfile.ZipFile) -> None:
    """Counts what a workbook would be once read, without keeping it: few kilobytes unpack to gigabytes of objects."""
    if len(archive.infolist()) > MOST_PARTS:
        text = _("Ce classeur est fait de plus de %(most)d fichiers : enregistrez-le en CSV.")
        raise BrokenFile(text, most=MOST_PARTS)
    if sum(each.file_size for each in archive.infolist()) > LARGEST_UNPACKED:
        most = LARGEST_UNPACKED // 1_000_000
        raise BrokenFile(_("Ce classeur pèse plus de %(most)d Mo une fois décompressé : coupez-le."), most=most)
    counted: Counter[str] = Counter()
    for member in archive.infolist():
        parser = expat.ParserCreate()
        parser.StartElementHandler = partial(count_element, counted)
        parser.StartDoctypeDeclHandler = refuse_declarations
        parser.CommentHandler = parser.ProcessingInstructionHandler = check_markup
        with archive.open(member) as stream, suppress(expat.ExpatError):  # of a picture, for one
            while piece := stream.read(PIECE):
                parser.Parse(piece)
            parser.Parse(b"", True)


def check_markup(*texts: str, most: int = LONGEST_MARKUP) -> None:
    if sum(map(len, texts)) > most:
        text = _("Ce classeur a une balise de plus de %(most)d caractères : collez ses valeurs dans un classeur neuf.")
        raise BrokenFile(text, most=most)


def count_element(counted: Counter[str], name: str, attributes: Any) -> None:
    check_markup(name, *attributes, *attributes.values())
    check_markup(attributes.get("formatCode", ""), most=LONGEST_FORMAT)
    kind = name.rpartition(":")[2]
    if kind not in CELL_ELEMENTS and kind != "sheet":
        kind = "format"
    counted[kind] += 1
    if kind == "sheet" and counted[kind] > MOST_SHEETS:
        raise BrokenFile(_("Ce classeur a plus de %(most)d feuilles : n’y laissez que la première."), most=MOST_SHEETS)
    if kind == "format" and counted[kind] > MOST_FORMATS:
        text = _("Ce classeur a plus de %(most)d éléments de mise en forme : collez ses valeurs dans un classeur neuf.")
        raise BrokenFile(text, most=MOST_FORMATS)
    if counted[kind] > MOST_CELLS:
        raise BrokenFile(_("Ce fichier a plus de %(most)d cellules : coupez-le."), most=MOST_CELLS)


def refuse_declarations(*declared: Any) -> None:
    raise BrokenFile(_("Ce classeur déclare des entités XML : il ne sera pas lu."))


def bounded(rows: Iterable[Sequence[Any]], most: int) -> list[list[str]]:
    """The rows as text, without the empty cells and rows at their ends. Raises ``BrokenFile`` where they are too many.

    A text that a thousand cells share is kept once and written a thousand times: characters are counted, too.
    """
    kept: list[list[str]] = []
    cells = characters = looked_at = 0
    for number, row in enumerate(rows, start=1):
        looked_at += len(row)
        filled = without_empty_end(row)
        check_width(number, len(filled), looked_at)
        texts = [as_text(value) for value in filled]
        if not texts:
            continue
        if number > most:
            raise BrokenFile(_("Ce fichier a plus de %(most)d lignes : coupez-le."), most=most)
        cells += len(texts)
        characters += sum(map(len, texts))
        if cells > MOST_CELLS:
            raise BrokenFile(_("Ce fichier a plus de %(most)d cellules : coupez-le."), most=MOST_CELLS)
        if characters > LARGEST_BYTES:
            most_characters = LARGEST_BYTES // 1_000_000
            text = _("Ce tableau pèse plus de %(most)d Mo une fois écrit en CSV : coupez-le.")
            raise BrokenFile(text, most=most_characters)
        kept += [[] for _empty in range(len(kept), number - 1)]
        kept.append(texts)
    return kept


def check_width(line: int, filled: int, looked_at: int) -> None:
    """``looked_at``: cells until the end of this row. Raises ``BrokenFile``."""
    if looked_at > MOST_LOOKED_AT:
        text = _("Ligne %(line)d : jusqu’ici, plus de %(most)d cellules vides. Effacez les colonnes de droite.")
        raise BrokenFile(text, line=line, most=MOST_LOOKED_AT)
    if filled > MOST_COLUMNS:
        text = _("Ligne %(line)d : plus de %(most)d colonnes sont remplies. Effacez celles de droite.")
        raise BrokenFile(text, line=line, most=MOST_COLUMNS)


def without_empty_end(row: Sequence[Any]) -> Sequence[Any]:
    width = len(row)
    while width and row[width - 1] in (None, ""):
        width -= 1
    return row[:width]


def as_text(value: Any) -> str:
    """As a file has it: ISO dates, points in numbers, 1 and 0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value)) if value else "0"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


# The guard

# A spreadsheet takes a cell that begins so for a formula. An apostrophe in front makes it text; a cell that begins with
# apostrophes and then such a character gets one too, so that taking one off always gives the value back:
# ``=1+1`` → ``'=1+1``, ``'=quoted`` → ``''=quoted``.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def defused(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, with an apostrophe in front; anything else unchanged."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def restored(text: str) -> str:
    """What ``defused`` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
