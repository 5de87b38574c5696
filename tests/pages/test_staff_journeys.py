"""What staff do, from the door to the public page: correct, rename, publish, disagree, go back, compare with the list.

They share one served site, so each works on sites of its own. What no browser is needed for stands in tests/editing/.
"""

import re
import time
from pathlib import Path
from time import perf_counter

from playwright.sync_api import expect

EXTRACT = Path(__file__).parents[1] / "data" / "liste-fs-20240801-extrait.csv"


def public(desk, path: str) -> str:
    """What a reader gets, past any cache of the browser."""
    response = desk.page.request.get(f"{desk.visit.origin}{path}", headers={"Cache-Control": "no-cache"})
    return response.text()


def eventually(desk, path: str, text: str) -> None:
    """The page cache answers with the new state within a second."""
    for _attempt in range(20):
        if text in public(desk, path):
            return
        desk.page.wait_for_timeout(150)
    raise AssertionError(f"{path} never says {text!r}")


class Clicks:
    count = 0

    def __call__(self, what) -> None:
        self.count += 1
        what.click()


def test_the_pages_of_the_admin_are_accessible_and_fit_a_phone(staff, axe, overflow):
    """In the dark, at 360 pixels. Django's own forms have findings that ours have no longer."""
    desk = staff("chloe", "administration", width=360, height=740, dark=True)
    for path in (
        "/admin/",
        "/admin/directory/site/?q=paris",
        "/admin/directory/site/add/",
        "/admin/directory/department/add/",
        "/admin/directory/commune/?q=blois",
        "/admin/labels/pressrelease/",
        "/admin/auth/group/add/",
        "/admin/auth/user/",
        "/admin/directory/site/deleted/",
        "/admin/staff/loginevent/",
        "/admin/guide/",
        "/admin/directory/association/importer/",
    ):
        page = desk.open(path)
        page.wait_for_timeout(50)  # names are given once the admin's own scripts have run
        assert desk.visit.problems == [], path
        assert overflow(page) == [], path
        assert axe(page) == [], path
        for field in page.locator("#searchbar").all():
            assert field.bounding_box()["width"] >= 110, path  # room for the name of a commune
        desk.visit.console.clear(), desk.visit.failed.clear()  # what axe itself asked for
    page.goto(f"{desk.visit.origin}/admin/labels/pressrelease/")
    page.locator("#result_list tbody th a").first.click()
    page.locator("#pressrelease_form").wait_for()
    page.wait_for_timeout(100)
    assert overflow(page) == [] and axe(page) == []


CUT = """() => [...document.querySelectorAll("#content form :is(input:not([type=hidden]), select, textarea)")]
    .filter(field => !field.closest(".empty-form") && field.getBoundingClientRect().width > 1)
    .filter(field => {
        const row = field.closest(".form-row, .inline-related, form");
        return field.getBoundingClientRect().right > row.getBoundingClientRect().right + 1;
    })
    .map(field => field.name)"""
COVERED = """() => {
    const title = document.createRange();
    title.selectNodeContents(document.querySelector("#content h1"));
    const [words, buttons] = [title, document.querySelector(".object-tools")].map(each => each.getBoundingClientRect());
    return words.right > buttons.left && words.bottom > buttons.top && words.top < buttons.bottom;
}"""


def test_no_field_is_cut_off_and_no_title_covered(staff):
    desk = staff("farid", "administration")
    for width in (360, 1280):
        desk.page.set_viewport_size({"width": width, "height": 800})
        for path in ("labels/pressrelease/", "labels/wave/", "labels/keyfigure/", "directory/association/"):
            page = desk.open(f"/admin/{path}")
            assert not page.evaluate(COVERED), (path, width)
            page.locator("#result_list tbody th a").first.click()
            page.locator("#id_reason").wait_for()
            assert page.evaluate(CUT) == [], (path, width)


def test_a_phone_is_corrected_on_a_phone_and_the_history_says_who_what_and_why(staff, axe, overflow):
    desk = staff("awa", width=360, height=740)
    page = desk.site("pimms cergy")
    assert desk.visit.problems == []
    field = page.get_by_label("Téléphone :")
    before = field.input_value()
    assert overflow(page) == []
    field.fill("01 99 00 12 34")
    desk.save("Appel du PIMMS")
    page.get_by_text("a été modifié avec succès").wait_for()
    eventually(desk, "/pimms/pimms-cergy/", "01 99 00 12 34")
    desk.site("pimms cergy").get_by_role("link", name="Historique").click()
    step = page.locator(".step").first.inner_text()
    assert "awa" in step and "Motif : Appel du PIMMS" in step
    assert "Téléphone" in step and before in step and "01 99 00 12 34" in step
    assert overflow(page) == []
    assert desk.visit.problems == []
    assert axe(page) == []


