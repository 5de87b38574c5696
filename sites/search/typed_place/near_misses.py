"""What to offer where nothing was understood: ``"grenobel"`` → Grenoble, ``"dauphine"`` → Dauphin (04) …"""

from __future__ import annotations

from heapq import nsmallest

from django.db.models import F
from django.db.models.functions import Length
from rapidfuzz import process
from rapidfuzz.distance import OSA

from pimms_directory.base.folding import LITTLE_WORDS
from sites.models import Commune
from sites.search.typed_place.places import ARTICLES, Place, all_communes, unfinished, with_words, without_article

# Edits (a letter added, lost, changed or swapped with its neighbour) per letter that still count as a misspelling.
MISSPELT = 0.34
MOST = 6


def near_misses(text: str) -> list[Place]:
    """Communes whose name is a few edits away, then those that have these words within their name."""
    if len(text) < 3:
        return []
    communes = [*misspelt(text), *with_words_inside(text)]
    return list(dict.fromkeys(map(Place.of_commune, communes)))[:MOST]


def with_words_inside(text: str) -> list[Commune]:
    """Those that have these words in their name, each perhaps unfinished, but not from its start."""
    words = text.split()
    if LITTLE_WORDS.issuperset(words):
        return []
    pattern = r"(^| )" + unfinished(words)
    return list(with_words(words, all_communes()).filter(search_name__regex=pattern)[:MOST])


def misspelt(text: str) -> list[Commune]:
    """The communes whose name, with or without its article, is a few edits away: the nearest and largest first."""
    edits = max(1, int(len(text) * MISSPELT))
    longest_article = max(map(len, ARTICLES)) + 1
    communes = Commune.objects.annotate(length=Length("search_name")).filter(
        length__gte=len(text) - edits, length__lte=len(text) + edits + longest_article
    )
    smallest_first = (F("population").asc(nulls_first=True), "insee_code")
    rows = communes.order_by(*smallest_first).values_list("search_name", "population", "pk")
    # Of two communes with the same name, the larger comes later and stays.
    by_name = {name: (population or 0, key) for name, population, key in rows}
    names = list(by_name)
    edits_to: dict[str, int] = {}
    for spelled in (names, [without_article(name) for name in names]):
        close = process.extract(text, spelled, scorer=OSA.distance, score_cutoff=edits, limit=None)
        for _written, distance, index in close:
            edits_to[names[index]] = min(distance, edits_to.get(names[index], distance))
    nearest = nsmallest(MOST, edits_to, key=lambda name: (edits_to[name], -by_name[name][0]))
    found = all_communes().filter(pk__in=[by_name[name][1] for name in nearest])
    return sorted(found, key=lambda commune: edits_to[commune.search_name])
