"""The directory with its data, for the parts to look at: one of each kind, started when a part first asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.servers import ROOT, free_port, wait_for
from tests.cluster import topology


@dataclass(frozen=True)
class Directory:
    """A running directory, and the environment that its commands run in."""

    origin: str
    environment: dict[str, str]

    def manage(self, *arguments: str, typed: str = "") -> None:
        line = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            line, cwd=ROOT, env=self.environment, input=typed, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")


@contextmanager
def directory(**settings: str) -> Iterator[Directory]:
    """As ``make run`` serves it, from a database of its own; ``settings`` go to the server alone."""
    with tempfile.TemporaryDirectory(prefix="pimms-audit-", dir="/tmp") as name:
        folder, port = Path(name), free_port()
        origin = f"http://127.0.0.1:{port}"
        env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DEBUG")} | {
            "PIMMS_MODE": "local",
            "PIMMS_VAR": name,
            "STATIC_ROOT": str(folder / "static"),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PUBLIC_ORIGIN": origin,
        }
        made = Directory(origin, env)
        for command in ("migrate --noinput", "load_directory", "collectstatic --noinput"):
            made.manage(*command.split(), "--verbosity=0")
        log = folder / "server.log"
        with log.open("ab") as output:
            line = [sys.executable, *topology.SERVER]
            server = subprocess.Popen(line, cwd=ROOT, env=env | settings, stdout=output, stderr=output)
        try:
            wait_for(port, server, log)
            yield made
        finally:
            server.terminate()
            server.wait(40)


@contextmanager
def locally() -> Iterator[str]:
    with directory() as started:
        yield started.origin


@contextmanager
def as_in_production() -> Iterator[str]:
    with topology.started() as started:
        yield f"https://127.0.0.1:{started.port}"


class Servers:
    """``with Servers() as servers: servers.origin("locally")``."""

    KINDS = {"locally": locally, "as in production": as_in_production}

    def __enter__(self) -> Servers:
        self.stack = ExitStack()
        self.origins: dict[str | None, str] = {None: ""}
        return self

    def __exit__(self, *error: object) -> None:
        self.stack.close()

    def origin(self, kind: str | None) -> str:
        if kind is not None and kind not in self.origins:
            print(f"Starting the directory {kind}", file=sys.stderr, flush=True)
            self.origins[kind] = self.stack.enter_context(self.KINDS[kind]())
        return self.origins[kind]
