"""For tests: the corners of an outline, read from its paths."""

import re
from collections.abc import Iterator

Ring = list[tuple[int, int]]


def read_outline(svg: str) -> dict[str, list[Ring]]:
    """By code of the department, ring by ring."""
    return {code: list(rings(shape)) for code, shape in re.findall(r'id="d(\w+)"[^>]* d="([^"]+)"', svg)}


def rings(shape: str) -> Iterator[Ring]:
    for ring in shape.split("z")[:-1]:
        x, y, *steps = map(int, re.findall(r"-?\d+", ring))
        points = [(x, y)]
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        yield [*points, points[0]]
