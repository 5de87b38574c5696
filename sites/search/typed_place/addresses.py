"""Communes that are named among other words: ``"18 rue des tamaris beauzelle"`` → Beauzelle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Q, QuerySet

from pimms_directory.base.folding import LITTLE_WORDS
from sites.models import Commune, CommuneAlias
from sites.search.typed_place.places import (
    ARTICLES,
    TOWN,
    Choice,
    Found,
    Remark,
    all_communes,
    found_communes,
    without_article,
)

MOST_WORDS, LONGEST_NAME = 40, 9  # words of an address that are looked at, and words of a name in it
# What stands before a name makes it the name of a street: "avenue de Grenoble" is in Nice.
STREETS = frozenset(
    """
    allee allees av ave avenue bd bld boulevard chaussee chemin cour cours esplanade faubourg fbg galerie hameau impasse
    imp lotissement mail montee parvis passage place pl placette pont porte promenade quai rond point route rte rue
    sente sentier square traverse venelle villa voie za zac zi zone
    """.split()  # noqa: SIM905 (reads better)
)
BEFORE_A_TOWN = frozenset({"a", "sur"})


def named_in(text: str, communes: Iterable[Commune]) -> list[Commune]:
    """Of these communes, those that the words name: the longest name counts, the later one if two are as long.

    Several where they share that name; one that bears it today goes before one that took it in. The communes come with
    their ``aliases``.
    """
    words = text.split()[-MOST_WORDS:]
    covered = {commune: words_that_name(commune, words) for commune in communes}
    rank = {commune: (len(places), max(places)) for commune, places in covered.items() if places}
    best = [commune for commune in rank if rank[commune] == max(rank.values())]
    return [commune for commune in best if f" {commune.search_name} " in f" {text} "] or best


def whose_names_stand_in(text: str, communes: QuerySet[Commune]) -> QuerySet[Commune]:
    """Those of which a name is a run of these words, with their ``aliases``: few enough to look at each."""
    names = set(runs(text.split()[-MOST_WORDS:]))
    named = Q(search_name__in=names) | Q(aliases__search_name__in=names)
    return communes.filter(named).distinct().prefetch_related("aliases")


def town_in_address(text: str) -> Found | None:
    """A town anywhere in the words; a smaller commune where an address has it: at the end or at the start."""
    words = text.split()[-MOST_WORDS:]
    found = whose_names_stand_in(text, all_communes())
    likely = [commune for commune in found if is_likely(commune, words)]
    remark = None if is_address(words) else Remark.NAMED_AMONG_OTHER_WORDS
    return found_communes(named_in(text, likely), choice=Choice.LARGEST, remark=remark, about={"words": text})


def is_address(words: list[str]) -> bool:
    return any(word in STREETS or word.isdigit() for word in words)


def is_likely(commune: Commune, words: list[str]) -> bool:
    if (commune.population or 0) >= TOWN:
        return True
    places = words_that_name(commune, words)
    if not places:
        return False
    at_the_start = set(ARTICLES).issuperset(words[: min(places)])
    at_an_end = is_address(words) and (max(places) == len(words) - 1 or at_the_start)
    return at_an_end or (min(places) > 0 and words[min(places) - 1] in BEFORE_A_TOWN)


def words_that_name(commune: Commune, words: list[str]) -> set[int]:
    """The positions of the words that name it; with them, those that name its city: ``"lyon part dieu"``."""
    own = {place for name in names_of(commune) for place in positions(name, words)}
    if own and commune.parent:
        own |= set(positions(commune.parent.search_name, words))
    return own


def names_of(commune: Commune) -> Iterator[str]:
    """Its name and what else it is called, without articles."""
    yield without_article(commune.search_name)
    for alias in commune.aliases.all():
        if alias.kind != CommuneAlias.Kind.FORMER_CODE:
            yield without_article(alias.search_name)


def positions(name: str, words: list[str]) -> Iterator[int]:
    """Where the words have this name, and not as that of a street."""
    wanted = name.split()
    if STREETS.issuperset(wanted):  # "rue de Brest" is not in Rue
        return
    for start in range(len(words) - len(wanted) + 1):
        if words[start : start + len(wanted)] == wanted and not is_street(words[:start]):
            yield from range(start, start + len(wanted))


def is_street(before: list[str]) -> bool:
    """Whether these words lead to the name of a street: ``["12", "avenue", "de"]``."""
    leading = list(before)
    while leading and leading[-1] in LITTLE_WORDS:
        leading.pop()
    return bool(leading) and leading[-1] in STREETS


def runs(words: list[str]) -> Iterator[str]:
    """Each run of words that may be a name, with every article that may have been left out."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_NAME, len(words)) + 1):
            run = words[start:end]
            if not LITTLE_WORDS.issuperset(run) and len("".join(run)) > 1:
                name = " ".join(run)
                yield name
                yield from (f"{article} {name}" for article in ARTICLES)
