"""The file of a backup: a ZIP archive of the data, as the database's own tools write them, and of a manifest."""

import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pimms_directory.backups.facts import Facts
from pimms_directory.base.version import version

MANIFEST = "manifest.json"
PATTERN = "pimms-*.zip"
# What the data are called in the archive, by the name that Django displays for the database.
DATA = {"SQLite": "database.sqlite3", "PostgreSQL": "database.dump"}

# What zipfile and the manifest say of a file that is damaged, or another one.
UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, TypeError, ValueError)


class BackupError(Exception):
    """A sentence for the operator."""


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


def write(path: Path, data: Path, engine: str, facts: Facts) -> Manifest:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(made_at, version(), engine, **facts._asdict())
    path.touch(mode=0o600)  # it holds the accounts of the admin
    with path.open("r+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(data, data.name)
            archive.writestr(MANIFEST, json.dumps(manifest._asdict(), indent=1))
        file.flush()
        os.fsync(file.fileno())  # whatever happens to the machine next
    return manifest


@contextmanager
def opened(path: Path, engine: str, beside: Path | None = None) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and the unpacked data: while it unpacks, zipfile compares them with their checksum."""
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=beside) as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                manifest = Manifest(**json.loads(archive.read(MANIFEST)))
                if manifest.engine != engine:
                    raise BackupError(f"{path} is a backup of {manifest.engine}; this database is {engine}.")
                data = Path(archive.extract(DATA[engine], folder))
        except UNREADABLE as error:
            raise BackupError(f"{path} cannot be read as a backup of this directory: {error}") from error
        yield manifest, data
