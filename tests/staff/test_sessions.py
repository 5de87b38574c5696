"""Where an account is logged in, who ends that, and what asks for the password once more."""

import re
import time

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from pimms_directory.staff import sessions, site
from pimms_directory.staff.models import LoginEvent
from tests.conftest import PASSWORD
from tests.forms import filled
from tests.staff.test_login import fail, inside, kinds, log_in
from tests.staff.test_second_factor import CODE, SET_UP, code, set_up

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.one_database]
CONFIRM, SESSIONS = "/admin/confirmer/", "/admin/sessions/"
COOKIE = "sessionid"


def wait(monkeypatch, minutes: int) -> None:
    now = time.time()
    monkeypatch.setattr(sessions.time, "time", lambda: now + minutes * 60)


def offered(client) -> list[str]:
    return re.findall(r'name="sessions" value="(\w+)"', client.get(SESSIONS).text)


def test_a_login_begins_a_session_that_nobody_knew_before(client, account):
    account("redaction")
    client.get("/admin/login/")
    log_in(client)
    first = client.cookies[COOKIE].value
    assert len(first) == 32 and first.isalnum()
    log_in(client)
    assert client.cookies[COOKIE].value != first
    planted = Client()
    planted.cookies[COOKIE] = "a" * 32
    log_in(planted)
    assert planted.cookies[COOKIE].value not in ("a" * 32, first, client.cookies[COOKIE].value)


def test_a_code_begins_another_session_too(client, account):
    account("redaction")
    log_in(client)
    key, _codes = set_up(client)
    client.post("/admin/logout/")
    log_in(client)
    before = client.cookies[COOKIE].value
    client.post(CODE, {"code": code(key, 1)})
    assert inside(client) and client.cookies[COOKIE].value != before
    assert not Session.objects.filter(pk=before).exists()


def test_what_a_browser_makes_up_or_keeps_of_a_session_opens_nothing(client, account):
    account("redaction")
    log_in(client)
    key = client.cookies[COOKIE].value
    client.post("/admin/logout/")
    for value in (key, key[:-1] + ("a" if key[-1] != "a" else "b"), "1", ""):
        browser = Client()
        browser.cookies[COOKIE] = value
        assert not inside(browser)


def test_session_keys_do_not_follow_from_what_can_be_guessed(account):
    """Seeded alike, the generator that is no secret would give the same key twice."""
    import random

    account("redaction")
    keys = set()
    for _browser in range(2):
        random.seed(1)
        browser = Client()
        log_in(browser)
        keys.add(browser.cookies[COOKIE].value)
    assert len(keys) == 2


@pytest.mark.parametrize("end", [lambda user: User.objects.update(is_active=False), lambda user: user.delete()])
def test_an_account_that_is_closed_is_out_at_once(client, account, end):
    user = account("redaction")
    log_in(client)
    assert inside(client)
    end(user)
    assert not inside(client)


def test_staff_see_their_sessions_and_end_one(account):
    account("redaction")
    account("redaction", username="dominique")
    here, phone, library, other = Client(), Client(), Client(), Client()
    log_in(here)
    log_in(phone, REMOTE_ADDR="203.0.113.9")
    log_in(library, REMOTE_ADDR="198.51.100.7")
    log_in(other, username="dominique")
    page = here.get(SESSIONS).text
    assert "203.0.113.0/24" in page and "198.51.100.0/24" in page and page.count('name="sessions"') == 2
    assert not [session.pk for session in Session.objects.all() if session.pk in page], "a key opens what it names"
    (chosen,) = re.findall(r'value="(\w+)"[^>]*>\s*[^<]*203\.0\.113', page)
    assert here.post(SESSIONS, {"sessions": [chosen]}, follow=True).status_code == 200
    assert (inside(here), inside(phone), inside(library), inside(other)) == (True, False, True, True)
    assert kinds()[-1] == "sessions"


def test_sessions_stand_newest_first(account, monkeypatch):
    account("redaction")
    now = time.time()
    for hours in (3, 1, 2):
        monkeypatch.setattr(site.time, "time", lambda ago=hours * 3600: now - ago)
        log_in(Client(), REMOTE_ADDR=f"203.0.{hours}.9")
    monkeypatch.setattr(site.time, "time", lambda: now)
    here = Client()
    log_in(here)
    assert re.findall(r"203\.0\.(\d)", here.get(SESSIONS).text) == ["1", "2", "3"]


def test_nobody_ends_sessions_of_somebody_else(account):
    account("redaction")
    account("redaction", username="dominique")
    here, there, other = Client(), Client(), Client()
    log_in(here)
    log_in(other, username="dominique")
    log_in(there, username="dominique")
    (name,) = offered(other)
    assert here.post(SESSIONS, {"sessions": [name]}).status_code == 200
    assert inside(there) and inside(other)


def test_an_administrator_ends_the_sessions_of_an_account_but_not_of_a_superuser(client, account):
    user = account("redaction")
    chief = User.objects.create_superuser("chef", password=PASSWORD)
    log_in(client)
    chiefs = Client()
    log_in(chiefs, username="chef")
    office = Client()
    office.force_login(account("administration", username="claude"))
    data = {"action": "end_sessions", "_selected_action": [user.pk, chief.pk]}
    office.post(reverse("admin:auth_user_changelist"), data)
    assert (inside(client), inside(chiefs), inside(office)) == (False, True, True)


