"""What a reader means by the place they typed: a postcode, a commune in any spelling, a department, a region.

``understand`` (and ``suggest``, while typing) is the whole interface. It asks the database only, keeps
nothing between calls and never raises for what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Length
from django.utils.translation import gettext as _
from rapidfuzz import process
from rapidfuzz.distance import OSA

from sites.distance import Point
from sites.folding import LITTLE_WORDS, fold
from sites.models import Commune, Department, Region

# A name shared by several communes means the largest if it has this many times the people of the next.
LIKELIER = 1.5
ARTICLES = ("l", "la", "le", "les")
# Words typed mean the longer name that begins with them if it has this many times the people: Évry, Clermont, Aix.
FAR_LIKELIER = 10
# Edits (a letter added, lost, changed or swapped with its neighbour) per letter that still count as a misspelling.
MISSPELT = 0.34
LARGEST_FIRST = (F("population").desc(nulls_last=True), "insee_code")
OTHERS = 8
SUGGESTIONS = 6

POSTCODE = re.compile(r"(?<!\d)(\d{2}) ?(\d{3})(?!\d)")
CEDEX = re.compile(r"\bcedex\b(?: \d{1,2}\b)?")
DEPARTMENT_CODE = r"(?:\d{1,2}|2[ab]|9[78]\d)"
NAME_THEN_CODE = re.compile(rf"(?P<name>.*[a-z].*?) (?P<code>{DEPARTMENT_CODE})")
ARRONDISSEMENT = re.compile(r"(?P<city>paris|lyon|marseille) (?P<number>\d{1,2})e?(?: arrondissement)?")
ARRONDISSEMENT_FIRST = re.compile(
    r"(?P<number>\d{1,2})e? (?:arrondissement )?(?:de |a )?(?P<city>paris|lyon|marseille)"
)
# INSEE code of an arrondissement: this plus its number. Source: code officiel géographique.
ARRONDISSEMENTS = {"paris": (75100, 20), "lyon": (69380, 9), "marseille": (13200, 16)}


@dataclass(frozen=True)
class Place:
    """One meaning: a commune, a department, a region, or a bare point that a device measured."""

    label: str
    commune: Commune | None = None
    department: Department | None = None
    region: Region | None = None
    point: Point | None = None

    @classmethod
    def of_commune(cls, commune: Commune) -> Place:
        point = None
        if commune.latitude is not None and commune.longitude is not None:
            point = Point(commune.latitude, commune.longitude)
        return cls(str(commune), commune=commune, department=commune.department, point=point)

    @property
    def parameters(self) -> dict[str, str]:
        """What asks for exactly this place in an address."""
        if self.commune:
            return {"commune": self.commune.insee_code}
        if self.department:
            return {"departement": self.department.code}
        if self.region:
            return {"region": self.region.slug}
        return {}


@dataclass(frozen=True)
class Understanding:
    """What was understood: at most one place to use at once, the others it could be, or near misses."""

    typed: str
    place: Place | None = None
    others: list[Place] = field(default_factory=list)
    suggestions: list[Place] = field(default_factory=list)
    note: str = ""

    @property
    def must_choose(self) -> bool:
        """Several places answer and none is likelier."""
        return self.place is None and bool(self.others)


def understand(typed: str) -> Understanding:
    """The meaning of what a reader typed; an empty ``Understanding`` when nothing fits."""
    text = " ".join(CEDEX.sub(" ", fold(typed)).split())
    for reading in (_postcode, _arrondissement, _code, _name, _name_and_department, _part_of_a_name):
        if found := reading(text):
            return Understanding(typed, *found)
    return Understanding(typed, suggestions=_near_misses(text))


Reading = tuple[Place | None, list[Place]]


def _communes() -> QuerySet[Commune]:
    return Commune.objects.select_related("department", "parent").order_by(*LARGEST_FIRST)


def _choose(communes: Iterable[Commune], *, neighbours: bool = False, more: Iterable[Place] = ()) -> Reading | None:
    """The likeliest of the communes, largest first, and the others.

    ``neighbours``: they share a postcode, so that the largest gives nearly the same answer as the rest.
    """
    found = _without_cut_up_cities(communes)
    others = [*(Place.of_commune(commune) for commune in found), *more]
    if not others:
        return None
    if len(found) > 1 and not neighbours:
        first, second = ((commune.population or 0) for commune in found[:2])
        if first < LIKELIER * second or not first:
            return None, others[:OTHERS]
    return others[0], others[1 : OTHERS + 1]


def _without_cut_up_cities(communes: Iterable[Commune]) -> list[Commune]:
    """Paris, Lyon and Marseille give way to their arrondissements where both are found."""
    found = list(communes)
    cut_up = {commune.parent_id for commune in found if commune.parent_id}
    return [commune for commune in found if commune.pk not in cut_up]


def _postcode(text: str) -> Reading | None:
    match = POSTCODE.search(text)
    if not match:
        return None
    code = match[1] + match[2]
    communes = list(_communes().filter(postcodes__code=code))
    rest = text[: match.start()] + text[match.end() :]
    if communes and (name := " ".join(rest.split())):
        named = [commune for commune in communes if _names(commune) & set(spellings(name))]
        communes = named or communes
    if communes:
        return _choose(communes, neighbours=True)
    if exact := _communes().filter(insee_code=code.upper()).first():
        return Place.of_commune(exact), []
    # An unknown postcode, such as that of a company: its first digits still name the department.
    return _department(_department_code(code))


def _department_code(postcode: str) -> str:
    if postcode.startswith(("97", "98")):
        return postcode[:3]
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    return postcode[:2]


def _names(commune: Commune) -> set[str]:
    """What one may call it beside its postcode: an arrondissement goes by the name of its city too."""
    names = {commune.search_name, without_article(commune.search_name)}
    return names | {commune.parent.search_name} if commune.parent else names


def _arrondissement(text: str) -> Reading | None:
    match = ARRONDISSEMENT.fullmatch(text) or ARRONDISSEMENT_FIRST.fullmatch(text)
    if not match:
        return None
    base, count = ARRONDISSEMENTS[match["city"]]
    number = int(match["number"])
    city = list(_communes().filter(search_name=match["city"]))
    if 1 <= number <= count:
        return _choose(_communes().filter(insee_code=str(base + number)), more=map(Place.of_commune, city))
    return _choose(city)


def _code(text: str) -> Reading | None:
    """A department by its number, a commune by its INSEE code of Corsica."""
    if re.fullmatch(r"2[ab]\d{3}", text):
        return _choose(_communes().filter(insee_code=text.upper()))
    if re.fullmatch(DEPARTMENT_CODE, text):
        return _department(text.upper().zfill(2))
    return None


def _department(code: str) -> Reading | None:
    department = Department.objects.filter(code=code).select_related("region").first()
    return (_of_department(department), []) if department else None


def _of_department(department: Department) -> Place:
    return Place(_("%(department)s, département") % {"department": department}, department=department)


def without_article(name: str) -> str:
    first, _space, rest = name.partition(" ")
    return rest if first in ARTICLES and rest else name


def spellings(name: str) -> list[str]:
    """The folded name with and without each article: ``rochelle`` is ``la rochelle``."""
    bare = without_article(name)
    return [name, bare, *(f"{article} {bare}" for article in ARTICLES)]


def _named(name: str) -> list[Commune]:
    """The communes of this name; failing that, those that took in a former commune of this name."""
    exact = list(_communes().filter(search_name=name))
    names = spellings(name)
    return (
        exact
        or list(_communes().filter(search_name__in=names))
        or list(_communes().filter(aliases__search_name__in=names).distinct())
    )


def _territories(name: str) -> list[Place]:
    """The region and the departments of this name."""
    names = spellings(name)
    regions = [region for region in Region.objects.all() if fold(region.name) in names]
    departments = [
        department for department in Department.objects.select_related("region") if fold(department.name) in names
    ]
    places = [Place(region.name, region=region) for region in regions]
    return [*places, *map(_of_department, departments)]


def _name(text: str) -> Reading | None:
    """A name alone. A commune comes before a territory of the same name if anybody would mean it."""
    if not text:
        return None
    communes, territories = _named(text), _territories(text)
    if not territories:
        return _choose(_with_longer_names(text, communes)) or _collectivity(text)
    if communes and max(commune.population or 0 for commune in communes) >= 10_000:
        return _choose(communes[:1], more=[*territories, *map(Place.of_commune, communes[1:])])
    return territories[0], [*territories[1:], *map(Place.of_commune, communes)][:OTHERS]


def _with_longer_names(text: str, communes: list[Commune]) -> list[Commune]:
    """Puts before them the far larger communes whose name goes on after these words."""
    if not communes:
        return communes
    people = max(commune.population or 0 for commune in communes)
    longer = _communes().filter(search_name__startswith=f"{text} ", population__gte=max(1, FAR_LIKELIER * people))
    return [*longer[:3], *communes]


def _collectivities() -> Iterable[str]:
    """Overseas territories that are no departments."""
    return Commune.objects.exclude(collectivity="").order_by().values_list("collectivity", flat=True).distinct()


def _collectivity(name: str) -> Reading | None:
    """An overseas collectivity: its largest commune stands for it."""
    for collectivity in _collectivities():
        if fold(collectivity) in spellings(name):
            return _choose(_communes().filter(collectivity=collectivity), neighbours=True)
    return None


def _name_and_department(text: str) -> Reading | None:
    """``grenoble 38``, ``Grenoble (38)``, ``grenoble isere``."""
    if match := NAME_THEN_CODE.fullmatch(text):
        code = match["code"].upper().zfill(2)
        found = [commune for commune in _named(match["name"]) if commune.department and commune.department.code == code]
        return _choose(found) or _choose(_named(match["name"]))
    for department in Department.objects.all():
        name = text.removesuffix(f" {fold(department.name)}")
        if name != text and (found := [c for c in _named(name) if c.department_id == department.pk]):
            return _choose(found)
    for collectivity in _collectivities():
        name = text.removesuffix(f" {fold(collectivity)}")
        if name != text and (found := [c for c in _named(name) if c.collectivity == collectivity]):
            return _choose(found)
    return None


def _part_of_a_name(text: str) -> Reading | None:
    """All the words typed, in their order, each the beginning of a word of the name: ``chalon saone``."""
    words = text.split()
    if len(text) < 3 or LITTLE_WORDS.issuperset(words):
        return None
    communes = _communes().filter(search_name__regex=r"(^| )" + r"[a-z0-9]* (.* )?".join(words))
    for word in words:  # a plain comparison, which leaves few names to the pattern
        communes = communes.filter(search_name__contains=word)
    return _choose(communes[: OTHERS + 1])


def _near_misses(text: str) -> list[Place]:
    """Communes and territories whose name is a few edits away, the nearest and largest first."""
    if len(text) < 3:
        return []
    edits = max(1, int(len(text) * MISSPELT))
    longest_article = max(map(len, ARTICLES)) + 1
    communes = Commune.objects.annotate(length=Length("search_name")).filter(
        length__gte=len(text) - edits, length__lte=len(text) + edits + longest_article
    )
    names = dict(communes.order_by("population").values_list("search_name", "pk"))
    bare = {without_article(name): key for name, key in names.items()}
    near: dict[int, int] = {}
    for choices in (bare, names):
        scores = process.extract(
            text, choices.keys(), scorer=OSA.distance, score_cutoff=edits, processor=None, limit=40
        )
        for name, distance, _index in scores:
            near[choices[name]] = min(distance, near.get(choices[name], edits))
    found = sorted(_communes().filter(pk__in=near), key=lambda commune: (near[commune.pk], -(commune.population or 0)))
    return [Place.of_commune(commune) for commune in found[:SUGGESTIONS]]


def suggest(typed: str, limit: int = 10) -> list[Commune]:
    """Communes for a reader who is still typing: those that begin so before those that contain it, by population."""
    text = fold(typed)
    communes = _communes()
    if text.isdigit():
        begins = Q(postcodes__code__startswith=text[:5]) if len(text) > 1 else Q(pk=None)
        return list(communes.filter(begins).distinct()[:limit])
    if not text:
        return []
    begins = Q()
    for spelling in spellings(text):
        begins |= Q(search_name__startswith=spelling)
    first = list(communes.filter(begins)[:limit])
    rest = communes.filter(search_name__contains=f" {text}").exclude(begins)[: limit - len(first)]
    return [*first, *(rest if len(first) < limit else ())]
