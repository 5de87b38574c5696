"""``python -m tests.benchmarks``: see ``--help``, and the package for what is measured."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from importlib.metadata import version
from pathlib import Path

import tests.benchmarks as package
from tests.benchmarks import report, servers
from tests.benchmarks.contest import DATABASES, Contest, Options, environment, python
from tests.benchmarks.report import DIRECTORY, MANY, OFFICIAL, PAGES, Line
from tests.with_postgresql import cluster

DOCUMENT = servers.ROOT / "docs" / "performance.md"


def main() -> None:
    options, write = read_options()
    os.sched_setaffinity(0, servers.CORES[-1:])  # the client's, also of wrk
    begun = time.monotonic()
    lines = list(run(options))
    minutes = (time.monotonic() - begun) / 60
    print(f"\n{report.as_text(report.measurements(lines))}\n\n{report.as_text(report.judged(lines))}")
    print(f"\n{minutes:.1f} minutes; load average now {os.getloadavg()[0]:.1f}")
    if write:
        DOCUMENT.write_text(document(lines, options, minutes))
        print(f"Written to {DOCUMENT.relative_to(servers.ROOT)}")


def read_options() -> tuple[Options, bool]:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)

    def words(text: str) -> list[str]:
        return [word.strip() for word in text.split(",") if word.strip()]

    parser.add_argument("--sizes", type=words, default=[DIRECTORY, OFFICIAL, MANY], metavar="53,2845,100000")
    parser.add_argument("--databases", type=words, default=list(DATABASES), metavar="sqlite,postgresql")
    parser.add_argument(
        "--only", type=words, default=list(PAGES), metavar="list,nearest", help="pages; all unless given"
    )
    parser.add_argument("--seconds", type=int, default=1, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}")
    given = parser.parse_args()
    for name, known in (("databases", DATABASES), ("only", PAGES)):
        if unknown := set(getattr(given, name)) - set(known):
            parser.error(f"--{name} {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    if not all(str(size).isdigit() for size in given.sizes):
        parser.error("--sizes are whole numbers")
    if missing := [program for program, found in (("wrk", shutil.which("wrk")), ("nginx", servers.NGINX)) if not found]:
        parser.error(f"Type: sudo apt-get install --no-install-recommends {' '.join(missing)}")
    sizes = [int(size) for size in given.sizes]
    official_list = os.environ.get("OFFICIAL_LIST", "")
    return Options(sizes, given.databases, given.only, given.seconds, given.rounds, official_list), given.write


def run(options: Options) -> Iterator[Line]:
    with ExitStack() as whole:
        folder = Path(whole.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp")))
        folder.chmod(0o755)  # workers of nginx are nobody
        env = environment(options, folder)
        if env.get("DEBUG") != "true":
            python(
                str(servers.ROOT / "manage.py"),
                "collectstatic",
                "--noinput",
                env=env | {"STATIC_ROOT": str(folder / "static")},
            )
        for database in options.databases:
            postgresql = whole.enter_context(cluster()) if database == "postgresql" else None
            for size in options.sizes:
                if database == "sqlite" and size >= MANY:
                    continue  # a test of growth, which is PostgreSQL's
                own = folder / f"{database}-{size}"
                own.mkdir()
                with ExitStack() as stack:
                    say(f"{database}: making {size} sites")
                    for line in Contest(options, stack, own, database, size, postgresql).lines():
                        say(f"{database} {size} {line.page}, {line.candidate}: {report.shown(line.cpu)} ms CPU")
                        yield line


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# docs/performance.md


def document(lines: list[Line], options: Options, minutes: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    facts = [
        f"{date.today():%-d %B %Y}, {minutes:.0f} minutes, {options.rounds} rounds of {options.seconds} s; "
        f"load average at the end {os.getloadavg()[0]:.1f}",
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GB; {platform.system()} {platform.release()}",
        ", ".join(f"{name} {number}" for name, number in versions().items()),
    ]
    parts = [
        "# What a request costs",
        "Written by `make bench WRITE=1`; every run replaces it.",
        report.as_markdown(report.judged(lines)),
        "## How it was measured",
        (package.__doc__ or "").partition("\n")[2].replace("``", "`").strip(),
        "\n".join(f"- {fact}" for fact in facts),
    ]
    return "\n\n".join(parts) + "\n"


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def versions() -> dict[str, str]:
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    found |= {name: version(name) for name in ("Django", "gunicorn", "psycopg")}
    nginx = subprocess.run([servers.NGINX or "nginx", "-v"], capture_output=True, text=True)
    return found | {"nginx": nginx.stderr.strip().partition("/")[2]}


if __name__ == "__main__":
    main()
