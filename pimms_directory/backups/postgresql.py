"""PostgreSQL, through the programs that come with it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient

from pimms_directory.backups.archive import BackupError, Facts, Manifest, read_facts
from pimms_directory.base import revision

LIST_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
# Drops all that is in the schema, tables first, which take their sequences along. Extensions stay: they may be a
# superuser's.
CLEAR = """
SET LOCAL lock_timeout = '30s';
SET LOCAL client_min_messages = warning;
DO $$
DECLARE statement text;
BEGIN
    FOR statement IN
        SELECT format('DROP %s IF EXISTS %s CASCADE', thing.type, thing.identity)
        FROM pg_depend AS held, pg_identify_object(held.classid, held.objid, 0) AS thing
        WHERE refclassid = 'pg_namespace'::regclass AND refobjid = current_schema()::regnamespace AND deptype = 'n'
            AND classid NOT IN ('pg_extension'::regclass, 'pg_statistic_ext'::regclass)
            AND NOT EXISTS (
                SELECT FROM pg_depend AS own
                WHERE own.classid = held.classid AND own.objid = held.objid AND own.deptype = 'e'
            )
        ORDER BY thing.type <> 'table', thing.identity
    LOOP
        EXECUTE statement;
    END LOOP;
END $$
"""


def dump(connection: BaseDatabaseWrapper, path: Path) -> Facts:
    """What is told of the data and the data are of one snapshot."""
    require(connection, "pg_dump", "pg_restore")
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        facts = read_facts(cursor, LIST_TABLES)
        run_on(connection, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={path}")
    return facts


def verify(connection: BaseDatabaseWrapper, path: Path, manifest: Manifest) -> None:
    """Unpacks every row."""
    require(connection, "pg_restore")
    found = {*re.findall(r" TABLE DATA \S+ (\S+) ", run("pg_restore", "--list", str(path)))}
    if not manifest.tables.keys() <= found:
        raise BackupError("The data are not those that the manifest tells of.")
    run("pg_restore", f"--file={os.devnull}", str(path))


def restore(connection: BaseDatabaseWrapper, path: Path, number: int) -> None:
    """One transaction of psql takes away what is there, brings what was saved and raises the revision.

    A transaction of pg_restore's own does less: it drops only what it brings itself, so that the tables of a later
    version would stay or be in the way, and the revision could be raised only after readers have seen the data.
    """
    require(connection, "pg_restore", "psql")
    script = path.with_suffix(".sql")
    # Another machine has other accounts; comments of extensions belong to a superuser.
    run("pg_restore", "--no-owner", "--no-privileges", "--no-comments", f"--file={script}", str(path))
    after = f"RESET search_path; UPDATE {revision.TABLE} SET number = {number}; ANALYZE"  # noqa: S608
    options = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction")
    run_on(connection, "psql", *options, f"--command={CLEAR}", f"--file={script}", f"--command={after}")
    connection.close()  # it may remember plans of tables that are gone


def require(connection: BaseDatabaseWrapper, *programs: str) -> None:
    connection.ensure_connection()
    server = connection.connection.info.server_version // 10_000
    advice = f"Install PostgreSQL's client programs, of version {server} or newer: apt-get install postgresql-client."
    for program in programs:
        if shutil.which(program) is None:
            raise BackupError(f"{program} is missing. {advice}")
        major = int(re.findall(r"\d+", run(program, "--version"))[0])  # pg_dump (PostgreSQL) 17.5 (Debian 17.5-1)
        if major < server:
            raise BackupError(f"{program} is of version {major}, the server of version {server}. {advice}")


def run_on(connection: BaseDatabaseWrapper, program: str, *arguments: str) -> None:
    """As ``dbshell`` runs psql: the environment takes the password, since others may read the arguments."""
    command, variables = DatabaseClient.settings_to_cmd_args_env(
        connection.settings_dict, ["--no-password", *arguments]
    )
    run(program, *command[1:], **(variables or {}))


def run(program: str, *arguments: str, **variables: str) -> str:
    variables = {**os.environ, **variables}
    done = subprocess.run([program, *arguments], env=variables, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        lines = done.stderr.splitlines() or [""]
        # The first error brings those that follow.
        cause = next((line for line in lines if "error:" in line.lower()), lines[-1])
        raise ChildProcessError(f"{program} failed: {cause}")
    return done.stdout
