"""The public pages in a real browser: accessible, whole on a small screen, alone on the network, light."""

import io
import re
import urllib.request
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.pages.conftest import EACH_WIDTH_AND_THEME

PAGES = {
    "home": "/",
    "list": "/pimms/",
    "filtered list": "/pimms/?region=bretagne&jour=lundi&labellise_apres=2020-01-01",
    "list with problems": "/pimms/?region=atlantide&page=99",
    "empty list": "/pimms/?region=bretagne&jour=samedi",
    "desk": "/pimms/pimms-isere-la-villeneuve/",
    "bus": "/pimms/pimms-artois-gohelle-pimms-mobile/",
    "multisite": "/pimms/pimms-paris-panda-by-pimms/",
    "regions": "/regions/",
    "region": "/regions/auvergne-rhone-alpes/",
    "region without a site": "/regions/normandie/",
    "departments": "/departements/",
    "department": "/departements/62-pas-de-calais/",
    "department without a site": "/departements/01-ain/",
    "department beyond the sea": "/departements/974-la-reunion/",
    "associations": "/associations/",
    "association": "/associations/pimms-paris/",
    "waves": "/labels/",
    "wave": "/labels/2020-09/",
    "releases": "/communiques/",
    "release of 2019": "/communiques/2019-11-22/",
    "release of 2020": "/communiques/2020-10-14/",
    "releases compared": "/communiques/2020-10-14/comparaison/",
    "data": "/donnees/",
    "what it is for": "/a-quoi-ca-sert/",
    "need without a place": "/pimms/?besoin=carte-grise",
    "about": "/a-propos/",
    "accessibility": "/accessibilite/",
    "legal notice": "/mentions-legales/",
    "site map": "/plan-du-site/",
    "offline": "/hors-ligne/",
    "embed": "/integrer/?fiche=/departements/38-isere/&hauteur=1",
    "embedded desk": "/integrer/pimms/pimms-isere-la-villeneuve/",
    "embedded bus": "/integrer/pimms/pimms-artois-gohelle-pimms-mobile/",
    "embedded wave": "/integrer/labels/2020-09/",
    "embedded region without a site": "/integrer/regions/normandie/",
    "not found": "/rien/",
}


def parametrized(names=PAGES):
    return pytest.mark.parametrize("path", [PAGES[name] for name in names], ids=list(names))


@parametrized()
@EACH_WIDTH_AND_THEME
def test_axe_finds_nothing_and_nothing_overflows(visit_on, axe, overflow, path, width, dark):
    visited = visit_on(path, width=width, dark=dark)
    assert axe(visited.page) == []
    assert overflow(visited.page) == []
    visited.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert overflow(visited.page) == []  # nor with everything unfolded
    assert visited.problems == []


@pytest.mark.parametrize("width", [320])
def test_open_filters_are_accessible_on_a_phone(visit, axe, overflow, width):
    visited = visit("/pimms/", width=width)
    visited.page.get_by_text("Filtres et tri").click()
    visited.page.get_by_label("Région").wait_for()
    assert axe(visited.page) == []
    assert overflow(visited.page) == []


def fetch(address: str) -> str:
    with urllib.request.urlopen(address) as response:  # noqa: S310 (our own address)
        return response.read().decode()


