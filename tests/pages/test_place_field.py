"""The field of a place while somebody types in it: on slow networks, on a phone, with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect


def field_of(page: Page):
    return page.get_by_role("combobox", name="Où êtes-vous ?")


def slow_down(page: Page, latency: int = 500) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def count_closings(page: Page) -> None:
    page.evaluate(
        """() => {
            const list = document.querySelector("main [role=listbox]");
            window.closings = 0;
            const count = changes => changes.forEach(({ oldValue }) => { window.closings += oldValue === null; });
            new MutationObserver(count).observe(list, { attributeFilter: ["hidden"], attributeOldValue: true });
        }"""
    )


# On a slow network


@pytest.mark.parametrize(
    ("typed", "first"), [("renne", "Rennes (35)"), ("lille", "Lille (59)"), ("bor", "Bordeaux (33)")]
)
def test_a_slow_network_ends_with_the_list_of_what_was_typed(visit, typed, first):
    visited = visit("/")
    page = visited.page
    slow_down(page)
    count_closings(page)
    with page.expect_response(f"**/communes.json?q={typed}"):
        field_of(page).press_sequentially(typed, delay=250)
    expect(page.get_by_role("option").first).to_have_text(first)
    expect(field_of(page)).to_have_attribute("aria-expanded", "true")
    assert page.evaluate("window.closings") == 0  # the former list stays until the next one is there
    assert visited.problems == []


def hold_back(page: Page, query: str) -> list:
    """The answer to this query waits until the test lets it go on."""
    held: list = []
    page.route(f"**/communes.json?q={query}", lambda route: held.append(route))
    return held


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(visit):
    page = visit("/").page
    held = hold_back(page, "ren")
    with page.expect_request("**/communes.json?q=ren"):
        field_of(page).press_sequentially("ren")
    field_of(page).press_sequentially("nes")
    expect(page.get_by_role("option").first).to_have_text("Rennes (35)")
    newer = page.get_by_role("option").all_inner_texts()
    with page.expect_response("**/communes.json?q=ren"):
        held[0].continue_()
    page.wait_for_timeout(100)
    assert page.get_by_role("option").all_inner_texts() == newer


def test_an_answer_that_comes_late_does_not_open_a_closed_list(visit):
    page = visit("/").page
    held = hold_back(page, "renn")
    field_of(page).press_sequentially("ren")
    page.get_by_role("option").first.wait_for()
    with page.expect_request("**/communes.json?q=renn"):
        field_of(page).press("n")
    field_of(page).press("Escape")
    with page.expect_response("**/communes.json?q=renn"):
        held[0].continue_()
    page.wait_for_timeout(100)
    expect(page.get_by_role("option")).to_have_count(0)


def test_the_list_stays_while_the_reader_chooses_from_it(visit):
    page = visit("/").page
    held = hold_back(page, "lill")
    field_of(page).press_sequentially("lil")
    page.get_by_role("option", name="Lille (59)", exact=True).wait_for()
    with page.expect_request("**/communes.json?q=lill"):
        field_of(page).press("l")
    field_of(page).press("ArrowDown")
    with page.expect_response("**/communes.json?q=lill"):
        held[0].continue_()
    page.wait_for_timeout(100)
    assert page.locator("[role=option][aria-selected=true]").inner_text() == "Lille (59)"


def test_without_the_suggestions_the_field_still_works(visit):
    visited = visit("/")
    page = visited.page
    field_of(page).press_sequentially("Len")
    page.get_by_role("option").first.wait_for()
    page.route("**/communes.json*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        field_of(page).press("s")
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/pimms/?lieu=Lens")
    expect(page.locator(".card-distance")).not_to_have_count(0)


def test_where_nothing_is_proposed_it_says_so(visit, axe):
    page = visit("/").page
    status = page.locator("main .place-status")
    assert status.get_attribute("role") == "status"
    field_of(page).press_sequentially("gren")
    expect(status).to_have_text("10 lieux proposés")
    field_of(page).press_sequentially("zzzzzz")
    expect(status).to_have_text("Nous ne trouvons pas de lieu avec ces mots.")
    expect(field_of(page)).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("option")).to_have_count(0)
    assert axe(page) == []
    field_of(page).fill("")
    expect(status).to_be_empty()


# On a phone


def test_a_finger_picks_a_suggestion_and_is_there(visit, axe, overflow):
    visited = visit("/", width=360, height=740, has_touch=True, is_mobile=True)
    page = visited.page
    field_of(page).tap()
    field_of(page).press_sequentially("paris 18")
    option = page.get_by_role("option", name="Paris 18e Arrondissement (75)")
    option.wait_for()
    assert overflow(page) == []
    assert axe(page) == []
    option.tap()
    page.wait_for_url("**/pimms/?commune=75118")
    assert page.get_by_role("combobox").input_value() == "Paris 18e Arrondissement (75)"
    expect(page.locator(".card-distance")).not_to_have_count(0)
    assert visited.problems == []


@pytest.mark.parametrize("path", ["/", "/a-propos/", "/pimms/"])
def test_each_suggestion_is_large_enough_for_a_finger(visit, path):
    page = visit(path, width=360, height=740, has_touch=True).page
    if path != "/":
        page.get_by_text("Menu", exact=True).click()  # where a phone has the search of other pages
    page.locator("input[name=lieu]").press_sequentially("gren")
    options = page.locator(".suggestions [role=option]")
    options.first.wait_for()
    boxes = [option.bounding_box() for option in options.all()]
    assert len(boxes) == 10
    assert min(box["height"] for box in boxes) >= 44
    assert min(box["width"] for box in boxes) >= 200
    # The list does not lie below the first screen, nor the field above it.
    assert page.locator(".suggestions:not([hidden])").evaluate(
        """list => {
            const input = list.previousElementSibling.getBoundingClientRect(), box = list.getBoundingClientRect();
            return input.top >= 0 && box.bottom <= innerHeight + 1 && box.right <= innerWidth;
        }"""
    )


def test_who_comes_back_finds_what_they_typed(visit):
    page = visit("/").page
    field_of(page).press_sequentially("seyn")
    page.get_by_role("option", name="Seynod, aujourd’hui Annecy (74)").click()
    page.wait_for_url("**/pimms/?commune=74010")
    assert page.get_by_role("combobox", name="Où ?").input_value() == "Annecy (74)"
    page.go_back()
    assert field_of(page).input_value() in ("seyn", "")
    expect(page.get_by_role("option")).to_have_count(0)


# With the keyboard alone


def test_the_keyboard_alone_picks_a_suggestion(visit, axe):
    visited = visit("/")
    page = visited.page
    field = field_of(page)
    field.focus()
    page.keyboard.type("st-eti")
    page.get_by_role("option", name="Saint-Étienne (42)").wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    assert page.locator(f"#{field.get_attribute('aria-controls')}").get_attribute("role") == "listbox"
    assert "lieux proposés" in page.locator("main .place-status").inner_text()
    assert axe(page) == []
    page.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    assert axe(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/pimms/?commune=42218")
    assert page.get_by_role("combobox", name="Où ?").input_value() == "Saint-Étienne (42)"
    assert visited.problems == []


def test_arrows_go_round_through_the_field(visit):
    page = visit("/").page
    field = field_of(page)
    field.press_sequentially("greno")
    options = page.get_by_role("option")
    options.first.wait_for()
    field.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") is None  # back in the field
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(1)
    assert field.input_value() == "greno"


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(visit):
    page = visit("/").page
    field = field_of(page)
    field.press_sequentially("greno")
    page.get_by_role("option").first.wait_for()
    field.press("ArrowUp")
    field.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    assert field.get_attribute("aria-activedescendant") is None
    assert field.input_value() == "greno"
    field.press("ArrowDown")  # opens it again
    page.get_by_role("option").first.wait_for()


def test_tab_leaves_the_suggestions_for_the_button(visit):
    page = visit("/").page
    field = field_of(page)
    field.press_sequentially("greno")
    page.get_by_role("option").first.wait_for()
    field.press("ArrowDown")
    field.press("Tab")
    expect(page.get_by_role("button", name="Trouver un PIMMS")).to_be_focused()
    expect(page.get_by_role("option")).to_have_count(0)
    assert field.input_value() == "greno"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/pimms/\?lieu=greno$"))


def test_a_choice_keeps_the_other_filters(visit):
    page = visit("/pimms/?jour=samedi&lat=45.164&lon=5.733").page
    page.get_by_role("combobox", name="Où ?").fill("")
    page.get_by_role("combobox", name="Où ?").fill("isere")
    page.get_by_role("option", name="Isère (38), département").click()
    page.wait_for_url("**/pimms/?*lieu=38")
    assert "jour=samedi" in page.url
    assert "lat=" not in page.url


@pytest.mark.parametrize(("field", "most"), [("Où ?", 400), ("Nom, adresse ou mot", 100)])
def test_a_text_too_long_is_answered_and_not_cut(visit, field, most):
    page = visit("/pimms/").page
    page.locator("main input").and_(page.get_by_label(field)).fill("a" * (most + 1))
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"au plus {most} caractères")).to_be_visible()


@pytest.mark.parametrize("width", [320, 960, 1199, 1200, 1280])
def test_the_field_above_every_page_has_room_for_a_name(visit, width):
    page = visit("/regions/", width=width).page
    menu = page.locator(".menu summary")
    if menu.is_visible():
        menu.click()
    field = page.get_by_role("banner").get_by_role("combobox")
    expect(field).to_be_visible()
    assert field.bounding_box()["width"] > 160  # ten letters of its size
