"""All communes of France: what is in their file, and how it is loaded."""

import math
import re
from collections import Counter, defaultdict
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from pimms_directory.base.folding import fold
from sites.loading import gazetteer
from sites.loading.gazetteer import GazetteerRow
from sites.models import Commune, CommuneAlias, Department, Postcode, Region, Site
from tests.builders.gazetteer import LARGER_COMMUNES, SETTLEMENTS

pytestmark = pytest.mark.slow

FILE = Path(settings.FIXTURE_DIRS[0]) / gazetteer.FILE_NAME
# South, north, west and east, with some kilometres to spare.
MAINLAND_AND_CORSICA = (41.3, 51.2, -5.2, 9.7)
OVERSEAS = {
    "971": (15.8, 16.6, -61.9, -61.0),
    "972": (14.3, 14.9, -61.3, -60.8),
    "973": (2.1, 5.8, -54.7, -51.6),
    "974": (-21.4, -20.8, 55.2, 55.9),
    "976": (-13.1, -12.6, 45.0, 45.4),
}


def kilometres(one: GazetteerRow, other: tuple[float, float]) -> float:
    latitude, longitude = math.radians(one.latitude), math.radians(one.longitude)
    other_latitude, other_longitude = map(math.radians, other)
    half_chord = (
        math.sin((latitude - other_latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin((longitude - other_longitude) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(half_chord))


# The file that the project ships.


@pytest.fixture(scope="module")
def rows() -> list[GazetteerRow]:
    return gazetteer.read_rows(FILE)


@pytest.mark.one_database
def test_france_has_34969_communes_and_45_arrondissements(rows):
    assert Counter(row.parent for row in rows) == {"": 34_969, "75056": 20, "13055": 16, "69123": 9}
    assert FILE.stat().st_size < 2_500_000


@pytest.mark.one_database
def test_every_commune_is_in_a_department_or_a_collectivity(rows):
    assert all(bool(row.department) != bool(row.collectivity) for row in rows)
    assert len({row.department for row in rows} - {""}) == 101
    assert Counter(row.collectivity for row in rows if row.collectivity) == {
        "Saint-Pierre-et-Miquelon": 2,
        "Saint-Barthélemy": 1,
        "Saint-Martin": 1,
        "Terres australes et antarctiques françaises": 5,
        "Wallis et Futuna": 3,
        "Polynésie française": 48,
        "Nouvelle-Calédonie": 33,
        "Île de Clipperton": 1,
    }


@pytest.mark.one_database
def test_only_the_94_communes_of_the_collectivities_have_no_centre(rows):
    without = [row for row in rows if row.latitude is None]
    assert len(without) == 94
    assert {row.department for row in without} == {""}


@pytest.mark.one_database
def test_every_centre_lies_in_france_and_near_its_department(rows):
    by_department = defaultdict(list)
    for row in rows:
        if row.department:
            by_department[row.department].append(row)
    for department, communes in by_department.items():
        south, north, west, east = OVERSEAS.get(department, MAINLAND_AND_CORSICA)
        middle = (
            sum(row.latitude for row in communes) / len(communes),
            sum(row.longitude for row in communes) / len(communes),
        )
        farthest = 250 if department == "973" else 115  # Guiana is as large as a mainland region
        for row in communes:
            assert south < row.latitude < north, row
            assert west < row.longitude < east, row
            assert kilometres(row, middle) < farthest, row


@pytest.mark.one_database
def test_61_centres_come_from_elsewhere(rows):
    sources = {row.insee_code: row.centre_source for row in rows if row.centre_source}
    arrondissements = {row.insee_code for row in rows if row.parent}
    assert {code for code, source in sources.items() if source == "GeoNames"} == arrondissements | set(SETTLEMENTS)
    assert {code for code, source in sources.items() if "séparation" in source} == set(LARGER_COMMUNES)
    older_codes = {code for code, source in sources.items() if "ancien code" in source}
    assert older_codes == {"12218", "14581", "49126", "69114"}
    assert len(sources) == 61


@pytest.mark.one_database
def test_texts_and_codes_are_as_the_models_want_them(rows):
    models = {
        "name": Commune._meta.get_field("name"),
        "collectivity": Commune._meta.get_field("collectivity"),
        "centre_source": Commune._meta.get_field("centre_source"),
    }
    for row in rows:
        assert re.fullmatch(r"\d[\dAB]\d{3}", row.insee_code)
        assert all(re.fullmatch(r"\d{5}", code) for code in row.postcodes)
        assert all(len(getattr(row, name)) <= field.max_length for name, field in models.items())
        assert row.name == row.name.strip() != ""
        assert len(set(row.postcodes)) == len(row.postcodes)
        folded = [fold(name) for name in (row.name, *row.former_names)]
        assert len(set(folded)) == len(folded)


@pytest.mark.one_database
def test_spellings_of_insee(rows):
    names = {row.insee_code: row.name for row in rows}
    assert (names["94038"], names["75118"]) == ("L'Haÿ-les-Roses", "Paris 18e Arrondissement")


@pytest.mark.one_database
def test_shared_postcodes_and_cities_are_whole(rows):
    by_code = {row.insee_code: row for row in rows}
    assert sum("38930" in row.postcodes for row in rows) > 1
    # The cities keep their postcodes beside their arrondissements.
    for parent in ("75056", "69123", "13055"):
        of_parts = {code for row in rows if row.parent == parent for code in row.postcodes}
        assert of_parts <= set(by_code[parent].postcodes)
    assert {row.insee_code for row in rows if not row.postcodes} == {f"9841{number}" for number in range(1, 6)}


@pytest.mark.one_database
def test_former_communes_lead_to_the_one_they_became_part_of(rows):
    by_code = {row.insee_code: row for row in rows}
    assert "Liré" in by_code["49126"].former_names
    assert "Saint-Ouen" in by_code["93070"].former_names
    assert sum(len(row.former_names) for row in rows) == 2_591


@pytest.mark.one_database
def test_the_file_is_as_the_builder_writes_it(rows, tmp_path):
    copy = tmp_path / FILE.name
    gazetteer.write_rows(copy, rows)
    assert copy.read_bytes() == FILE.read_bytes()


# Loading.


def load(folder: Path, *options: str) -> str:
    out = StringIO()
    call_command("load_directory", *options, fixtures=folder, stdout=out)
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
    ]


@pytest.mark.django_db
def test_all_of_france_is_loaded_once():
    folder = FILE.parent
    assert "records added, 0 differences overwritten, 0 records unchanged" in load(folder)
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


@pytest.mark.django_db
@pytest.mark.one_database
def test_a_directory_from_before_the_gazetteer_is_given_it(directory):
    """Its sites and their communes stay, and what those did not yet say is filled in."""
    Commune.objects.update(parent=None, centre_source="")
    CommuneAlias.objects.all().delete()
    sites = list(Site.objects.order_by("pk").values_list("pk", "commune", "phone"))
    out = load(FILE.parent, "--if-empty")
    assert "0 differences overwritten" in out
    assert "nothing changed" in load(FILE.parent, "--if-empty")
    assert list(Site.objects.order_by("pk").values_list("pk", "commune", "phone")) == sites
    assert Commune.objects.count() == 35_014
    assert Commune.objects.get(insee_code="75112").parent.insee_code == "75056"
    assert load(FILE.parent).startswith("0 records added, 0 differences overwritten")


@pytest.fixture
def folder(directory, cut_fixtures) -> Path:
    """What ``directory`` was loaded from."""
    return cut_fixtures


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
@pytest.mark.one_database
def test_search_names_follow_without_being_differences(folder):
    """They are made by rules that change with the code."""
    Commune.objects.update(search_name="stale")
    CommuneAlias.objects.update(search_name="stale")
    assert load(folder).startswith("0 records added, 0 differences")
    assert not Commune.objects.filter(search_name="stale").exists()
    assert not CommuneAlias.objects.filter(search_name="stale").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ("01001,Ici,01,,,12", "line 2: 6 cells instead of 11"),
        ("01001,Ici,01,,,douze,46.1,4.9,01400,,", "line 2: invalid literal for int"),
        ("01001,Ici,01,,,12,46.1,4.9,01400,,\n01001,Là,01,,,12,46.1,4.9,01400,,", "01001 stands twice"),
        ("01001,Ici,999,,,12,46.1,4.9,01400,,", "01001 names no department by 999"),
        ("01001,Ici,01,,75056,12,46.1,4.9,01400,,", "01001 names no commune by 75056"),
        ("01001,Ici,01,,,12,46.1,,01400,,", "commune_centre_is_whole"),
        ("01001,Ici,,,,12,46.1,4.9,01400,,", "commune_in_department_or_collectivity"),
    ],
)
@pytest.mark.one_database
def test_a_broken_file_is_named_and_changes_nothing(folder, tmp_path, cells, complaint):
    for name in ("regions.jsonl", "departments.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / gazetteer.FILE_NAME).write_text(f"{','.join(GazetteerRow._fields)}\n{cells}\n", encoding="utf-8")
    before = snapshot()
    assert complaint in refusal(tmp_path, "--overwrite")
    assert snapshot() == before


@pytest.mark.django_db
@pytest.mark.one_database
def test_a_file_with_other_columns_is_refused(folder, tmp_path):
    for name in ("regions.jsonl", "departments.jsonl"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    for content in ("", "insee,nom\n"):
        (tmp_path / gazetteer.FILE_NAME).write_text(content, encoding="utf-8")
        assert "the columns are not insee_code, name" in refusal(tmp_path)


@pytest.mark.django_db
def test_all_of_france_for_tests(gazetteer):
    """What other tests lean on: the rest of France beside ``directory``, and room for records of their own."""
    assert Commune.objects.count() == 35_014
    assert CommuneAlias.objects.count() == 2_591
    assert Postcode.objects.count() == 35_539
    assert (Region.objects.count(), Department.objects.count()) == (18, 101)
    Commune.objects.create(insee_code="99999", name="Ailleurs", department=Department.objects.first())
    connection.check_constraints()
