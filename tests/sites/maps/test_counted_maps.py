"""The maps that count the sites of each department."""

import pytest

from labels.models import Wave
from sites.maps.counted_maps import country_map, list_map, wave_map
from sites.maps.outline import frames
from sites.maps.page_map import MOST_POINTS, points_of_sites
from sites.models import Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.site_summary import summary_of
from tests.factories import SiteFactory

pytestmark = pytest.mark.one_database


def test_map_of_france_counts_every_site_and_links_to_departments(directory):
    page_map = country_map(lookup_tables())
    assert sum(marker.count for marker in page_map.markers) == 53
    labels = {marker.label: marker.url for marker in page_map.markers}
    assert labels["Isère\u00a0: 3 PIMMS"] == "/departements/38-isere/"
    assert labels["Île-de-France\u00a0: 14 PIMMS"] == "/regions/ile-de-france/"
    assert list(labels) == sorted(labels)
    assert [department.name for department in page_map.overseas][:2] == ["Guadeloupe", "Guyane"]
    assert not page_map.overseas_have_sites
    assert len(page_map.points) == 49


def test_markers_of_a_filtered_list_keep_its_filters(directory):
    page_map = list_map((("38", 2), ("69", 0), ("99", 4), ("974", 1)), lookup_tables(), filtered=True)
    assert [(marker.label, marker.url) for marker in page_map.markers] == [("Isère\u00a0: 2 PIMMS", "departement=38")]
    assert [department.name for department in page_map.overseas] == ["La Réunion"]


def test_one_department_of_ile_de_france_stands_for_itself(directory):
    (marker,) = list_map((("75", 6),), lookup_tables(), filtered=True).markers
    assert (marker.label, marker.url) == ("Paris\u00a0: 6 PIMMS", "departement=75")


def test_many_departments_are_counted_by_region(directory):
    counts = dict.fromkeys(frames(), 1000)
    page_map = list_map(tuple(counts.items()), lookup_tables(), filtered=True)
    assert len(page_map.markers) == 13
    assert sum(marker.count for marker in page_map.markers) == 96_000
    bretagne = next(marker for marker in page_map.markers if marker.label.startswith("Bretagne"))
    assert (bretagne.label, bretagne.url) == ("Bretagne\u00a0: 4\u202f000 PIMMS", "region=bretagne")


def test_wave_has_its_colour_and_shows_where_others_were(directory):
    wave = Wave.objects.get(code="2020-09")
    tables = lookup_tables()
    page_map = wave_map(wave, summary_of(wave, tables).departments, tables, Wave.objects.all())
    ours = [marker for marker in page_map.markers if marker.kind == "wave-3"]
    assert sum(marker.count for marker in ours) == 13
    assert all("vague=2020-09" in marker.url for marker in ours)
    assert {marker.kind for marker in page_map.markers} == {"wave-3", "other"}
    assert [key.kind for key in page_map.legend] == ["wave-3", "other"]


def test_without_points_departments_stand_on_the_detailed_map(directory):
    points = list_map((("38", 1), ("42", 1)), lookup_tables(), filtered=True).points
    assert [point[:2] for point in points] == [frames()[code].degrees for code in ("38", "42")]
    assert {point[3] for point in points} == {"1 PIMMS"}


def test_too_many_sites_for_a_page_give_no_points(db):
    SiteFactory()
    site = Site.objects.with_place().get()
    assert len(points_of_sites([site] * MOST_POINTS)) == MOST_POINTS
    assert points_of_sites([site] * (MOST_POINTS + 1)) == ()
