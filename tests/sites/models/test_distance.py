"""Distances and the nearest search, against a computation that knows no shortcut."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.models import Site
from sites.models.distance import EARTH_RADIUS_KM, Point, distance_km
from sites.models.site_queries import opens_on
from tests.factories import (
    AssociationFactory,
    CommuneFactory,
    DepartmentFactory,
    OpeningPeriodFactory,
    SiteFactory,
    WaveFactory,
)

points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


def by_vectors(a: Point, b: Point) -> float:
    """The angle between two vectors by its sine and cosine: another formula than the haversine."""

    def vector(point: Point) -> tuple[float, float, float]:
        latitude, longitude = math.radians(point.latitude), math.radians(point.longitude)
        return (
            math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude),
        )

    (x1, y1, z1), (x2, y2, z2) = vector(a), vector(b)
    cross = math.hypot(y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2)
    return EARTH_RADIUS_KM * math.atan2(cross, x1 * x2 + y1 * y2 + z1 * z2)


@given(points, points)
def test_distance_agrees_with_another_formula(a, b):
    assert distance_km(a, b) == pytest.approx(by_vectors(a, b), abs=0.001)


def test_paris_to_lyon():
    assert distance_km(Point(48.8566, 2.3522), Point(45.7640, 4.8357)) == pytest.approx(391.5, abs=0.1)


def scatter(count: int, *, around: Point | None = None, spread: float = 4.0, seed: int = 1) -> None:
    """Sites at random positions; with ``around``, within so many degrees."""
    random = Random(seed)
    common = {"association": AssociationFactory(), "wave": WaveFactory(), "commune": CommuneFactory()}
    sites = []
    for number in range(count):
        latitude = (around.latitude if around else 46.5) + random.uniform(-spread, spread)
        longitude = (around.longitude if around else 2.5) + random.uniform(-spread, spread)
        highest = 90 - number / 1000  # no two on the pole itself, where rounding decides the order
        latitude = max(-highest, min(highest, latitude))
        longitude = (longitude + 180) % 360 - 180
        site = SiteFactory.build(slug=f"s{number:06}", official_id=None, **common)
        site.department = common["commune"].department
        site.is_public = True
        site.latitude = site.position_latitude = latitude
        site.longitude = site.position_longitude = longitude
        sites.append(site)
    Site.objects.bulk_create(sites, batch_size=1000)


def expected(origin: Point, count: int, sites=None) -> list[tuple[str, float]]:
    found = [(site.slug, by_vectors(origin, site.position)) for site in (sites or Site.objects).filter()]
    return sorted(found, key=lambda pair: (round(pair[1], 6), pair[0]))[:count]


ORIGINS = [
    Point(45.18, 5.72),
    Point(48.85, 2.35),
    Point(-21.1, 55.5),
    Point(0, 0),
    Point(89.9, 10),
    Point(-90, 0),
    Point(-17.7, 179.99),
    Point(52, -179.99),
]


@pytest.mark.django_db
@pytest.mark.parametrize("origin", ORIGINS, ids=str)
@pytest.mark.parametrize("around", [None, Point(89.5, 0), Point(-17, 180)], ids=["France", "pole", "antimeridian"])
@pytest.mark.parametrize("count", [1, 7, 60])
def test_the_nearest_are_found_in_order(origin, around, count):
    scatter(60, around=around)
    nearest = Site.objects.nearest_to(origin)[:count]
    assert [site.slug for site in nearest] == [slug for slug, _distance in expected(origin, count)]
    for site, (_slug, distance) in zip(nearest, expected(origin, count), strict=True):
        assert site.distance_km == pytest.approx(distance, abs=0.001)


@pytest.mark.django_db
def test_ties_are_broken_by_name_and_a_filter_that_leaves_one_is_right():
    scatter(40)
    Site.objects.filter(slug__lt="s000010").update(position_latitude=45.0, position_longitude=5.0)
    slugs = [site.slug for site in Site.objects.nearest_to(Point(45.0, 5.0))[:5]]
    assert slugs == [f"s{number:06}" for number in range(5)]
    OpeningPeriodFactory(site=Site.objects.get(slug="s000033"), weekday=6)
    assert [site.slug for site in Site.objects.filter(opens_on(6)).nearest_to(Point(45.0, 5.0))[:20]] == ["s000033"]
    assert list(Site.objects.none().nearest_to(Point(45.0, 5.0))[:20]) == []
    assert list(Site.objects.filter(pk__in=[]).nearest_to(Point(45.0, 5.0))[:20]) == []


@pytest.mark.django_db
def test_buses_are_never_ranked_and_a_desk_without_a_point_stands_in_its_commune():
    bus = SiteFactory(mobile=True)
    desk = SiteFactory(latitude=None, longitude=None, commune__latitude=45.5, commune__longitude=5.5)
    assert list(Site.objects.nearest_to(Point(45, 5))[:10]) == [desk]
    assert desk.point is None
    desk.refresh_from_db()
    assert desk.position == Point(45.5, 5.5)
    assert bus.position is None


@pytest.mark.django_db
def test_units_serve_their_department_and_its_neighbours():
    here, beside, far = (DepartmentFactory() for _ in range(3))
    here.neighbours.add(beside)
    own, near, _elsewhere = (SiteFactory(mobile=True, department=department) for department in (here, beside, far))
    SiteFactory(department=here)
    assert set(Site.objects.serving(here)) == {own, near}


@pytest.mark.django_db
@pytest.mark.parametrize("count", [5, 3000])
def test_the_nearest_cost_one_query_whatever_the_number(count, django_assert_num_queries):
    scatter(count)
    with django_assert_num_queries(1):
        assert len(Site.objects.nearest_to(Point(45, 5))[:5]) == 5
