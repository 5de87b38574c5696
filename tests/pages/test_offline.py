"""A copy of the directory in a real browser: kept on request, searched without a network, gone with one click."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import Locator, Page, expect

from pimms_directory.base.folding import fold

PHONE = {"width": 360, "height": 740}
# Large and small ones, with an article or a homonym, an arrondissement, an island, one overseas.
COMMUNES = {
    "Grenoble": "38185",
    "Nantes": "44109",
    "Bessans": "73040",
    "La Rochelle": "17300",
    "L'Haÿ-les-Roses": "94038",
    "Paris 18e Arrondissement": "75118",
    "Ajaccio": "2A004",
    "Ouessant": "29155",
    "Saint-Denis (974)": "97411",
    "Sedan": "08409",
}


def keep(page: Page) -> None:
    page.get_by_role("button", name="Garder hors ligne").click()
    expect(page.get_by_role("button", name="Effacer la copie")).to_be_visible(timeout=30_000)


def told(page: Page) -> Locator:
    """What the page says of the copy."""
    return page.locator("[data-keeping]").get_by_role("status")


def kept(page: Page) -> list[int]:
    """How many caches and how many service workers the browser has of this site."""
    return page.evaluate(
        "async () => [(await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length]"
    )


def search(page: Page, typed: str) -> list[str]:
    """Picks the first commune; the desks then shown, nearest first."""
    page.get_by_label("Votre commune ou son code postal").fill(typed)
    page.locator("[data-places] button").first.click()
    return page.locator("[data-desks] .card-title").all_inner_texts()


def test_nothing_is_kept_before_the_click(visit):
    visited = visit("/hors-ligne/")
    page = visited.page
    expect(told(page)).to_have_text("Aucune copie n’est gardée sur cet appareil.")
    assert kept(page) == [0, 0]
    assert not [address for address in visited.requests if address.endswith((".json", "worker.js"))]
    expect(page.get_by_role("button", name="Effacer la copie")).to_be_hidden()
    expect(page.get_by_text("Chercher dans votre copie")).to_be_hidden()


def test_without_javascript_the_page_explains(visit):
    page = visit("/hors-ligne/", javascript=False).page
    assert "votre navigateur doit autoriser JavaScript" in page.locator("noscript").inner_text()
    expect(page.get_by_text("Sur iPhone")).to_be_visible()
    expect(page.locator("main").get_by_role("button")).to_have_count(0)


def test_the_copy_answers_in_airplane_mode_and_goes_with_one_click(visit, axe, overflow):
    visited = visit("/hors-ligne/", **PHONE)
    page = visited.page
    keep(page)
    assert kept(page) == [1, 1]
    assert re.search(r"Elle date du \d{1,2} \w+ \d{4}\.$", told(page).inner_text())
    assert visited.problems == []
    page.context.set_offline(True)

    page.goto(f"{visited.origin}/")  # the home page is kept, its search leads to the copy
    page.get_by_role("combobox").fill("Grenoble")
    page.get_by_role("button", name="Trouver un PIMMS").click()
    page.wait_for_url("**/pimms/?lieu=Grenoble")
    expect(page.get_by_text("Vous n’avez pas de réseau.")).to_be_visible()
    assert page.locator("[data-desks] .card-title").first.inner_text() == "PIMMS Isère – La Villeneuve"
    assert re.fullmatch(r"Copie du \d{1,2} \w+ \d{4}", page.locator("[data-day]").inner_text())
    assert search(page, "greno")[0] == "PIMMS Isère – La Villeneuve"
    assert re.search(r"Elle date du \d{1,2} \w+ \d{4}\.$", told(page).inner_text())
    card = page.locator("[data-desks] .card").first
    assert re.fullmatch(r"à 2,[56]\skm en ligne droite", card.locator(".card-distance").inner_text())
    assert card.get_by_role("link", name="Appeler le 04 76 33 06 56").get_attribute("href") == "tel:+33476330656"
    assert "97 galerie de l’Arlequin, 38100 Grenoble" in card.inner_text()
    assert "Adresse et horaires relevés le 1er août 2024" in card.inner_text().replace("\u00a0", " ")
    assert search(page, "38100")[0] == "PIMMS Isère – La Villeneuve"
    assert axe(page) == []
    assert overflow(page) == []

    page.get_by_role("button", name="Effacer la copie").click()
    expect(told(page)).to_have_text("La copie est effacée. Il n’en reste rien sur cet appareil.")
    expect(page.get_by_role("button", name="Garder hors ligne")).to_be_focused()
    assert kept(page) == [0, 0]
    expect(page.get_by_text("Chercher dans votre copie")).to_be_hidden()


def test_the_position_of_a_reader_finds_desks_without_a_network(visit):
    visited = visit("/hors-ligne/")
    page = visited.page
    keep(page)
    page.context.set_offline(True)
    page.goto(f"{visited.origin}/pimms/?lat=45.164&lon=5.733")
    expect(page.locator("[data-desks] .card-title").first).to_have_text("PIMMS Isère – La Villeneuve")
    assert page.locator("[data-desks] .card-distance").first.inner_text() == "à 100\u00a0m en ligne droite"


def test_online_the_network_answers_and_staff_pages_are_left_alone(visit):
    visited = visit("/hors-ligne/")
    page = visited.page
    keep(page)
    page.evaluate(
        """async () => {
            const copy = await caches.open("hors-ligne");
            for (const address of ["/regions/", "/departements/"]) await copy.put(address, new Response("old"));
        }"""
    )
    page.goto(f"{visited.origin}/regions/")
    assert page.get_by_role("heading", level=1).inner_text() == "Les PIMMS labellisés par région"
    page.context.set_offline(True)
    page.goto(f"{visited.origin}/departements/")  # another one: the browser itself keeps a page for a minute
    assert page.locator("body").inner_text() == "old"
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(f"{visited.origin}/admin/")


def test_an_older_copy_is_renewed(visit):
    visited = visit("/hors-ligne/")
    page = visited.page
    keep(page)
    expect(page.get_by_role("button", name="Mettre à jour")).to_be_hidden()
    page.evaluate(
        """async () => {
            const copy = await caches.open("hors-ligne"), response = await copy.match("/hors-ligne.json");
            const data = { ...(await response.json()), version: "", desks: [] };
            await copy.put("/hors-ligne.json", new Response(JSON.stringify(data), { headers: response.headers }));
        }"""
    )
    page.reload()
    expect(told(page)).to_contain_text("L’annuaire a changé depuis.")
    page.get_by_role("button", name="Mettre à jour").click()
    expect(page.get_by_role("button", name="Mettre à jour")).to_be_hidden(timeout=30_000)
    assert len(search(page, "Lille")) == 5
    assert kept(page) == [1, 1]


def test_a_copy_that_cannot_be_made_whole_leaves_the_former_one(visit):
    page = visit("/hors-ligne/").page
    page.route("**/hors-ligne.json", lambda route: route.abort())
    page.get_by_role("button", name="Garder hors ligne").click()
    expect(told(page)).to_contain_text("La copie n’a pas pu se faire.")
    assert kept(page) == [0, 0]


def fetch(address: str) -> dict:
    with urllib.request.urlopen(address) as response:  # noqa: S310 (our own address)
        return json.load(response)


def test_the_copy_ranks_as_the_server_does(visit):
    visited = visit("/hors-ligne/")
    page = visited.page
    keep(page)
    for name, code in COMMUNES.items():
        ranked = fetch(f"{visited.origin}/pimms.json?commune={code}&limit=5")["results"]
        assert search(page, name.replace("(", "").replace(")", "")) == [site["name"] for site in ranked], name


def test_the_copy_folds_words_as_the_server_does(visit):
    page = visit("/hors-ligne/").page
    words = [
        "Jœuf – St-Étienne 8ème",
        "L’Haÿ-les-Roses",
        "  Ste_Foy 1er ",
        "ŒUF",
        "Straßburg",
        "paris 8 e",
        "Y",
        *COMMUNES,
    ]
    page.evaluate("async () => { window.offline = await import(document.querySelector('script[src*=offline]').src); }")
    assert page.evaluate("words => words.map(offline.fold)", words) == [fold(word) for word in words]
