"""The maps in a real browser: links with names, nothing from elsewhere unless asked for, the keyboard suffices."""

import re

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import EACH_WIDTH_AND_THEME

WITH_MAP = {
    "home": "/",
    "region": "/regions/auvergne-rhone-alpes/",
    "department": "/departements/69-rhone/",
    "wave": "/labels/2020-09/",
}
WITHOUT_MAP = ("/regions/", "/regions/normandie/", "/a-propos/")
ON_PAGES = pytest.mark.parametrize("path", WITH_MAP.values(), ids=WITH_MAP)


def open_detailed(visited):
    visited.page.get_by_role("button", name="Afficher la carte détaillée").click()
    visited.page.locator(".leaflet-tile-loaded").first.wait_for()


@ON_PAGES
def test_no_map_asks_another_host_by_itself(visit, tiles, path):
    before = len(tiles.asked)
    visited = visit(path)
    visited.page.get_by_role("button", name="Afficher la carte détaillée").wait_for()
    visited.page.wait_for_load_state("networkidle")
    assert visited.problems == []
    assert not [address for address in visited.requests if "leaflet" in address]
    assert len(tiles.asked) == before


@ON_PAGES
@EACH_WIDTH_AND_THEME
def test_detailed_map_comes_when_asked_for(visit, axe, overflow, tiles, path, width, dark):
    visited = visit(path, width=width, dark=dark)
    before = len(tiles.asked)
    open_detailed(visited)
    assert len(tiles.asked) > before
    assert set(visited.foreign) and all(address.startswith(f"{tiles.origin}/") for address in visited.foreign)
    assert visited.console == visited.failed == []
    assert "IGN" in visited.page.locator(".leaflet-control-attribution").inner_text()
    assert axe(visited.page) == []
    assert overflow(visited.page) == []


def test_detailed_map_gives_way_to_the_simple_one_again(visit):
    visited = visit("/")
    open_detailed(visited)
    expect(visited.page.locator(".map-picture")).to_be_hidden()
    visited.page.get_by_role("button", name="Revenir à la carte simple").click()
    expect(visited.page.locator(".map-picture")).to_be_visible()
    expect(visited.page.locator(".leaflet-container")).to_be_hidden()


def test_keyboard_alone_opens_a_site_on_the_detailed_map(visit):
    visited = visit("/departements/62-pas-de-calais/")
    page = visited.page
    page.get_by_role("button", name="Afficher la carte détaillée").focus()
    page.keyboard.press("Enter")
    page.locator(".leaflet-tile-loaded").first.wait_for()
    marker = page.get_by_role("button", name="PIMMS Artois-Gohelle – Lens, Lens")
    marker.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "PIMMS Artois-Gohelle – Lens"
    page.keyboard.press("Escape")
    page.locator(".leaflet-popup").wait_for(state="detached")
    assert page.evaluate("document.activeElement.title") == "PIMMS Artois-Gohelle – Lens, Lens"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pimms/pimms-artois-gohelle-lens/")


def test_a_background_that_does_not_answer_is_named(visit, tiles):
    visited = visit("/")
    visited.page.route(f"{tiles.origin}/**", lambda route: route.abort())
    visited.page.get_by_role("button", name="Afficher la carte détaillée").click()
    visited.page.get_by_text("Le fond de la carte ne s’affiche pas").wait_for()
    assert visited.page.locator(".map-mark").count() > 10


def test_sites_too_near_to_tell_apart_share_a_mark_that_zooms_in(visit):
    visited = visit("/departements/69-rhone/", width=320)
    open_detailed(visited)
    marks = visited.page.locator(".map-mark")
    before = marks.count()
    assert before < 9
    shared = visited.page.get_by_role("button", name=re.compile("PIMMS proches")).first
    shared.focus()
    visited.page.keyboard.press("Enter")
    visited.page.wait_for_function("document.activeElement.matches('.leaflet-container')")
    assert marks.count() > before


@pytest.mark.parametrize("path", WITHOUT_MAP)
def test_pages_without_a_map_admit_no_other_host(visit, tiles, path):
    visited = visit("/")
    answers = {address: visited.page.request.get(f"{visited.origin}{address}") for address in ("/", path)}
    policies = {address: answer.headers["content-security-policy"] for address, answer in answers.items()}
    assert tiles.origin in policies["/"]
    assert tiles.origin not in policies[path]


@ON_PAGES
def test_without_javascript_the_map_is_a_set_of_links_and_has_no_button(visit, path):
    visited = visit(path, javascript=False)
    page = visited.page
    markers = page.locator(".map-picture a")
    assert markers.count() > 1
    expect(page.get_by_role("button", name="Afficher la carte détaillée")).to_be_hidden()
    name = markers.first.locator("title").text_content()
    page.get_by_role("group", name=re.compile("^Carte")).get_by_role("link", name=name, exact=True).first.click()
    expect(page).not_to_have_url(f"{visited.origin}{path}")
    expect(page.locator("h1")).to_be_visible()
    assert visited.problems == []


@ON_PAGES
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_every_marker_is_a_target_of_24_pixels(visit, path, width):
    page = visit(path, width=width).page
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(".map-picture a path")].map(element => {
            const box = element.getBoundingClientRect();
            return Math.min(box.width, box.height);
        })"""
    )
    assert sizes and min(sizes) >= 24


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_outline_is_fetched_once_and_drawn_in_the_colours_of_the_page(visit, dark):
    visited = visit("/", dark=dark)
    assert len([address for address in visited.requests if "france" in address]) == 1
    page = visited.page
    land = page.evaluate("getComputedStyle(document.querySelector('.map-land')).fill")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert land != paper
    headers = page.request.get(next(address for address in visited.requests if "france" in address)).headers
    assert "immutable" in headers["cache-control"]


def test_scripts_of_a_page_weigh_less_than_20_kb_before_the_map_is_asked_for(visit):
    visited = visit("/")
    visited.page.wait_for_load_state("networkidle")
    scripts = [address for address in visited.requests if address.endswith(".js")]
    bodies = [visited.page.request.get(address).body() for address in scripts]
    assert bodies and sum(map(len, bodies)) < 20_000  # not even compressed
