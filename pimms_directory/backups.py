"""Backups of the whole database, each one file: a ZIP archive of the data and of a manifest that describes them.

The data are an ordinary SQLite file, or an archive of ``pg_dump``: should this code be gone, ``unzip`` and the
database's own tools bring them back. The manifest holds their SHA-256, how many rows each table had in the same
snapshot, which migrations had run and the revision of the data.

A database is known here by an engine (``Sqlite``, ``PostgreSQL``), which dumps, counts and restores. A restore is one
transaction: readers see the data as before or as restored, and nothing if it fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, NamedTuple

from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient
from django.db.migrations.loader import MigrationLoader

from pimms_directory.base import revision
from pimms_directory.base.version import version

FORMAT = 1
MANIFEST = "manifest.json"
PREFIX, SUFFIX = "pimms-", ".zip"
# What ``migrate`` fills by itself: a database with nothing else holds nothing that could be lost.
OF_MIGRATE = {"django_migrations", "django_content_type", "auth_permission", "sqlite_sequence", revision.TABLE}
# Edits that arrive while a SQLite file is replaced raise the number of what is being replaced.
ROOM = 1_000
LOCK_SECONDS = 30


class BackupError(Exception):
    """A sentence for the operator."""


class Manifest(NamedTuple):
    made_at: str
    version: str
    engine: str
    revision: int | None
    tables: Mapping[str, int]
    migrations: list[list[str]]
    sha256: str
    format: int = FORMAT


class Snapshot(NamedTuple):
    """Of the database at the moment of its dump."""

    tables: dict[str, int]
    revision: int | None
    migrations: list[list[str]]


# --- files


def newest(folder: Path) -> Path | None:
    return max(folder.glob(f"{PREFIX}*{SUFFIX}"), default=None) if folder.is_dir() else None


def prune(folder: Path, keep: int) -> list[Path]:
    """Removes the oldest of the backups that were named here; their names sort by date."""
    surplus = sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))[:-keep]
    for path in surplus:
        path.unlink()
    return surplus


def default_path(folder: Path, using: str) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        number = f"r{revision.read(connections[using])}"
    except Error:  # from before revisions
        number = "r0"
    return folder / f"{PREFIX}{moment}-{number}-{version()}{SUFFIX}"


def backup(path: Path, using: str = "default") -> Manifest:
    """Writes a backup, reads it back and compares it, and only then gives it its name."""
    engine = engine_of(connections[using])
    if path.exists():
        raise BackupError(f"{path} exists already; nothing was written.")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as name:
            folder = Path(name)
            data, draft = folder / engine.member, folder / "draft.zip"
            snapshot = engine.dump(data)
            manifest = write(draft, data, snapshot, engine.name)
            data.unlink()
            with opened(draft, folder) as (_manifest, written):
                engine.verify(written, manifest)
            if path.exists():
                raise BackupError(f"{path} exists already; it was left as it is.")
            draft.replace(path)
            synchronise(path.parent)
    except (OSError, sqlite3.Error, Error) as error:
        raise BackupError(f"The backup cannot be written to {path}: {error}") from error
    return manifest


def write(path: Path, data: Path, snapshot: Snapshot, engine: str) -> Manifest:
    path.touch(mode=0o600)  # it holds the accounts of the admin
    with path.open("r+b") as file, zipfile.ZipFile(file, "w") as archive:
        method = zipfile.ZIP_STORED if engine == PostgreSQL.name else zipfile.ZIP_DEFLATED  # pg_dump compresses
        archive.write(data, data.name, method)
        with data.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            version=version(),
            engine=engine,
            revision=snapshot.revision,
            tables=snapshot.tables,
            migrations=snapshot.migrations,
            sha256=digest,
        )
        archive.writestr(MANIFEST, json.dumps(manifest._asdict(), indent=1))
    synchronise(path)
    return manifest


def synchronise(path: Path) -> None:
    """Onto the disk, whatever the machine does next."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path, folder: Path | None = None) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and the unpacked data, once they are known to be as they were written."""
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as name:
        try:
            with zipfile.ZipFile(path) as archive:
                said = json.loads(archive.read(MANIFEST))
                if said["format"] != FORMAT:
                    raise BackupError(f"{path} has format {said['format']}, which this version does not know.")
                manifest = Manifest(**said)
                member = {engine.name: engine.member for engine in (Sqlite, PostgreSQL)}[manifest.engine]
                data = Path(archive.extract(member, name))
            with data.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise BackupError(f"{path} is damaged, or no backup of this directory: {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise BackupError(f"{path} is no backup of this directory: its manifest is missing or odd.") from error
        except OSError as error:
            raise BackupError(f"{path} cannot be read: {error}") from error
        if digest != manifest.sha256:
            raise BackupError(f"{path} is damaged: its data are not those that were written.")
        yield manifest, data


def restore(path: Path, using: str = "default", *, replace_into: Path | None = None) -> tuple[Manifest, Path | None]:
    """Puts a backup in place of an empty database; or of any, once that one has a backup in ``replace_into``."""
    connection = connections[using]
    engine = engine_of(connection)
    with opened(path) as (manifest, data):
        if manifest.engine != engine.name:
            raise BackupError(f"{path} is a backup of {manifest.engine}; this database is {engine.name}.")
        if unknown := unknown_migrations(manifest):
            raise BackupError(
                f"{path} was made by a newer version ({manifest.version}) than this one ({version()}): it has the "
                f"migrations {', '.join(unknown)}, which are not known here. Restore it with that version."
            )
        safety = None
        try:
            engine.verify(data, manifest)
            filled = sorted(table for table, rows in engine.snapshot().tables.items() if rows)
            if set(filled) - OF_MIGRATE:
                if replace_into is None:
                    raise BackupError(
                        "The database is not empty; nothing changed. With --replace it is backed up, then replaced."
                    )
                safety = default_path(replace_into, using)
                backup(safety, using)
            before = number_of(connection)
            engine.restore(data, manifest)
            with transaction.atomic(using):
                revision.install(using)
                raise_revision(connection, above=max(before, manifest.revision or 0))
            engine.afterwards()
        except (OSError, sqlite3.Error, Error) as error:
            raise BackupError(f"The backup was not restored: {error}") from error
        return manifest, safety


def unknown_migrations(manifest: Manifest) -> list[str]:
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known.update(migration.replaces)
    return [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]


def number_of(connection: BaseDatabaseWrapper) -> int:
    if revision.TABLE not in connection.introspection.table_names():
        return 0
    return revision.read(connection)


def raise_revision(connection: BaseDatabaseWrapper, above: int) -> None:
    """So that no cache takes a page of the former data for one of these."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {revision.TABLE} SET number = CASE WHEN number > %s THEN number ELSE %s END + 1",  # noqa: S608
            [above, above],
        )


# --- engines


class Engine:
    name: str
    member: str  # of the archive

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    def snapshot(self) -> Snapshot:
        """As the connection sees it: in one transaction, if it is in one."""
        tables = {}
        with self.connection.cursor() as cursor:
            for table in sorted(self.tables(cursor)):
                cursor.execute(f"SELECT count(*) FROM {self.connection.ops.quote_name(table)}")  # noqa: S608
                tables[table] = cursor.fetchone()[0]
            migrations: list[list[str]] = []
            if "django_migrations" in tables:
                cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
                migrations = [list(row) for row in cursor.fetchall()]
        number = revision.read(self.connection) if revision.TABLE in tables else None
        return Snapshot(tables, number, migrations)

    def tables(self, cursor: Any) -> list[str]:
        return [table.name for table in self.connection.introspection.get_table_list(cursor) if table.type == "t"]

    def dump(self, path: Path) -> Snapshot:
        raise NotImplementedError

    def verify(self, path: Path, manifest: Manifest) -> None:
        raise NotImplementedError

    def restore(self, path: Path, manifest: Manifest) -> None:
        raise NotImplementedError

    def afterwards(self) -> None:
        pass

    @staticmethod
    def compare(found: Mapping[str, int], manifest: Manifest) -> None:
        for table in sorted(found.keys() | manifest.tables.keys()):
            if found.get(table) != manifest.tables.get(table):
                raise BackupError(
                    f"The backup is not complete: table {table} had {manifest.tables.get(table, 'no')} rows, "
                    f"{found.get(table, 'none')} can be read back."
                )


class Sqlite(Engine):
    name = "SQLite"
    member = "database.sqlite3"

    def dump(self, path: Path) -> Snapshot:
        """Readers and writers go on meanwhile (write-ahead log)."""
        self.connection.ensure_connection()
        with self.connection.cursor() as cursor:
            cursor.execute("BEGIN")  # the counts and the copy are of one snapshot
            try:
                snapshot = self.snapshot()
                with closing(sqlite3.connect(path)) as copy:
                    self.connection.connection.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
            finally:
                cursor.execute("ROLLBACK")
        return snapshot

    def verify(self, path: Path, manifest: Manifest) -> None:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as copy:
            if (answer := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise BackupError(f"The backup is damaged: {answer}")
            names = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            counts = {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}  # noqa: S608
        counts = {name: count for name, count in counts.items() if name in manifest.tables or name[:7] != "sqlite_"}
        self.compare(counts, manifest)

    def restore(self, path: Path, manifest: Manifest) -> None:
        """Through SQLite, in one transaction: processes that have the file open go on with the new content."""
        with closing(sqlite3.connect(path)) as copy:
            if revision.TABLE in manifest.tables:
                above = max(number_of(self.connection), manifest.revision or 0) + ROOM
                copy.execute(f"UPDATE {revision.TABLE} SET number = ?", [above])  # noqa: S608
                copy.commit()
            self.connection.ensure_connection()
            copy.backup(self.connection.connection, progress=impatience(time.monotonic() + LOCK_SECONDS))
        self.connection.close()


def impatience(deadline: float) -> Callable[[int, int, int], None]:
    """SQLite would wait for a writer for ever."""

    def look(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise BackupError("The backup was not restored; nothing changed. Somebody else keeps writing.")

    return look


class PostgreSQL(Engine):
    name = "PostgreSQL"
    member = "database.dump"

    def dump(self, path: Path) -> Snapshot:
        self.require("pg_dump")
        with self.connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            try:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("SELECT pg_export_snapshot()")
                identifier = cursor.fetchone()[0]
                snapshot = self.snapshot()
                # The extensions' comments belong to a superuser, who restores nothing here.
                options = ("--format=custom", "--no-owner", "--no-privileges", "--no-comments")
                self.run("pg_dump", *options, f"--snapshot={identifier}", f"--file={path}")
            finally:
                cursor.execute("ROLLBACK")
        return snapshot

    def verify(self, path: Path, manifest: Manifest) -> None:
        """Unpacks every row of the archive, and counts."""
        with self.unpacked(path, "--data-only") as script, script.open("rb") as lines:
            self.compare(rows_of(lines), manifest)

    def restore(self, path: Path, manifest: Manifest) -> None:
        """One transaction from the first DROP to a COMMIT in the last line: a failure on the way changes nothing."""
        self.require("psql")
        with self.unpacked(path) as script:
            before, after = script.with_name("before.sql"), script.with_name("after.sql")
            before.write_text(self.before(), encoding="utf-8")
            after.write_text(self.after(manifest), encoding="utf-8")
            self.connection.close()
            options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
            self.run("psql", *options, *(f"--file={part}" for part in (before, script, after)))

    def before(self) -> str:
        """Takes away what is there, but not the extensions, which the backup expects as it finds them."""
        quote = self.connection.ops.quote_name
        with self.connection.cursor() as cursor:
            cursor.execute(OWN_OBJECTS)
            drops = [f"DROP {kind} IF EXISTS {name} CASCADE;" for kind, name in cursor.fetchall()]
            present = revision.TABLE in self.tables(cursor)
            cursor.execute("SELECT current_schema()")
            table = f"{quote(cursor.fetchone()[0])}.{quote(revision.TABLE)}"
        return "\n".join(
            [
                "BEGIN;",
                f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s';",
                "SET LOCAL statement_timeout = 0;",
                "SET LOCAL client_min_messages = warning;",
                # Nothing is edited from here on: every edit raises the number first.
                f"LOCK TABLE {table}; SELECT set_config('pimms.before', number::text, false) FROM {table};"  # noqa: S608
                if present
                else "SELECT set_config('pimms.before', '0', false);",
                *drops,
                "",
            ]
        )

    def after(self, manifest: Manifest) -> str:
        quote = self.connection.ops.quote_name
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            schema = quote(cursor.fetchone()[0])
        checks = "\n".join(
            f"  IF (SELECT count(*) FROM {schema}.{quote(table)}) <> {int(rows)} THEN "  # noqa: S608
            f"RAISE EXCEPTION 'table % has not all its rows', '{quote(table)}'; END IF;"
            for table, rows in manifest.tables.items()
        )
        number = f"""UPDATE {schema}.{revision.TABLE}
            SET number = greatest(number, current_setting('pimms.before')::bigint) + 1;"""  # noqa: S608
        return f"""
            DO $check$ BEGIN
            {checks}
            END $check$;
            {number if revision.TABLE in manifest.tables else ""}
            COMMIT;
        """

    def afterwards(self) -> None:
        self.connection.close()  # it may remember plans of tables that are gone
        with self.connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def run(self, program: str, *arguments: str) -> None:
        """The server and the account are arguments, which others may read; the password never is."""
        found, variables = DatabaseClient.settings_to_cmd_args_env(self.connection.settings_dict, [])
        *server, name = found[1:]
        self.finish([program, *arguments, "--no-password", *server, f"--dbname={name}"], variables or {})

    @staticmethod
    def finish(command: list[str], variables: Mapping[str, str] = MappingProxyType({})) -> None:
        done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise BackupError(f"{command[0]} failed: {complaint(done.stderr)}")

    @staticmethod
    def require(program: str) -> None:
        if shutil.which(program) is None:
            raise BackupError(
                f"{program} is missing. Install PostgreSQL's client programs, of the server's version or newer: "
                "apt-get install postgresql-client."
            )

    @contextmanager
    def unpacked(self, path: Path, *options: str) -> Iterator[Path]:
        """The archive as SQL."""
        self.require("pg_restore")
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=path.parent) as folder:
            script = Path(folder) / "data.sql"
            self.finish(["pg_restore", "--no-owner", "--no-privileges", *options, f"--file={script}", str(path)])
            yield script


OWN_OBJECTS = """
SELECT kind, name FROM (
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
           ELSE 'TABLE' END AS kind,
           format('%I.%I', nspname, relname) AS name, c.oid, 'pg_class'::regclass AS catalog
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = current_schema() AND relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL
    SELECT CASE prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
           format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(p.oid)), p.oid,
           'pg_proc'::regclass
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
    WHERE nspname = current_schema()
    UNION ALL
    SELECT 'COLLATION', format('%I.%I', nspname, collname), c.oid, 'pg_collation'::regclass
    FROM pg_collation c JOIN pg_namespace n ON n.oid = collnamespace
    WHERE nspname = current_schema()
    UNION ALL
    SELECT 'TEXT SEARCH CONFIGURATION', format('%I.%I', nspname, cfgname), c.oid, 'pg_ts_config'::regclass
    FROM pg_ts_config c JOIN pg_namespace n ON n.oid = cfgnamespace
    WHERE nspname = current_schema()
) AS found
WHERE NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = catalog AND objid = found.oid AND deptype = 'e'
)
ORDER BY kind <> 'TABLE', name -- a sequence of a column goes with its table
"""


def rows_of(lines: IO[bytes]) -> dict[str, int]:
    """Rows by table of a dump as SQL: COPY public.directory_site (…) FROM stdin; then a line each, then a full stop."""
    counts: dict[str, int] = {}
    table = ""
    for line in lines:
        if table:
            if line == b"\\.\n":
                table = ""
            else:
                counts[table] += 1
        elif line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            table = line.split()[1].decode().rpartition(".")[2].strip('"')
            counts[table] = 0
    return counts


def complaint(output: bytes) -> str:
    """The first error that a program names: others follow from it."""
    lines = [line for line in output.decode(errors="replace").splitlines() if line.strip()]
    return next((line for line in lines if "error:" in line.lower() or "FATAL:" in line), (lines or [""])[-1])


def engine_of(connection: BaseDatabaseWrapper) -> Engine:
    return {"sqlite": Sqlite, "postgresql": PostgreSQL}[connection.vendor](connection)
