"""How the gazetteer is loaded, and loaded again."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from sites.loading import commune_names, gazetteer
from sites.loading.gazetteer import GazetteerRow
from sites.models import (
    Commune,
    CommuneAlias,
    Department,
    IntercommunalBody,
    OtherNames,
    Postcode,
    Region,
    Site,
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

FOLDER = Path(settings.FIXTURE_DIRS[0])


def load(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("load_directory", "--releases-only", *options, fixtures=folder, stdout=out)
    return out.getvalue()


def refusal(folder: Path, *options: str) -> str:
    with pytest.raises(CommandError) as refused:
        load(folder, *options)
    return str(refused.value)


def snapshot() -> list[tuple]:
    return [
        *Commune.objects.order_by("pk").values_list(),
        *Postcode.objects.order_by("pk").values_list(),
        *CommuneAlias.objects.order_by("pk").values_list(),
        *OtherNames.objects.order_by("pk").values_list(),
        *IntercommunalBody.objects.order_by("pk").values_list(),
    ]


def test_all_of_france_is_loaded_once():
    folder = FOLDER
    assert "records added, 0 differences overwritten, 0 centres of communes renewed, 0 records" in load(folder)
    before = snapshot()
    assert load(folder).startswith("0 records added, 0 differences overwritten")
    assert snapshot() == before
    assert Commune.objects.count() == 35_014
    assert Commune.objects.filter(parent=None).count() == 34_969
    assert Commune.objects.filter(latitude=None, department=None).count() == 94
    assert set(Commune.objects.get(insee_code="69123").arrondissements.values_list("insee_code", flat=True)) == {
        f"6938{number}" for number in range(1, 10)
    }
    assert str(Commune.objects.get(insee_code="98735")) == "Papeete (Polynésie française)"
    assert not Commune.objects.filter(search_name="").exists()
    assert not CommuneAlias.objects.filter(search_name="").exists()
    assert [commune.name for commune in Commune.objects.called("Naoned")] == ["Nantes"]
    assert [commune.name for commune in Commune.objects.called("باريس")] == ["Paris"]
    assert not Commune.objects.called("Nao")
    conques = CommuneAlias.objects.get(search_name="12076")
    assert (conques.commune.insee_code, conques.kind) == ("12218", CommuneAlias.Kind.FORMER_CODE)
    assert CommuneAlias.objects.get(search_name="la duchere").commune.insee_code == "69389"
    plaine_commune = IntercommunalBody.objects.get(search_name="plaine commune")
    assert "93066" in plaine_commune.commune_codes.split()


@pytest.mark.one_database
def test_a_directory_from_before_the_gazetteer_is_given_it(directory):
    """Its sites and their communes stay, and what those did not yet say is filled in."""
    Commune.objects.update(parent=None, centre_source="")
    for model in (CommuneAlias, OtherNames, IntercommunalBody):
        model.objects.all().delete()
    sites = list(Site.objects.order_by("pk").values_list("pk", "commune", "phone"))
    out = load(FOLDER, "--if-empty")
    assert "0 differences overwritten" in out
    assert "nothing changed" in load(FOLDER, "--if-empty")
    assert list(Site.objects.order_by("pk").values_list("pk", "commune", "phone")) == sites
    assert Commune.objects.count() == 35_014
    assert Commune.objects.get(insee_code="75112").parent.insee_code == "75056"
    assert load(FOLDER).startswith("0 records added, 0 differences overwritten")


@pytest.fixture
def folder(directory, cut_fixtures) -> Path:
    """What ``directory`` was loaded from."""
    return cut_fixtures


def test_an_edited_commune_is_listed_kept_and_overwritten_on_demand(folder):
    Commune.objects.filter(insee_code="21054").update(name="Beaune-la-Belle", latitude=None, longitude=None)
    commune = Commune.objects.get(insee_code="75112")
    commune.department, commune.collectivity, commune.parent = None, "Bercy", None
    commune.save()
    before = snapshot()
    message = refusal(folder)
    for difference in (
        "directory.Commune 75112: department is '' in the database, '75' in the fixtures",
        "directory.Commune 75112: collectivity is 'Bercy' in the database, '' in the fixtures",
        "directory.Commune 75112: parent is '' in the database, '75056' in the fixtures",
    ):
        assert difference in message
    assert snapshot() == before
    load(folder, "--overwrite")
    commune.refresh_from_db()
    assert (commune.department.code, commune.collectivity, commune.parent.insee_code) == ("75", "", "75056")
    assert load(folder).startswith("0 records added, 0 differences")


@pytest.mark.one_database
def test_deleted_postcodes_and_former_names_count_as_edits(folder):
    Postcode.objects.filter(code="75012").delete()
    CommuneAlias.objects.filter(name="Rochetaillée").delete()
    message = refusal(folder)
    assert "directory.Postcode 75012/75112: not in the database" in message
    assert "directory.CommuneAlias 42218/Rochetaillée: not in the database" in message
    load(folder, "--overwrite")
    assert CommuneAlias.objects.get(name="Rochetaillée").search_name == "rochetaillee"
    assert Postcode.objects.filter(code="75012").count() == 2


@pytest.mark.one_database
def test_deleted_quarters_count_as_edits(folder):
    CommuneAlias.objects.filter(name="Pontanézen").delete()
    assert "directory.CommuneAlias 29019/Pontanézen: not in the database" in refusal(folder)
    load(folder, "--overwrite")
    assert CommuneAlias.objects.get(name="Pontanézen").kind == CommuneAlias.Kind.QUARTER
    assert load(folder).startswith("0 records added, 0 differences")


def test_other_names_and_bodies_become_those_of_the_files(folder):
    """Nobody edits them."""
    OtherNames.objects.filter(commune__insee_code="29019").update(names="Brest la Blanche", search_names="stale")
    OtherNames.objects.exclude(commune__insee_code="29019").first().delete()
    IntercommunalBody.objects.filter(code="200057867").update(name="La Plaine", search_name="stale")
    IntercommunalBody.objects.create(code="999999999", name="CC de Nulle Part", commune_codes="29019")
    load(folder)
    assert [commune.name for commune in Commune.objects.called("Brestia")] == ["Brest"]
    assert IntercommunalBody.objects.get(code="200057867").search_name == "plaine commune"
    assert not IntercommunalBody.objects.filter(code="999999999").exists()
    assert load(folder).startswith("0 records added, 0 differences")


@pytest.mark.one_database
def test_names_of_a_kind_that_the_database_never_had_are_filled_in(folder):
    """Also beside one that staff entered: names elsewhere, which nobody edits, tell whether they were loaded."""
    CommuneAlias.objects.exclude(name="Vaugirard").exclude(kind=CommuneAlias.Kind.FORMER_NAME).delete()
    OtherNames.objects.all().delete()
    assert "0 differences overwritten" in load(folder)
    assert CommuneAlias.objects.filter(name="Vaise").exists()


@pytest.mark.one_database
def test_what_staff_added_stays(folder):
    commune = Commune.objects.get(insee_code="42218")
    commune.aliases.create(name="Sainté")
    commune.postcodes.create(code="42999")
    Commune.objects.create(insee_code="99999", name="Ailleurs", department=commune.department)
    before = snapshot()
    for options in ((), ("--overwrite",)):
        assert load(folder, *options).startswith("0 records added, 0 differences")
        assert snapshot() == before


@pytest.mark.one_database
def test_search_names_follow_without_being_differences(folder):
    """They are made by rules that change with the code."""
    Commune.objects.update(search_name="stale")
    CommuneAlias.objects.update(search_name="stale")
    OtherNames.objects.update(search_names="stale")
    IntercommunalBody.objects.update(search_name="stale")
    assert load(folder).startswith("0 records added, 0 differences")
    assert not Commune.objects.filter(search_name="stale").exists()
    assert not CommuneAlias.objects.filter(search_name="stale").exists()
    assert not OtherNames.objects.filter(search_names="stale").exists()
    assert not IntercommunalBody.objects.filter(search_name="stale").exists()


def copy_companions(folder: Path, copy: Path) -> None:
    """The files that are loaded before the gazetteer and with it."""
    for name in ("regions.jsonl", "departments.jsonl", commune_names.INTERCOMMUNAL_BODIES):
        (copy / name).write_bytes((folder / name).read_bytes())
    (copy / commune_names.OTHER_NAMES).write_text("insee_code,names\n", encoding="utf-8")
    (copy / commune_names.QUARTERS).write_text("insee_code,name,source\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ("01001,Ici,01,,,12", "line 2: 6 cells instead of 12"),
        ("01001,Ici,01,,,douze,46.1,4.9,01400,,,", "line 2: invalid literal for int"),
        ("01001,Ici,01,,,12,46.1,4.9,01400,,,\n01001,Là,01,,,12,46.1,4.9,01400,,,", "01001 stands twice"),
        ("01001,Ici,999,,,12,46.1,4.9,01400,,,", "01001 names no department by 999"),
        ("01001,Ici,01,,75056,12,46.1,4.9,01400,,,", "01001 names no commune by 75056"),
        ("01001,Ici,01,,,12,46.1,,01400,,,", "commune_centre_is_whole"),
        ("01001,Ici,,,,12,46.1,4.9,01400,,,", "commune_in_department_or_collectivity"),
    ],
)
@pytest.mark.one_database
def test_a_broken_file_is_named_and_changes_nothing(folder, tmp_path, cells, complaint):
    copy_companions(folder, tmp_path)
    (tmp_path / gazetteer.FILE_NAME).write_text(f"{','.join(GazetteerRow._fields)}\n{cells}\n", encoding="utf-8")
    before = snapshot()
    assert complaint in refusal(tmp_path, "--overwrite")
    assert snapshot() == before


@pytest.mark.one_database
def test_a_name_of_no_commune_is_refused(folder, tmp_path):
    copy_companions(folder, tmp_path)
    (tmp_path / gazetteer.FILE_NAME).write_bytes((folder / gazetteer.FILE_NAME).read_bytes())
    (tmp_path / commune_names.QUARTERS).write_text("insee_code,name,source\n99999,Nullepart,\n", encoding="utf-8")
    assert "quarters.csv names no commune by 99999" in refusal(tmp_path)


@pytest.mark.one_database
def test_a_file_with_other_columns_is_refused(folder, tmp_path):
    copy_companions(folder, tmp_path)
    for content in ("", "insee,nom\n"):
        (tmp_path / gazetteer.FILE_NAME).write_text(content, encoding="utf-8")
        assert "the columns are not insee_code, name" in refusal(tmp_path)


def test_all_of_france_for_tests(gazetteer):
    """What other tests lean on: the rest of France beside ``directory``, and room for records of their own."""
    assert Commune.objects.count() == 35_014
    assert CommuneAlias.objects.count() == 2_591 + 1_992 + 147
    assert (OtherNames.objects.count(), IntercommunalBody.objects.count()) == (8_605, 1_266)
    assert Postcode.objects.count() == 35_539
    assert (Region.objects.count(), Department.objects.count()) == (18, 101)
    Commune.objects.create(insee_code="99999", name="Ailleurs", department=Department.objects.first())
    connection.check_constraints()
