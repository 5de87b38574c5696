"""The directory with its data, for the parts to look at: one of each kind, started when a part first asks for it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.cluster import topology
from tests.served import Served, serving


@contextmanager
def directory(**server_only: str) -> Iterator[Served]:
    folder = tempfile.TemporaryDirectory(prefix="pimms-audit-", dir="/tmp")
    with folder as name, serving(Path(name), "network", server_only) as served:
        yield served


@contextmanager
def locally() -> Iterator[str]:
    with directory() as started:
        yield started.address


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
