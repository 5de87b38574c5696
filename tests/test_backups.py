"""Backups as an operator makes them: each command in a process of its own, on a database of its own."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from pimms_directory import backups
from tests.pages.conftest import ROOT

URL = os.environ.get("DATABASE_URL", "")
POSTGRESQL = URL.startswith("postgres")


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
        connection = sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=10)
        with connection:
            rows = connection.execute(statement).fetchall()
        connection.close()
        return rows

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


def rewrite(path: Path, other: Path, *, rename: Mapping[str, str] = MappingProxyType({}), **changes: object) -> Path:
    """The same backup with another manifest."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "manifest.json":
                content = json.dumps(json.loads(content) | changes).encode()
            new.writestr(rename.get(member, member), content)
    return other


def test_backup_makes_the_same_database_elsewhere(operator, elsewhere, kept):
    before = operator.revision
    assert kept.name.startswith("pimms-")
    assert kept.stat().st_mode & 0o077 == 0  # it holds accounts
    elsewhere.manage("restore", kept)
    assert elsewhere.names == ["Île", "Ouest"]
    elsewhere.manage("migrate", "--check")
    assert elsewhere.revision > before
    # Keys and the number of the data go on where they were.
    elsewhere.sql("INSERT INTO directory_region (code, name, slug) VALUES ('84', 'Est', 'est')")
    assert elsewhere.revision > before + 1


# What belongs to an extension, or is kept by a virtual table, comes back as well.
SEARCH, FOUND = (
    (
        ["CREATE EXTENSION pg_trgm", "CREATE INDEX by_trigram ON directory_region USING gin (name gin_trgm_ops)"],
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
    operator.sql("CREATE TABLE left_over (id integer)")
    for statement in SEARCH:
        operator.sql(statement)
    for _ in range(3):
        operator.sql("UPDATE directory_region SET slug = 'nord' WHERE code = '53'")
    before = operator.revision
    assert "is not empty; nothing changed" in operator.manage("restore", kept, code=1)
    assert operator.names == ["Île", "Nord"]
    said = operator.manage("restore", kept, "--replace")
    assert operator.names == ["Île", "Ouest"]
    assert operator.revision > before
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
def test_damaged_backup_is_refused(kept, tmp_path, db, damage):
    path = tmp_path / "damaged.zip"
    path.write_bytes(damage(kept.read_bytes()))
    with pytest.raises(backups.BackupError, match=r"damaged\.zip is damaged"):
        backups.restore(path, replace_into=tmp_path)
    assert list(tmp_path.iterdir()) == [path]  # not even the backup that comes before a replacement


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": "9.0", "migrations": [["sites", "9999_future"]]}, r"newer version \(9\.0\).* sites\.9999_future,"),
        ({"tables": {"directory_region": 3}}, "is not complete: table"),
        ({"sha256": "0" * 64}, "is damaged: its data are not those that were written"),
        ({"format": 2}, "has format 2, which this version does not know"),
        ({"engine": "MySQL"}, "its manifest is missing or odd"),
        ({"surprise": 1}, "its manifest is missing or odd"),
    ],
)
def test_backup_that_does_not_fit_is_refused_with_a_sentence(kept, tmp_path, db, changes, sentence):
    with pytest.raises(backups.BackupError, match=sentence):
        backups.restore(rewrite(kept, tmp_path / "other.zip", **changes), replace_into=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_backup_of_the_other_database_is_refused(kept, tmp_path, db):
    ours, other = (backups.PostgreSQL, backups.Sqlite) if POSTGRESQL else (backups.Sqlite, backups.PostgreSQL)
    path = rewrite(kept, tmp_path / "other.zip", rename={ours.member: other.member}, engine=other.name)
    with pytest.raises(backups.BackupError, match=f"is a backup of {other.name}; this database is {ours.name}"):
        backups.restore(path)


def test_file_that_is_no_backup_is_refused(tmp_path, operator):
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"")
    assert "is no backup of this directory" in operator.manage("restore", tmp_path / "photos.zip", code=1)
    assert "cannot be read" in operator.manage("restore", tmp_path / "nowhere.zip", code=1)


def small_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_full_disk_leaves_nothing_behind(operator):
    assert "CommandError: " in operator.manage("backup", code=1, preexec_fn=small_disk)
    assert operator.backups == []
    assert operator.names == ["Île", "Ouest"]


def test_folder_that_cannot_be_written_is_named(db):
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


def test_backup_from_before_revisions_raises_the_number_too(operator, tmp_path):
    before = operator.revision
    for (name,) in operator.sql(
        "SELECT format('%I ON %I', tgname, relname) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid "
        "WHERE NOT tgisinternal"
        if POSTGRESQL
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ):
        operator.sql(f"DROP TRIGGER {name}")
    operator.sql("ALTER TABLE data_revision RENAME TO data_revision_away")
    path = tmp_path / "old.zip"
    operator.manage("backup", path)
    operator.sql("ALTER TABLE data_revision_away RENAME TO data_revision")
    operator.sql(f"UPDATE data_revision SET number = {before + 500}")  # noqa: S608
    operator.manage("restore", path, "--replace")
    assert operator.revision > before + 500


def test_restore_does_not_wait_for_ever_for_a_writer(tmp_path, monkeypatch):
    monkeypatch.setattr(backups, "LOCK_SECONDS", 0.1)
    source, target = tmp_path / "source", tmp_path / "target"
    for path in (source, target):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"CREATE TABLE {path.name} (id)")
    with closing(sqlite3.connect(target)) as writer, closing(sqlite3.connect(target, timeout=0)) as live:
        writer.execute("BEGIN IMMEDIATE")
        wrapper = SimpleNamespace(connection=live, ensure_connection=lambda: None)
        with pytest.raises(backups.BackupError, match="Somebody else keeps writing"):
            backups.Sqlite(wrapper).restore(source, SimpleNamespace(tables={}))
        writer.execute("ROLLBACK")
        assert writer.execute("SELECT name FROM sqlite_master").fetchall() == [("target",)]


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite needs no other program")
def test_missing_programs_of_postgresql_are_named(operator, kept, tmp_path):
    bare = os.environ | {
        "PIMMS_MODE": "local",
        "PIMMS_VAR": str(tmp_path),
        "DATABASE_URL": operator.database,
        "PATH": str(tmp_path),
    }
    assert "pg_dump is missing. Install PostgreSQL's client" in operator.manage("backup", code=1, env=bare)
    assert "pg_restore is missing" in operator.manage("restore", kept, code=1, env=bare)


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no password")
def test_password_is_no_argument_of_a_program(monkeypatch):
    seen = []
    monkeypatch.setattr("subprocess.run", lambda command, **options: seen.append((command, options)) or Done())
    backups.PostgreSQL(Away()).run("pg_dump", "--file=x")
    ((command, options),) = seen
    assert "s3cret" not in " ".join(command)
    assert options["env"]["PGPASSWORD"] == "s3cret"
    assert command[-1] == "--dbname=pimms"


class Done:
    returncode = 0


class Away:
    settings_dict = {"NAME": "pimms", "USER": "pimms", "PASSWORD": "s3cret", "HOST": "db", "PORT": 5432, "OPTIONS": {}}
