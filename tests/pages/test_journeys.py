"""What people do: on a phone, with the keyboard alone, without JavaScript, refusing to say where they are."""

import re

import pytest
from playwright.sync_api import expect


def places(page) -> list[str]:
    """The distances shown, in order: there are some only once a place is understood."""
    return [text.replace("\u00a0", " ") for text in page.locator(".card-distance").all_inner_texts()]


def follow(page, link_or_button) -> None:
    """Press it, and read on only once the page it leads to stands."""
    with page.expect_navigation():
        link_or_button.click()


def type_postcode(page) -> None:
    """And close what is proposed: who goes on before it has come breaks it off, which counts as a failed request."""
    page.locator("input[name=lieu]").fill("38100")
    if page.get_by_role("combobox").count():
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("Escape")


def test_a_phone_finds_the_nearest_desk_and_the_way_there(visit, axe, overflow):
    visited = visit("/", width=360, height=740)
    page = visited.page
    type_postcode(page)
    follow(page, page.get_by_role("button", name="Trouver un PIMMS"))
    page.wait_for_url("**/pimms/?lieu=38100")
    assert places(page)[0] == "à 2,5 km"
    assert overflow(page) == []
    follow(page, page.get_by_role("link", name="PIMMS Isère – La Villeneuve", exact=True))
    way = page.get_by_role("link", name="Y aller : PIMMS Isère – La Villeneuve", exact=True)
    assert way.get_attribute("href").startswith("https://www.openstreetmap.org/")
    assert page.get_by_role("link", name="Appeler le 04 76 33 06 56").get_attribute("href") == "tel:+33476330656"
    assert axe(page) == []
    assert visited.problems == []


def test_without_javascript_the_field_is_a_plain_field(visit):
    visited = visit("/", javascript=False)
    page = visited.page
    expect(page.get_by_role("combobox")).to_have_count(0)
    expect(page.get_by_text("Autour de moi")).to_be_hidden()
    page.get_by_label("Où êtes-vous ?").fill("Lyon 8e")
    follow(page, page.get_by_role("button", name="Trouver un PIMMS"))
    assert places(page)[0].startswith("à ")
    page.get_by_label("Ouvert le").select_option("lundi")
    follow(page, page.get_by_role("button", name="Appliquer les filtres"))
    assert "lieu=Lyon" in page.url
    assert "jour=lundi" in page.url
    assert places(page)


def test_a_misspelt_name_leads_to_the_right_place(visit):
    page = visit("/pimms/?lieu=grenobel", javascript=False).page
    page.get_by_text("Voici Grenoble").wait_for()
    assert places(page)[0] == "à 2,5 km"


def test_a_homonym_is_asked_about(visit):
    page = visit("/pimms/?lieu=saint-denis", javascript=False).page
    assert places(page) == []
    follow(page, page.get_by_role("link", name="Saint-Denis (93)"))
    assert places(page)
    assert page.get_by_label("Où ?").input_value() == "Saint-Denis (93)"


@pytest.mark.parametrize("javascript", [True, False])
def test_a_need_leads_to_the_nearest_desk(visit, overflow, javascript):
    visited = visit("/", width=360, height=740, javascript=javascript)
    page = visited.page
    follow(page, page.get_by_role("link", name="Carte grise", exact=True))
    assert places(page) == []
    type_postcode(page)
    follow(page, page.get_by_role("button", name="Trouver un PIMMS"))
    assert places(page)[0] == "à 2,5 km"
    assert "besoin=carte-grise" in page.url
    assert overflow(page) == []
    follow(page, page.get_by_role("link", name="En savoir plus"))
    assert page.locator(":target h3").inner_text() == "Carte grise, permis, carte d’identité"
    assert visited.problems == []


def test_a_need_that_is_typed_is_no_unknown_commune(visit):
    page = visit("/pimms/?lieu=un courrier que je ne comprends pas", javascript=False).page
    assert page.get_by_role("heading", level=1).inner_text() == "Un courrier que je ne comprends pas"
    # With the keyboard, the place is one step from the answer.
    page.get_by_role("link", name="En savoir plus").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "lieu"


VILLENEUVE = {"latitude": 45.164083, "longitude": 5.732879}


