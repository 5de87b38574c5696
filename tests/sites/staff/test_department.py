"""The department of a site follows from its commune, whichever way the record comes in."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sites.models import Site
from tests.admin_pages import admin_page
from tests.factories import CommuneFactory, DepartmentFactory, SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def save(admin_client, site, **typed: str):
    page = admin_page(Site, "change", site.pk)
    return admin_client.post(page, filled(admin_client.get(page), "site_form", **typed))


@pytest.fixture
def dole():
    return CommuneFactory(name="Dole", department__name="Jura")


def test_an_empty_department_is_that_of_the_commune(admin_client, dole):
    site = SiteFactory(latitude=None, longitude=None)
    assert save(admin_client, site, commune=str(dole.pk), department="").status_code == 302
    site.refresh_from_db()
    assert (site.commune, site.department) == (dole, dole.department)


def test_one_that_contradicts_the_commune_is_refused_by_both_names(admin_client, dole):
    site = SiteFactory(latitude=None, longitude=None)
    isere = DepartmentFactory(name="Isère")
    response = save(admin_client, site, commune=str(dole.pk), department=str(isere.pk))
    assert "Dole est dans le département « Jura », pas « Isère »." in response.text
    assert Site.objects.get().commune != dole


def test_who_names_neither_is_asked_for_one(admin_client):
    bus = SiteFactory(mobile=True)
    assert "Indiquez la commune ; pour un bus" in save(admin_client, bus, department="").text
    assert Site.objects.get().department == bus.department


def test_a_table_without_departments_takes_them_from_the_communes(admin_client, dole):
    site = SiteFactory()
    titles = "Adresse,Nom,Association,Type,Vague,Commune"
    row = f"pimms-dole,PIMMS Dole,{site.association.slug},lieu fixe,{site.wave.code},{dole.insee_code}"
    upload = SimpleUploadedFile("sites.csv", f"{titles}\n{row}\n".encode("cp1252"))
    looked = admin_client.post(admin_page(Site, "import"), {"file": upload})
    admin_client.post(admin_page(Site, "import"), filled(looked, "confirm-form"))
    assert Site.objects.get(slug="pimms-dole").department == dole.department
