"""Runs a command on a PostgreSQL of its own: ``python tests/with_postgresql.py pytest -x``.

The cluster lives in a temporary folder, listens on a Unix socket there and nowhere else, and is gone
afterwards, however the command ended. Its collation is a French reader's, so that a query which leans on
the byte order of SQLite shows here.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

USER = "postgres"
DATABASE = "pimms"


def binaries() -> Path:
    """The folder of the newest PostgreSQL: Debian keeps ``initdb`` and ``pg_ctl`` off the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"),
        key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0),
    )
    on_path = shutil.which("pg_ctl")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    sys.exit("PostgreSQL is missing. Type: sudo apt-get install --no-install-recommends postgresql")


class Cluster:
    """A PostgreSQL of its own in a folder, which may be stopped and started again."""

    OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

    def __init__(self, folder: Path, **options: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.programs = binaries()
        self.options = self.OPTIONS | {"listen_addresses": "", "unix_socket_directories": str(folder)} | options
        self.port = self.options.get("port", "5432")  # that of the socket, too
        self.url = f"postgres://{USER}@{quote(str(folder), safe='')}:{self.port}/{DATABASE}"
        # PostgreSQL refuses to run as root.
        self.owner = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}

    def create(self) -> None:
        if self.owner:
            shutil.chown(self.folder, USER, USER)
        self.run(
            "initdb",
            *("--pgdata", str(self.data), "--username", USER, "--auth", "trust", "--encoding", "UTF8"),
            *("--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "fr", "--no-sync"),
        )
        self.start()
        self.run("createdb", "--host", str(self.folder), "--port", self.port, "--username", USER, DATABASE)

    def start(self) -> None:
        settings = " ".join(f"-c {name}='{value}'" for name, value in self.options.items())
        log = str(self.folder / "server.log")
        self.run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", log, "-o", settings)

    def stop(self, mode: str = "immediate") -> None:
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "stop", "-w", "-m", mode, "-D", str(self.data))

    def run(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.log").open("ab") as log:
            result = subprocess.run(
                [self.programs / program, *arguments],
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
                **self.owner,
            )
        if result.returncode:
            logs = "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))
            sys.exit(f"{program} failed:\n{logs}")


@contextmanager
def cluster(**options: str) -> Iterator[Cluster]:
    # A socket's path may be no longer than 107 bytes, so not under a deep temporary folder.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    made = Cluster(folder, **options)
    # make and CI stop a run with SIGTERM: leave through the finally below then, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        made.create()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main(command: list[str]) -> int:
    if not command:
        sys.exit("usage: python tests/with_postgresql.py COMMAND [ARGUMENT…]")
    with cluster() as made:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": made.url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
