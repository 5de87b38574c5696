"""``manage.py fetch_official_list`` against a server of its own: what goes wrong loses nothing and is said."""

import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from pimms_directory.base.env import network
from sites.models import OfficialList, Site
from sites.staff.official_list import fetching
from sites.staff.official_list.applying import apply
from tests.sites.staff.official_list.files import EXTRACT, NEXT_DAY, as_csv, edited, full_size, records

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
PATH = "/fr/datasets/r/liste"
FILE = "/resources/20240801-1200/liste-fs-20240801.csv"


class ListServer:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.data = EXTRACT.read_bytes()
        self.headers: dict[str, str] = {"Content-Type": "text/csv"}
        self.status = 200
        self.write: Callable[[BaseHTTPRequestHandler], None] | None = None  # in the place of the data
        self.location = ""  # of FILE; where PATH redirects to
        self.asked: list[dict[str, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append({"path": self.path, **self.headers})
                if self.path == PATH and server.location:
                    self.send_response(302)
                    self.send_header("Location", server.location)
                    self.end_headers()
                    return
                etag = server.headers.get("ETag")
                if etag and self.headers.get("If-None-Match") == etag:
                    self.send_response(304)
                    self.end_headers()
                    return
                self.send_response(server.status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                if server.write:
                    server.write(self)
                    return
                self.send_header("Content-Length", str(len(server.data)))
                self.end_headers()
                self.wfile.write(server.data)

            def log_message(self, *args) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.ended = threading.Event()
        self.origin = f"http://127.0.0.1:{self.http.server_port}"
        self.location = f"{self.origin}{FILE}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server(settings):
    found = ListServer()
    settings.OFFICIAL_LIST_URL = f"{found.origin}{PATH}"
    settings.OFFICIAL_LIST_HOSTS = []
    yield found
    found.close()


def run() -> str:
    output = StringIO()
    call_command("fetch_official_list", stdout=output)
    return output.getvalue().replace("\u00a0", " ")


def refused() -> str:
    """The sentence of a fetch that fails; what was kept stays."""
    before = list(OfficialList.objects.values())
    with pytest.raises(CommandError) as error:
        run()
    assert error.value.returncode == 1
    assert list(OfficialList.objects.values()) == before
    assert len(str(error.value).splitlines()) == 1
    return str(error.value).replace("\u00a0", " ")


def test_a_new_list_is_kept_and_compared_and_no_site_changes(listed, server):
    before = list(Site.objects.order_by("pk").values())
    output = run()
    assert "La liste du 1er août 2024 : 38 nouveaux." in output
    kept = OfficialList.objects.get()
    assert (kept.name, kept.published_on.isoformat()) == ("liste-fs-20240801.csv", "2024-08-01")
    assert kept.asked_at and not kept.applied_at and kept.uploaded_by is None
    assert output.endswith(f"À comparer : http://testserver/admin/directory/officiallist/{kept.pk}/change/\n")
    assert list(Site.objects.order_by("pk").values()) == before


def test_what_changed_is_counted(listed, server, kept_list):
    apply(kept_list(), keys=None)
    server.data = edited("2748", telephone="04 76 00 00 00", without=("62",))
    server.location = f"{server.origin}/liste-fs-20241104.csv"
    assert "La liste du 4 novembre 2024 : 1 site a changé, 1 absent, 14 restent à décider." in run()
    assert OfficialList.objects.count() == 2


@pytest.mark.parametrize("tags", [{"ETag": '"abc"'}, {}], ids=["304", "the same file"])
def test_an_unchanged_list_is_only_noted(listed, server, tags):
    server.headers |= {"Last-Modified": "Thu, 01 Aug 2024 10:00:00 GMT", **tags}
    run()
    before = OfficialList.objects.values().get()
    assert "Rien de nouveau : l’adresse donne toujours la liste du 1er août 2024." in run()
    after = OfficialList.objects.values().get()
    assert before.pop("asked_at") < after.pop("asked_at")
    assert before == after
    assert server.asked[-1]["If-Modified-Since"] == "Thu, 01 Aug 2024 10:00:00 GMT"
    assert server.asked[-1].get("If-None-Match") == tags.get("ETag")


def test_a_list_that_staff_deposited_stays_theirs(listed, server, kept_list, account):
    kept = kept_list()
    OfficialList.objects.update(uploaded_by=account())
    assert "Rien de nouveau" in run()
    assert OfficialList.objects.get() == kept and OfficialList.objects.get().uploaded_by


def test_the_date_comes_from_the_name_else_from_the_server(listed, server):
    server.location = f"{server.origin}/liste.csv"
    server.headers["Last-Modified"] = "Mon, 04 Nov 2024 23:30:00 GMT"
    run()
    assert OfficialList.objects.get().published_on.isoformat() == "2024-11-05", "as the clocks of France have it"
    server.data = full_size()
    server.headers["Content-Disposition"] = 'attachment; filename="liste-fs-20250301.csv"'
    run()
    assert OfficialList.objects.first().published_on.isoformat() == "2025-03-01"


def test_a_missing_address_is_said(listed, settings):
    settings.OFFICIAL_LIST_URL = ""
    assert "OFFICIAL_LIST_URL n’est pas réglé" in refused()


def cut(handler) -> None:
    data = full_size()
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data[: len(data) // 2])


def cut_without_length(handler) -> None:
    handler.end_headers()
    data = full_size()
    handler.wfile.write(data[: len(data) // 2])


def cut_chunk(handler) -> None:
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"FFFF\r\n" + EXTRACT.read_bytes()[:1000])


def announced_half_gigabyte(handler) -> None:
    handler.send_header("Content-Length", "500000000")
    handler.end_headers()


def endless(handler) -> None:
    handler.end_headers()
    with suppress(OSError):
        for number in range(500):
            handler.server.megabytes = number
            handler.wfile.write(b"x" * 1_000_000)
    handler.server.ended.set()


def web_page(handler) -> None:
    handler.end_headers()
    handler.wfile.write(b"\n<!DOCTYPE html><title>Maintenance</title>")


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (cut, "La réponse est coupée : "),
        (cut_without_length, "la ligne est coupée, ou un guillemet n’y est pas refermé."),
        (cut_chunk, "La réponse du serveur de la liste est coupée ou illisible."),
        (announced_half_gigabyte, "Ce fichier pèse 500 Mo"),
        (endless, "Le fichier dépasse 10 Mo"),
        (web_page, "répond par une page web (HTML), pas par un fichier CSV"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_broken_answer_loses_nothing(listed, server, write, sentence):
    run()
    server.write = write
    assert sentence in refused()


def test_no_more_is_read_than_a_list_may_weigh(listed, server):
    server.write = endless
    refused()
    assert server.http.ended.wait(10)
    assert server.http.megabytes < 60, "with what the buffers of the network hold"


def test_a_list_cut_between_two_rows_is_no_list(listed, server):
    run()
    server.data = as_csv(records()[:60])
    server.location = f"{server.origin}/liste-fs-20241104.csv"
    assert "est sans doute coupé" in refused()


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("http://localhost:1/liste.csv", "redirige vers localhost:1, que OFFICIAL_LIST_HOSTS ne nomme pas."),
        ("https://elsewhere.example/liste.csv", "redirige vers elsewhere.example, que"),
        ("http://friendly.example/liste.csv", "redirige vers friendly.example sans https."),
        ("file:///etc/passwd", "que OFFICIAL_LIST_HOSTS ne nomme pas."),
        (PATH, "redirige plus de 5 fois."),
    ],
)
def test_redirects_lead_to_named_hosts_alone(listed, server, settings, location, sentence):
    run()
    settings.OFFICIAL_LIST_HOSTS = ["friendly.example"]
    server.location = location
    assert sentence in refused()


def test_a_redirect_to_a_named_host_is_followed(listed, server, settings):
    other = ListServer()
    server.location = f"{other.origin}{FILE}"
    assert "que OFFICIAL_LIST_HOSTS ne nomme pas." in refused()
    settings.OFFICIAL_LIST_HOSTS = [other.origin.removeprefix("http://")]
    assert "38 nouveaux" in run()
    other.close()


@pytest.mark.parametrize("status", [404, 500, 206])
def test_an_error_of_the_server_is_named(listed, server, status):
    server.status = status
    assert f"répond par l’erreur {status}." in refused()


def test_a_server_that_is_away_slow_or_silent(listed, server, monkeypatch):
    monkeypatch.setattr(fetching, "SILENT_SECONDS", 0.2)
    release = threading.Event()
    server.write = lambda handler: release.wait(5)
    assert "ne répond pas, ou trop lentement." in refused()
    release.set()
    server.write = drip
    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.5)
    assert "ne répond pas, ou trop lentement." in refused()
    server.close()
    assert "est injoignable." in refused()


def drip(handler) -> None:
    handler.end_headers()
    with suppress(OSError):
        for _number in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)


def test_a_certificate_that_nobody_vouches_for(listed, server, settings, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    settings.OFFICIAL_LIST_URL = f"https://localhost:{server.http.server_port}{PATH}"
    assert "Le certificat du serveur de la liste n’est pas valable" in refused()
    assert not server.asked


@pytest.mark.parametrize("value", ["http://list.example/a.csv", "ftp://list.example/a", "/etc/passwd", "https://a b"])
def test_an_address_must_be_safe(monkeypatch, value):
    monkeypatch.setenv("OFFICIAL_LIST_URL", value)
    with pytest.raises(ImproperlyConfigured, match="set it to an address that begins with https://"):
        network.download("OFFICIAL_LIST_URL")


def test_the_first_page_says_what_the_official_list_brings(client, account, listed, kept_list):
    client.force_login(account("redaction"))
    assert "Aucune liste n’est encore arrivée." in client.get("/admin/").text
    kept_list()
    found = kept_list(edited(without=("62",)), NEXT_DAY)
    (item,) = {each.key: each for each in client.get("/admin/").context["work"]}["liste-officielle"].items
    assert item.url == found.get_absolute_url()
    assert item.label.replace("\u00a0", " ") == "La liste du 4 novembre 2024 : 38 nouveaux, 1 absent."
