"""Backups as an operator makes them: each command in a process of its own, on a database of its own."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from pimms_directory import backups
from pimms_directory.backups import archive, sqlite
from tests.served import ROOT

pytestmark = pytest.mark.slow

URL = os.environ.get("DATABASE_URL", "")
POSTGRESQL = URL.startswith("postgres")
sqlite_only = pytest.mark.skipif(POSTGRESQL, reason="the files of SQLite")
postgresql_only = pytest.mark.skipif(not POSTGRESQL, reason="SQLite needs no other program, and has no password")


@dataclass
class Operator:
    """Somebody with a database, a folder for backups and a shell."""

    database: str
    folder: Path

    def manage(self, *arguments: object, code: int = 0, **options: object) -> str:
        variables = {"PIMMS_MODE": "local", "PIMMS_VAR": str(self.folder), "DATABASE_URL": self.database}
        options.setdefault("env", os.environ | {"BACKUP_DIR": str(self.folder / "backups")} | variables)
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def sql(self, statement: str) -> list[tuple]:
        if POSTGRESQL:
            with psycopg.connect(self.database, autocommit=True) as session:
                cursor = session.execute(statement)
                return cursor.fetchall() if cursor.description else []
        path = self.database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
            return connection.execute(statement).fetchall()

    @property
    def names(self) -> list[str]:
        return [name for (name,) in self.sql("SELECT name FROM directory_region ORDER BY code")]

    @property
    def revision(self) -> int:
        return self.sql("SELECT number FROM data_revision")[0][0]

    @property
    def backups(self) -> list[Path]:
        return sorted((self.folder / "backups").glob("*"))


def address_of(template: str) -> str:
    return urlunsplit(urlsplit(URL)._replace(path=f"/{template}")) if POSTGRESQL else template


def create(name: str, template: str = "") -> str:
    with psycopg.connect(URL, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return address_of(name)


def drop(name: str) -> None:
    with psycopg.connect(URL, autocommit=True) as session:
        session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database with two regions."""
    folder = tmp_path_factory.mktemp("template")
    name = f"backup_template_{os.getpid()}"
    operator = Operator(create(name) if POSTGRESQL else f"sqlite:///{folder / 'db.sqlite3'}", folder)
    operator.manage("migrate", "--noinput", "--verbosity=0")
    operator.sql(
        "INSERT INTO directory_region (code, name, slug) VALUES ('11', 'Île', 'ile'), ('53', 'Ouest', 'ouest')"
    )
    yield name if POSTGRESQL else operator.database
    if POSTGRESQL:
        drop(name)


def database(folder: Path, name: str, template: str = "") -> Iterator[str]:
    if POSTGRESQL:
        name = f"{name}_{os.getpid()}"
        yield create(name, template)
        drop(name)
    else:
        path = folder / f"{name}.sqlite3"
        if template:
            shutil.copyfile(template.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"


@pytest.fixture
def operator(tmp_path: Path, template: str) -> Iterator[Operator]:
    for address in database(tmp_path, "backup_full", template):
        yield Operator(address, tmp_path)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Operator]:
    """Another machine, whose database is empty."""
    (tmp_path / "elsewhere").mkdir()
    for address in database(tmp_path, "backup_empty"):
        yield Operator(address, tmp_path / "elsewhere")


