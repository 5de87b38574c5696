"""The measurements as a table, and beside the thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from tests.benchmarks.load import LONGEST_SECONDS, Round

PAGES = ("home", "list", "filtered", "search", "nearest", "site", "csv")
NEVER_KEPT = "nearest"
NOT_KEPT, ORDINARY = "not kept", "ordinary"
KEPT, BARE = "kept", "bare"
NGINX, STATIC = "nginx", "static"

DIRECTORY, OFFICIAL, MANY = 53, 2_845, 100_000
BARE_SHARE, STATIC_SHARE = 0.85, 0.5
ORDINARY_TIMES = {DIRECTORY: 2, OFFICIAL: 3}
PAGE_MS, MANY_MS, WORKER_MB = 25, 250, 80


@dataclass
class Line:
    database: str
    sites: int
    page: str
    candidate: str
    rounds: list[Round] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """Of workers and database, milliseconds a request."""
        return median(each.cpu + each.database_cpu for each in self.rounds)

    @property
    def memory(self) -> float:
        return max(each.memory for each in self.rounds)

    def is_long(self) -> bool:
        """A file of 100,000 sites, which one turn says enough of."""
        return bool(self.rounds) and self.rounds[0].per_second < 1 / LONGEST_SECONDS

    def percentile(self, percent: int) -> float | None:
        times = [milliseconds for each in self.rounds for milliseconds in each.times]
        return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else None

    def times_cheaper(self, other: Line) -> float:
        """Than the other one, which took its turns between."""
        turns = zip(self.rounds, other.rounds, strict=True)
        return median((b.cpu + b.database_cpu) / max(a.cpu + a.database_cpu, 1e-9) for a, b in turns)


@dataclass(frozen=True)
class Verdict:
    claim: str
    where: str
    figures: Mapping[str, float]  # by page, or by candidate
    missed: Sequence[str]  # names of those that do not meet it

    @property
    def met(self) -> bool:
        return not self.missed


def verdicts(lines: Sequence[Line]) -> Iterator[Verdict]:
    """One for each claim, database and number of sites that has figures for it."""
    for database, sites in dict.fromkeys((line.database, line.sites) for line in lines):
        here = [line for line in lines if (line.database, line.sites) == (database, sites)]
        for claim, figures, missed in claims(here, database, sites):
            if figures:
                yield Verdict(claim, f"{sites:,} sites, {database}", figures, missed)


def claims(lines: Sequence[Line], database: str, sites: int) -> Iterator[tuple[str, Mapping[str, float], list[str]]]:
    shares = ratios(lines, KEPT, BARE)
    yield f"kept ≥ {BARE_SHARE} × a bare WSGI function", shares, below(BARE_SHARE, shares)
    shares = ratios(lines, NGINX, STATIC)
    yield f"through nginx ≥ {STATIC_SHARE} × a static file", shares, below(STATIC_SHARE, shares)
    if least := ORDINARY_TIMES.get(sites):
        times = ratios(lines, NOT_KEPT, ORDINARY)
        yield f"not kept ≥ {least} × an ordinary list", times, below(least, times)
    made = {line.page: line for line in lines if line.candidate == NOT_KEPT}
    if sites == OFFICIAL:
        cpu = {page: line.cpu for page, line in made.items() if page != "csv"}
        yield f"processor ≤ {PAGE_MS} ms a page", cpu, above(PAGE_MS, cpu)
    if sites == MANY and database == "postgresql":
        p95 = {page: made[page].percentile(95) or 0 for page in ("list", "search", "nearest") if page in made}
        yield f"p95 ≤ {MANY_MS} ms", p95, above(MANY_MS, p95)
    memory: dict[str, float] = {}
    for line in lines:
        if line.candidate in (NOT_KEPT, KEPT):
            memory[line.candidate] = max(line.memory, memory.get(line.candidate, 0))
    yield f"≤ {WORKER_MB} MB a worker", memory, above(WORKER_MB, memory)


def ratios(lines: Sequence[Line], candidate: str, reference: str) -> dict[str, float]:
    references = {line.page: line for line in lines if line.candidate == reference}
    return {
        line.page: line.times_cheaper(references[line.page])
        for line in lines
        if line.candidate == candidate and line.page in references
    }


def below(limit: float, figures: Mapping[str, float]) -> list[str]:
    return [name for name, figure in figures.items() if figure < limit]


def above(limit: float, figures: Mapping[str, float]) -> list[str]:
    return [name for name, figure in figures.items() if figure > limit]


# The tables


def measurements(lines: Sequence[Line]) -> list[list[str]]:
    header = ["database", "sites", "page", "candidate", "requests/s", "p50 ms", "p95 ms", "CPU ms", "database", "MB"]
    return [header] + [
        [
            *(line.database, str(line.sites), line.page, line.candidate),
            *(
                shown(median(each.per_second for each in line.rounds)),
                shown(line.percentile(50)),
                shown(line.percentile(95)),
            ),
            *(shown(line.cpu), shown(median(each.database_cpu for each in line.rounds)), f"{line.memory:.0f}"),
        ]
        for line in lines
    ]


def judged(lines: Sequence[Line]) -> list[list[str]]:
    return [
        ["threshold", "where", "measured", ""],
        *(
            [
                verdict.claim,
                verdict.where,
                ", ".join(f"{name} {shown(figure)}" for name, figure in verdict.figures.items()),
                "met" if verdict.met else f"NOT MET: {', '.join(verdict.missed)}",
            ]
            for verdict in sorted(verdicts(lines), key=lambda verdict: verdict.claim)
        ),
    ]


def shown(number: float | None) -> str:
    if number is None:
        return ""
    digits = 0 if number >= 100 else 1 if number >= 10 else 2 if number >= 1 else 3
    return f"{number:.{digits}f}"


def as_text(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    header, *others = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *others))
