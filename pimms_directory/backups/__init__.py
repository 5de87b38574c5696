"""Backups of the whole database, each one file. Should this code be gone, ``unzip`` and the database's own tools bring
the data back (docs/operations.md)."""

import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from pimms_directory.backups import archive, postgresql, sqlite
from pimms_directory.backups.archive import BackupError, Facts, Manifest, newest, prune, read_facts
from pimms_directory.base.version import version

__all__ = ["BackupError", "Manifest", "backup", "newest", "prune", "restore"]

LATE_EDITS = 1_000  # edits that may arrive between a look at the revision and the restore


class Engine(Protocol):
    LIST_TABLES: str

    def dump(self, connection: BaseDatabaseWrapper, path: Path) -> Facts: ...
    def verify(self, connection: BaseDatabaseWrapper, path: Path, manifest: Manifest) -> None: ...
    def restore(self, connection: BaseDatabaseWrapper, path: Path, number: int) -> None: ...


# A driver that quotes damaged names in its own error raises the last of them.
PROBLEMS = (OSError, sqlite3.Error, Error, UnicodeDecodeError)
ENGINES: dict[str, Engine] = {"SQLite": sqlite, "PostgreSQL": postgresql}


def backup(path: Path | None = None, using: str = DEFAULT_DB_ALIAS) -> tuple[Path, Manifest]:
    """Writes a backup, reads it back, and only then gives it its name: in ``BACKUP_DIR``, unless told where."""
    connection = connections[using]
    name = connection.display_name
    place = path.parent if path else settings.BACKUP_DIR
    try:
        archive.make_folder(place)
        archive.forget_interrupted(place, Path(tempfile.gettempdir()))
        with tempfile.TemporaryDirectory(prefix=archive.BACKING_UP, dir=place) as folder:
            data, draft = Path(folder, archive.DATA[name]), Path(folder, "draft.zip")
            manifest = archive.write(draft, data, name, ENGINES[name].dump(connection, data), owner_of=place)
            with archive.opened(draft, name, Path(folder)) as (told, read_back):
                ENGINES[name].verify(connection, read_back, told)
            path = path or place / manifest.file_name
            if path.exists():
                raise BackupError(f"{path} exists already; it was left as it is.")
            draft.replace(path)
    except PROBLEMS as error:
        raise BackupError(f"The backup cannot be written to {path or place}: {error}") from error
    return path, manifest


def restore(path: Path, using: str = DEFAULT_DB_ALIAS, *, replace: bool = False) -> tuple[Manifest, Path | None]:
    """Puts a backup in place of an empty database; or of any, once that has a backup of its own: this path as well."""
    connection = connections[using]
    engine = ENGINES[connection.display_name]
    try:
        archive.forget_interrupted(Path(tempfile.gettempdir()))
        with archive.opened(path, connection.display_name) as (manifest, data):
            refuse_unknown_migrations(path, manifest)
            engine.verify(connection, data, manifest)
            with connection.cursor() as cursor:
                present = read_facts(cursor, engine.LIST_TABLES)
            if not (present.empty or replace):
                raise BackupError(
                    "The database is not empty; nothing changed. With --replace it is backed up, then replaced."
                )
            former = None if present.empty else backup(using=using)[0]
            engine.restore(connection, data, later_revision(present, manifest))
    except PROBLEMS as error:
        raise BackupError(f"The backup was not restored; nothing changed: {error}") from error
    return manifest, former


def refuse_unknown_migrations(path: Path, manifest: Manifest) -> None:
    known = MigrationLoader(None).disk_migrations
    if unknown := [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]:
        raise BackupError(
            f"{path} was made by another version ({manifest.version}) than this one ({version()}): it has the "
            f"migrations {', '.join(unknown)}, which are not known here. Restore it with that version."
        )


def later_revision(present: Facts, manifest: Manifest) -> int:
    """A number that no process has met: it would show a page that it keeps under that number.

    Where the former database is lost, nobody knows how far its number had come; hardly as far as a clock's seconds.
    """
    return max(int(time.time()), max(present.revision, manifest.revision) + LATE_EDITS)
