"""A server of two workers, as ``make run`` starts it, on a database with one region."""

import http.client
import os
import signal
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.served import Served, serving

Answer = tuple[int, dict[str, str], str]  # status, headers, body


class Server:
    def __init__(self, served: Served) -> None:
        self.served, self.log, self.port = served, served.log, int(served.environment["PORT"])

    def execute(self, sql: str) -> None:
        """As somebody at the database's own prompt."""
        database = self.served.environment["DATABASE_URL"]
        if database.startswith("sqlite"):
            path = database.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
                connection.execute(sql)
        else:
            with psycopg.connect(database, autocommit=True) as session:
                session.execute(sql)

    def workers(self, but: Sequence[int] = ()) -> list[int]:
        """Both, as soon as the second one has started."""
        pid, deadline = self.served.pid, time.monotonic() + 30
        while True:
            children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            if len(found := [child for child in children if child not in but]) == 2:
                return found
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def kill_workers(self) -> None:
        killed = self.workers()
        for worker in killed:
            os.kill(worker, signal.SIGKILL)
        self.workers(but=killed)

    def get_of_each_worker(self, path: str) -> list[Answer]:
        """Which worker answers is a matter of luck, unless the other one is stopped."""
        answers = []
        for other in self.workers():
            os.kill(other, signal.SIGSTOP)
            try:
                answers.append(self.get(path))
            finally:
                os.kill(other, signal.SIGCONT)
        return answers

    def get(self, path: str, **headers: str) -> Answer:
        """Over a connection of its own, so that any worker may answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, dict(response.getheaders()), body


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, collected: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("workers")
    # Without a public origin it sends nobody elsewhere.
    settings = {"STATIC_ROOT": str(collected), "WEB_CONCURRENCY": "2", "PUBLIC_ORIGIN": ""}
    with serving(folder, "nothing", **settings) as served:
        server = Server(served)
        server.execute("INSERT INTO directory_region (code, name, slug) VALUES ('53', 'Région 0', 'region')")
        yield server
