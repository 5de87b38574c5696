"""One table of cells as spreadsheets, exports and people write them: column, cell, what the directory reads.

``None``: nothing that could be taken, but a reason to look.
"""

import pytest

from pimms_directory.base.spreadsheets import BrokenFile
from sites.models.distance import Point
from sites.staff.official_list import values
from sites.staff.official_list.cells import clean, plain_code
from sites.staff.official_list.comparison import compare
from sites.staff.official_list.reading import read_official_list
from tests.factories import CommuneFactory, PostcodeFactory
from tests.sites.staff.official_list.files import EXTRACT, NEXT_DAY, as_csv, edited, records

pytestmark = [pytest.mark.one_database]
GOOD = EXTRACT.read_bytes()
OURS = "158"

CELLS = """
telephone | 476330656                          | 04 76 33 06 56
telephone | 476330656.0                        | 04 76 33 06 56
telephone | 33476330656                        | 04 76 33 06 56
telephone | +33(0)476330656                    | 04 76 33 06 56
telephone | 04/76/33/06/56                     | 04 76 33 06 56
telephone | tel:+33476330656                   | 04 76 33 06 56
telephone | Tél : 04 76 33 06 56               | 04 76 33 06 56
telephone | 04 76 33 06 56 (accueil)           | 04 76 33 06 56
telephone | 04‑76‑33‑06‑56                     | 04 76 33 06 56
telephone | 262 262 40 00 00                   | 0262 40 00 00
telephone | 00262262400000                     | 0262 40 00 00
telephone | 05 94 30 00 00                     | 0594 30 00 00
telephone | non communiqué                     |
telephone | NULL                               |
telephone | 04 76 33 06 56 / 04 76 33 06 57    | None
telephone | #REF!                              | None
telephone | 4,7633E+08                         | None
mail      | mailto:lens@pimmsmediation.fr      | lens@pimmsmediation.fr
mail      | <Lens@PimmsMediation.fr>;          | lens@pimmsmediation.fr
mail      | Accueil <lens@pimmsmediation.fr>   | lens@pimmsmediation.fr
mail      | lens @ pimmsmediation.fr           | lens@pimmsmediation.fr
mail      | lens(at)pimmsmediation.fr          | lens@pimmsmediation.fr
mail      | N/A                                |
mail      | lens@pimmsmediation,fr             | None
mail      | lens@pimms.fr / arras@pimms.fr     | None
hours     | 9 heures à 12 heures               | 09:00 - 12:00
hours     | 09:00:00 - 12:00:00                | 09:00 - 12:00
hours     | 9h → 12h                           | 09:00 - 12:00
hours     | 9h30min - 12h00mn                  | 09:30 - 12:00
hours     | 9h-12h + 14h-17h                   | 09:00 - 12:00 / 14:00 - 17:00
hours     | 9h-12h<br>14h-17h                  | 09:00 - 12:00 / 14:00 - 17:00
hours     | 9h-12h - 14h-17h                   | 09:00 - 12:00 / 14:00 - 17:00
hours     | Matin : 9h-12h / Après-midi : 14h-17h | 09:00 - 12:00 / 14:00 - 17:00
hours     | Matin : fermé / Après-midi : 14h-17h  | 14:00 - 17:00
hours     | Lundi : 9h-12h                     | 09:00 - 12:00
hours     | Fermé.                             |
hours     | 9h-12h / fermé .                   | 09:00 - 12:00
hours     | –                                  |
hours     | 9h-12h sur RDV                     | None
hours     | 9h12h                              | None
label     | Espace labellisé 2021-01-15        | 2021-01-15
label     | Espace labellisé 2021-01-15T00:00:00 | 2021-01-15
label     | Espace labellisé 15/01/2021 00:00:00 | 2021-01-15
label     | Espace labellisé le 15 janvier 2021  | 2021-01-15
label     | Espace labellisé 1er février 2021  | 2021-02-01
label     | Espace labelisé depuis le 5/1/21   | 2021-01-05
label     | 15.01.2021                         | 2021-01-15
label     | Espace labellisé 31/02/2021        | None
label     | 44211                              | None
postcode  | 38220.0                            | 38220
postcode  | 38 220                             | 38220
postcode  | F-38220                            | 38220
postcode  | 38220 CEDEX 2                      | 38220
postcode  | 38220 Vizille                      | None
rdv       | oui.                               | possible
rdv       | VRAI                               | possible
rdv       | 0                                  | none
rdv       | parfois                            | None
kind      | Multi-sites                        | multisite
kind      | Fixe (antenne)                     | fixed
address   | 12 rue de lâ€™Ã‰glise             | 12 rue de l’Église
address   | 12 rue de l&#039;&Eacute;glise     | 12 rue de l’Église
address   | 12 rue ​de la Gare­            | 12 rue de la Gare
address   | Château d’Ãngel                    | Château d’Ãngel
address   | néant                              |
"""


def read(column: str, text: str):
    match column:
        case "telephone":
            return values.phone(text).value
        case "mail":
            return values.email(text, ["pimmsmediation.fr"], ["Lens"]).value
        case "hours":
            value = values.day(text)
            return value.text if value.is_readable else None
        case "label":
            found = values.label(text)
            return found.since.isoformat() if found and found.since and not found.rest else None
        case "postcode":
            return values.postcode(text, None).value
        case "rdv":
            return values.appointment(text, "").value
        case "kind":
            return values.kind(text)
    return values.address(text).value


