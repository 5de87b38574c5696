"""Whom nginx counts as one, with the configuration of production: a subscriber, however many addresses he has. And what
it keeps as one: a page, however its address is written.

Where no server stands behind, what passes is answered 502, what is beyond the limit 429. Clients’ addresses are
believed of a header, as one does behind a CDN.
"""

import gzip
import http.client
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.cluster.client import UNVERIFIED
from tests.cluster.topology import HOST, ROOT, nginx_configuration, nginx_program
from tests.served import free_port

pytestmark = [pytest.mark.one_database, pytest.mark.slow]

PASSES, TOO_MANY = 502, 429
AT_ONCE = 11  # logins: a burst of 10, and the one that the rate lets through


@pytest.fixture
def behind() -> int:
    """The port on which nginx looks for a server."""
    return free_port()


@pytest.fixture
def nginx(tmp_path, behind) -> Iterator[int]:
    """Its port. Each test has a nginx that has counted nothing yet."""
    port = free_port()
    variables = {
        "RUN_DIR": str(tmp_path),
        "PAGES_DIR": str(tmp_path / "pages"),
        "ADMIN_PATH": "admin/",
        "CERTIFICATE_DIR": str(tmp_path),
        "CERTIFICATE_NAME": HOST,
        "ACCESS_LOG": "/dev/null",
        "HTTP_LISTEN": f"127.0.0.1:{free_port()}",
        "HTTPS_LISTEN": f"127.0.0.1:{port}",
        "PUBLIC_ORIGIN": f"https://{HOST}",
        "REPLICA_1": f"127.0.0.1:{behind}",
        "REPLICA_2": f"127.0.0.1:{free_port()}",
    }
    subprocess.run([ROOT / "docs/deploy/certificate.sh"], env=os.environ | variables, check=True, capture_output=True)
    believed = "http {\n    set_real_ip_from 127.0.0.1;\n    real_ip_header X-Client;\n"
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(nginx_configuration(variables).replace("http {\n", believed, 1))
    tmp_path.chmod(0o755)
    log_path = tmp_path / "nginx.log"
    command = [nginx_program(), "-e", "stderr", "-p", str(tmp_path), "-c", str(configuration), "-g"]
    command += ["daemon off; user root;"]  # only root may name one, and pytest's folders are this account's alone
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        assert process.poll() is None, log_path.read_text()
        yield port
    finally:
        process.terminate()
        process.wait(20)


def ask(port: int, client: str, method: str = "POST", path: str = "/admin/login/") -> int:
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=UNVERIFIED)
    with closing(connection):
        connection.request(method, path, headers={"Host": HOST, "X-Client": client})
        return connection.getresponse().status


def passed(port: int, clients: list[str], **what: str) -> int:
    """Of a login of each of these clients, one after the other."""
    began = time.monotonic()
    answers = [ask(port, client, **what) for client in clients]
    assert set(answers) <= {PASSES, TOO_MANY}
    gained = int((time.monotonic() - began) / 2) + 1  # 30 a minute
    return max(0, answers.count(PASSES) - gained)


def test_addresses_of_one_subscriber_are_one(nginx):
    assert passed(nginx, [f"2001:db8:1:2:{number:x}::{number:x}" for number in range(1, 41)]) <= AT_ONCE


def test_subscribers_are_many(nginx):
    answers = [ask(nginx, f"2001:db8:1:{number:x}::1") for number in range(1, 41)]
    assert answers == [PASSES] * 40
    # A network whose bytes are a line feed, a null, or the end of a text.
    for client in ("2001:a0a:a00::", "::", "2001:db8:5c5c:2222::"):
        assert passed(nginx, [f"{client}{number:x}" for number in range(1, 31)]) <= AT_ONCE


@pytest.mark.parametrize("address", ["203.0.113.{}", "::ffff:203.0.113.{}"])
def test_each_address_of_ipv4_is_one_also_on_a_socket_of_ipv6(nginx, address):
    assert [ask(nginx, address.format(number)) for number in range(1, 41)] == [PASSES] * 40
    assert passed(nginx, [address.format(200)] * 30) <= AT_ONCE


def test_asking_for_mails_is_limited_like_a_login(nginx):
    assert passed(nginx, ["203.0.113.9"] * 30, path="/admin/mot-de-passe/") <= AT_ONCE
    assert [ask(nginx, "203.0.113.8", "GET", "/admin/mot-de-passe/") for _number in range(30)] == [PASSES] * 30


PAGE = b"<p>Ouvert demain.</p>" * 20


class AnyPage(BaseHTTPRequestHandler):
    """The same page at every address, to be kept; in gzip for who takes it."""

    def do_GET(self) -> None:
        packed = "gzip" in self.headers.get("Accept-Encoding", "")
        body = gzip.compress(PAGE) if packed else PAGE
        self.send_response(200)
        self.send_header("X-Accel-Expires", "30")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture
def server(behind) -> Iterator[None]:
    with HTTPServer(("127.0.0.1", behind), AnyPage) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield
        httpd.shutdown()
        thread.join()


def kept(folder) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (HOST.title(), "/regions/"),
        (HOST, "/r%65gions/"),
        (HOST, "/regions/#1"),
        (HOST, "/regions/?"),
        (HOST, "/regions/?a"),
        (HOST, "/static/site.css?1"),
        (HOST, "/static/site%2Ecss"),
        (HOST.upper(), "/static/site.css"),
    ],
)
def test_other_spellings_of_an_address_push_no_page_out(server, nginx, tmp_path, host, path):
    """Anybody can write an address in a thousand ways: they are kept apart, like searches."""

    def get(host: str, path: str) -> int:
        with closing(http.client.HTTPSConnection("127.0.0.1", nginx, timeout=20, context=UNVERIFIED)) as connection:
            connection.request("GET", path, headers={"Host": host})
            return connection.getresponse().status

    pages, searches = tmp_path / "pages", tmp_path / "searches"
    for plain in ("/regions/", "/departements/2A-corse-du-sud/", "/static/site.css"):
        assert get(HOST, plain) == 200
    assert (kept(pages), kept(searches)) == (3, 0)
    assert get(host, path) == 200
    assert (kept(pages), kept(searches)) == (3, 1)


@pytest.mark.parametrize("via", [{}, {"Via": "1.1 cdn.example"}])
def test_one_answer_is_kept_for_readers_of_all_encodings(server, nginx, tmp_path, via):
    """Else a page that is gone would come back in the encoding in which nobody has asked since."""
    for accepted, encoding in (("br, gzip", "gzip"), ("gzip;q=0, br", None), ("identity", None), ("gzip", "gzip")):
        with closing(http.client.HTTPSConnection("127.0.0.1", nginx, timeout=20, context=UNVERIFIED)) as connection:
            connection.request("GET", "/regions/", headers={"Host": HOST, "Accept-Encoding": accepted, **via})
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Content-Encoding"]) == (200, encoding), accepted
            body = answer.read()
            assert (gzip.decompress(body) if encoding else body) == PAGE, accepted
    assert kept(tmp_path / "pages") == 1
