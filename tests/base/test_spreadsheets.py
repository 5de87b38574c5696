"""One reader for the dialects of CSV that staff deposit."""

from datetime import date, datetime, time

import pytest

from pimms_directory.base.spreadsheets import (
    BrokenFile,
    as_text,
    csv_rows,
    decode,
    delimiter_of,
    is_formula,
    whole_csv_rows,
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
