"""The outline of France against the sites."""

import gzip
import json
import re
from itertools import pairwise
from math import hypot

import pytest
from django.conf import settings

from sites.maps.outline import FRANCE, OVERSEAS, frames, project
from sites.models import Site
from tests.builders.outline import OUTLINE
from tests.sites.maps.outlines import Ring, read_outline

pytestmark = pytest.mark.one_database

# How far the outline may stand from the truth: a desk lies in its department, or at most so many units of 100 m
# outside. The contours that the outline is made from are a simplification already; Jœuf and Antony, both beside a
# border, lie a few hundred metres outside of them.
TOLERANCE = 10


@pytest.fixture(scope="module")
def outline() -> dict[str, list[Ring]]:
    """The corners of ``static/france.svg`` by department, ring by ring."""
    return read_outline(OUTLINE.read_text(encoding="utf-8"))


def holds(shape, x: float, y: float) -> bool:
    crossed = 0
    for ring in shape:
        for (x1, y1), (x2, y2) in pairwise(ring):
            crossed += (y1 > y) != (y2 > y) and x < x1 + (x2 - x1) * (y - y1) / (y2 - y1)
    return crossed % 2 == 1


def distance(shape, x: float, y: float) -> float:
    def to_edge(x1, y1, x2, y2):
        length = (x2 - x1) ** 2 + (y2 - y1) ** 2
        share = max(0, min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length))
        return hypot(x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1))

    return min(to_edge(*one, *other) for ring in shape for one, other in pairwise(ring))


def test_outline_has_every_metropolitan_department_and_its_frame(outline):
    fixture = (settings.FIXTURE_DIRS[0] / "departments.jsonl").read_text(encoding="utf-8").splitlines()
    codes = {json.loads(line)["fields"]["code"] for line in fixture}
    assert set(outline) == set(frames()) == {code for code in codes if not code.startswith(OVERSEAS)}
    for code, frame in frames().items():
        columns, rows = zip(*(point for ring in outline[code] for point in ring), strict=True)
        assert frame.box == (min(columns), min(rows), max(columns), max(rows))
        assert holds(outline[code], *frame.centre), f"the marker of {code} stands elsewhere"
        assert project(*frame.degrees) == pytest.approx(frame.centre, abs=2)
        assert frame.box[0] >= 0 and frame.box[1] >= 0 and frame.box[2] <= FRANCE[2] and frame.box[3] <= FRANCE[3]


def test_outline_weighs_less_than_25_kb_compressed():
    assert len(gzip.compress(OUTLINE.read_bytes())) < 25_000


def test_outline_names_its_source_and_brings_no_colour_of_its_own():
    text = OUTLINE.read_text(encoding="utf-8")
    assert "IGN, Admin Express COG 2018, Licence Ouverte" in text
    assert not re.search(r"fill|stroke=|style", text)


def test_neighbours_share_their_border(outline):
    """An edge belongs to one department (a coast, a foreign border) or to two, never to more."""
    edges: dict[frozenset, int] = {}
    for shape in outline.values():
        for ring in shape:
            for edge in pairwise(ring):
                edges[frozenset(edge)] = edges.get(frozenset(edge), 0) + 1
    assert set(edges.values()) == {1, 2}
    assert sum(count == 2 for count in edges.values()) > len(edges) / 2


def test_every_desk_falls_in_its_department(directory, outline):
    desks = Site.objects.placed().select_related("department", "commune")
    assert len(desks) == 49
    for desk in desks:
        x, y = project(desk.position.latitude, desk.position.longitude)
        shape = outline[desk.department.code]
        assert holds(shape, x, y) or distance(shape, x, y) <= TOLERANCE, desk