def test_every_page_is_valid_html(served, nu_check, tmp_path):
    """All pages of the site map, and those that only a query or an error shows."""
    addresses = set(re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", fetch(f"{served}/sitemap.xml")))
    assert len(addresses) > 200
    files: list[Path] = []
    for number, address in enumerate(sorted(addresses | set(PAGES.values()) - {"/rien/"})):
        path = tmp_path / f"{number}.html"
        path.write_text(fetch(f"{served}{address}"), encoding="utf-8")
        files.append(path)
    assert nu_check(files) == []


@parametrized(["home", "list", "desk", "wave", "release of 2020", "departments"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit, path):
    page = visit(path).page
    expected = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
            .filter(element => element.checkVisibility({contentVisibilityAuto: true})).length"""
    )
    reached = set()
    for _ in range(expected * 6 + 10):  # a date field takes several stops
        page.keyboard.press("Tab")
        focus = page.evaluate(
            """() => {
                const element = document.activeElement;
                if (!element || element === document.body) return null;
                const style = getComputedStyle(element);
                window.stops ??= new Map();
                if (!window.stops.has(element)) window.stops.set(element, window.stops.size);
                return [window.stops.get(element), style.outlineStyle, parseFloat(style.outlineWidth)];
            }"""
        )
        if focus is None:
            break
        stop, outline, width = focus
        assert outline != "none", "the focus cannot be seen"
        assert width >= 2
        reached.add(stop)
    assert len(reached) == expected


def test_the_skip_link_comes_first_and_leads_to_the_content(visit):
    page = visit("/pimms/").page
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_a_phone_without_javascript_finds_a_misspelt_commune(visit, overflow):
    visited = visit("/", width=360, javascript=False)
    page = visited.page
    page.get_by_label("Où êtes-vous ?").fill("st etienne")
    page.get_by_role("button", name="Trouver un PIMMS").click()
    with page.expect_navigation():
        page.get_by_role("link", name="PIMMS Métropole Stéphanoise – La Cotonne", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "PIMMS Métropole Stéphanoise – La Cotonne"
    assert page.get_by_role("link", name=re.compile("Appeler le")).get_attribute("href").startswith("tel:+33")
    assert visited.problems == []


def test_filters_combine_and_come_off_one_by_one(visit):
    page = visit("/pimms/", javascript=False).page
    page.get_by_label("Région").select_option("auvergne-rhone-alpes")
    page.get_by_label("Ouvert le").select_option("samedi")
    with page.expect_navigation():
        page.get_by_role("button", name="Appliquer les filtres").click()
    count = page.locator(".count").inner_text()
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile("Enlever le filtre.*samedi")).click()
    assert page.locator(".count").inner_text() != count
    assert "region=auvergne-rhone-alpes" in page.url
    assert "jour" not in page.url
    assert page.get_by_label("Région").input_value() == "auvergne-rhone-alpes"


@parametrized(["desk", "bus", "multisite"])
def test_a_site_page_prints_on_one_sheet(visit, path):
    sheets = visit(path).page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1


def test_a_printed_site_page_leads_back_to_itself(visit):
    page = visit(PAGES["desk"], device_scale_factor=2).page
    code = page.locator(".qr-code")
    expect(code).to_be_hidden()
    page.emulate_media(media="print")
    picture = Image.open(io.BytesIO(code.locator("svg").screenshot()))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [page.url]
    assert page.url in code.inner_text()


def test_a_citation_is_copied_and_said_so(visit):
    visited = visit("/labels/2020-01/", permissions=["clipboard-read", "clipboard-write"])
    page = visited.page
    page.get_by_role("button", name="Copier la citation").click()
    page.get_by_role("status").filter(has_text="Copié.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#citation-texte").inner_text()
    assert copied.endswith(page.url)
    page.get_by_role("button", name="Copier le lien").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) === location.href")
    assert visited.problems == []


def test_a_citation_is_selected_where_it_cannot_be_copied(visit):
    """Over plain HTTP a browser has no clipboard for pages, and may refuse the older way too."""
    page = visit("/labels/2020-01/").page
    page.evaluate("delete Navigator.prototype.clipboard; document.execCommand = () => false")
    page.get_by_role("button", name="Copier la citation").click()
    page.get_by_role("status").filter(has_text="Le texte est sélectionné").wait_for()
    assert page.evaluate("getSelection().toString().trim()") == page.locator("#citation-texte").inner_text()


def test_without_javascript_a_citation_has_no_button_and_one_click_selects_it(visit):
    page = visit("/labels/2020-01/", javascript=False).page
    expect(page.get_by_role("button", name=re.compile("Copier"))).to_have_count(0)
    assert page.get_by_label("Lien permanent").input_value() == page.url
    assert page.locator("#citation-texte").evaluate("element => getComputedStyle(element).userSelect") == "all"


def test_no_page_sets_a_cookie(visit):
    visited = visit("/")
    for path in PAGES.values():
        visited.page.goto(f"{visited.origin}{path}")
    assert visited.page.context.cookies() == []
