"""Cells and rows as lists really bring them, each with what becomes of it."""

import csv
import io
import unicodedata
from datetime import date, time

import pytest
from django.core.management import call_command

from labels.models import Wave
from sites.models import Site
from sites.staff.official_list import values
from sites.staff.official_list.applying import apply
from sites.staff.official_list.comparison import compare
from sites.staff.official_list.reading import read_official_list
from tests.sites.staff.official_list.files import EXTRACT, NEXT_DAY, as_csv, edited, only_changed, records

pytestmark = pytest.mark.one_database

NEW = "2748"  # Vizille: in the list, not yet in the directory of the releases
OURS = "158"  # Donzère
GOOD = EXTRACT.read_bytes()


def entry(kept_list, official_id, data, day=NEXT_DAY):
    return next(each for each in compare(kept_list(data, day)).entries if each.official_id == official_id)


def difference(entry, field):
    return next((each for each in entry.differences if each.field == field), None)


# The label


@pytest.mark.parametrize("day", ["15/01/2210", "15/01/2002", "30/06/2019", "05/11/2024"])
def test_a_date_outside_the_life_of_the_label_is_doubted(listed, kept_list, day):
    found = entry(kept_list, NEW, only_changed(NEW, labellisation_fs=f"Espace labellisé {day}"))
    creation = difference(found, "site")
    assert not creation.is_ticked
    assert any(text.startswith("Label du ") for text in creation.doubts)
    apply(kept_list(only_changed(NEW, labellisation_fs=f"Espace labellisé {day}"), NEXT_DAY), keys=None)
    assert not Site.objects.filter(official_id=NEW).exists()


@pytest.mark.parametrize("day", ["01/07/2019", "04/11/2024"])
def test_the_first_and_the_last_day_of_the_label_are_not(listed, kept_list, day):
    found = entry(kept_list, NEW, only_changed(NEW, labellisation_fs=f"Espace labellisé {day}"))
    assert difference(found, "site").is_ticked


@pytest.mark.parametrize(
    "text",
    [
        "Espace délabellisé 15/01/2021",
        "Labellisation retirée 15/01/2021",
        "Retrait du label 15/01/2021",
        "Espace de\u0301labellise\u0301 15/01/2021",
        "Label suspendu 15/01/2021",
        "N’est plus labellisé 15/01/2021",
    ],
)
def test_a_label_that_is_gone_makes_no_site(listed, kept_list, text):
    found = entry(kept_list, NEW, only_changed(NEW, labellisation_fs=text))
    assert found.new_site is None
    assert found.differences == []
    assert found.problems[0].startswith("N’est plus labellisé")
    ours = entry(kept_list, OURS, edited(OURS, labellisation_fs=text))
    assert any(problem.startswith("N’est plus labellisé") for problem in ours.problems)


def test_what_stands_behind_the_date_is_a_doubt(listed, kept_list):
    text = "Espace labellisé 15/01/2021 - fermé le 01/06/2023"
    creation = difference(entry(kept_list, NEW, only_changed(NEW, labellisation_fs=text)), "site")
    assert creation.new.value.wave.effective_on == date(2021, 1, 15)
    assert "Après la date du label, la liste écrit : « fermé le 01/06/2023 »." in creation.doubts
    assert not creation.is_ticked
    ours = entry(kept_list, OURS, edited(OURS, labellisation_fs="Espace labellisé 01/01/2020 - fermé le 01/06/2023"))
    assert any("fermé le 01/06/2023" in problem for problem in ours.problems)


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "  ", "\t"])
def test_any_space_may_stand_before_the_date(space):
    assert values.label(f"Espace labellisé{space}15/01/2021").since == date(2021, 1, 15)


# One row that cannot be


def test_a_row_that_the_models_refuse_is_reported_and_the_others_are_taken(listed, kept_list, tmp_path, capsys):
    moved = edited(OURS, telephone="04 75 00 00 01", insee_com="38562", lib_com="Vizille", code_postal="38220")
    outcome = apply(kept_list(moved, NEXT_DAY), None)  # its point and its address stay in Donzère
    (refusal,) = outcome.refused
    assert refusal.startswith("Ligne ") and "Ce point est à" in refusal
    assert Site.objects.get(official_id=OURS).phone != "04 75 00 00 01"
    assert len(outcome.created) == 38
    path = tmp_path / "liste-fs-20241105.csv"
    broken = as_csv([row | ({"id_fs": "a b"} if row["id_fs"] == NEW else {}) for row in records()])
    path.write_bytes(broken)
    call_command("import_official_list", path, "--apply")
    said = capsys.readouterr().out
    assert "Laissée de côté : Ligne" in said
    assert "colonne id_fs : « a b » n’est pas un identifiant." in said


def table(change):
    """The extract with its cells changed by a function of the whole table."""
    rows = list(csv.reader(io.StringIO(GOOD.decode())))
    stream = io.StringIO()
    csv.writer(stream).writerows(change(rows))
    return stream.getvalue().encode()


