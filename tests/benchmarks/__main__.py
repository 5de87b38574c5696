"""``python -m tests.benchmarks``: see ``--help``, and the package for what is measured."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg

from tests.benchmarks import report, servers
from tests.benchmarks.load import ENCODINGS, Answer, Load, Sample, ask, children, median_of
from tests.benchmarks.report import Line, Results

ROOT = servers.ROOT
DOCUMENT = ROOT / "docs" / "performance.md"
SIZES = (report.DIRECTORY, 2_845, report.MANY)
OFFICIAL_SIZE = 2_845
DATABASES = ("sqlite", "postgresql")
# What the cached candidate is asked for: as many as one may wait for to be made.
KEPT = 40
# What is kept is answered in less.
KEPT_SECONDS = 0.25
# A page that takes longer is asked for once, not in every round.
ONCE_SECONDS = 2
# The pages that are set beside the bare function.
BARE_PAGES = ("home", "list", "site")
# How often, at least, these two take turns: what they take differs by less than a second of a shared machine does.
BARE_ROUNDS = 5
TABLE = "directory_site?_size=20&_facet=department_id&_facet=wave_id&_facet=kind"


@dataclass
class Options:
    """What to measure. ``fixtures`` and ``env`` are for tests."""

    sizes: Sequence[int] = SIZES
    databases: Sequence[str] = DATABASES
    only: Sequence[str] = ()
    load: Load = field(default_factory=lambda: Load(1, 4, servers.CLIENT))
    rounds: int = 3
    official_list: str = ""
    fixtures: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Candidate:
    name: str
    measure: Callable[[], Sample]
    look: Mapping[str, float] = field(default_factory=dict)  # see inventory.look()
    samples: list[Sample] = field(default_factory=list)


def main() -> None:
    options, write = read_options()
    if "postgresql" in options.databases and not os.environ.get("DATABASE_URL"):
        # In a cluster of its own, which is gone afterwards.
        wrapper = str(ROOT / "tests" / "with_postgresql.py")
        os.execv(  # noqa: S606
            sys.executable, [sys.executable, wrapper, sys.executable, "-m", "tests.benchmarks", *sys.argv[1:]]
        )
    begun = time.monotonic()
    results = run(options)
    minutes = (time.monotonic() - begun) / 60
    print(f"\n{report.as_text(results.measurements())}\n\n{report.as_text(results.judged())}")
    print("".join(f"\nLeft out: {sentence}" for sentence in results.skipped))
    print(f"\n{minutes:.1f} minutes; load average now {os.getloadavg()[0]:.1f}")
    if write:
        DOCUMENT.write_text(document(results, options, minutes))
        print(f"Written to {DOCUMENT.relative_to(ROOT)}")


def read_options() -> tuple[Options, bool]:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)

    def words(text: str) -> list[str]:
        return [word.strip() for word in text.split(",") if word.strip()]

    parser.add_argument("--sizes", type=words, default=[str(size) for size in SIZES], metavar="53,2845,100000")
    parser.add_argument("--databases", type=words, default=list(DATABASES), metavar="sqlite,postgresql")
    parser.add_argument("--only", type=words, default=[], metavar="list,nearest", help="pages; all unless given")
    parser.add_argument("--seconds", type=int, default=1, help="of load, a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}")
    given = parser.parse_args()
    if unknown := set(given.databases) - set(DATABASES):
        parser.error(f"{', '.join(sorted(unknown))}: databases are {' and '.join(DATABASES)}")
    if not all(size.isdigit() for size in given.sizes):
        parser.error("sizes are whole numbers")
    if not shutil.which("wrk"):
        parser.error("wrk is missing. Type: sudo apt-get install --no-install-recommends wrk")
    options = Options(
        sizes=[int(size) for size in given.sizes],
        databases=given.databases,
        only=given.only,
        load=Load(given.seconds, given.connections, servers.CLIENT),
        rounds=given.rounds,
        official_list=os.environ.get("OFFICIAL_LIST", ""),
    )
    return options, given.write


# One database after the other


def run(options: Options) -> Results:
    results = Results()
    results.skipped.extend(absent(options))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(options, Path(folder), results)
        bench.collect_static()
        for database in options.databases:
            for size in options.sizes:
                if size != OFFICIAL_SIZE or options.official_list:
                    bench.measure(database, size)
    return results


def absent(options: Options) -> Iterator[str]:
    if OFFICIAL_SIZE in options.sizes and not options.official_list:
        yield f"{OFFICIAL_SIZE} sites, because OFFICIAL_LIST does not name the file of the official list."
    for program in ("nginx", "datasette"):
        if not shutil.which(program):
            yield f"{program}, because it is not installed."


class Bench:
    def __init__(self, options: Options, folder: Path, results: Results) -> None:
        self.options = options
        self.folder = folder
        self.results = results
        self.common = {
            **{
                name: value for name, value in os.environ.items() if name not in ("DEBUG", "WEB_THREADS", "TRUST_PROXY")
            },
            "PIMMS_MODE": "local",
            "PIMMS_VAR": str(folder),
            "STATIC_ROOT": str(folder / "static"),
            "DJANGO_SETTINGS_MODULE": "pimms_directory.settings",
            **options.env,
        }

    def manage(self, *arguments: str, env: Mapping[str, str]) -> str:
        return self.python(str(ROOT / "manage.py"), *arguments, env=env)

    def python(self, *arguments: str, env: Mapping[str, str]) -> str:
        result = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=dict(env), capture_output=True, text=True)
        if result.returncode:
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{result.stderr[-3000:]}")
        return result.stdout

    def collect_static(self) -> None:
        if self.common.get("DEBUG") != "true":
            self.manage("collectstatic", "--noinput", "--verbosity", "0", env=self.common)

    def prepare(self, database: str, size: int) -> dict[str, str]:
        """The environment of a new, empty database."""
        if database == "postgresql":
            name = f"bench_{size}"
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {name}")
            url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
        else:
            url = f"sqlite:///{self.folder / f'bench_{size}.sqlite3'}"
        return {**self.common, "DATABASE_URL": url}

    def fill(self, database: str, size: int, env: Mapping[str, str]) -> dict:
        """Makes the sites; returns what ``inventory`` knows of them."""
        say(f"{database}: making {size} sites")
        begun = time.monotonic()
        what = ["--official-list", self.options.official_list] if size == OFFICIAL_SIZE else ["--count", str(size)]
        if self.options.fixtures:
            what += ["--fixtures", str(self.options.fixtures)]
        only = ["--only", *self.options.only] if self.options.only else []
        inventory = json.loads(self.python("-m", "tests.benchmarks.inventory", *what, *only, env=env))
        took = time.monotonic() - begun
        say(f"{inventory['sites']} sites made in {inventory['seconds']:.0f} s, looked at in {took:.0f} s")
        return inventory

    def measure(self, database: str, size: int) -> None:
        env = self.prepare(database, size)
        inventory = self.fill(database, size, env)
        measured = [page for page in inventory["paths"] if not self.options.only or page in self.options.only]
        if unknown := set(self.options.only) - set(inventory["paths"]):
            raise SystemExit(f"{', '.join(unknown)}: pages are {', '.join(inventory['paths'])}")
        with ExitStack() as stack:
            contest = Contest(self, stack, env, database, size, inventory)
            for page in measured:
                contest.hold(page)


class Contest:
    """The candidates on one database, all running, taking turns for each page."""

    def __init__(
        self, bench: Bench, stack: ExitStack, env: Mapping[str, str], database: str, size: int, inventory: dict
    ) -> None:
        self.bench, self.stack, self.env = bench, stack, env
        self.database, self.size = database, size
        self.paths: dict[str, list[str]] = inventory["paths"]
        self.looks: dict[str, dict[str, float]] = inventory["looks"]
        self.load = bench.options.load
        wsgi = "pimms_directory.wsgi"
        uncached = {**env, "PAGE_CACHE_MB": "0"}
        self.directory = self.start("directory", wsgi, "/healthz", uncached)
        # Warmed here, not behind our back.
        kept = {**env, "PAGE_CACHE_WARM": "0", "PAGE_CACHE_DIR": str(bench.folder / "pages")}
        self.cached = self.start("cached", wsgi, "/healthz", kept)
        self.ordinary = self.start("ordinary", "tests.benchmarks.ordinary.wsgi", "/pimms/", env)
        self.postmaster = postmaster(env["DATABASE_URL"])
        pin(self.database_pids())

    def start(self, name: str, application: str, probe: str, env: Mapping[str, str]) -> servers.Server:
        log = self.bench.folder / f"{name}.log"
        return self.stack.enter_context(servers.gunicorn(application, log, probe, env))

    def database_pids(self) -> list[int]:
        return [self.postmaster, *children(self.postmaster)] if self.postmaster else []

    def hold(self, page: str) -> None:
        """Measures one page with all that know it."""
        paths = self.paths[page]
        if not paths:  # with so few sites there is no second page
            return
        with ExitStack() as stack:
            try:
                candidates = list(self.candidates(page, paths, stack))
                rounds = self.bench.options.rounds
                for number in range(max(rounds, BARE_ROUNDS) if page in BARE_PAGES else rounds):
                    for candidate in candidates:
                        if number >= rounds and candidate.name not in report.BESIDE_BARE:
                            continue
                        if number == 0 or candidate.samples[0].p50 < 1000 * ONCE_SECONDS:
                            candidate.samples.append(candidate.measure())
            except (OSError, RuntimeError) as error:
                reason = str(error).splitlines()[0]
                self.bench.results.skipped.append(f"{page}, {self.size} sites, {self.database}: {reason}")
                say(self.bench.results.skipped[-1])
                return
        for candidate in candidates:
            sample = median_of(candidate.samples)
            line = Line(self.database, self.size, page, candidate.name, sample, **candidate.look)
            self.bench.results.lines.append(line)
            say(
                f"{self.database} {self.size} {page}, {candidate.name}: {report.shown(sample.per_second)} req/s, "
                f"p99 {report.shown(sample.p99)} ms, CPU {report.shown(sample.cpu + sample.database_cpu)} ms"
            )

    def candidates(self, page: str, paths: list[str], stack: ExitStack) -> Iterator[Candidate]:
        asked = partial(self.asked, database=self.database_pids)
        yield Candidate(report.NOT_CACHED, partial(asked, self.directory, paths), self.looks.get(page, {}))
        if page == "nearest":
            yield Candidate(report.ALONE, partial(asked, self.directory, paths, connections=1))
        if page in report.EXPORTS and self.size >= report.MANY:
            return  # minutes each; no cache keeps tens of megabytes
        ask(self.directory.port, paths[-1])
        answer = self.warm(paths[:KEPT])
        if answer:
            yield Candidate(report.CACHED, partial(asked, self.cached, paths[:KEPT]))
        if page in BARE_PAGES:
            answer = answer or ask(self.directory.port, paths[0])
            yield from self.bare(page, paths[:KEPT], stack)
        if page == "list":
            yield Candidate(report.ORDINARY, partial(asked, self.ordinary, paths))
            yield from self.others(answer, stack)
            self.note_css(answer)

    def asked(self, server: servers.Server, paths: Sequence[str], *, connections: int = 0, **options) -> Sample:
        load = replace(self.load, connections=connections or self.load.connections)
        return load.measure(server.port, paths, server.workers, **options)

    def warm(self, paths: Sequence[str]) -> Answer | None:
        """Asks for each twice; None where the first is not kept, which takes as long as before."""
        for path in paths:
            ask(self.cached.port, path)
        answer = ask(self.cached.port, paths[0])
        return answer if answer.seconds < KEPT_SECONDS else None

    def bare(self, page: str, paths: list[str], stack: ExitStack) -> Iterator[Candidate]:
        """With the same bytes under the same addresses."""
        path = paths[0]
        pages = {each: ask(self.cached.port, each) for each in paths}
        headers = {name.lower(): value for name, value in pages[path].headers}
        unchanged = None
        if page == "list" and "etag" in headers:
            conditions = {**ENCODINGS, "If-None-Match": headers["etag"]}
            unchanged = ask(self.cached.port, path, conditions)
            if unchanged.status == 304:
                measure = partial(self.asked, self.cached, [path], headers=conditions, database=self.database_pids)
                yield Candidate(report.UNCHANGED, measure)
        if unchanged and unchanged.status == 304:
            pages["/unchanged"] = unchanged
        server = stack.enter_context(servers.bare(pages, self.bench.folder, self.env))
        yield Candidate(report.BARE, partial(self.asked, server, paths))
        if "/unchanged" in pages:
            yield Candidate(report.BARE_UNCHANGED, partial(self.asked, server, ["/unchanged"]))

    def others(self, answer: Answer, stack: ExitStack) -> Iterator[Candidate]:
        if shutil.which("nginx"):
            server = stack.enter_context(servers.nginx(answer, self.bench.folder))
            yield Candidate(report.NGINX, partial(self.asked, server, ["/page"]))
        if shutil.which("datasette") and self.database == "sqlite":
            file = Path(self.env["DATABASE_URL"].removeprefix("sqlite:///"))
            server = stack.enter_context(servers.datasette(file, self.bench.folder))
            yield Candidate(report.DATASETTE, partial(self.asked, server, [f"/{file.stem}/{TABLE}"]))

    def note_css(self, answer: Answer) -> None:
        """What the stylesheets of a page weigh, compressed."""
        from brotli import decompress

        html = (
            decompress(answer.body) if dict(answer.headers).get("Content-Encoding") == "br" else unzip(answer)
        ).decode()
        links = [part.split('"')[0] for part in html.split('href="')[1:] if part.split('"')[0].endswith(".css")]
        self.bench.results.css_bytes = sum(len(ask(self.directory.port, link).body) for link in links)


def unzip(answer: Answer) -> bytes:
    import gzip

    return gzip.decompress(answer.body) if dict(answer.headers).get("Content-Encoding") == "gzip" else answer.body


def postmaster(url: str) -> int | None:
    """The first process of PostgreSQL, where it runs from a folder that we may look into."""
    folder = Path(unquote(urlsplit(url).netloc.rpartition("@")[2]))
    try:
        return int((folder / "data" / "postmaster.pid").read_text().split()[0])
    except OSError:
        return None


def pin(pids: Sequence[int]) -> None:
    """Binds running processes, and what they start, to the server's core."""
    if servers.SERVER:
        for pid in pids:
            subprocess.run(
                ["taskset", "--cpu-list", "--pid", servers.SERVER[-1], str(pid)], capture_output=True, check=True
            )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# docs/performance.md


