"""What the record of a page has many of, as CSV files beside the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labels.models import PressRelease, Wave
from sites.exchange.downloads import formats
from sites.exchange.records.release_record import ReleaseLine, release_record
from sites.exchange.records.site_record import site_records
from sites.pages.site_summary import sites_of

Rows = Iterable[Sequence[Any]]

LINES = list(ReleaseLine.__annotations__)
# A figure has a caption, a fact a statement: the columns of the other kind are empty.
CLAIMS = (
    *("kind", "position", "value", "qualifier", "unit", "caption", "statement"),
    *("quotation", "place", "note", "url"),
)


@dataclass(frozen=True)
class Table:
    route: str  # of the page that it stands beside
    ending: str  # in the place of the last slash of that page
    file_name: str  # with a place for the slug or code, which is its date
    names: Sequence[str]
    rows: Callable[[Any, str], Rows]


def lines(release: PressRelease, root: str) -> Rows:
    """As printed, one a row."""
    printed = release_record(release, root)["listings"]
    return formats.cells(LINES, ({**line, "marked_new": "true" if line["marked_new"] else "false"} for line in printed))


def figures_and_facts(release: PressRelease, root: str) -> Rows:
    return formats.cells(CLAIMS, claims(release, root))


def claims(release: PressRelease, root: str) -> Iterator[dict[str, Any]]:
    record = release_record(release, root)
    yield from ({"kind": "figure", **figure} for figure in record["figures"])
    yield from ({"kind": "fact", **fact} for fact in record["facts"])


def sites(wave: Wave, root: str) -> Rows:
    """Those that its page lists, each as in the list of all."""
    return formats.rows(site_records(sites_of(wave), root))


TABLES = {
    "lines": Table("release", ".csv", "communique-{}.csv", LINES, lines),
    "figures": Table("release", ".chiffres.csv", "communique-{}-chiffres.csv", CLAIMS, figures_and_facts),
    "sites": Table("wave", ".csv", "labels-{}.csv", formats.NAMES, sites),
}
