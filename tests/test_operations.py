"""What an operator sees of a running site: its log, its figures, its health. And what nobody sees."""

import io
import json
import logging
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import RequestFactory

from pimms_directory.base.logs import JsonFormatter, TextFormatter, client_network, outline, request_id
from pimms_directory.serving.request_ids import RequestIds
from pimms_directory.wsgi import django_application
from tests.served import serving

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

TOKEN = "a-token-for-the-tests"
# What a reader typed, sent or is. None of it may be found in a log.
PRIVATE = {
    "place": "Trifouillis",
    "text": "surendettement",
    "latitude": "48.11223",
    "cookie": "biscuit",
    "browser": "Firefoxy",
    "address": "203.0.113.77",
    "account": "camille.exemple",
    "referer": "annuaire-secret",
}


@dataclass
class Server:
    address: str
    log: Path

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """Over a connection of its own, so that any worker may answer."""
        request = urllib.request.Request(  # noqa: S310
            self.address + path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, dict(answer.headers), answer.read().decode()

    def figures(self) -> dict[str, float]:
        """Once all that was asked before is counted, which follows its answer: the scrape itself is still under way."""
        deadline = time.monotonic() + 10
        while True:
            status, _, text = self.get("/metrics", Authorization=f"Bearer {TOKEN}")
            assert status == 200
            lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
            figures = {name: float(value) for name, _, value in lines}
            if figures["pimms_requests_in_progress"] == 1:
                return figures
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def lines(self, containing: str = "") -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if containing in line]

    def line_of(self, number: str) -> dict:
        """The line of the access log, which follows the answer."""
        deadline = time.monotonic() + 10
        while not (found := [line for line in self.lines(number) if "status" in line]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return found[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, collected: Path) -> Iterator[Server]:
    """Two workers behind a proxy, as in production but for TLS."""
    settings = {
        "STATIC_ROOT": str(collected),
        "WEB_CONCURRENCY": "2",
        "PUBLIC_ORIGIN": "",
        "LOG_FORMAT": "json",
        "TRUST_PROXY": "true",
        "METRICS_TOKEN": TOKEN,
        "PIMMS_VERSION": "7.8.9",
    }
    with serving(tmp_path_factory.mktemp("operations"), "nothing", **settings) as served:
        yield Server(served.address, served.log)


def test_number_of_a_request_is_in_its_answer_and_in_the_log(server):
    for path in ("/regions/", "/regions/", "/rien/", "/static/site.css", "/admin/login/"):
        number = os.urandom(6).hex()
        assert server.get(path, X_Request_ID=number)[1]["X-Request-ID"] == number
        line = server.line_of(number)
        assert (line["method"], line["path"], line["request_id"]) == ("GET", path, number)
        assert line["milliseconds"] > 0
    # Django's own line about a record that is not there
    number = os.urandom(6).hex()
    server.get("/pimms/nulle-part/", X_Request_ID=number)
    assert any(line["logger"] == "django.request" for line in server.lines(number))


@pytest.mark.parametrize("odd", ["", "short", "x" * 65, "two words", 'quo"ted-and-long', "é" * 9])
def test_number_that_could_carry_something_else_is_replaced(server, odd):
    number = server.get("/regions/", X_Request_ID=odd)[1]["X-Request-ID"]
    assert number != odd
    assert len(number) == 16


def test_log_holds_nothing_that_readers_typed_sent_or_are(server):
    query = urllib.parse.urlencode({"lieu": PRIVATE["place"], "q": PRIVATE["text"], "lat": PRIVATE["latitude"]})
    headers = {
        "Cookie": f"sessionid={PRIVATE['cookie']}",
        "User_Agent": PRIVATE["browser"],
        "X_Forwarded_For": f"10.1.2.3, {PRIVATE['address']}",
        "Referer": f"http://elsewhere.example/?q={PRIVATE['referer']}",
    }
    for path in ("/pimms/", "/pimms.csv", "/communes.json", "/rien/", "/admin/", "/pimms"):
        number = os.urandom(6).hex()
        server.get(f"{path}?{query}", X_Request_ID=number, **headers)
        assert server.line_of(number)["client"] == "203.0.113.0/24"
    form = urllib.parse.urlencode({"username": PRIVATE["account"], "password": "wrong"}).encode()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.address}/admin/login/?{query}", data=form, timeout=10)  # noqa: S310
    refused.value.close()
    server.line_of(refused.value.headers["X-Request-ID"])
    assert all(json.loads(line)["time"] for line in server.log.read_text().splitlines())
    for what, private in PRIVATE.items():
        assert private not in server.log.read_text(), what


