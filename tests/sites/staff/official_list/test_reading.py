"""The file of the official list: broken ones are refused with a sentence that says where."""

import re
import tracemalloc
import zipfile
from datetime import date
from io import BytesIO

import pytest

from pimms_directory.base.spreadsheets import BrokenFile
from sites.staff.official_list.reading import LARGEST_BYTES, date_in_name, read_official_list
from tests.sites.staff.official_list.files import EXTRACT, as_csv, edited, full_size, records

pytestmark = pytest.mark.one_database

GOOD = EXTRACT.read_bytes()


def line_with(data: bytes, text: bytes) -> int:
    return data[: data.index(text)].count(b"\n") + 1


def test_the_rows_of_the_network_are_kept_with_their_lines():
    reading = read_official_list(GOOD)
    assert (reading.count, len(reading.rows)) == (116, 91)
    donzere = next(row for row in reading.rows if row.official_id == "158")
    assert donzere.line == line_with(GOOD, b'"158"')
    assert donzere.cells["lib_com"] == "Donzère"


def test_a_row_belongs_to_the_network_by_name_or_by_mail_domain():
    kept = {row.official_id: row.cells for row in read_official_list(GOOD).rows}
    assert "Pimms" not in kept["260"]["lib_fs"]  # Montargis: by its mail
    assert "pimmsmediation" not in kept["2057"]["mail"].replace("pimmmsmediation", "")  # a bus: by its name


def test_a_row_of_the_directory_is_followed_even_when_it_no_longer_says_pimms():
    data = edited("260", mail="montargis@france-services.gouv.fr")
    assert "260" not in {row.official_id for row in read_official_list(data).rows}
    assert "260" in {row.official_id for row in read_official_list(data, also={"260"}).rows}


@pytest.mark.parametrize("encode", [lambda text: text.encode("utf-8-sig"), lambda text: text.encode("cp1252")])
def test_encodings_that_lists_come_in(encode):
    text = GOOD.decode()
    assert read_official_list(encode(text)).rows == read_official_list(GOOD).rows


def test_columns_may_come_in_any_order_and_others_are_ignored():
    rows = [dict(reversed(row.items())) | {"nouvelle_colonne": "x"} for row in records()]
    assert [row.cells for row in read_official_list(as_csv(rows)).rows] == [
        row.cells for row in read_official_list(GOOD).rows
    ]


def test_a_cell_may_hold_several_lines():
    data = edited("158", commentaire="une ligne\nune autre")
    before, after = read_official_list(GOOD).rows, read_official_list(data).rows
    assert len(before) == len(after)
    assert after[-1].line == before[-1].line + 1


def workbook() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


def cut(data: bytes, line: int, keep: int) -> bytes:
    """One line broken after some bytes, the lines after it untouched."""
    lines = data.split(b"\n")
    lines[line - 1] = lines[line - 1][:keep]
    return b"\n".join(lines)


def truncated(data: bytes, line: int, keep: int) -> bytes:
    return cut(b"\n".join(data.split(b"\n")[:line]), line, keep)


FULL = full_size()
NARBONNE = line_with(GOOD, b'"62"')

