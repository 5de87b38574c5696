"""Makes the outline of France and the frame of each department from the State's contours (docs/maps.md)."""

import heapq
import json
import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings

from sites.maps.outline import FRAMES_FILE, FRANCE, project, unproject

OUTLINE = settings.BASE_DIR / "static" / "france.svg"

Point = tuple[float, float]
Line = tuple[Point, ...]
Rings = dict[str, list[Line]]  # by department code; each closed, its first point repeated at the end

# A corner goes when the triangle it makes with its neighbours is smaller than this share of the smallest
# department it bounds: Paris keeps what a map of Paris shows, the Gironde loses what no map of it does.
SHARE = 1 / 2_000
SMALLEST, LARGEST = 20.0, 400.0  # in square units of 100 m: 0.2 and 4 km²


def main(arguments: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(prog="tests.builders.outline", description=__doc__)
    parser.add_argument("geojson", type=Path, help="features with the property “code”, in degrees")
    source = parser.parse_args(arguments).geojson
    try:
        features = json.loads(source.read_text(encoding="utf-8"))["features"]
        rings = {feature["properties"]["code"]: list(projected(feature["geometry"])) for feature in features}
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{source} is not a GeoJSON of departments: {error!r}")
    before = sum(len(ring) - 1 for each in rings.values() for ring in each)
    outline = simplified(dict(sorted(rings.items())))
    after = sum(len(ring) - 1 for each in outline.values() for ring in each)
    OUTLINE.write_text(svg(outline), encoding="utf-8")
    frames = ",\n".join(f"{json.dumps(code)}: {json.dumps(frame(each))}" for code, each in outline.items())
    FRAMES_FILE.write_text(f"{{\n{frames}\n}}\n", encoding="utf-8")
    print(f"{len(outline)} departments, {after} points of {before} kept.")


def projected(geometry: dict[str, Any]) -> Iterator[Line]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        for ring in polygon:
            yield tuple(project(latitude, longitude) for longitude, latitude in ring)


def simplified(rings: Rings) -> Rings:
    """The same departments with fewer corners, in whole units: neighbours keep one border between them.

    Each ring is cut where borders meet; each piece, shared or not, is simplified once, its ends untouched.
    """
    nodes = junctions(ring for each in rings.values() for ring in each)
    bounded: dict[Line, float] = defaultdict(lambda: LARGEST)
    for each in rings.values():
        tolerance = max(SMALLEST, sum(abs(area(ring)) for ring in each) * SHARE)
        for ring in each:
            for piece in pieces(ring, nodes):
                key = min(piece, piece[::-1])
                bounded[key] = min(bounded[key], tolerance)
    short = {piece: tuple(rounded(visvalingam(piece, tolerance))) for piece, tolerance in bounded.items()}

    def rebuilt(ring: Line) -> Line:
        points: list[Point] = []
        for piece in pieces(ring, nodes):
            kept = short[piece] if piece in short else short[piece[::-1]][::-1]
            points.extend(kept if not points else kept[1:])
        return tuple(points)

    outline = {code: [rebuilt(ring) for ring in each] for code, each in rings.items()}
    return {code: [ring for ring in each if len(ring) > 3] for code, each in outline.items()}


def junctions(rings: Iterable[Line]) -> set[Point]:
    """Where borders meet: the points with more than two neighbours."""
    neighbours: dict[Point, set[Point]] = defaultdict(set)
    for ring in rings:
        for one, other in pairwise(ring):
            neighbours[one].add(other)
            neighbours[other].add(one)
    return {point for point, around in neighbours.items() if len(around) > 2}


def pieces(ring: Line, nodes: set[Point]) -> Iterator[Line]:
    """The ring from junction to junction; whole, from its first point in sorting order, if it has none."""
    corners = ring[:-1]
    start = next((index for index, point in enumerate(corners) if point in nodes), corners.index(min(corners)))
    turned = (*corners[start:], *corners[:start], corners[start])
    begin = 0
    for index in range(1, len(turned)):
        if turned[index] in nodes or index == len(turned) - 1:
            yield turned[begin : index + 1]
            begin = index


def visvalingam(line: Line, tolerance: float) -> list[Point]:
    """Without the corners that matter least, smallest triangle first; the ends stay, and a loop stays a triangle."""
    before, after = list(range(-1, len(line) - 1)), list(range(1, len(line) + 1))

    def weight(index: int) -> float:
        return abs(area((line[before[index]], line[index], line[after[index]], line[before[index]])))

    weights = {index: weight(index) for index in range(1, len(line) - 1)}
    queue = [(size, index) for index, size in weights.items()]
    heapq.heapify(queue)
    fewest = 3 if line[0] == line[-1] else 0
    while queue and queue[0][0] < tolerance and len(weights) > fewest:
        size, index = heapq.heappop(queue)
        if weights.get(index) != size:
            continue  # its triangle has changed since
        del weights[index]
        left, right = before[index], after[index]
        after[left], before[right] = right, left
        for changed in (left, right):
            if changed in weights:
                weights[changed] = max(size, weight(changed))  # never sooner than what it rests on
                heapq.heappush(queue, (weights[changed], changed))
    return [line[0], *(line[index] for index in sorted(weights)), line[-1]]


def rounded(line: Iterable[Point]) -> Iterator[Point]:
    """In whole units, without the points that then fall together."""
    last = None
    for x, y in line:
        point = (round(x), round(y))
        if point != last:
            yield point
        last = point


def area(ring: Line) -> float:
    """Positive or negative by the direction of the ring."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def centre(ring: Line) -> Point:
    """The centre of gravity of the area within; beside it where a bend leaves that outside."""
    x = y = 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        cross = x1 * y2 - x2 * y1
        x, y = x + (x1 + x2) * cross, y + (y1 + y2) * cross
    x, y = x / (6 * area(ring)), y / (6 * area(ring))
    borders = sorted(
        x1 + (x2 - x1) * (y - y1) / (y2 - y1) for (x1, y1), (x2, y2) in pairwise(ring) if (y1 > y) != (y2 > y)
    )
    within = list(zip(borders[::2], borders[1::2], strict=True))
    if any(left < x < right for left, right in within):
        return x, y
    left, right = max(within, key=lambda span: span[1] - span[0])
    return (left + right) / 2, y


def frame(rings: list[Line]) -> dict[str, list[float]]:
    """What a map needs of a department: its box (left, top, right, bottom), its centre, and that in degrees."""
    columns, rows = zip(*(point for ring in rings for point in ring), strict=True)
    x, y = centre(max(rings, key=lambda ring: abs(area(ring))))
    return {
        "box": [min(columns), min(rows), max(columns), max(rows)],
        "centre": [round(x), round(y)],
        "degrees": [round(degrees, 3) for degrees in unproject(x, y)],
    }


def svg(outline: Rings) -> str:
    """A picture without colours: pages show it through ``<use>``, which lends it theirs."""
    shapes = {code: "".join(path(ring) for ring in rings) for code, rings in outline.items()}
    # Borders stay one pixel wide however far a page zooms in.
    style = 'vector-effect="non-scaling-stroke"'
    paths = "\n".join(f'<path id="d{code}" {style} d="{shape}"/>' for code, shape in shapes.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{" ".join(map(str, FRANCE))}">\n'
        "<!-- IGN, Admin Express COG 2018, Licence Ouverte; simplified by tests/builders/outline.py -->\n"
        f'<g id="france">\n{paths}\n</g>\n</svg>\n'
    )


def path(ring: Line) -> str:
    """Relative steps in whole units, with no separator that a sign already is."""
    (x, y), *rest = (map(int, point) for point in ring[:-1])
    text = f"M{x} {y}l"
    for to_x, to_y in rest:
        text += f" {to_x - x} {to_y - y}"
        x, y = to_x, to_y
    return text.replace(" -", "-").replace("l ", "l") + "z"


if __name__ == "__main__":
    main()
