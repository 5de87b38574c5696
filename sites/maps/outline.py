"""The outline of France: its projection, how far each department reaches on it, and which part of it a map shows.

From degrees to the units of the maps: Lambert-93 (EPSG:2154), the State's projection for metropolitan France.
A map's unit is 100 metres, x to the east and y down, from ``ORIGIN``, the north-west corner of the outline.
``tests/builders/outline.py`` makes the outline and the frames (docs/maps.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import asin, atan2, atanh, cos, exp, hypot, log, radians, sin, tanh
from pathlib import Path

from django.conf import settings

# As the IGN publishes it, on the ellipsoid GRS 80: the exponent and the constant of the projection, its pole in
# metres, the central meridian, the first eccentricity of the ellipsoid.
EXPONENT = 0.7256077650
CONSTANT = 11_754_255.426
POLE = (700_000.0, 12_655_612.050)
MERIDIAN = radians(3)
ECCENTRICITY = 0.0818191910428158

UNIT = 100  # metres
ORIGIN = (90_000, 7_120_000)  # metres east and north
FRANCE = (0, 0, 11_600, 10_800)  # left, top, width and height of the whole outline

FRAMES_FILE = Path(__file__).with_name("map_frames.json")

# The narrowest picture on a page is 288 pixels wide, on a phone of 320; one less for what rounding takes. Markers
# are made for it, where each is a target of 24 pixels; on wider ones the style sheet draws them smaller against
# the map, never below that.
PICTURE_WIDTH = 287
MARGIN = 20  # pixels between a marker's centre and the edge
OVERSEAS = "97"  # how the codes of the departments begin that the outline does not reach

View = tuple[float, float, float, float]  # left, top, width and height: the viewBox of an SVG


@dataclass(frozen=True)
class Frame:
    """The extent of a department in map units, its centre there and in degrees."""

    box: tuple[int, int, int, int]  # left, top, right, bottom
    centre: tuple[int, int]
    degrees: tuple[float, float]


@cache
def frames() -> dict[str, Frame]:
    """By code, the metropolitan departments."""
    by_code = json.loads(FRAMES_FILE.read_text(encoding="utf-8"))
    return {code: Frame(**{name: tuple(values) for name, values in frame.items()}) for code, frame in by_code.items()}


@cache
def borders() -> dict[str, str]:
    """Those of each metropolitan department, by its code, as a path. Their points would take 5 MB."""
    text = (settings.BASE_DIR / "static" / "france.svg").read_text(encoding="utf-8")
    return dict(re.findall(r'<path id="d(\w+)"[^>]* d="([^"]+)"', text))


def view_of(codes: Iterable[str]) -> View | None:
    """The part of the outline that holds these departments; None where it reaches none of them.

    With a margin, and in the proportions of France: every map takes the same room on a page.
    """
    boxes = [frames()[code].box for code in codes if code in frames()]
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    ratio = FRANCE[3] / FRANCE[2]
    width = max(
        (right - left) / (1 - 2 * MARGIN / PICTURE_WIDTH), (bottom - top) / (ratio - 2 * MARGIN / PICTURE_WIDTH)
    )
    height = width * ratio
    return ((left + right - width) / 2, (top + bottom - height) / 2, width, height)


# The projection


def lambert93(latitude: float, longitude: float) -> tuple[float, float]:
    """Metres east and north of a WGS 84 point."""
    sine = sin(radians(latitude))
    isometric = atanh(sine) - ECCENTRICITY * atanh(ECCENTRICITY * sine)
    radius, angle = CONSTANT * exp(-EXPONENT * isometric), EXPONENT * (radians(longitude) - MERIDIAN)
    return POLE[0] + radius * sin(angle), POLE[1] - radius * cos(angle)


def wgs84(east: float, north: float) -> tuple[float, float]:
    """Latitude and longitude of a Lambert-93 point, in degrees."""
    dx, dy = east - POLE[0], POLE[1] - north
    isometric = -log(hypot(dx, dy) / CONSTANT) / EXPONENT
    sine = tanh(isometric)
    for _round in range(10):  # each one gains two digits
        sine = tanh(isometric + ECCENTRICITY * atanh(ECCENTRICITY * sine))
    degree = radians(1)
    return asin(sine) / degree, (atan2(dx, dy) / EXPONENT + MERIDIAN) / degree


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a WGS 84 point falls on the maps, in their units."""
    east, north = lambert93(latitude, longitude)
    return (east - ORIGIN[0]) / UNIT, (ORIGIN[1] - north) / UNIT


def unproject(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude of a point of the maps."""
    return wgs84(ORIGIN[0] + x * UNIT, ORIGIN[1] - y * UNIT)