def test_around_me_asks_only_when_pressed_and_rounds_the_position(visit):
    visited = visit("/pimms/?jour=samedi", geolocation=VILLENEUVE, permissions=["geolocation"])
    page = visited.page
    assert not any("lat=" in address for address in visited.requests)
    page.get_by_role("button", name="Autour de moi").click()
    page.wait_for_url("**/pimms/?*lat=45.164&lon=5.733")
    assert "jour=samedi" in page.url
    assert "Les distances sont en ligne droite, depuis votre position" in page.locator("main").inner_text()
    assert places(page)[0] == "à 100 m"


def test_a_place_typed_beside_filters_is_ranked_by_distance(visit):
    page = visit("/pimms/").page
    page.get_by_role("combobox", name="Où ?").fill("Lens")
    follow(page, page.get_by_role("button", name="Appliquer les filtres"))
    page.wait_for_url("**/pimms/?*lieu=Lens*")
    # Staff's journeys share this server: one of them leaves a desk without its exact position.
    first = next(text for text in places(page) if "position exacte inconnue" not in text)
    assert first.split()[2] == "m"
    page.get_by_text("autres PIMMS, à").click()
    last = page.locator(".farther li").last.inner_text().replace("\u00a0", " ")
    assert float(last.split(", ")[-1].split()[0].replace(",", ".")) > 100


def test_a_refused_position_is_explained_and_the_field_is_ready(visit, served):
    visited = visit("/")
    page = visited.page
    # As when a reader presses "block" in the browser's question.
    session = page.context.new_cdp_session(page)
    session.send(
        "Browser.setPermission",
        {"permission": {"name": "geolocation"}, "setting": "denied", "origin": served},
    )
    page.get_by_role("button", name="Autour de moi").click()
    page.get_by_text("Votre navigateur ne donne pas votre position").wait_for()
    assert page.evaluate("document.activeElement.name") == "lieu"
    assert page.get_by_role("button", name="Autour de moi").is_enabled()
    assert page.url == f"{served}/"


def test_while_a_position_is_awaited_the_focus_stays_and_the_message_is_in_sight(visit):
    page = visit("/", width=360, height=500).page
    page.evaluate("() => { navigator.geolocation.getCurrentPosition = () => {}; }")
    page.get_by_role("button", name="Autour de moi").focus()
    page.keyboard.press("Enter")
    message = page.get_by_text("Nous cherchons votre position…")
    message.wait_for()
    assert page.evaluate("document.activeElement.className") == "locate"
    assert message.evaluate("line => line.getBoundingClientRect().bottom <= innerHeight + 1")


def test_the_menu_of_a_phone_gives_the_focus_back(visit):
    page = visit("/regions/", width=360, height=740).page
    menu = page.get_by_text("Menu", exact=True)
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Où ?").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Où ?")).to_be_hidden()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_position_that_cannot_be_found_is_explained(visit):
    page = visit("/").page
    page.evaluate(
        """() => { navigator.geolocation.getCurrentPosition = (found, failed) =>
            failed({code: 3, PERMISSION_DENIED: 1, POSITION_UNAVAILABLE: 2, TIMEOUT: 3}); }"""
    )
    page.get_by_role("button", name="Autour de moi").click()
    page.get_by_text("Nous ne trouvons pas votre position").wait_for()


@pytest.mark.parametrize("typed", ["38100", "grenobel", "saint-denis", "ajaccio", "62300"])
@pytest.mark.parametrize("width", [320, 1280])
def test_answers_to_a_place_are_accessible(visit, axe, overflow, typed, width):
    visited = visit(f"/pimms/?lieu={typed}", width=width, dark=width == 320)
    assert axe(visited.page) == []
    assert overflow(visited.page) == []
    assert visited.problems == []


def test_scripts_weigh_less_than_20_kb(visit):
    visited = visit("/")
    scripts = [address for address in visited.requests if re.search(r"\.js(\?|$)", address)]
    assert scripts
    sizes = visited.page.evaluate(
        "() => performance.getEntriesByType('resource').filter(e => e.name.includes('.js')).map(e => e.encodedBodySize)"
    )
    assert sum(sizes) < 20_000
