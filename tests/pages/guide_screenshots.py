"""Takes the pictures of docs/guide-redaction.md: ``make guide``.

Runs the site on a database of its own with the product data and accounts of invented names, walks through what the
guide describes, and writes palette PNGs to docs/images/.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from tests.served import ROOT, serving

IMAGES = ROOT / "docs" / "images"
EXTRACT = ROOT / "tests" / "data" / "liste-fs-20240801-extrait.csv"
WIDTH, COLOURS = 1000, 32
PORT = 20_112
ORIGIN = f"http://127.0.0.1:{PORT}"
STAFF = {"awa.exemple": ("redaction", "presse"), "bob.exemple": ("redaction",)}
PASSWORD = "quatre-vingts canards lents"


@contextmanager
def site() -> Iterator[None]:
    """The site on ``ORIGIN``, until the end of the block."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), PORT=str(PORT)) as served:
        for name, given in STAFF.items():
            roles = [word for role in given for word in ("--role", role)]
            account = (name, "--email", f"{name}@pimms.example", *roles, "--password-stdin")
            served.manage("create_staff", *account, typed=PASSWORD)
        yield


def take(page: Page, name: str, *parts: Locator, below: int = 12) -> None:
    """Keeps what holds all these parts, across the whole width; the window where none is named."""
    page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
    page.wait_for_timeout(200)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=bool(parts))))
    boxes = [box for part in parts if (box := part.bounding_box())]
    if boxes:
        left = min(box["x"] for box in boxes) - 12
        top = min(box["y"] for box in boxes) - 12
        right = max(box["x"] + box["width"] for box in boxes) + 12
        bottom = max(box["y"] + box["height"] for box in boxes) + below
        picture = picture.crop((max(int(left), 0), max(int(top), 0), min(int(right), WIDTH), int(bottom)))
    flat = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    IMAGES.mkdir(exist_ok=True)
    flat.save(IMAGES / f"{name}.png", optimize=True)
    print(f"{name}.png  {flat.width} x {flat.height}  {(IMAGES / f'{name}.png').stat().st_size // 1000} kB")


def journey(new_page: Callable[[], Page]) -> None:
    awa, bob = (enter(new_page, name) for name in STAFF)
    correct(awa)
    close_in_august(awa)
    disagree(awa, bob)
    compare(awa)
    publish(awa)


def enter(new_page: Callable[[], Page], name: str) -> Page:
    page: Page = new_page()
    page.goto(f"{ORIGIN}/admin/")
    page.get_by_label("Nom d’utilisateur").fill(name)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Connexion").click()
    page.get_by_role("heading", name="Tenue de l’annuaire").wait_for()
    return page


def open_site(page: Page, name: str) -> Page:
    page.goto(f"{ORIGIN}/admin/directory/site/?q={name}")
    page.locator("#result_list tbody th a").first.click()
    page.locator("#site_form").wait_for()
    page.wait_for_load_state("load")
    return page


def save(page: Page, reason: str) -> None:
    page.get_by_label("Motif de la modification").fill(reason)
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    page.get_by_text("a été modifié avec succès").wait_for()


def correct(page: Page) -> None:
    page.goto(f"{ORIGIN}/admin/directory/site/?q=blois")
    take(page, "rechercher", page.locator("#toolbar"), page.locator("#changelist-form"))
    open_site(page, "blois")
    hours = page.get_by_label("Horaires :", exact=True)
    hours.fill("lun-ven 9h-12h / 14h-17h ; samedi 9h-midi")
    hours.blur()
    page.get_by_text("Repris du texte").wait_for()
    take(page, "horaires", page.locator("fieldset.often").nth(1), page.locator(".save-here").nth(1))
    page.get_by_role("heading", name="Position").click()
    take(page, "position", page.locator("fieldset.module", has=page.locator(".field-on_the_map")).last, below=4)
    open_site(page, "blois")
    page.get_by_label("Téléphone :").fill("02 54 00 00 01")
    page.get_by_label("Source des coordonnées").fill("Appel au PIMMS")
    page.get_by_label("Coordonnées vérifiées le").fill(f"{date.today():%d/%m/%Y}")
    take(page, "corriger", page.locator("#content > h1"), page.locator(".save-here").first)
    save(page, "Appel du PIMMS")
    open_site(page, "blois").get_by_role("link", name="Historique").click()
    take(page, "historique", page.locator("#content > h1"), page.locator(".step").first)
    page.get_by_role("link", name="Revenir à la version").first.click()
    take(page, "revenir", page.locator("#content > h1"), page.locator(".submit-row"))


