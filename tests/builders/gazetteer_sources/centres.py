"""The point from which distances to a commune are measured: its town hall, wherever a source has it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from pimms_directory.base.folding import fold
from tests.builders.gazetteer_sources.contours import Contour, Position, holds, inner_point, moved_inside
from tests.builders.gazetteer_sources.packages import Atlas
from tests.builders.gazetteer_sources.places import Places, position_of

ARRONDISSEMENT = re.compile(r"(Paris|Lyon|Marseille) (\d+)er? Arrondissement\Z")

# Communes that left a larger one since the contours were drawn: its centre in the older export stands for theirs.
LARGER_COMMUNES = {
    "15031": "15141",  # Celles
    "15035": "15141",  # Chalinargues
    "15047": "15141",  # Chavagnac
    "15171": "15141",  # Sainte-Anastasie
}
# The contours are simplified: a town hall may stand a little outside.
FARTHEST_MOVE = 0.3  # kilometres


class Centre(NamedTuple):
    position: Position
    source: str = ""  # empty for the town hall as its table gives it


class CentreFinder:
    def __init__(self, atlas: Atlas, places: Places, centres: list[dict[str, Any]]) -> None:
        self.atlas = atlas
        self.places = places
        self.exported = {item["code"]: item for item in centres if "centre" in item}

    def __call__(self, commune: dict[str, Any]) -> Centre | None:
        code = commune["code"]
        if contour := self.atlas.contours.get(code):
            return (
                town_hall(self.atlas.town_halls.get(code), contour)
                or self.settlement(commune, contour)
                or Centre(inner_point(contour), "point intérieur du contour")
            )
        if larger := self.exported.get(LARGER_COMMUNES.get(code, "")):
            position = Position(*larger["centre"]["coordinates"])
            return Centre(position.rounded(), f"centre avant la séparation : {larger['nom']}")
        return None

    def settlement(self, commune: dict[str, Any], contour: Contour) -> Centre | None:
        """The place of GeoNames that has the commune's name, or an arrondissement's number, and lies in its contour."""
        if match := ARRONDISSEMENT.match(commune["nom"]):
            numbered = self.places.numbered.get((match[1], int(match[2])))
            found = [numbered] if numbered else []
        else:
            name = fold(commune["nom"])
            found = [place for place in self.places.in_commune(commune["code"]) if fold(place["name"]) == name]
        positions = [position_of(place).rounded() for place in found]
        return next((Centre(each, "GeoNames") for each in positions if holds(contour, each)), None)


def town_hall(position: Position | None, contour: Contour) -> Centre | None:
    """Where the table puts it, if the contour admits that; a lost sign and a few metres are mended."""
    if position is None:
        return None
    if holds(contour, position.rounded()):
        return Centre(position.rounded())
    mirrored = Position(-position.longitude, position.latitude).rounded()
    if holds(contour, mirrored):
        return Centre(mirrored, "mairie, signe de la longitude rétabli")
    moved = moved_inside(contour, position, FARTHEST_MOVE)
    return Centre(moved, "mairie, ramenée dans le contour") if moved else None
