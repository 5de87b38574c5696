"""Readings of numbers: postcodes, INSEE codes, departments by their code, arrondissements.

Each takes folded words and gives what it finds in them, or None. ``understanding.py`` says in which order they go.
"""

from __future__ import annotations

import re

from sites.models import Commune
from sites.search.typed_place.names import name_alone
from sites.search.typed_place.places import (
    DEPARTMENT_CODE,
    MOST_OTHERS,
    Choice,
    Found,
    Place,
    Remark,
    all_communes,
    department_of_code,
    found_communes,
    named,
    spellings,
)

POSTCODE = re.compile(r"(?<!\d)(\d{2}) ?(\d{3})(?!\d)")
CORSICAN_INSEE_CODE = re.compile(r"2[ab]\d{3}")

ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split()  # noqa: SIM905 (reads better)
NUMBER = rf"(?P<number>\d{{1,2}}|{'|'.join(ROMAN)})e?"
CITY_THEN_NUMBER = re.compile(rf"(?P<city>paris|lyon|marseille) (?:dans )?(?:le )?{NUMBER}(?: arrondissement)?")
NUMBER_THEN_CITY = re.compile(rf"{NUMBER} (?:arrondissement )?(?:de |a )?(?P<city>paris|lyon|marseille)")
# INSEE code of an arrondissement: this plus its number; and how many there are. Source: code officiel géographique.
ARRONDISSEMENTS = {"paris": (75100, 20), "lyon": (69380, 9), "marseille": (13200, 16)}


def postcode(text: str) -> Found | None:
    """``"38100"``, ``"38000 grenoble"``, ``"grenoble 38 000"`` → Grenoble."""
    match = POSTCODE.search(text)
    if not match:
        return None
    code = match[1] + match[2]
    beside = " ".join((text[: match.start()] + " " + text[match.end() :]).split())
    communes = list(all_communes().filter(postcodes__code=code))
    if not communes:
        return _unknown_postcode(code, beside)
    if not beside:
        return found_communes(communes)
    if fitting := [commune for commune in communes if _goes_by(commune, beside)]:
        return found_communes(fitting)
    elsewhere = [Place.of_commune(commune) for commune in named(beside, all_communes())[:MOST_OTHERS]]
    return found_communes(
        communes, also=elsewhere, remark=Remark.POSTCODE_OF_ANOTHER_COMMUNE, about={"code": code, "name": beside}
    )


def _goes_by(commune: Commune, words: str) -> bool:
    """Whether these words may stand beside its postcode: ``"rochelle"``, and ``"lyon"`` for Lyon 8e Arrondissement."""
    names = [commune.search_name, *([commune.parent.search_name] if commune.parent else [])]
    return any(f"{name} ".startswith(f"{spelling} ") for name in names for spelling in spellings(words))


def _unknown_postcode(code: str, beside: str) -> Found | None:
    """An INSEE code; or the postcode of a company, beside a name; or else the department of its first digits."""
    if commune := all_communes().filter(insee_code=code).first():
        return Found([Place.of_commune(commune)])
    if beside and (found := arrondissement(beside) or name_alone(beside)):
        return found
    department = department_of_code(_department_code(code))
    if department is None:
        return None
    return Found([Place.of_department(department)], remark=Remark.UNKNOWN_POSTCODE, about={"code": code})


def _department_code(postcode: str) -> str:
    """``"38100"`` → ``"38"``, ``"97400"`` → ``"974"``, ``"20100"`` → ``"2A"``."""
    if postcode.startswith(("97", "98")):
        return postcode[:3]
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    return postcode[:2]


def arrondissement(text: str) -> Found | None:
    """``"paris 18"``, ``"paris xviii"``, ``"18e arrondissement de paris"`` → that arrondissement, and Paris beside it.

    ``"paris 25"`` → Paris.
    """
    match = CITY_THEN_NUMBER.fullmatch(text) or NUMBER_THEN_CITY.fullmatch(text)
    if not match:
        return None
    base, count = ARRONDISSEMENTS[match["city"]]
    number = ROMAN.index(match["number"]) + 1 if match["number"] in ROMAN else int(match["number"])
    city = list(all_communes().filter(search_name=match["city"]))
    if 1 <= number <= count:
        return found_communes(
            all_communes().filter(insee_code=str(base + number)),
            also=map(Place.of_commune, city),
            choice=Choice.LARGEST,
        )
    return found_communes(city, choice=Choice.LARGEST)


def code_alone(text: str) -> Found | None:
    """``"38"`` → the department Isère; ``"2a004"``, which looks like no postcode, → the commune Ajaccio."""
    if CORSICAN_INSEE_CODE.fullmatch(text):
        return found_communes(all_communes().filter(insee_code=text.upper()))
    if re.fullmatch(DEPARTMENT_CODE, text) and (department := department_of_code(text)):
        return Found([Place.of_department(department)])
    return None
