"""The maps: the projection against PROJ, the outline against the sites, the markers against each other."""

import gzip
import json
import re
from html import unescape
from itertools import combinations, pairwise
from math import hypot
from typing import Any

import pyproj
import pytest
from django.core.management import CommandError, call_command
from django.http import QueryDict

from labels.models import Wave
from pimms_directory.base import env
from pimms_directory.base.memo import reading
from sites.management.commands import build_map
from sites.maps import maps
from sites.maps.projection import FRANCE, lambert93, project, unproject
from sites.models import Department, Region, Site
from tests.factories import CommuneFactory, DepartmentFactory, RegionFactory, SiteFactory

# How far the outline may stand from the truth: a desk lies in its department, or at most so many units of 100 m
# outside. The contours that the outline is made from are a simplification already; Jœuf and Antony, both beside a
# border, lie a few hundred metres outside of them.
TOLERANCE = 10

PLACES = [(latitude, longitude) for latitude in range(41, 52) for longitude in range(-6, 11)]


@pytest.mark.parametrize(("latitude", "longitude"), PLACES)
def test_projection_agrees_with_proj_within_a_metre(latitude, longitude):
    reference = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True).transform(longitude, latitude)
    assert lambert93(latitude, longitude) == pytest.approx(reference, abs=1)


@pytest.mark.parametrize(("latitude", "longitude"), PLACES)
def test_projection_has_a_way_back(latitude, longitude):
    assert unproject(*project(latitude, longitude)) == pytest.approx((latitude, longitude), abs=1e-9)


# The outline


@pytest.fixture(scope="module")
def outline() -> dict[str, list[list[tuple[int, int]]]]:
    """The corners of ``static/france.svg`` by department, ring by ring."""
    text = build_map.OUTLINE.read_text(encoding="utf-8")
    return {code: list(rings(shape)) for code, shape in re.findall(r'id="d(\w+)"[^>]* d="([^"]+)"', text)}


def rings(shape: str):
    for ring in shape.split("z")[:-1]:
        x, y, *steps = map(int, re.findall(r"-?\d+", ring))
        points = [(x, y)]
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        yield [*points, points[0]]


def holds(shape, x: float, y: float) -> bool:
    crossed = 0
    for ring in shape:
        for (x1, y1), (x2, y2) in pairwise(ring):
            crossed += (y1 > y) != (y2 > y) and x < x1 + (x2 - x1) * (y - y1) / (y2 - y1)
    return crossed % 2 == 1


def distance(shape, x: float, y: float) -> float:
    def to_edge(x1, y1, x2, y2):
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        share = max(0, min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length))
        return hypot(x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1))

    return min(to_edge(*one, *other) for ring in shape for one, other in pairwise(ring))


def test_outline_has_every_metropolitan_department_and_its_frame(outline):
    fixture = (build_map.settings.FIXTURE_DIRS[0] / "departments.jsonl").read_text(encoding="utf-8").splitlines()
    codes = {json.loads(line)["fields"]["code"] for line in fixture}
    assert set(outline) == set(maps.frames()) == {code for code in codes if not code.startswith(maps.OVERSEAS)}
    for code, frame in maps.frames().items():
        columns, rows = zip(*(point for ring in outline[code] for point in ring), strict=True)
        assert frame.box == (min(columns), min(rows), max(columns), max(rows))
        assert holds(outline[code], *frame.centre), f"the marker of {code} stands elsewhere"
        assert project(*frame.degrees) == pytest.approx(frame.centre, abs=2)
        assert frame.box[0] >= 0 and frame.box[1] >= 0 and frame.box[2] <= FRANCE[2] and frame.box[3] <= FRANCE[3]


def test_outline_weighs_less_than_25_kb_compressed():
    assert len(gzip.compress(build_map.OUTLINE.read_bytes())) < 25_000


