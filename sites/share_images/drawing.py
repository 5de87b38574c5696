"""The picture that a link to a page is shown with: plain facts in, a PNG of 1200 × 630 out (docs/previews.md).

Nothing here knows records, requests or the database (``facts.py`` reads the facts). The design is that of the
pages: the mark and the arches come from their templates, the outline from ``static/france.svg``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from xml.etree import ElementTree

from django.conf import settings
from PIL import Image, ImageDraw

from sites.maps.outline import FRANCE, borders, frames
from sites.share_images.facts import SIZE, PictureFacts, PictureText
from sites.share_images.typography import FINE, SANS, SERIF, Text, fit

# In pixels.
PANEL = 650  # the left part, with the words; the map has the rest
LEFT, RIGHT, TOP, BOTTOM = 60, PANEL - 34, 136, 536  # where words may stand
MARK = (LEFT, 44, 60)  # left, top, side
ARCHES = 268  # width
MAP = (PANEL + 22, 66, 506)  # left, top, width
SMALL = 18  # a department narrower than this is ringed where no point shows it
PADDING = 20  # on either side of the words of a badge

# The colours of ``static/site.css``, and how many a picture has.
COLOURS = 96
PAPER, INK_SOFT = "#faf6ef", "#4f483c"
HERO, HERO_INK, HERO_SOFT = "#0f4c4a", "#fdf8ef", "#cfe3dd"
ARCH_A, ARCH_B, ARCH_C, ARCH_DOOR, ARCH_LIGHT = "#1b6662", "#d9622b", "#e8b65a", "#0b3a39", "#fdf1d6"
ON_ARCH_B, ON_ARCH_C = "#1d0f06", "#241a05"
LAND, HERE = "#e7decf", "#93adaa"  # as .map mixes them, the latter with more of the brand: pictures are shown small

TEMPLATES = settings.BASE_DIR / "templates"
# “M4 30V15a12 …”: from the foot up to where the half circle springs.
ARCH = re.compile(r"M([\d.]+) ([\d.]+)V([\d.]+)a([\d.]+) ")

Ring = tuple[tuple[int, int], ...]

one_at_a_time = Lock()  # a drawing takes some 20 MB until it is done, and the first one much more


def picture(facts: PictureFacts) -> bytes:
    """The PNG. It is the page cache that keeps it."""
    file = BytesIO()
    left, top, width = MAP
    with one_at_a_time:
        image = backdrop().copy()
        image.paste(drawn_map(facts), (left, top))
        for placed in column(facts.text):
            placed.write_on(image)
        if facts.text.beyond:
            note = fit(facts.text.beyond, width, 60, 24, SANS)
            note.write(image, left + (width - note.width) / 2, SIZE[1] - 30 - note.height, INK_SOFT)
        image = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        image.save(file, "PNG")
    return file.getvalue()


@cache
def backdrop() -> Image.Image:
    """What all pictures share: the panel with the mark and the arches, the empty paper."""
    fine = Image.new("RGB", (SIZE[0] * FINE, SIZE[1] * FINE), PAPER)
    draw = ImageDraw.Draw(fine)
    draw.rectangle((0, 0, PANEL * FINE - 1, SIZE[1] * FINE), HERO)
    left, top, side = MARK
    mark = {"mark-arch": HERO_INK, "mark-desk": HERO, "mark-dot": ARCH_B}
    draw_svg(draw, TEMPLATES / "_mark.html", mark, (left - side / 8) * FINE, top * FINE, side * FINE)
    arches = {"arch-a": ARCH_A, "arch-b": ARCH_B, "arch-c": ARCH_C, "arch-door": ARCH_DOOR, "arch-light": ARCH_LIGHT}
    head = SIZE[1] - ARCHES * 150 / 480
    draw_svg(draw, TEMPLATES / "_arches.html", arches, (PANEL - ARCHES) * FINE, head * FINE, ARCHES * FINE)
    image = fine.reduce(FINE)
    x: float = left + side
    for text, colour in (("PIMMS", HERO_INK), ("France Services", HERO_SOFT)):
        word = fit(text, PANEL, 60, 34, SERIF)
        word.write(image, x, top + 8, colour)
        x += word.width + 9
    return image


def draw_svg(
    draw: ImageDraw.ImageDraw, path: Path, colours: Mapping[str, str], left: float, top: float, width: float
) -> None:
    """One of our own drawings of arches and dots, ``width`` pixels wide; colours by class, or its own."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 (our own file)
    unit = width / float(root.attrib["viewBox"].split()[2])

    def place(x: float, y: float) -> tuple[float, float]:
        return left + x * unit, top + y * unit

    def visit(element: ElementTree.Element, inherited: str) -> None:
        colour = element.get("fill") or colours.get(element.get("class", ""), inherited)
        if element.tag.endswith("path"):
            x, foot, spring, radius = map(float, ARCH.match(element.attrib["d"]).groups())  # type: ignore[union-attr]
            draw.ellipse((*place(x, spring - radius), *place(x + 2 * radius, spring + radius)), colour)
            draw.rectangle((*place(x, spring), *place(x + 2 * radius, foot)), colour)
        elif element.tag.endswith("circle"):
            x, y, radius = (float(element.attrib[name]) for name in ("cx", "cy", "r"))
            draw.ellipse((*place(x - radius, y - radius), *place(x + radius, y + radius)), colour)
        for child in element:
            visit(child, colour)

    visit(root, "")


