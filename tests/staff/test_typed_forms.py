"""A session that ends while somebody types: after the login the form comes back, filled, for who typed it alone."""

import time
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pimms_directory.editing.publishing.publication import Publication
from pimms_directory.staff import site as staff_site
from pimms_directory.staff import typed_forms
from sites.models import Listing, Site, SiteAlias
from tests.admin_pages import admin_page
from tests.factories import OpeningPeriodFactory, PressReleaseFactory, SiteFactory
from tests.forms import filled
from tests.staff.test_login import log_in
from tests.staff.test_second_factor import CODE, code, set_up

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
SENTENCE = "Votre session avait pris fin : voici ce que vous aviez saisi, rien n’est encore enregistré."


@pytest.fixture
def site():
    site = SiteFactory(slug="pimms-dole", name="PIMMS Dole", phone="03 84 00 00 01")
    OpeningPeriodFactory(site=site, weekday=1, opens="09:00", closes="12:00")
    return site


def form_of(client, page: str, form_id: str, **typed) -> dict:
    return filled(client.get(page), form_id, **typed)


def return_to(client, page: str, **login):
    """Through the door, back to the page that the session ended on."""
    entered = log_in(client, after=quote(page), **login)
    assert entered.status_code == 302
    return client.get(entered.url, follow=True)


def end_quietly(monkeypatch) -> None:
    now = time.time()
    monkeypatch.setattr(staff_site.time, "time", lambda: now + 61 * 60)


def sweep(monkeypatch) -> None:
    Session.objects.all().delete()


@pytest.mark.parametrize("end", [end_quietly, sweep])
def test_a_form_comes_back_filled_after_the_login_and_nothing_is_saved(client, account, site, monkeypatch, end):
    account("redaction")
    log_in(client)
    page = admin_page(Site, "change", site.pk)
    form = form_of(client, page, "site_form", phone="03 84 00 00 77", _reason="Appel")
    form |= {"aliases-TOTAL_FORMS": ["1"], "aliases-0-name": ["PIMMS de Dole"]}  # a row that a script added
    form["contact_checked_on"] = ["bientôt"]
    end(monkeypatch)
    assert client.post(page, form).url == f"/admin/login/?next={page}"
    assert "Ce que vous avez saisi est gardé" in client.get(f"/admin/login/?next={page}").content.decode()
    again = return_to(client, page)
    assert SENTENCE in again.content.decode()
    typed = filled(again, "site_form")
    assert typed["phone"] == ["03 84 00 00 77"] and typed["_reason"] == ["Appel"]
    assert typed["aliases-0-name"] == ["PIMMS de Dole"] and typed["contact_checked_on"] == ["bientôt"]
    assert Site.objects.get().phone == "03 84 00 00 01" and not SiteAlias.objects.exists()
    typed["aliases-0-slug"] = ["pimms-de-dole"]
    assert client.post(page, typed).status_code == 200, "what is wrong is refused as ever"
    typed["contact_checked_on"] = ["01/08/2024"]
    assert client.post(page, typed).status_code == 302
    assert Site.objects.get().phone == "03 84 00 00 77" and SiteAlias.objects.get().name == "PIMMS de Dole"
    assert SENTENCE not in client.get(page).content.decode(), "once"
    assert typed_forms.KEY not in client.session


def test_a_new_record_comes_back_too(client, account, monkeypatch):
    account("redaction")
    log_in(client)
    page = admin_page(Site, "add")
    form = form_of(client, page, "site_form", name="PIMMS Poligny", phone="03 84 00 00 02")
    sweep(monkeypatch)
    client.post(page, form)
    again = filled(return_to(client, page), "site_form")
    assert again["name"] == ["PIMMS Poligny"] and again["phone"] == ["03 84 00 00 02"]
    assert not Site.objects.exists()


def test_another_account_never_sees_it(client, account, site, monkeypatch):
    account("redaction")
    account("redaction", username="dominique")
    log_in(client)
    page = admin_page(Site, "change", site.pk)
    form = form_of(client, page, "site_form", phone="03 84 00 00 77")
    sweep(monkeypatch)
    client.post(page, form)
    assert "03 84 00 00 77" not in client.get(f"/admin/login/?next={page}").content.decode()
    other = return_to(client, page, username="dominique")
    assert "03 84 00 00 77" not in other.content.decode() and SENTENCE not in other.content.decode()
    assert typed_forms.KEY not in client.session, "it goes with the other's login"
    client.post("/admin/logout/")
    assert "03 84 00 00 77" not in return_to(client, page).content.decode()