@pytest.fixture(scope="module")
def kept(template: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the two regions."""
    folder = tmp_path_factory.mktemp("kept")
    Operator(address_of(template), folder).manage("backup")
    (path,) = (folder / "backups").iterdir()  # and nothing half-made beside it
    return path


def rewrite(path: Path, other: Path, **changes: object) -> Path:
    """The same backup with another manifest."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "manifest.json":
                content = json.dumps(json.loads(content) | changes).encode()
            new.writestr(member, content)
    return other


def test_backup_makes_the_same_database_elsewhere(operator, elsewhere, kept):
    assert kept.name.startswith("pimms-")
    assert kept.stat().st_mode & 0o077 == 0  # it holds accounts
    elsewhere.manage("restore", kept)
    assert elsewhere.names == ["Île", "Ouest"]
    elsewhere.manage("migrate", "--check")
    # Whatever the number was in a database that is lost, no page was ever kept under this one.
    restored = elsewhere.revision
    assert restored > operator.revision + 1_000_000
    # Keys and the number of the data go on where they were.
    elsewhere.sql("INSERT INTO directory_region (code, name, slug) VALUES ('84', 'Est', 'est')")
    assert elsewhere.revision > restored


def test_database_that_was_only_migrated_is_empty(elsewhere, kept):
    elsewhere.manage("migrate", "--noinput", "--verbosity=0")
    elsewhere.manage("restore", kept)
    assert elsewhere.names == ["Île", "Ouest"]
    assert elsewhere.backups == []


# What belongs to an extension, or is kept by a virtual table, comes back as well.
SEARCH, FOUND = (
    (
        [
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            "CREATE INDEX by_trigram ON directory_region USING gin (name gin_trgm_ops)",
        ],
        "SELECT name FROM directory_region WHERE name % 'Nords'",
    )
    if POSTGRESQL
    else (
        ["CREATE VIRTUAL TABLE found USING fts5(name, tokenize=trigram)", "INSERT INTO found VALUES ('Nord')"],
        "SELECT name FROM found WHERE found MATCH 'nor'",
    )
)


def test_restore_over_data_asks_first_then_keeps_what_was_there(operator, kept):
    operator.sql("UPDATE directory_region SET name = 'Nord' WHERE code = '53'")
    # A later version has a table that the backup knows nothing of, and that holds on to one of its tables.
    operator.sql("CREATE TABLE left_over (region varchar(3) REFERENCES directory_region (code))")
    for statement in SEARCH:
        operator.sql(statement)
    operator.sql("UPDATE data_revision SET number = 3000000000")
    assert "is not empty; nothing changed" in operator.manage("restore", kept, code=1)
    assert operator.names == ["Île", "Nord"]
    said = operator.manage("restore", kept, "--replace")
    assert operator.names == ["Île", "Ouest"]
    assert operator.revision > 3_000_000_000
    with pytest.raises(Exception, match="left_over"):
        operator.sql("SELECT * FROM left_over")
    safety = operator.backups[-1]
    assert str(safety) in said
    operator.manage("restore", safety, "--replace")
    assert operator.names == ["Île", "Nord"]
    assert operator.sql(FOUND) == [("Nord",)]


def test_backup_overwrites_nothing_and_leaves_no_part_of_itself(operator, tmp_path):
    path = tmp_path / "mine" / "backup.zip"
    operator.manage("backup", path)
    content = path.read_bytes()
    assert "exists already" in operator.manage("backup", path, code=1)
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_old_backups_go_when_so_many_newer_ones_are_there(operator, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 4):
        (folder / f"pimms-2020010{day}T000000Z-r1-0.zip").touch()
    (folder / "notes.txt").touch()
    operator.manage("backup", "--keep", "2")
    assert [path.name[:14] for path in operator.backups][:2] == ["notes.txt", "pimms-20200103"]
    assert len(operator.backups) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:3000] + bytes([content[3000] ^ 1]) + content[3001:],
        lambda content: b"",
        lambda content: b"SQLite format 3\0" + bytes(5000),
    ],
    ids=["cut off", "one bit", "empty", "another kind of file"],
)
def test_damaged_backup_is_refused(kept, tmp_path, damage):
    path = tmp_path / "damaged.zip"
    path.write_bytes(damage(kept.read_bytes()))
    with pytest.raises(backups.BackupError, match=r"damaged\.zip cannot be read as a backup of this directory: "):
        backups.restore(path, replace=True)  # this test may use no database: it is not even looked at


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": "9.0", "migrations": [["labels", "9999_future"]]}, r"version \(9\.0\).* labels\.9999_future,"),
        ({"engine": "MySQL"}, "is a backup of MySQL; this database is"),
        ({"surprise": 1}, "cannot be read as a backup"),
        ({"migrations": None}, "cannot be read as a backup"),
        ({"migrations": [["labels"]]}, "cannot be read as a backup"),
        ({"migrations": [[["labels"], "0001"]]}, "cannot be read as a backup"),
        ({"tables": None}, "cannot be read as a backup"),
        ({"tables": {"labels_wave": "13"}}, "cannot be read as a backup"),
        ({"made_at": None}, "cannot be read as a backup"),
        ({"revision": "12"}, "cannot be read as a backup"),
        ({"revision": 2**63 - 1001}, "cannot be read as a backup"),
        ({"version": "x" * 2_000_000}, "cannot be read as a backup"),
    ],
)
def test_backup_that_does_not_fit_is_refused_with_a_sentence(kept, tmp_path, changes, sentence):
    with pytest.raises(backups.BackupError, match=sentence):
        backups.restore(rewrite(kept, tmp_path / "other.zip", **changes), replace=True)


