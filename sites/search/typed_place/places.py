"""The places that can be meant, what a reading finds of them, and the tables to look them up in by name.

Names are compared as ``fold`` writes them: ``"L’Haÿ-les-Roses"`` → ``"l hay les roses"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from pimms_directory.base.folding import LITTLE_WORDS
from sites.models import Commune, CommuneAlias, Department, Region
from sites.models.communes import CommuneQuerySet
from sites.models.distance import Point

LARGEST_FIRST = (F("population").desc(nulls_last=True), "insee_code")
MOST_OTHERS = 8  # further places that a page offers
ARTICLES = ("l", "la", "le", "les")
MOST_WORDS_OF_A_NAME = 10
TOWN = 10_000  # people: from here on, a part of the name is taken for the whole


@dataclass(frozen=True)
class Place:
    """One meaning: a commune, a department, a region, or a bare point that was typed or that a device measured."""

    label: str
    commune: Commune | None = None
    department: Department | None = None
    region: Region | None = None
    point: Point | None = None

    @classmethod
    def of_commune(cls, commune: Commune) -> Place:
        return cls(str(commune), commune=commune, department=commune.department, point=commune.centre)

    @classmethod
    def of_department(cls, department: Department) -> Place:
        return cls(_("%(department)s, département") % {"department": department}, department=department)

    @classmethod
    def of_region(cls, region: Region) -> Place:
        return cls(region.name, region=region)

    @classmethod
    def of_point(cls, point: Point) -> Place:
        label = _("point %(latitude)s, %(longitude)s") % {"latitude": point.latitude, "longitude": point.longitude}
        return cls(label, point=point)

    @property
    def parameters(self) -> dict[str, str]:
        """What asks for exactly this place in an address: ``{"commune": "38185"}``, ``{"lieu": "38"}``."""
        if self.commune:
            return {"commune": self.commune.insee_code}
        if self.department:
            return {"lieu": self.department.code}
        if self.region:
            return {"lieu": self.region.name}
        if self.point:
            return {"lat": str(self.point.latitude), "lon": str(self.point.longitude)}
        return {}


class Choice(Enum):
    """How to choose between the places that a reading finds."""

    FIRST = auto()  # they are near each other, or the words name the first one alone
    LARGEST = auto()  # the first one, if it is much larger than the second; otherwise the reader is asked
    ASK = auto()  # the reader is asked in any case


class Remark(Enum):
    """What does not fit between the words and the places found: ``understanding.py`` has the sentences."""

    POSTCODE_ELSEWHERE = auto()
    POSTCODE_OF_ANOTHER_COMMUNE = auto()
    UNKNOWN_POSTCODE = auto()
    TOO_MANY_DIGITS = auto()
    INSEE_CODE = auto()
    FORMER_INSEE_CODE = auto()
    NOT_IN_TERRITORY = auto()
    NAMED_AMONG_OTHER_WORDS = auto()
    INTERCOMMUNAL_BODY = auto()
    MISSPELT = auto()
    NAME_ELSEWHERE = auto()


@dataclass(frozen=True)
class Found:
    """What a reading finds in some words. ``places`` is never empty."""

    places: Sequence[Place]  # that may be meant, the likeliest first
    also: Sequence[Place] = ()  # offered after them, never chosen
    choice: Choice = Choice.FIRST
    remark: Remark | None = None
    about: Mapping[str, str] = field(default_factory=dict)  # the values that the remark speaks of
    most: int = MOST_OTHERS  # further places offered


def found_communes(communes: Iterable[Commune], also: Iterable[Place] = (), **how: Any) -> Found | None:
    """The communes, given largest first; None where there are none, whatever ``also`` holds.

    Paris, Lyon and Marseille give way to their arrondissements where both are found: the postcode 75018 is that of
    ``Paris 18e Arrondissement`` and of ``Paris``.
    """
    communes = list(communes)
    cities_with_arrondissement = {commune.parent_id for commune in communes if commune.parent_id}
    places = [Place.of_commune(each) for each in communes if each.pk not in cities_with_arrondissement]
    return Found(places, tuple(also), **how) if places else None


# Look-ups


def all_communes() -> CommuneQuerySet:
    """Every commune, with what its label shows; the largest first."""
    return Commune.objects.select_related("department", "parent").order_by(*LARGEST_FIRST)


# Spellings


def without_article(name: str) -> str:
    """``"la rochelle"`` → ``"rochelle"``."""
    first, _space, rest = name.partition(" ")
    return rest if first in ARTICLES and rest else name


def spellings(name: str) -> list[str]:
    """The folded name with and without each article: ``"rochelle"`` → ``["rochelle", …, "la rochelle", …]``."""
    bare = without_article(name)
    return [name, bare, *(f"{article} {bare}" for article in ARTICLES)]


# Communes


def named(name: str, communes: QuerySet[Commune]) -> list[Commune]:
    """The communes of this name; failing that, of this name with another article or none."""
    return list(communes.filter(search_name=name)) or list(communes.filter(search_name__in=spellings(name)))


def places_named(name: str) -> list[Place]:
    """To offer, wherever they are."""
    return [Place.of_commune(commune) for commune in named(name, all_communes())[:MOST_OTHERS]]


def name_begins(text: str) -> Q:
    """As a range, for which both databases use the index: that of SQLite is of no use to ``LIKE``."""
    return Q(search_name__gte=text, search_name__lt=f"{text}\U0010ffff")


def with_longer_name(name: str, communes: QuerySet[Commune]) -> list[Commune]:
    """The communes whose name goes on after these words: ``"evry"`` → Évry-Courcouronnes."""
    begins = Q()
    for spelling in spellings(name):
        begins |= name_begins(f"{spelling} ")
    # Said so that SQLite does not take the index of parents, where nearly all communes have none.
    return list(communes.filter(begins).exclude(parent__isnull=False)[:MOST_OTHERS])


def formerly_named(name: str, communes: QuerySet[Commune]) -> list[Commune]:
    """The communes that took in a former commune of this name: ``"seynod"`` → Annecy, ``"hellemmes"`` → Lille."""
    called_so = communes.filter(aliases__search_name__in=spellings(name)).distinct()
    if found := list(called_so[:MOST_OTHERS]):
        return found
    begins_so = CommuneAlias.objects.filter(name_begins(f"{name} ")).order_by().values("commune")
    return list(communes.filter(pk__in=begins_so)[:MOST_OTHERS])


def with_unfinished_name(text: str, communes: QuerySet[Commune]) -> list[Commune]:
    """Those whose name begins with these words, each perhaps unfinished, others between them.

    ``"chalon saone"`` → Chalon-sur-Saône, ``"gren"`` → Grenoble.
    """
    words = without_article(text).split()
    if len(text) < 3 or len(words) > MOST_WORDS_OF_A_NAME or LITTLE_WORDS.issuperset(words):
        return []
    pattern = r"^(l |la |le |les )?" + unfinished(words)
    return list(with_words(words, communes).filter(search_name__regex=pattern)[: MOST_OTHERS + 1])


def unfinished(words: list[str]) -> str:
    """A pattern for names that hold these words in this order, each perhaps only begun."""
    return r"[a-z0-9]* (.* )?".join(words)


def with_words(words: list[str], communes: QuerySet[Commune]) -> QuerySet[Commune]:
    for word in words:
        communes = communes.filter(search_name__contains=word)
    return communes


def towns_ending_with(text: str) -> list[Commune]:
    """Towns that merged under two names: ``"courcouronnes"`` → Évry-Courcouronnes.

    But not ``"france"`` → Fort-de-France: the words before it are no name.
    """
    if len(text) < 4:
        return []
    towns = all_communes().filter(search_name__endswith=f" {text}", population__gte=TOWN, parent=None)
    return [town for town in towns if town.search_name.removesuffix(f" {text}").split()[-1] not in LITTLE_WORDS]
