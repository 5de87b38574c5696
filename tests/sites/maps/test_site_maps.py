"""The maps with a marker for each site; and what holds for the markers of every map."""

from itertools import combinations
from math import hypot

import pytest

from labels.models import Wave
from sites.maps.counted_maps import country_map, wave_map
from sites.maps.page_map import MOST_MARKERS, TARGET
from sites.maps.site_maps import site_map
from sites.models import Department, Region, Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.site_summary import summary_of
from tests.factories import CommuneFactory, DepartmentFactory, SiteFactory

pytestmark = pytest.mark.one_database


def every_map():
    tables = lookup_tables()
    yield "France", country_map(tables)
    for wave in Wave.objects.all():
        yield wave.code, wave_map(wave, summary_of(wave, tables).departments, tables, Wave.objects.all())
    for region in Region.objects.prefetch_related("departments"):
        sites = list(Site.objects.with_place().filter(department__region=region))
        yield region.name, site_map(sites, list(region.departments.all()))
        for department in region.departments.all():
            own = [site for site in sites if site.department == department]
            yield department.name, site_map(own, [department])


def test_no_marker_covers_another_or_leaves_the_picture(directory):
    seen = 0
    for name, page_map in every_map():
        for one, other in combinations(page_map.markers if page_map else (), 2):
            assert hypot(one.x - other.x, one.y - other.y) / one.scale >= TARGET, (name, one, other)
        for marker in page_map.markers if page_map else ():
            left, top, width, height = page_map.view
            assert left <= marker.x <= left + width and top <= marker.y <= top + height, (name, marker)
            seen += 1
    assert seen > 100


def test_map_of_a_department_shows_each_desk_and_names_what_has_no_point(directory):
    department = Department.objects.get(code="62")
    sites = list(department.sites.with_place())
    page_map = site_map(sites, [department])
    assert [marker.kind for marker in page_map.markers] == ["site"] * 3
    assert {marker.url for marker in page_map.markers} < {site.get_absolute_url() for site in sites}
    assert [site.kind for site in page_map.unplaced] == [Site.Kind.MOBILE]
    assert page_map.shaded == ("62",)


def test_map_of_a_region_joins_what_it_cannot_keep_apart(directory):
    region = Region.objects.get(slug="auvergne-rhone-alpes")
    sites = list(Site.objects.with_place().filter(department__region=region))
    page_map = site_map(sites, list(region.departments.all()))
    lyon = next(marker for marker in page_map.markers if marker.count == 9)
    assert (lyon.label, lyon.url, lyon.town) == ("Autour de Lyon\u00a0: 9 PIMMS", "/departements/69-rhone/", "Lyon")
    assert sum(marker.count for marker in page_map.markers) == 16


def test_a_crowded_department_is_grouped(db):
    department = DepartmentFactory(code="38")
    for number in range(MOST_MARKERS + 1):
        commune = CommuneFactory(department=department, latitude=45.2 + number % 3 / 100, longitude=5.7)
        SiteFactory(commune=commune)
    page_map = site_map(list(Site.objects.with_place()), [department])
    assert sum(marker.count for marker in page_map.markers) == MOST_MARKERS + 1
    assert len(page_map.markers) < MOST_MARKERS
    assert page_map.markers[0].url == "/pimms/?departement=38"


def test_desks_at_one_address_stand_apart(db):
    department = DepartmentFactory(code="38")
    commune = CommuneFactory(department=department, latitude=45.2, longitude=5.7)
    sites = [SiteFactory(commune=commune) for _each in range(3)]
    page_map = site_map(sites, [department])
    for one, other in combinations(page_map.markers, 2):
        assert hypot(one.x - other.x, one.y - other.y) / one.scale >= TARGET


def test_there_is_no_map_beyond_the_sea(db):
    assert site_map([], [DepartmentFactory(code="974")]) is None