@pytest.mark.parametrize(
    "data",
    [
        table(lambda rows: [*rows, [""] * 24]),
        table(lambda rows: [rows[0], [" "] * 24, *rows[1:], [""]]),
        table(lambda rows: [*rows[:5], [], ["", ""], *rows[5:], [""] * 30]),
        table(lambda rows: [[*row, ""] for row in rows]),
        table(lambda rows: [[*rows[0], "", ""], *rows[1:]]),
        table(lambda rows: [rows[0], *([*row, "", ""] for row in rows[1:])]),
        b"sep=,\n" + GOOD,
        b"\xef\xbb\xbfsep=,\r\n" + GOOD,
        unicodedata.normalize("NFD", GOOD.decode()).encode(),
    ],
)
def test_what_spreadsheets_add_is_ignored(data):
    reading, whole = read_official_list(data), read_official_list(GOOD)
    assert [row.cells for row in reading.rows] == [row.cells for row in whole.rows]
    assert reading.left_out == []


def test_a_sep_line_of_another_delimiter_is_said(db):
    from pimms_directory.base.spreadsheets import BrokenFile

    with pytest.raises(BrokenFile, match="Ligne 2 : les colonnes sont séparées par « ; »"):
        read_official_list(b"sep=;\n" + GOOD.replace(b'","', b'";"').replace(b",", b";"))


# Kinds, hours, telephones, mail


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (unicodedata.normalize("NFD", "Bus_équivalent"), "mobile"),
        ("Bus équivalent", "mobile"),
        ("Bus_equivalent", "mobile"),
        ("BUS ÉQUIVALENT", "mobile"),
        ("Fixe antenne(s)", "fixed"),
        (" fixe\u00a0", "fixed"),
        ("Itinerante", "multisite"),
        ("Guichet", None),
    ],
)
def test_kinds_in_other_spellings(text, kind):
    assert values.kind(text) == kind


MORNING, AFTERNOON = (time(9), time(12)), (time(14), time(17))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9h-12h\n14h-17h", (MORNING, AFTERNOON)),
        ("9h-12h\r\n14h-17h", (MORNING, AFTERNOON)),
        ("8h30 \u2212 12h30", ((time(8, 30), time(12, 30)),)),
        ("09:00 - 12:00 /", (MORNING,)),
        ("09:00 - 12:00 / 14:00 - 17:00 / ", (MORNING, AFTERNOON)),
        ("/ 09:00 - 12:00", (MORNING,)),
        ("09:00\u00a0-\u202f12:00", (MORNING,)),
        ("/", ()),
    ],
)
def test_hours_with_breaks_signs_and_ends(text, hours):
    assert values.day(text).value == hours


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+262 262 40 00 00", "0262 40 00 00"),
        ("+590 590 81 00 00", "0590 81 00 00"),
        ("0262 40 00 00", "0262 40 00 00"),
        ("02 62 40 00 00", "0262 40 00 00"),
        ("+596596700000", "0596 70 00 00"),
        ("+508 41 12 34", "05 08 41 12 34"),
        ("0299320258", "02 99 32 02 58"),
        ("02.99.32.02.58", "02 99 32 02 58"),
        ("+33 2 99 32 02 58", "02 99 32 02 58"),
        ("+33 (0)2 99 32 02 58", "02 99 32 02 58"),
        ("02\u00a099\u202f32\u00a002\u00a058", "02 99 32 02 58"),
        ("02-99-32-02-58", "02 99 32 02 58"),
    ],
)
def test_telephones_in_any_spelling(text, shown):
    value = values.phone(text)
    assert (value.value, value.text, value.doubts) == (shown, shown, ())


def test_capital_letters_of_a_mail_address_are_no_difference(listed, kept_list):
    before = compare(kept_list(GOOD))
    rows = [row | {"mail": row["mail"].upper()} for row in records()]
    after = compare(kept_list(as_csv(rows)))
    assert [each.key for each in after.differences] == [each.key for each in before.differences]


# Communes


@pytest.mark.parametrize("name", ["DONZERE CEDEX", "Donzère (26)", "Donzere cedex 2", "donzère 26290", "Donzzère"])
def test_the_insee_code_decides_however_the_commune_is_written(listed, kept_list, name):
    found = entry(kept_list, OURS, edited(OURS, lib_com=name))
    assert found.problems == []
    assert difference(found, "commune") is None


@pytest.mark.parametrize("name", ["Paris 18", "Paris 18ème", "PARIS CEDEX 18", "Paris"])
def test_the_insee_code_of_an_arrondissement_decides(listed, kept_list, name):
    row = next(row for row in records() if row["insee_com"] == "75118")
    found = entry(kept_list, row["id_fs"], edited(row["id_fs"], lib_com=name))
    assert found.problems == []


def test_the_name_of_another_commune_is_still_a_problem(listed, kept_list):
    found = entry(kept_list, OURS, edited(OURS, lib_com="Vizille"))
    assert "Commune : le code INSEE 26116 est celui de Donzère, pas celui de « Vizille »." in found.problems
    assert not Wave.objects.filter(publication="draft").exists()
