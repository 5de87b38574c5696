"""The page cache in a server of two workers, as ``make run`` starts it."""

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.pages.conftest import ROOT, database_beside, free_port, wait_for

pytestmark = pytest.mark.slow


@dataclass
class Server:
    port: int
    execute: Callable[[str], None]
    log: Path
    pid: int

    def workers(self) -> list[int]:
        """Both, as soon as the second one has started."""
        deadline = time.monotonic() + 30
        while len(children := Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return [int(child) for child in children]

    def kill_workers(self) -> None:
        for worker in self.workers():
            os.kill(worker, signal.SIGKILL)

    def keep_in_each_worker(self, path: str) -> None:
        """Which worker answers is a matter of luck, unless the other one is stopped."""
        for other in self.workers():
            os.kill(other, signal.SIGSTOP)
            try:
                assert self.get(path)[0] == 200
            finally:
                os.kill(other, signal.SIGCONT)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """Over a connection of its own, so that any worker may answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, dict(response.getheaders()), body


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, collected: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("workers")
    port = free_port()
    log_path = folder / "server.log"
    with database_beside(os.environ.get("DATABASE_URL", ""), folder) as database, log_path.open("wb") as log:
        environment = os.environ | {
            "PIMMS_MODE": "local",
            "PIMMS_VAR": str(folder),
            "STATIC_ROOT": str(collected),  # DEBUG is off: pages need the names of collected files
            "DATABASE_URL": database,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "WEB_CONCURRENCY": "2",
        }

        def execute(sql: str) -> None:
            """As somebody at the database's own prompt."""
            if database.startswith("sqlite"):
                path = database.removeprefix("sqlite:///")
                with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
                    connection.execute(sql)
            else:
                with psycopg.connect(database, autocommit=True) as session:
                    session.execute(sql)

        def python(*arguments: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log)

        if python("manage.py", "migrate", "--noinput", "--verbosity=0").wait():
            pytest.fail(f"migrate failed:\n{log_path.read_text()}", pytrace=False)
        execute("INSERT INTO directory_region (code, name, slug) VALUES ('53', 'Région 0', 'region')")
        process = python("-m", "gunicorn", "-c", "python:pimms_directory.serving.gunicorn_conf", "pimms_directory.wsgi")
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process, log_path)
            yield Server(port, execute, log_path, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)


def test_edit_is_visible_through_both_workers_within_a_second(server):
    for number in range(1, 6):
        server.execute(f"UPDATE directory_region SET name = 'Région {number}'")  # noqa: S608
        time.sleep(1)
        assert all(f"Région {number}" in server.get("/regions/")[2] for _ in range(16))


def test_a_client_on_this_machine_is_believed_nothing_that_only_a_proxy_knows(server):
    """Without TRUST_PROXY. gunicorn believes both of loopback by itself."""
    page = server.get("/regions/")
    assert server.get("/regions/", SCRIPT_NAME="/regions")[0::2] == page[0::2]
    login = server.get("/admin/login/", **{"X-Forwarded-Proto": "https"})
    assert login[0] == 200 and "https://127.0.0.1" not in login[2]
    assert server.get("/regions/", **{"X-Forwarded-Proto": "https"})[0::2] == page[0::2]


def test_pages_outlive_the_database(server):
    """Its revision cannot be read: to a worker, that is a database which does not answer."""
    path = "/regions/region/"
    server.keep_in_each_worker(path)
    server.execute("ALTER TABLE data_revision RENAME TO data_revision_away")
    try:
        time.sleep(1)
        for _ in range(16):
            status, headers, body = server.get(path)
            assert (status, headers.get("X-Served-Stale")) == (200, "database")
            assert "Région" in body
        status, headers, body = server.get("/pimms/?q=jamais-demande")
        assert (status, headers["Retry-After"]) == (503, "5")
        assert "Le site ne marche pas pour le moment" in body
        server.kill_workers()  # the new ones start without a database
        deadline = time.monotonic() + 30
        while server.get("/healthz")[0] != 200:
            assert time.monotonic() < deadline
        status, headers, _body = server.get(path)
        assert (status, headers["Retry-After"]) == (503, "5")
    finally:
        server.execute("ALTER TABLE data_revision_away RENAME TO data_revision")
    deadline = time.monotonic() + 30
    while any(server.get(path)[0] != 200 for _ in range(8)):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    log = server.log.read_text()
    lost, found = log.count("The database does not answer"), log.count("The database answers again")
    assert 1 <= found <= lost <= 4  # once in each worker, whatever the number of requests; two were killed
    assert server.get("/pimms/?q=jamais-demande")[0] == 200


SMUGGLED = b"GET /regions/?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n",
        b"Content-Length: %d\r\nContent-Length: 0\r\n",
        b"Content-Length: +%d\r\n",
        b"Content-Length: %d\r\nTransfer-Encoding: xchunked\r\n",
        b"Content-Length : %d\r\n",
    ],
)
def test_a_request_whose_end_is_doubtful_brings_no_second_one(server, headers):
    """A proxy and a server that read different ends would take the rest for the request of somebody else."""
    body = b"0\r\n\r\n" + SMUGGLED
    if b"%d" in headers:
        headers = headers.replace(b"%d", str(len(body)).encode())
    host = f"127.0.0.1:{server.port}".encode()
    request = b"POST /regions/ HTTP/1.1\r\nHost: " + host + b"\r\n" + headers + b"\r\n" + body
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 ") <= 1, answer[:2000]
    assert b" 200 " not in answer
    assert "smuggled" not in server.log.read_text()
