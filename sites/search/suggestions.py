"""``/communes.json?q=``: at most ten places for a reader who is still typing, each with what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Q, When
from django.http import HttpRequest, JsonResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.generic import View
from rapidfuzz import process
from rapidfuzz.distance import OSA

from pimms_directory.base.folding import LITTLE_WORDS, fold
from pimms_directory.base.memo import memo_by_revision
from sites.models import CommuneAlias, IntercommunalBody, OtherNames
from sites.models.lookup_tables import lookup_tables
from sites.search.typed_place import Place, spellings, understand
from sites.search.typed_place.near_misses import edits_allowed, sound, towns
from sites.search.typed_place.numbers import ARRONDISSEMENTS
from sites.search.typed_place.places import TOWN, all_communes, name_begins, without_article
from sites.search.typed_place.territories import (
    OTHER_NAMES_OF_DEPARTMENTS,
    OTHER_NAMES_OF_REGIONS,
    territories_named,
)

MOST = 10
CODE = re.compile(r"\d+|2[ab]\d*")
# Who is meant is guessed by the number of people. A name that is written out in full counts this many times …
WRITTEN_OUT = 10
# … and where the people are not counted, a territory is taken for a town, and these for a village.
VILLAGE = 3_000
FEWEST_LETTERS = 4  # of a name that may be misspelt


@dataclass(frozen=True)
class Suggestion:
    """A place and what the list calls it. ``people``: of how many it may be what they mean."""

    place: Place
    label: str
    people: float = 0

    @classmethod
    def of(cls, place: Place, people: float = 0) -> Suggestion:
        is_region = place.region and not place.department
        return cls(place, _("%(region)s, région") % {"region": place.label} if is_region else place.label, people)

    def __str__(self) -> str:
        return self.label

    @property
    def parameters(self) -> dict[str, str]:
        """What asks for it in the address of the list."""
        return self.place.parameters or {"lieu": self.place.label}

    @property
    def kind(self) -> str:
        kinds = ("commune", "department", "region", "point")
        return next((kind for kind in kinds if getattr(self.place, kind)), "intercommunal_body")

    @property
    def record(self) -> dict[str, Any]:
        commune, department, region = self.place.commune, self.place.department, self.place.region
        named = commune or department or region
        return {
            "type": self.kind,
            "insee_code": commune.insee_code if commune else None,
            "name": named.name if named else self.place.label,
            "department": {"code": department.code, "name": department.name} if department else None,
            "label": self.label,
            "parameters": self.parameters,
        }


class CommuneSuggestions(View):
    def get(self, request: HttpRequest) -> JsonResponse:
        results = [suggestion.record for suggestion in suggest(request.GET.get("q", "")[:400])]
        response = JsonResponse({"count": len(results), "results": results}, json_dumps_params={"ensure_ascii": False})
        patch_cache_control(response, public=True, max_age=3600)
        return response


def suggest(typed: str) -> list[Suggestion]:
    """``"gren"`` → Grenoble, Grenade …; ``"381"`` → the communes whose postcode begins so; ``"paris 1"`` → the 1er …

    What begins so comes first, by the number of people, then what is called so otherwise; what the search makes of
    the words, near misses too, only where there is nothing else.
    """
    text = fold(typed)
    code = text.replace(" ", "")
    if not text or (code.isdigit() and len(code) < 2):
        return []
    found = once(with_code(code) if CODE.fullmatch(code) else with_name(text))
    if found or len(text) < 3 or LITTLE_WORDS.issuperset(text.split()):
        return found
    return once(understood(typed))


def once(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """The first ``MOST``, of two that ask for the same the first; no more are looked for."""
    found: dict[str, Suggestion] = {}
    for suggestion in suggestions:
        found.setdefault(str(suggestion.parameters), suggestion)
        if len(found) == MOST:
            break
    return list(found.values())


# By number


def with_code(code: str) -> Iterator[Suggestion]:
    """Departments, then communes by their postcode, then by their present or former INSEE code if it is whole."""
    for department in lookup_tables().departments.values():
        if department.code.startswith(code.upper()):
            yield Suggestion.of(Place.of_department(department))
    first, last = code.ljust(5, "0"), code.ljust(5, "9")
    communes = all_communes().filter(postcodes__code__gte=first, postcodes__code__lte=last).distinct()[:MOST]
    # A whole postcode asks for one arrondissement, its beginning does not.
    whole = len(code) == 5
    for commune in sorted(communes, key=lambda commune: whole and commune.parent_id is None):
        yield Suggestion.of(Place.of_commune(commune))
    if whole:
        for commune in all_communes().filter(insee_code=code.upper()):
            place = Place.of_commune(commune)
            yield Suggestion(place, _("%(place)s, code INSEE %(code)s") % {"place": place.label, "code": code.upper()})
        for commune in all_communes().filter(aliases__search_name=code, aliases__kind=CommuneAlias.Kind.FORMER_CODE):
            place = Place.of_commune(commune)
            yield Suggestion(place, _("%(place)s, ancien code INSEE %(code)s") % {"place": place.label, "code": code})


# By name


def with_name(text: str) -> list[Suggestion]:
    begun = [*communes(text), *territories(text), *aliases(text), *intercommunal_bodies(text)]
    found = [*arrondissements(text), *sorted(begun, key=lambda suggestion: suggestion.people, reverse=True)]
    otherwise = [] if found else list(called_otherwise(text))
    found += [suggestion for suggestion in otherwise if suggestion.people]
    if len(found) < MOST:
        found += communes_with_word(text)
    return found or [*misspelt_towns(text), *otherwise]


def begins(text: str) -> Q:
    """The name begins so, with whatever article."""
    condition = Q()
    for spelling in dict.fromkeys(spellings(text)):
        condition |= name_begins(spelling)
    return condition


def communes(text: str) -> Iterator[Suggestion]:
    """No arrondissement: those of Paris would leave no room for Parthenay."""
    people = F("population") * Case(When(search_name__in=spellings(text), then=WRITTEN_OUT), default=1)
    likeliest_first = (people.desc(nulls_last=True), "insee_code")
    # Said so that SQLite does not take the index of parents, where nearly all communes have none.
    for commune in all_communes().filter(begins(text)).exclude(parent__isnull=False).order_by(*likeliest_first)[:MOST]:
        written_out = commune.search_name in spellings(text)
        yield Suggestion.of(Place.of_commune(commune), (commune.population or 0) * (WRITTEN_OUT if written_out else 1))


def arrondissements(text: str) -> list[Suggestion]:
    """``"paris 1"`` → 1er, 10e, 11e …: before the city, but only once their number is begun."""
    city, _space, number = text.partition(" ")
    if city not in ARRONDISSEMENTS or not number:
        return []
    found = all_communes().filter(name_begins(text), parent__isnull=False).order_by("insee_code")
    return [Suggestion.of(Place.of_commune(commune)) for commune in found]


def territories(text: str) -> Iterator[Suggestion]:
    """Regions and departments that are called or abbreviated so, then those that have a word that begins so."""
    for place in territories_named(text):
        yield Suggestion.of(place, TOWN * WRITTEN_OUT)
    if len(text) < 3 or LITTLE_WORDS.issuperset(text.split()):
        return
    bare = without_article(text)
    for names, place_of, record in territories_by_name():
        if any(name.startswith(bare) for name in names):
            yield Suggestion.of(place_of(record), TOWN)
        elif any(f" {bare}" in name for name in names):
            yield Suggestion.of(place_of(record), VILLAGE)


@memo_by_revision(maxsize=1)
def territories_by_name() -> list[tuple[list[str], Callable[[Any], Place], Any]]:
    """Regions and departments with their names and abbreviations, folded and without an article."""
    found: list[tuple[list[str], Callable[[Any], Place], Any]] = []
    for region in lookup_tables().regions.values():
        found.append(([region.name, *OTHER_NAMES_OF_REGIONS.get(region.code, ())], Place.of_region, region))
    for each in lookup_tables().departments.values():
        found.append(([each.name, *OTHER_NAMES_OF_DEPARTMENTS.get(each.code, ())], Place.of_department, each))
    return [([without_article(fold(name)) for name in names], place_of, record) for names, place_of, record in found]


def aliases(text: str) -> Iterator[Suggestion]:
    """``"seyn"`` → Seynod, aujourd’hui Annecy; ``"minguet"`` → Les Minguettes (quartier), Vénissieux."""
    labels = {
        CommuneAlias.Kind.FORMER_NAME: _("%(name)s, aujourd’hui %(place)s"),
        CommuneAlias.Kind.QUARTER: _("%(name)s (quartier), %(place)s"),
    }
    found = CommuneAlias.objects.filter(begins(text), kind__in=labels).order_by(
        F("commune__population").desc(nulls_last=True), "pk"
    )
    for alias in found.select_related("commune__department", "commune__parent")[:MOST]:
        place = Place.of_commune(alias.commune)
        people = VILLAGE * (WRITTEN_OUT if alias.search_name in spellings(text) else 1)
        label = labels[CommuneAlias.Kind(alias.kind)] % {"name": alias.name, "place": place.label}
        yield Suggestion(place, label, people)


def intercommunal_bodies(text: str) -> Iterator[Suggestion]:
    """``"plaine co"`` → Plaine Commune: the search lists its communes."""
    for body in IntercommunalBody.objects.filter(begins(text))[:3]:
        people = VILLAGE * (WRITTEN_OUT if body.search_name in spellings(text) else 1)
        yield Suggestion(Place(body.plain_name), _("%(name)s, groupe de communes") % {"name": body.plain_name}, people)


def communes_with_word(text: str) -> Iterator[Suggestion]:
    """``"claix"`` → Le Pont-de-Claix."""
    if LITTLE_WORDS.issuperset(text.split()):
        return
    for commune in all_communes().filter(search_name__contains=f" {text}").exclude(parent__isnull=False)[: 2 * MOST]:
        yield Suggestion.of(Place.of_commune(commune))


def called_otherwise(text: str) -> Iterator[Suggestion]:
    """``"naon"`` → Naoned (autre nom), Nantes. Two letters of ours say too little, two of Chinese are Paris."""
    if len(text) < 3 and text.isascii():
        return
    found = OtherNames.objects.filter(search_names__contains=f"|{text}").order_by(
        F("commune__population").desc(nulls_last=True), "pk"
    )
    for record in found.select_related("commune__department", "commune__parent")[:MOST]:
        # Romanisations, which nobody types, begin with a small letter.
        names = [name for name in record.names.split("|") if fold(name).startswith(text) and not name[0].islower()]
        if names:
            place, name = Place.of_commune(record.commune), min(names, key=len)
            label = _("%(name)s (autre nom), %(place)s") % {"name": name, "place": place.label}
            yield Suggestion(place, label, VILLAGE if fold(name) == text else 0)


# Where nothing begins so


def misspelt_towns(text: str) -> Iterator[Suggestion]:
    """``"toucr"`` → Tourcoing: the towns whose name begins nearly so. The search compares whole names."""
    if len(text) < FEWEST_LETTERS or not text.isascii() or LITTLE_WORDS.issuperset(text.split()):
        return
    known = towns()
    names = [name for name in known.by_name if name[0] == text[0]]  # few misspell the first letter
    edits: dict[int, float] = {}
    for letters in (len(text), len(text) + 1):  # one may be missing
        beginnings = [name[:letters] for name in names]
        close = process.extract(text, beginnings, scorer=OSA.distance, score_cutoff=edits_allowed(text), limit=None)
        for _beginning, distance, index in close:
            key = known.by_name[names[index]]
            edits[key] = min(distance, edits.get(key, distance))
    if spoken := known.by_sound.get(sound(text)):
        edits[spoken] = 0
    for commune in sorted(all_communes().filter(pk__in=edits), key=lambda commune: edits[commune.pk]):
        yield Suggestion.of(Place.of_commune(commune))


def understood(typed: str) -> Iterator[Suggestion]:
    """``"18e paris"``, ``"le 93"``, a whole address; near misses where there is nothing: ``"dauphine"``."""
    understanding = understand(typed)
    places = [understanding.place] if understanding.place else []
    for place in [*places, *understanding.others] or understanding.suggestions:
        if place.parameters:
            yield Suggestion.of(place)
