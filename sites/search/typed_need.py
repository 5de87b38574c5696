"""A need among the words typed: ``"carte grise à Grenoble"`` → the need, and ``"grenoble"``."""

from __future__ import annotations

import re

from django.http import QueryDict

from pimms_directory.base.folding import LITTLE_WORDS, fold
from sites.search.needs import ALL, NEEDS, Need
from sites.search.typed_place import understand
from sites.search.typed_place.addresses import STREETS, whose_names_stand_in
from sites.search.typed_place.places import all_communes
from sites.search.typed_place.points import has_link

PARAMETER = "besoin"
LONGEST = 100  # characters; longer words are an address or a link to a map
# With one of these, nobody has to be asked where they are.
PLACES = ("lieu", "commune", "lat", "lon", "region", "departement")

BY_WORDS = {fold(words): need for need in ALL for words in need.words}
# What surrounds a need or a place and names neither: "refaire ma carte grise à Grenoble".
FILLERS = LITTLE_WORDS | frozenset(
    """
    ai aide aider aidez autour avec besoin bonjour cherche chercher chez comment comprendre comprends declaration
    declarer demande demander demarche demarches dossier est faire formulaire ici j je m ma mes moi mon ne nouveau
    nouvelle ou papiers pas payer perdu perdue prendre pres probleme proche qu que question quoi refaire remplir
    renouveler renouvellement s se suis svp toucher trouver vers veux vole volee votre voudrais
    """.split()  # noqa: SIM905 (reads better)
)
# "45.19, 5.72 caf": two numbers with decimals are a point on the map, and no words.
NUMBERS_OF_A_POINT = re.compile(r"\d[.,]\d+\D+\d+[.,]\d")
TOWARDS_A_PLACE = re.compile(r"(?:a|au|aux|dans|en|pres|sur|vers)\b|.*\d")


def _with_plurals(words: str) -> str:
    return " ".join(f"{re.escape(word)}s?" if len(word) > len("rsa") else word for word in words.split())


MENTION = re.compile(rf"\b(?:{'|'.join(map(_with_plurals, sorted(BY_WORDS, key=len, reverse=True)))})\b")


def need_in(typed: str) -> tuple[Need | None, str]:
    """The need that the words name, and what they say of a place; the names of streets and communes are no need."""
    is_words = len(typed) <= LONGEST and not has_link(typed) and not NUMBERS_OF_A_POINT.search(typed)
    text = fold(typed) if is_words else ""
    mention = MENTION.search(text)
    if not mention or names_a_street(text[: mention.start()]) or names_a_commune(text, mention[0]):
        return None, typed
    before, after = text[: mention.start()], text[mention.end() :].strip()
    rest = " ".join([*without_fillers(before), *without_fillers(after)])
    return need_called(mention[0]), rest if is_place(rest, after) else ""


def need_called(words: str) -> Need:
    """By its words in the singular or the plural."""
    return next(need for name, need in BY_WORDS.items() if re.fullmatch(_with_plurals(name), words))


def names_a_street(before: str) -> bool:
    """``"rue de la"`` poste, ``"22 rue du palais de"`` justice: the words before the need make it one of a street."""
    words = [word for word in before.split() if word not in LITTLE_WORDS]
    has_number = bool(words) and words[0].isdigit()
    return bool(STREETS.intersection(words if has_number else words[-1:]))


def names_a_commune(text: str, mention: str) -> bool:
    """Whether the words of the need are part of a name: Arnac-la-Poste, Mesnil-Lettre."""
    communes = whose_names_stand_in(text, all_communes())
    names = [name for each in communes for name in (each.search_name, *(old.search_name for old in each.aliases.all()))]
    return any(mention in name and name in text for name in names)


def without_fillers(text: str) -> list[str]:
    words = text.split()
    while words and words[0] in FILLERS:
        del words[0]
    while words and words[-1] in FILLERS:
        del words[-1]
    return words


def is_place(rest: str, after: str) -> bool:
    """``"carte grise à Grenobel"`` means a place, whatever it is called; ``"carte grise moto"`` none."""
    if not rest or TOWARDS_A_PLACE.match(after):
        return bool(rest)
    meant = understand(rest)
    return bool(meant.place or meant.others) and not meant.note


def asked_for(query: QueryDict) -> tuple[Need | None, QueryDict]:
    """The need in an address, by its slug or among the words of the place, and the query without it."""
    need, words = need_in(query.get("lieu", ""))
    if need is None:
        return NEEDS.get(query.get(PARAMETER, "")), query
    query = query.copy()
    query["lieu"] = words
    return need, query


def asks_where(query: QueryDict) -> bool:
    """Whether nothing tells where the reader is."""
    return not any(query.get(name) for name in PLACES)
