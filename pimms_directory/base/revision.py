"""The revision of the published data: a number that rises with every change, in the change's own transaction.

Triggers raise it, so that no way around the models goes unnoticed: the admin, imports, ``loaddata``, ``bulk_update``
or SQL typed by hand. Every table of ``PUBLISHED`` has them; a new model needs nothing but ``migrate``, which puts in
place what is missing, also what SQLite loses where a migration makes a table anew. The number lives in a
table of its own that is no model: nobody edits, dumps or flushes it.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeVar

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = TypeVar("Row", bound=models.Model)

PUBLISHED = ("labels", "directory", "versions")

TABLE = "data_revision"
PREFIX = "data_revision_"

# One row.
STATEMENTS = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (id integer PRIMARY KEY CHECK (id = 1), number bigint NOT NULL)",
    f"INSERT INTO {TABLE} (id, number) VALUES (1, 1) ON CONFLICT DO NOTHING",  # noqa: S608
    f"UPDATE {TABLE} SET number = number + 1",  # noqa: S608
)
FUNCTION = f"""
CREATE OR REPLACE FUNCTION raise_{TABLE}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE {TABLE} SET number = number + 1;
    RETURN NULL;
END $$
"""  # noqa: S608


def published_tables() -> set[str]:
    configs = [apps.get_app_config(label) for label in PUBLISHED]
    return {model._meta.db_table for each in configs for model in each.get_models(include_auto_created=True)}


def read(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number FROM {TABLE}")  # noqa: S608
        return cursor.fetchone()[0]


def lock(connection: BaseDatabaseWrapper) -> None:
    """Until the end of this transaction nobody else writes: what follows reads one state of the data.

    SQLite has one writer at a time anyway, and a transaction of ours is one from its beginning.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT number FROM {TABLE} FOR UPDATE")  # noqa: S608


def locked(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """These rows, to be changed in this transaction: nobody else changes them until its end.

    The number comes first, as for every writer: who held a row and then waited for the number would wait for a writer
    who has the number and waits for that row.
    """
    lock(connections[rows.db])
    return rows.select_for_update()


def install(using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Follows each ``migrate``, which may have changed what pages show: raises the number too."""
    connection = connections[using]
    present = published_tables() & set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for statement in (*STATEMENTS, FUNCTION) if connection.vendor == "postgresql" else STATEMENTS:
            cursor.execute(statement)
        for statement in chain.from_iterable(triggers(connection, table) for table in sorted(present)):
            cursor.execute(statement)


def triggers(connection: BaseDatabaseWrapper, table: str) -> Iterator[str]:
    """Statements that make them, or leave them as they are.

    PostgreSQL runs one before each statement: every writer takes the lock on the number before any other, so
    that writers queue up and never wait for each other in a circle; who commits later has the higher number. SQLite
    has triggers for rows only; it has one writer at a time anyway.
    """
    name = connection.ops.quote_name
    if connection.vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE TRIGGER {name(PREFIX + table)} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE "
            f"ON {name(table)} FOR EACH STATEMENT EXECUTE FUNCTION raise_{TABLE}()"
        )
        return
    for event in ("insert", "update", "delete"):
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {name(f'{PREFIX}{table}_{event}')} AFTER {event.upper()} ON {name(table)} "  # noqa: S608
            f"BEGIN UPDATE {TABLE} SET number = number + 1; END"
        )
