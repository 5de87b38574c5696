"""The picture that a link to a page is shown with: plain facts in, a PNG of 1200 × 630 out (docs/previews.md).

Nothing here knows records, requests or the database (``facts.py`` reads the facts). The design is that of the
pages: the mark and the arches come from their templates, the outline from ``static/france.svg``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from xml.etree import ElementTree

from django.conf import settings
from PIL import Image, ImageDraw

from sites.share_images.design import (
    ARCH_A,
    ARCH_B,
    ARCH_C,
    ARCH_DOOR,
    ARCH_LIGHT,
    ARCHES,
    COLOURS,
    FINE,
    HERO,
    HERO_INK,
    HERO_SOFT,
    INK_SOFT,
    MAP,
    MARK,
    PANEL,
    PAPER,
    SIZE,
)
from sites.share_images.facts import PictureFacts
from sites.share_images.layout import column
from sites.share_images.map_drawing import drawn_map
from sites.share_images.typography import SANS, SERIF, fit

TEMPLATES = settings.BASE_DIR / "templates"
# “M4 30V15a12 …”: from the foot up to where the half circle springs.
ARCH = re.compile(r"M([\d.]+) ([\d.]+)V([\d.]+)a([\d.]+) ")

one_at_a_time = Lock()  # a drawing takes some 20 MB until it is done, and the first one much more


def picture(facts: PictureFacts) -> bytes:
    """The PNG. It is the page cache that keeps it."""
    with one_at_a_time:
        return draw(facts)


def draw(facts: PictureFacts) -> bytes:
    image = backdrop().copy()
    left, top, width = MAP
    image.paste(drawn_map(facts), (left, top))
    for placed in column(facts.text):
        placed.write_on(image)
    if facts.text.beyond:
        note = fit(facts.text.beyond, width, 60, 24, SANS)
        note.write(image, left + (width - note.width) / 2, SIZE[1] - 30 - note.height, INK_SOFT)
    image = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    file = BytesIO()
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
    draw_svg(draw, TEMPLATES / "_mark.html", mark, left - side / 8, top, side, FINE)
    arches = {
        "arch-a": ARCH_A,
        "arch-b": ARCH_B,
        "arch-c": ARCH_C,
        "arch-door": ARCH_DOOR,
        "arch-light": ARCH_LIGHT,
    }
    height = ARCHES * 150 / 480
    draw_svg(draw, TEMPLATES / "_arches.html", arches, PANEL - ARCHES, SIZE[1] - height, ARCHES, FINE)
    image = fine.reduce(FINE)
    x: float = left + side
    for text, colour in (("PIMMS", HERO_INK), ("France Services", HERO_SOFT)):
        word = fit(text, PANEL, 60, 34, SERIF)
        word.write(image, x, top + 8, colour)
        x += word.width + 9
    return image


def draw_svg(
    draw: ImageDraw.ImageDraw,
    path: Path,
    colours: Mapping[str, str],
    left: float,
    top: float,
    width: float,
    scale: float = 1,
) -> None:
    """One of our own drawings of arches and dots, ``width`` pixels wide; colours by class, or its own."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 (our own file)
    unit = width / float(root.attrib["viewBox"].split()[2])

    def place(x: float, y: float) -> tuple[float, float]:
        return (left + x * unit) * scale, (top + y * unit) * scale

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
