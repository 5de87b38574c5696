"""What to ask a filled database for: the same kinds of question everywhere, about what is there."""

from random import Random
from urllib.parse import urlencode

from sites.models import Commune, Department, Site

SPREAD = 100  # distinct addresses of a kind of page
WORDS = ("mairie", "gare", "republique", "bus", "centre", "victor hugo", "tilleuls", "pimms")
DAYS = ("lundi", "samedi", "mercredi")


def spread(values: list) -> list:
    return values[:: max(1, len(values) // SPREAD)][:SPREAD]


def addresses() -> dict[str, list[str]]:
    slugs = spread(list(Site.objects.labelled().order_by("slug").values_list("slug", flat=True)))
    communes = Commune.objects.filter(latitude__isnull=False, department__isnull=False)
    largest = communes.order_by("-population", "insee_code")
    points = spread(list(largest.values_list("latitude", "longitude")[:3000]))
    # Towns with sites: to say that there is nothing costs less.
    with_sites = largest.filter(sites__in=Site.objects.labelled().order_by().values("pk")).distinct()
    words = [*WORDS, *spread(list(with_sites.values_list("search_name", flat=True)[:3000]))][:SPREAD]
    Random(1).shuffle(words)  # a round may end before the last: what thousands of sites have must not come first
    filters = [
        {"departement": each.code, "jour": DAYS[number % 3]}
        if number % 2
        else {"region": each.region.slug, "type": "fixe", "jour": DAYS[number % 3]}
        for number, each in enumerate(Department.objects.select_related("region").order_by("code"))
    ]
    return {
        "home": ["/"],
        "list": ["/pimms/"],
        "filtered": [f"/pimms/?{urlencode(each)}" for each in filters],
        "search": [f"/pimms/?{urlencode({'q': each})}" for each in words],
        "nearest": [f"/pimms/?lat={latitude}&lon={longitude}" for latitude, longitude in points],
        "site": [f"/pimms/{slug}/" for slug in slugs],
        "csv": ["/pimms.csv"],
    }
