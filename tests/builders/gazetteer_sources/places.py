"""The settlements of France in GeoNames, and the communes in which they lie."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from pimms_directory.base.folding import fold
from tests.builders.gazetteer_sources.contours import Contour, Map, Position

# How GeoNames calls arrondissements: "Paris 18 Buttes-Montmartre", "Lyon 03".
NUMBERED_PLACE = re.compile(r"(Paris|Lyon|Marseille) (\d\d)\b")
OVERSEAS_DEPARTMENTS = ("GP", "MQ", "GF", "RE", "YT")
# Nobody has drawn their contours: the country codes of GeoNames by the first digits of the INSEE code.
COLLECTIVITIES = {"975": "PM", "977": "BL", "978": "MF", "986": "WF", "987": "PF", "988": "NC"}
COUNTRIES = ("FR", *OVERSEAS_DEPARTMENTS, *COLLECTIVITIES.values())
CITY = 50_000  # inhabitants

Place = dict[str, Any]


def position_of(place: Place) -> Position:
    return Position(place["longitude"], place["latitude"])


class Places:
    """``populations`` are those of the communes, by INSEE code."""

    def __init__(self, records: dict[str, Place], contours: dict[str, Contour], populations: dict[str, int]) -> None:
        france = Map(contours)
        self.populations = populations
        self.all = sorted(
            (place for place in records.values() if place["countrycode"] in COUNTRIES),
            key=lambda place: place["geonameid"],
        )
        self.numbered: dict[tuple[str, int], Place] = {}
        self._in_contour: dict[str, list[Place]] = defaultdict(list)
        self._in_country: dict[str, list[Place]] = defaultdict(list)
        for place in self.all:
            if match := NUMBERED_PLACE.match(place["name"]):
                self.numbered[match[1], int(match[2])] = place
            for code in france.at(position_of(place)):
                self._in_contour[code].append(place)
            self._in_country[place["countrycode"]].append(place)
        self._abroad: dict[str, int] = {}
        for place in records.values():
            if place["countrycode"] not in COUNTRIES and place["population"] >= CITY:
                name = fold(place["name"])
                self._abroad[name] = max(place["population"], self._abroad.get(name, 0))

    def in_commune(self, code: str) -> list[Place]:
        """Those inside its contour; of a commune in a collectivity, those of the collectivity."""
        if country := COLLECTIVITIES.get(code[:3]):
            return self._in_country[country]
        return self._in_contour.get(code, [])

    def is_better_known_abroad(self, name: str, code: str) -> bool:
        """Whether a city abroad of this name is larger than the commune: ``Valencia`` is not Valence.

        A romanisation ("porto" for Bordeaux, out of Korean) is written without a capital: any city goes before it.
        """
        abroad = self._abroad.get(fold(name), 0)
        return abroad > (0 if name[:1].islower() else self.populations.get(code, 0))
