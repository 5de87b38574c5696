"""Pool, limits, replica: which database a page reads, and for how long."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections, router
from django.test import override_settings

from pimms_directory.base import databases
from pimms_directory.base.databases import REPLICA, reading_from
from pimms_directory.serving.page_cache import AWAY, PageCache
from pimms_directory.serving.revision_watch import REPLICA_PAUSE, Nearest
from sites.models import Region
from tests.factories import RegionFactory
from tests.serving.test_page_cache import HTML, Known

URL = "postgres://pimms:secret@localhost:5432/pimms"
POSTGRESQL_ONLY = pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="SQLite has neither pool nor time-outs"
)


def test_processes_that_serve_have_a_pool_and_limits_and_commands_have_neither(monkeypatch):
    monkeypatch.setenv("WEB_THREADS", "3")
    serving = databases.configured(URL, serving=True)["default"]
    assert serving["CONN_MAX_AGE"] == 0
    assert (serving["OPTIONS"]["pool"]["min_size"], serving["OPTIONS"]["pool"]["max_size"]) == (1, 5)
    assert "-c statement_timeout=20s" in serving["OPTIONS"]["options"]
    command = databases.configured(URL, serving=False)["default"]
    assert not {"pool", "options"} & set(command["OPTIONS"])


def test_values_of_an_address_are_not_bound_by_the_server(monkeypatch):
    """Trigram searches were 300 times slower with server-side binding."""
    assert "server_side_binding" not in databases.configured(URL, serving=True)["default"]["OPTIONS"]


def test_what_the_address_says_of_limits_comes_last_and_a_pool_may_be_left_out(monkeypatch):
    monkeypatch.setenv("DATABASE_POOL_MAX", "0")
    found = databases.configured(f"{URL}?options=-c%20statement_timeout%3D3s", serving=True)["default"]
    assert found["OPTIONS"]["options"].endswith("-c statement_timeout=3s")
    assert found["CONN_MAX_AGE"] == 60
    assert "pool" not in found["OPTIONS"]


def test_replica_is_read_by_public_pages_only(monkeypatch):
    monkeypatch.setenv("REPLICA_URL", "postgres://pimms@replica/pimms")
    assert databases.configured(URL, serving=True)[REPLICA]["HOST"] == "replica"
    ours = databases.Router()
    assert ours.db_for_read(Region) is None
    with reading_from(REPLICA):
        assert ours.db_for_read(Region) == REPLICA
        assert ours.db_for_write(Region) == "default"
    assert ours.db_for_read(Region) is None
    assert not ours.allow_migrate(REPLICA, "directory")


def test_queries_of_a_page_go_where_the_page_reads(monkeypatch):
    monkeypatch.setattr(router, "routers", [databases.Router()])
    with reading_from(REPLICA):
        assert Region.objects.all().db == REPLICA
    assert Region.objects.all().db == "default"


class Databases:
    """Two databases: the number that each would tell, or None if it is away."""

    def __init__(self, monkeypatch, **numbers: int | None) -> None:
        self.numbers = numbers
        self.now = 100.0
        self.asked: list[str] = []
        monkeypatch.setitem(connections.settings, REPLICA, connections.settings["default"])
        self.nearest = Nearest(self.read, lambda: self.now, str)

    def read(self, alias: str) -> int:
        self.asked.append(alias)
        number = self.numbers[alias]
        if number is None:
            raise OperationalError
        return number

    def look(self) -> tuple[str, int]:
        number = self.nearest()
        return self.nearest.alias, number


def test_number_comes_from_the_replica_and_from_the_primary_while_the_replica_is_away(monkeypatch, caplog):
    both = Databases(monkeypatch, default=5, replica=5)
    assert both.look() == (REPLICA, 5)
    both.numbers |= {"default": 7, REPLICA: None}
    assert both.look() == both.look() == ("default", 7)
    assert both.asked.count(REPLICA) == 2  # once before, once in vain
    assert "The replica does not answer (OperationalError)" in caplog.text
    both.numbers[REPLICA] = 7
    both.now += REPLICA_PAUSE
    assert both.look() == (REPLICA, 7)


def test_replica_that_lags_behind_what_readers_have_seen_is_not_read(monkeypatch):
    both = Databases(monkeypatch, default=7, replica=None)
    assert both.look() == ("default", 7)
    both.now += REPLICA_PAUSE
    both.numbers[REPLICA] = 6
    assert both.look() == ("default", 7)
    both.numbers[REPLICA] = 7
    assert both.look() == (REPLICA, 7)


def test_without_replica_nobody_asks_for_one():
    asked: list[str] = []
    assert Nearest(lambda alias: asked.append(alias) or 3, name=str)() == 3
    assert asked == ["default"]


class Moving(Known):
    """A watch that moves from the replica to the primary while the first page is made."""

    source = REPLICA

    def look(self) -> int | None:
        self.source = "default"
        return self.number


@pytest.mark.parametrize("dies", [False, True])
def test_page_that_was_made_while_readers_moved_to_another_database_is_made_again(dies):
    """The replica may have been behind; if it has died, the primary makes the page."""
    read = []

    def site(environ, start_response):
        read.append(databases.source.get())
        if dies and read[-1] == REPLICA:
            environ[AWAY] = True
        start_response("200 OK", [HTML])
        return [f"read {read[-1]}".encode()]

    cache = PageCache(site, 20_000, watch=Moving())  # type: ignore[arg-type]
    environ = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http", "HTTP_HOST": "localhost", "PATH_INFO": "/a-propos/"}
    assert b"".join(cache(dict(environ), lambda *answer: None)) == b"read default"
    assert read == [REPLICA, "default"]
    assert b"".join(cache(dict(environ), lambda *answer: None)) == b"read default"
    assert read == [REPLICA, "default"]


SHOW = """
import threading
import pimms_directory.wsgi
from django.db import connection
def ask(name):
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        print(name, cursor.fetchone()[0])
limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
for name in (*limits, "max_parallel_workers_per_gather"):
    ask(name)
