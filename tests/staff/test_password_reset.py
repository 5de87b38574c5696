"""A forgotten password by mail: offered where mail is set, to no stranger's profit."""

import re
import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from pimms_directory.staff.models import LoginEvent
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

ASK, SENT = "/admin/mot-de-passe/", "/admin/mot-de-passe/envoye/"
NEW = "trois lampes vertes au plafond"


@pytest.fixture(autouse=True)
def mail_is_set(settings):
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.pimms.example", "annuaire@pimms.example"


def ask(client, email: str = "camille@pimms.example", **more):
    return client.post(ASK, {"email": email}, **more)


def sent(count: int = 1) -> list:
    """Mails leave in a thread of their own."""
    for _attempt in range(100):
        if len(mail.outbox) >= count:
            break
        time.sleep(0.02)
    return mail.outbox


def follow(client, message):
    (link,) = re.findall(r"http://testserver(/admin/mot-de-passe/\S+/)", message.body)
    return client.get(link, follow=True)


def log_in(client, password: str):
    return client.post("/admin/login/?next=/admin/", {"username": "camille", "password": password})


def test_a_new_password_is_chosen_by_mail(client, account):
    account("redaction", email="camille@pimms.example")
    assert ASK in client.get("/admin/login/").text
    assert client.get(ASK).status_code == 200
    assert ask(client).url == SENT
    assert "trois jours" in client.get(SENT).text
    (message,) = sent()
    assert message.to == ["camille@pimms.example"] and "« camille »" in message.body
    page = follow(client, message)
    assert "Un nouveau mot de passe" in page.text
    refused = client.post(page.request["PATH_INFO"], {"new_password1": "court", "new_password2": "court"})
    assert "trop court" in refused.text
    done = client.post(page.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW}, follow=True)
    assert "Votre mot de passe est changé" in done.text
    assert client.get("/admin/").status_code == 302, "nobody is let in by a mail alone"
    assert log_in(client, PASSWORD).status_code == 200 and log_in(client, NEW).status_code == 302
    assert "choisi par courriel" in LogEntry.objects.get().change_message
    assert "Ce lien n’est plus valable" in follow(client, message).text


def test_the_second_factor_is_still_asked_for(client, account):
    user = account("redaction", email="camille@pimms.example")
    TOTPDevice.objects.create(user=user, name="TOTP", confirmed=True)
    ask(client)
    page = follow(client, sent()[0])
    client.post(page.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})
    log_in(client, NEW)
    assert client.get("/admin/").status_code == 302
    assert "code" in client.get("/admin/", follow=True).redirect_chain[-1][0]


def test_nobody_learns_who_has_an_account(client, account):
    account("redaction", email="camille@pimms.example")
    account(username="partie", email="partie@pimms.example", is_active=False)
    pages = []
    for email in ("camille@pimms.example", "partie@pimms.example", "personne@pimms.example"):
        answer = ask(client, email)
        assert answer.url == SENT
        pages.append(client.get(SENT).text)
    assert len({re.sub(r"csrf\S+ value=\S+", "", page) for page in pages}) == 1
    time.sleep(0.2)
    assert [message.to for message in sent()] == [["camille@pimms.example"]]


def test_an_address_that_asks_too_often_is_locked_like_at_the_login(client, account):
    account("redaction", email="camille@pimms.example")
    answers = [ask(client) for _number in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 4 + [429, 429]
    assert "attendez 30 minutes avant la prochaine" in answers[-1].text
    assert len(sent(3)) == 3
    assert not LoginEvent.objects.exists(), "no login failed"
    assert log_in(client, PASSWORD).status_code == 302, "who knows the password still enters"
    assert AccessAttempt.objects.filter(username="mot de passe oublié").exists()
    assert ask(client, REMOTE_ADDR="192.0.2.9").status_code == 302


@pytest.mark.parametrize("email", ["camille@pimms.example", "personne@pimms.example"])
def test_forty_addresses_get_three_mails_to_one_account_and_the_same_answers(client, account, email):
    """Whether or not there is an account, and whether or not the mails are used up."""
    account("redaction", email="camille@pimms.example")
    answers = [
        ask(client, email.upper() if number % 2 else email, REMOTE_ADDR=f"198.51.100.{number}") for number in range(40)
    ]
    assert {(answer.status_code, answer.url, tuple(sorted(answer.headers))) for answer in answers} == {
        (302, SENT, tuple(sorted(answers[0].headers)))
    }
    time.sleep(0.2)
    assert len(sent(3 if email.startswith("camille") else 0)) == (3 if email.startswith("camille") else 0)
    assert len(client.get(SENT).text) > 1000
    assert not LoginEvent.objects.exists()


def test_the_mails_of_one_account_are_none_of_another(client, account):
    account("redaction", email="camille@pimms.example")
    account("redaction", username="claude", email="claude@pimms.example")
    for number in range(5):
        ask(client, REMOTE_ADDR=f"198.51.100.{number}")
    ask(client, "claude@pimms.example", REMOTE_ADDR="198.51.100.9")
    assert sorted(message.to[0] for message in sent(4)) == ["camille@pimms.example"] * 3 + ["claude@pimms.example"]


def test_mails_are_sent_again_once_nobody_has_asked_for_half_an_hour(client, account):
    account("redaction", email="camille@pimms.example")
    for number in range(5):
        ask(client, REMOTE_ADDR=f"198.51.100.{number}")
    assert len(sent(3)) == 3
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    ask(client, REMOTE_ADDR="198.51.100.9")
    assert len(sent(4)) == 4
    assert AccessAttempt.objects.count() == 2, "what was counted before is forgotten"


def test_an_address_without_account_and_a_used_up_one_cost_the_same_statements(client, account):
    account("redaction", email="camille@pimms.example")

    def statements(email: str, number: int) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            ask(client, email, REMOTE_ADDR=f"198.51.100.{number}")
        return [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]

    known = [statements("camille@pimms.example", number) for number in range(1, 7)]
    unknown = [statements("personne@pimms.example", number) for number in range(11, 17)]
    assert known == unknown
    assert len(known[0]) > 10
    assert len(sent(3)) == 3


def test_the_link_names_our_own_host(client, account, settings):
    settings.ALLOWED_HOSTS = ["*"]
    account("redaction", email="camille@pimms.example")
    ask(client, headers={"host": "ailleurs.example"})
    assert "ailleurs.example" not in sent()[0].body


def test_without_mail_nothing_is_offered(client, account, settings):
    settings.EMAIL_HOST = ""
    account("redaction", email="camille@pimms.example")
    assert "oublié" not in client.get("/admin/login/").text
    for address in (ASK, SENT, "/admin/mot-de-passe/MQ/set-password/"):
        assert client.get(address, follow=True).status_code == 404
    assert ask(client).status_code == 404
    assert not mail.outbox


def test_a_new_password_by_mail_opens_an_account_that_is_locked_everywhere(client, account, settings):
    account("redaction", email="camille@pimms.example")
    settings.LOGIN_ACCOUNT_LIMIT = 3
    for number in range(3):
        data = {"username": "camille", "password": "mauvais mot"}
        assert client.post("/admin/login/", data, REMOTE_ADDR=f"198.51.100.{number}").status_code == 200
    assert log_in(client, PASSWORD).status_code == 429
    ask(client)
    page = follow(client, sent()[0])
    client.post(page.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})
    assert log_in(client, NEW).status_code == 302
