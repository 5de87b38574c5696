"""What a database holds at one moment, for the manifest of a backup and for who is about to replace it."""

from typing import Any, NamedTuple

from pimms_directory.base import revision

# What ``migrate`` fills by itself: a database with nothing else holds nothing that could be lost.
FILLED_BY_MIGRATE = {"django_migrations", "django_content_type", revision.TABLE}
FILLED_BY_MIGRATE |= {"auth_permission", "auth_group", "auth_group_permissions"}  # the roles of staff


class Facts(NamedTuple):
    revision: int  # 0 where there is none yet
    tables: dict[str, int]  # name → rows
    migrations: list[list[str]]  # [["labels", "0001_initial"], …]

    @property
    def empty(self) -> bool:
        return not any(rows for table, rows in self.tables.items() if table not in FILLED_BY_MIGRATE)


def read_facts(cursor: Any, list_tables: str) -> Facts:
    """From a cursor of Django's or of a driver, and the query that names the tables of that database."""
    cursor.execute(list_tables)
    tables = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
        tables[table] = cursor.fetchone()[0]
    number, migrations = 0, []
    if revision.TABLE in tables:
        cursor.execute(f"SELECT number FROM {revision.TABLE}")  # noqa: S608
        number = cursor.fetchone()[0]
    if "django_migrations" in tables:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        migrations = [list(row) for row in cursor.fetchall()]
    return Facts(number, tables, migrations)
