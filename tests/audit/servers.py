"""The directory with its data, for the parts to look at: one of each kind, started when a part first asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks.servers import ROOT, free_port, wait_for
from tests.cluster import topology


@contextmanager
def locally() -> Iterator[str]:
    """As ``make run`` serves it, from a database of its own."""
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
        log = folder / "server.log"
        with log.open("ab") as output:
            for command in ("migrate --noinput", "load_directory", "collectstatic --noinput"):
                line = [sys.executable, "manage.py", *command.split(), "--verbosity=0"]
                if subprocess.run(line, cwd=ROOT, env=env, stdout=output, stderr=output, check=False).returncode:
                    sys.exit(f"{command} failed:\n{log.read_text()}")
            line = [sys.executable, *topology.SERVER]
            server = subprocess.Popen(line, cwd=ROOT, env=env, stdout=output, stderr=output)
        try:
            wait_for(port, server, log)
            yield origin
        finally:
            server.terminate()
            server.wait(40)


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
