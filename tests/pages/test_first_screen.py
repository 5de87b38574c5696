"""What stands on the first screen after a search, in all of the network: the answer, whole, before any caveat."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from pimms_directory.base.languages import ALL
from tests.pages.conftest import Visit, reader

# Cities, villages, postcodes, addresses, points, misspellings, homonyms, islands: all that lengthens a page's top.
PLACES = (
    *("Grenoble", "38100", "Guéret", "Paris", "Bordeaux", "Melun", "Ajaccio", "Lyon 3e", "Vaulx-en-Velin", "Rennes"),
    *("Lorient", "Marseille", "Lyon", "71340", "97400", "93200", "Plaine Commune", "Saint-Étienne", "Brest"),
    *("12 rue Condorcet, 38000 Grenoble", "grenobel", "38100 Lyon", "45.19, 5.72"),
)
PHONES = ((360, 740), (390, 844))
MOST_TABS = 12
TARGET = 44  # px: how large a finger wants a button


@pytest.fixture(scope="module")
def visit_on(browser, network_served) -> Iterator[Callable[..., Visit]]:
    windows: dict[int, Visit] = {}
    with reader(browser, network_served) as open_page:

        def open_at(path: str, width: int, height: int = 900) -> Visit:
            if width in windows:
                windows[width].open(path)
            else:
                windows[width] = open_page(path, width=width, height=height)
            return windows[width]

        yield open_at


def near(place: str) -> str:
    return f"/pimms/?lieu={quote(place)}"


@pytest.mark.parametrize(("width", "height"), PHONES)
def test_the_first_desk_stands_whole_above_the_fold(visit_on, subtests, width, height):
    for place in PLACES:
        with subtests.test(place):
            card = visit_on(near(place), width, height).page.locator(".card").first
            bottom = card.evaluate("card => card.getBoundingClientRect().bottom + scrollY")
            assert bottom <= height
            assert "à " in card.locator(".card-distance").inner_text()
            assert card.locator(".card-place").inner_text().strip(" ·")
            assert card.locator(".card-hours").inner_text().strip()
            for button in card.locator(".button").all():
                assert button.bounding_box()["height"] >= TARGET
            expect(card.get_by_role("link", name="Y aller")).to_have_count(1)


def test_it_stands_there_in_every_language(visit_on, subtests):
    """Around the places that have most to say before it."""
    for language in (each for each in ALL if not each.is_french):
        for place in ("Marseille", "Ajaccio", "97400", "Lorient"):
            with subtests.test(language=language.code, place=place):
                page = visit_on(f"/{language.code}{near(place)}", 360, 740).page
                card = page.locator(".card").first
                assert card.evaluate("card => card.getBoundingClientRect().bottom + scrollY") <= 740


def test_what_stands_after_what(visit_on):
    """The answer first; then who comes by, the way on, what to know, filters, map and files."""
    page = visit_on(near("Lorient"), 360, 740).page.content()
    order = ("<h1>", "Changer de lieu", 'class="card"', 'class="farther"', 'id="mobiles"', 'id="autres"')
    order += ('id="remarques"', 'class="filters"', 'id="carte"', 'class="downloads"')
    places = [page.index(each) for each in order]
    assert places == sorted(places)


def test_the_first_desk_is_near_for_the_keyboard(visit_on, subtests):
    for place in PLACES:
        with subtests.test(place):
            page = visit_on(near(place), 1280).page
            for _tab in range(MOST_TABS):
                page.keyboard.press("Tab")
                if page.evaluate("document.activeElement.closest('.card') !== null"):
                    break
            assert page.evaluate("document.activeElement.closest('.card') !== null")


def test_no_list_overflows_at_320_px(visit_on, overflow, subtests):
    for place in (*PLACES, "saint-denis", "xyzzy"):
        with subtests.test(place):
            assert overflow(visit_on(near(place), 320).page) == []


def test_the_header_of_a_phone_is_one_line_and_its_menu_has_the_search(visit_on):
    page = visit_on("/regions/", 360, 740).page
    assert page.locator(".masthead").bounding_box()["height"] <= 68
    expect(page.get_by_role("combobox", name="Où ?")).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("link", name="Tous les PIMMS").first.wait_for()
    page.get_by_role("combobox", name="Où ?").fill("Grenoble")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pimms/?lieu=Grenoble")


def test_the_place_can_be_changed_without_a_script(browser, network_served):
    with reader(browser, network_served) as open_page:
        page = open_page(near("Grenoble"), width=360, height=740, javascript=False).page
        page.get_by_role("link", name="Changer de lieu").click()
        field = page.get_by_label("Où ?")
        expect(field).to_be_focused()
        field.fill("Rennes")
        page.get_by_role("button", name="Chercher").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("PIMMS près de Rennes (35)")
