"""The template tags: the background of the detailed map, and the map of a list."""

import re
from html import unescape
from typing import Any

import pytest
from django.template import RequestContext
from django.template.loader import render_to_string

from pimms_directory.base import env
from pimms_directory.base.env import network
from sites.models import Site
from sites.models.lookup_tables import lookup_tables
from sites.search.filters import SiteFilter
from sites.templatetags import maps

pytestmark = pytest.mark.one_database

# The background of the detailed map

PATTERN = "https://tiles.example:8443/{z}/{x}/{y}.png"


def image_sources(response) -> str:
    return re.search(r"img-src ([^;]*)", response.headers["Content-Security-Policy"]).group(1)


def test_only_pages_with_a_detailed_map_admit_its_host(client, directory, settings):
    settings.MAP_TILES = {"url": PATTERN, "attribution": "© X", "host": "tiles.example:8443"}
    for address in ("/", "/regions/bretagne/", "/departements/75-paris/", "/labels/2020-09/"):
        assert image_sources(client.get(address)) == "'self' https://tiles.example:8443", address
    for address in ("/regions/", "/regions/normandie/", "/departements/974-la-reunion/", "/a-propos/", "/rien/"):
        assert image_sources(client.get(address)) == "'self'", address


def test_without_a_background_there_is_no_detailed_map(client, directory, settings):
    settings.MAP_TILES = {}
    response = client.get("/")
    assert image_sources(response) == "'self'"
    assert b"carte-points" not in response.content
    assert b"map.js" not in response.content


@pytest.mark.parametrize("value", ["", "tiles.example/{z}/{x}/{y}", "https://x/{z}/{x}", "https://x;y/{z}/{x}/{y}"])
def test_background_setting_must_be_an_address_pattern(monkeypatch, value):
    monkeypatch.setenv("MAP_TILES_URL", value)
    if not value:
        assert network.map_tiles("MAP_TILES_URL", PATTERN, attribution="")["url"] == PATTERN
        return
    with pytest.raises(env.ImproperlyConfigured, match="MAP_TILES_URL is"):
        network.map_tiles("MAP_TILES_URL", PATTERN, attribution="")


def test_background_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("MAP_TILES_URL", "none")
    assert network.map_tiles("MAP_TILES_URL", PATTERN, attribution="") == {}


def test_background_may_have_several_hosts(client, directory, settings):
    settings.MAP_TILES = {"url": "https://{s}.tiles.example/{z}/{x}/{y}", "attribution": "", "host": ""}
    assert image_sources(client.get("/")) == "'self' https://*.tiles.example"


# The tag of the list


def list_map_of(rf, address: str) -> dict[str, Any]:
    request = rf.get(address)
    list_filter = SiteFilter(request.GET, queryset=Site.objects.labelled(), tables=lookup_tables())
    return maps.list_map(RequestContext(request, {"revision": 1}), list_filter, list_filter.qs[:20].read_cards())


def links_of(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """The titles and addresses of the markers, as the page has them."""
    html = render_to_string("sites/maps/_map.html", shown)
    found = re.findall(r'<a class="pin [^"]*" href="([^"]*)"[^>]*><title>([^<]*)</title>', html)
    return [(title.replace("\u00a0", " "), unescape(address)) for address, title in found]


def test_list_has_the_map_of_its_filters(rf, directory):
    shown = list_map_of(rf, "/pimms/?region=bretagne&vague=2020-01&page=2")
    assert links_of(shown) == [
        ("Finistère : 3 PIMMS", "/pimms/?vague=2020-01&departement=29"),
        ("Ille-et-Vilaine : 2 PIMMS", "/pimms/?vague=2020-01&departement=35"),
    ]
    assert shown["map"].overseas == ()


def test_lists_with_the_same_counts_have_the_links_of_their_own_filters(rf, directory):
    one = links_of(list_map_of(rf, "/pimms/?departement=29&jour=lundi"))
    other = links_of(list_map_of(rf, "/pimms/?departement=29&q=<pimms>"))
    alone = links_of(list_map_of(rf, "/pimms/?departement=29"))
    assert one == [("Finistère : 3 PIMMS", "/pimms/?jour=lundi&departement=29")]
    assert other == [("Finistère : 3 PIMMS", "/pimms/?q=%3Cpimms%3E&departement=29")]
    assert alone == [("Finistère : 3 PIMMS", "/pimms/?departement=29")]


def test_the_whole_list_leads_to_the_pages_of_departments(rf, directory):
    assert ("Finistère : 3 PIMMS", "/departements/29-finistere/") in links_of(list_map_of(rf, "/pimms/"))


def test_the_detailed_map_shows_the_sites_of_the_page(rf, directory):
    shown = list_map_of(rf, "/pimms/?region=bretagne")
    assert len(shown["points"]) == 4  # one of the five is a bus
    assert shown["tiles"]


def test_list_of_a_department_shows_it_alone(rf, directory):
    assert [title for title, _address in links_of(list_map_of(rf, "/pimms/?departement=69"))] == ["Rhône : 9 PIMMS"]


def test_empty_list_has_an_empty_map(rf, directory):
    shown = list_map_of(rf, "/pimms/?region=bretagne&jour=samedi")
    assert links_of(shown) == []
    assert not shown["points"]
    assert shown["tiles"] is None