def test_a_new_name_moves_the_page_and_its_old_address_leads_there(staff):
    desk = staff("awa")
    page = desk.site("pimms sevran")
    page.get_by_label("Nom :", exact=True).fill("PIMMS Sevran Beaudottes")
    desk.save("Nouveau nom sur la devanture")
    page.get_by_text("a été modifié avec succès").wait_for()
    eventually(desk, "/pimms/pimms-sevran/", "PIMMS Sevran Beaudottes")
    page.goto(f"{desk.visit.origin}/pimms/pimms-sevran/")
    assert page.url.endswith("/pimms/pimms-sevran-beaudottes/")
    assert "PIMMS Sevran Beaudottes" in page.get_by_role("heading", level=1).inner_text()


def test_a_site_is_prepared_by_keyboard_previewed_then_published(staff, axe):
    desk = staff("awa")
    page = desk.open("/admin/directory/site/add/")
    page.get_by_label("Nom :", exact=True).fill("PIMMS Blois Nord")
    for label, typed, wanted in (
        ("Association", "blois", "PIMMS Blois"),
        ("Département", "41", "Loir-et-Cher (41)"),
        ("Commune", "blois", "Blois (41)"),
        ("Vague", "automne", "Vague de l’automne 2020"),
    ):
        page.get_by_role("combobox", name=re.compile(label)).focus()
        page.keyboard.press("Enter")
        page.locator(".select2-container--open .select2-search__field:focus").wait_for()
        page.keyboard.type(typed)
        page.locator(".select2-results__option--highlighted").get_by_text(wanted, exact=True).wait_for()
        page.keyboard.press("Enter")
    page.get_by_label("Lundi, ouvre à").first.fill("9h")
    page.get_by_label("Lundi, ferme à").first.fill("12h30")
    monday = page.locator("#id_opening_periods_1")
    expect(monday).to_have_text("9 h – 12 h 30")
    page.get_by_role("button", name="Mardi à vendredi comme lundi").press("Enter")
    expect(page.get_by_label("Vendredi, ferme à").first).to_have_value("12h30")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.get_by_text("Publication : en préparation").wait_for()
    assert "Blois Nord" not in public(desk, "/pimms/?q=blois")
    expect(page.get_by_label("Vendredi, ferme à").first).to_have_value("12:30")
    assert axe(page) == []
    form = page.url
    page.get_by_role("link", name="Aperçu de la page").click()
    page.get_by_text("Aperçu, non publié").first.wait_for()
    page.goto(form)
    page.get_by_role("link", name="Publier…").click()
    assert axe(page) == []
    page.get_by_label("Motif").fill("Ouverture")
    page.get_by_role("button", name="Publier").click()
    page.get_by_text("1 fiche publiée").wait_for()
    eventually(desk, "/pimms/pimms-blois-nord/", "lundi".capitalize())


WEEK = "Lundi : 9h00 - 12h30 13h30-17h ; mar-ven 9h-12h / 14h-17h ; samedi fermé"


def test_a_week_is_entered_from_pasted_text(staff, axe, overflow):
    """From the first page of the admin to the public page; clicks and seconds are printed."""
    desk = staff("awa")
    page, began, clicks = desk.page, perf_counter(), Clicks()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", WEEK)
    clicks(page.get_by_role("link", name="Sites", exact=True).first)
    page.get_by_label("Rechercher").fill("pimms melun")
    page.keyboard.press("Enter")
    clicks(page.locator("#result_list tbody th a"))
    clicks(page.get_by_label("Horaires :", exact=True))
    page.keyboard.press("Control+v")
    expect(page.locator("#id_opening_periods_1")).to_have_text("9 h – 12 h 30 et 13 h 30 – 17 h")
    expect(page.locator("#id_opening_periods_5")).to_have_text("9 h – 12 h et 14 h – 17 h")
    expect(page.locator(".week-said")).to_contain_text("Repris du texte : du lundi au samedi.")
    expect(page.get_by_label("Horaires :", exact=True)).to_have_value("")
    clicks(page.get_by_role("button", name="Enregistrer", exact=True).nth(1))
    page.get_by_text("a été modifié avec succès").wait_for()
    print(f"A week from pasted text: {clicks.count} clicks, {perf_counter() - began:.1f} s")
    eventually(desk, "/pimms/pimms-melun/", "9\u00a0h – 12\u00a0h\u00a030")
    assert desk.visit.problems == []


