"""What the admin takes from who is logged in: what its forms show, of the kind they ask for, and nothing beside."""

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from pimms_directory.base import revision
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Association, Listing, OfficialList, Site
from tests.admin_pages import admin_page
from tests.factories import PressReleaseFactory, SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.one_database]


def test_fields_that_a_page_does_not_show_are_not_taken(client, account):
    client.force_login(account("redaction"))
    site = SiteFactory(publication=Publication.DRAFT)
    page = admin_page(Site, "change", site.pk)
    beside = {"publication": "published", "search_text": "x", "sort_name": "x", "pk": "9999", "id": "9999"}
    form = filled(client.get(page), "site_form", data_note="Vu sur place")
    assert client.post(page, {**form, **beside}).status_code == 302
    now = Site.objects.get()
    assert (now.pk, now.publication, now.data_note) == (site.pk, Publication.DRAFT, "Vu sur place")
    assert now.search_text != "x"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_an_address_that_a_browser_would_run_is_no_web_site(client, account, address):
    site = SiteFactory(website=address)
    with pytest.raises(ValidationError) as refused:
        site.full_clean()
    assert "website" in refused.value.message_dict
    client.force_login(account("redaction"))
    Site.objects.update(website="")
    page = admin_page(Site, "change", site.pk)
    assert client.post(page, filled(client.get(page), "site_form", website=address)).status_code == 200
    assert Site.objects.get().website == ""


@pytest.mark.parametrize(
    ("page", "name"),
    [
        *((lambda: admin_page(Site, "import"), name) for name in ("sites.exe", "sites.html", "sites.csv.php", "sites")),
        (lambda: admin_page(OfficialList, "add"), "liste.xlsm"),
        (lambda: admin_page(Listing, "lines", PressReleaseFactory().pk), "lignes.svg"),
    ],
)
def test_a_file_of_another_ending_is_refused_unread(admin_client, page, name):
    response = admin_client.post(page(), {"file": SimpleUploadedFile(name, b"slug,name\nx,PIMMS X\n")})
    assert response.status_code == 200 and "L’extension de fichier" in response.text.replace("&#x27;", "’")
    assert not Site.objects.filter(slug="x").exists()


@pytest.mark.parametrize("content", [b"MZ\x90\x00\x03", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"<html><script>x</script>"])
@pytest.mark.parametrize("name", ["sites.csv", "sites.xlsx"])
def test_a_file_is_what_its_content_says_and_not_its_name(admin_client, content, name):
    response = admin_client.post(admin_page(Site, "import"), {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 200 and 'class="errorlist' in response.text
    assert not Site.objects.exists()


def test_names_of_files_choose_no_place_and_no_markup(admin_client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = '../../<script>alert(1)</script>".csv'
    response = admin_client.post(admin_page(OfficialList, "add"), {"file": SimpleUploadedFile(odd, b"x")})
    assert "<script>alert" not in response.text
    assert list(tmp_path.iterdir()) == []


def test_looking_changes_nothing(admin_client, directory):
    """Whatever a picture on another site asks for with GET, in the name of who is logged in."""
    before = revision.read(connection)
    site = Site.objects.first()
    for address in (
        *(admin_page(model) for model in (Site, Association)),
        *(admin_page(Site, name, site.pk) for name in ("change", "delete", "history")),
        admin_page(Site) + "?action=delete_selected&_selected_action=1&post=yes",
        admin_page(Site, "import") + "?text=slug",
    ):
        assert admin_client.get(address).status_code in (200, 302), address
    assert revision.read(connection) == before


def test_who_asks_for_a_mail_adds_no_line_to_it(client, account, settings):
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.pimms.example", "annuaire@pimms.example"
    account("redaction", email="camille@pimms.example")
    for email in ("camille@pimms.example\nBcc: x@evil.example", "camille@pimms.example,x@evil.example"):
        assert client.post("/admin/mot-de-passe/", {"email": email}).status_code == 200
    assert not mail.outbox


def test_a_form_that_lost_its_token_is_told_to_the_log(account, caplog):
    client = Client(enforce_csrf_checks=True)
    client.force_login(account("redaction"))
    assert client.post(admin_page(Site, "add"), {"name": "PIMMS X"}).status_code == 403
    assert [record for record in caplog.records if record.name == "django.security.csrf"]
