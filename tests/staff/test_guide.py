"""The guide can be read where it is needed."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from labels.models import PressRelease
from pimms_directory.staff.guide import guide
from sites.models import Site
from tests.admin_pages import admin_page
from tests.factories import SiteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database, pytest.mark.ignore_template_errors]

ANCHORS = set(re.findall(r' id="([^"]+)"', guide()))


def test_staff_read_the_guide_on_the_site_and_nobody_else(client, account):
    assert client.get("/admin/guide/").status_code == 302
    client.force_login(account("presse"))
    html = client.get("/admin/guide/").text
    assert '<h2 id="1-corriger-une-fiche">1. Corriger une fiche</h2>' in html and "<table>" in html


def test_its_links_and_pictures_lead_somewhere():
    assert {unquote(link) for link in re.findall(r'href="#([^"]+)"', guide())} <= ANCHORS
    pictures = re.findall(r'src="/static/([^"]+)"', guide())
    assert len(pictures) > 5 and all(finders.find(picture) for picture in pictures)


def test_pages_lead_to_parts_that_the_guide_has():
    templates = [
        path.read_text(encoding="utf-8") for path in Path(settings.BASE_DIR, "templates/admin").rglob("*.html")
    ]
    named = {part for text in templates for part in re.findall(r'_guide.html" with part="([^"]+)"', text)}
    assert len(named) > 5 and named <= ANCHORS


@pytest.mark.parametrize(
    "page", ["/admin/", admin_page(Site, "add"), admin_page(PressRelease, "add"), "change", "import"]
)
def test_the_first_page_and_the_forms_lead_to_the_guide(admin_client, page):
    if page == "change":
        page = admin_page(Site, "change", SiteFactory().pk)
    elif page == "import":
        page = admin_page(Site, "import")
    parts = re.findall(r'href="/admin/guide/#([^"]+)"', admin_client.get(page).text)
    assert parts and {unquote(part) for part in parts} <= ANCHORS
