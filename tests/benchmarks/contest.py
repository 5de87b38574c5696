"""One database, filled; the candidates on it, all running, taking turns for each page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path

import psycopg

from tests.benchmarks import servers
from tests.benchmarks.load import Round, Server, all_at_once, children, one_by_one
from tests.benchmarks.report import (
    BARE,
    KEPT,
    MANY,
    NEVER_KEPT,
    NGINX,
    NOT_KEPT,
    OFFICIAL,
    ORDINARY,
    PAGES,
    STATIC,
    Line,
)
from tests.with_postgresql import Cluster

DATABASES = ("sqlite", "postgresql")
WARMING = 5  # requests: each thread opens a connection of its own


@dataclass
class Options:
    """What to measure. ``fixtures`` and ``env`` are for tests."""

    sizes: Sequence[int] = ()
    databases: Sequence[str] = DATABASES
    only: Sequence[str] = PAGES
    seconds: int = 1
    rounds: int = 3
    official_list: str = ""
    fixtures: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)


class Contest:
    def __init__(
        self, options: Options, stack: ExitStack, folder: Path, database: str, size: int, cluster: Cluster | None
    ) -> None:
        self.options, self.stack, self.folder = options, stack, folder
        self.database, self.size, self.cluster = database, size, cluster
        self.env = environment(options, folder) | {"DATABASE_URL": self.create()}
        self.paths = self.fill()
        self.made = self.gunicorn(NOT_KEPT, "pimms_directory.wsgi", PAGE_CACHE_MB="0")
        if size < MANY:
            self.ordinary = self.gunicorn(ORDINARY, "tests.benchmarks.ordinary.wsgi")
            self.start_kept()

    def create(self) -> str:
        """The address of a new, empty database."""
        if not self.cluster:
            return f"sqlite:///{self.folder / 'bench.sqlite3'}"
        name = f"bench_{self.size}"
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"{self.cluster.url.rpartition('/')[0]}/{name}"

    def fill(self) -> dict[str, list[str]]:
        """Makes the sites; returns what to ask for, by page."""
        official = self.size == OFFICIAL and self.options.official_list
        what = ["--official-list", official] if official else [str(self.size)]
        if self.options.fixtures:
            what += ["--fixtures", str(self.options.fixtures)]
        file = self.folder / "addresses.json"
        python("-m", "tests.benchmarks.make_sites", *what, "--addresses", str(file), env=self.env)
        return json.loads(file.read_text())

    def gunicorn(self, name: str, application: str, **env: str) -> Server:
        log = self.folder / f"{name}.log"
        return self.stack.enter_context(servers.gunicorn(application, log, {**self.env, **env}))

    def start_kept(self) -> None:
        """The directory with its page cache, and what gives the very bytes that it keeps."""
        self.kept = self.gunicorn(KEPT, "pimms_directory.wsgi")
        self.addresses = {page: self.paths[page][0] for page in self.options.only if page != NEVER_KEPT}
        for path in self.addresses.values():
            self.kept.ask(path)
        answers = {page: self.kept.ask(path) for page, path in self.addresses.items()}
        by_path = {path: answers[page] for page, path in self.addresses.items()}
        self.bare = self.stack.enter_context(servers.bare(by_path, self.folder, self.env)) if by_path else None
        files = {f"/bench/{page}": answer for page, answer in answers.items()}
        self.nginx = self.stack.enter_context(servers.nginx(self.kept, files, self.folder)) if servers.NGINX else None

    def lines(self) -> Iterator[Line]:
        for page in self.options.only:
            turns = dict(self.turns(page))
            lines = {name: Line(self.database, self.size, page, name) for name in turns}
            for _ in range(self.options.rounds):
                for name, take_turn in turns.items():
                    if not lines[name].is_long():
                        lines[name].rounds.append(take_turn(database=self.database_pids()))
            yield from lines.values()

    def turns(self, page: str) -> Iterator[tuple[str, Callable[..., Round]]]:
        yield NOT_KEPT, self.asking(self.made, self.paths[page])
        if self.size >= MANY:
            return
        if page == "list":
            yield ORDINARY, self.asking(self.ordinary, self.paths[page])
        if page == NEVER_KEPT:
            return
        path = self.addresses[page]
        yield KEPT, self.flooding(self.kept, path)
        assert self.bare
        yield BARE, self.flooding(self.bare, path)
        if self.nginx:
            yield NGINX, self.flooding(self.nginx, path)
            yield STATIC, self.flooding(self.nginx, f"/bench/{page}")

    def flooding(self, server: Server, path: str) -> Callable[..., Round]:
        server.ask(path)  # what comes through nginx has another host, and is made for it once
        return partial(all_at_once, server, path, self.options.seconds)

    def asking(self, server: Server, paths: Sequence[str]) -> Callable[..., Round]:
        for path in paths[-WARMING:] if self.options.seconds else ():
            server.ask(path)
        return partial(one_by_one, server, cycle(paths), self.options.seconds)

    def database_pids(self) -> list[int]:
        if not self.cluster:
            return []
        postmaster = int((self.cluster.data / "postmaster.pid").read_text().split()[0])
        return [postmaster, *children(postmaster)]


def environment(options: Options, folder: Path) -> dict[str, str]:
    left_out = ("DEBUG", "WEB_THREADS", "TRUST_PROXY")
    return {
        **{name: value for name, value in os.environ.items() if name not in left_out},
        "PIMMS_MODE": "local",
        "PIMMS_VAR": str(folder),
        "STATIC_ROOT": str(folder.parent / "static"),
        "DJANGO_SETTINGS_MODULE": "pimms_directory.settings",
        **options.env,
    }


def python(*arguments: str, env: Mapping[str, str]) -> None:
    """Raises ``RuntimeError`` with the end of its errors."""
    result = subprocess.run([sys.executable, *arguments], cwd=servers.ROOT, env=env, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{result.stderr[-3000:]}")
