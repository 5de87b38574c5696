"""What staff meet at the door, in a browser."""

from playwright.sync_api import expect


def test_a_login_that_fails_too_often_is_locked_and_says_for_how_long(visit, axe, overflow):
    visited = visit("/admin/login/", width=360, height=740)
    page = visited.page
    for _attempt in range(5):
        page.get_by_label("Nom d’utilisateur").fill("camille")
        page.get_by_label("Mot de passe").fill("un mot de passe oublié")
        page.get_by_role("button", name="Connexion").click()
    page.get_by_role("alert").get_by_text("bloquée depuis votre adresse pendant 30 minutes").wait_for()
    expect(page.get_by_label("Mot de passe")).to_have_count(0)
    assert axe(page) == []
    assert overflow(page) == []
    assert visited.problems == []
    page.get_by_role("link", name="Revenir à la page de connexion").click()
    page.get_by_label("Mot de passe").wait_for()
