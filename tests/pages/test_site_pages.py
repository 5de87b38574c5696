"""The pages of all 91 sites in a browser: nothing overflows, no number breaks, what a device can do is offered."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.pages.conftest import Visit, reader

pytestmark = pytest.mark.browser

# WCAG 2.2, 1.4.12: what a reader may set without losing anything.
TEXT_SPACING = """
  * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
  p { margin-block-end: 2em !important; }
"""
ADOPT = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
BROKEN_NUMBERS = """() => [...document.querySelectorAll('a[href^="tel:"], .phone')]
  .filter(element => element.checkVisibility() && !element.querySelector(".phone"))
  .filter(element => element.getClientRects().length > 1).map(element => element.textContent)"""
DESK = "/pimms/pimms-isere-la-villeneuve/"
BUS = "/pimms/pimms-ambazac-pimms-mobile/"
LONG_MAIL = "/pimms/pimms-metropole-stephanoise-la-cotonne/"
NO_POINT = "/pimms/pimms-melun/"
LONG_STOPS = "/pimms/pimms-lorient-pimms-mobile/"
KINDS = (DESK, BUS, LONG_MAIL, NO_POINT, LONG_STOPS, "/pimms/pimms-bordeaux-les-aubiers/")


@pytest.fixture
def visit(browser, network_served) -> Iterator[Callable[..., Visit]]:
    with reader(browser, network_served) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def slugs(network_served) -> list[str]:
    with urllib.request.urlopen(f"{network_served}/pimms.json") as answer:  # noqa: S310 (our own address)
        found = [site["slug"] for site in json.load(answer)["results"]]
    assert len(found) == 91
    return found


def test_no_page_of_a_site_overflows_at_320_px_nor_with_text_spacing(visit, overflow, slugs):
    visited = visit(f"/pimms/{slugs[0]}/", width=320)
    found = {}
    for slug in slugs:
        visited.open(f"/pimms/{slug}/")
        plain, broken = overflow(visited.page), visited.page.evaluate(BROKEN_NUMBERS)
        visited.page.evaluate(ADOPT, TEXT_SPACING)
        faults = [plain, broken, overflow(visited.page), visited.page.evaluate(BROKEN_NUMBERS)]
        found |= {slug: faults} if any(faults) else {}
    assert found == {}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", KINDS)
def test_all_rules_of_axe_and_aaa_contrast(visit, path, dark):
    page = visit(path, width=360, dark=dark).page
    rules = {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}}
    results = Axe().run(page, options={"rules": rules, "resultTypes": ["violations"]})
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in results.response["violations"]] == []


@pytest.mark.parametrize("path", KINDS)
def test_the_main_buttons_are_large_enough_for_a_thumb(visit, path):
    page = visit(path, width=360).page
    sizes = page.locator(".main-actions a").evaluate_all(
        "links => links.map(link => link.getBoundingClientRect()).map(({width, height}) => [width, height])"
    )
    assert sizes
    assert all(width >= 44 and height >= 44 for width, height in sizes)


def test_forced_colours_leave_buttons_their_edge(visit):
    page = visit(DESK, forced_colors="active").page
    edges = page.locator("button:visible, .button:visible").evaluate_all(
        """buttons => buttons.map(button => getComputedStyle(button))
            .map(style => [parseFloat(style.borderTopWidth), style.borderTopStyle, style.borderTopColor,
                style.backgroundColor])"""
    )
    assert len(edges) > 3
    for width, style, edge, background in edges:
        assert width >= 1
        assert style == "solid"
        assert edge != background


@pytest.mark.parametrize("path", KINDS)
def test_paper_does_not_say_today(visit, path):
    page = visit(path).page
    page.emulate_media(media="print")
    words = page.locator("main").inner_text()
    assert "aujourd’hui" not in words.lower()
    assert "maintenant" not in words
    assert "Horaires de la semaine" in words


def test_every_page_of_a_site_prints_on_one_sheet(visit, slugs):
    visited = visit(DESK)
    sheets = {}
    for slug in slugs:
        visited.open(f"/pimms/{slug}/")
        sheets[slug] = len(re.findall(rb"/Type\s*/Page\b", visited.page.pdf(prefer_css_page_size=True)))
    assert {slug: number for slug, number in sheets.items() if number > 1} == {}


# What a device can do

SHARING = """Object.defineProperty(navigator, "share", {value: async data => { window.shared = data; }});"""
NO_SHARING = "delete Navigator.prototype.share;"


def test_a_device_that_shares_is_asked_to(visit):
    visited = visit("/a-propos/")
    page = visited.page
    page.add_init_script(SHARING)
    visited.open(DESK)
    expect(page.get_by_role("link", name="Envoyer par SMS")).to_be_hidden()
    page.get_by_role("button", name="Partager").click()
    shared = page.evaluate("window.shared")
    assert shared["title"] == "PIMMS Isère – La Villeneuve"
    assert "97 galerie de l’Arlequin, 38100 Grenoble" in shared["text"]
    assert shared["url"] == page.url


def test_a_device_that_does_not_share_has_links_and_copies(visit):
    visited = visit("/a-propos/", permissions=["clipboard-read", "clipboard-write"])
    page = visited.page
    page.add_init_script(NO_SHARING)
    visited.open(DESK)
    expect(page.get_by_role("link", name="Envoyer par SMS")).to_be_visible()
    expect(page.get_by_role("link", name="Envoyer par WhatsApp")).to_be_visible()
    expect(page.get_by_role("button", name="Partager")).to_be_hidden()
    page.locator(".keep").get_by_role("button", name="Copier le lien").click()
    page.locator(".keep").get_by_role("status").filter(has_text="Copié.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_without_a_script_nothing_is_offered_that_does_not_work(visit):
    page = visit(DESK, javascript=False).page
    keep = page.locator(".keep")
    expect(keep.get_by_role("button")).to_have_count(0)
    links = ("Ajouter à mes contacts", "Envoyer par SMS", "Envoyer par WhatsApp", "Signaler une erreur")
    for name in links:
        expect(keep.get_by_role("link", name=name)).to_be_visible()
    report = keep.get_by_role("link", name="Signaler une erreur").get_attribute("href")
    assert report.startswith("mailto:annuaire@pimms.example?")
    assert "Version de la fiche" in unquote(report)


VOICES = """
  window.said = [];
  const voices = %s;
  const speech = {
    getVoices: () => voices,
    addEventListener: () => {},
    speak: part => { window.said.push([part.text, part.lang]); window.last = part; },
    cancel: () => { window.cancelled = true; },
  };
  Object.defineProperty(window, "speechSynthesis", {value: speech});
  window.SpeechSynthesisUtterance = class extends EventTarget { constructor(text) { super(); this.text = text; } };