BROKEN = {
    "empty": (b"", "Ce fichier est vide"),
    "blank": (b" \n\n", "Ce fichier est vide"),
    "header only": (GOOD.split(b"\n")[0] + b"\n", "que sa ligne de titres"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "du type PDF"),
    "xlsx": (workbook(), "du type ZIP, XLSX"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "du type XLS"),
    "web page": (b"\n<!doctype html><title>Erreur</title>", "du type HTML"),
    "utf-16": (GOOD.decode().encode("utf-16"), "du type UTF-16"),
    "utf-16 without mark": (GOOD.decode().encode("utf-16-le"), "Ligne 1 : le fichier contient un octet nul"),
    "nul": (GOOD.replace(b"Narbonne", b"Nar\0bonne", 1), f"Ligne {NARBONNE} : le fichier contient un octet nul"),
    "mac": (GOOD.decode().encode("mac_roman", "replace"), r"Ligne \d+ : l’encodage n’est ni UTF-8"),
    "mojibake": (GOOD.decode().encode("utf-8").decode("latin-1").encode("cp1252", "ignore")[:-400], None),
    "one bad byte": (
        GOOD.replace(b"Garges-l\xc3\xa8s", b"Garges-l\xe8s", 1),
        r"Ligne \d+ : un caractère n’est pas en UTF-8",
    ),
    "semicolons": (GOOD.replace(b'","', b'";"').replace(b",", b";"), "Ligne 1 : les colonnes sont séparées par « ; »"),
    "tabs": (GOOD.replace(b",", b"\t"), "Ligne 1 : les colonnes sont séparées par des tabulations"),
    "titles within a cell": (b'"Liste\nid_fs,lib_fs"\n', "Ligne 2 : il manque les colonnes id_fs, lib_fs"),
    "two rows cut, the last one too": (
        GOOD.replace(b'"11262",', b"", 1).rstrip().rpartition(b",")[0] + b"\n",
        "Ligne 117 : 23 colonnes au lieu de 24",
    ),
    "missing column": (GOOD.replace(b'"code_postal"', b'"cp"', 1), "Ligne 1 : il manque les colonnes code_postal"),
    "column twice": (GOOD.replace(b'"groupe_fs"', b'"mail"', 1), "Ligne 1 : deux colonnes s’appellent mail"),
    "line 2,000 cut in a word": (cut(FULL, 2000, 60), "Ligne 2000 : la ligne est coupée"),
    "last row has a cell too few": (
        GOOD.rstrip().rpartition(b",")[0] + b"\n",
        r"Ligne \d+ : 23 colonnes au lieu de 24",
    ),
    "many rows without an id": (
        as_csv([row | ({"id_fs": ""} if number % 10 == 0 else {}) for number, row in enumerate(records())]),
        "Ligne 2, colonne id_fs : l’identifiant manque",
    ),
    "file ends in line 2,000": (truncated(FULL, 2000, 60), "Ligne 2000 : la ligne est coupée"),
    "no row of the network": (
        as_csv([row for row in records() if "pimms" not in (row["lib_fs"] + row["mail"]).lower()]),
        "Rien n’y concerne un PIMMS",
    ),
    "too large": (b"x" * (LARGEST_BYTES + 1), "Ce fichier pèse 10 Mo"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_a_sentence(name):
    data, sentence = BROKEN[name]
    with pytest.raises(BrokenFile) as refusal:
        read_official_list(data)
    if sentence:
        assert re.search(sentence, str(refusal.value))
    assert str(refusal.value).endswith(".")


# One row that cannot be read: reported and left out, the others are taken.
LEFT_OUT = {
    "same id twice": (edited("63", id_fs="62"), "« 62 » est déjà celui de la ligne"),
    "no id": (edited("63", id_fs=""), r"Ligne \d+, colonne id_fs : l’identifiant manque"),
    "odd id": (edited("63", id_fs="63.x"), r"Ligne \d+, colonne id_fs : « 63.x » n’est pas un identifiant"),
    "formula": (
        edited("62", telephone='=HYPERLINK("http://x")'),
        r"Ligne \d+, colonne telephone : « =HYPERLINK\(\"http://x\"\) » est une formule",
    ),
    "formula by sign": (edited("62", commentaire="+SUM(A1)"), r"Ligne \d+, colonne commentaire : .* est une formule"),
    "formula by at": (edited("62", lib_fs="@SUM(A1) Pimms"), r"Ligne \d+, colonne lib_fs : .* est une formule"),
    "a cell missing": (GOOD.replace(b'"11262",', b"", 1), f"Ligne {NARBONNE} : 23 colonnes au lieu de 24"),
    "line 2,000 cut after a cell": (
        cut(FULL, 2000, FULL.split(b"\n")[1999].index(b'","') + 1),
        "Ligne 2000 : 1 colonne",
    ),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_row_that_cannot_be_read_is_left_out_with_a_sentence(name):
    data, sentence = LEFT_OUT[name]
    reading = read_official_list(data)
    whole = read_official_list(FULL if "2,000" in name else GOOD)
    assert len(reading.left_out) == 1
    assert re.search(sentence, reading.left_out[0])
    assert len(whole.rows) - 1 <= len(reading.rows) <= len(whole.rows)
    assert reading.count == whole.count - 1


@pytest.mark.parametrize("value", ["-4.12868", "+33 4 68 43 68 93", "- accueil sur place", "(04) 68", "-"])
def test_signs_that_begin_no_formula_are_values(value):
    assert len(read_official_list(edited("62", commentaire=value)).rows) == 91


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("liste-fs-20240801.csv", date(2024, 8, 1)),
        ("liste_fs_2024-11-04 (1).csv", date(2024, 11, 4)),
        ("liste-fs-20241301.csv", None),
        ("liste.csv", None),
        ("export-120240801.csv", None),
    ],
)
def test_the_day_of_a_list_is_read_from_its_name(name, day):
    assert date_in_name(name) == day


def test_a_list_of_full_size_is_read_in_little_memory():
    tracemalloc.start()
    try:
        reading = read_official_list(FULL)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (reading.count, len(reading.rows)) == (2_845, 91)
    assert peak < 30_000_000


def test_a_million_broken_rows_are_not_all_told_of_first():
    titles = GOOD.partition(b"\n")[0]
    tracemalloc.start()
    try:
        with pytest.raises(BrokenFile, match="Ligne 2 : 2 colonnes au lieu de 24"):
            read_official_list(titles + b"\n" + b"a,b\n" * 1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000
