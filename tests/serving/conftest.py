"""A server of two workers, as ``make run`` starts it, on a database with one region."""

import http.client
import os
import signal
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

Answer = tuple[int, dict[str, str], str]  # status, headers, body


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
        process = python("-m", "pimms_directory.serving")
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process, log_path)
            yield Server(port, execute, log_path, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)
