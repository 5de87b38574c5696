"""The press page, and the charts and maps that may be printed."""

import re
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from labels.models import PressRelease
from sites.models import Region, Site
from sites.pages.label_count import label_count
from sites.press.graphics import graphics
from tests.test_pages import text

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ["courbe", "regions", "carte", "carte-2019-11-22", "carte-2020-10-14"]


def drawing(client, name: str) -> ElementTree.Element:
    response = client.get(f"/presse/{name}.svg")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    return ElementTree.fromstring(response.getvalue())  # noqa: S314 (ours)


def words_of(svg: ElementTree.Element) -> str:
    found = " ".join(element.text or "" for element in svg.iter(f"{SVG}text"))
    return re.sub(r"[\s\u00a0\u202f]+", " ", found)


def test_the_page_has_every_figure_of_every_release_with_its_sentence(client, directory):
    response = client.get("/presse/")
    page, html = text(response), response.content.decode()
    for release in PressRelease.objects.prefetch_related("figures"):
        for figure in release.figures.all():
            assert figure.caption in page, figure
            assert figure.quotation in page, figure
            assert f'href="{release.get_absolute_url()}#{figure.anchor}"' in html, figure


def test_the_page_names_whom_to_ask(client, directory, settings):
    assert "n’a pas donné de contact" in text(client.get("/presse/"))
    settings.SITE = settings.SITE | {"contact": "annuaire@pimms.example"}
    assert "annuaire@pimms.example" in text(client.get("/presse/"))
    settings.SITE = settings.SITE | {"press_contact": "presse@pimms.example"}
    page = client.get("/presse/").content.decode()
    assert 'href="mailto:presse@pimms.example"' in page
    assert "annuaire@pimms.example" not in page


def test_every_graphic_is_whole_by_itself(client, directory):
    assert list(graphics()) == NAMES
    for name in NAMES:
        svg = drawing(client, name)
        words = words_of(svg)
        assert "Source : communiqués de l’Union nationale des PIMMS (2019 et 2020)" in words, name
        assert "Licence Ouverte 2.0 ; testserver" in words, name
        assert svg.find(f"{SVG}title").text and svg.find(f"{SVG}desc").text
        # No style and no script, which the policy of the site would not let through; no file of elsewhere.
        assert not [each for each in svg.iter() if each.tag in (f"{SVG}style", f"{SVG}script", f"{SVG}image")]
        assert "href" not in ElementTree.tostring(svg, encoding="unicode")


def test_graphics_agree_with_the_data(client, network):
    circles = [len(list(drawing(client, name).iter(f"{SVG}circle"))) for name in NAMES[2:]]
    placed = Site.objects.labelled().placed()
    assert circles[0] == len(set(placed.values_list("position_latitude", "position_longitude"))) == 68
    words = words_of(drawing(client, "carte"))
    assert f"{label_count().sentence.replace(chr(160), ' ')}. 23 PIMMS sans lieu fixe n’ont pas de point." in words
    bars = words_of(drawing(client, "regions"))
    for region in Region.objects.filter(departments__sites__isnull=False).distinct():
        labelled = Site.objects.labelled().filter(department__region=region).count()
        assert f"{region.name} {labelled} " in bars, region
    assert "13 nouveaux PIMMS" in words_of(drawing(client, "carte-2020-10-14"))


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_twice_as_large_and_the_same_every_time(client, directory, name):
    svg = drawing(client, name)
    response = client.get(f"/presse/{name}.png")
    assert response.headers["Content-Type"] == "image/png"
    first = response.getvalue()
    picture = Image.open(BytesIO(first))
    assert picture.size == (2 * int(svg.get("width")), 2 * int(svg.get("height")))
    assert len(picture.convert("RGB").quantize(16).getcolors()) > 3  # letters and colours, no empty paper
    assert client.get(f"/presse/{name}.png").getvalue() == first


@pytest.mark.parametrize("address", ["/presse/rien.svg", "/presse/rien.png", "/presse/carte-2018-01-01.svg"])
def test_other_names_lead_nowhere(client, directory, address):
    assert client.get(address).status_code == 404


def test_an_empty_directory_has_a_press_page(client, db):
    assert client.get("/presse/").status_code == 200
    assert client.get("/presse/carte.svg").status_code == 200
