"""What a reader means by the place they typed: a postcode, a commune in any spelling, a department, a region.

``understand`` (and ``suggest``, while typing) is the whole interface. It never raises for what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from pimms_directory.base.folding import LITTLE_WORDS, fold
from pimms_directory.base.memo import memo_by_revision
from sites.models import Commune, Department, Region
from sites.models.distance import Point
from sites.models.lookup_tables import lookup_tables

# A name shared by several communes means the largest if it has this many times the people of the next.
LIKELIER = 1.5
# Words typed mean the longer name that begins with them if it has this many times the people: Évry, Clermont, Aix.
FAR_LIKELIER = 10
# The first letters of a name are taken for the whole if it is that of a town of this many people.
TOWN = 10_000
ARTICLES = ("l", "la", "le", "les")
# Edits (a letter added, lost, changed or swapped with its neighbour) per letter that still count as a misspelling.
MISSPELT = 0.34
LARGEST_FIRST = (F("population").desc(nulls_last=True), "insee_code")
OTHERS = 8
SUGGESTIONS = 6
NAMES_AT_A_TIME = 2000

CEDEX = re.compile(r"\bcedex\b(?: \d{1,2}\b)?")
CITY_CEDEX = re.compile(r"\b(paris|lyon|marseille) cedex (\d{1,2})\b")
POSTCODE = re.compile(r"(?<!\d)(\d{2}) ?(\d{3})(?!\d)")
CORSICAN_CODE = re.compile(r"2[ab]\d{3}")
DEPARTMENT_CODE = re.compile(r"\d{1,2}|2[ab]|9[78]\d")
NAME_THEN_CODE = re.compile(rf"(?P<name>.*[a-z].*?) (?P<code>{DEPARTMENT_CODE.pattern})")
LETTER_THEN_DIGIT = re.compile(r"([a-z])(\d)")
LEADING_WORDS = re.compile(r"(?:(?:a|au|aux|autour|dans|de|des|du|en|je|pres|proche|suis|vers) )+")
# Between a name and the territory that tells it apart: "Saint-Denis de la Réunion", "Clermont en Auvergne".
IN_TERRITORY = r"(?: (?:a|d|dans|de|des|du|en))?(?: (?:l|la|le|les))?"

ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split()  # noqa: SIM905 (reads better)
NUMBER = rf"(?P<number>\d{{1,2}}|{'|'.join(ROMAN)})e?"
ARRONDISSEMENT = re.compile(rf"(?P<city>paris|lyon|marseille) (?:dans )?(?:le )?{NUMBER}(?: arrondissement)?")
ARRONDISSEMENT_FIRST = re.compile(rf"{NUMBER} (?:arrondissement )?(?:de |a )?(?P<city>paris|lyon|marseille)")
# INSEE code of an arrondissement: this plus its number. Source: code officiel géographique.
ARRONDISSEMENTS = {"paris": (75100, 20), "lyon": (69380, 9), "marseille": (13200, 16)}

# Names that people still use for parts of today's regions (law of 16 January 2015), and usual abbreviations.
REGION_NAMES = {
    "11": ("idf",),
    "24": ("centre",),
    "27": ("bourgogne", "franche comte"),
    "28": ("haute normandie", "basse normandie"),
    "32": ("nord pas de calais", "picardie"),
    "44": ("alsace", "champagne ardenne", "lorraine"),
    "75": ("aquitaine", "limousin", "poitou charentes"),
    "76": ("languedoc roussillon", "midi pyrenees"),
    "84": ("auvergne", "rhone alpes"),
    "93": ("paca",),
}


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
        return cls(str(commune), commune=commune, department=commune.department, point=commune.centre)

    @classmethod
    def of_department(cls, department: Department) -> Place:
        return cls(_("%(department)s, département") % {"department": department}, department=department)

    @classmethod
    def of_region(cls, region: Region) -> Place:
        return cls(region.name, region=region)

    @property
    def parameters(self) -> dict[str, str]:
        """What asks for exactly this place in an address."""
        if self.commune:
            return {"commune": self.commune.insee_code}
        if self.department:
            return {"lieu": self.department.code}
        if self.region:
            return {"lieu": self.region.name}
        return {}


@dataclass(frozen=True)
class Reading:
    """What one way of reading finds: at most one place to use at once, and the others it could be."""

    place: Place | None
    others: list[Place] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class Understanding(Reading):
    """What was understood of the words typed; near misses where nothing was. ``note`` is a sentence for the reader."""

    typed: str = ""
    suggestions: list[Place] = field(default_factory=list)

    @property
    def must_choose(self) -> bool:
        """Several places answer and none is likelier."""
        return self.place is None and bool(self.others)


@memo_by_revision(maxsize=32)
def understand(typed: str) -> Understanding:
    """The meaning of what a reader typed; an empty ``Understanding`` when nothing fits."""
    text = fold(typed)
    if not CORSICAN_CODE.fullmatch(text):
        text = LETTER_THEN_DIGIT.sub(r"\1 \2", text)
    text = CEDEX.sub(" ", CITY_CEDEX.sub(r"\1 \2", text))
    text = " ".join(text.split())
    without_little_words = LEADING_WORDS.sub("", text, count=1)
    for words in dict.fromkeys((text, text.removesuffix(" france"), without_little_words)):
        for read in READINGS:
            if found := read(words):
                return Understanding(found.place, found.others, found.note, typed)
    if found := _words_among_others(text):
        return Understanding(found.place, found.others, found.note, typed)
    return Understanding(None, typed=typed, suggestions=_suggestions(text))


def _communes() -> QuerySet[Commune]:
    return Commune.objects.select_related("department", "parent").order_by(*LARGEST_FIRST)


def _choose(
    communes: Iterable[Commune], *, more: Iterable[Place] = (), ask: bool = True, note: str = ""
) -> Reading | None:
    """The likeliest of the communes, largest first, and the others, then ``more``.

    Without ``ask`` it is the largest anyhow: they share a postcode or a department, and the answer is nearly the same.
    """
    found = _without_cut_up_cities(communes)
    others = list(dict.fromkeys([*(Place.of_commune(commune) for commune in found), *more]))
    if not found:
        return None
    if ask and len(found) > 1:
        first, second = ((commune.population or 0) for commune in found[:2])
        if first < LIKELIER * second or not first:
            return Reading(None, others[:OTHERS], note)
    return Reading(others[0], others[1 : OTHERS + 1], note)


def _without_cut_up_cities(communes: Iterable[Commune]) -> list[Commune]:
    """Paris, Lyon and Marseille give way to their arrondissements where both are found."""
    found = list(communes)
    cut_up = {commune.parent_id for commune in found if commune.parent_id}
    return [commune for commune in found if commune.pk not in cut_up]


# Spellings of names


def without_article(name: str) -> str:
    first, _space, rest = name.partition(" ")
    return rest if first in ARTICLES and rest else name


def spellings(name: str) -> list[str]:
    """The folded name with and without each article: ``rochelle`` is ``la rochelle``."""
    bare = without_article(name)
    return [name, bare, *(f"{article} {bare}" for article in ARTICLES)]


def _named(name: str, communes: QuerySet[Commune]) -> list[Commune]:
    """The communes of this name; failing that, of this name with another article or none."""
    return list(communes.filter(search_name=name)) or list(communes.filter(search_name__in=spellings(name)))


def _longer(name: str, communes: QuerySet[Commune]) -> list[Commune]:
    """The communes whose name goes on after these words: ``evry`` → Évry-Courcouronnes."""
    begins = Q()
    for spelling in spellings(name):
        begins |= Q(search_name__startswith=f"{spelling} ")
    # Said so that SQLite does not take the index of parents, where nearly all communes have none.
    return list(communes.filter(begins).exclude(parent__isnull=False)[:OTHERS])


def _formerly(name: str, communes: QuerySet[Commune]) -> list[Commune]:
    """The communes that took in a former commune of this name."""
    return list(communes.filter(aliases__search_name__in=spellings(name)).distinct()[:OTHERS])


def _beginning(text: str, communes: QuerySet[Commune]) -> list[Commune]:
    """Those whose name has all these words in order, each perhaps unfinished, from its start: ``chalon saone``."""
    words = without_article(text).split()
    if len(text) < 3 or LITTLE_WORDS.issuperset(words):
        return []
    pattern = r"^(l |la |le |les )?" + r"[a-z0-9]* (.* )?".join(words)
    return list(_with_words(words, communes).filter(search_name__regex=pattern)[: OTHERS + 1])


def _with_words(words: list[str], communes: QuerySet[Commune]) -> QuerySet[Commune]:
    for word in words:
        communes = communes.filter(search_name__contains=word)
    return communes


# Ways of reading, in the order in which they are tried


def _postcode(text: str) -> Reading | None:
    match = POSTCODE.search(text)
    if not match:
        return None
    code = match[1] + match[2]
    communes = list(_communes().filter(postcodes__code=code))
    rest = " ".join((text[: match.start()] + " " + text[match.end() :]).split())
    if not communes:
        return _unknown_postcode(code, rest)
    if not rest:
        return _choose(communes, ask=False)
    if named := [commune for commune in communes if _goes_by(commune, rest)]:
        return _choose(named, ask=False)
    elsewhere = [Place.of_commune(commune) for commune in _named(rest, _communes())[:OTHERS]]
    note = _("Le code postal %(code)s n’est pas celui de « %(name)s » : voici les communes de ce code.")
    return _choose(communes, ask=False, more=elsewhere, note=note % {"code": code, "name": rest})


def _goes_by(commune: Commune, words: str) -> bool:
    """Whether these words may stand beside its postcode: an arrondissement goes by the name of its city too."""
    names = [commune.search_name, *([commune.parent.search_name] if commune.parent else [])]
    return any(f"{name} ".startswith(f"{spelling} ") for name in names for spelling in spellings(words))


def _unknown_postcode(code: str, rest: str) -> Reading | None:
    """An INSEE code; a postcode of a company, whose name may follow; otherwise what its first digits name."""
    if commune := _communes().filter(insee_code=code).first():
        return Reading(Place.of_commune(commune))
    for read in (_arrondissement, _name):
        if rest and (found := read(rest)):
            return found
    department = _department(_department_code(code))
    if department is None:
        return None
    note = _("Aucune commune n’a le code postal %(code)s : voici le département de ses premiers chiffres.")
    return Reading(Place.of_department(department), note=note % {"code": code})


def _department(code: str) -> Department | None:
    return next((each for each in lookup_tables().departments.values() if each.code == code), None)


def _department_code(postcode: str) -> str:
    if postcode.startswith(("97", "98")):
        return postcode[:3]
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    return postcode[:2]


def _arrondissement(text: str) -> Reading | None:
    match = ARRONDISSEMENT.fullmatch(text) or ARRONDISSEMENT_FIRST.fullmatch(text)
    if not match:
        return None
    base, count = ARRONDISSEMENTS[match["city"]]
    number = ROMAN.index(match["number"]) + 1 if match["number"] in ROMAN else int(match["number"])
    city = list(_communes().filter(search_name=match["city"]))
    if 1 <= number <= count:
        return _choose(_communes().filter(insee_code=str(base + number)), more=map(Place.of_commune, city))
    return _choose(city)


def _code(text: str) -> Reading | None:
    """A department by its number, a commune by its INSEE code of Corsica."""
    if CORSICAN_CODE.fullmatch(text):
        return _choose(_communes().filter(insee_code=text.upper()))
    if DEPARTMENT_CODE.fullmatch(text):
        department = _department(text.upper().zfill(2))
        return Reading(Place.of_department(department)) if department else None
    return None


def _territories(name: str) -> list[Place]:
    """The departments and the region of this name; where both are the same land, the department alone."""
    names = spellings(name)
    tables = lookup_tables()
    departments = [each for each in tables.departments.values() if fold(each.name) in names]
    regions = [
        region
        for region in tables.regions.values()
        if fold(region.name) in names or name in REGION_NAMES.get(region.code, ())
    ]
    same_land = {department.region_id for department in departments if department.slug == department.region.slug}
    return [
        *(Place.of_region(region) for region in regions if region.pk not in same_land),
        *map(Place.of_department, departments),
    ]


def _name(text: str) -> Reading | None:
    """A name alone. A commune comes before a territory of the same name if it is a town."""
    if not text:
        return None
    communes, territories = _named(text, _communes()), _territories(text)
    longer = _longer(text, _communes())
    people = max((commune.population or 0 for commune in communes), default=0)
    if territories:
        if people < TOWN:
            return Reading(territories[0], [*territories[1:], *map(Place.of_commune, communes)][:OTHERS])
        return _choose(communes[:1], more=[*territories, *map(Place.of_commune, communes[1:])])
    if communes:
        much_larger = [commune for commune in longer if (commune.population or 0) >= FAR_LIKELIER * max(people, 1)]
        if much_larger:
            return _choose([*much_larger, *communes], more=map(Place.of_commune, longer), ask=False)
        return _choose(communes, more=map(Place.of_commune, longer))
    former = _formerly(text, _communes())
    if longer:
        return _choose(longer, more=map(Place.of_commune, former))
    if len(former) > 1:
        return Reading(None, [Place.of_commune(commune) for commune in former])
    return _choose(former) or _choose(_second_half(text)) or _collectivity(text)


def _second_half(text: str) -> list[Commune]:
    """Towns that merged under both names: ``courcouronnes`` is Évry-Courcouronnes, ``france`` is no Fort-de-France."""
    towns = _communes().filter(search_name__endswith=f" {text}", population__gte=TOWN, parent=None)
    return [town for town in towns if town.search_name.removesuffix(f" {text}").split()[-1] not in LITTLE_WORDS]


@memo_by_revision(maxsize=1)
def _collectivities() -> list[str]:
    """Overseas territories that are no departments."""
    return list(Commune.objects.exclude(collectivity="").order_by().values_list("collectivity", flat=True).distinct())


def _collectivity(name: str) -> Reading | None:
    """An overseas collectivity: its largest commune stands for it."""
    for collectivity in _collectivities():
        if fold(collectivity) in spellings(name):
            return _choose(_communes().filter(collectivity=collectivity), ask=False)
    return None


def _name_in_territory(text: str) -> Reading | None:
    """``grenoble 38``, ``Grenoble (38)``, ``grenoble isere``, ``saint denis de la reunion``, ``rennes bretagne``."""
    if match := NAME_THEN_CODE.fullmatch(text):
        department = _department(match["code"].upper().zfill(2))
        return _within(match["name"], Q(department=department), department.name) if department else None
    territories: list[tuple[str, Q]] = [
        *((each.name, Q(department=each)) for each in lookup_tables().departments.values()),
        *((region.name, Q(department__region=region)) for region in lookup_tables().regions.values()),
        *((name, Q(collectivity=name)) for name in _collectivities()),
    ]
    for name, condition in territories:
        match = re.fullmatch(rf"(?P<name>.+?){IN_TERRITORY} {re.escape(without_article(fold(name)))}", text)
        if match and (found := _within(match["name"], condition, name)):
            return found
    return None


def _within(name: str, condition: Q, territory: str) -> Reading | None:
    """A name in one territory, however incomplete; where it is not there, the places that bear it are offered."""
    communes = _communes().filter(condition)
    for read in (_named, _longer, _formerly, _beginning):
        if found := read(name, communes):
            return _choose(found, ask=False)
    elsewhere = _named(name, _communes())[:OTHERS]
    if not elsewhere:
        return None
    note = _("Aucune commune de ce nom dans ce territoire : %(territory)s.") % {"territory": territory}
    return Reading(None, [Place.of_commune(commune) for commune in elsewhere], note)


def _beginning_of_a_town(text: str) -> Reading | None:
    """The first letters or words of the name of a town; smaller places are only suggested."""
    communes = _beginning(text, _communes())
    if communes and (communes[0].population or 0) >= TOWN:
        return _choose(communes)
    return None


def _words_among_others(text: str) -> Reading | None:
    """A commune named among other words, as in an address: the longest name, the later one if two are as long."""
    words = text.split()[:20]
    runs = {
        " ".join(words[start:end]): (end - start, start)
        for start in range(len(words))
        for end in range(start + 1, min(start + 6, len(words)) + 1)
        if end - start < len(words)
    }
    runs = {run: rank for run, rank in runs.items() if len(run) > 2 and not LITTLE_WORDS.issuperset(run.split())}
    towns = _communes().filter(search_name__in=runs, population__gte=TOWN)
    found = sorted(towns, key=lambda commune: runs[commune.search_name], reverse=True)
    note = _("« %(words)s » n’est pas une commune : voici celle que ces mots nomment.") % {"words": text}
    return _choose(found, ask=False, note=note)


READINGS: tuple[Callable[[str], Reading | None], ...] = (
    _postcode,
    _arrondissement,
    _code,
    _name,
    _name_in_territory,
    _beginning_of_a_town,
)


# Where nothing was understood, and while typing


def _suggestions(text: str) -> list[Place]:
    """Communes with these words in their name, and those whose name is a few edits away."""
    if len(text) < 3:
        return []
    words = text.split()
    inside: list[Commune] = []
    if not LITTLE_WORDS.issuperset(words):
        pattern = r"(^| )" + r"[a-z0-9]* (.* )?".join(words)
        inside = list(_with_words(words, _communes()).filter(search_name__regex=pattern)[:SUGGESTIONS])
    return list(dict.fromkeys(map(Place.of_commune, [*_near_misses(text), *inside])))[:SUGGESTIONS]


def _near_misses(text: str) -> list[Commune]:
    """The communes whose name is a few edits away, the nearest and largest first."""
    from rapidfuzz import process  # 4 MB, for misspelt words alone
    from rapidfuzz.distance import OSA

    edits = max(1, int(len(text) * MISSPELT))
    longest_article = max(map(len, ARTICLES)) + 1
    communes = Commune.objects.annotate(length=Length("search_name")).filter(
        length__gte=len(text) - edits, length__lte=len(text) + edits + longest_article
    )
    rows = communes.order_by("population").values_list("search_name", "pk").iterator(NAMES_AT_A_TIME)
    near: dict[str, tuple[int, int]] = {}  # by name, how many edits away it is, and the largest commune that has it
    while names := dict(islice(rows, NAMES_AT_A_TIME)):
        for choices in ({without_article(name): name for name in names}, {name: name for name in names}):
            scores = process.extract(
                text, choices.keys(), scorer=OSA.distance, score_cutoff=edits, processor=None, limit=40
            )
            for spelling, distance, _index in scores:
                name = choices[spelling]
                near[name] = (min(distance, near.get(name, (edits, 0))[0]), names[name])
    edits_to = {key: distance for distance, key in near.values()}
    found = _communes().filter(pk__in=edits_to)
    return sorted(found, key=lambda commune: (edits_to[commune.pk], -(commune.population or 0)))[:SUGGESTIONS]


def suggest(typed: str, limit: int = 10) -> list[Commune]:
    """Communes for a reader who is still typing.

    What it would mean already comes first, then those that begin so before those that contain it, by population.
    """
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
    arrondissement = _arrondissement(text)
    meant = arrondissement.place.commune if arrondissement and arrondissement.place else None
    found = [*([meant] if meant else []), *communes.filter(begins)[:limit]]
    if len(found) < limit:
        found += communes.filter(search_name__contains=f" {text}").exclude(begins)[: limit - len(found)]
    return list(dict.fromkeys(found))[:limit]
