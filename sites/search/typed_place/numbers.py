"""Readings of numbers: postcodes, INSEE codes, arrondissements.

Each takes folded words and gives what it finds in them, or None. ``understanding.py`` says in which order they go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db.models import Q, prefetch_related_objects
from rapidfuzz import process
from rapidfuzz.distance import OSA

from sites.models import Commune, CommuneAlias
from sites.search.typed_place.addresses import is_street, named_in, names_of, whose_names_stand_in
from sites.search.typed_place.names import name_alone
from sites.search.typed_place.places import (
    Choice,
    Found,
    Place,
    Remark,
    all_communes,
    formerly_named,
    found_communes,
    named,
    places_named,
    spellings,
    with_longer_name,
)
from sites.search.typed_place.territories import DIGITS, department_of_code, intercommunal_body
from sites.search.typed_place.words import CEDEX, CORSICAN_INSEE_CODE, without_cedex

POSTCODE = re.compile(r"(?<!\d)(\d{2}) ?(\d{3})(?!\d)")
ONE_DIGIT_TOO_MANY = re.compile(r"\d{6}")
ALIKE = 0.7  # share of the letters that two spellings of a name must have in common, among the few of a postcode

ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split()  # noqa: SIM905 (reads better)
TEENS = "onze douze treize quatorze quinze seize".split()  # noqa: SIM905 (reads better)
WRITTEN = [*DIGITS[1:], "dix", *TEENS, "dix sept", "dix huit", "dix neuf", "vingt"]
NUMBER = rf"(?P<number>\d{{1,2}}|{'|'.join(ROMAN)}|{'|'.join(reversed(WRITTEN))})"
CITY = r"(?P<city>paris|lyon|marseille)"
CITY_THEN_NUMBER = re.compile(rf"{CITY} (?:dans )?(?:le )?{NUMBER}e?(?: arrondissement)?")
NUMBER_THEN_CITY = re.compile(rf"(?:le )?{NUMBER}e? (?:arrondissement )?(?:de |a )?{CITY}")
NUMBER_ALONE = re.compile(r"(?:le )?(?P<number>\d{1,2})e(?: arrondissement)?")
# Not the department in "Sainte-Foy-lès-Lyon (69)".
CITY_AND_NUMBER_AT_THE_END = re.compile(rf".* {CITY} (?P<number>1?\d|20)e?(?: arrondissement)?")
NUMBER_AND_CITY_AT_THE_END = re.compile(rf".* {NUMBER}e arrondissement (?:de )?{CITY}")
# INSEE code of an arrondissement: this plus its number; and how many there are. Source: code officiel géographique.
ARRONDISSEMENTS = {"paris": (75100, 20), "lyon": (69380, 9), "marseille": (13200, 16)}


def postcode(text: str) -> Found | None:
    """``"38100"``, ``"12 rue du moulin 44260 bouee"``, ``"33077 bordeaux cedex"``: the last number that can be one."""
    match = None
    for match in POSTCODE.finditer(text):  # noqa: B007 (the last one counts)
        pass
    if not match:
        return _one_digit_too_many(text)
    code = match[1] + match[2]
    before, after = (without_cedex(words) for words in (text[: match.start()], text[match.end() :]))
    communes = list(all_communes().filter(postcodes__code=code))
    if not before and not after:
        return found_communes(communes) or insee_code(code) or _its_department(code)
    prefetch_related_objects(communes, "aliases")
    beside = after or before
    if not communes or CEDEX.search(text):
        by_name = _code_of_a_company(beside, code)
        return by_name or found_communes(communes) or _its_department(code, also=places_named(beside))
    here = named_in(after, communes) or named_in(before, communes)
    if not here or (beside not in {commune.search_name for commune in here} and _is_named_nearby(beside, communes)):
        return _code_of_another_commune(code, beside, communes, is_address=bool(before and after))
    wanted = {commune.pk for commune in here}
    return found_communes([each for each in communes if each.pk in wanted or each.parent_id in wanted])


def _is_named_nearby(name: str, communes: list[Commune]) -> bool:
    return all_communes().filter(department=communes[0].department, search_name=name).exists()


def _one_digit_too_many(text: str) -> Found | None:
    """``"380000"`` → Grenoble: one of the last digits stands twice or should not be there."""
    if not (match := ONE_DIGIT_TOO_MANY.search(text)):
        return None
    digits = match[0]
    codes = {digits[:lost] + digits[lost + 1 :] for lost in range(2, len(digits))}
    communes = all_communes().filter(postcodes__code__in=codes).distinct()
    return found_communes(communes, choice=Choice.LARGEST, remark=Remark.TOO_MANY_DIGITS, about={"code": digits})


def _code_of_a_company(beside: str, code: str) -> Found | None:
    """``"33077"`` beside ``"bordeaux"``: the name decides, within the department of the first digits."""
    if found := arrondissement(beside):
        return found
    inside = all_communes().filter(_in_a_department_of(code))
    if here := named(beside, inside):
        return found_communes(here)
    if found := intercommunal_body(beside):
        return found
    if here := named_in(beside, whose_names_stand_in(beside, inside)) or with_longer_name(beside, inside):
        return found_communes(here)
    return None if _its_department(code) else name_alone(beside)


def _code_of_another_commune(code: str, beside: str, communes: list[Commune], *, is_address: bool) -> Found | None:
    """The name that touches the code wins if it is one of the same department; otherwise the code."""
    about = {"code": code, "name": beside}
    inside = all_communes().filter(department=communes[0].department)
    if nearby := named(beside, inside) or formerly_named(beside, inside):
        remark = None if is_address else Remark.POSTCODE_OF_ANOTHER_COMMUNE
        return found_communes(nearby, also=map(Place.of_commune, communes), remark=remark, about=about)
    if alike := [each for each in communes if _begins_so(each, beside)] or _spelt_alike(beside, communes):
        return found_communes(alike)
    elsewhere = places_named(beside)
    return found_communes(
        communes, also=elsewhere, remark=Remark.POSTCODE_ELSEWHERE if elsewhere else None, about=about
    )


def _begins_so(commune: Commune, words: str) -> bool:
    """``"rochelle"`` for La Rochelle, ``"vaux"`` for Vaux-le-Pénil."""
    return any(f"{commune.search_name} ".startswith(f"{spelling} ") for spelling in spellings(words))


def _spelt_alike(name: str, communes: list[Commune]) -> list[Commune]:
    """The one whose name is most like this, among the few of a postcode."""
    owners = {spelling: commune for commune in communes for spelling in names_of(commune)}
    best = process.extractOne(name, list(owners), scorer=OSA.normalized_similarity, score_cutoff=ALIKE)
    return [owners[best[0]]] if best else []


def _its_department(code: str, also: Sequence[Place] = ()) -> Found | None:
    department = department_of_code(_department_code(code))
    if department is None:
        return None
    return Found([Place.of_department(department)], also, remark=Remark.UNKNOWN_POSTCODE, about={"code": code})


def _department_code(postcode: str) -> str:
    """``"38100"`` → ``"38"``, ``"97400"`` → ``"974"``, ``"20100"`` → ``"2A"``."""
    if postcode.startswith(("97", "98")):
        return postcode[:3]
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    return postcode[:2]


def _in_a_department_of(postcode: str) -> Q:
    """Of two digits: Corsica and the departments overseas have the next one too, which people get wrong."""
    digits = postcode[:2]
    return Q(department__code__in=["2A", "2B"]) if digits == "20" else Q(department__code__startswith=digits)


def insee_code(text: str) -> Found | None:
    """``"38185"`` → Grenoble, ``"59298"`` (of a former commune) → Lille; only where it stands alone."""
    if not CORSICAN_INSEE_CODE.fullmatch(text) and not re.fullmatch(r"\d{5}", text):
        return None
    if commune := all_communes().filter(insee_code=text.upper()).first():
        return found_communes([commune], remark=Remark.INSEE_CODE, about={"code": text.upper(), "name": str(commune)})
    former = all_communes().filter(aliases__kind=CommuneAlias.Kind.FORMER_CODE, aliases__name=text.upper())
    about = {"code": text.upper(), "name": ", ".join(map(str, former))}
    return found_communes(former, remark=Remark.FORMER_INSEE_CODE, about=about)


def arrondissement(text: str) -> Found | None:
    """``"paris 18"``, ``"paris xviii"``, ``"18e arrondissement de paris"`` → that arrondissement, and Paris beside it.

    ``"12 rue de rennes paris 6e"`` as well; ``"paris 25"`` → Paris; ``"le 8e"``: of which city?
    """
    if match := CITY_THEN_NUMBER.fullmatch(text) or NUMBER_THEN_CITY.fullmatch(text):
        return _arrondissement_of(match["city"], match["number"])
    if match := NUMBER_AND_CITY_AT_THE_END.fullmatch(text):
        return _arrondissement_of(match["city"], match["number"])
    if match := CITY_AND_NUMBER_AT_THE_END.fullmatch(text):
        before = text[: match.start("city")].split()
        if not is_street(before) and before[-1] not in ("les", "sur"):  # Chazelles-sur-Lyon
            return _arrondissement_of(match["city"], match["number"])
    if match := NUMBER_ALONE.fullmatch(text):
        codes = [str(base + int(match["number"])) for base, _count in ARRONDISSEMENTS.values()]
        return found_communes(all_communes().filter(insee_code__in=codes, parent__isnull=False), choice=Choice.LARGEST)
    return None


def _arrondissement_of(city_name: str, written: str) -> Found | None:
    base, count = ARRONDISSEMENTS[city_name]
    number = int(written) if written.isdigit() else (ROMAN if written in ROMAN else WRITTEN).index(written) + 1
    city = list(all_communes().filter(search_name=city_name))
    if not 1 <= number <= count:
        return found_communes(city, choice=Choice.LARGEST)
    found = all_communes().filter(insee_code=str(base + number))
    return found_communes(found, also=map(Place.of_commune, city), choice=Choice.LARGEST)