def test_a_week_is_checked_while_it_is_typed_on_a_phone_in_the_dark(staff, axe, overflow):
    desk = staff("awa", width=360, height=740, dark=True)
    page = desk.site("pimms evry")
    page.get_by_label("Mardi, ouvre à").first.fill("9x")
    page.get_by_label("Mardi, ferme à").first.fill("12h")
    tuesday = page.locator("#id_opening_periods_2")
    expect(tuesday).to_contain_text("Mardi : « 9x » n’est pas une heure.")
    assert overflow(page) == [] and axe(page) == []
    page.get_by_label("Horaires :", exact=True).fill("lundi sur rendez-vous")
    page.get_by_label("Mardi, ouvre à").first.fill("9.30")
    expect(page.locator(".week-said")).to_contain_text(
        "Texte : « lundi » : « sur rendez-vous » n’est pas un horaire lisible."
    )
    expect(tuesday).to_contain_text("9 h 30 – 12 h")
    page.get_by_label("Horaires :", exact=True).fill("samedi 9h-midi")
    page.get_by_label("Dimanche, ouvre à").first.click()
    expect(page.get_by_label("Samedi, ferme à").first).to_have_value("12:00")
    expect(page.get_by_label("Dimanche, ouvre à").first).to_be_focused()
    page.get_by_label("Horaires :", exact=True).fill("lundi sur rendez-vous")
    page.get_by_role("button", name="Enregistrer", exact=True).first.click()
    expect(page.locator(".errorlist").first).to_contain_text("« sur rendez-vous » n’est pas un horaire lisible.")
    expect(page.get_by_label("Horaires :", exact=True)).to_have_value("lundi sur rendez-vous")
    expect(page.get_by_label("Mardi, ouvre à").first).to_have_value("9.30")
    assert axe(page) == []


def test_without_script_a_text_is_read_on_saving(staff):
    desk = staff("awa", javascript=False)
    page = desk.site("pimms evry")
    expect(page.get_by_role("button", name="Mardi à vendredi comme lundi")).to_be_hidden()
    page.get_by_label("Horaires :", exact=True).fill("dimanche 8h-9h")
    desk.save("Courriel du PIMMS")
    page.get_by_text("a été modifié avec succès").wait_for()
    assert desk.site("pimms evry").get_by_label("Dimanche, ouvre à").first.input_value() == "08:00"


def test_the_form_of_a_site_is_three_screens_and_saves_soon_after_the_telephone(staff):
    desk = staff("awa", width=1280, height=800)
    page = desk.site("pimms blois")
    assert page.evaluate("document.documentElement.scrollHeight") <= 3 * 800
    page.get_by_label("Téléphone :").focus()
    for stop in range(1, 26):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "_save":
            print(f"From the telephone to the button: {stop} stops")
            return
    raise AssertionError("no button within 25 stops")


def test_the_second_of_two_editors_sees_the_first_one_s_change_and_chooses_then_goes_back(staff, axe, overflow):
    awa, bob = staff("awa"), staff("bob", width=360, height=740)
    awa.site("pimms rennes").get_by_label("Téléphone :").fill("02 99 00 00 01")
    theirs = bob.site("pimms rennes")
    theirs.get_by_label("Téléphone :").fill("02 99 00 00 02")
    theirs.get_by_label("Courriel :").fill("accueil@pimms.example")
    awa.save("Appel")
    awa.page.get_by_text("a été modifié avec succès").wait_for()
    bob.save("Courriel reçu")
    theirs.get_by_role("heading", name="Cette fiche a changé pendant que vous y travailliez").wait_for()
    assert "02 99 00 00 01" in theirs.locator(".conflicts").inner_text()
    assert axe(theirs) == [] and overflow(theirs) == []
    theirs.get_by_label("Téléphone :").press("Enter")  # saves, and takes nobody’s value
    theirs.get_by_text("a été modifié avec succès").wait_for()

    page = awa.site("pimms rennes")
    assert page.get_by_label("Téléphone :").input_value() == "02 99 00 00 02"
    assert page.get_by_label("Courriel :").input_value() == "accueil@pimms.example"
    page.get_by_role("link", name="Historique").click()
    page.get_by_role("link", name=re.compile("Revenir à la version")).first.click()
    assert axe(page) == []
    page.get_by_role("button", name="Revenir à cette version").click()
    page.get_by_text("est revenu à cette version").wait_for()
    assert page.get_by_label("Téléphone :").input_value() == "02 99 00 00 01"


