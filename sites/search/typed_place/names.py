"""Readings of names: of communes, departments, regions and collectivities, alone or with other words.

Each takes folded words and gives what it finds in them, or None. ``understanding.py`` says in which order they go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from rapidfuzz.distance import OSA

from pimms_directory.base.folding import fold
from sites.models import Commune
from sites.models.lookup_tables import lookup_tables
from sites.search.typed_place.addresses import is_address, named_in, whose_names_stand_in
from sites.search.typed_place.near_misses import towns_misspelt
from sites.search.typed_place.places import (
    MOST_OTHERS,
    TOWN,
    Choice,
    Found,
    Place,
    Remark,
    all_communes,
    formerly_named,
    found_communes,
    named,
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
# Words mean the longer name that begins with them if it has this many times the people: Évry, Clermont, Aix.
FAR_LIKELIER = 10

PUBLIC_BUILDING = re.compile(
    r"(?:la |le |l )?"
    r"(?:caf|cpam|ecole|gare|hopital|hotel de ville|lycee|mairie|poste|prefecture|sous prefecture|tribunal)"
    r"(?: (?:d|de|des|du))?(?: (?:l|la|le|les))? (?P<name>.+)"
)
NAME_THEN_DEPARTMENT_CODE = re.compile(rf"(?P<name>.*[a-z].*?) (?P<code>{DEPARTMENT_CODE})")
# Between a name and the territory that tells it apart: "Saint-Denis de la Réunion", "Clermont en Auvergne".
IN_TERRITORY = r"(?: (?:a|d|dans|de|des|du|en))?(?: (?:l|la|le|les))?"


def name_alone(text: str) -> Found | None:
    """``"saint etienne"``, ``"rochelle"``, ``"evry"`` (its name goes on), ``"seynod"`` (a former name), ``"isere"``."""
    if not text:
        return None
    communes, territories = named(text, all_communes()), territories_named(text)
    if territories:
        return _commune_or_territory(communes, territories)
    longer = with_longer_name(text, all_communes())
    if communes:
        people = communes[0].population or 1
        much_larger = [commune for commune in longer if (commune.population or 0) >= FAR_LIKELIER * people]
        choice = Choice.FIRST if much_larger else Choice.LARGEST
        also = [*longer, *(towns_misspelt(text) if people < TOWN else ())]
        return found_communes([*much_larger, *communes], also=map(Place.of_commune, also), choice=choice)
    # In some language "Grenobel" is right; whoever types it here has misspelt.
    called_so = [each for each in all_communes().called(text) if OSA.distance(text, each.search_name) > 1]
    if called_so:
        return found_communes(called_so, also=map(Place.of_commune, [*longer, *towns_misspelt(text)]))
    former = formerly_named(text, all_communes())
    if longer:
        others = [*former, *towns_ending_with(text), *towns_misspelt(text)]
        return found_communes(largest_first([*longer, *others]), choice=Choice.LARGEST)
    if len(former) > 1:
        return Found(list(map(Place.of_commune, former)), choice=Choice.ASK)
    towns, misspelt = former or towns_ending_with(text), map(Place.of_commune, towns_misspelt(text))
    return found_communes(towns, also=misspelt, choice=Choice.LARGEST) or collectivity(text)


def largest_first(communes: Iterable[Commune]) -> list[Commune]:
    return sorted(dict.fromkeys(communes), key=lambda commune: -(commune.population or 0))


def _commune_or_territory(communes: list[Commune], territories: list[Place]) -> Found:
    """A commune comes before a territory of the same name if it is a town: Paris does, the village of Loiré not."""
    places = [Place.of_commune(commune) for commune in communes]
    if communes and (communes[0].population or 0) >= TOWN:
        return Found(places[:1], [*territories, *places[1:]])
    return Found(territories[:1], [*territories[1:], *places])


def at_a_public_building(text: str) -> Found | None:
    """``"mairie de saint denis"`` → as ``"saint denis"``; ``"gare de lyon"`` → Paris 12e, where it is, or Lyon?"""
    match = PUBLIC_BUILDING.fullmatch(text)
    if not match:
        return None
    if landmark := formerly_named(text, all_communes()):
        towns = [town for town in named(match["name"], all_communes()) if (town.population or 0) >= TOWN]
        return found_communes([*landmark, *towns], choice=Choice.ASK if towns else Choice.FIRST)
    return name_alone(match["name"])


def name_in_territory(text: str) -> Found | None:
    """``"grenoble 38"``, ``"grenoble isere"``, ``"saint denis de la reunion"``, ``"rennes bretagne"``."""
    if match := NAME_THEN_DEPARTMENT_CODE.fullmatch(text):
        department = department_of_code(match["code"])
        return _within(match["name"], Q(department=department), department.name) if department else None
    territories: list[tuple[str, Q]] = [
        *((each.name, Q(department=each)) for each in lookup_tables().departments.values()),
        *((region.name, Q(department__region=region)) for region in lookup_tables().regions.values()),
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
    elsewhere = [Place.of_commune(commune) for commune in named(name, all_communes())[:MOST_OTHERS]]
    if not elsewhere:
        return None
    return Found(elsewhere, choice=Choice.ASK, remark=Remark.NOT_IN_TERRITORY, about={"territory": territory})


def _named_in_address(text: str, communes: QuerySet[Commune]) -> list[Commune]:
    return named_in(text, whose_names_stand_in(text, communes)) if is_address(text.split()) else []


def beginning_of_a_town(text: str) -> Found | None:
    """``"chalon saone"``, ``"bourg en b"``: a part of the name of a town; smaller places are only suggested."""
    communes = with_unfinished_name(text, all_communes())
    if communes and (communes[0].population or 0) >= TOWN:
        also = map(Place.of_commune, towns_misspelt(text))
        return found_communes(communes[:MOST_BEGINNING_SO], also=also, choice=Choice.LARGEST)
    return None
