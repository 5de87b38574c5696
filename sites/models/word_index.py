"""The index of the words that sites are found by: ``search_text__has_words=("saint", "etie")``.

Both databases bring one: SQLite's FTS5, a table beside the sites that triggers keep, and PostgreSQL's ``tsvector`` with
GIN, on what a function makes of the column. Neither needs an extension, and no way around the models goes unnoticed,
nor does an older version of this code. 100,000 sites take 7 MB; a table of (word, site) took 92 MB on SQLite and 185 MB
on PostgreSQL, and a minute to fill.

``migrate`` puts in place what is missing, also what SQLite loses where a migration makes the table of sites anew.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup
from django.db.models.sql.compiler import SQLCompiler

from sites.models.fields import BytewiseTextField

NAME = "site_words"
SITES = "directory_site"
# What FTS5 keeps its index in; backups find them in an empty database too.
TABLES = frozenset({NAME, f"{NAME}_config", f"{NAME}_data", f"{NAME}_idx"})
# No word of a site has as many letters; PostgreSQL refuses words of more than 2046.
LONGEST = 1_000

TRIGGERS = {
    f"{NAME}_insert": f"AFTER INSERT ON {SITES} BEGIN {{add}} END",
    f"{NAME}_delete": f"AFTER DELETE ON {SITES} BEGIN {{remove}} END",
    f"{NAME}_update": f"AFTER UPDATE OF search_text ON {SITES} WHEN old.search_text <> new.search_text "
    "BEGIN {remove} {add} END",
}
ADD = f"INSERT INTO {NAME} (rowid, search_text) VALUES (new.id, new.search_text);"  # noqa: S608
REMOVE = f"INSERT INTO {NAME} ({NAME}, rowid, search_text) VALUES ('delete', old.id, old.search_text);"  # noqa: S608
# Texts are folded already: words of ASCII letters and digits, a space apart.
FTS5 = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS {NAME} USING fts5(
    search_text, content='{SITES}', content_rowid='id', tokenize='ascii', prefix='1 2 3', detail=none, columnsize=0
)
"""

# In PL/pgSQL and dear, so that it is not taken apart and the planner never prefers to split each text anew.
FUNCTION = f"""
CREATE OR REPLACE FUNCTION {NAME}(folded text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
BEGIN
    RETURN array_to_tsvector(string_to_array(btrim(folded), ' '));
END $$
"""
KEYS = {
    "sqlite": f"SELECT rowid FROM {NAME} WHERE {NAME} MATCH %s",  # noqa: S608
    "postgresql": f"SELECT id FROM {SITES} WHERE {NAME}(search_text) @@ %s::tsquery",  # noqa: S608
}
READY = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid"


@BytewiseTextField.register_lookup
class HasWords(Lookup):
    """For each of these folded words, the text has one that begins with it."""

    lookup_name = "has_words"
    prepare_rhs = False

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        quote = connection.ops.quote_name
        key = f"{quote(self.lhs.alias)}.{quote(self.lhs.target.model._meta.pk.column)}"
        return f"{key} IN ({KEYS['sqlite']})", [in_fts5(self.words())]

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        text, params = self.process_lhs(compiler, connection)
        return f"{NAME}({text}) @@ %s::tsquery", [*params, in_tsquery(self.words())]

    def words(self) -> list[str]:
        if not may_be_found(self.rhs):
            raise EmptyResultSet
        return list(dict.fromkeys(self.rhs))


def may_be_found(words: Iterable[str]) -> bool:
    return all(len(word) <= LONGEST for word in words)


def in_fts5(words: Iterable[str]) -> str:
    return " ".join(f'"{word}"*' for word in words)


def in_tsquery(words: Iterable[str]) -> str:
    return " & ".join(f"{word}:*" for word in words)


def keys(words: Sequence[str], using: str = DEFAULT_DB_ALIAS) -> array[int]:
    """The primary keys of all sites that have words that begin with each of these folded ones, from the index."""
    if not may_be_found(words):
        return array("q")
    connection = connections[using]
    query = in_fts5(words) if connection.vendor == "sqlite" else in_tsquery(words)
    with connection.cursor() as cursor:
        cursor.execute(KEYS[connection.vendor], [query])
        return array("q", (key for (key,) in cursor))


def install(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    connection = connections[using]
    if SITES not in connection.introspection.table_names():
        return
    if connection.vendor == "postgresql":
        install_on_postgresql(connection)
    else:
        install_on_sqlite(connection)


def install_on_postgresql(connection: BaseDatabaseWrapper) -> None:
    """Sites can be edited meanwhile, unless a transaction surrounds this."""
    with connection.cursor() as cursor:
        cursor.execute(READY, [NAME])
        if cursor.fetchone():
            return
        concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
        cursor.execute(FUNCTION)
        cursor.execute(f"DROP INDEX {concurrently} IF EXISTS {NAME}")  # one that was not finished
        cursor.execute(f"CREATE INDEX {concurrently} {NAME} ON {SITES} USING gin ({NAME}(search_text))")
        cursor.execute(f"ANALYZE {SITES}")  # how common each word is


def install_on_sqlite(connection: BaseDatabaseWrapper) -> None:
    """Where a trigger is missing, the index may have missed something: it is built anew."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        missing = TRIGGERS.keys() - {name for (name,) in cursor.fetchall()}
        if not missing:
            return
        cursor.execute(FTS5)
        for name in sorted(missing):
            cursor.execute(f"CREATE TRIGGER {name} {TRIGGERS[name].format(add=ADD, remove=REMOVE)}")
        cursor.execute(f"INSERT INTO {NAME} ({NAME}) VALUES ('rebuild')")  # noqa: S608
