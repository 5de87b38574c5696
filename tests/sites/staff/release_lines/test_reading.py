"""Lines from anywhere: what can be read is, what cannot is named with its line and column."""

import io

import pytest
from openpyxl import Workbook

from pimms_directory.base.spreadsheets import LARGEST_BYTES, BrokenFile
from sites.staff.release_lines import reading
from sites.staff.release_lines.reading import read_pasted_text, text_of_file

pytestmark = pytest.mark.one_database


def sentences(text: str, order: str = "") -> list[str]:
    return [str(bad) for bad in read_pasted_text(text, order).bad]


def workbook(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Bretagne\tFinistère\tBrest\tPIMMS Brest\tx", ""),
        ("Bretagne;Finistère;Brest;PIMMS Brest;oui", ""),
        ("Nom;Nouveau;Département;Région;Commune\nPIMMS Brest;1;Finistère;Bretagne;Brest", ""),
        ("Bretagne\tFinistère\tBrest\tPIMMS Brest *", ""),
        ('"Bretagne","Finistère","Brest","PIMMS Brest","oui"', ""),
        ("\r\n  Bretagne \tFinistère\tBrest\tPIMMS   Brest\tX\r\n\r\n", "rdcnx"),
    ],
)
def test_one_line_in_many_shapes(text, order):
    (line,) = read_pasted_text(text, order).lines
    assert line.listing.printed == "Bretagne | Finistère | Brest | PIMMS Brest"
    assert line.listing.marked_new


def test_columns_of_either_release():
    (first,) = read_pasted_text("Finistère\tBrest\tPIMMS Brest", "dcn").lines
    (second,) = read_pasted_text("Bretagne\tFinistère\tPIMMS Brest*", "rdn").lines
    first, second = first.listing, second.listing
    assert (first.commune_printed, first.region_printed, first.marked_new) == ("Brest", "", False)
    assert (second.commune_printed, second.name_printed, second.marked_new) == ("", "PIMMS Brest", True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a\tb\tc", "Ligne 1 : 3 colonnes : dites dans « Colonnes » lesquelles"),
        ("R\tD\tC\tPIMMS A\t\nR\tD\tC\tPIMMS B\tpeut-être", "Ligne 2, colonne « nouveau » : « peut-être »"),
        ("R\tD\tC\t" + "n" * 151 + "\t", "Ligne 1, colonne « nom » :"),
        ("R\tD\t=A1\tPIMMS A\t", "Ligne 1, colonne « commune » : « =A1 » est une formule"),
        ("R\tD\tC\tPIMMS A\tx\ty", "Ligne 1 : 6 colonnes"),
        ("Région;Département;Commune;Nom;Nouveau\nR;D;C;PIMMS A;oui;trop", "« trop » est de trop"),
        ("R\tD\tC\tPIMMS\x00A\t", "Ligne 1"),
        ('R;D;C;"PIMMS A;x', "Ligne 1 : un guillemet"),
        ("R\t\t\t\t", "Ligne 1, colonne « nom » : le nom manque."),
    ],
)
def test_a_bad_line_is_named_with_its_column(text, sentence):
    found = sentences(text)
    assert any(sentence in each for each in found), found


def test_good_lines_are_read_beside_bad_ones():
    found = read_pasted_text("R\tD\tC\tPIMMS A\t\nR\tD\tC\tPIMMS B\t?\nR\tD\tC\tPIMMS C\tx")
    assert [line.number for line in found.lines] == [1, 3]
    assert len(found.bad) == 1


def test_a_line_keeps_its_key_when_another_comes_before_it():
    line = "R\tD\tC\tPIMMS A\t"
    assert read_pasted_text(line).lines[0].key == read_pasted_text(f"R\tD\tC\tPIMMS Z\t\n{line}").lines[1].key
    first, second = read_pasted_text(f"{line}\n{line}").lines
    assert first.key != second.key, "two identical lines are two"


def test_a_workbook_becomes_text():
    data = workbook(
        ("Région", "Département", "Commune", "Nom", "Nouveau"), ("Bretagne", "Finistère", None, "PIMMS Brest", True)
    )
    (line,) = read_pasted_text(text_of_file(data)).lines
    assert (line.listing.printed, line.listing.marked_new) == ("Bretagne | Finistère | PIMMS Brest", True)
    formula = workbook(("R", "D", "C", "PIMMS A", "=1+1"))
    assert "nouveau" in sentences(text_of_file(formula))[0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "vide"),
        (b"%PDF-1.7", "du type PDF"),
        (b"PK\x03\x04 no archive", "ne se lit pas"),
        (workbook(("a",))[:-200], "ne se lit pas"),
        (b"x" * (LARGEST_BYTES + 1), "pèse plus de"),
        (b"R;D;C;PIMMS A\x81;", "encodage"),
    ],
)
def test_a_broken_file_is_refused_in_words(data, sentence):
    with pytest.raises(BrokenFile, match=sentence):
        text_of_file(data)


def test_more_lines_than_a_release_prints():
    found = read_pasted_text("R\tD\tC\tPIMMS A\t\n" * (reading.MOST_LINES + 1))
    assert len(found.lines) == reading.MOST_LINES
    assert f"Ligne {reading.MOST_LINES + 1}" in str(found.bad[0])
