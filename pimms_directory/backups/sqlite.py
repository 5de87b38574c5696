"""SQLite, through its online backup: readers and writers of the file go on meanwhile."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from pimms_directory.backups.archive import BackupError, Facts, Manifest, read_facts
from pimms_directory.base import revision

# Not the virtual tables, such as those of a full-text search, nor what SQLite keeps for itself.
LIST_TABLES = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
LOCK_SECONDS = 30


def dump(connection: BaseDatabaseWrapper, path: Path) -> Facts:
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
        return read_facts(copy.cursor(), LIST_TABLES)


def verify(connection: BaseDatabaseWrapper, path: Path, manifest: Manifest) -> None:
    copy = connection.copy()  # knows the functions of Django that constraints may call
    copy.settings_dict["NAME"] = str(path)
    with closing(copy), copy.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        if (answer := cursor.fetchone()[0]) != "ok":
            raise BackupError(f"The data are damaged: {answer}")
        cursor.execute("PRAGMA foreign_key_check")
        if orphan := cursor.fetchone():
            raise BackupError(f"The data are damaged: row {orphan[1]} of {orphan[0]} has no row of {orphan[2]}.")
        found = read_facts(cursor, LIST_TABLES).tables
        if found | manifest.tables != found:
            raise BackupError("The data are not those that the manifest tells of.")


def restore(connection: BaseDatabaseWrapper, path: Path, number: int) -> None:
    """Replaces every page through SQLite in one transaction: a write-ahead log that was left over has no say.

    A process that has the file open goes on with the new content.
    """
    deadline = time.monotonic() + LOCK_SECONDS

    def give_up(status: int, remaining: int, total: int) -> None:
        """SQLite would wait for another writer for ever."""
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise BackupError("The backup was not restored; nothing changed. Somebody else keeps writing.")

    with closing(sqlite3.connect(path)) as copy:
        copy.execute(f"UPDATE {revision.TABLE} SET number = ?", [number])  # noqa: S608
        copy.commit()
        connection.ensure_connection()
        copy.backup(connection.connection, progress=give_up)
    connection.close()
