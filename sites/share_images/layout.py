"""Where the words of a picture stand: one column from top to bottom, a badge at its end."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from sites.share_images.design import (
    ARCH_B,
    ARCH_C,
    BOTTOM,
    FINE,
    HERO_INK,
    HERO_SOFT,
    LEFT,
    ON_ARCH_B,
    ON_ARCH_C,
    PADDING,
    RIGHT,
    TOP,
)
from sites.share_images.facts import PictureText
from sites.share_images.typography import SANS, SERIF, Text, fit


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
