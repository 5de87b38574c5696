"""A form that is kept, in a browser: a change that waits to be published, and what was typed while a session ended."""

from playwright.sync_api import expect

from tests.conftest import PASSWORD
from tests.pages.test_staff_journeys import eventually, public


def test_a_doubtful_change_is_kept_previewed_and_published(staff, axe, overflow):
    desk = staff("awa", width=360, height=740)
    page = desk.site("pimms evry")
    form, before = page.url, page.get_by_label("Téléphone :").input_value()
    page.get_by_label("Téléphone :").fill("06 99 00 12 34")
    desk.save("Lu sur la porte")
    expect(page.get_by_text("Le téléphone 06 99 00 12 34 est un mobile")).to_be_visible()
    expect(page.get_by_role("button", name="Enregistrer quand même")).to_be_visible()
    assert overflow(page) == [] and axe(page) == []
    page.get_by_label("Téléphone :").fill("01 99 00 12 99")
    page.get_by_role("button", name="Garder en préparation").click()
    expect(page.get_by_text("La modification est gardée")).to_be_visible()
    assert overflow(page) == [] and axe(page) == []
    page.get_by_role("link", name="Aperçu de la page").click()
    expect(page.get_by_text("Aperçu, non publié")).to_be_visible()
    expect(page.get_by_text("01 99 00 12 99").first).to_be_visible()
    answer = public(desk, "/pimms/pimms-evry/")
    assert before in answer and "01 99 00 12 99" not in answer
    page.goto(form)
    expect(page.get_by_label("Téléphone :")).to_have_value(before)
    page.get_by_role("link", name="Reprendre la modification").click()
    expect(page.get_by_label("Téléphone :")).to_have_value("01 99 00 12 99")
    expect(page.get_by_label("Motif de la modification")).to_have_value("Lu sur la porte")
    page.get_by_role("link", name="La publier ou l’abandonner…").click()
    page.get_by_role("button", name="Publier la modification").click()
    expect(page.get_by_text("a été modifié avec succès")).to_be_visible()
    eventually(desk, "/pimms/pimms-evry/", "01 99 00 12 99")


def test_what_was_typed_while_the_session_ended_comes_back_after_the_login(staff, axe, overflow):
    desk = staff("awa")
    page = desk.site("pimms antony")
    form = page.url
    page.get_by_label("Courriel :").fill("antony.accueil@pimms.example")
    page.get_by_label("Motif de la modification").fill("Appel du PIMMS")
    page.context.clear_cookies()
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.get_by_text("Ce que vous avez saisi est gardé")).to_be_visible()
    page.get_by_label("Nom d’utilisateur").fill("awa")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Connexion").click()
    expect(page.get_by_text("Votre session avait pris fin : voici ce que vous aviez saisi")).to_be_visible()
    assert page.url == form
    expect(page.get_by_label("Courriel :")).to_have_value("antony.accueil@pimms.example")
    expect(page.get_by_label("Motif de la modification")).to_have_value("Appel du PIMMS")
    assert axe(page) == [] and overflow(page) == []
    assert "antony.accueil" not in public(desk, "/pimms/pimms-antony/")
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    expect(page.get_by_text("a été modifié avec succès")).to_be_visible()
    eventually(desk, "/pimms/pimms-antony/", "antony.accueil")