def test_probes_leave_the_access_log_alone(server):
    server.get("/healthz")
    number = server.get("/regions/")[1]["X-Request-ID"]
    server.line_of(number)
    assert not [line for line in server.lines("/healthz") if line.get("path") == "/healthz"]


def test_figures_wait_for_the_file_that_a_worker_is_making(monkeypatch, tmp_path):
    import threading

    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    from pimms_directory.serving import metrics

    making = tmp_path / "counter_1.db"
    making.touch()  # as it is before the worker has given it its size
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(tmp_path))
    timer = threading.Timer(0.05, making.unlink)
    timer.start()
    assert metrics.summed(registry) == b""
    timer.join()


def test_figures_add_up_over_workers(server):
    name = 'pimms_requests_total{method="GET",route="region-list",status="200"}'
    before = server.figures()
    for _ in range(24):
        server.get("/regions/")
    after = server.figures()
    assert after[name] - before.get(name, 0) == 24
    kept = 'pimms_page_cache_total{result="hit"}'
    assert after[kept] - before.get(kept, 0) >= 22  # each worker may have to make the page once
    assert after['pimms_request_seconds_count{route="region-list"}'] == after[name]
    assert after["pimms_requests_in_progress"] == 1  # the scrape itself
    assert after["pimms_database_up"] == 1
    assert after["pimms_data_revision"] >= 1
    assert after['pimms_build_info{version="7.8.9"}'] == 1
    memory = [value for name, value in after.items() if name.startswith("pimms_resident_bytes")]
    assert len(memory) == 2
    assert all(20e6 < value < 500e6 for value in memory)


def test_what_anybody_may_type_names_no_figure(server):
    server.get("/garbage-of-mine/")
    server.get("/regions/ailleurs/?q=garbage-of-mine")
    figures = server.figures()
    assert figures['pimms_requests_total{method="GET",route="unknown",status="404"}'] >= 1
    assert figures['pimms_requests_total{method="GET",route="region",status="404"}'] >= 1
    assert "garbage" not in str(figures)


def test_an_address_in_any_script_is_counted_and_no_failure(server):
    name = 'pimms_requests_total{method="GET",route="unknown",status="404"}'
    before, odd = server.figures().get(name, 0), ("/pimms/%D8%A7/", "/%F0%9F%9A%8C", "/%ED%A0%80", "/%FF", "/%00")
    for path in odd:
        assert server.get(path)[0] == 404
    assert server.figures()[name] - before == len(odd), "and none of them is in progress any more"
    assert not [line for line in server.lines("hook") if line["level"] == "ERROR"]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
def test_figures_are_for_who_has_the_token(server, header):
    assert server.get("/metrics", **header)[0] == 404


def test_there_are_no_figures_without_the_setting(client, settings):
    assert settings.METRICS_TOKEN == ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_health_names_version_and_revision(server):
    server.get("/regions/")
    deadline = time.monotonic() + 10
    while (state := json.loads(server.get("/healthz")[2]))["revision"] is None:  # a worker that has not looked yet
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert state == {"status": "ok", "version": "7.8.9", "revision": server.figures()["pimms_data_revision"]}


def test_health_needs_no_database(client, monkeypatch):
    """``db`` is not asked for: a query would fail the test."""
    from pimms_directory.serving.revision_probe import revision_probe

    monkeypatch.setattr(revision_probe, "number", 41)
    assert client.get("/healthz").json()["revision"] == 41


@pytest.fixture(params=[JsonFormatter, TextFormatter])
def log(request) -> Iterator[io.StringIO]:
    request_id.set("")  # in this process, other tests leave the one of their last request
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
    request_id.set("")


@pytest.fixture
def ask(db):
    """Asks the WSGI application, and leaves this test its connection."""

    def ask(path: str) -> tuple[str, dict[str, str]]:
        answers = []
        environ = RequestFactory().get(path).environ
        list(RequestIds(django_application)(environ, lambda *answer: answers.append(answer)))
        ((status, headers, _),) = answers
        return status, dict(headers)

    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield ask
    for signal in ends:
        signal.connect(close_old_connections)