pool = connection.pool
connection.close()
seen = set()
def work():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        seen.add(cursor.fetchone()[0])
    connection.close()
for _ in range(5):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
print("shared", len(seen) < 5)  # the pool may have opened one more meanwhile
from pimms_directory.databases import close_before_fork
close_before_fork()
print("closed", pool.closed)
"""


@POSTGRESQL_ONLY
def test_server_shares_its_connections_among_threads_and_limits_them(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"PIMMS_VAR": str(tmp_path), "DATABASE_STATEMENT_SECONDS": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.splitlines() == [
        "statement_timeout 7s",
        "lock_timeout 15s",
        "idle_in_transaction_session_timeout 30s",
        "max_parallel_workers_per_gather 0",
        "shared True",
        "closed True",
    ], result.stderr


@POSTGRESQL_ONLY
@pytest.mark.django_db(transaction=True)
@override_settings(MIGRATION_LOCK_SECONDS=1)
def test_migrate_gives_up_on_a_table_that_is_in_use_instead_of_making_readers_wait():
    RegionFactory()
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE data_revision")
            holding.set()
            done.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    holding.wait(5)
    began = time.monotonic()
    try:
        with pytest.raises(OperationalError, match="lock timeout"):
            call_command("migrate", verbosity=0)
    finally:
        done.set()
        other.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert time.monotonic() - began < 8
    call_command("migrate", verbosity=0)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite's own pages")
@pytest.mark.django_db
def test_the_pages_that_sqlite_keeps_are_bound_for_all_threads_together():
    found = {}
    for pragma in ("cache_size", "soft_heap_limit"):
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {pragma}")
            found[pragma] = cursor.fetchone()[0]
    assert found == {"cache_size": -1000, "soft_heap_limit": 2_000_000}
