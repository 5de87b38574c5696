"""The maps of the pages: what each one shows, where on the outline of ``static/france.svg``, under what name.

Plain values throughout: the template ``sites/maps/_map.html`` only writes them down. Coordinates are those of
``sites/maps/projection.py``; ``manage.py build_map`` makes the outline and the frames (docs/maps.md).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import cos, hypot, sin
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import Wave
from pimms_directory.base.templatetags.french import french_number
from sites.maps.projection import FRANCE, UNIT, project
from sites.models import Department, Site
from sites.models.distance import Point, distance_km
from sites.models.lookup_tables import LookupTables

FRAMES = Path(__file__).with_name("map_frames.json")

# The narrowest picture on a page is 288 pixels wide, on a phone of 320; one less for what rounding takes. Markers
# are made for it, where each is a target of 24 pixels; on wider ones the style sheet draws them smaller against
# the map, never below that.
PICTURE = 287
TARGET = 24
ROOM = 28  # pixels between the centres of two markers
LABEL_GAP, LABEL_DROP = 16, 20  # pixels from a marker's centre to its label, beside or below it
LETTER, LINE = 7.4, 14  # pixels: a letter's width, a line's height
MARGIN = 20  # pixels between a marker's centre and the edge
# More markers than this do not fit the picture one beside the other, and moving them takes a page too long.
MOST_MARKERS = 40
MOST_POINTS = 500  # of the detailed map: they travel with the page
ILE_DE_FRANCE = "11"  # eight departments where two markers have room
OVERSEAS = "97"  # how the codes of those departments begin

MapPoint = tuple[float, float, str, str, str]  # latitude, longitude, name, place, address

Box = tuple[float, float, float, float]  # left, top, and width and height unless said otherwise


@dataclass(frozen=True)
class Frame:
    """The extent of a department in map units, its centre there and in degrees."""

    box: tuple[int, int, int, int]  # left, top, right, bottom
    centre: tuple[int, int]
    degrees: tuple[float, float]


@dataclass(frozen=True)
class Marker:
    """A link on the map: ``x`` and ``y`` are where it stands, ``anchor`` the very place, if it means one."""

    label: str
    url: str
    count: int
    kind: str
    x: float
    y: float
    anchor: tuple[float, float] | None = None
    scale: float = 1
    town: str = ""  # written beside the marker where there is room
    side: str = ""  # ``text-anchor`` of the town: to the right (start), to the left (end) or below (middle)

    @property
    def text(self) -> str:
        return str(self.count) if self.count > 1 or self.kind != "site" else ""

    @property
    def place(self) -> str:
        """The ``transform`` that puts a marker drawn in pixels on the map."""
        return f"translate({self.x:.0f} {self.y:.0f}) scale({self.scale:.3f})"

    @property
    def tie(self) -> str:
        """A line to the very place, where neighbours made the marker give way."""
        if self.anchor is None:
            return ""
        dx, dy = self.anchor[0] - self.x, self.anchor[1] - self.y
        return f"M{self.x:.0f} {self.y:.0f}l{dx:.0f} {dy:.0f}" if hypot(dx, dy) > self.scale * TARGET / 3 else ""

    @property
    def spot(self) -> str:
        """The ``transform`` of a dot at the end of that line."""
        return f"translate({self.anchor[0]:.0f} {self.anchor[1]:.0f}) scale({self.scale:.3f})" if self.anchor else ""

    @property
    def town_x(self) -> str:
        return {"start": f"{LABEL_GAP}", "end": f"-{LABEL_GAP}"}.get(self.side, "0")

    @property
    def town_y(self) -> str:
        return f"{LABEL_DROP + 4}" if self.side == "middle" else "4"


@dataclass(frozen=True)
class Key:
    """A line of the legend."""

    kind: str
    label: str
    text: str = ""


@dataclass(frozen=True)
class Map:
    """One map of a page."""

    title: str
    view: Box
    markers: tuple[Marker, ...]
    legend: tuple[Key, ...] = ()
    shaded: tuple[str, ...] = ()  # codes of the departments that stand out
    unplaced: tuple[Site, ...] = ()  # sites without a point: buses and visiting teams
    beyond: tuple[Department, ...] = ()  # overseas departments to name: those with sites, or else all
    beyond_count: int = 0  # how many of them have sites
    points: tuple[MapPoint, ...] = ()

    @property
    def view_box(self) -> str:
        return " ".join(f"{value:.0f}" for value in self.view)


@cache
def frames() -> dict[str, Frame]:
    """By code, the metropolitan departments."""
    read = json.loads(FRAMES.read_text(encoding="utf-8"))
    return {code: Frame(**{name: tuple(values) for name, values in frame.items()}) for code, frame in read.items()}


def tile_source() -> str:
    """What the Content-Security-Policy must admit for the background; empty without one."""
    if not settings.MAP_TILES:
        return ""
    address = urlsplit(settings.MAP_TILES["url"])
    return f"{address.scheme}://{address.netloc.replace('{s}', '*')}"


# The kinds of maps


def department_map(
    tables: LookupTables,
    counts: Mapping[str, int] | None = None,
    query: QueryDict | None = None,
    points: Iterable[MapPoint] | None = None,
) -> Map:
    """France with the number of sites of each department.

    ``counts`` are by department code, those of all labelled sites if None. With a ``query``, that of a filtered list,
    markers lead to the same list in their department; without, to the department's page. ``points`` are those of
    the detailed map, all labelled sites if None.
    """
    departments = tables.by_parameter["departement"]
    if counts is None:
        counts = {code: each.site_count for code, each in departments.items()}
    if points is None:
        points = points_of(Site.objects.labelled().placed().select_related("commune", "department")[: MOST_POINTS + 1])
    shown = {code: count for code, count in counts.items() if count and code in frames() and code in departments}
    markers = _grouped([departments[code] for code in shown], shown, query)
    overseas = tuple(each for code, each in departments.items() if code.startswith(OVERSEAS))
    beyond = tuple(each for each in overseas if counts.get(each.code))
    return Map(
        title=_("Carte de France : nombre de PIMMS labellisés par département"),
        view=FRANCE,
        markers=_spread(markers, FRANCE),
        legend=_legend(markers, _("Nombre de PIMMS, bus compris ; chaque numéro est un lien")),
        shaded=tuple(shown),
        beyond=beyond or (() if query else overseas),
        beyond_count=len(beyond),
        points=tuple(points) or _centres(shown, departments),
    )


def wave_map(
    wave: Wave,
    ours: Mapping[Department, int],
    tables: LookupTables,
    waves: Iterable[Wave],
    points: Iterable[MapPoint] | None = None,
) -> Map:
    """France with the sites of one wave in its colour, and the departments that only other waves reached.

    ``ours`` are the numbers of its sites; ``points`` those of the detailed map, departments if None.
    """
    departments = {each.code: each for each in tables.departments.values() if each.site_count}
    departments |= {each.code: each for each in ours}
    counts = {each.code: count for each, count in ours.items()}
    colour = f"wave-{[each.pk for each in waves].index(wave.pk) % 3 + 1}"
    query = QueryDict(mutable=True)
    query["vague"] = wave.code
    shown = {code: count for code, count in counts.items() if code in frames()}
    here = [departments[code] for code in shown]
    there = [each for code, each in departments.items() if code in frames() and code not in counts]
    markers = _grouped(here, counts, query, colour)
    others = _grouped(there, {each.code: each.site_count for each in there}, None, "other")
    return Map(
        title=_("Carte de France : %(wave)s, nombre de PIMMS par département") % {"wave": wave.name},
        view=FRANCE,
        markers=_spread([*markers, *others], FRANCE),
        legend=(
            Key(colour, wave.name, str(sum(counts.values()))),
            *([Key("other", _("Départements où le label est venu par d’autres vagues"), "2")] if others else []),
        ),
        shaded=tuple(shown),
        points=_centres(shown, departments) if points is None else tuple(points),
    )


def site_map(sites: Sequence[Site], departments: Sequence[Department]) -> Map | None:
    """The departments of a region, or a single one, with each site; None where the outline does not reach."""
    view = _view_of(departments)
    if view is None:
        return None
    whole_region = len(departments) > 1
    clusters = _clusters(sites, view, whole_region)
    markers = [_site_marker(cluster, whole_region) for cluster in clusters]
    placed = {site.pk for cluster in clusters for site in cluster}
    return Map(
        title=_("Carte : emplacement des PIMMS"),
        view=view,
        markers=_named(_spread(markers, view), view),
        legend=_legend(markers, _("Plusieurs PIMMS proches")),
        shaded=tuple(each.code for each in departments if each.code in frames()),
        unplaced=tuple(site for site in sites if site.pk not in placed),
        points=points_of(sites),
    )


def counted_map(counts: Mapping[Department, int]) -> Map | None:
    """Some departments with the number of sites of each: instead of ``site_map``, where they are too many.

    The marker of a single one leads to the list: its page shows no more of them.
    """
    view = _view_of(counts)
    if view is None:
        return None
    shown = {each.code: count for each, count in counts.items() if each.code in frames()}
    departments = {each.code: each for each in counts}
    query = QueryDict() if len(counts) == 1 else None
    markers = _grouped([departments[code] for code in shown], shown, query)
    return Map(
        title=_("Carte : nombre de PIMMS par département"),
        view=view,
        markers=_spread(markers, view),
        legend=_legend(markers, _("Nombre de PIMMS, bus compris ; chaque numéro est un lien")),
        shaded=tuple(shown),
        points=_centres(shown, departments),
    )


def _view_of(departments: Iterable[Department]) -> Box | None:
    boxes = [frames()[each.code].box for each in departments if each.code in frames()]
    return _view(boxes) if boxes else None


# The map of one record, for who checks its position

AROUND_KM = 10  # what the map of the surroundings shows at least, to each side of the commune's centre


@dataclass(frozen=True)
class Picture:
    """An extract of the outline, and the length of a screen pixel on it where it is drawn 256 wide."""

    title: str
    view: Box
    pixel: float

    @property
    def view_box(self) -> str:
        return " ".join(f"{value:.0f}" for value in self.view)

    @property
    def scale(self) -> str:
        return f"{self.pixel:.3f}"


@dataclass(frozen=True)
class Spot:
    """The point of a site and the centre of its commune, in words and on the outline where it reaches."""

    kilometres: float | None
    point: tuple[float, float] | None = None
    centre: tuple[float, float] | None = None
    department: str = ""
    pictures: tuple[Picture, ...] = ()


def spot(site: Site) -> Spot | None:
    """None for what has no place: a bus, or a desk without commune and point."""
    centre = site.commune.centre if site.commune else None
    if not site.is_fixed or not (site.point or centre):
        return None
    kilometres = distance_km(site.point, centre) if site.point and centre else None
    code = site.department.code if site.department_id else ""
    if code not in frames():
        return Spot(kilometres)
    at = [project(each.latitude, each.longitude) if each else None for each in (site.point, centre)]
    x, y = cast(tuple[float, float], at[1] or at[0])
    reach = max(AROUND_KM, 1.2 * (kilometres or 0)) * 1000 / UNIT
    views = {
        _("dans le département"): _view([frames()[code].box]),
        _("autour du centre de la commune"): (x - reach, y - reach, 2 * reach, 2 * reach),
    }
    pictures = tuple(Picture(title, view, view[2] / 256) for title, view in views.items())
    return Spot(kilometres, at[0], at[1], code, pictures)


# Markers


def _department_marker(department: Department, count: int, query: QueryDict | None, kind: str = "count") -> Marker:
    x, y = frames()[department.code].centre
    page = department.get_absolute_url()
    url = page if query is None else _list_address(query, "departement", department.code)
    return Marker(_labelled(department.name, count), url, count, kind, x, y)


def _grouped(
    departments: Sequence[Department], counts: Mapping[str, int], query: QueryDict | None, kind: str = "count"
) -> list[Marker]:
    """A marker for each department, but one for all of Île-de-France, and one for each region when they are many."""
    by_region = defaultdict(list)
    for each in departments:
        by_region[each.region].append(each)
    markers = []
    for region, members in by_region.items():
        together = region.code == ILE_DE_FRANCE or len(departments) > MOST_MARKERS
        if not together or len(members) == 1:
            markers += [_department_marker(each, counts[each.code], query, kind) for each in members]
            continue
        count = sum(counts[each.code] for each in members)
        centres = [frames()[each.code].centre for each in members]
        x, y = (sum(values) / len(members) for values in zip(*centres, strict=True))
        url = region.get_absolute_url() if query is None else _list_address(query, "region", region.slug)
        markers.append(Marker(_labelled(region.name, count), url, count, kind, x, y))
    return sorted(markers, key=lambda marker: marker.label)


def _site_marker(cluster: Sequence[Site], whole_region: bool) -> Marker:
    first = cluster[0]
    if len(cluster) == 1:
        x, y = _position(first)
        label = f"{first.name}, {first.place_name}"
        return Marker(label, first.get_absolute_url(), 1, "site", x, y, (x, y), town=first.place_name)
    x, y = (sum(values) / len(cluster) for values in zip(*map(_position, cluster), strict=True))
    towns = Counter(site.post_town for site in cluster if site.post_town)
    town = towns.most_common(1)[0][0] if towns else first.place_name
    query = QueryDict(mutable=True)
    url = (
        first.department.get_absolute_url()
        if whole_region
        else _list_address(query, "departement", first.department.code)
    )
    label = _labelled(_("Autour de %(town)s") % {"town": town}, len(cluster))
    return Marker(label, url, len(cluster), "count", x, y, town=town)


def _labelled(name: str, count: int) -> str:
    text = ngettext("%(name)s : %(count)s PIMMS", "%(name)s : %(count)s PIMMS", count)
    return text % {"name": name, "count": french_number(count)}


def _list_address(query: QueryDict, name: str, value: str) -> str:
    """The same list, narrowed to a department or a region."""
    return f"{reverse('site-list')}?{urlencode({**_others(query), name: value})}"


def _others(query: QueryDict) -> dict[str, str]:
    """The parameters that say something else than the territory."""
    return {key: str(query[key]) for key in query if key not in ("page", "region", "departement")}


# Stands for the other parameters of any list: a picture is drawn once for all lists that have its counts.
ANY_OTHERS = QueryDict("__others__=")


def with_others(picture: str, query: QueryDict) -> SafeString:
    """The picture of a map that was made for ``ANY_OTHERS``, for the list of a query."""
    others = urlencode(_others(query))
    return mark_safe(picture.replace(f"{ANY_OTHERS.urlencode()}&amp;", escape(f"{others}&") if others else ""))  # noqa: S308


def _legend(markers: Iterable[Marker], several: str) -> tuple[Key, ...]:
    kinds = {marker.kind for marker in markers}
    keys = (Key("count", several, "3"), Key("site", _("Un PIMMS")))
    return tuple(key for key in keys if key.kind in kinds)


def _clusters(sites: Iterable[Site], view: Box, whole_region: bool) -> list[list[Site]]:
    """The sites with a point, those together that the map has no room to keep apart.

    On the map of a department each site has its marker as long as they are few; on that of a region,
    sites of one department that would overlap share one, which leads to the department.
    """
    placed = [site for site in sites if site.position]
    if not whole_region and len(placed) <= MOST_MARKERS:
        return [[site] for site in placed]
    reach = _units_per_pixel(view) * TARGET * (1 if whole_region else 2)
    clusters: dict[str, list[list[Site]]] = defaultdict(list)
    for site in placed:
        x, y = _position(site)
        for cluster in clusters[site.department.code]:
            to_x, to_y = _position(cluster[0])
            if hypot(x - to_x, y - to_y) < reach:
                cluster.append(site)
                break
        else:
            clusters[site.department.code].append([site])
    return [cluster for each in clusters.values() for cluster in each]


def _position(site: Site) -> tuple[float, float]:
    point = cast(Point, site.position)  # only asked of placed sites
    return project(point.latitude, point.longitude)


# Room


def _units_per_pixel(view: Box) -> float:
    return view[2] / PICTURE


def _view(boxes: Iterable[tuple[int, int, int, int]]) -> Box:
    """The boxes with a margin, in the proportions of France: every map takes the same room on a page."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    ratio = FRANCE[3] / FRANCE[2]
    width = max((right - left) / (1 - 2 * MARGIN / PICTURE), (bottom - top) / (ratio - 2 * MARGIN / PICTURE))
    height = width * ratio
    return ((left + right - width) / 2, (top + bottom - height) / 2, width, height)


