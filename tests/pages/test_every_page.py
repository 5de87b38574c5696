"""What every public page owes its readers, whatever record it shows: with ``make every-page`` all of the site map is
asked, otherwise one page of each kind and the most extreme records, found by their data."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page

from tests.pages.conftest import Visit, reader
from tests.pages.ecoindex import A, Scale
from tests.pages.test_public_pages import PAGES

EVERY_PAGE = bool(os.environ.get("EVERY_PAGE"))
# The home page of another language, by its address; the site map has one as soon as the language is there.
OTHER_HOME = re.compile("/[a-z]{2}(-[a-z]+)?/")
IN_OTHER_LANGUAGES = ("", "pimms/?lieu=Paris")
KINDS = ("/", "/pimms/", "/a-quoi-ca-sert/", "/departements/", "/plan-du-site/", "/donnees/", "/integrer/")
SEARCHES = ("/pimms/?lieu=Paris", "/pimms/?lieu=Plaine+Commune", "/pimms/?besoin=carte-grise", "/pimms/?q=xyzzy")
# What WCAG 1.4.12 lets a reader set.
SPACING = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }"
    "p { margin-bottom: 2em !important }"
)
# "Slow 3G" of WebPageTest. Chromium counts the latency once a request, and no handshake.
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
FIRST_PAINT = 1600  # ms

EDGELESS = """() => {
    const controls = "button, .button, input:not([type=hidden]), select, textarea, summary, .chip, .card, .panel";
    const seen = element => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
    const edge = style => style.borderTopStyle !== "none" && parseFloat(style.borderTopWidth) > 0;
    return [...document.querySelectorAll(controls)].filter(seen)
        .filter(element => !edge(getComputedStyle(element))).map(element => element.outerHTML.slice(0, 120));
}"""
# A button that only a script answers, a form that cannot be sent.
DEAD = """() => [
    ...[...document.querySelectorAll("button[type=button]")].filter(button => button.checkVisibility()),
    ...[...document.forms].filter(form => !form.querySelector("button:not([type=button])")),
].map(element => element.outerHTML.slice(0, 120))"""


def fetch(address: str) -> str:
    with urlopen(address) as answer:  # noqa: S310 (our own address)
        return answer.read().decode()


def extreme_records(origin: str, listed: list[str]) -> Iterator[str]:
    """The sites that are longest in some way, one of each kind, and the largest page about several sites."""
    sites = json.loads(fetch(f"{origin}/pimms.json"))["results"]
    for field in ("name", "email", "address", "opening_hours", "listings", "former_names", "contact_source"):
        yield path_of(max(sites, key=lambda site: len(site[field] or ""))["url"])
    yield from {site["kind"]: path_of(site["url"]) for site in sites}.values()
    for kind in ("/regions/", "/departements/", "/labels/", "/associations/"):
        yield max((path for path in listed if path.startswith(kind)), key=lambda path: len(fetch(f"{origin}{path}")))


def path_of(address: str) -> str:
    return urlsplit(address).path


@pytest.fixture(scope="module")
def pages(network_served) -> list[str]:
    listed = [path_of(address) for address in re.findall("<loc>([^<]*)", fetch(f"{network_served}/sitemap.xml"))]
    if EVERY_PAGE:
        return [*listed, *SEARCHES]
    releases = (path for path in listed if path.startswith("/communiques/"))
    extreme = extreme_records(network_served, listed)
    chosen = dict.fromkeys([*KINDS, *SEARCHES, *extreme, *releases, "/regions/normandie/", "/departements/01-ain/"])
    homes = filter(OTHER_HOME.fullmatch, listed)
    return [*chosen, *(f"{home}{path}" for home in homes for path in IN_OTHER_LANGUAGES)]


@pytest.fixture(scope="module")
def window(browser, network_served) -> Iterator[Callable[..., Page]]:
    """``window("/", width=320)`` opens a page where the last one with the same options stood."""
    windows: dict[frozenset[tuple[str, Any]], Visit] = {}
    with reader(browser, network_served) as open_page:

        def go(path: str, *, text: int = 16, **options: Any) -> Page:
            key = frozenset({**options, "text": text}.items())
            if key not in windows:
                windows[key] = open_page("/healthz", **options)
                set_text_size(windows[key].page, text)
            windows[key].open(path)
            return windows[key].page

        yield go


def set_text_size(page: Page, pixels: int) -> None:
    """As a reader sets it for all pages: lengths in rem and media queries follow."""
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": pixels}})


def restyle(page: Page, css: str) -> None:
    adopt = (
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }"
    )
    page.evaluate(adopt, css)


def test_nothing_overflows_a_narrow_phone_with_spaced_or_large_text(window, overflow, pages, subtests):
    for path in pages:
        with subtests.test(path):
            page = window(path, width=320, height=740)
            assert overflow(page) == []
            restyle(page, SPACING)
            assert overflow(page) == []
            assert overflow(window(path, width=320, height=740, text=32)) == []


def test_axe_finds_nothing_in_light_and_dark(window, axe, pages, subtests):
    """All of its rules, those of AAA too. Of the kinds that ``test_public_pages`` asks, only the extreme records."""
    for path in pages if EVERY_PAGE else [path for path in pages if path not in PAGES.values()]:
        for width, dark in ((320, False), (1280, True)):
            with subtests.test(path, dark=dark):
                assert axe(window(path, width=width, dark=dark)) == []


def test_controls_and_cards_keep_an_edge_in_forced_colours(window, pages, subtests):
    for path in pages:
        with subtests.test(path):
            page = window(path, forced_colors="active")
            assert page.evaluate(EDGELESS) == []
            page.keyboard.press("Tab")
            focus = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert focus == "solid"


def test_without_a_script_nothing_is_dead(window, pages, subtests):
    for path in pages:
        with subtests.test(path):
            page = window(path, javascript=False)
            assert page.evaluate(DEAD) == []
            assert page.locator("h1").inner_text()


def test_pages_are_light(browser, network_served, pages, subtests):
    """EcoIndex A, by whole points as its makers give it; HTML and CSS below 30 kB."""
    for path in pages:
        with subtests.test(path), reader(browser, network_served) as open_page:
            scale = Scale(open_page("/healthz").page)
            scale.begin(f"{network_served}{path}")
            scale.end()
            assert scale.sizes["Document"] + scale.sizes["Stylesheet"] < 30_000
            assert round(scale.score) > A, f"{scale.elements} elements, {scale.requests} requests, {scale.sizes}"


@pytest.mark.parametrize("path", ["/", "/pimms/", "/pimms/?lieu=Grenoble", "/pimms/pimms-evry/", "/a-quoi-ca-sert/"])
def test_a_page_is_painted_soon_on_a_slow_network(browser, network_served, path):
    """Within three tries: a busy machine paints late, and never early."""
    with reader(browser, network_served) as open_page:
        page = open_page("/healthz", width=360).page
        assert any(first_paint(page, f"{network_served}{path}") <= FIRST_PAINT for _ in range(3))


def first_paint(page: Page, address: str) -> float:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", SLOW_3G)
    page.goto(address, wait_until="load")
    painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
    while (milliseconds := page.evaluate(painted)) is None:
        time.sleep(0.05)
    return milliseconds
