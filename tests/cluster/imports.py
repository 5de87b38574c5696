"""Imports stopped half-way by SIGKILL at random moments, on both databases.

``KILLS`` (50) says how often the State's list, and a tenth as often the first ``migrate && load_directory``, which
takes ten times as long. The clock of the imports stands still, so that all rows of two runs can be compared as they
are, times and history included.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.cluster import clocks
from tests.cluster.results import expect, say
from tests.cluster.topology import ROOT, Topology

KILLS = int(os.environ.get("KILLS", "50"))
LIST = ROOT / "tests/data/liste-fs-20240801-extrait.csv"
MIGRATE = ("manage.py migrate --noinput --verbosity=0",)
RELEASES = (*MIGRATE, "manage.py load_directory --releases-only --verbosity=0")
FIRST_LOAD = (*MIGRATE, "manage.py load_directory --if-empty")
APPLY_LIST = (f"manage.py import_official_list {LIST} --apply --date 2024-08-01",)

REVISION = "data_revision"
State = dict[str, list[Any]]  # all rows of each table


class Database:
    """One that can be put back to how it was, and whose sessions die with their processes."""

    name: str
    url: str

    def restore(self, former: str) -> None: ...
    def keep_as(self, name: str) -> None: ...
    def connect(self) -> Any: ...
    def tables(self, session: Any) -> list[str]: ...
    def is_written_to(self) -> bool: ...
    def settle(self) -> str:
        """Waits until nobody is left, and says what is broken."""
        raise NotImplementedError

    def state(self) -> State:
        with closing(self.connect()) as session:
            return {
                table: list(map(tuple, session.execute(f'SELECT * FROM "{table}" ORDER BY 1')))  # noqa: S608
                for table in self.tables(session)
            }


class OnSQLite(Database):
    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "imported.sqlite3"
        self.url = f"sqlite:///{self.path}"

    def restore(self, former: str) -> None:
        for file in self.folder.glob(f"{self.path.name}*"):
            file.unlink()
        if former:
            shutil.copy(self.folder / former, self.path)

    def keep_as(self, name: str) -> None:
        with closing(self.connect()) as session, closing(sqlite3.connect(self.folder / name)) as copy:
            session.backup(copy)

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=0)

    def tables(self, session: Any) -> list[str]:
        return [name for (name,) in session.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def is_written_to(self) -> bool:
        if not self.path.exists():
            return False
        with closing(self.connect()) as session:
            try:
                session.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            return False

    def settle(self) -> str:
        with closing(self.connect()) as session:
            found = [*session.execute("PRAGMA integrity_check"), *session.execute("PRAGMA foreign_key_check")]
        return "" if found == [("ok",)] else str(found[:3])


class OnPostgreSQL(Database):
    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self.prompt = url
        self.url = urlunsplit(urlsplit(url)._replace(path="/imported"))

    def execute(self, text: str, *names: str) -> Any:
        with psycopg.connect(self.prompt, autocommit=True) as session:
            done = session.execute(sql.SQL(text).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]
            return done.fetchone() if done.description else None

    def restore(self, former: str) -> None:
        self.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", "imported")
        self.execute("CREATE DATABASE {} TEMPLATE {}", "imported", former or "template1")

    def keep_as(self, name: str) -> None:
        self.execute("DROP DATABASE IF EXISTS {}", name)
        self.execute("CREATE DATABASE {} TEMPLATE {}", name, "imported")

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, autocommit=True)

    def tables(self, session: Any) -> list[str]:
        return [name for (name,) in session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]

    def sessions(self, condition: str) -> int:
        text = f"SELECT count(*) FROM pg_stat_activity WHERE datname = 'imported' AND {condition}"  # noqa: S608
        return self.execute(text)[0]

    def is_written_to(self) -> bool:
        return self.sessions("backend_xid IS NOT NULL") > 0

    def settle(self) -> str:
        deadline = time.monotonic() + 20
        while self.sessions("true"):
            if time.monotonic() > deadline:
                return "a session outlived its process by 20 s"
            time.sleep(0.05)
        with self.connect() as session:
            # Numbers that an undone run took are not given again: put back, lest all keys of the next run differ.
            columns = session.execute(
                "SELECT c.relname, a.attname, pg_get_serial_sequence(quote_ident(c.relname), a.attname) "
                "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attidentity <> ''"
            ).fetchall()
            for table, column, sequence in columns:
                text = "SELECT setval(%s, greatest(max({0}), 1), max({0}) IS NOT NULL) FROM {1}"
                session.execute(sql.SQL(text).format(sql.Identifier(column), sql.Identifier(table)), [sequence])
        return ""


class Import:
    """Commands of ``manage.py``, one after the other, as one group of processes."""

    def __init__(self, database: Database, commands: tuple[str, ...], folder: Path) -> None:
        self.commands = " && ".join(f"{sys.executable} {each}" for each in commands)
        self.environment = {name: value for name, value in os.environ.items() if name != "PUBLIC_ORIGIN"}
        self.environment |= clocks.stopped("2026-11-29 10:00:00") | {"PYTHONHASHSEED": "0", "PIMMS_MODE": "local"}
        self.environment |= {"DATABASE_URL": database.url, "PIMMS_VAR": str(folder)}
        self.log = folder / "imports.log"

    @contextmanager
    def started(self) -> Iterator[subprocess.Popen[bytes]]:
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", self.commands],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            clocks.tidy()

    def run(self) -> float:
        """Seconds."""
        began = time.monotonic()
        with self.started() as process:
            if process.wait(300):
                raise RuntimeError(f"{self.commands} failed:\n{self.log.read_text()[-2000:]}")
        return time.monotonic() - began


@dataclass
class Kills:
    trial: str
    seconds: float  # that the import takes undisturbed
    states: dict[str, State]  # what it may leave behind, by name
    found: dict[str, int] = field(default_factory=dict)
    written: int = 0

    def count(self, state: State) -> str:
        """By its name, or which tables are neither as before nor as after."""
        name = next((name for name, allowed in self.states.items() if allowed == state), "torn")
        self.found[name] = self.found.get(name, 0) + 1
        return name

    def difference(self, state: State) -> str:
        """Of the tables that the import writes: which is as before, as after, or as neither."""
        before, after = self.states["before"], self.states["after"]
        said = []
        for table, rows in state.items():
            if before.get(table) != after.get(table) or rows != after.get(table):
                name = "before" if rows == before.get(table) else "after" if rows == after.get(table) else "neither"
                said.append(f"{table} as {name}")
        return ", ".join(sorted(said, key=lambda each: each.endswith("after")))[:500]


def kill(database: Database, wanted: Import, kills: Kills, former: str, after: float) -> State:
    database.restore(former)
    with wanted.started() as process:
        time.sleep(after)
        kills.written += process.poll() is None and database.is_written_to()
    broken = database.settle()
    expect(not broken, f"{kills.trial}: killed after {after:.2f} s: {broken}")
    return database.state()


def repeated(database: Database, wanted: Import, kills: Kills, after: float) -> None:
    """The next run does what an undisturbed one does."""
    try:
        wanted.run()
    except RuntimeError as error:
        expect(False, f"{kills.trial}: killed after {after:.2f} s, and the next run failed: {error}")
        return
    database.settle()
    state = database.state()
    same = is_same(state, kills.states["after"])
    said = "" if same else kills.difference(state)
    expect(same, f"{kills.trial}: killed after {after:.2f} s, the next run differs: {said}")


def is_same(repeated: State, after: State) -> bool:
    """A run that finds all done still raises the revision, which makes pages anew and says nothing else."""
    (_, number), (_, least) = repeated[REVISION][0], after[REVISION][0]
    return number >= least and repeated | {REVISION: []} == after | {REVISION: []}


def official_list(database: Database, folder: Path) -> None:
    Import(database, RELEASES, folder).run()
    database.settle()
    database.keep_as("releases")
    wanted, before = Import(database, APPLY_LIST, folder), database.state()
    seconds = wanted.run()
    database.settle()
    kills = Kills(f"the official list, {database.name}", seconds, {"before": before, "after": database.state()})
    repeated(database, wanted, kills, seconds)  # finds nothing new
    chance = Random(19)
    for _turn in range(KILLS):
        after = chance.uniform(0, seconds)
        state = kill(database, wanted, kills, "releases", after)
        torn = kills.count(state) == "torn"
        expect(not torn, f"{kills.trial}: killed after {after:.2f} s: {kills.difference(state)}")
        repeated(database, wanted, kills, after)
    conclude(kills)


def first_load(database: Database, folder: Path) -> None:
    """Migrations are one transaction each, the load is one: sites are all there, or none is."""
    database.restore("")
    migrating = Import(database, MIGRATE, folder).run()
    database.settle()
    migrated = database.state()
    wanted = Import(database, FIRST_LOAD, folder)
    database.restore("")
    seconds = wanted.run()
    database.settle()
    kills = Kills(f"the first load, {database.name}", seconds, {"before": migrated, "after": database.state()})
    chance, unmigrated = Random(20), 0
    for turn in range(max(2, KILLS // 10)):
        after = chance.uniform(0, migrating) if turn % 2 else chance.uniform(migrating, seconds)
        state = kill(database, wanted, kills, "", after)
        is_migrated = state.get("django_migrations") == migrated["django_migrations"]
        if is_migrated and len(state) == len(migrated) and state["auth_permission"] == migrated["auth_permission"]:
            torn = kills.count(state) == "torn"
            expect(not torn, f"{kills.trial}: killed after {after:.2f} s: {kills.difference(state)}")
        else:
            unmigrated += 1
            expect(not state.get("directory_site"), f"{kills.trial}: killed after {after:.2f} s: sites before tables")
        repeated(database, wanted, kills, after)
    kills.found["between migrations"] = unmigrated
    conclude(kills)


def conclude(kills: Kills) -> None:
    found = ", ".join(f"{name} {number}" for name, number in kills.found.items())
    note = f"{kills.written} killed while it wrote; {kills.seconds:.1f} s undisturbed"
    say((f"SIGKILL: {kills.trial}", found, str(kills.found.get("torn", 0)), "", "", note))


def killed_imports(topology: Topology) -> None:
    folder = topology.folder / "imports"
    folder.mkdir()
    databases = OnSQLite(folder), OnPostgreSQL(topology.postgresql.url)
    for each in databases:
        each.restore("")
        official_list(each, folder)
    for each in databases:
        first_load(each, folder)
