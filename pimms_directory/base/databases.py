"""Which database there is, and how long a page may keep it busy.

Processes that serve (``wsgi.py``) share their connections in a pool and cut statements that last too long;
commands, such as an import or ``migrate``, do neither.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

import dj_database_url
from django.db import DEFAULT_DB_ALIAS, connections

from pimms_directory.base import env
from pimms_directory.base.env import rules

IN_MEMORY = "sqlite://:memory:"  # in place of an address that is wrong
POSTGRESQL = "django.db.backends.postgresql"
SQLITE_ENGINE = "django.db.backends.sqlite3"
FEWEST = 2  # connections of a process: one for a page, and one to ask for the revision

# A host that is gone without a word is given up within seconds; what the address says of it stands.
PATIENCE = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
SQLITE = {
    "transaction_mode": "IMMEDIATE",  # two writers queue up instead of failing half-way
    "timeout": 10,
    # 1 MB of pages for the connection of a thread, some 2 for all of them: the system has the file in memory anyway.
    "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1000;"
    " PRAGMA soft_heap_limit = 2000000;",
}


def configured(url: str, *, serving: bool) -> dict[str, Any]:
    """Django's ``DATABASES``."""
    database = parsed("DATABASE_URL", url)
    if database["ENGINE"] == POSTGRESQL:
        database["OPTIONS"] = PATIENCE | database.get("OPTIONS", {})
        if serving:
            serve(database)
    else:
        database["OPTIONS"] = dict(SQLITE)
    return {DEFAULT_DB_ALIAS: database}


def parsed(name: str, url: str) -> dict[str, Any]:
    """Of Django's settings. The address is never quoted whole: it may hold a password."""
    if not url:  # said already
        url = IN_MEMORY
    try:
        database = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
        doubt = doubt_about(urlsplit(url), database)
    except ValueError:
        doubt = f"begins with “{url.partition(':')[0]}”"
    if not doubt:
        return database
    sentence = (
        f"{name} {doubt}: set it to an address like postgres://user:password@host:5432/name or sqlite:////path/to/file."
    )
    return env.refuse(sentence, dict(dj_database_url.parse(IN_MEMORY)))


def doubt_about(address: SplitResult, database: dict[str, Any]) -> str:
    """What would be left out in silence, or fail at the first page."""
    if database["ENGINE"] == POSTGRESQL:
        from psycopg import ProgrammingError
        from psycopg.conninfo import make_conninfo

        if not re.fullmatch(r"[^/\s]+", database["NAME"]):
            return f"names the database “{database['NAME']}”"
        if re.search(r"\s", database["HOST"]) or address.port == 0 or address.fragment:
            return "has a space, a port 0 or a # that is not written as %23"
        try:
            make_conninfo(**database.get("OPTIONS", {}))
        except (ProgrammingError, TypeError):
            return "asks for what PostgreSQL does not know"
    elif database["ENGINE"] != SQLITE_ENGINE:
        return f"begins with “{address.scheme}”"
    elif ":memory:" in address.netloc + address.path:
        return ""
    elif address.netloc or not database["NAME"].startswith("/"):
        return f"names the file “{database['NAME']}”, not from the root on"
    elif address.query or address.fragment:
        return "has something behind the name of a file"
    return ""


def serve(database: dict[str, Any]) -> None:
    """Limits for pages. What the address says of them stands: the server takes the last word."""
    options = database["OPTIONS"]
    limits = {
        "statement_timeout": env.integer("DATABASE_STATEMENT_SECONDS", default=20),
        "lock_timeout": env.integer("DATABASE_LOCK_SECONDS", default=15),
        "idle_in_transaction_session_timeout": env.integer("DATABASE_IDLE_SECONDS", default=30),
    }
    # One core for each statement: where thousands of sites match, helpers took twice the time of the search itself.
    said = ["max_parallel_workers_per_gather=0", *(f"{name}={seconds}s" for name, seconds in limits.items())]
    options["options"] = " ".join([*(f"-c {each}" for each in said), options.get("options", "")]).strip()
    most = env.integer("DATABASE_POOL_MAX", default=sum(rules.making_threads()) + 1)
    least = env.integer("DATABASE_POOL_MIN", default=1)
    if not most:  # a connection for each thread, kept for a minute
        return
    if most < max(least, FEWEST):
        env.refuse(
            f"DATABASE_POOL_MAX is “{most}”: set it to 0 for no pool, or to at least {FEWEST} and "
            f"DATABASE_POOL_MIN, which is {least}.",
            None,
        )
    database["CONN_MAX_AGE"] = 0  # given back to the pool after each request
    options["pool"] = {
        "min_size": least,
        "max_size": most,
        "timeout": 2,  # seconds that a page waits for a connection
        "reconnect_timeout": 2,  # then the next page tries: no pause that doubles until the database is back
    }


def close_before_fork() -> None:
    """Neither a connection nor the threads of a pool survive a fork; a shared one would mix up answers."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if close_pool := getattr(connection, "close_pool", None):
            close_pool()