"""
FRENCH = '[{lang: "en-GB", localService: true}, {lang: "fr-FR", localService: true}]'


def test_a_device_with_a_french_voice_reads_the_desk_aloud(visit):
    visited = visit("/a-propos/")
    page = visited.page
    page.add_init_script(VOICES % FRENCH)
    visited.open(DESK)
    page.get_by_role("button", name="Écouter").click()
    said = page.evaluate("window.said")
    assert said[0] == ["PIMMS Isère – La Villeneuve", "fr-FR"]
    text = " ".join(part for part, _language in said)
    assert "97 galerie de l’Arlequin" in text
    assert "04 76 33 06 56" in text
    page.get_by_role("button", name="Arrêter la lecture").click()
    assert page.evaluate("window.cancelled")
    page.get_by_role("button", name="Écouter").click()
    page.evaluate("window.last.dispatchEvent(new Event('end'))")
    expect(page.get_by_role("button", name="Écouter")).to_be_visible()
    assert visited.problems == []


@pytest.mark.parametrize(
    "voices", ["[]", '[{lang: "en-GB", localService: true}]', '[{lang: "fr-FR", localService: false}]']
)
def test_no_voice_of_the_language_on_the_device_no_button(visit, voices):
    visited = visit("/a-propos/")
    visited.page.add_init_script(VOICES % voices)
    visited.open(DESK)
    expect(visited.page.get_by_role("button", name="Écouter")).to_be_hidden()


def test_geo_is_offered_where_it_works(visit):
    android = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Mobile"
    name = "Ouvrir dans l’application de cartes"
    expect(visit(DESK, user_agent=android).page.get_by_role("link", name=name)).to_be_visible()
    expect(visit(DESK).page.get_by_role("link", name=name)).to_be_hidden()
    expect(visit(NO_POINT, user_agent=android).page.get_by_role("link", name=name)).to_have_count(0)


def test_html_and_css_of_the_longest_page_stay_light(visit):
    visited = visit("/a-propos/")
    page, sizes = visited.page, []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds = {}
    session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    session.on(
        "Network.loadingFinished",
        lambda event: (
            sizes.append(event["encodedDataLength"])
            if kinds.get(event["requestId"]) in ("Document", "Stylesheet")
            else None
        ),
    )
    page.goto(f"{visited.origin}{LONG_STOPS}", wait_until="networkidle")
    assert len(sizes) == 2
    assert sum(sizes) < 30_000
