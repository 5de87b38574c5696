"""What is due for staff: on the first page, by mail, with one click to confirm and a question to the desk."""

import html
import re
import socketserver
import threading
from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from pimms_directory.editing.publishing.publication import Publication
from sites.models import Site
from sites.staff.due import due_sites, question_to_desk
from tests.factories import OpeningPeriodFactory, SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def days_ago(number: int):
    return timezone.localdate() - timedelta(days=number)


@pytest.fixture
def editor(client, account) -> Client:
    client.force_login(account("redaction"))
    return client


def first_page(client: Client) -> dict:
    return {each.key: each for each in client.get("/admin/").context["work"]}


def test_what_is_due_stands_first_with_the_worst_in_front(editor, settings):
    for name, days in (("Vieux", 184), ("Frais", 183), ("Plus vieux", 900), ("Jamais", None)):
        SiteFactory(name=name, contact_checked_on=None if days is None else days_ago(days))
    SiteFactory(name="Fermé", contact_checked_on=None, closed_on=days_ago(1))
    SiteFactory(name="Brouillon", contact_checked_on=None, publication=Publication.DRAFT)
    work = first_page(editor)["a-verifier"]
    assert ([each.label for each in work.items], work.count) == (["Jamais", "Plus vieux", "Vieux"], 3)
    settings.RECORD_MAX_AGE_DAYS = 500
    assert [each.label for each in first_page(editor)["a-verifier"].items] == ["Jamais", "Plus vieux"]
    listed = editor.get("/admin/directory/site/?a_confirmer=non").context["cl"].result_list
    assert {site.name for site in listed} == {"Frais", "Vieux"}


@pytest.mark.parametrize("source", ["Appel téléphonique au PIMMS", "Courriel du PIMMS"])
def test_one_click_confirms_a_record(editor, source):
    SiteFactory(name="PIMMS Dole", contact_checked_on=days_ago(900), contact_source="Liste officielle")
    page = editor.get("/admin/")
    (name, value) = re.search(f'<button name="(source)" value="({source})"', html.unescape(page.text)).groups()
    answer = editor.post("/admin/directory/site/", filled(page, **{name: value}), follow=True)
    assert answer.redirect_chain == [("/admin/", 302)] and "1 fiche confirmée." in answer.text
    site = Site.objects.get()
    assert (site.contact_checked_on, site.contact_source) == (timezone.localdate(), source)
    assert site.contact_checked_by.get_username() == "camille" and site.contact_check == "checked"
    assert not due_sites().exists()


def test_who_may_only_look_gets_no_button(client, account):
    SiteFactory(contact_checked_on=None)
    client.force_login(account("presse"))
    page = client.get("/admin/").text
    assert 'id="a-verifier"' in page and "Confirmé par appel" not in page
    assert 'id="liste-officielle"' not in page


def test_a_question_to_the_desk_says_what_the_directory_says(editor):
    site = SiteFactory(
        slug="pimms-dole", name="PIMMS Dole & Cie", phone="03 84 00 00 01", email="dole@pimms.example", postcode="39100"
    )
    OpeningPeriodFactory(site=site, weekday=1, opens="09:00", closes="12:00")
    OpeningPeriodFactory(site=site, weekday=1, opens="13:30", closes="17:00")
    link = question_to_desk(Site.objects.get())
    address = urlsplit(link)
    asked = {name: value for name, (value,) in parse_qs(address.query).items()}
    assert (address.scheme, address.path) == ("mailto", "dole@pimms.example")
    assert asked["subject"] == "Vos informations sont-elles exactes ? PIMMS Dole & Cie"
    body = asked["body"]
    for part in (site.postal_address, "03 84 00 00 01", "http://testserver/pimms/pimms-dole/", "- mardi : fermé"):
        assert part in body
    assert "- lundi : 9 h – 12 h, 13 h 30 – 17 h" in body.replace("\u00a0", " ")
    assert "{" not in body and "&amp;" not in body and "\r\n\r\n\r\n" not in body
    assert html.escape(link) in editor.get("/admin/").text
    site.email = ""
    assert question_to_desk(site) == ""


def test_a_question_fits_what_mail_programs_take(directory):
    longest = max((question_to_desk(site) for site in Site.objects.with_place().with_hours()), key=len)
    assert len(longest) < 2000


# The weekly mail


def send() -> str:
    output = StringIO()
    call_command("mail_staff", stdout=output)
    return output.getvalue()


def test_no_mail_without_a_server(account):
    account("redaction", email="camille@pimms.example")
    SiteFactory(contact_checked_on=None)
    assert "EMAIL_URL n’est pas réglé" in send()
    assert not mail.outbox


def test_staff_get_what_waits_and_nobody_else_does(account, settings):
    settings.EMAIL_HOST = "mail.example"
    account("redaction", email="camille@pimms.example")
    account("presse", username="press", email="press@pimms.example")
    account("redaction", username="silent")
    account("redaction", username="gone", email="gone@pimms.example", is_active=False)
    assert "rien n’attend" in send() and not mail.outbox
    SiteFactory(name="PIMMS d’Arras & Cie", contact_checked_on=None)
    SiteFactory(name="Préparé", publication=Publication.DRAFT, contact_checked_on=None)
    assert "Courriels envoyés : 1 sur 1." in send()
    (sent,) = mail.outbox
    assert sent.to == ["camille@pimms.example"]
    assert "À confirmer (1)\n- PIMMS d’Arras & Cie, jamais vérifié\n  http://testserver/admin/" in sent.body
    assert "Pas publiés (1)\n- Préparé" in sent.body


class SmtpServer(socketserver.StreamRequestHandler):
    """Takes mail as RFC 5321 has it, as far as one client speaks it; refuses whom it is told to."""

    received: list[str] = []
    refused = ""

    def handle(self) -> None:
        say = lambda line: self.wfile.write(f"{line}\r\n".encode())  # noqa: E731
        say("220 test")
        for line in self.rfile:
            command = line.decode().strip()
            if command.upper() == "DATA":
                say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.received.append(text.decode())
                say("250 taken")
            elif command.upper() == "QUIT":
                say("221 bye")
                return
            elif self.refused and self.refused in command:
                say("550 nobody here")
            else:
                say("250 ok")


def test_mail_goes_through_a_server_and_a_refusal_is_said(account, settings, monkeypatch):
    account("redaction", email="camille@pimms.example")
    account("redaction", username="second", email="second@pimms.example")
    SiteFactory(name="PIMMS Dole", contact_checked_on=None)
    monkeypatch.setattr(SmtpServer, "received", [])
    monkeypatch.setattr(SmtpServer, "refused", "camille@pimms.example")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "annuaire@pimms.example"
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SmtpServer) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        with pytest.raises(CommandError, match="Le serveur de courriel n’a pas tout pris") as error:
            send()
        server.shutdown()
    assert error.value.returncode == 1
    (received,) = SmtpServer.received
    assert "To: second@pimms.example" in received and "From: annuaire@pimms.example" in received
    assert 'Content-Type: text/plain; charset="utf-8"' in received
