"""The benchmark itself: it runs, and judges right on both sides of a threshold. Measuring is for ``make bench``."""

import pytest

from tests.benchmarks import report, servers
from tests.benchmarks.__main__ import Options, document, run
from tests.benchmarks.load import Round, requests_of_wrk
from tests.benchmarks.report import Line

pytestmark = [pytest.mark.one_database, pytest.mark.slow]


def line(sites: int, page: str, candidate: str, *cpu: float, p95: float = 1, memory: float = 50, of: str = "sqlite"):
    return Line(of, sites, page, candidate, [Round(9, each - 0.5, 0.5, memory, (p95, p95)) for each in cpu])


def met(*lines: Line) -> dict[str, bool]:
    return {verdict.claim: verdict.met for verdict in report.verdicts(lines)}


def test_one_request_to_every_candidate(cut_fixtures):
    options = Options(
        sizes=[53],
        databases=["sqlite"],
        seconds=0,
        rounds=1,
        fixtures=cut_fixtures,
        # Without a collected manifest; with DEBUG the cache is off unless it is given memory.
        env={"DEBUG": "true", "PAGE_CACHE_MB": "4"},
    )
    lines = list(run(options))
    kept = ["kept", "bare", *(["nginx", "static"] if servers.NGINX else [])]
    expected = {(page, name) for page in report.PAGES if page != "nearest" for name in kept}
    expected |= {(page, "not kept") for page in report.PAGES} | {("list", "ordinary")}
    assert {(each.page, each.candidate) for each in lines} == expected
    assert all(1 < each.memory < 300 for each in lines)
    assert report.as_text(report.measurements(lines)).count("\n") == len(lines)
    assert "through nginx" in document(lines, options, minutes=1)


@pytest.mark.parametrize(
    ("claim", "good", "bad"),
    [
        (
            "kept ≥ 0.85 × a bare WSGI function",
            [line(53, "home", "kept", 10), line(53, "home", "bare", 8.6)],
            [line(53, "home", "kept", 10), line(53, "home", "bare", 8.4)],
        ),
        (
            "through nginx ≥ 0.5 × a static file",
            [line(53, "home", "nginx", 10), line(53, "home", "static", 5.1)],
            [line(53, "home", "nginx", 10), line(53, "home", "static", 4.9)],
        ),
        (
            "not kept ≥ 2 × an ordinary list",
            [line(53, "list", "not kept", 10), line(53, "list", "ordinary", 21)],
            [line(53, "list", "not kept", 10), line(53, "list", "ordinary", 19)],
        ),
        (
            "not kept ≥ 3 × an ordinary list",
            [line(2845, "list", "not kept", 10), line(2845, "list", "ordinary", 31)],
            [line(2845, "list", "not kept", 10), line(2845, "list", "ordinary", 29)],
        ),
        (
            "processor ≤ 25 ms a page",
            [line(2845, "site", "not kept", 24.9), line(2845, "csv", "not kept", 200)],
            [line(2845, "site", "not kept", 25.1)],
        ),
        (
            "p95 ≤ 250 ms",
            [line(100_000, "search", "not kept", 9, p95=249, of="postgresql")],
            [line(100_000, "search", "not kept", 9, p95=251, of="postgresql")],
        ),
        (
            "≤ 80 MB a worker",
            [line(53, "home", "kept", 1, memory=79), line(53, "home", "bare", 1, memory=99)],
            [line(53, "home", "kept", 1, memory=79), line(53, "csv", "kept", 1, memory=81)],
        ),
    ],
)
def test_both_sides_of_each_threshold(claim, good, bad):
    assert met(*good)[claim] is True
    assert met(*bad)[claim] is False


def test_a_ratio_is_the_median_of_turns_beside_the_same_page():
    kept = line(53, "home", "kept", 10, 20, 10)
    bare = line(53, "home", "bare", 9, 9, 90)
    assert report.ratios([kept, bare, line(53, "list", "bare", 1, 1, 1)], "kept", "bare") == {"home": 0.9}


@pytest.mark.parametrize(
    "output",
    [
        "",
        "0 requests in 1.00s",
        "9 requests in 1.00s\nNon-2xx or 3xx responses: 1",
        "9 requests in 1.0s\nSocket errors: connect 0",
    ],
)
def test_a_round_with_errors_does_not_count(output):
    with pytest.raises(RuntimeError, match="wrk met errors"):
        requests_of_wrk(output)