def test_a_form_of_somebody_else_is_not_kept_for_who_is_logged_in(account, site):
    """On a shared computer: one account's form in a tab, another's login in the next."""
    account("redaction")
    account("redaction", username="dominique")
    client = Client(enforce_csrf_checks=True)
    enter(client)
    page = admin_page(Site, "change", site.pk)
    form = form_of(client, page, "site_form", phone="03 84 00 00 77")
    client.post("/admin/logout/", {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"][0]})
    enter(client, "dominique")
    assert client.post(page, form).status_code == 403
    assert "03 84 00 00 77" not in client.get(page).content.decode()


def enter(client, username: str = "camille") -> None:
    from tests.conftest import PASSWORD

    token = client.get("/admin/login/").content.decode().partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
    data = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/admin/login/?next=/admin/", data).status_code == 302


def test_a_login_in_another_tab_gives_the_form_back_at_once(account, site):
    account("redaction")
    client = Client(enforce_csrf_checks=True)
    enter(client)
    page = admin_page(Site, "change", site.pk)
    form = form_of(client, page, "site_form", phone="03 84 00 00 77")
    sweep(None)
    enter(client)
    refused = client.post(page, form)
    assert (refused.status_code, refused.url) == (302, page)
    again = client.get(page)
    assert SENTENCE in again.content.decode() and filled(again, "site_form")["phone"] == ["03 84 00 00 77"]
    assert Site.objects.get().phone == "03 84 00 00 01"
    assert client.post(page, filled(again, "site_form")).status_code == 302
    assert Site.objects.get().phone == "03 84 00 00 77"


def test_a_forged_form_is_refused_as_before(account, site):
    account("redaction")
    client = Client(enforce_csrf_checks=True)
    enter(client)
    page = admin_page(Site, "change", site.pk)
    for forged in ({}, {"_typed_by": "1"}, {"_typed_by": "1:2:3", "phone": "03 84 00 00 66"}):
        assert client.post(page, forged).status_code == 403
    assert typed_forms.KEY not in client.session


def test_a_mark_for_another_purpose_is_none(account, site):
    user = account("redaction")
    client = Client(enforce_csrf_checks=True)
    enter(client)
    page = admin_page(Site, "change", site.pk)
    for salt, expected in (("editing.state", 403), (typed_forms.MARK, 302)):
        mark = signing.dumps(user.pk, salt=salt)
        assert client.post(page, {"_typed_by": mark, "phone": "03 84 00 00 66"}).status_code == expected
        assert (typed_forms.KEY in client.session) == (expected == 302)


def test_nobody_fills_sessions_without_having_been_inside(client, account, site, monkeypatch):
    page = admin_page(Site, "change", site.pk)
    client.post(page, {"phone": "x" * 1000})
    assert not Session.objects.exists()
    user = account("redaction")
    old = typed_forms.mark(user)
    later = time.time() + timedelta(days=8).total_seconds()
    monkeypatch.setattr(staff_site.time, "time", lambda: later)
    client.post(page, {"phone": "x", "_typed_by": old})
    assert typed_forms.KEY not in client.session


def test_it_waits_for_the_second_factor(client, account, site, monkeypatch):
    account("redaction")
    log_in(client)
    key, _codes = set_up(client)
    page = admin_page(Site, "change", site.pk)
    form = form_of(client, page, "site_form", phone="03 84 00 00 77")
    sweep(monkeypatch)
    client.post(page, form)
    entered = log_in(client, after=page)
    assert "03 84 00 00 77" not in client.get(entered.url, follow=True).content.decode()
    assert client.post(page, form).status_code == 302, "a password alone opens nothing, and loses nothing"
    again = client.post(f"{CODE}?next={page}", {"code": code(key, 1)}, follow=True)
    assert filled(again, "site_form")["phone"] == ["03 84 00 00 77"]


def test_no_password_is_ever_kept(client, account, monkeypatch):
    user = account("administration")
    log_in(client)
    for page in ("/admin/password_change/", "/admin/auth/user/add/", "/admin/login/"):
        assert "_typed_by" not in client.get(page).content.decode()
    sweep(monkeypatch)
    client.post("/admin/auth/user/add/", {"username": "x", "password1": "secret", "_typed_by": typed_forms.mark(user)})
    assert "secret" not in str(client.session[typed_forms.KEY])


def test_pasted_lines_come_back(client, account, monkeypatch):
    account("presse")
    log_in(client)
    release = PressReleaseFactory()
    page = admin_page(Listing, "lines", release.pk)
    form = form_of(client, page, "lines-form", text="Isère;Grenoble;PIMMS Grenoble;non", _save="1")
    sweep(monkeypatch)
    client.post(page, {**form, "file": SimpleUploadedFile("lignes.csv", b"x")})
    again = return_to(client, page)
    assert SENTENCE in again.content.decode() and "Le fichier est à choisir de nouveau." in again.content.decode()
    assert filled(again, "lines-form")["text"] == ["Isère;Grenoble;PIMMS Grenoble;non"]
    assert not Listing.objects.exists()


def test_a_reason_comes_back_and_the_step_is_not_taken(client, account, site, monkeypatch):
    account("redaction")
    log_in(client)
    for name in ("withdraw", "delete"):
        page = admin_page(Site, name, site.pk)
        form = form_of(client, page, "", _reason="Fermé")
        sweep(monkeypatch)
        client.post(page, form)
        assert 'value="Fermé"' in return_to(client, page).content.decode()
        assert Site.objects.get().publication == Publication.PUBLISHED


@pytest.mark.parametrize("action", ["withdraw_selected", "confirm_selected", "delete_selected"])
def test_the_last_step_of_an_action_is_shown_again_and_not_taken(client, account, site, monkeypatch, action):
    account("redaction")
    log_in(client)
    page = admin_page(Site)
    step = client.post(page, {"action": action, "_selected_action": [site.pk]})
    typed = {"_reason": "Fermé", "detail": "Appel de lundi", "_confirmed": "1", "post": "yes"}
    form = filled(step, "", **typed) | {"_typed_by": [step.context["typed_by"]]}  # also in Django's own page
    sweep(monkeypatch)
    client.post(page, form)
    again = return_to(client, page).content.decode()
    assert SENTENCE in again
    assert {"withdraw_selected": "Fermé", "confirm_selected": "Appel de lundi", "delete_selected": ""}[action] in again
    assert (
        Site.objects.get().publication == Publication.PUBLISHED
        and Site.objects.get().contact_source != "Appel de lundi"
    )


def test_an_import_is_shown_again_before_it_is_written(client, account, site, monkeypatch):
    account("redaction")
    log_in(client)
    page = admin_page(Site, "import")
    table = f"slug,phone\n{site.slug},03 84 00 00 77\n".encode()
    preview = client.post(page, {"file": SimpleUploadedFile("t.csv", table)})
    form = filled(preview, "confirm-form")
    sweep(monkeypatch)
    client.post(page, form)
    again = return_to(client, page)
    assert "03 84 00 00 77" in again.content.decode() and Site.objects.get().phone == "03 84 00 00 01"
    assert client.post(page, filled(again, "confirm-form")).status_code == 302
    assert Site.objects.get().phone == "03 84 00 00 77"


def test_a_record_deleted_meanwhile_shows_what_was_typed(client, account, site, monkeypatch):
    account("redaction")
    log_in(client)
    page = admin_page(Site, "change", site.pk)
    form = form_of(client, page, "site_form", phone="03 84 00 00 77")
    sweep(monkeypatch)
    client.post(page, form)
    Site.objects.all().delete()
    assert "03 84 00 00 77" in return_to(client, page).content.decode()


def test_what_somebody_else_changed_meanwhile_is_shown_with_it(client, account, site, monkeypatch):
    account("redaction")
    log_in(client)
    page = admin_page(Site, "change", site.pk)
    form = form_of(client, page, "site_form", phone="03 84 00 00 77")
    sweep(monkeypatch)
    client.post(page, form)
    Site.objects.update(phone="03 84 00 00 99")
    again = return_to(client, page)
    assert [each.difference.name for each in again.context["typed"].conflicts] == ["phone"]
    assert client.post(page, filled(again, "site_form")).status_code == 302
    assert Site.objects.get().phone == "03 84 00 00 77"
