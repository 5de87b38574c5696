"""Readings of names: of communes, departments, regions and collectivities, alone or with other words.

Each takes folded words and gives what it finds in them, or None. ``understanding.py`` says in which order they go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from rapidfuzz.distance import OSA

from pimms_directory.base.folding import LITTLE_WORDS, fold
from sites.models import Commune
from sites.models.lookup_tables import lookup_tables
from sites.search.typed_place.addresses import is_street, named_in, whose_names_stand_in, words_that_name
from sites.search.typed_place.near_misses import towns_misspelt
from sites.search.typed_place.places import (
    TOWN,
    Choice,
    Found,
    Place,
    Remark,
    all_communes,
    formerly_named,
    found_communes,
    named,
    places_named,
    towns_ending_with,
    with_longer_name,
    with_unfinished_name,
    without_article,
)
from sites.search.typed_place.territories import (
    DEPARTMENT_CODE,
    collectivities,
    collectivity,
    department_of_code,
    territories_named,
)

MOST_BEGINNING_SO = 5  # communes offered for a name that is not finished
MOST_MISSING = 3  # letters of a word that is not finished
# Words mean the longer name that begins with them if it has this many times the people: Évry, Clermont, Aix.
FAR_LIKELIER = 10

STATION = re.compile(r"(?:la )?gare(?: (?:d|de|des|du))?(?: (?:l|la|le|les))? (?P<name>.+)")
NAME_THEN_DEPARTMENT_CODE = re.compile(rf"(?P<name>.*[a-z].*?) (?P<code>{DEPARTMENT_CODE})")
# Between a name and the territory that tells it apart: "Saint-Denis de la Réunion", "Clermont en Auvergne".
IN_TERRITORY = r"(?: (?:a|d|dans|de|des|du|en))?(?: (?:l|la|le|les))?"


def name_alone(text: str) -> Found | None:
    """``"saint etienne"``, ``"rochelle"``, ``"evry"`` (its name goes on), ``"seynod"`` (a former name), ``"isere"``."""
    if LITTLE_WORDS.issuperset(text.split()):
        return None
    communes, territories = named(text, all_communes()), territories_named(text)
    if territories:
        return _commune_or_territory(communes, territories)
    longer = with_longer_name(text, all_communes())
    if communes:
        people = communes[0].population or 1
        likelier = FAR_LIKELIER if communes[0].search_name == text else 1  # "la baule" is not Baule
        much_larger = [commune for commune in longer if (commune.population or 0) >= likelier * people]
        choice = Choice.FIRST if much_larger else Choice.LARGEST
        also = [*longer, *(towns_misspelt(text) if people < TOWN else ())]
        return found_communes([*much_larger, *communes], also=map(Place.of_commune, also), choice=choice)
    if called_so := [each for each in all_communes().called(text) if not _is_misspelt(text, each)]:
        others = [*longer, *towns_misspelt(text)]
        about = {"words": text, "name": called_so[0].name}
        return found_communes(called_so, also=map(Place.of_commune, others), remark=Remark.NAME_ELSEWHERE, about=about)
    former = formerly_named(text, all_communes())
    if longer:
        others = [*former, *towns_ending_with(text), *towns_misspelt(text)]
        return found_communes(largest_first([*longer, *others]), choice=Choice.LARGEST)
    if len(former) > 1:
        return Found(list(map(Place.of_commune, former)), choice=Choice.ASK)
    towns, misspelt = former or towns_ending_with(text), map(Place.of_commune, towns_misspelt(text))
    return found_communes(towns, also=misspelt, choice=Choice.LARGEST) or collectivity(text)


def _is_misspelt(text: str, town: Commune) -> bool:
    """In some language "Grenobel" is right; whoever types it here has misspelt."""
    return OSA.distance(text, town.search_name) == 1 and (town.population or 0) >= TOWN


def largest_first(communes: Iterable[Commune]) -> list[Commune]:
    return sorted(dict.fromkeys(communes), key=lambda commune: -(commune.population or 0))


def _commune_or_territory(communes: list[Commune], territories: list[Place]) -> Found:
    """A commune comes before a territory of the same name if it is a town: Paris does, the village of Loiré not."""
    places = [Place.of_commune(commune) for commune in communes]
    if communes and (communes[0].population or 0) >= TOWN:
        return Found(places[:1], [*territories, *places[1:]])
    return Found(territories[:1], [*territories[1:], *places])


def station(text: str) -> Found | None:
    """``"gare de lyon"`` → Paris 12e, where it is, or Lyon?"""
    match = STATION.fullmatch(text)
    landmark = formerly_named(text, all_communes()) if match else []
    if not match or not landmark:
        return None
    towns = [town for town in named(match["name"], all_communes()) if (town.population or 0) >= TOWN]
    return found_communes([*landmark, *towns], choice=Choice.ASK if towns else Choice.FIRST)


def name_in_territory(text: str) -> Found | None:
    """``"grenoble 38"``, ``"grenoble isere"``, ``"saint denis de la reunion"``, ``"rennes bretagne"``."""
    if match := NAME_THEN_DEPARTMENT_CODE.fullmatch(text):
        department = department_of_code(match["code"])
        return _within(match["name"], Q(department=department), department.name) if department else None
    tables = lookup_tables()
    territories: list[tuple[str, Q]] = [
        *((each.name, Q(department=each)) for each in tables.departments.values()),
        *((region.name, Q(department__region=region)) for region in tables.regions.values()),
        *((name, Q(collectivity=name)) for name in collectivities()),
    ]
    for name, inside in territories:
        match = re.fullmatch(rf"(?P<name>.+?){IN_TERRITORY} {re.escape(without_article(fold(name)))}", text)
        if match and (found := _within(match["name"], inside, name)):
            return found
    return None


def _within(name: str, inside: Q, territory: str) -> Found | None:
    """A name in one territory, however incomplete; where it is not there, the communes that bear it elsewhere."""
    communes = all_communes().filter(inside)
    for look_up in (named, with_longer_name, formerly_named, with_unfinished_name, _named_in_address):
        if found := look_up(name, communes):
            return found_communes(found)
    elsewhere = places_named(name)
    if not elsewhere:
        return None
    return Found(elsewhere, choice=Choice.ASK, remark=Remark.NOT_IN_TERRITORY, about={"territory": territory})


def _named_in_address(text: str, communes: QuerySet[Commune]) -> list[Commune]:
    """``"12 rue du moulin bouee"``, ``"aide pour une facture saint denis"``: the last words are the name."""
    words = text.split()
    found = named_in(text, whose_names_stand_in(text, communes))
    return [commune for commune in found if len(words) - 1 in words_that_name(commune, words)]


def beginning_of_a_town(text: str) -> Found | None:
    """``"chalon saone"``, ``"bourg en b"``, ``"marseil"``: a part of the name; smaller places are only suggested."""
    towns = [each for each in with_unfinished_name(text, all_communes()) if _is_nearly_whole(text, each)]
    if not towns or (towns[0].population or 0) < TOWN:
        return None
    also = map(Place.of_commune, towns_misspelt(text))
    about = {"words": text, "name": towns[0].name}
    remark = None if " " in text else Remark.MISSPELT
    return found_communes(towns[:MOST_BEGINNING_SO], also, choice=Choice.LARGEST, remark=remark, about=about)


def _is_nearly_whole(text: str, commune: Commune) -> bool:
    """A word alone must be most of the name: ``"test"`` is not La Teste-de-Buch."""
    missing = len(without_article(commune.search_name)) - len(without_article(text))
    return " " in text or (len(text) > MOST_MISSING * 2 and missing <= MOST_MISSING)


def end_of_an_address(text: str) -> Found | None:
    """``"2 rue du stade bourgoin"``: the last words are the beginning of the name of a town."""
    words = text.split()
    for length in (3, 2, 1):
        name = " ".join(words[-length:])
        if length < len(words) and not LITTLE_WORDS.issuperset(words[-length:]) and not is_street(words[:-length]):
            towns = [town for town in with_longer_name(name, all_communes()) if (town.population or 0) >= TOWN]
            if towns:
                about = {"words": text}
                return found_communes(towns, choice=Choice.LARGEST, remark=Remark.NAMED_AMONG_OTHER_WORDS, about=about)
    return None
