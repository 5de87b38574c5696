"""Prints what to ask for in one database, and how many queries each page makes there, as JSON.

Arguments: the pages to count queries of, all unless given.
"""

from __future__ import annotations

import json
import sys
from urllib.parse import urlencode

import django

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
    communes = spread(
        list(
            Commune.objects.filter(latitude__isnull=False, department__isnull=False)
            .order_by("-population", "insee_code")
            .values_list("search_name", "latitude", "longitude")[:3000]
        )
    )
    departments = list(Department.objects.order_by("code"))
    regions = list(Region.objects.order_by("slug").values_list("slug", flat=True))
    queries = [*WORDS, *(name for name, _latitude, _longitude in communes)][:SPREAD]
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


def count_queries(paths: list[str]) -> int:
    """The most of a few pages, when another one of their kind was answered before."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")
    counts = []
    for path in (*paths[-1:], *paths[: 1 if len(paths) == 1 else 5]):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            response = client.get(path)
            b"".join(response) if response.streaming else response.content
        counts.append(len(captured))
    return max(counts[1:])


if __name__ == "__main__":
    django.setup()
    found = addresses()
    wanted = [page for page in found if len(sys.argv) == 1 or page in sys.argv[1:]]
    print(json.dumps({"paths": found, "queries": {page: count_queries(found[page]) for page in wanted if found[page]}}))
