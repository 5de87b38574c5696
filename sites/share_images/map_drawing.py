"""The map of a picture: the outline of France, departments in colour, points, a pin for a single site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from django.conf import settings
from PIL import Image, ImageDraw

from sites.maps.frames import frames
from sites.maps.projection import FRANCE
from sites.share_images.design import ARCH_B, FINE, HERE, HERO, LAND, MAP, PAPER, SMALL
from sites.share_images.facts import PictureFacts

Ring = tuple[tuple[int, int], ...]


@cache
def outline() -> dict[str, str]:
    """The borders of each metropolitan department, by its code, as a path. Their points would take 5 MB."""
    text = (settings.BASE_DIR / "static" / "france.svg").read_text(encoding="utf-8")
    return dict(re.findall(r'<path id="d(\w+)"[^>]* d="([^"]+)"', text))


def rings(path: str) -> Iterator[Ring]:
    """The closed lines of a path in relative steps, as ``manage.py build_map`` writes it, in units of the maps."""
    for part in path.split("M")[1:]:
        numbers = [int(number) for number in re.findall(r"-?\d+", part)]
        x = y = 0
        points = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        yield tuple(points)


def on_map(x: float, y: float) -> tuple[float, float]:
    """Fine pixels of the map."""
    unit = MAP[2] * FINE / FRANCE[2]
    return x * unit, y * unit


def draw_department(draw: ImageDraw.ImageDraw, code: str, colour: str) -> None:
    for ring in rings(outline().get(code, "")):
        points = [on_map(x, y) for x, y in ring]
        draw.polygon(points, colour)
        draw.line([*points, points[0]], PAPER, FINE, joint="curve")


@cache
def empty_map() -> Image.Image:
    """With a palette of the very same few colours."""
    size = (MAP[2] * FINE, round(MAP[2] * FRANCE[3] / FRANCE[2]) * FINE)
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    for code in outline():
        draw_department(draw, code, LAND)
    return image.convert("P", palette=Image.Palette.ADAPTIVE, colors=4, dither=Image.Dither.NONE)


def drawn_map(facts: PictureFacts) -> Image.Image:
    """A pin for a single point, dots for several; where there is none, the departments alone."""
    image = empty_map().convert("RGB")
    draw = ImageDraw.Draw(image)
    for code in facts.shaded:
        draw_department(draw, code, HERE)
    if len(facts.points) == 1 and not facts.others:
        draw_pin(draw, *on_map(*facts.points[0]))
        return image.reduce(FINE)
    many = len(facts.points) + len(facts.others) > 200
    for points, colour, radius in ((facts.others, HERO, 6), (facts.points, ARCH_B, 8)):
        for x, y in points:
            draw_dot(draw, *on_map(x, y), radius - (3 if many else 0), colour)
    if not facts.points and not facts.others:
        for code in facts.shaded:
            ring_small(draw, code)
    return image.reduce(FINE)


def draw_dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str) -> None:
    for reach, fill in ((radius + 2, PAPER), (radius, colour)):
        size = reach * FINE
        draw.ellipse((x - size, y - size, x + size, y + size), fill)


def draw_pin(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    """The marker of the maps, larger, its foot in the place itself."""
    for rim, fill in ((3, PAPER), (0, ARCH_B)):
        half, foot, spring = (16 + rim) * FINE, y + rim * FINE, y - 21 * FINE
        draw.ellipse((x - half, spring - half, x + half, spring + half), fill)
        draw.rectangle((x - half, spring, x + half, foot), fill)
    dot = 6 * FINE
    draw.ellipse((x - dot, y - 20 * FINE - dot, x + dot, y - 20 * FINE + dot), PAPER)


def ring_small(draw: ImageDraw.ImageDraw, code: str) -> None:
    """A circle around a department that is too small to be seen, such as Paris."""
    if code not in frames():
        return
    left, top, right, bottom = frames()[code].box
    if max(right - left, bottom - top) * MAP[2] / FRANCE[2] < SMALL:
        x, y = on_map((left + right) / 2, (top + bottom) / 2)
        draw.ellipse((x - 16 * FINE, y - 16 * FINE, x + 16 * FINE, y + 16 * FINE), None, ARCH_B, 3 * FINE)
