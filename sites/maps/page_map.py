"""What the map of a page shows: markers, each with the room it needs, a legend, what the outline does not reach.

Plain values: ``templates/sites/maps/_map.html`` only writes them down. Coordinates are units of the maps
(``outline.py``), where nothing else is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import cos, hypot, sin

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pimms_directory.base.templatetags.french import french_number
from sites.maps.outline import PICTURE_WIDTH, View, frames
from sites.models import Department, Site

# In pixels of the narrowest picture.
TARGET = 24  # a marker's width and height
ROOM = 28  # between the centres of two markers
TOWN_BESIDE, TOWN_BELOW = 16, 20  # from a marker's centre to the name of its town
LETTER, LINE = 7.4, 14  # a letter's width, a line's height

# More markers than this do not fit the picture one beside the other, and moving them takes a page too long.
MOST_MARKERS = 40
ROUNDS = 60  # of moving markers apart, at most

MOST_POINTS = 500  # of the detailed map: they travel with the page

Position = tuple[float, float]
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom
MapPoint = tuple[float | None, float | None, str, str, str]  # latitude, longitude, name, place, address of the page


@dataclass(frozen=True)
class Marker:
    """A link on the map: ``x`` and ``y`` are where it stands, ``anchor`` the very place, if it means one."""

    label: str
    url: str  # on the map of a list only what narrows the list: see ``PageMap.start``
    count: int
    kind: str  # a class of the style sheet: "site", "count", "wave-1", "other"
    x: float
    y: float
    anchor: Position | None = None
    scale: float = 1  # units of the map in a pixel: a marker is drawn in pixels
    town: str = ""  # written beside the marker where there is room
    town_side: str = ""  # ``text-anchor`` of the town: to the right (start), to the left (end) or below (middle)

    @cached_property
    def text(self) -> str:
        """The number inside; a single site has a dot instead."""
        return str(self.count) if self.count > 1 or self.kind != "site" else ""

    @cached_property
    def transform(self) -> str:
        """Puts a marker drawn in pixels on the map."""
        return f"translate({self.x:.0f} {self.y:.0f}) scale({self.scale:.3f})"

    @cached_property
    def line_to_anchor(self) -> str:
        """The path to the very place, where neighbours made the marker give way; empty where it stands there."""
        if self.anchor is None:
            return ""
        dx, dy = self.anchor[0] - self.x, self.anchor[1] - self.y
        return f"M{self.x:.0f} {self.y:.0f}l{dx:.0f} {dy:.0f}" if hypot(dx, dy) > self.scale * TARGET / 3 else ""

    @cached_property
    def anchor_transform(self) -> str:
        """Puts a dot at the end of that line."""
        return f"translate({self.anchor[0]:.0f} {self.anchor[1]:.0f}) scale({self.scale:.3f})" if self.anchor else ""

    @cached_property
    def town_x(self) -> str:
        return {"start": f"{TOWN_BESIDE}", "end": f"-{TOWN_BESIDE}"}.get(self.town_side, "0")

    @cached_property
    def town_y(self) -> str:
        return f"{TOWN_BELOW + 4}" if self.town_side == "middle" else "4"


@dataclass(frozen=True)
class LegendLine:
    """A marker of the legend, with the number in it, and what it means."""

    kind: str
    label: str
    text: str = ""


@dataclass(frozen=True)
class PageMap:
    title: str
    view: View
    markers: tuple[Marker, ...]
    legend: tuple[LegendLine, ...] = ()
    shaded: tuple[str, ...] = ()  # codes of the departments that stand out
    unplaced: tuple[Site, ...] = ()  # sites without a place: buses and visiting teams
    overseas: tuple[Department, ...] = ()  # to name below the map: those with sites, or else all
    overseas_have_sites: bool = False
    points: tuple[MapPoint, ...] = ()  # of the detailed map, which ``static/map.js`` puts on a background

    @cached_property
    def view_box(self) -> str:
        """As SVG writes it: ``0 0 11600 10800``."""
        return " ".join(f"{value:.0f}" for value in self.view)


def legend_of(markers: Iterable[Marker], several: str) -> tuple[LegendLine, ...]:
    """The kinds of markers that the map has; ``several`` says what a number means on it."""
    kinds = {marker.kind for marker in markers}
    lines = (LegendLine("count", several, "3"), LegendLine("site", _("Un PIMMS")))
    return tuple(line for line in lines if line.kind in kinds)


def named_count(name: str, count: int) -> str:
    """``Isère : 3 PIMMS``."""
    text = ngettext("%(name)s : %(count)s PIMMS", "%(name)s : %(count)s PIMMS", count)
    return text % {"name": name, "count": french_number(count)}


def points_of_sites(sites: Iterable[Site]) -> tuple[MapPoint, ...]:
    """Each site that has a place; none at all if they are too many for a page."""
    points = tuple(site.map_point for site in sites if site.position)
    return points if len(points) <= MOST_POINTS else ()


def points_of_departments(counts: Mapping[Department, int]) -> tuple[MapPoint, ...]:
    """Departments in the place of their sites: ``(45.2, 5.7, "Isère", "3 PIMMS", …)``."""
    return tuple(
        (
            *frames()[department.code].degrees,
            department.name,
            ngettext("%(count)s PIMMS", "%(count)s PIMMS", count) % {"count": french_number(count)},
            department.get_absolute_url(),
        )
        for department, count in counts.items()
    )


# Room


def units_per_pixel(view: View) -> float:
    """How long a pixel of the narrowest picture is on the outline."""
    return view[2] / PICTURE_WIDTH


def moved_apart(markers: Sequence[Marker], view: View) -> tuple[Marker, ...]:
    """The same markers, moved no farther than it takes for none to cover another or leave the picture."""
    positions = [[marker.x, marker.y] for marker in markers]
    if len(positions) <= MOST_MARKERS:
        for _round in range(ROUNDS):
            moved = push_apart(positions, units_per_pixel(view))
            keep_inside(positions, view)
            if not moved:
                break
    scale = units_per_pixel(view)
    return tuple(replace(marker, x=x, y=y, scale=scale) for marker, (x, y) in zip(markers, positions, strict=True))


def push_apart(positions: list[list[float]], pixel: float) -> bool:
    """Moves both of each pair that has too little room by half of what is missing; says whether there was any."""
    room, little = pixel * ROOM, pixel / 100
    moved = False
    for index, one in enumerate(positions):
        for other in positions[index + 1 :]:
            dx, dy = other[0] - one[0], other[1] - one[1]
            distance = hypot(dx, dy)
            if distance >= room:
                continue
            if distance < little:  # the very same place: each pair parts in a direction of its own
                dx, dy, distance = cos(index * 2.4), sin(index * 2.4), 1.0
                push = room / 2 + little
            else:
                push = (room - distance) / 2 + little
            one[0], one[1] = one[0] - dx / distance * push, one[1] - dy / distance * push
            other[0], other[1] = other[0] + dx / distance * push, other[1] + dy / distance * push
            moved = True
    return moved


def keep_inside(positions: list[list[float]], view: View) -> None:
    """Moves back onto the picture what was pushed over its edge."""
    margin = units_per_pixel(view) * TARGET / 2
    for place in positions:
        place[0] = min(max(place[0], view[0] + margin), view[0] + view[2] - margin)
        place[1] = min(max(place[1], view[1] + margin), view[1] + view[3] - margin)


def with_towns(markers: Iterable[Marker], view: View) -> tuple[Marker, ...]:
    """The same markers, each with the side where its town can be written over no other marker, name or edge."""
    markers = list(markers)
    pixel, half = units_per_pixel(view), TARGET / 2
    centres = [((marker.x - view[0]) / pixel, (marker.y - view[1]) / pixel) for marker in markers]
    taken = [(x - half, y - half, x + half, y + half) for x, y in centres]
    named = []
    for marker, (x, y) in zip(markers, centres, strict=True):
        length = len(marker.town) * LETTER
        sides = {
            "start": (x + TOWN_BESIDE, y),
            "end": (x - TOWN_BESIDE - length, y),
            "middle": (x - length / 2, y + TOWN_BELOW),
        }
        for side, (left, row) in sides.items():
            town = (left, row - LINE / 2, left + length, row + LINE / 2)
            if left >= 0 and town[2] <= PICTURE_WIDTH and not any(overlap(town, other) for other in taken):
                taken.append(town)
                marker = replace(marker, town_side=side)
                break
        named.append(marker)
    return tuple(named)


def overlap(one: Rectangle, other: Rectangle) -> bool:
    """Whether two rectangles share some room."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
