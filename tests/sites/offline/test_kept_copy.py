"""What a reader keeps for airplane mode: all of it, and light."""

import re

import brotli
import pytest
from django.conf import settings
from django.urls import reverse

from pimms_directory.base.languages import ALL
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Commune, Postcode, Site
from tests.factories import DepartmentFactory, OpeningPeriodFactory, SiteFactory

pytestmark = pytest.mark.django_db

NO_DESK = {"address": "", "postcode": "", "latitude": None, "longitude": None}
LIGHT = 500_000  # bytes over the wire, of all that is kept: the page says “moins d’un demi-mégaoctet”
STATIC = ("site.css", "place-search.js", "offline.js", "france.svg", "icon.svg")


@pytest.fixture
def copy(client):
    return lambda: client.get("/hors-ligne.json").json()


@pytest.mark.slow
@pytest.mark.one_database
def test_the_copy_has_every_labelled_desk_and_every_commune(copy, network):
    kept = copy()
    assert [desk["slug"] for desk in kept["desks"]] == sorted(Site.objects.labelled().values_list("slug", flat=True))
    assert len(kept["desks"]) == 91
    columns = {name: [] for name in ("names", "postcodes", "latitudes", "longitudes", "sizes")}
    for department in kept["departments"]:
        parts = [department[name].split("|") for name in ("names", "postcodes")]
        parts += [list(department[name]) for name in ("latitudes", "longitudes", "sizes")]
        assert len({len(part) for part in parts}) == 1, department["name"]
        for name, part in zip(columns, parts, strict=True):
            columns[name] += part
    assert sorted(columns["names"]) == sorted(Commune.objects.values_list("name", flat=True))
    assert sum(len(codes.split()) for codes in columns["postcodes"]) == Postcode.objects.count()
    assert columns["latitudes"].count(None) == Commune.objects.filter(latitude=None).count()


@pytest.mark.slow
@pytest.mark.one_database
def test_the_copy_is_light(client, network, settings):
    pages = [client.get(reverse(name)).content for name in ("home", "offline", "offline-copy")]
    kept = [*pages, *((settings.BASE_DIR / "static" / name).read_bytes() for name in STATIC)]
    assert sum(len(brotli.compress(each, quality=5, lgwin=18)) for each in kept) < LIGHT


def test_a_desk_says_what_a_reader_without_network_needs(copy):
    site = SiteFactory(name="PIMMS A", phone="04 76 33 06 56", latitude=45.1640831, longitude=5.732)
    OpeningPeriodFactory(site=site, weekday=2, opens="09:00", closes="12:30")
    (desk,) = copy()["desks"]
    assert (desk["name"], desk["phone"], desk["phone_uri"]) == ("PIMMS A", "04 76 33 06 56", "tel:+33476330656")
    assert (desk["latitude"], desk["longitude"], desk["is_exact"], desk["serves"]) == (45.1640831, 5.732, True, [])
    assert desk["hours"][:3] == ["fermé", "9\u00a0h – 12\u00a0h\u00a030", "fermé"]
    assert len(desk["hours"]) == 7


def test_a_bus_names_the_departments_that_it_may_come_to(copy):
    here, beside, far = DepartmentFactory(), DepartmentFactory(), DepartmentFactory()
    here.neighbours.add(beside)
    SiteFactory(kind=Site.Kind.MOBILE, department=here, commune=None, **NO_DESK)
    (bus,) = copy()["desks"]
    assert bus["latitude"] is None
    assert set(bus["serves"]) == {here.code, beside.code}
    assert far.code not in bus["serves"]


def test_what_is_not_labelled_is_not_kept(copy):
    SiteFactory(closed_on="2024-03-01")
    assert copy()["desks"] == []


def test_queries_do_not_grow_with_the_sites(client, django_assert_num_queries):
    client.get("/hors-ligne.json")
    for _ in range(3):
        OpeningPeriodFactory(site=SiteFactory())
    with django_assert_num_queries(9):
        client.get("/hors-ligne.json")


def test_the_service_worker_is_asked_for_anew_each_time(client):
    response = client.get("/service-worker.js")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert client.post("/service-worker.js").status_code == 405


def test_a_withdrawn_desk_makes_copies_out_of_date(client):
    desk, _newest = SiteFactory(), SiteFactory()
    before = client.get("/hors-ligne.json").json()["version"]
    Site.objects.filter(pk=desk.pk).update(publication=Publication.WITHDRAWN, is_public=False)
    assert client.get("/hors-ligne.json").json()["version"] != before


def test_the_worker_knows_every_language():
    script = (settings.BASE_DIR / "static" / "service-worker.js").read_text()
    known = re.search(r'LANGUAGES = "([^"]+)"', script)[1]
    assert known.split("|") == [each.code for each in ALL if not each.is_french]


@pytest.mark.one_database
def test_the_page_names_the_version_by_which_a_copy_is_known_to_be_old(client):
    SiteFactory()
    html = client.get("/hors-ligne/").content.decode()
    assert f'data-version="{client.get("/hors-ligne.json").json()["version"]}"' in html