def test_pipe_or_folder_is_no_backup(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(backups.BackupError, match="is not a file"):
            backups.restore(path, replace=True)


def test_data_of_another_backup_are_refused(operator, kept, tmp_path):
    operator.sql("CREATE TABLE later (id integer)")
    operator.manage("backup", tmp_path / "later.zip")
    with zipfile.ZipFile(tmp_path / "later.zip") as archive:
        tables = json.loads(archive.read("manifest.json"))["tables"]
    mixed = rewrite(kept, tmp_path / "mixed.zip", tables=tables)
    assert "not those that the manifest tells of" in operator.manage("restore", mixed, "--replace", code=1)
    assert operator.sql("SELECT count(*) FROM later") == [(0,)]


@sqlite_only
def test_damaged_data_in_a_whole_archive_are_refused(operator, kept, tmp_path):
    with zipfile.ZipFile(kept) as archive, zipfile.ZipFile(tmp_path / "damaged.zip", "w") as damaged:
        data = archive.read("database.sqlite3")
        damaged.writestr("manifest.json", archive.read("manifest.json"))
        damaged.writestr("database.sqlite3", data.replace(b"CREATE TABLE", b"CREATE T\xa6BL"))
    assert "nothing changed" in operator.manage("restore", tmp_path / "damaged.zip", "--replace", code=1)
    assert operator.names == ["Île", "Ouest"]


def test_restore_without_room_for_unpacking_says_so(operator, kept):
    assert "CommandError: " in operator.manage("restore", kept, "--replace", code=1, preexec_fn=small_disk)
    assert operator.names == ["Île", "Ouest"]


def test_restore_that_fails_at_its_last_step_changes_nothing(operator, tmp_path):
    """A backup without a revision can be unpacked, but not be given a later one."""
    operator.sql("ALTER TABLE data_revision RENAME TO elsewhere")
    for (trigger,) in operator.sql(TRIGGERS):
        operator.sql(f"DROP TRIGGER {trigger}")
    operator.manage("backup", tmp_path / "odd.zip")
    operator.sql("UPDATE directory_region SET name = 'Nord' WHERE code = '53'")
    assert "data_revision" in operator.manage("restore", tmp_path / "odd.zip", "--replace", code=1)
    assert operator.names == ["Île", "Nord"]


TRIGGERS = (
    "SELECT format('%I ON %I', tgname, relname) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid "
    "WHERE NOT tgisinternal"
    if POSTGRESQL
    else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
)


def test_file_that_is_no_backup_is_refused(tmp_path, operator):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"")
    assert "no item named 'manifest.json'" in operator.manage("restore", tmp_path / "photos.zip", code=1)
    assert "No such file" in operator.manage("restore", tmp_path / "nowhere.zip", code=1)


def small_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_full_disk_leaves_nothing_behind(operator):
    assert "CommandError: " in operator.manage("backup", code=1, preexec_fn=small_disk)
    assert operator.backups == []
    assert operator.names == ["Île", "Ouest"]


def leave_behind(folder: Path, prefix: str) -> None:
    """What was killed now, and a day ago."""
    for name, seconds in (("old", 90_000), ("new", 0)):
        left = folder / f"{prefix}{name}"
        left.mkdir(parents=True)
        (left / "database.sqlite3").touch()
        os.utime(left, (time.time() - seconds,) * 2)


