"""Where else to turn: the France Services of other bearers, beside a place far from any PIMMS."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from math import floor
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sites.loading import gazetteer as gazetteer_file
from sites.loading import other_desks as desks_file
from sites.loading.fixtures import NETWORK, NETWORK_SITES, RELEASE_SITES, load
from sites.models import Commune, OtherDesk
from sites.models.distance import Point, distance_km
from tests.factories import CommuneFactory, DepartmentFactory, OtherDeskFactory, SiteFactory
from tests.sites.models.test_distance import by_vectors
from tests.test_pages import text

FIXTURES = Path(settings.FIXTURE_DIRS[0])
HEADINGS = ("Les autres France Services les plus proches", "Les autres France Services ici")


@pytest.fixture
def all_desks(gazetteer) -> None:
    """Every site and every desk of another bearer, in all of France."""
    assert not load(FIXTURES, NETWORK).conflicts


def others_shown(response) -> list[str]:
    """Each of the other desks as it reads, in order."""
    section = re.search(r'<section class="other-desks".*?</section>', response.content.decode(), re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", section.group(), re.DOTALL) if section else []
    return [re.sub(r"[\s\u00a0\u202f]+", " ", re.sub(r"<[^>]+>", " ", line)).strip() for line in lines]


def kilometres_shown(response) -> list[float]:
    """Every distance on the page, of cards and of other desks."""
    written = re.findall(r'(?:card|other-desk)-distance">à ([\d,\u202f]+)\u00a0(k?m)<', response.content.decode())
    numbers = [(float(number.replace(",", ".").replace("\u202f", "")), unit) for number, unit in written]
    return [number if unit == "km" else number / 1000 for number, unit in numbers]


# Which they are


@pytest.mark.django_db
@pytest.mark.parametrize("origin", [Point(45.2, 5.7), Point(-21.1, 55.5), Point(48.85, 2.35)], ids=str)
def test_the_nearest_are_found_in_order(origin):
    random, commune = Random(15), CommuneFactory()
    for _ in range(60):
        OtherDeskFactory(commune=commune, latitude=random.uniform(-22, 51), longitude=random.uniform(-5, 56))
    for kind in ("mobile", "multisite"):
        OtherDeskFactory(commune=commune, kind=kind, latitude=None, longitude=None)
    found = list(OtherDesk.objects.nearest_to(origin))
    right = sorted((by_vectors(origin, Point(desk.latitude, desk.longitude)), desk.official_id) for desk in found)
    assert len(found) == 60
    assert [desk.official_id for desk in found] == [official_id for _distance, official_id in right]
    assert [desk.distance_km for desk in found] == pytest.approx([distance for distance, _id in right], abs=0.001)


@pytest.mark.django_db
def test_without_a_point_those_of_the_commune_come_before_those_of_its_territory():
    here, beside = (
        CommuneFactory(department=None, collectivity="Saint-Elsewhere", name=name) for name in ("Zed", "Aa")
    )
    elsewhere = CommuneFactory(department=None, collectivity="Terre lointaine")
    third, own = OtherDeskFactory(commune=beside), OtherDeskFactory(commune=here)
    OtherDeskFactory(commune=here, kind="mobile", latitude=None, longitude=None)
    OtherDeskFactory(commune=elsewhere), OtherDeskFactory()
    assert list(OtherDesk.objects.in_territory_of(here)) == [own, third]
    in_department = CommuneFactory(department=DepartmentFactory())
    near = OtherDeskFactory(commune=CommuneFactory(department=in_department.department))
    assert list(OtherDesk.objects.in_territory_of(in_department)) == [near]


# What the page shows


@pytest.fixture
def village(db) -> Commune:
    """With one PIMMS 30 km away and four other desks, at 3, 6, 9 and 40 km."""
    commune = CommuneFactory(name="Montvert", latitude=45.0, longitude=3.0)
    SiteFactory(commune=commune, name="PIMMS lointain", latitude=45.27, longitude=3.0)
    contact = {"open_days": 31, "phone": "04 00 00 00 01"}
    for number, latitude in enumerate((45.36, 45.081, 45.027, 45.054)):
        OtherDeskFactory(commune=commune, name=f"France services {number}", latitude=latitude, longitude=3.0, **contact)
    return commune


def test_far_from_a_pimms_the_three_nearest_others_stand_after_the_desks(client, village):
    response = client.get("/pimms/", {"commune": village.insee_code})
    assert others_shown(response) == [
        f"France services {number} à {distance} Montvert {village.department.name}"
        " , Ouvert du lundi au vendredi, 04 00 00 00 01"
        for number, distance in ((2, "3,0 km"), (3, "6,0 km"), (1, "9,0 km"))
    ]
    html, page = response.content.decode(), text(response)
    assert html.index("PIMMS lointain") < html.index(HEADINGS[0])
    assert 'href="tel:+33400000001"' in html
    assert "Source : liste officielle de l’ANCT, 1er août 2024" in page
    assert "Une autre France Services est plus près : France services 2 , à 3,0 km." in page
    assert "la carte officielle des France Services" in page
    assert "1 lieu fixe" in page
    assert "Aucun PIMMS connu près d’ici" not in page


def test_near_a_pimms_nothing_is_asked_and_nothing_shown(client, village):
    client.get("/pimms/", {"lat": 45, "lon": 3})  # what all pages remember is read now
    with CaptureQueriesContext(connection) as far:
        client.get("/pimms/", {"lat": 45, "lon": 3})
    with CaptureQueriesContext(connection) as near:
        response = client.get("/pimms/", {"lat": 45.2, "lon": 3})  # 7.8 km from the PIMMS, further from all others
    assert others_shown(response) == []
    assert sum("other_desk" in query["sql"] or "otherdesk" in query["sql"] for query in near) == 0
    assert len(far) == len(near) + 1


def test_nothing_is_called_nearer_that_is_not(client, db):
    SiteFactory(latitude=45.2, longitude=3.0)
    OtherDeskFactory(latitude=45.3, longitude=3.0)
    response = client.get("/pimms/", {"lat": 45, "lon": 3})
    assert len(others_shown(response)) == 1
    assert "plus près :" not in text(response)


@pytest.mark.parametrize("query", ["tri=nom", "page=2"])
def test_another_order_or_page_does_not_repeat_them(client, village, query):
    SiteFactory.create_batch(20, commune=village)
    assert others_shown(client.get(f"/pimms/?lat=0&lon=0&{query}")) == []
    assert others_shown(client.get("/pimms/?lat=0&lon=0"))


def test_filters_that_leave_no_pimms_do_not_bring_them(client, village):
    assert others_shown(client.get("/pimms/?lat=45&lon=3&type=multisite")) == []


def test_no_list_count_or_export_has_them(client, village):
    query = f"commune={village.insee_code}"
    for ending in ("csv", "json", "geojson"):
        assert "France services 2" not in b"".join(client.get(f"/pimms.{ending}?{query}")).decode()
    assert json.loads(client.get(f"/pimms.json?{query}").getvalue())["count"] == 1
    assert "France services 2" not in text(client.get("/pimms/"))
    assert "France services 2" not in client.get("/sitemap.xml").content.decode()


def test_a_territory_without_a_site_measures_from_its_largest_commune(client, village):
    empty = DepartmentFactory(code="77", name="Vide", slug="vide")
    CommuneFactory(department=empty, latitude=0, longitude=0, population=10)
    CommuneFactory(department=empty, name="Chef-Lieu", latitude=45.0, longitude=3.0, population=10_000)
    for address in ("/pimms/?lieu=77", empty.get_absolute_url(), empty.region.get_absolute_url()):
        response = client.get(address)
        assert [line[:26] for line in others_shown(response)] == [
            "France services 2 à 3,0 km",
            "France services 3 à 6,0 km",
            "France services 1 à 9,0 km",
        ]
        assert "Les distances sont en ligne droite, depuis Chef-Lieu" in text(response)


def test_a_territory_is_not_said_to_be_without_a_site_when_filters_hide_it(client, directory):
    page = text(client.get("/pimms/?lieu=38&jour=dimanche"))
    assert "Aucun PIMMS avec ces filtres ici : Isère." in page
    assert "Aucun PIMMS connu ici" not in page
    assert "Les départements les plus proches qui en ont" not in page


# All of France


def test_the_places_that_the_list_knows_better(client, all_desks, subtests):
    """Three France Services, PIMMS and others together, this near; Orléans has a single desk within 17 km."""
    farthest = {"Bordeaux": 5, "Nantes": 15, "Orléans": 19, "Rouen": 15, "Marseille": 15, "Fort-de-France": 15}
    for name, kilometres in farthest.items():
        with subtests.test(name):
            response = client.get("/pimms/", {"lieu": name})
            near = [each for each in kilometres_shown(response) if each <= kilometres]
            assert len(near) >= (2 if name == "Bordeaux" else 3)
    assert kilometres_shown(client.get("/pimms/?lieu=Bordeaux"))[0] < 5
    assert "Aucun PIMMS connu près d’ici" not in text(client.get("/pimms/?lieu=Bordeaux"))
    assert (
        re.search(
            r'href="/pimms/([^/"]+)/"',
            client.get("/pimms/?lieu=Vaulx-en-Velin").content.decode().split('class="card"')[1],
        ).group(1)
        == "pimms-lyon-metropole-vaulx-en-velin"
    )
    assert [line[:37] for line in others_shown(client.get("/pimms/?commune=97801"))] == [
        "France services de Sandy Ground Saint",
        "France services de Quartier d’Orléans",
    ]
    assert others_shown(client.get("/pimms/?lieu=papeete")) == []


def test_the_bus_of_a_commune_stands_after_the_desks(client, all_desks):
    page = client.get("/pimms/?lieu=Orléans").content.decode()
    names = re.findall(r"<li><strong>([^<]*)</strong>", page.partition('id="autres"')[2])
    assert len(names) == 4
    assert "Bus" in names[3]
    assert "(bus)" in page


@pytest.mark.one_database
def test_nearly_everybody_sees_a_place_of_help_within_20_km():
    """On the page of their commune: a PIMMS or, where that is far, another desk.

    Of all 99.07 %, as 0.83 % live in collectivities overseas for which the list names nobody; of the others 99.90 %.
    """
    people, uncovered, served = people_served_within(20)
    assert (people, uncovered, served) == (68_952_941, 570_983, 68_314_599)
    assert served / people > 0.99
    assert served / (people - uncovered) > 0.995


def people_served_within(kilometres: float) -> tuple[int, int, int]:
    """How many there are; of these, in communes whose point is not known and where the list names nobody; served."""
    communes = [row for row in gazetteer_file.read_rows(FIXTURES / gazetteer_file.FILE_NAME) if not row.parent]
    others = [desk for desk in desks_file.read_desks(FIXTURES / desks_file.FILE_NAME) if desk.kind == "fixed"]
    with_other = {desk.insee_code for desk in others}
    squares = defaultdict(list)  # of a quarter of a degree
    for latitude, longitude in [*((desk.latitude, desk.longitude) for desk in others), *points_of_sites()]:
        squares[floor(latitude * 4), floor(longitude * 4)].append(Point(latitude, longitude))

    def is_near(point: Point) -> bool:
        north, east = floor(point.latitude * 4), floor(point.longitude * 4)
        around = ((north + up, east + right) for up in (-1, 0, 1) for right in (-2, -1, 0, 1, 2))
        return any(distance_km(point, each) <= kilometres for square in around for each in squares.get(square, ()))

    people = uncovered = served = 0
    for row in communes:
        inhabitants = row.population or 0
        people += inhabitants
        if row.latitude is not None and row.longitude is not None:
            served += inhabitants * is_near(Point(row.latitude, row.longitude))
        elif row.insee_code in with_other:
            served += inhabitants
        else:
            uncovered += inhabitants
    return people, uncovered, served


def points_of_sites() -> Iterator[tuple[float, float]]:
    centres = {row.insee_code: row for row in gazetteer_file.read_rows(FIXTURES / gazetteer_file.FILE_NAME)}
    for name in (RELEASE_SITES, NETWORK_SITES):
        for site in (record["fields"] for record in json.loads((FIXTURES / name).read_text(encoding="utf-8"))):
            if site["kind"] == "fixed":
                place = centres[site["commune"][0]]
                yield site["latitude"] or place.latitude, site["longitude"] or place.longitude