def test_failure_is_told_with_its_place_and_without_what_was_asked(log, monkeypatch, ask):
    def fail(*arguments, **options):
        try:
            int(PRIVATE["text"])
        except ValueError:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO directory_region (code, name) VALUES (NULL, %s)", [PRIVATE["place"]])

    monkeypatch.setattr("sites.pages.territory_pages.RegionList.get", fail)
    status, headers = ask(f"/regions/?q={PRIVATE['text']}")
    assert status.startswith("500")
    said = log.getvalue()
    assert headers["X-Request-ID"] in said
    assert "test_operations.py" in said
    assert "builtins.ValueError" in said
    assert "django.db.utils.IntegrityError" in said
    assert ("23502" if connection.vendor == "postgresql" else "SQLITE_CONSTRAINT_NOTNULL") in said
    assert "Internal Server Error: /regions/" in said
    assert PRIVATE["place"] not in said
    assert PRIVATE["text"] not in said


def test_message_that_quotes_an_address_loses_its_query(log):
    request_id.set("a-request")
    logging.getLogger("django.security.csrf").warning(
        "Referer %s is not trusted", "https://x.example/?q=surendettement"
    )
    assert "Referer https://x.example/?" in log.getvalue()
    assert "surendettement" not in log.getvalue()


def test_outside_of_a_request_a_failure_is_told_in_full(log):
    try:
        raise RuntimeError("no such folder")
    except RuntimeError:
        logging.getLogger("sites").exception("Loading failed?why")
    assert "no such folder" in log.getvalue()
    assert "Loading failed?why" in log.getvalue()


def test_line_feed_does_not_forge_a_line(log):
    request_id.set("a-request")
    logging.getLogger("sites").warning("first\n%s", '{"level": "ERROR"}')
    if log.getvalue().startswith("{"):
        assert len(log.getvalue().splitlines()) == 1


def test_outline_ends_where_causes_go_in_a_circle():
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    assert outline(first) == "builtins.ValueError\nwhile handling:\nbuiltins.KeyError"


@pytest.mark.parametrize(
    ("forwarded", "peer", "proxies", "network"),
    [
        ("", "192.0.2.200", 0, "192.0.2.0/24"),
        ("198.51.100.9", "192.0.2.200", 0, "192.0.2.0/24"),  # anybody may claim it
        ("1.2.3.4, 198.51.100.9", "10.0.0.1", 1, "198.51.100.0/24"),
        ("198.51.100.9, 10.0.0.2", "10.0.0.1", 2, "198.51.100.0/24"),
        ("198.51.100.9", "10.0.0.1", 2, "198.51.100.0/24"),  # as the lock on logins has it
        ("", "10.0.0.1", 1, "10.0.0.0/24"),
        ("2001:db8:1:2:3::4", "10.0.0.1", 1, "2001:db8:1::/48"),
        ("::ffff:198.51.100.9", "10.0.0.1", 1, "198.51.100.0/24"),
        ("surendettement", "10.0.0.1", 1, ""),
        ("", "", 1, ""),  # a Unix socket
    ],
)
def test_address_is_cut_to_its_network(forwarded, peer, proxies, network):
    assert client_network({"HTTP_X_FORWARDED_FOR": forwarded, "REMOTE_ADDR": peer}, proxies) == network


@pytest.mark.parametrize(("fallbacks", "status"), [(["former-key"], 200), ([], 302)])
def test_new_key_ends_no_session_as_long_as_the_former_is_named(client, db, settings, fallbacks, status):
    settings.SECRET_KEY = "former-key"
    client.force_login(get_user_model().objects.create_superuser("staff", password="x"))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-key", fallbacks
    assert client.get("/admin/password_change/").status_code == status


def test_lines_say_when_in_utc_and_leave_by_standard_output_alone(log, settings):
    logging.getLogger("sites").warning("now")
    if log.getvalue().startswith("{"):
        said = datetime.fromisoformat(json.loads(log.getvalue())["time"])
        assert said.utcoffset() == timedelta(0) and abs(datetime.now(UTC) - said) < timedelta(minutes=1)
    assert {handler["stream"] for handler in settings.LOGGING["handlers"].values()} == {"ext://sys.stdout"}
    assert not [name for name, logger in settings.LOGGING["loggers"].items() if logger.get("handlers")]