@pytest.mark.parametrize("restores", [False, True])
def test_what_killed_backups_and_restores_left_a_day_ago_is_removed(operator, kept, tmp_path, restores):
    temporary = tmp_path / "tmp"
    leave_behind(operator.folder / "backups", archive.BACKING_UP)
    leave_behind(temporary, archive.RESTORING)
    (temporary / ".restore-of-another-program").mkdir()
    os.utime(temporary / ".restore-of-another-program", (0, 0))
    command = ("restore", kept, "--replace") if restores else ("backup",)
    where = {"BACKUP_DIR": str(operator.folder / "backups"), "PIMMS_VAR": str(operator.folder), "PIMMS_MODE": "local"}
    where |= {"DATABASE_URL": operator.database, "TMPDIR": str(temporary)}
    operator.manage(*command, env=os.environ | where)
    assert [path.name for path in operator.backups if path.is_dir()] == [f"{archive.BACKING_UP}new"]
    left = {path.name for path in temporary.iterdir()}
    assert left == {f"{archive.RESTORING}new", ".restore-of-another-program"}


def test_restore_that_is_killed_leaves_a_copy_where_the_next_ones_look(operator, kept, tmp_path):
    """Who looks for another name finds nothing: the copy holds every account."""
    with archive.opened(kept, "PostgreSQL" if POSTGRESQL else "SQLite", tmp_path) as (_manifest, data):
        assert data.parent.name.startswith(archive.RESTORING)
        assert data.parent.stat().st_mode & 0o077 == 0


def test_folder_that_cannot_be_written_is_named():
    with pytest.raises(backups.BackupError, match=r"cannot be written to /proc/backups/one\.zip"):
        backups.backup(Path("/proc/backups/one.zip"))


def test_readers_and_writers_go_on_during_a_backup_and_a_restore(operator, kept, tmp_path):
    """An edit that is not finished when the backup begins is not in it, and is not lost."""
    with session_of(operator) as session:
        session.execute("BEGIN")
        session.execute("UPDATE directory_region SET name = 'Sud' WHERE code = '11'")
        path = tmp_path / "during.zip"
        operator.manage("backup", path)
        session.execute("COMMIT")
        assert operator.names == ["Sud", "Ouest"]
        # This session stays connected while the data are replaced.
        operator.manage("restore", path, "--replace")
        assert session.execute("SELECT name FROM directory_region WHERE code = '11'").fetchone() == ("Île",)


def session_of(operator: Operator):
    if POSTGRESQL:
        return psycopg.connect(operator.database, autocommit=True)
    return closing(sqlite3.connect(operator.database.removeprefix("sqlite:///"), isolation_level=None))


@sqlite_only
def test_restore_does_not_wait_for_ever_for_a_writer(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.1)
    source, target = tmp_path / "source", tmp_path / "target"
    for path in (source, target):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"CREATE TABLE {path.name} (id)")
            connection.execute("CREATE TABLE data_revision (number)")
    with closing(sqlite3.connect(target)) as writer, closing(sqlite3.connect(target, timeout=0)) as live:
        writer.execute("BEGIN IMMEDIATE")
        wrapper = SimpleNamespace(connection=live, ensure_connection=lambda: None)
        with pytest.raises(backups.BackupError, match="Somebody else keeps writing"):
            sqlite.restore(wrapper, source, 1)
        writer.execute("ROLLBACK")
        assert writer.execute("SELECT name FROM sqlite_master").fetchone() == ("target",)


@sqlite_only
@pytest.mark.parametrize("lost", [True, False], ids=["file lost", "older file beside it"])
def test_left_over_log_of_writes_does_not_show_in_what_is_restored(operator, kept, lost):
    path = Path(operator.database.removeprefix("sqlite:///"))
    older = path.read_bytes()
    with session_of(operator) as session:
        session.execute("PRAGMA journal_mode = WAL")
        session.execute("UPDATE directory_region SET name = 'Nord'")
        logs = {end: path.with_name(path.name + end).read_bytes() for end in ("-wal", "-shm")}
    for end, content in logs.items():
        path.with_name(path.name + end).write_bytes(content)
    if lost:
        path.unlink()
    else:
        path.write_bytes(older)
    operator.manage("restore", kept, *([] if lost else ["--replace"]))
    assert operator.names == ["Île", "Ouest"]
    assert operator.sql("PRAGMA integrity_check") == [("ok",)]