@pytest.mark.parametrize("line", CELLS.strip().splitlines())
def test_a_cell_is_read_or_refused(line):
    column, cell, expected = (part.strip() for part in line.split("|"))
    found = read(column, clean(cell))
    assert found == (None if expected == "None" else expected)


@pytest.mark.parametrize(
    ("latitude", "longitude", "point"),
    [
        ("45,07876", "5,769056", (45.07876, 5.769056)),
        ("45.07876°", "5.769056° E", (45.07876, 5.769056)),
        ("N 45.07876", "E 5.769056", (45.07876, 5.769056)),
        ("45.07876, 5.769056", "", (45.07876, 5.769056)),
        ("\u221221.1", "55.5", (-21.1, 55.5)),
        ("16.24", "61.53 O", (16.24, -61.53)),
        ("16.24", "W 61.53", (16.24, -61.53)),
        ("21.1 S", "55.5", (-21.1, 55.5)),
        ("4507876", "5769056", None),
        ("45_1", "5.7", None),
        ("45 07876", "5 769056", None),
    ],
)
def test_a_point_is_read_or_refused(latitude, longitude, point):
    value = values.point(clean(latitude), clean(longitude), None).value
    assert value == (Point(*point) if point else None)


@pytest.mark.django_db
def test_swapped_coordinates_are_said():
    commune = CommuneFactory(name="Vizille", latitude=45.07, longitude=5.77)
    doubts = values.point("5.769056", "45.07876", commune).doubts
    assert doubts[1:] == ("La latitude et la longitude semblent inversées.",)


@pytest.mark.django_db
def test_a_zero_that_a_spreadsheet_took_away_comes_back_where_the_commune_has_that_code():
    commune = CommuneFactory(name="Bourg-en-Bresse")
    PostcodeFactory(code="01000", commune=commune)
    assert values.postcode("1000", commune).value == "01000"
    assert values.postcode("1000", None).value is None


ROWS = records()
LAST = GOOD.rstrip(b"\n")


@pytest.mark.parametrize(
    "data",
    [
        b"\n\n" + GOOD,
        b"Liste des France services\n" + GOOD,
        b",,,\n" + GOOD,
        b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b'"id_fs"', b'" ID_FS "', 1).replace(b'"code_postal"', b'"Code postal"', 1),
        LAST + b"\n" + LAST.partition(b"\n")[0] + b"\n",
        LAST + b"\n\n\n\n",
    ],
)
def test_what_stands_around_the_table_is_passed_over(data):
    reading = read_official_list(data)
    assert [row.cells for row in reading.rows] == [row.cells for row in read_official_list(GOOD).rows]
    assert reading.left_out == []


@pytest.mark.parametrize("line", [b"Total,2845\n", b'"Total : 2845"\n', b"Source : ANCT" + b"," * 23 + b"\n"])
def test_a_line_about_the_table_is_said_and_left_out(line):
    reading = read_official_list(LAST + b"\n" + line)
    assert len(reading.rows) == len(read_official_list(GOOD).rows)
    assert len(reading.left_out) == 1 and "n’est pas une structure" in reading.left_out[0]


def test_a_letter_whose_byte_is_the_last_without_a_character_is_read_again():
    assert clean("12 Friedrichstra\u00c3\u009fe") == "12 Friedrichstraße"


def test_a_letter_whose_byte_a_program_let_through_as_a_control_character_is_read_again():
    assert clean("l’Église".encode().decode("latin-1")) == "l’Église"


def test_a_line_about_the_table_does_not_end_it():
    titles, _newline, rows = GOOD.partition(b"\n")
    reading = read_official_list(titles + b"\nSource : ANCT" + b"," * 23 + b"\n" + rows)
    assert len(reading.rows) == len(read_official_list(GOOD).rows)
    assert len(reading.left_out) == 1


@pytest.mark.parametrize(
    ("cell", "code"), [("2a004", "2A004"), ("2b033", "2B033"), ("158.0", "158"), ("a2a004", "a2a004")]
)
def test_a_code_is_read_as_it_was_before_a_spreadsheet_had_it(cell, code):
    assert plain_code(cell) == code


@pytest.mark.parametrize("data", [GOOD.decode().encode("utf-16"), GOOD.decode().encode("utf-16-le"), b"PK\x03\x04x"])
def test_other_files_are_refused_with_a_sentence(data):
    with pytest.raises(BrokenFile):
        read_official_list(data)


def test_a_dash_in_front_of_a_remark_is_no_formula():
    rows = [row | ({"commentaire": "-Accès par la cour"} if row["id_fs"] == OURS else {}) for row in ROWS]
    assert read_official_list(as_csv(rows)).left_out == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cells", "field", "is_ticked"),
    [
        ({"adresse": "12 rue de l\ufffdglise"}, "address", False),
        ({"adresse": "#NOM?"}, "address", False),
        ({"adresse": "NULL"}, "address", False),
        ({"telephone": "NC"}, "phone", False),
        ({"id_fs": "158.0", "telephone": "04 75 00 00 01"}, "phone", True),
        ({"insee_com": "26116.0", "telephone": "04 75 00 00 01"}, "phone", True),
    ],
)
def test_what_is_lost_is_never_proposed(listed, kept_list, cells, field, is_ticked):
    found = next(
        each
        for each in compare(kept_list(edited(OURS, **cells), NEXT_DAY)).entries
        if each.site and each.official_id == OURS
    )
    assert found.problems == []
    (difference,) = [each for each in found.differences if each.field == field]
    assert difference.is_ticked is is_ticked