def _spread(markers: Sequence[Marker], view: Box) -> tuple[Marker, ...]:
    """The same markers, moved no farther than it takes for none to cover another or leave the picture."""
    unit = _units_per_pixel(view)
    places = _apart(tuple((marker.x, marker.y) for marker in markers), view)
    return tuple(replace(marker, x=x, y=y, scale=unit) for marker, (x, y) in zip(markers, places, strict=True))


@lru_cache(32)
def _apart(wanted: tuple[tuple[float, float], ...], view: Box) -> tuple[tuple[float, float], ...]:
    unit = _units_per_pixel(view)
    room, margin = unit * ROOM, unit * TARGET / 2
    places = [[x, y] for x, y in wanted]
    for _round in range(60 if len(wanted) <= MOST_MARKERS else 0):
        moved = False
        for index, one in enumerate(places):
            for other in places[index + 1 :]:
                dx, dy = other[0] - one[0], other[1] - one[1]
                distance = hypot(dx, dy)
                if distance >= room:
                    continue
                if distance < unit / 100:  # the very same place: each pair parts in a direction of its own
                    dx, dy, distance = cos(index * 2.4), sin(index * 2.4), 1.0
                    push = room / 2 + unit / 100
                else:
                    push = (room - distance) / 2 + unit / 100
                one[0], one[1] = one[0] - dx / distance * push, one[1] - dy / distance * push
                other[0], other[1] = other[0] + dx / distance * push, other[1] + dy / distance * push
                moved = True
        for place in places:
            place[0] = min(max(place[0], view[0] + margin), view[0] + view[2] - margin)
            place[1] = min(max(place[1], view[1] + margin), view[1] + view[3] - margin)
        if not moved:
            break
    return tuple((x, y) for x, y in places)