def test_outline_names_its_source_and_brings_no_colour_of_its_own():
    text = build_map.OUTLINE.read_text(encoding="utf-8")
    assert "IGN, Admin Express COG 2018, Licence Ouverte" in text
    assert not re.search(r"fill|stroke=|style", text)


def test_neighbours_share_their_border(outline):
    """An edge belongs to one department (a coast, a foreign border) or to two, never to more."""
    edges: dict[frozenset, int] = {}
    for shape in outline.values():
        for ring in shape:
            for edge in pairwise(ring):
                edges[frozenset(edge)] = edges.get(frozenset(edge), 0) + 1
    assert set(edges.values()) == {1, 2}
    assert sum(count == 2 for count in edges.values()) > len(edges) / 2


def test_every_desk_falls_in_its_department(directory, outline):
    desks = Site.objects.placed().select_related("department", "commune")
    assert len(desks) == 49
    for desk in desks:
        x, y = project(desk.position.latitude, desk.position.longitude)
        shape = outline[desk.department.code]
        assert holds(shape, x, y) or distance(shape, x, y) <= TOLERANCE, desk


# The build command


@pytest.fixture
def two_departments(tmp_path, monkeypatch):
    """Two squares with a ragged border between them; the outline goes to a folder of its own."""
    ragged = [[3 + 0.0001 * (step % 2), 47 - step / 100] for step in range(101)]
    west = [[2, 47], *ragged, [2, 46], [2, 47]]
    east = [[4, 47], [4, 46], *ragged[::-1], [4, 47]]
    features = [
        {"properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for code, ring in (("02", east), ("01", west))
    ]
    source = tmp_path / "departments.geojson"
    source.write_text(json.dumps({"features": features}))
    monkeypatch.setattr(build_map, "OUTLINE", tmp_path / "france.svg")
    monkeypatch.setattr(build_map, "FRAMES", tmp_path / "frames.json")
    return source


def test_build_simplifies_a_shared_border_once(two_departments):
    call_command("build_map", two_departments, verbosity=0)
    shapes = re.findall(r'id="d(\w+)"[^>]* d="([^"]+)"', build_map.OUTLINE.read_text())
    (west,), (east,) = (list(rings(shape)) for _code, shape in shapes)
    assert [code for code, _shape in shapes] == ["01", "02"]
    assert len(west) == len(east) == 5  # the ragged border has become a line
    assert len({frozenset(edge) for edge in pairwise(west)} & {frozenset(edge) for edge in pairwise(east)}) == 1
    assert set(json.loads(build_map.FRAMES.read_text())) == {"01", "02"}


def test_build_gives_the_same_files_each_time(two_departments):
    built = []
    for _run in range(2):
        call_command("build_map", two_departments, verbosity=0)
        built.append((build_map.OUTLINE.read_bytes(), build_map.FRAMES.read_bytes()))
    assert built[0] == built[1]


def test_build_names_a_file_it_cannot_read(tmp_path, two_departments):
    bad = tmp_path / "bad.geojson"
    bad.write_text('{"features": [{}]}')
    with pytest.raises(CommandError, match="is not a GeoJSON of departments"):
        call_command("build_map", bad)
    assert not build_map.OUTLINE.exists()


# The maps of the directory


def every_map():
    yield "France", maps.department_map()
    for wave in Wave.objects.all():
        yield wave.code, maps.wave_map(wave, wave.sites.listed().departments, Wave.objects.all())
    for region in Region.objects.prefetch_related("departments"):
        sites = list(Site.objects.with_place().filter(department__region=region))
        yield region.name, maps.site_map(sites, list(region.departments.all()))
        for department in region.departments.all():
            own = [site for site in sites if site.department == department]
            yield department.name, maps.site_map(own, [department])


def test_no_marker_covers_another_or_leaves_the_picture(directory):
    seen = 0
    for name, page_map in every_map():
        for one, other in combinations(page_map.markers if page_map else (), 2):
            assert hypot(one.x - other.x, one.y - other.y) / one.scale >= maps.TARGET, (name, one, other)
        for marker in page_map.markers if page_map else ():
            left, top, width, height = page_map.view
            assert left <= marker.x <= left + width and top <= marker.y <= top + height, (name, marker)
            seen += 1
    assert seen > 100


def test_map_of_france_counts_every_site_and_links_to_departments(directory):
    page_map = maps.department_map()
    assert sum(marker.count for marker in page_map.markers) == 53
    labels = {marker.label: marker.url for marker in page_map.markers}
    assert labels["Isère : 3 PIMMS"] == "/departements/38-isere/"
    assert labels["Île-de-France : 14 PIMMS"] == "/regions/ile-de-france/"
    assert list(labels) == sorted(labels)
    assert [department.name for department in page_map.beyond][:2] == ["Guadeloupe", "Guyane"]
    assert page_map.beyond_count == 0
    assert len(page_map.points) == 49


def test_markers_of_a_filtered_list_keep_its_filters(directory):
    query = QueryDict("jour=lundi&page=2&departement=75")
    page_map = maps.department_map({"38": 2, "69": 0, "99": 4, "974": 1}, query, [])
    assert [(marker.label, marker.url) for marker in page_map.markers] == [
        ("Isère : 2 PIMMS", "/pimms/?jour=lundi&departement=38")
    ]
    assert [department.name for department in page_map.beyond] == ["La Réunion"]


def test_one_department_of_ile_de_france_stands_for_itself(directory):
    (marker,) = maps.department_map({"75": 6}, QueryDict("departement=75"), []).markers
    assert (marker.label, marker.url) == ("Paris : 6 PIMMS", "/pimms/?departement=75")


def test_many_departments_are_counted_by_region(directory):
    counts = dict.fromkeys(maps.frames(), 1000)
    page_map = maps.department_map(counts, QueryDict("jour=lundi"), [])
    assert len(page_map.markers) == 13
    assert sum(marker.count for marker in page_map.markers) == 96_000
    bretagne = next(marker for marker in page_map.markers if marker.label.startswith("Bretagne"))
    assert (bretagne.label, bretagne.url) == ("Bretagne : 4\u202f000 PIMMS", "/pimms/?jour=lundi&region=bretagne")


def test_map_of_a_department_shows_each_desk_and_names_what_has_no_point(directory):
    department = Department.objects.get(code="62")
    sites = list(department.sites.with_place())
    page_map = maps.site_map(sites, [department])
    assert [marker.kind for marker in page_map.markers] == ["site"] * 3
    assert {marker.url for marker in page_map.markers} < {site.get_absolute_url() for site in sites}
    assert [site.kind for site in page_map.unplaced] == [Site.Kind.MOBILE]
    assert page_map.shaded == ("62",)


def test_map_of_a_region_joins_what_it_cannot_keep_apart(directory):
    region = Region.objects.get(slug="auvergne-rhone-alpes")
    sites = list(Site.objects.with_place().filter(department__region=region))
    page_map = maps.site_map(sites, list(region.departments.all()))
    lyon = next(marker for marker in page_map.markers if marker.count == 9)
    assert (lyon.label, lyon.url, lyon.town) == ("Autour de Lyon : 9 PIMMS", "/departements/69-rhone/", "Lyon")
    assert sum(marker.count for marker in page_map.markers) == 16


def test_a_crowded_department_is_grouped(db):
    department = DepartmentFactory(code="38")
    for number in range(maps.MOST_MARKERS + 1):
        commune = CommuneFactory(department=department, latitude=45.2 + number % 3 / 100, longitude=5.7)
        SiteFactory(commune=commune)
    page_map = maps.site_map(list(Site.objects.with_place()), [department])
    assert sum(marker.count for marker in page_map.markers) == maps.MOST_MARKERS + 1
    assert len(page_map.markers) < maps.MOST_MARKERS
    assert page_map.markers[0].url == "/pimms/?departement=38"


def test_desks_at_one_address_stand_apart(db):
    department = DepartmentFactory(code="38")
    commune = CommuneFactory(department=department, latitude=45.2, longitude=5.7)
    sites = [SiteFactory(commune=commune) for _each in range(3)]
    page_map = maps.site_map(sites, [department])
    for one, other in combinations(page_map.markers, 2):
        assert hypot(one.x - other.x, one.y - other.y) / one.scale >= maps.TARGET


def test_there_is_no_map_beyond_the_sea(db):
    assert maps.site_map([], [DepartmentFactory(code="974")]) is None


def test_wave_has_its_colour_and_shows_where_others_were(directory):
    wave = Wave.objects.get(code="2020-09")
    page_map = maps.wave_map(wave, wave.sites.listed().departments, Wave.objects.all())
    ours = [marker for marker in page_map.markers if marker.kind == "wave-3"]
    assert sum(marker.count for marker in ours) == 13
    assert all("vague=2020-09" in marker.url for marker in ours)
    assert {marker.kind for marker in page_map.markers} == {"wave-3", "other"}
    assert [key.kind for key in page_map.legend] == ["wave-3", "other"]


def test_too_many_sites_for_a_page_become_departments_on_the_detailed_map(db, monkeypatch):
    monkeypatch.setattr(maps, "MOST_POINTS", 1)
    region = RegionFactory()
    for code in ("38", "42"):
        department = DepartmentFactory(code=code, region=region)
        SiteFactory(department=department)
    points = maps.department_map().points
    assert [point[:2] for point in points] == [maps.frames()[code].degrees for code in ("38", "42")]
    assert {point[3] for point in points} == {"1 PIMMS"}


# The background of the detailed map

PATTERN = "https://tiles.example:8443/{z}/{x}/{y}.png"


def image_sources(response) -> str:
    return re.search(r"img-src ([^;]*)", response.headers["Content-Security-Policy"]).group(1)


def test_only_pages_with_a_detailed_map_admit_its_host(client, directory, settings):
    settings.MAP_TILES = {"url": PATTERN, "attribution": "© X", "host": "tiles.example:8443"}
    for address in ("/", "/regions/bretagne/", "/departements/75-paris/", "/labels/2020-09/"):
        assert image_sources(client.get(address)) == "'self' https://tiles.example:8443", address
    for address in ("/regions/", "/regions/normandie/", "/departements/974-la-reunion/", "/a-propos/", "/rien/"):
        assert image_sources(client.get(address)) == "'self'", address


def test_without_a_background_there_is_no_detailed_map(client, directory, settings):
    settings.MAP_TILES = {}
    response = client.get("/")
    assert image_sources(response) == "'self'"
    assert b"carte-points" not in response.content
    assert b"map.js" not in response.content


@pytest.mark.parametrize("value", ["", "tiles.example/{z}/{x}/{y}", "https://x/{z}/{x}", "https://x;y/{z}/{x}/{y}"])
def test_background_setting_must_be_an_address_pattern(monkeypatch, value):
    monkeypatch.setenv("MAP_TILES_URL", value)
    if not value:
        assert env.map_tiles("MAP_TILES_URL", PATTERN, attribution="")["url"] == PATTERN
        return
    with pytest.raises(env.ImproperlyConfigured, match="MAP_TILES_URL is"):
        env.map_tiles("MAP_TILES_URL", PATTERN, attribution="")


def test_background_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("MAP_TILES_URL", "none")
    assert env.map_tiles("MAP_TILES_URL", PATTERN, attribution="") == {}


def test_background_may_have_several_hosts(settings):
    settings.MAP_TILES = {"url": "https://{s}.tiles.example/{z}/{x}/{y}", "attribution": "", "host": ""}
    assert maps.tile_source() == "https://*.tiles.example"


# The tag of the list


def list_map_of(rf, address: str) -> dict[str, Any]:
    from django.template import RequestContext

    from sites.search.filters import SiteFilter
    from sites.templatetags.maps import list_map

    request = rf.get(address)
    list_filter = SiteFilter(request.GET, queryset=Site.objects.labelled().with_place(), request=request)
    return list_map(RequestContext(request), list_filter, list(list_filter.qs[:20]))


def links_of(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """The titles and addresses of the markers."""
    found = re.findall(r'<a class="[^"]*" href="([^"]*)"[^>]*><title>([^<]*)</title>', shown["drawn"].picture)
    return [(title, unescape(address)) for address, title in found]


def test_list_has_the_map_of_its_filters(rf, directory):
    shown = list_map_of(rf, "/pimms/?region=bretagne&vague=2020-01&page=2")
    assert links_of(shown) == [
        ("Finistère : 3 PIMMS", "/pimms/?vague=2020-01&departement=29"),
        ("Ille-et-Vilaine : 2 PIMMS", "/pimms/?vague=2020-01&departement=35"),
    ]
    assert shown["drawn"].map.beyond == ()


def test_lists_with_the_same_counts_have_the_links_of_their_own_filters(rf, directory):
    with reading():
        one = links_of(list_map_of(rf, "/pimms/?departement=29&jour=lundi"))
        other = links_of(list_map_of(rf, "/pimms/?departement=29&q=<pimms>"))
        alone = links_of(list_map_of(rf, "/pimms/?departement=29"))
    assert one == [("Finistère : 3 PIMMS", "/pimms/?jour=lundi&departement=29")]
    assert other == [("Finistère : 3 PIMMS", "/pimms/?q=%3Cpimms%3E&departement=29")]
    assert alone == [("Finistère : 3 PIMMS", "/pimms/?departement=29")]


def test_the_whole_list_leads_to_the_pages_of_departments(rf, directory):
    assert ("Finistère : 3 PIMMS", "/departements/29-finistere/") in links_of(list_map_of(rf, "/pimms/"))


def test_the_detailed_map_shows_the_sites_of_the_page(rf, directory):
    shown = list_map_of(rf, "/pimms/?region=bretagne")
    assert len(shown["points"]) == 4  # one of the five is a bus
    assert shown["tiles"]


def test_list_of_a_department_shows_it_alone(rf, directory):
    assert [title for title, _address in links_of(list_map_of(rf, "/pimms/?departement=69"))] == ["Rhône : 9 PIMMS"]


def test_empty_list_has_an_empty_map(rf, directory):
    shown = list_map_of(rf, "/pimms/?region=bretagne&jour=samedi")
    assert links_of(shown) == []
    assert not shown["points"]
    assert shown["tiles"] is None


# Where the point of one record lies


def test_a_spot_says_how_far_the_point_is_from_the_centre_of_the_commune(db):
    department = DepartmentFactory(code="41", name="Loir-et-Cher")
    commune = CommuneFactory(department=department, latitude=47.5, longitude=1.3)
    spot = maps.spot(SiteFactory(department=department, commune=commune, latitude=47.6, longitude=1.3))
    assert spot.kilometres == pytest.approx(11.1, abs=0.1)
    _whole, around = spot.pictures
    left, top, width, height = around.view
    for x, y in (spot.point, spot.centre):
        assert left < x < left + width and top < y < top + height, "both stand on the picture"


def test_a_spot_without_outline_or_point_says_what_it_can(db):
    overseas = DepartmentFactory(code="974", name="La Réunion")
    commune = CommuneFactory(department=overseas, latitude=-21.1, longitude=55.5)
    spot = maps.spot(SiteFactory(department=overseas, commune=commune, latitude=-21.1, longitude=55.5))
    assert (spot.kilometres, spot.pictures) == (0, ())
    assert (
        maps.spot(SiteFactory(department=overseas, commune=commune, latitude=None, longitude=None)).kilometres is None
    )
