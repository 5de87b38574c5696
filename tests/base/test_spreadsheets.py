"""One reader for the dialects of CSV that staff deposit."""

import io
import tracemalloc
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter

from pimms_directory.base.spreadsheets import (
    LARGEST_BYTES,
    BrokenFile,
    as_text,
    csv_rows,
    decode,
    delimiter_of,
    is_formula,
    whole_csv_rows,
    workbook_rows,
)

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_dialects_are_read_alike(delimiter, encoding):
    data = delimiter.join(("nom", "ville")) + "\r\n" + delimiter.join(('"L’« été » à Sète"', "Évry")) + "\r\n"
    text = decode(data.encode(encoding))
    assert delimiter_of(text.partition("\n")[0]) == delimiter
    assert list(whole_csv_rows(text, delimiter)) == [(1, ["nom", "ville"]), (2, ["L’« été » à Sète", "Évry"])]


def test_a_row_is_named_by_the_line_where_it_begins_and_a_broken_one_stops_no_other():
    text = 'a,b\n"two\nlines",c\n"cut"x,d\ne,f\n"never closed,g\n'
    assert [(row.line, row.cells) for row in csv_rows(text, ",")] == [
        (1, ["a", "b"]),
        (2, ["two\nlines", "c"]),
        (4, None),
        (5, ["e", "f"]),
        (6, None),
    ]
    with pytest.raises(BrokenFile, match="Ligne 4 : la ligne est coupée"):
        list(whole_csv_rows(text, ","))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n" + "x," * 250 + "x\n", "Ligne 2 : plus de 200 colonnes sont remplies"),
        (",".join(f"c{number}" for number in range(200_000)), "Ligne 1 : plus de 200 colonnes sont remplies"),
        ("a" + "," * 2_000_000, "Ligne 1 : jusqu’ici, plus de 2000000 cellules vides"),
        (("a" + "," * 9_999 + "\n") * 201, "Ligne 201 : jusqu’ici, plus de 2000000 cellules vides"),
    ],
)
def test_a_text_is_no_wider_than_a_workbook(text, sentence):
    with pytest.raises(BrokenFile, match=sentence):
        list(whole_csv_rows(text, ","))


def test_empty_columns_on_the_right_are_no_width():
    assert [line for line, _cells in whole_csv_rows("a,b" + "," * 300 + "\nc,d" + "," * 300, ",")] == [1, 2]


def test_a_format_that_would_take_minutes_to_understand_is_refused():
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.add_worksheet().write(0, 0, 1, book.add_format({"num_format": "[[h" * 1_000}))
    book.close()
    with pytest.raises(BrokenFile, match="une balise de plus de 255 caractères"):
        workbook_rows(stream.getvalue(), 10)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (75.0, "75"),
        (2.5, "2.5"),
        (date(2020, 1, 1), "2020-01-01"),
        (datetime(2020, 1, 1), "2020-01-01"),
        (time(9, 30), "09:30:00"),
        ("Évry", "Évry"),
    ],
)
def test_a_value_of_a_workbook_is_written_as_a_file_has_it(value, text):
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("=1+1", True), ("@x", True), ("-cmd", True), ("+33 4 76", False), ("-2,5", False), ("-", False), ("nom", False)],
)
def test_formulas_are_told_from_telephone_numbers_and_amounts(text, expected):
    assert is_formula(text) == expected


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(**parts: str) -> bytes:
    """A workbook of one cell whose parts, named by their files, are written anew."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.add_worksheet().write_string(0, 0, "code")
    book.close()
    changed = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], old.read(name)))
        for name in sorted(set(parts) - {each.rpartition("/")[2].partition(".")[0] for each in old.namelist()}):
            new.writestr(f"xl/{name}.xml", parts[name])
    return changed.getvalue()


def sheet(rows: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def text_cell(address: str) -> str:
    return f'<c r="{address}" t="str"><v>x</v></c>'


def strings(items: str) -> str:
    return f"<sst {MAIN}>{items}</sst>"


SHARED = '<row><c t="s"><v>0</v></c></row>'
LARGE = {
    "a far column": (
        {"sheet1": sheet("".join(f'<row r="{row}">{text_cell(f"XFD{row}")}</row>' for row in range(1, 3000)))},
        "Ligne 1 : plus de 200 colonnes",
    ),
    "empty cells in a far column": (
        {"sheet1": sheet("".join(f'<row r="{row}"><c r="XFD{row}"/></row>' for row in range(1, 3000)))},
        "Ligne 123 : jusqu’ici, plus de 2000000 cellules vides",
    ),
    "a long comment": ({"sheet1": f"<!--{'x' * 5_000_000}--><a/>"}, "une balise de plus de 100000 caractères"),
    "a long attribute": ({"sheet1": f'<a b="{"x" * 5_000_000}"/>'}, "une balise de plus de 100000 caractères"),
    "a far row": ({"sheet1": sheet(f'<row r="90000">{text_cell("A90000")}</row>')}, "plus de 5000 lignes"),
    "cells": ({"sheet1": sheet(f"<row>{'<c/>' * 200_001}</row>")}, "plus de 200000 cellules"),
    "rows": ({"sheet1": sheet("<row/>" * 200_001)}, "plus de 200000 cellules"),
    "filled cells": (
        {"sheet1": sheet(f"<row>{'<c><v>1</v></c>' * 150}</row>" * 1400)},
        "plus de 200000 cellules",
    ),
    "shared strings": ({"sharedStrings": strings("<si/>" * 200_001)}, "plus de 200000 cellules"),
    "one long string in many cells": (
        {"sharedStrings": strings(f"<si><t> {'x' * 100_000}</t></si>"), "sheet1": sheet(SHARED * 100)},
        "plus de 2 Mo une fois écrit en CSV",
    ),
    "runs of rich text": ({"sharedStrings": strings(f"<si>{'<r/>' * 30_001}</si>")}, "30000 éléments de mise en forme"),
    "formats": (
        {"styles": f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * 30_001}</cellXfs></styleSheet>"},
        "30000 éléments de mise en forme",
    ),
    "another prefix": (
        {"sheet1": f"<x:worksheet {MAIN.replace('xmlns', 'xmlns:x')}>{'<x:c/>' * 200_001}</x:worksheet>"},
        "plus de 200000 cellules",
    ),
    "sheets": ({"workbook": f"<workbook {MAIN}>{'<sheet/>' * 21}</workbook>"}, "plus de 20 feuilles"),
    "unpacked": ({"sheet1": " " * 20_000_001}, "plus de 20 Mo une fois décompressé"),
    "parts": ({f"part{number}": "<x/>" for number in range(501)}, "plus de 500 fichiers"),
    "entities": ({"sheet1": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "entités XML"),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_workbook_that_would_fill_the_memory_is_refused_with_its_limit_before_it_does(name):
    parts, sentence = LARGE[name]
    data = workbook(**parts)
    assert len(data) < LARGEST_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(BrokenFile, match=sentence):
            workbook_rows(data, most=5000)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 25_000_000, f"{most / 1e6:.0f} MB"


def test_formats_without_values_belong_to_no_table():
    row = f'<row r="2">{text_cell("A2")}<c r="XFD2" s="0"/></row><row r="4">{text_cell("C4")}</row>'
    assert workbook_rows(workbook(sheet1=sheet(f'{row}<row r="1048576"/>')), most=4) == [
        ["", "", ""],
        ["x", "", ""],
        ["", "", ""],
        ["", "", "x"],
    ]