def _named(markers: Sequence[Marker], view: Box) -> tuple[Marker, ...]:
    """The same markers, each with the side where its town can be written over no other marker, name or edge."""
    unit = view[2] / PICTURE
    half = TARGET / 2
    spots = [((marker.x - view[0]) / unit, (marker.y - view[1]) / unit) for marker in markers]
    taken = [(x - half, y - half, x + half, y + half) for x, y in spots]
    named = []
    for marker, (x, y) in zip(markers, spots, strict=True):
        length = len(marker.town) * LETTER
        below = y + LABEL_DROP
        sides = {"start": (x + LABEL_GAP, y), "end": (x - LABEL_GAP - length, y), "middle": (x - length / 2, below)}
        for side, (left, row) in sides.items():
            box = (left, row - LINE / 2, left + length, row + LINE / 2)
            if left >= 0 and box[2] <= PICTURE and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                marker = replace(marker, side=side)
                break
        named.append(marker)
    return tuple(named)


def _overlap(one: Box, other: Box) -> bool:
    """Whether two boxes (left, top, right, bottom) share some room."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# The rest


def point_of(site: Site) -> MapPoint | None:
    position = site.position
    if position is None:
        return None
    return (position.latitude, position.longitude, site.name, site.place_name, site.get_absolute_url())


def points_of(sites: Iterable[Site]) -> tuple[MapPoint, ...]:
    """Each site with a point, for the detailed map; none if they are too many for a page."""
    points = tuple(point for site in sites if (point := point_of(site)))
    return points if len(points) <= MOST_POINTS else ()


def _centres(counts: Mapping[str, int], departments: Mapping[str, Department]) -> tuple[MapPoint, ...]:
    """The departments in the place of their sites."""
    return tuple(
        (
            *frames()[code].degrees,
            departments[code].name,
            ngettext("%(count)s PIMMS", "%(count)s PIMMS", count) % {"count": french_number(count)},
            departments[code].get_absolute_url(),
        )
        for code, count in counts.items()
    )