def test_leaving_what_is_not_saved_is_asked_about_and_saving_is_not(staff):
    desk = staff("awa")
    asked = []
    desk.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page = desk.site("pimms yvelines")
    page.get_by_role("link", name="Historique").click()
    page.get_by_role("heading", name=re.compile("Historique")).wait_for()
    assert asked == [], "nothing was typed"
    page = desk.site("pimms yvelines")
    page.get_by_label("Téléphone :").fill("01 99 00 00 09")
    page.get_by_role("link", name="Historique").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.get_by_label("Téléphone :").input_value() == "01 99 00 00 09"
    desk.save("Appel")
    page.get_by_text("a été modifié avec succès").wait_for()
    assert asked == ["beforeunload"]


def test_the_official_list_is_compared_ticked_and_taken_over_as_drafts(staff, axe, overflow):
    desk = staff("awa", width=360, height=740)
    page = desk.open("/admin/directory/officiallist/add/")
    assert overflow(page) == []
    page.get_by_label("Fichier CSV").set_input_files(
        {"name": "liste-fs-20240801.csv", "mimeType": "text/csv", "buffer": EXTRACT.read_bytes()}
    )
    page.get_by_role("button", name="Comparer").click()
    page.get_by_text(re.compile(r"Sites nouveaux : \d+")).wait_for()
    assert overflow(page) == []
    entry = page.locator(".official-entry", has_text="Bordeaux").first
    page.evaluate("document.querySelectorAll('input[name=take]').forEach(box => { box.checked = false; })")
    entry.get_by_role("button", name="Tout cocher").click()
    expect(page.locator("[data-count=sites]")).to_have_text("1")
    page.get_by_role("button", name="Reprendre ce qui est coché").click()
    page.get_by_text("Sites créés : 1").wait_for()
    assert overflow(page) == []
    page.get_by_role("heading", name="Sites créés").locator("xpath=following-sibling::ul[1]").get_by_role(
        "link"
    ).click()
    page.get_by_text("Publication : en préparation").wait_for()
    assert "Bordeaux" in page.get_by_label("Nom :", exact=True).input_value()
    assert desk.visit.problems == []  # before axe, which puts style sheets into the page that the policy refuses
    assert axe(page) == []


def test_three_changes_of_a_new_list_take_five_clicks_wherever_they_stand(staff, axe):
    """38 new sites are ticked beforehand: to take three of them is no work of unticking 35."""
    desk = staff("chloe", "administration")
    page = desk.open("/admin/directory/officiallist/add/")
    began = time.monotonic()
    page.get_by_label("Fichier CSV").set_input_files(
        {"name": "liste-fs-20240802.csv", "mimeType": "text/csv", "buffer": EXTRACT.read_bytes() + b"\n"}
    )
    clicks = 0

    def click(target) -> None:
        nonlocal clicks
        target.click()
        clicks += 1

    page.get_by_role("button", name="Comparer", exact=True).click()
    expect(page.locator("[data-count=sites]")).not_to_have_text("0")
    new = page.locator(".official-kind").first
    click(page.locator(".official-bar").get_by_role("button", name="Tout décocher"))
    expect(page.locator("[data-count=values]")).to_have_text("0")
    entries = new.locator(".official-entry", has_not_text="Bordeaux")  # another journey takes that one
    for number in (2, 17, 30):
        click(entries.nth(number).get_by_role("button", name="Tout cocher"))
    expect(page.locator("[data-count=sites]")).to_have_text("3")
    assert axe(page) == []
    click(page.get_by_role("button", name="Reprendre ce qui est coché"))
    expect(page.get_by_text("Sites créés : 3")).to_be_visible()
    seconds = time.monotonic() - began
    assert clicks == 5
    assert seconds < 60
    print(f"three of 38 new sites: {clicks} clicks, {seconds:.1f} s")
