"""Who may enter, how often one may try, when a session ends, and what is noted of it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
from axes.models import AccessAttempt
from django.conf import settings as project_settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pimms_directory.staff import models as staff_models
from pimms_directory.staff import site as staff_site
from pimms_directory.staff.models import LoginEvent, lock_address
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def log_in(client, username="camille", password=PASSWORD, after="/admin/", **extra):
    return client.post(f"/admin/login/?next={after}", {"username": username, "password": password}, **extra)


def fail(client, times=project_settings.AXES_FAILURE_LIMIT, **arguments):
    for _number in range(times):
        response = log_in(client, password="mauvais mot", **arguments)
    return response


@contextmanager
def travel(**duration: int) -> Iterator[None]:
    """Inside, the clock of the server is ahead by so much."""
    ahead, now, seconds = timedelta(**duration), timezone.now, time.time
    with (
        patch.object(timezone, "now", lambda: now() + ahead),
        patch.object(time, "time", lambda: seconds() + ahead.total_seconds()),
    ):
        yield


def inside(client) -> bool:
    return client.get("/admin/").status_code == 200


def kinds() -> list[str]:
    return list(LoginEvent.objects.order_by("pk").values_list("kind", flat=True))


def test_the_right_password_leads_in(client, account):
    account("redaction")
    assert log_in(client).url == "/admin/"
    assert inside(client)


def test_repeated_failures_lock_the_account_at_this_address_and_say_so_in_french(client, account):
    account("redaction")
    assert fail(client, times=4).status_code == 200
    refused = fail(client, times=1)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1800"
    assert "bloquée depuis votre adresse pendant 30 minutes" in refused.content.decode()
    assert log_in(client).status_code == 429, "the right password must not open a locked account"
    assert not inside(client)


def test_a_lock_holds_in_other_browsers_and_for_no_one_else(account):
    account("redaction")
    account("presse", username="dominique")
    fail(Client(headers={"user-agent": "A"}))
    assert log_in(Client(headers={"user-agent": "B"})).status_code == 429
    assert log_in(Client(), username="dominique").status_code == 302, "a colleague behind the same address"
    assert log_in(Client(), REMOTE_ADDR="198.51.100.7").status_code == 302, "the owner, from elsewhere"


def test_changing_the_browser_buys_no_further_attempt(client, account):
    account("redaction")
    for number in range(5):
        response = fail(client, times=1, headers={"user-agent": f"Browser {number}"})
    assert response.status_code == 429


def test_a_lock_ends_even_if_somebody_keeps_trying(client, account):
    account("redaction")
    fail(client)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=29))
    assert fail(client, times=3).status_code == 429
    assert AccessAttempt.objects.earliest("attempt_time").attempt_time < timezone.now() - timedelta(minutes=28)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert log_in(client).status_code == 302


def test_a_lock_lasts_no_longer_for_a_clock_that_is_put_back(client, account):
    account("redaction")
    with travel(days=1):
        assert fail(client).status_code == 429
    assert log_in(client).status_code == 429
    with travel(minutes=29):
        assert log_in(client).status_code == 429
    with travel(minutes=31):
        assert log_in(client).status_code == 302


def test_a_login_forgets_earlier_slips(client, account):
    account("redaction")
    fail(client, times=4)
    log_in(client)
    assert fail(client, times=4).status_code == 200


def test_unknown_and_known_accounts_are_answered_alike(client, account):
    account("redaction")
    for times in (1, 4):
        known, unknown = (fail(client, times=times, username=name) for name in ("camille", "personne"))
        assert known.status_code == unknown.status_code

        def page(response, name):
            html = response.content.decode().replace(f'value="{name}"', "")
            return [line for line in html.splitlines() if "csrfmiddlewaretoken" not in line]

        assert page(known, "camille") == page(unknown, "personne")


def test_an_unknown_account_costs_as_much_hashing_as_a_known_one(client, account, monkeypatch):
    account("redaction")
    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *arguments: hashed.append(1) or encode(*arguments))
    costs = []
    for name in ("camille", "personne"):
        hashed.clear()
        fail(client, times=1, username=name)
        costs.append(len(hashed))
    assert costs[0] == costs[1] > 0


def test_an_administrator_sees_the_lock_and_takes_it_away(client, account):
    user = account("redaction")
    fail(client)
    office = Client()
    office.force_login(account("administration", username="claude"))
    accounts = reverse("admin:auth_user_changelist")
    assert 'alt="True"' in (row := locked_cell(office, accounts, user)), row
    assert office.post(accounts, {"action": "unlock", "_selected_action": [user.pk]}).status_code == 302
    assert 'alt="False"' in locked_cell(office, accounts, user)
    assert log_in(client).status_code == 302


def locked_cell(client, accounts, user) -> str:
    html = client.get(accounts, {"q": user.username}).content.decode()
    return html.partition("field-is_locked")[2].partition("</td>")[0]


def test_a_command_unlocks(client, account, capsys):
    account("redaction")
    fail(client)
    call_command("axes_reset_username", "camille")
    assert log_in(client).status_code == 302


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("203.0.113.9", 1, "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", 1, "203.0.113.9"),  # the first entry is what the client claims
        ("1.1.1.1, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("203.0.113.9", 2, "203.0.113.9"),
        ("", 1, "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", 1, "203.0.113.9"),
        ("n’importe quoi", 1, None),
    ],
)
def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(rf, settings, forwarded, proxies, address):
    settings.TRUST_PROXY, settings.PROXY_COUNT = True, proxies
    assert lock_address(rf.get("/", headers={"x-forwarded-for": forwarded.encode().decode("latin-1")})) == address
    settings.TRUST_PROXY = False
    assert lock_address(rf.get("/", headers={"x-forwarded-for": "203.0.113.9"})) == "127.0.0.1"


def test_a_forged_address_does_not_escape_the_lock(client, account, settings):
    settings.TRUST_PROXY = True
    account("redaction")
    for number in range(5):
        response = fail(client, times=1, headers={"x-forwarded-for": f"192.0.2.{number}, 203.0.113.9"})
    assert response.status_code == 429


def test_the_log_tells_who_and_when_and_only_roughly_where(client, account):
    account("redaction")
    fail(client, times=1, username="mon mot de passe", REMOTE_ADDR="203.0.113.9")
    log_in(client, REMOTE_ADDR="203.0.113.9")
    client.post("/admin/logout/")
    fail(client, times=7, REMOTE_ADDR="2001:db8:1:2:3:4:5:6")
    assert kinds() == ["failure", "login", "logout", *["failure"] * 5, "lockout"]
    events = list(LoginEvent.objects.order_by("pk"))
    assert [event.username for event in events] == ["", *["camille"] * 8]
    assert {event.address for event in events} == {"203.0.113.0/24", "127.0.0.0/24", "2001:db8:1::/48"}
    assert timezone.now() - events[0].at < timedelta(minutes=1)


def test_old_events_are_forgotten(client, account):
    account("redaction")
    LoginEvent.objects.create(kind="login", at=timezone.now() - timedelta(days=181))
    kept = LoginEvent.objects.create(kind="login", at=timezone.now() - timedelta(days=179))
    log_in(client)
    assert LoginEvent.objects.order_by("pk").first() == kept


def test_invented_names_cannot_fill_the_log(client, account, monkeypatch):
    """Anybody can post any number of names; what accounts did stays."""
    account("redaction")
    monkeypatch.setattr(staff_models, "NAMELESS", 6)
    log_in(client)
    fail(client, times=1, REMOTE_ADDR="203.0.113.9")
    for number in range(12):
        fail(client, times=1, username=f"personne-{number}")
    nameless = LoginEvent.objects.filter(username="")
    assert nameless.count() == 6
    newest = LoginEvent.objects.order_by("-pk").values_list("pk", flat=True)[:6]
    assert sorted(nameless.values_list("pk", flat=True)) == sorted(newest)
    assert kinds()[:2] == ["login", "failure"]


def test_a_log_that_invented_names_filled_before_is_cut_by_the_next_entry(client, account):
    account("redaction")
    LoginEvent.objects.bulk_create(LoginEvent(kind="failure") for _number in range(1500))
    log_in(client)
    assert LoginEvent.objects.filter(username="").count() == 1000
    assert LoginEvent.objects.filter(username="camille").count() == 1


def test_the_log_is_read_by_administrators_and_changed_by_nobody(client, account, admin_client):
    event = LoginEvent.objects.create(kind="failure", username="camille", address="203.0.113.0/24")
    client.force_login(account("administration"))
    html = client.get(reverse("admin:staff_loginevent_changelist")).content.decode()
    assert "203.0.113.0/24" in html
    assert admin_client.get(reverse("admin:staff_loginevent_change", args=[event.pk])).status_code == 200
    assert admin_client.post(reverse("admin:staff_loginevent_change", args=[event.pk]), {}).status_code == 403
    assert admin_client.post(reverse("admin:staff_loginevent_delete", args=[event.pk]), {}).status_code == 403
    assert admin_client.get(reverse("admin:staff_loginevent_add")).status_code == 403


def test_logs_of_the_server_name_nobody(client, account, caplog):
    account("redaction")
    with caplog.at_level(logging.DEBUG):
        log_in(client)
        client.post("/admin/logout/")
        fail(client, times=6, REMOTE_ADDR="203.0.113.9")
    messages = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert messages
    assert not [line for line in messages if "camille" in line or "203.0.113" in line or "127.0.0.1" in line]


def test_what_is_kept_of_an_attempt_holds_no_password(client, account):
    account("redaction")
    fail(client, times=2)
    kept = str(list(AccessAttempt.objects.values()))
    assert "camille" in kept and "mauvais mot" not in kept


@pytest.mark.parametrize(
    "after", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_login_never_leads_off_the_site(client, account, after):
    account("redaction")
    assert log_in(client, after=after).url == "/admin/"


def test_an_idle_session_ends_and_a_used_one_goes_on(client, account, monkeypatch):
    account("redaction")
    now = time.time()
    log_in(client)
    for minutes in (59, 118, 177):
        monkeypatch.setattr(staff_site.time, "time", lambda minutes=minutes: now + minutes * 60)
        assert inside(client)
    monkeypatch.setattr(staff_site.time, "time", lambda: now + (177 + 61) * 60)
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/admin/login/")
    assert "Votre session a pris fin" in answer.content.decode()
    assert kinds()[-1] == "expiry"


@pytest.mark.parametrize("minutes", [61, 601])
def test_no_session_is_longer_for_a_clock_that_is_put_back(client, account, minutes):
    account("redaction")
    with travel(days=1):
        log_in(client)
    for used in range(0, minutes - 50, 50):
        with travel(minutes=used):
            assert inside(client)
    with travel(minutes=minutes):
        assert not inside(client)


def test_no_session_outlives_a_day_of_work(client, account, monkeypatch):
    account("redaction")
    now = time.time()
    log_in(client)
    for minutes in range(50, 600, 50):
        monkeypatch.setattr(staff_site.time, "time", lambda minutes=minutes: now + minutes * 60)
        assert inside(client)
    monkeypatch.setattr(staff_site.time, "time", lambda: now + 601 * 60)
    assert not inside(client)


def test_a_busy_session_is_not_written_for_each_page(client, account):
    client.force_login(account("redaction"))
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/")
    assert queries.captured_queries
    assert not [query for query in queries if not query["sql"].startswith("SELECT")]


def test_ended_sessions_are_swept_away_at_the_next_login(client, account):
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))
    account("redaction")
    log_in(client)
    assert not Session.objects.filter(session_key="old").exists()


def test_cookies_go_to_the_admin_alone_and_end_with_the_browser(client, account):
    account("redaction")
    client.get("/admin/login/")
    log_in(client)
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin/", True, "Lax")
    assert not client.cookies["sessionid"]["max-age"]
    assert not client.cookies["sessionid"]["expires"]


def test_a_new_password_ends_the_other_sessions(account):
    account("redaction")
    here, elsewhere = Client(), Client()
    log_in(here)
    log_in(elsewhere)
    new = "douze hérissons patients"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/admin/password_change/", data).status_code == 302
    assert inside(here)
    assert not inside(elsewhere)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("trop court", "au minimum 12 caractères"),
        ("q1w2e3r4t5y6", "trop courant"),
        ("Pimms-France-Services-2026", "mots que ce site emploie"),
        ("camille 2026", "trop semblable"),
    ],
)
def test_weak_passwords_are_refused_in_french(client, account, password, reason):
    client.force_login(account("redaction"))
    data = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}
    response = client.post("/admin/password_change/", data)
    assert response.status_code == 200
    assert reason in response.content.decode()


@pytest.mark.parametrize("address", ["/", "/pimms/", "/communes.json?q=x", "/rien/"])
def test_public_pages_know_nothing_of_it(client, account, address):
    client.get(address)  # the first after a change reads more, and keeps it
    with CaptureQueriesContext(connection) as without:
        client.get(address)
    client.force_login(account("redaction"))
    client.cookies["sessionid"]["path"] = "/"
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    assert len(queries) == len(without)
    assert not [
        query for query in queries if any(word in query["sql"] for word in ("session", "axes", "otp_", "auth_"))
    ]
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


class Keyboard:
    """Standard input, at which nobody sits."""

    def __init__(self, line: str = "") -> None:
        self.line = line

    def readline(self) -> str:
        return f"{self.line}\n"

    def isatty(self) -> bool:
        return False


def create_staff(*arguments: str) -> None:
    call_command("create_staff", "camille", "--email=camille@pimms.example", *arguments)


def test_a_command_makes_an_account_and_takes_the_password_from_standard_input(client, db, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Keyboard(PASSWORD))
    create_staff("--role=redaction", "--password-stdin")
    assert PASSWORD not in capsys.readouterr().out
    user = User.objects.get(username="camille")
    assert [group.name for group in user.groups.all()] == ["Rédaction"]
    assert not user.is_superuser
    assert log_in(client).url == "/admin/"


def test_the_command_asks_twice(db, monkeypatch, capsys):
    answers = iter([PASSWORD, PASSWORD])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("pimms_directory.staff.management.commands.create_staff.getpass", lambda prompt: next(answers))
    create_staff("--role=presse")
    assert User.objects.get(username="camille").check_password(PASSWORD)


@pytest.mark.parametrize(
    ("line", "arguments", "sentence"),
    [
        ("court", ["--role=presse", "--password-stdin"], "au minimum 12 caractères"),
        ("", ["--role=presse", "--password-stdin"], "au minimum 12 caractères"),
        (PASSWORD, ["--role=presse"], "no terminal"),
        (PASSWORD, ["--role=chef", "--password-stdin"], "--role"),
        (PASSWORD, ["--password-stdin"], "--role"),
    ],
)
def test_the_command_refuses_in_words_and_makes_nothing(db, monkeypatch, line, arguments, sentence):
    monkeypatch.setattr("sys.stdin", Keyboard(line))
    with pytest.raises(CommandError, match=sentence):
        create_staff(*arguments)
    assert not User.objects.exists()


def test_the_command_does_not_touch_an_account_that_exists(account, monkeypatch):
    user = account("presse")
    monkeypatch.setattr("sys.stdin", Keyboard("un autre mot de passe"))
    with pytest.raises(CommandError, match="existe déjà"):
        create_staff("--role=administration", "--password-stdin")
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert [group.name for group in user.groups.all()] == ["Presse"]


def test_an_account_is_guessed_at_a_hundred_times_at_most_from_wherever(client, account, settings):
    user = account("redaction")
    settings.LOGIN_ACCOUNT_LIMIT = 12
    for number in range(12):
        assert fail(client, times=1, REMOTE_ADDR=f"198.51.100.{number}").status_code == 200
    assert log_in(client, REMOTE_ADDR="203.0.113.9").status_code == 429, "nor does the right password open it"
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=9))
    assert log_in(client, REMOTE_ADDR="203.0.113.9").status_code == 429, "nor does time"
    office = Client()
    office.force_login(account("administration", username="claude"))
    accounts = reverse("admin:auth_user_changelist")
    assert 'alt="True"' in locked_cell(office, accounts, user)
    office.post(accounts, {"action": "unlock", "_selected_action": [user.pk]})
    assert log_in(client).status_code == 302


def test_only_failures_in_a_row_count_and_unknown_names_are_counted_alike(client, account, settings):
    account("redaction")
    settings.LOGIN_ACCOUNT_LIMIT = 6
    for _round in range(4):
        fail(client, times=4)
        assert log_in(client).status_code == 302
    for name in ("camille", "personne"):
        for number in range(6):
            assert fail(client, times=1, username=name, REMOTE_ADDR=f"198.51.100.{number}").status_code == 200
        assert fail(client, times=1, username=name, REMOTE_ADDR="203.0.113.9").status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(days=9))
    log_in(client)
    assert set(AccessAttempt.objects.values_list("username", flat=True)) == {"camille"}, "unknown names are forgotten"
