"""Departments, regions, overseas collectivities and intercommunal bodies, as people call them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pimms_directory.base.folding import fold
from pimms_directory.base.memo import memo_by_revision
from sites.models import Commune, Department, IntercommunalBody
from sites.models.lookup_tables import lookup_tables
from sites.search.typed_place.places import (
    Found,
    Place,
    Remark,
    all_communes,
    found_communes,
    name_begins,
    spellings,
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
    "75": ("aquitaine", "limousin", "poitou charentes"),
    "76": ("languedoc roussillon", "midi pyrenees"),
    "84": ("auvergne", "rhone alpes", "aura"),
    "93": ("paca",),
}
OTHER_NAMES_OF_DEPARTMENTS = {
    "64": ("pays basque", "bearn"),
    "93": ("neuf trois", "neuf 3", "9 3"),
}

MOST_MEMBERS = 40  # communes of an intercommunal body that a page lists

LINK = r"(?:(?:d|de|des|du) )?(?:(?:l|la|le|les) )?"
KIND_THEN_NAME = re.compile(rf"(?:l |la |le )?(?P<kind>departement|region) {LINK}(?P<name>.+)")
LE_CODE = re.compile(rf"(?:dans )?(?:le )?(?P<code>{DEPARTMENT_CODE})")
CODE_BESIDE_NAME = re.compile(
    rf"(?P<code>{DEPARTMENT_CODE}) (?P<name>[a-z].+)|(?P<name_before>.*[a-z]) (?P<code_after>{DEPARTMENT_CODE})"
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
    if match := KIND_THEN_NAME.fullmatch(text):
        if re.fullmatch(DEPARTMENT_CODE, match["name"]):
            return _department(department_of_code(match["name"]))
        wants_region = match["kind"] == "region"
        places = [place for place in territories_named(match["name"]) if bool(place.region) == wants_region]
        return Found(places or territories_named(text)) if places or territories_named(text) else None
    if match := CODE_BESIDE_NAME.fullmatch(text):
        department = department_of_code(match["code"] or match["code_after"])
        if department and fold(department.name) in spellings(match["name"] or match["name_before"]):
            return _department(department)
    return None


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


def intercommunal_body_in_full(text: str) -> Found | None:
    """``"cc de la foret"``, as suggestions name it: with its legal form it is no commune of that name."""
    words = text.split()
    ends = [" ".join(words[start:]) for start in range(len(words))]
    return _bodies([body for body in IntercommunalBody.objects.filter(search_name__in=ends) if fold(body.name) == text])


def intercommunal_body(text: str) -> Found | None:
    """``"plaine commune"``, ``"grand longwy"`` → its largest commune, and the others to choose from."""
    bodies = IntercommunalBody.objects.filter(search_name=text)
    bodies = bodies or IntercommunalBody.objects.filter(name_begins(f"{text} "))
    return _bodies(list(bodies)) if len(bodies) == 1 else None


def _bodies(bodies: Sequence[IntercommunalBody]) -> Found | None:
    codes = [code for body in bodies for code in body.commune_codes.split()]
    places = list(map(Place.of_commune, all_communes().filter(insee_code__in=codes)))
    if not places:
        return None
    about = {"name": bodies[0].name}
    return Found(places[:1], places[1:], remark=Remark.INTERCOMMUNAL_BODY, about=about, most=MOST_MEMBERS)