def test_what_hands_over_an_account_asks_who_it_is_after_a_while(client, account, monkeypatch):
    user = account("administration", username="claude")
    log_in(client, username="claude")
    account_page = reverse("admin:auth_user_change", args=[user.pk])
    gated = (account_page, reverse("admin:auth_user_add"), SET_UP, SESSIONS)
    gated += (reverse("admin:auth_user_password_change", args=[user.pk]),)
    form = filled(client.get(account_page), "user_form", email="ailleurs@pimms.example")
    assert [client.get(address).status_code for address in gated] == [200] * len(gated)
    wait(monkeypatch, minutes=16)
    for address in gated:
        assert client.get(address).url.startswith(f"{CONFIRM}?next="), address
        assert client.post(address, {}).url.startswith(f"{CONFIRM}?next="), address
    asking = client.post(account_page, form, follow=True)
    assert asking.redirect_chain[0][0].startswith(CONFIRM) and "refaites ce que vous vouliez faire" in asking.text
    removing = {"action": "remove_second_factor", "_selected_action": [user.pk]}
    assert client.post(reverse("admin:auth_user_changelist"), removing).url.startswith(CONFIRM)
    assert not User.objects.exclude(email="").exists(), "nothing is written meanwhile"
    assert inside(client), "other pages stay open"
    wrong = client.post(f"{CONFIRM}?next={account_page}", {"password": "mauvais mot"})
    assert "pas le mot de passe" in wrong.text
    assert client.post(f"{CONFIRM}?next={account_page}", {"password": PASSWORD}).url == account_page
    assert client.post(account_page, form).status_code == 302
    assert User.objects.get(pk=user.pk).email == "ailleurs@pimms.example"


def test_it_asks_for_the_code_too_where_there_is_one(client, account, monkeypatch):
    account("redaction")
    log_in(client)
    _key, codes = set_up(client)
    wait(monkeypatch, minutes=16)
    assert 'name="code"' in client.get(CONFIRM).text
    for given in ({"password": PASSWORD}, {"password": "mauvais mot", "code": codes[0]}):
        assert client.post(CONFIRM, given).status_code == 200
        assert client.get(SESSIONS).url.startswith(CONFIRM)
    assert client.post(f"{CONFIRM}?next={SESSIONS}", {"password": PASSWORD, "code": codes[1]}).url == SESSIONS
    assert client.get(SESSIONS).status_code == 200


def test_guessing_there_locks_like_the_login_and_ends_the_session(client, account, monkeypatch):
    account("redaction")
    log_in(client)
    wait(monkeypatch, minutes=16)
    answers = [client.post(CONFIRM, {"password": f"mauvais mot {number}"}).status_code for number in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert not inside(client)
    assert log_in(client).status_code == 429


def test_the_right_password_there_counts_as_no_failure(client, account, monkeypatch):
    account("redaction")
    log_in(client)
    wait(monkeypatch, minutes=16)
    for _time in range(7):
        assert client.post(f"{CONFIRM}?next=/admin/", {"password": PASSWORD}).status_code == 302
    fail(client, times=1, username="camille")
    assert kinds()[-1] == "failure"


def test_confirming_never_leads_off_the_site(client, account):
    account("redaction")
    log_in(client)
    for after in ("//evil.example/", "https://evil.example/"):
        assert client.post(f"{CONFIRM}?next={after}", {"password": PASSWORD}).url == "/admin/"


def test_these_pages_are_not_for_visitors(client, db):
    for address in (CONFIRM, SESSIONS):
        assert client.get(address).url.startswith("/admin/login/")
        assert client.post(address, {"password": "x", "sessions": ["x"]}).url.startswith("/admin/login/")


def test_every_page_behind_the_login_lets_log_out_and_is_kept_by_nobody(client, account, directory):
    client.force_login(account("administration"))
    pages = (
        "/admin/",
        "/admin/directory/site/",
        "/admin/directory/site/add/",
        "/admin/guide/",
        "/admin/password_change/",
    )
    pages += (SESSIONS, "/admin/double-authentification/", reverse("admin:auth_user_changelist"))
    for address in pages:
        response = client.get(address)
        assert response.status_code == 200
        assert 'action="/admin/logout/"' in response.text, address
        assert {"no-store", "private"} <= set(response.headers["Cache-Control"].split(", ")), address


def test_a_browser_forgets_with_the_session(client, account):
    account("redaction")
    log_in(client)
    response = client.post("/admin/logout/")
    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert client.cookies[COOKIE].value == ""
    assert client.get("/admin/logout/").status_code == 405, "a picture on another site ends no session"


def test_a_refusal_is_in_the_log_with_the_account(client, account):
    client.force_login(account("presse"))
    assert client.get("/admin/auth/user/").status_code == 403
    event = LoginEvent.objects.order_by("pk").last()
    assert (event.kind, event.username, event.address) == ("refused", "camille", "127.0.0.0/24")


def test_a_new_password_is_in_the_log(client, account):
    account("redaction")
    log_in(client)
    new = {"new_password1": "douze hérissons patients", "new_password2": "douze hérissons patients"}
    client.post("/admin/password_change/", {"old_password": "mauvais mot", **new})
    assert "changed" not in kinds()
    client.post("/admin/password_change/", {"old_password": PASSWORD, **new})
    assert kinds()[-1] == "changed"
