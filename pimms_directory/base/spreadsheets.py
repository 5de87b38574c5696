"""Tables for spreadsheets: those that staff deposit or paste, read without trust, and the guard for those we give.

CSV in the dialects that exist, and Excel workbooks.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

LARGEST_BYTES = 2_000_000  # also what a form may carry from a preview to an import
LARGEST_UNPACKED = 50_000_000
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
    """Raises ``BrokenFile`` at the first row that cannot be read."""
    for line, cells in csv_rows(text, delimiter):
        if cells is None:
            said = _("Ligne %(line)d : la ligne est coupée, ou un guillemet n’y est pas refermé.")
            raise BrokenFile(said, line=line)
        yield line, cells


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would compute a cell that is meant as a value."""
    return bool(COMPUTED.match(text))


def workbook_rows(data: bytes, most: int) -> list[tuple[Any, ...]]:
    """The values of the first sheet, of ``most`` rows at the most. Raises ``BrokenFile``."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
        if unpacked <= LARGEST_UNPACKED:
            sheet = load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
            return list(sheet.iter_rows(max_row=most, values_only=True))
    except Exception as error:  # a damaged workbook raises whatever its damage leads to
        raise BrokenFile(_("Ce classeur ne se lit pas : est-ce bien un fichier Excel (.xlsx) ?")) from error
    raise BrokenFile(_("Ce classeur est démesuré une fois décompressé."))


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
