"""Pool and limits: for how long a page keeps the database busy."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import override_settings

from pimms_directory.base import databases
from tests.factories import RegionFactory

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
URL = "postgres://pimms:secret@localhost:5432/pimms"
POSTGRESQL_ONLY = pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="SQLite has neither pool nor time-outs"
)


def test_processes_that_serve_have_a_pool_and_limits_and_commands_have_neither(monkeypatch):
    monkeypatch.setenv("WEB_THREADS", "32")
    serving = databases.configured(URL, serving=True)["default"]
    assert serving["CONN_MAX_AGE"] == 0
    assert (serving["OPTIONS"]["pool"]["min_size"], serving["OPTIONS"]["pool"]["max_size"]) == (1, 11)
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
from pimms_directory.base.databases import close_before_fork
close_before_fork()
print("closed", pool.closed)
"""


@POSTGRESQL_ONLY
def test_server_shares_its_connections_among_threads_and_limits_them(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
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
