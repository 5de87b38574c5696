"""The addresses of the pictures, and how they answer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sites.models import Site
from sites.share_images.facts import picture_address
from tests.factories import (
    AssociationFactory,
    DepartmentFactory,
    ListingFactory,
    PressReleaseFactory,
    RegionFactory,
    SiteAliasFactory,
    SiteFactory,
    WaveFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_a_renamed_site_keeps_the_address_of_its_picture(client):
    site = SiteFactory(slug="premier")
    first = client.get("/pimms/premier.png").getvalue()
    site.slug, site.name = "second", "PIMMS Second"
    site.save()
    response = client.get("/pimms/premier.png?x=1")
    assert (response.status_code, response.url) == (301, "/pimms/second.png?x=1")
    assert client.get("/pimms/second.png").getvalue() != first


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("/PIMMS/Pimms-Blois.PNG", "/pimms/pimms-blois.png"),
        ("/pimms/pimms-blois.png/", "/pimms/pimms-blois.png"),
        ("/pimms/PIMMS-canton-de-chauffailles-melay.png", "/pimms/pimms-bourgogne-du-sud-melay.png"),
        ("/departements/2a-autre.png", "/departements/2A-corse-du-sud.png"),
        ("/departements/38-autre.png", "/departements/38-isere.png"),
        ("/Labels/2020-01.png", "/labels/2020-01.png"),
        ("/Apercu.png", "/apercu.png"),
    ],
)
def test_other_spellings_lead_to_the_picture(client, directory, typed, canonical):
    response = client.get(typed)
    assert (response.status_code, response.url) == (301, canonical)


@pytest.mark.parametrize(
    "address",
    [
        *("/pimms/rien.png", "/regions/rien.png", "/departements/99-rien.png", "/associations/rien.png"),
        *("/labels/1999-01.png", "/communiques/rien.png", "/pimms/.png"),
    ],
)
def test_nothing_has_no_picture(client, address):
    assert client.get(address).status_code == 404


def test_pictures_may_be_kept_and_are_asked_for_again_in_vain(client, directory):
    response = client.get("/pimms/pimms-blois.png")
    assert response.headers["Content-Type"] == "image/png"
    assert "public" in response.headers["Cache-Control"]
    assert not response.cookies
    again = client.get("/pimms/pimms-blois.png", headers={"if-none-match": response.headers["ETag"]})
    assert (again.status_code, again.getvalue()) == (304, b"")
    assert client.head("/pimms/pimms-blois.png").status_code == 200
    assert client.post("/pimms/pimms-blois.png").status_code == 405


def test_an_edit_shows_at_once(client):
    site = SiteFactory()
    before = client.get(f"/pimms/{site.slug}.png")
    Site.objects.filter(pk=site.pk).update(name="PIMMS autrement")  # without signals or dates
    after = client.get(f"/pimms/{site.slug}.png")
    assert before.headers["ETag"] != after.headers["ETag"]
    assert before.getvalue() != after.getvalue()


@pytest.mark.slow
def test_queries_of_pictures_do_not_grow(client):
    counts = []
    for size in (2, 12):
        release, wave, association = PressReleaseFactory(), WaveFactory(), AssociationFactory()
        department = DepartmentFactory(region=RegionFactory())
        for _ in range(size):
            site = SiteFactory(wave=wave, association=association, department=department)
            ListingFactory(release=release, site=site)
            SiteAliasFactory(site=site)
        client.get("/regions/")  # the first page after a change also reads the lookup tables
        for record in (None, site, wave, release, department, department.region, association):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(picture_address(record)).status_code == 200
            counts.append(len(queries))
    assert counts[:7] == counts[7:]
    assert max(counts) <= 8
