"""How the outline of France is built from contours."""

import json
from itertools import pairwise

import pytest

from tests.builders import outline as builder
from tests.sites.maps.outlines import read_outline

pytestmark = pytest.mark.one_database


@pytest.fixture
def two_departments(tmp_path, monkeypatch):
    """Two squares with a ragged border between them; the outline goes to a folder of its own."""
    ragged = [[3 + 0.0001 * (step % 2), 47 - step / 100] for step in range(101)]
    west = [[2, 47], *ragged, [2, 46], [2, 47]]
    east = [[4, 47], [4, 46], *ragged[::-1], [4, 47]]
    features = [
        {"properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for code, ring in (("02", east), ("01", west))
    ]
    source = tmp_path / "departments.geojson"
    source.write_text(json.dumps({"features": features}))
    monkeypatch.setattr(builder, "OUTLINE", tmp_path / "france.svg")
    monkeypatch.setattr(builder, "FRAMES_FILE", tmp_path / "frames.json")
    return source


def test_build_simplifies_a_shared_border_once(two_departments):
    builder.main([str(two_departments)])
    shapes = read_outline(builder.OUTLINE.read_text())
    assert list(shapes) == ["01", "02"]
    (west,), (east,) = shapes.values()
    assert len(west) == len(east) == 5  # the ragged border has become a line
    assert len({frozenset(edge) for edge in pairwise(west)} & {frozenset(edge) for edge in pairwise(east)}) == 1
    assert set(json.loads(builder.FRAMES_FILE.read_text())) == {"01", "02"}


def test_build_gives_the_same_files_each_time(two_departments):
    built = []
    for _run in range(2):
        builder.main([str(two_departments)])
        built.append((builder.OUTLINE.read_bytes(), builder.FRAMES_FILE.read_bytes()))
    assert built[0] == built[1]


def test_build_names_a_file_it_cannot_read(tmp_path, two_departments):
    bad = tmp_path / "bad.geojson"
    bad.write_text('{"features": [{}]}')
    with pytest.raises(SystemExit, match="is not a GeoJSON of departments"):
        builder.main([str(bad)])
    assert not builder.OUTLINE.exists()
