"""Names under which people know a commune, beside its own: former ones, those of GeoNames, its old codes."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from pimms_directory.base.folding import fold
from tests.builders.gazetteer_sources.places import Places

LETTERS = 4
CHARACTERS = 2
SYLLABIC_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")  # as Unicode's names of characters begin


def department_of(insee_code: str) -> str:
    return insee_code[:3] if insee_code.startswith(("97", "98")) else insee_code[:2]


def former_names_by_commune(
    current: list[dict[str, Any]], records: list[dict[str, Any]], centres: list[dict[str, Any]]
) -> dict[str, tuple[str, ...]]:
    """Names of the communes that became part of another, and names that a commune had in the older export.

    A name that is spelt like the commune's own is left out, and one that another commune of the department
    bears today: it would lead astray.
    """
    names = {item["code"]: item["nom"] for item in current}
    in_use = {(department_of(code), fold(name)) for code, name in names.items()}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for item in records:
        if "chefLieu" in item and item["chefLieu"] in names:
            found[item["chefLieu"]].setdefault(fold(item["nom"]), item["nom"])
    for item in centres:
        folded = fold(item["nom"])
        if item["code"] in names and (department_of(item["code"]), folded) not in in_use:
            found[item["code"]].setdefault(folded, item["nom"])
    return {
        code: tuple(sorted(name for folded, name in former.items() if folded != fold(names[code])))
        for code, former in found.items()
    }


def former_codes_by_commune(current: list[dict[str, Any]], records: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    """INSEE codes of the communes that became part of another; a code that a commune bears today is that commune's."""
    in_use = {item["code"] for item in current}
    found: dict[str, set[str]] = defaultdict(set)
    for item in records:
        if item.get("chefLieu") in in_use and item["code"] not in in_use:
            found[item["chefLieu"]].add(item["code"])
    return {code: tuple(sorted(codes)) for code, codes in found.items()}


class AlternateNames:
    """The alternate names of GeoNames that mean one commune.

    ``names`` are those that each commune has already, its own first. A place of GeoNames is a commune's when it lies
    in its contour (in its collectivity, where there are no contours) and bears one of them. What another place,
    commune or territory of France is called as well is left out, what a larger city abroad is called, what is too
    short or has a digit.
    """

    def __init__(self, names: dict[str, tuple[str, ...]], territories: Iterable[str], places: Places) -> None:
        self.names = names
        self.places = places
        self.taken = {fold(name) for name in (*territories, *(name for own in names.values() for name in own))}

    def by_commune(self) -> dict[str, tuple[str, ...]]:
        homes = dict(self.communes_of_places())
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for place in self.places.all:
            code = homes.get(place["geonameid"], "")
            for name in {place["name"], *place["alternatenames"]}:
                found[fold(name)][code].append(name)
        kept: dict[str, list[str]] = defaultdict(list)
        for folded, by_commune in found.items():
            if len(by_commune) > 1 or folded in self.taken:
                continue
            [(code, spellings)] = by_commune.items()
            name = best_spelling(spellings)
            if code and is_long_enough(name, folded) and not self.places.is_better_known_abroad(name, code):
                kept[code].append(name)
        return {code: tuple(sorted(kept[code])) for code in sorted(kept)}

    def communes_of_places(self) -> Iterator[tuple[int, str]]:
        """Pairs of GeoNames' identifier and INSEE code."""
        for code, own in self.names.items():
            folded = {fold(name) for name in own}
            for place in self.places.in_commune(code):
                if not folded.isdisjoint(map(fold, (place["name"], *place["alternatenames"]))):
                    yield place["geonameid"], code


def is_long_enough(name: str, folded: str) -> bool:
    """Four letters as written and as folded ("St" is folded to "saint"), two of a script of syllables; no digit."""
    if re.search(r"\d", folded) or not folded:
        return False
    script = unicodedata.name(folded[0], "").partition(" ")[0]
    letters = min(sum(map(str.isalpha, name)), sum(map(str.isalpha, folded)))
    return letters >= (CHARACTERS if script in SYLLABIC_SCRIPTS else LETTERS)


def best_spelling(spellings: list[str]) -> str:
    """The one with accents and a capital, of those that differ by nothing else."""
    return max(
        spellings, key=lambda name: (sum(not character.isascii() for character in name), name[:1].isupper(), name)
    )
