"""How far each metropolitan department reaches on the outline of France, and which part of it a map shows.

Coordinates are units of the maps (``projection.py``). ``manage.py build_map`` makes the outline and the frames
(docs/maps.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sites.maps.projection import FRANCE

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