# The words: one column from top to bottom, a badge at its end


@dataclass(frozen=True)
class Placed:
    """Words in their place: of their own left upper corner, or that of the badge around them."""

    text: Text
    x: float
    y: float
    colour: str
    fill: str = ""  # of the badge

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        across, down = (2 * PADDING, 24) if self.fill else (0, 0)
        return self.x, self.y, self.x + self.text.width + across, self.y + self.text.height + down

    def write_on(self, image: Image.Image) -> None:
        x, y = self.x, self.y
        if self.fill:
            left, top, right, bottom = map(round, self.box)
            image.paste(self.fill, (left, top), rounded((right - left, bottom - top)))
            x, y = x + PADDING, y + 9
        self.text.write(image, x, y, self.colour)


def column(text: PictureText) -> list[Placed]:
    """All words in their places, from top to bottom: the title takes the room that the others leave."""
    width = RIGHT - LEFT
    eyebrow = fit(text.eyebrow, width, 32, 28, SANS)
    lines = [fit(line, width, 72, 30, SANS) for line in text.lines]
    figure = fit(text.figure, width / 2, 100, 84, SERIF) if text.figure else None
    caption = fit(text.caption, width - figure.width - 24, 76, 30, SANS) if figure else None
    badge = fit(text.badge, width - 2 * PADDING, 60, 26, SANS) if text.badge else None
    row = max(figure.height, caption.height) if figure and caption else 0
    rest = eyebrow.height + 8 + sum(line.height for line in lines) + row
    rest += (14 if lines else 0) + (16 if row else 0) + (badge.height + 48 if badge else 0)
    title = fit(text.title, width, BOTTOM - TOP - rest, 62, SERIF)

    y: float = TOP + (BOTTOM - TOP - rest - title.height) * 0.4
    placed = [Placed(eyebrow, LEFT, y, ARCH_C)]
    y += eyebrow.height + 8
    placed.append(Placed(title, LEFT, y, HERO_INK))
    y += title.height + (14 if lines else 0)
    for line in lines:
        placed.append(Placed(line, LEFT, y, HERO_SOFT))
        y += line.height
    if figure and caption:
        y += 16
        placed.append(Placed(figure, LEFT, y + (row - figure.height) / 2, ARCH_C))
        placed.append(Placed(caption, LEFT + figure.width + 24, y + (row - caption.height) / 2, HERO_INK))
        y += row
    if badge:
        fill, ink = (ARCH_B, ON_ARCH_B) if text.ended else (ARCH_C, ON_ARCH_C)
        placed.append(Placed(badge, LEFT, y + 24, ink, fill))
    return placed


def rounded(size: tuple[int, int]) -> Image.Image:
    """The smooth shape of a box with round ends."""
    width, height = size[0] * FINE, size[1] * FINE
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), min(height / 2, 28 * FINE), 255)
    return mask.reduce(FINE)


# The map: the outline of France, departments in colour, points, a pin for a single site


def rings(path: str) -> Iterator[Ring]:
    """The closed lines of a path in relative steps, in units of the maps: see ``tests/builders/outline.py``."""
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
    for ring in rings(borders().get(code, "")):
        points = [on_map(x, y) for x, y in ring]
        draw.polygon(points, colour)
        draw.line([*points, points[0]], PAPER, FINE, joint="curve")


@cache
def empty_map() -> Image.Image:
    """With a palette of the very same few colours."""
    size = (MAP[2] * FINE, round(MAP[2] * FRANCE[3] / FRANCE[2]) * FINE)
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    for code in borders():
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
