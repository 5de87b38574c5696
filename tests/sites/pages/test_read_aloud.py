"""What readers of screens say of pages: nothing twice, no sign that is for the eye, and links that name their desk."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.factories import SiteFactory

TEMPLATES = Path(__file__).parents[3] / "templates"
PUBLIC = [file for file in sorted(TEMPLATES.rglob("*.html")) if "admin" not in file.parts]
# Titles are spoken with a pause there; the other is a name.
NOT_MEANT = re.compile(r"<title>.*?</title>|data·inclusion", re.DOTALL)


@pytest.mark.parametrize("file", PUBLIC, ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_no_dot_stands_between_words(file):
    """It is for the eye: the style sheet draws it, with nothing to be said for it."""
    assert "·" not in NOT_MEANT.sub("", file.read_text())


@pytest.mark.django_db
def test_the_links_of_a_card_name_its_desk(client):
    site = SiteFactory(phone="01 99 00 00 01")
    page = unescape(client.get("/pimms/").content.decode())
    card = page.partition('<li class="card">')[2].partition("</li>")[0]
    names = [name.replace("\u00a0", " ") for name in re.findall(r'<a class="button[^>]*aria-label="([^"]*)"', card)]
    assert names == [f"Appeler {site.name} : 01 99 00 00 01", f"Y aller : {site.name}"]


def test_a_point_on_a_map_is_named_once(client, directory):
    """By its title: the number in it, or the name of the town beside it, is the same for the eye."""
    page = client.get("/regions/hauts-de-france/").content.decode()
    pins = re.findall(r'<a class="pin .*?</a>', page, re.DOTALL)
    assert pins
    for pin in pins:
        shown, hidden = re.split(r'<g class="pin-shape" aria-hidden="true">', pin)
        assert re.fullmatch(r"<a [^>]*><title>[^<]+</title>", shown)
        assert hidden.count("</g>") == 1
