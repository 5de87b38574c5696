"""Fills one empty database; prints what to ask for there, and what a page takes in one process, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlencode

import django

from tests.benchmarks.make_sites import make_sites
from tests.benchmarks.report import EXPORTS

PATIENCE_SECONDS = 5
LOOKS = 40
SPREAD = 300  # distinct addresses of a kind of page: more than the directory remembers answers for
WORDS = ("mairie", "gare", "republique", "bus", "centre", "victor hugo", "tilleuls", "pimms")
DAYS = ("lundi", "samedi", "mercredi")


def addresses() -> dict[str, list[str]]:
    from sites.models import Commune, Department, Region, Site

    def spread(values: list, count: int = SPREAD) -> list:
        return values[:: max(1, len(values) // count)][:count]

    labelled = Site.objects.labelled()
    slugs = spread(list(labelled.order_by("slug").values_list("slug", flat=True)))
    pages = (labelled.count() + 19) // 20
    largest = Commune.objects.filter(latitude__isnull=False, department__isnull=False).order_by(
        "-population", "insee_code"
    )
    communes = spread(list(largest.values_list("search_name", "latitude", "longitude")[:3000]))
    # To say that there is nothing costs less, and with few sites most towns have none.
    with_sites = largest.filter(sites__in=labelled.order_by().values("pk")).distinct()
    towns = spread(list(with_sites.values_list("search_name", flat=True)[:3000]))
    departments = list(Department.objects.order_by("code"))
    regions = list(Region.objects.order_by("slug").values_list("slug", flat=True))
    queries = [*WORDS, *towns][:SPREAD]
    Random(1).shuffle(queries)  # a round may end before the last: what thousands of sites have must not come first
    filtered = [
        {"departement": each.code, "jour": day}
        if number % 2
        else {"region": each.region.slug, "type": "fixe", "jour": day}
        for day in DAYS
        for number, each in enumerate(Department.objects.select_related("region").order_by("code"))
    ]
    return {
        "home": ["/"],
        "list": ["/pimms/"],
        "deep list": [f"/pimms/?page={page}" for page in spread(list(range(2, pages + 1)))],
        "filtered": [f"/pimms/?{urlencode(filters)}" for filters in filtered][:SPREAD],
        "search": [f"/pimms/?{urlencode({'q': words})}" for words in queries],
        "nearest": [f"/pimms/?lat={latitude}&lon={longitude}" for _name, latitude, longitude in communes],
        "place": [f"/pimms/?{urlencode({'lieu': name})}" for name, _latitude, _longitude in communes],
        "site": [f"/pimms/{slug}/" for slug in slugs],
        "region": [f"/regions/{slug}/" for slug in regions],
        "department": [each.get_absolute_url() for each in departments],
        "csv": ["/pimms.csv"],
        "geojson": ["/pimms.geojson"],
    }


def look(paths: list[str]) -> dict[str, float]:
    """The most queries of a few pages, and the median of the processor's milliseconds for more of them.

    When another one of their kind was answered before; fewer where they are slow.
    """
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")
    counts: list[int] = []
    times: list[float] = []
    begun = time.perf_counter()

    def ask(path: str) -> None:
        response = client.get(path)
        b"".join(response) if response.streaming else response.content

    ask(paths[-1])
    for path in islice(cycle(paths), LOOKS):
        before = time.process_time()
        ask(path)
        times.append((time.process_time() - before) * 1000)
        if time.perf_counter() - begun > PATIENCE_SECONDS:
            break
    begun = time.perf_counter()
    for path in paths[:5]:
        with CaptureQueriesContext(connection) as captured:
            ask(path)
        counts.append(len(captured))
        if time.perf_counter() - begun > PATIENCE_SECONDS:
            break
    return {"queries": max(counts), "milliseconds": median(times)}


def is_long(page: str, found: dict[str, list[str]]) -> bool:
    """An export of tens of thousands of sites takes minutes."""
    return page in EXPORTS and len(found["deep list"]) >= SPREAD


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int)
    parser.add_argument("--official-list", type=Path)
    parser.add_argument("--fixtures", type=Path)
    parser.add_argument("--only", nargs="*", help="the pages to look at")
    given = parser.parse_args()
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    begun = time.perf_counter()
    call_command("migrate", verbosity=0, interactive=False)
    fixtures = given.fixtures or settings.FIXTURE_DIRS[0]
    print(make_sites(given.count, given.official_list, fixtures=fixtures), file=sys.stderr)
    seconds = time.perf_counter() - begun
    found = addresses()
    wanted = [page for page in found if not given.only or page in given.only]
    looks = {page: look(found[page]) for page in wanted if found[page] and not is_long(page, found)}
    from sites.models import Site

    print(json.dumps({"sites": Site.objects.count(), "seconds": seconds, "paths": found, "looks": looks}))


if __name__ == "__main__":
    main()
