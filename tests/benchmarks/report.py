"""The measurements as tables, beside each other and beside the thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.load import Sample

NOT_CACHED, CACHED, UNCHANGED = "not cached", "cached", "cached, 304"
ALONE = "not cached, one by one"
BARE, BARE_UNCHANGED, ORDINARY, NGINX, DATASETTE = "bare", "bare, 304", "ordinary", "nginx", "Datasette"
# What is kept, and the least that a server can do with the same bytes.
BESIDE_BARE = {CACHED, UNCHANGED, BARE, BARE_UNCHANGED}
# Print every record: they cannot but grow with them.
EXPORTS = ("csv", "geojson")
DIRECTORY = 53
MANY = 100_000
LIST_QUERIES, LIST_MS = 4, 5
PAGE_BYTES = 30_000


@dataclass(frozen=True)
class Line:
    database: str
    sites: int
    page: str
    candidate: str
    sample: Sample
    # In one process, without a server:
    queries: float | None = None
    milliseconds: float | None = None


@dataclass(frozen=True)
class Verdict:
    claim: str
    value: str
    met: bool


@dataclass
class Results:
    lines: list[Line] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    css_bytes: int = 0

    def find(self, database: str, sites: int, page: str, candidate: str) -> Sample | None:
        for line in self.lines:
            if (line.database, line.sites, line.page, line.candidate) == (database, sites, page, candidate):
                return line.sample
        return None

    def ratio(self, line: Line, candidate: str) -> float | None:
        """How many times the requests of another candidate, for the same page, a line answers."""
        other = self.find(line.database, line.sites, line.page, candidate)
        return line.sample.per_second / other.per_second if other else None

    # The thresholds

    def verdicts(self) -> Iterator[Verdict]:
        for line in self.lines:
            where = f"{line.page}, {line.sites} sites, {line.database}"
            yield from self.beside_others(line, where)
            yield from self.by_itself(line, where)
        yield from self.memory_verdicts()
        for first in self.lines:
            if first.sites == DIRECTORY and first.candidate == NOT_CACHED and first.page not in EXPORTS:
                yield from self.growth(first)

    def beside_others(self, line: Line, where: str) -> Iterator[Verdict]:
        wanted = {
            CACHED: [(BARE, 0.85), (DATASETTE, 30)],
            UNCHANGED: [(BARE_UNCHANGED, 0.75)],
            NOT_CACHED: [(ORDINARY, 25 if line.sites >= MANY else 3)] if line.sites != 2_845 else [],
        }
        for other, least in wanted.get(line.candidate, []):
            ratio = self.ratio(line, other)
            reference = self.find(line.database, line.sites, line.page, other)
            if ratio is None or reference is None:
                continue
            by_cpu = reference.total_cpu / line.sample.total_cpu if line.sample.total_cpu else 0
            value = f"{ratio:.2f} (by CPU {by_cpu:.2f})"
            yield Verdict(f"{line.candidate} ≥ {least} × {other}: {where}", value, ratio >= least)

    def by_itself(self, line: Line, where: str) -> Iterator[Verdict]:
        sample = line.sample
        if line.candidate == ALONE and line.sites >= MANY:
            yield Verdict(f"p99 ≤ 40 ms, one by one: {where}", f"{sample.p99:.0f}", sample.p99 <= 40)
        if line.candidate != NOT_CACHED:
            return
        if line.page == "list" and line.queries is not None and line.milliseconds is not None:
            yield Verdict(f"≤ {LIST_QUERIES} queries: {where}", f"{line.queries:.0f}", line.queries <= LIST_QUERIES)
            value = f"{line.milliseconds:.1f}"
            yield Verdict(f"≤ {LIST_MS} ms of Python: {where}", value, line.milliseconds <= LIST_MS)
        if line.page not in EXPORTS:
            size = sample.bytes + self.css_bytes
            if size > PAGE_BYTES:
                yield Verdict(f"HTML and CSS ≤ 30 kB: {where}", f"{size / 1000:.0f} kB", met=False)

    def growth(self, first: Line) -> Iterator[Verdict]:
        many = self.find(first.database, MANY, first.page, NOT_CACHED)
        if many:
            times = many.total_cpu / first.sample.total_cpu
            claim = f"CPU grows ≤ 2 times, {DIRECTORY} → {MANY}: {first.page}, {first.database}"
            yield Verdict(claim, f"{times:.1f}", times <= 2)

    def memory_verdicts(self) -> Iterator[Verdict]:
        """A worker keeps what a page made it take: the largest set of all pages."""
        most: dict[str, float] = {}
        for line in self.lines:
            if line.candidate in (NOT_CACHED, CACHED):
                where = f"{line.candidate}, {line.sites} sites, {line.database}"
                most[where] = max(line.sample.memory, most.get(where, 0))
        for where, megabytes in most.items():
            yield Verdict(f"≤ 80 MB a worker: {where}", f"{megabytes:.0f}", megabytes <= 80)

    # The tables

    def measurements(self) -> list[list[str]]:
        rows = [
            [
                *("database", "sites", "page", "candidate", "req/s", "p50 ms", "p99 ms", "CPU ms", "DB CPU ms"),
                *("MB", "bytes", "queries", "in process ms", "× bare", "× ordinary", "× Datasette"),
            ]
        ]
        for line in self.lines:
            sample = line.sample
            bare = BARE_UNCHANGED if line.candidate == UNCHANGED else BARE
            ratios = [
                "" if line.candidate == other else shown(self.ratio(line, other))
                for other in (bare, ORDINARY, DATASETTE)
            ]
            rows.append(
                [
                    *(line.database, str(line.sites), line.page, line.candidate, shown(sample.per_second)),
                    *(shown(sample.p50), shown(sample.p99), shown(sample.cpu), shown(sample.database_cpu)),
                    *(f"{sample.memory:.0f}", f"{sample.bytes:.0f}"),
                    "" if line.queries is None else f"{line.queries:.0f}",
                    shown(line.milliseconds),
                    *ratios,
                ]
            )
        return rows

    def judged(self) -> list[list[str]]:
        verdicts = sorted(self.verdicts(), key=lambda verdict: verdict.met)
        return [
            ["threshold", "measured", ""],
            *([verdict.claim, verdict.value, "met" if verdict.met else "NOT MET"] for verdict in verdicts),
        ]


def shown(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def as_text(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    header, *others = rows
    lines: Iterable[Sequence[str]] = (header, ["---"] * len(header), *others)
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)
