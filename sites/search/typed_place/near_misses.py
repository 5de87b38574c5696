"""Names that were misspelt: ``"grenobel"`` → Grenoble at once; what to offer where none is clear (``"dauphine"``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from heapq import nsmallest
from typing import NamedTuple

from django.db.models import F
from django.db.models.functions import Length
from rapidfuzz import process
from rapidfuzz.distance import OSA

from pimms_directory.base.folding import LITTLE_WORDS
from pimms_directory.base.memo import memo_by_revision
from sites.models import Commune, OtherNames
from sites.search.typed_place.places import (
    ARTICLES,
    MOST_WORDS_OF_A_NAME,
    TOWN,
    Choice,
    Found,
    Place,
    Remark,
    all_communes,
    found_communes,
    unfinished,
    with_words,
    without_article,
)

# Edits (a letter added, lost, changed or swapped with its neighbour) per letter that still count as a misspelling.
MISSPELT = 0.34
MOST = 6
SHORTEST, SHORTEST_ELSEWHERE = 3, 8  # letters of a name that may be misspelt, and of one in another language
# How French sounds are spelt: "bordo" is Bordeaux, "kimper" Quimper.
SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"),
        ("qu|ck?(?![eiyh])|q", "k"),
        ("c(?=[eiy])", "s"),
        ("(?<=[aeiouy])s(?=[aeiouy])", "z"),
        ("e?aul?(?![aeiouy])", "o"),
        ("y", "i"),
        ("[ae]i(?![ln])", "e"),
        ("(?<!c)h", ""),
        (r"(.)\1+", r"\1"),
        ("[dpstxz]+$", ""),
    )
]


AS_IT_SOUNDS = 0.5  # edits: "nime" is Nîmes before it is Nice
# A short word is one letter away from too many names: only a city is meant by it.
SHORT, CITY = 6, 50_000


class Towns(NamedTuple):
    by_name: Mapping[str, int]  # the key of the town by each of its names
    by_sound: Mapping[str, int]  # the largest that sounds so


@memo_by_revision(maxsize=1)
def towns() -> Towns:
    """The towns by what they are called, the largest of each name. Two queries, while the data stay the same."""
    smallest_first = Commune.objects.filter(population__gte=TOWN, parent=None).order_by("population")
    by_name: dict[str, int] = {}
    elsewhere = OtherNames.objects.filter(commune__population__gte=TOWN).order_by("commune__population")
    for names, key in elsewhere.values_list("search_names", "commune"):
        by_name |= dict.fromkeys((name for name in names.split("|") if len(name) >= SHORTEST_ELSEWHERE), key)
    by_sound: dict[str, int] = {}
    for name, key in smallest_first.values_list("search_name", "pk"):
        by_name |= {name: key, without_article(name): key, name.replace(" ", ""): key}
        if len(spoken := sound(without_article(name))) >= SHORTEST:
            by_sound[spoken] = key
    return Towns(by_name, by_sound)


def sound(name: str) -> str:
    """``"bordeaux"`` → ``"bordo"``, as a French reader says it, more or less."""
    name = name.replace(" ", "")
    for pattern, replacement in SOUNDS:
        name = pattern.sub(replacement, name)
    return name


def edits_allowed(text: str) -> int:
    """One in a short name, two in a longer one: ``"provence"`` is not Provins."""
    return 1 if len(text) < 9 else 2 if len(text) < 14 else 3


def towns_misspelt(text: str) -> list[Commune]:
    """The towns that are the fewest edits away, or sound like these words; the largest first."""
    if len(text) < SHORTEST:
        return []
    by_name, by_sound = towns()
    close = process.extract(text, list(by_name), scorer=OSA.distance, score_cutoff=edits_allowed(text), limit=None)
    edits: dict[int, float] = {}
    for name, distance, _index in close:
        edits[by_name[name]] = min(distance, edits.get(by_name[name], distance))
    if key := by_sound.get(sound(text)):
        edits[key] = min(AS_IT_SOUNDS, edits.get(key, AS_IT_SOUNDS))
    fewest = min(edits.values(), default=0)
    nearest = Commune.objects.filter(pk__in=[key for key, distance in edits.items() if distance == fewest])
    names = nearest.order_by().values("search_name")
    people = CITY if len(text) < SHORT else TOWN
    return list(all_communes().filter(search_name__in=names, population__gte=people))


def misspelt_town(text: str) -> Found | None:
    """``"grenobel"`` → Grenoble, and other near names beside it; the reader is asked where two are as likely."""
    found = towns_misspelt(text)
    if not found:
        return None
    also = near_misses(text)
    about = {"words": text, "name": found[0].name}
    return found_communes(found, also=also, choice=Choice.LARGEST, remark=Remark.MISSPELT, about=about)


def near_misses(text: str) -> list[Place]:
    """Communes whose name is a few edits away, then those that have these words within their name."""
    if len(text) < SHORTEST:
        return []
    communes = [*misspelt(text), *with_words_inside(text)]
    return list(dict.fromkeys(map(Place.of_commune, communes)))[:MOST]


def with_words_inside(text: str) -> list[Commune]:
    """Those that have these words in their name, each perhaps unfinished, but not from its start."""
    words = text.split()
    if len(words) > MOST_WORDS_OF_A_NAME or LITTLE_WORDS.issuperset(words):
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
