"""The benchmark itself: it runs, asks for what it says, and judges right. What it measures is for ``make bench``."""

import os

import pytest

from tests.benchmarks import report
from tests.benchmarks.__main__ import Options, run
from tests.benchmarks.load import Load, Sample, median_of, read_result
from tests.benchmarks.report import Line, Results


def sample(per_second: float, cpu: float = 1, **values: float) -> Sample:
    return Sample(
        **{"per_second": per_second, "p50": 1, "p99": 2, "cpu": cpu, "database_cpu": 0, "memory": 50, "bytes": 900}
        | values
    )


def results(*lines: tuple[int, str, str, Sample]) -> Results:
    return Results([Line("sqlite", sites, page, candidate, each) for sites, page, candidate, each in lines])


def verdicts(found: Results) -> dict[str, bool]:
    """By claim; all workers of these tests are small but one."""
    judged = {verdict.claim.partition(":")[0]: verdict.met for verdict in found.verdicts()}
    return {claim: met for claim, met in judged.items() if not (met and claim.startswith("≤ 80 MB"))}


def test_one_request_to_every_candidate(cut_fixtures):
    postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")
    found = run(
        Options(
            sizes=[53],
            databases=["postgresql" if postgresql else "sqlite"],
            only=["list", "nearest", "csv"],
            load=Load(seconds=0, connections=1),
            rounds=1,
            fixtures=cut_fixtures,
            # Without a collected manifest; the cache, where there is one, is off with DEBUG unless it is given memory.
            env={"DEBUG": "true", "PAGE_CACHE_MB": "4"},
        )
    )
    measured = {(line.page, line.candidate) for line in found.lines}
    assert {(page, report.NOT_CACHED) for page in ("list", "nearest", "csv")} < measured
    assert {("list", report.BARE), ("list", report.ORDINARY)} < measured
    assert ("nearest", report.ALONE) in measured
    assert all(line.queries and line.milliseconds for line in found.lines if line.candidate == report.NOT_CACHED)
    for line in found.lines:
        assert line.sample.bytes > 500 or line.candidate in (report.UNCHANGED, report.BARE_UNCHANGED)
        assert 1 < line.sample.memory < 300
    assert report.as_text(found.measurements()).count("\n") == len(found.lines)
    assert found.css_bytes > 1000


def test_ratios_are_judged_beside_the_same_page():
    found = results(
        (53, "list", report.CACHED, sample(900)),
        (53, "list", report.BARE, sample(1000)),
        (53, "home", report.BARE, sample(1)),
        (53, "list", report.UNCHANGED, sample(700)),
        (53, "list", report.BARE_UNCHANGED, sample(1000)),
        (53, "list", report.NOT_CACHED, sample(100)),
        (53, "list", report.ORDINARY, sample(40)),
    )
    assert verdicts(found) == {
        "cached ≥ 0.85 × bare": True,
        "cached, 304 ≥ 0.75 × bare, 304": False,
        "not cached ≥ 3 × ordinary": False,
    }
    assert found.ratio(found.lines[5], report.ORDINARY) == 2.5


def test_growth_counts_the_database_too_and_spares_exports():
    found = results(
        (53, "site", report.NOT_CACHED, sample(9, cpu=2)),
        (100_000, "site", report.NOT_CACHED, sample(9, cpu=2, database_cpu=2.5)),
        (53, "csv", report.NOT_CACHED, sample(9, cpu=2)),
        (100_000, "csv", report.NOT_CACHED, sample(9, cpu=2000)),
    )
    assert verdicts(found) == {"CPU grows ≤ 2 times, 53 → 100000": False}


def test_heavy_pages_and_workers_are_named():
    found = results((100_000, "region", report.NOT_CACHED, sample(1, memory=81, bytes=31_000)))
    assert verdicts(found) == {"≤ 80 MB a worker": False, "HTML and CSS ≤ 30 kB": False}


def test_slow_nearest_is_named():
    found = results(
        (100_000, "nearest", report.NOT_CACHED, sample(1, p99=160)),  # of four that wait for one another
        (100_000, "nearest", report.ALONE, sample(1, p99=41)),
    )
    assert verdicts(found) == {"p99 ≤ 40 ms, one by one": False}


def test_python_is_judged_in_one_process():
    found = Results([Line("sqlite", 53, "list", report.NOT_CACHED, sample(90, cpu=9), queries=5, milliseconds=4.9)])
    assert verdicts(found) == {"≤ 4 queries": False, "≤ 5 ms of Python": True}


def test_median_of_rounds():
    assert median_of([sample(10), sample(90), sample(20)]).per_second == 20


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        ("", "said nothing"),
        ("RESULT 10 1000000 5000 10 20 1", "1 errors"),
        ("RESULT 0 1000000 0 0 0 0", "0 requests"),
    ],
)
def test_a_round_with_errors_does_not_count(output, problem):
    with pytest.raises(RuntimeError, match=problem):
        read_result(output)


def test_what_wrk_says_is_read_in_seconds_and_milliseconds():
    assert read_result("Running…\nRESULT 200 2000000 5000 1500 20000 0\n") == (200, 2.0, 5000, 1.5, 20.0)
