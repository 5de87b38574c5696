"""The directory on a server of its own, as ``make run`` starts it, for tests and tools that ask over HTTP."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = (sys.executable, "-m", "pimms_directory.serving")
LOADED = {"nothing": None, "releases": ("load_directory", "--releases-only"), "network": ("load_directory",)}


@dataclass(frozen=True)
class Served:
    """A running site: its address without a slash at the end, and the environment that its commands run in."""

    address: str
    environment: dict[str, str]
    log: Path
    pid: int

    def manage(self, *arguments: str, typed: str = "") -> str:
        return manage(self.environment, *arguments, typed=typed)


def manage(environment: Mapping[str, str], *arguments: str, typed: str = "") -> str:
    """Runs a command of ``manage.py`` with ``typed`` as its input; what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-4000:]}")
    return done.stdout


@contextmanager
def serving(
    folder: Path, data: str = "releases", server_only: Mapping[str, str] = MappingProxyType({}), **settings: str
) -> Iterator[Served]:
    """Database, log and, without ``STATIC_ROOT``, collected files lie in ``folder``.

    ``data``: the 53 sites of the ``releases``; the whole ``network`` of 91, with the desks of other bearers; or
    ``nothing``. ``server_only``: settings of the server that commands do not get.
    """
    port = settings.get("PORT") or str(free_port())
    address = f"http://127.0.0.1:{port}"
    log_path = folder / "server.log"
    with database_beside(os.environ.get("DATABASE_URL", ""), folder) as database, log_path.open("ab") as log:
        environment = {name: value for name, value in os.environ.items() if name != "DEBUG"} | {
            "PIMMS_MODE": "local",
            "PIMMS_VAR": str(folder),
            "STATIC_ROOT": str(folder / "static"),
            "DATABASE_URL": database,
            "HOST": "127.0.0.1",
            "PORT": port,
            "PUBLIC_ORIGIN": address,
            **settings,
        }
        loading = LOADED[data]
        collecting = None if "STATIC_ROOT" in settings else ("collectstatic", "--noinput")
        for command in filter(None, (("migrate", "--noinput"), loading, collecting)):
            manage(environment, *command, "--verbosity=0")
        server = subprocess.Popen(SERVER, cwd=ROOT, env=environment | server_only, stdout=log, stderr=log)
        try:
            wait_for(f"{address}/healthz", server, log_path)
            yield Served(address, environment, log_path, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=40)


@contextmanager
def database_beside(url: str, folder: Path) -> Iterator[str]:
    """The address of an empty database of the same kind as the one that this run tests on."""
    if not url.startswith("postgres"):
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    name = f"{folder.name}_{os.getpid()}"  # several at a time
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def free_port() -> int:
    """A port below 32768: above, an outgoing connection may take it before the server does."""
    candidates = list(range(20_000, 32_000))
    random.SystemRandom().shuffle(candidates)
    for port in candidates:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port between 20000 and 32000")


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 (our own address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The server does not answer:\n{log.read_text(errors='replace')[-4000:]}")
