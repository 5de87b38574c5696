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


def main(command: list[str]) -> int:
    if not command:
        sys.exit("usage: python tests/with_postgresql.py COMMAND [ARGUMENT…]")
    programs = binaries()
    # A socket's path may be no longer than 107 bytes, so not under a deep temporary folder.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    # PostgreSQL refuses to run as root.
    owner = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
    if owner:
        shutil.chown(folder, USER, USER)

    def run(program: str, *arguments: str) -> None:
        result = subprocess.run(
            [programs / program, *arguments],
            cwd=folder,
            stdout=(log := (folder / f"{program}.log").open("ab")),
            stderr=subprocess.STDOUT,
            check=False,
            **owner,
        )
        log.close()
        if result.returncode:
            logs = "\n".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.log")))
            sys.exit(f"{program} failed:\n{logs}")

    data = str(folder / "data")
    # make and CI stop a run with SIGTERM: leave through the finally below then, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        run(
            "initdb",
            *("--pgdata", data, "--username", USER, "--auth", "trust", "--encoding", "UTF8"),
            *("--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "fr", "--no-sync"),
        )
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        settings = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        run("pg_ctl", "start", "-w", "-D", data, "-l", str(folder / "server.log"), "-o", settings)
        run("createdb", "--host", str(folder), "--username", USER, DATABASE)
        url = f"postgres://{USER}@{quote(str(folder), safe='')}/{DATABASE}"
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode
    finally:
        if (Path(data) / "postmaster.pid").exists():
            run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
