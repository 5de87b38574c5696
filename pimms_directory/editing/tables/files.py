"""Tables of records as files: CSV and Excel, out and in."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

import tablib
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pimms_directory.base.spreadsheets import (
    LARGEST_BYTES,
    BrokenFile,
    as_text,
    check_size,
    decode,
    defused,
    delimiter_of,
    restored,
    whole_csv_rows,
    workbook_rows,
)
from pimms_directory.editing.tables.resources import resource_for

MOST_ROWS = 5_000
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?\Z")  # computes to itself


def cell(value: Any) -> str:
    text = as_text(value)
    return text if NUMBER.match(text) else defused(text)


def export(model: Any, kind: str) -> bytes:
    """``kind``: csv or xlsx."""
    resource = resource_for(model)
    dataset = resource.export()
    dataset.headers = [resource.label(name) for name in dataset.headers]
    rows = rows_of(dataset)
    return as_workbook(rows) if kind == "xlsx" else as_csv(rows).encode("utf-8-sig")


def rows_of(dataset: Any) -> list[list[str]]:
    """With the titles in front, ready for a spreadsheet."""
    return [dataset.headers, *([cell(value) for value in row] for row in dataset)]


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def as_workbook(rows: Iterable[Iterable[str]]) -> bytes:
    """Every cell is text: codes keep their leading zeros."""
    import xlsxwriter  # 2 MB, for workbooks alone

    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = workbook.add_worksheet()
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            sheet.write_string(number, column, text)
    workbook.close()
    return stream.getvalue()


def read_table(data: bytes) -> Any:
    """The table of a CSV or Excel file. Raises ``BrokenFile``."""
    check_size(len(data))
    if data.startswith(b"PK"):
        return table_of(workbook_rows(data, MOST_ROWS + 1))
    text = decode(data)
    delimiter = delimiter_of(text.partition("\n")[0])
    return table_of(cells for _line, cells in whole_csv_rows(text, delimiter))


def table_of(rows: Iterable[list[str]]) -> Any:
    """Takes rows as they are read: what is too much is not kept first."""
    left = iter(rows)
    headers = [name.strip() for name in next(left, [])]
    dataset = tablib.Dataset(headers=headers)
    for number, row in enumerate(left, start=2):
        if not any(row):
            continue
        if len(row) != len(headers):
            text = ngettext(
                "Ligne %(line)d : %(found)d colonne au lieu de %(expected)d.",
                "Ligne %(line)d : %(found)d colonnes au lieu de %(expected)d.",
                len(row),
            )
            raise BrokenFile(text, line=number, found=len(row), expected=len(headers))
        dataset.append([restored(text.strip()) for text in row], tags=[str(number)])
        if len(dataset) > MOST_ROWS:
            raise BrokenFile(_("Ce fichier a plus de %(most)d lignes : coupez-le."), most=MOST_ROWS)
    if not len(dataset):
        raise BrokenFile(_("Ce fichier n’a aucune ligne sous ses titres."))
    return dataset


def text_to_carry(dataset: Any) -> str:
    """A table as the form that confirms its preview carries it. Raises ``BrokenFile``."""
    text = as_csv(rows_of(dataset))
    if len(text.encode()) > LARGEST_BYTES:
        most = LARGEST_BYTES // 1_000_000
        raise BrokenFile(_("Ce tableau pèse plus de %(most)d Mo une fois écrit en CSV : coupez-le."), most=most)
    return text
