"""Departments, regions, overseas collectivities and intercommunal bodies, as people call them."""

from __future__ import annotations

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pimms_directory.base.folding import fold
from pimms_directory.base.memo import memo_by_revision
from sites.models import Commune, Department, IntercommunalBody, Region
from sites.models.lookup_tables import lookup_tables
from sites.search.typed_place.places import (
    Choice,
    Found,
    Place,
    Remark,
    all_communes,
    found_communes,
    spellings,
    without_article,
)

DEPARTMENT_CODE = r"\d{1,2}|2[ab]|9[78]\d"  # as a reader types it, in lower case

# By code of the region, names that people still use for its parts (law of 16 January 2015), and usual abbreviations.
OTHER_NAMES_OF_REGIONS = {
    "11": ("idf", "region parisienne", "banlieue parisienne"),
    "24": ("centre", "cvl"),
    "27": ("bourgogne", "franche comte", "bfc"),
    "28": ("haute normandie", "basse normandie"),
    "32": ("nord pas de calais", "picardie", "hdf"),
    "44": ("alsace", "champagne ardenne", "lorraine"),
    "52": ("pdl",),
    "75": ("aquitaine", "limousin", "poitou charentes", "aquitaine limousin poitou charentes"),
    "76": ("languedoc roussillon", "midi pyrenees"),
    "84": ("auvergne", "rhone alpes", "aura", "ara"),
    "93": ("paca",),
}
OTHER_NAMES_OF_DEPARTMENTS = {
    "64": ("pays basque", "bearn"),
}

DIGITS = "zero un deux trois quatre cinq six sept huit neuf".split()  # noqa: SIM905 (reads better)
# "neuf trois", and as one number "quatre vingt treize".
SPELLED = {f"{tens} {ones}": f"{DIGITS.index(tens)}{DIGITS.index(ones)}" for tens in DIGITS for ones in DIGITS}
SPELLED |= {
    f"quatre vingt {word}": str(81 + number)
    for number, word in enumerate((*DIGITS[1:], "dix", "onze", "douze", "treize", "quatorze", "quinze"))
}
SHORTEST_MISSPELT = 6  # letters
MOST_MEMBERS = 40  # communes of an intercommunal body that a page lists

LINK = r"(?:(?:d|de|des|du) )?(?:(?:l|la|le|les) )?"
LE = r"(?:l |la |le )?"
KIND_AND_NAME = re.compile(
    rf"{LE}(?P<kind>departement|region) {LINK}(?:(?:n|no|numero) )?(?P<name>.+)"
    rf"|{LE}(?P<name_before>.+) (?P<kind_after>departement|region)"
)
LE_CODE = re.compile(rf"{LE}(?P<code>{DEPARTMENT_CODE})")
CODE_BESIDE_NAME = re.compile(
    rf"{LE}(?P<code>{DEPARTMENT_CODE}) (?P<name>[a-z].+)|(?P<name_before>.*[a-z]) (?P<code_after>{DEPARTMENT_CODE})"
)


def department_of_code(code: str) -> Department | None:
    """``"1"`` and ``"01"`` → Ain, ``"2a"`` → Corse-du-Sud."""
    code = code.upper().zfill(2)
    return next((each for each in lookup_tables().departments.values() if each.code == code), None)


def territories_named(name: str) -> list[Place]:
    """The region and the departments of this name; where both are the same land, the department alone.

    ``"bretagne"`` → the region, ``"isere"`` → the department, ``"guadeloupe"`` → the department.
    """
    names, tables = spellings(name), lookup_tables()
    found = {
        region.slug: Place.of_region(region)
        for region in tables.regions.values()
        if fold(region.name) in names or name in OTHER_NAMES_OF_REGIONS.get(region.code, ())
    }
    found |= {
        department.slug: Place.of_department(department)
        for department in tables.departments.values()
        if fold(department.name) in names or name in OTHER_NAMES_OF_DEPARTMENTS.get(department.code, ())
    }
    return list(found.values())


def territory_as_said(text: str) -> Found | None:
    """``"le 93"``, ``"departement du rhone"``, ``"region auvergne"``, ``"95 val d oise"``."""
    if match := LE_CODE.fullmatch(text):
        return _department(department_of_code(match["code"]))
    if code := SPELLED.get(text.removeprefix("le ")):
        return _department(department_of_code(code))
    if match := KIND_AND_NAME.fullmatch(text):
        name, wants_region = match["name"] or match["name_before"], "region" in (match["kind"], match["kind_after"])
        places = territories_named(text) or [
            each for each in territories_named(name) if bool(each.region) == wants_region
        ]
        return Found(places) if places else territory_as_said(name)
    if match := CODE_BESIDE_NAME.fullmatch(text):
        department = department_of_code(match["code"] or match["code_after"])
        if department and fold(department.name) in spellings(match["name"] or match["name_before"]):
            return _department(department)
    return None


def misspelt_territory(text: str) -> Found | None:
    """``"bouche du rhone"``, ``"yvelynes"``: one letter is wrong."""
    if len(text) < SHORTEST_MISSPELT:
        return None
    tables = lookup_tables()
    territories: tuple[Department | Region, ...] = (*tables.departments.values(), *tables.regions.values())
    names = [without_article(fold(each.name)) for each in territories]
    names += [name for other in OTHER_NAMES_OF_REGIONS.values() for name in other if len(name) >= SHORTEST_MISSPELT]
    match = process.extractOne(without_article(text), names, scorer=OSA.distance, score_cutoff=1)
    if not match:
        return None
    places = territories_named(match[0])
    return Found(places, remark=Remark.MISSPELT, about={"words": text, "name": places[0].label})


def _department(department: Department | None) -> Found | None:
    return Found([Place.of_department(department)]) if department else None


@memo_by_revision(maxsize=1)
def collectivities() -> list[str]:
    """The overseas territories that are no departments: ``"Polynésie française"`` …"""
    return list(Commune.objects.exclude(collectivity="").order_by().values_list("collectivity", flat=True).distinct())


def collectivity(name: str) -> Found | None:
    """``"polynesie francaise"`` → its largest commune, which stands for it."""
    for each in collectivities():
        if fold(each) in spellings(name):
            return found_communes(all_communes().filter(collectivity=each))
    return None


def intercommunal_body(text: str) -> Found | None:
    """``"plaine commune"``, ``"cc du pays de bitche"`` → its largest commune, and the others to choose from.

    Where several bodies are called so, the one whose whole name this is; failing that, the reader chooses.
    """
    bodies = list(IntercommunalBody.objects.filter(search_name=IntercommunalBody.without_legal_form(text)))
    bodies = [body for body in bodies if fold(body.plain_name) == text] or bodies
    members = [list(all_communes().filter(insee_code__in=body.commune_codes.split())) for body in bodies]
    about = {"name": ", ".join(body.name for body in bodies)}
    if len(members) > 1:
        largest = [Place.of_commune(communes[0]) for communes in members if communes]
        return Found(largest, choice=Choice.ASK, remark=Remark.INTERCOMMUNAL_BODY, about=about) if largest else None
    places = [Place.of_commune(commune) for communes in members for commune in communes]
    if not places:
        return None
    return Found(places[:1], places[1:], remark=Remark.INTERCOMMUNAL_BODY, about=about, most=MOST_MEMBERS)