@sqlite_only
def test_backup_of_damaged_data_is_refused_with_the_place(operator):
    operator.sql("INSERT INTO directory_department (code, name, slug, region_id) VALUES ('29', 'Nulle part', 'x', 99)")
    said = operator.manage("backup", code=1)
    assert "row 1 of directory_department has no row of directory_region" in said
    assert operator.backups == []


@postgresql_only
def test_programs_of_postgresql_that_are_missing_or_too_old_are_named(operator, kept, tmp_path):
    variables = {"PIMMS_MODE": "local", "PIMMS_VAR": str(tmp_path), "DATABASE_URL": operator.database}
    bare = os.environ | variables | {"PATH": str(tmp_path)}
    assert "pg_dump is missing. Install PostgreSQL's client" in operator.manage("backup", code=1, env=bare)
    assert "pg_restore is missing" in operator.manage("restore", kept, code=1, env=bare)
    program(tmp_path / "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'")
    assert "pg_dump is of version 9, the server of version 1" in operator.manage("backup", code=1, env=bare)


@postgresql_only
def test_password_is_no_argument_of_a_program(operator, tmp_path):
    seen = tmp_path / "seen"
    real = shutil.which("pg_dump")
    program(tmp_path / "pg_dump", f'echo "$PGPASSWORD / $@" >> {seen}; exec {real} "$@"')
    address = urlsplit(operator.database)
    account, _, host = address.netloc.partition("@")
    guarded = Operator(urlunsplit(address._replace(netloc=f"{account}:s3cret@{host}")), operator.folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        guarded.manage("backup")
    password, _, arguments = seen.read_text().splitlines()[-1].partition(" / ")
    assert password == "s3cret"
    assert "s3cret" not in arguments


def program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


# The account that serves, and root beside it


AS_ACCOUNT = """
import os, sys
import django
django.setup()
from django.core.management import call_command, load_command_class
from django.db import connection
load_command_class("pimms_directory", "backup")
connection.ensure_connection(), connection.close(), b"a".decode("cp437")  # imported while this account may read it
os.umask(0o022)
os.setgroups([]), os.setgid(65534), os.setuid(65534)
call_command("backup", keep=2)
with connection.cursor() as cursor:
    cursor.execute("UPDATE directory_region SET name = name")
"""


@pytest.mark.skipif(os.geteuid() != 0 or POSTGRESQL, reason="needs root, and a file for a database")
def test_what_root_backs_up_does_not_break_the_account_that_serves(template):
    """Folder, file and what SQLite keeps beside the database belong to that account, whatever root's umask."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # pytest's own folders are closed to others
        folder = Path(name)
        var = folder / "var"
        var.mkdir(mode=0o750)
        shutil.copyfile(template.removeprefix("sqlite:///"), var / "db.sqlite3")
        for path in (folder, var, var / "db.sqlite3"):
            os.chown(path, 65534, 65534)
        root = Operator(f"sqlite:///{var / 'db.sqlite3'}", var)
        variables = {"PIMMS_MODE": "local", "PIMMS_VAR": str(var), "DATABASE_URL": root.database}
        variables |= {"BACKUP_DIR": str(var / "deep" / "backups"), "DJANGO_SETTINGS_MODULE": "pimms_directory.settings"}
        account = [sys.executable, "-c", AS_ACCOUNT]
        for umask in (0o077, 0o000):
            root.manage("backup", env=os.environ | variables, umask=umask)
            done = subprocess.run(account, cwd=ROOT, env=os.environ | variables, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()
        made = [path for path in var.rglob("*") if path.name not in ("secret_key",)]
        assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(65534, 65534)}
        files = list((var / "deep" / "backups").iterdir())
        assert len(files) == 2, "the account removed what root had made, too"
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        assert (var / "deep" / "backups").stat().st_mode & 0o777 == 0o700