def document(results: Results, options: Options, minutes: float) -> str:
    import tests.benchmarks as package

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    facts = [
        f"{date.today():%-d %B %Y}, {minutes:.0f} minutes, {options.rounds} rounds of {options.load.seconds} s, "
        f"{options.load.connections} connections",
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"{platform.system()} {platform.release()}; load average at the end {os.getloadavg()[0]:.1f}",
        ", ".join(f"{name} {number}" for name, number in versions().items()),
    ]
    remark = os.environ.get("REMARK", "")
    return (
        "\n\n".join(
            part
            for part in (
                "# What a request costs",
                "Written by `make bench WRITE=1`; every run replaces it.",
                f"**{remark}**" if remark else "",
                "\n".join(f"- {fact}" for fact in facts),
                "## How it was measured",
                (package.__doc__ or "").replace("``", "`").strip(),
                "## Thresholds",
                "Of memory and weight, only what is exceeded is listed.",
                report.as_markdown(results.judged()),
                "## Measurements",
                report.as_markdown(results.measurements()),
                "\n".join(f"- Left out: {sentence}" for sentence in results.skipped),
            )
            if part
        )
        + "\n"
    )


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def versions() -> dict[str, str]:
    import sqlite3

    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    found |= {name: version(name) for name in ("Django", "django-filter", "gunicorn", "psycopg")}
    for program, option in (("postgres", "--version"), ("wrk", "-v"), ("nginx", "-v"), ("datasette", "--version")):
        if path := shutil.which(program):
            result = subprocess.run([path, option], capture_output=True, text=True)
            words = (result.stdout + result.stderr).replace("/", " ").split()
            found[program] = next((word for word in words if any(sign.isdigit() for sign in word)), "")
    return found


if __name__ == "__main__":
    main()
