"""The file of a backup: a ZIP archive of the data, as the database's own tools write them, and of what it held."""

import json
import os
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from pimms_directory.base import revision
from pimms_directory.base.version import version

MANIFEST = "manifest.json"
PATTERN = "pimms-*.zip"
# What the data are called in the archive, by the name that Django displays for the database.
DATA = {"SQLite": "database.sqlite3", "PostgreSQL": "database.dump"}

# What folders begin with that live as long as a command.
BACKING_UP, RESTORING = ".backup-", ".restore-pimms-"

LARGEST_MANIFEST = 1_000_000  # bytes; one has some five thousand
LAST_REVISION = 2**53  # far from what a clock's seconds and a column of the database come to
DAY = 86_400  # seconds

# What zipfile and the manifest say of a file that is damaged, encrypted (RuntimeError), or another one.
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError, TypeError, ValueError)
# What ``migrate`` fills by itself: a database with nothing else holds nothing that could be lost.
FILLED_BY_MIGRATE = {"django_migrations", "django_content_type", revision.TABLE}
FILLED_BY_MIGRATE |= {"auth_permission", "auth_group", "auth_group_permissions"}  # the roles of staff


class BackupError(Exception):
    """A sentence for the operator."""


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


class Manifest(NamedTuple):
    made_at: str  # 2026-04-12T03:15:00+00:00
    version: str  # of the code
    engine: str  # SQLite or PostgreSQL
    revision: int
    tables: dict[str, int]
    migrations: list[list[str]]

    @property
    def file_name(self) -> str:
        """Such names sort by date: pimms-20260412T031500Z-r812-1.1.0.zip"""
        moment = datetime.fromisoformat(self.made_at).strftime("%Y%m%dT%H%M%SZ")
        return PATTERN.replace("*", f"{moment}-r{self.revision}-{self.version}")


def newest(folder: Path) -> Path | None:
    return max(folder.glob(PATTERN), default=None)


def prune(folder: Path, keep: int) -> list[Path]:
    """Removes the oldest of the backups that have such a name."""
    surplus = sorted(folder.glob(PATTERN))[:-keep]
    for path in surplus:
        path.unlink()
    return surplus


def forget_interrupted(*folders: Path) -> None:
    """Removes what backups and restores left that were killed: copies of the database, accounts and all, that nobody
    else would ever remove."""
    for left in chain.from_iterable(folder.glob(f"{each}*") for folder in folders for each in (BACKING_UP, RESTORING)):
        found = left.lstat()
        if found.st_mtime < time.time() - DAY and found.st_uid == os.geteuid():  # other accounts use /tmp, too
            shutil.rmtree(left, ignore_errors=True)


def make_folder(folder: Path) -> None:
    """With those above it that are missing, each of the owner of the folder that it stands in."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        give_to(folder.parent, folder)


def give_to(folder: Path, made: Path | int) -> None:
    """What root makes in a folder belongs to the owner of that folder: else the account that serves could neither read
    a backup nor add the next one."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(made, owner.st_uid, owner.st_gid)


def write(path: Path, data: Path, engine: str, facts: Facts, owner_of: Path) -> Manifest:
    """``owner_of``: the folder whose owner gets the file."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(made_at, version(), engine, **facts._asdict())
    # It holds the accounts of the admin: nobody but its owner reads it, whatever the umask.
    with path.open("x+b") as file:
        os.fchmod(file.fileno(), 0o600)
        give_to(owner_of, file.fileno())
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(data, data.name)
            archive.writestr(MANIFEST, json.dumps(manifest._asdict(), indent=1))
        file.flush()
        os.fsync(file.fileno())  # whatever happens to the machine next
    return manifest


@contextmanager
def opened(path: Path, engine: str, beside: Path | None = None) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and the unpacked data: while it unpacks, zipfile compares them with their checksum."""
    if path.exists() and not path.is_file():  # a pipe or a device would be read for ever
        raise BackupError(f"{path} is not a file.")
    with tempfile.TemporaryDirectory(prefix=RESTORING, dir=beside, ignore_cleanup_errors=True) as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                manifest = read_manifest(archive)
                if manifest.engine != engine:
                    raise BackupError(f"{path} is a backup of {manifest.engine}; this database is {engine}.")
                data = Path(archive.extract(DATA[engine], folder))
        except UNREADABLE as error:
            raise BackupError(f"{path} cannot be read as a backup of this directory: {error}") from error
        yield manifest, data


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """With the types that ``write`` writes: what is wrong shows before anything is replaced. Raises ``UNREADABLE``."""
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise ValueError(f"{MANIFEST} has more than {LARGEST_MANIFEST} bytes")
    manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    datetime.fromisoformat(manifest.made_at)
    texts = [manifest.version, manifest.engine, *(text for app, name in manifest.migrations for text in (app, name))]
    numbers = [manifest.revision, *dict(manifest.tables).values()]
    if {*map(type, texts)} != {str} or {*map(type, numbers)} != {int}:
        raise ValueError(f"{MANIFEST} has other types than one of this directory")
    if not 0 <= manifest.revision <= LAST_REVISION:
        raise ValueError(f"{MANIFEST} has a revision that no directory comes to")
    return manifest
