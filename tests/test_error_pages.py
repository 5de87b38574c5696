"""Pages for what is refused: in French, with what to do, and without anything of ours that could fail again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labels.models import Wave
from pimms_directory.base.spreadsheets import LARGEST_BYTES
from sites.models import Listing, Site
from tests.admin_pages import admin_page
from tests.factories import PressReleaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def lines_page(release) -> str:
    return admin_page(Listing, "lines", release.pk)


@pytest.mark.parametrize("address", [lambda: admin_page(Site, "import"), lambda: lines_page(PressReleaseFactory())])
def test_a_paste_over_the_limit_is_refused_with_the_limit_and_what_to_do(admin_client, address):
    response = admin_client.post(address(), {"text": "x" * 5_000_000, "_table": ""})
    assert response.status_code == 413
    for expected in (
        "Ce formulaire est trop lourd",
        "2,6 Mo de texte et 20\u202f000 champs au plus",
        "votre saisie y est encore",
    ):
        assert expected in response.text, expected


def test_too_many_fields_are_refused_in_the_same_words(admin_client):
    fields = {f"take-{number}": "1" for number in range(20_001)}
    response = admin_client.post(admin_page(Site), fields)
    assert response.status_code == 413 and "20\u202f000 champs au plus" in response.text


def test_a_file_over_the_limit_is_refused_on_the_page_that_takes_it(admin_client):
    data = {"file": SimpleUploadedFile("sites.csv", b"slug,name\n" + b"x" * 5_000_000)}
    response = admin_client.post(admin_page(Site, "import"), data)
    assert response.status_code == 200
    assert f"Ce fichier pèse plus de {LARGEST_BYTES // 1_000_000} Mo : coupez-le." in response.text


def test_a_request_that_nobody_understands_gets_a_page(client):
    for address, host in (("/", "ailleurs.example"), ("/admin/", "a b")):
        response = client.get(address, headers={"host": host})
        assert response.status_code == 400
        assert "Cette demande ne se comprend pas" in response.text


def test_a_program_is_refused_as_a_program(client):
    response = client.post("/pimms.json", {"x": "x"})
    assert response.status_code == 405 and response.headers["Content-Type"] == "application/problem+json"


def test_who_may_not_learns_whom_to_ask(client, account):
    client.force_login(account("presse"))
    response = client.get(admin_page(Site, "import"))
    assert response.status_code == 403
    for expected in (
        "Votre compte n’a pas ce droit",
        "camille",
        "La personne qui gère les comptes",
        'href="/admin/"',
    ):
        assert expected in response.text, expected


def test_a_form_without_its_token_is_refused_in_french(account):
    client = Client(enforce_csrf_checks=True)
    client.force_login(account("presse"))
    response = client.post(admin_page(Wave, "add"), {"code": "2031-05"})
    assert response.status_code == 403 and "enregistré" in response.text and "CSRF" not in response.text
    assert not Wave.objects.exists()