def close_in_august(page: Page) -> None:
    """A closure that is prepared on a published record, and seen before the public reads of it."""
    year = date.today().year + 1
    open_site(page, "blois")
    notice = page.locator("#notices-0")
    notice.get_by_label("Du :").fill(f"03/08/{year}")
    notice.get_by_label("Au (inclus) :").fill(f"21/08/{year}")
    notice.get_by_label("Phrase publique :").fill("L’accueil par téléphone continue.")
    take(page, "fermeture", page.locator("#notices-group"))
    page.get_by_label("Motif de la modification").fill("Courriel du PIMMS")
    page.get_by_role("button", name="Garder en préparation").click()
    page.get_by_role("heading", name="Ce qui changera").wait_for()
    take(page, "modification-gardee", page.locator("#content > h1"), page.locator(".submit-row").last)


def disagree(awa: Page, bob: Page) -> None:
    open_site(awa, "melun").get_by_label("Téléphone :").fill("01 64 00 00 01")
    open_site(bob, "melun").get_by_label("Téléphone :").fill("01 64 00 00 02")
    save(awa, "Appel du PIMMS")
    bob.get_by_label("Motif de la modification").fill("Site web de la mairie")
    bob.get_by_role("button", name="Enregistrer", exact=True).last.click()
    bob.get_by_role("heading", name="Cette fiche a changé").wait_for()
    take(bob, "deux-personnes", bob.locator("#content > h1"), bob.locator(".conflicts"))


def compare(page: Page) -> None:
    page.goto(f"{ORIGIN}/admin/directory/officiallist/add/")
    page.get_by_label("Fichier CSV").set_input_files(
        {"name": "liste-fs-20240801.csv", "mimeType": "text/csv", "buffer": EXTRACT.read_bytes()}
    )
    page.get_by_role("button", name="Comparer").click()
    page.get_by_role("heading", name="Sites nouveaux").wait_for()
    # It stays on the screen, and would cover what the picture shows.
    page.locator(".official-bar").evaluate("bar => { bar.style.position = 'static'; }")
    take(page, "liste-officielle", page.locator("#content > h1"), page.locator(".official-entry").first)
    comparison = page.url
    page.goto(f"{ORIGIN}/admin/")
    take(page, "premiere-page", page.locator("#header"), page.locator("#a-verifier li").nth(1), below=4)
    page.goto(comparison)
    page.get_by_role("button", name="Reprendre ce qui est coché").click()
    page.get_by_role("heading", name="Sites créés").wait_for()


def publish(page: Page) -> None:
    """A wave that the comparison made, with its sites: all of them drafts."""
    page.goto(f"{ORIGIN}/admin/labels/wave/?publication__exact=draft")
    page.locator("#result_list tbody th a").first.click()
    page.locator("#wave_form").wait_for()
    take(page, "publication", page.locator("#content > h1"), page.locator(".publishing"))
    page.get_by_role("link", name="Publier…").click()
    take(page, "publier", page.locator("#content > h1"), page.locator(".step").nth(1))
    page.goto(f"{ORIGIN}/admin/directory/site/?publication__exact=draft")
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("link", name="Aperçu de la page").click()
    page.set_viewport_size({"width": 900, "height": 700})
    take(page, "apercu")


def main() -> None:
    with site(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-quic", "--lang=fr-FR"],
            env={**os.environ, "LANGUAGE": "fr_FR"},
        )

        def new_page() -> Page:
            context = browser.new_context(
                viewport={"width": WIDTH, "height": 700},
                locale="fr-FR",
                timezone_id="Europe/Paris",
                color_scheme="light",
                reduced_motion="reduce",
            )
            context.add_init_script("localStorage.setItem('django.admin.navSidebarIsOpen', 'false')")
            page = context.new_page()
            page.set_default_timeout(90_000)
            page.on("dialog", lambda dialog: dialog.accept())
            return page

        journey(new_page)
        browser.close()


if __name__ == "__main__":
    main()
