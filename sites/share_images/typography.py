"""Words in a given room: which size fits, and where lines break as French typography has it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FINE = 3  # shapes are drawn this many times larger, then made smaller: Pillow's own have ragged edges
FONTS = Path(__file__).with_name("fonts")
SERIF, SANS = "SourceSerif4-SemiBold.ttf", "SourceSans3-Regular.ttf"
SMALLEST = 8  # pixels; sizes go up from here by two
EASY_TO_READ = 24  # pixels: words are broken only where they must be smaller than this


@dataclass(frozen=True)
class Text:
    """Words broken into lines that fit."""

    lines: tuple[str, ...]
    size: int
    font: str

    @property
    def leading(self) -> int:
        return round(self.size * 1.16)

    @property
    def height(self) -> int:
        return self.leading * len(self.lines)

    @property
    def width(self) -> float:
        return max(length(line, self.font, self.size) for line in self.lines)

    def write(self, image: Image.Image, x: float, y: float, colour: str) -> None:
        """With its left upper corner there."""
        pad = self.size // 2  # for what reaches out of the lines: accents, tails
        size = (round(self.width) + 2 * pad, self.height + 2 * pad)
        mask = Image.new("L", (size[0] * FINE, size[1] * FINE))
        draw = ImageDraw.Draw(mask)
        for number, line in enumerate(self.lines):
            place = (pad * FINE, (pad + number * self.leading) * FINE)
            draw.text(place, line, 255, font(self.font, self.size), anchor="la")
        image.paste(colour, (round(x) - pad, round(y) - pad), mask.reduce(FINE))


@lru_cache(maxsize=4)  # each of them maps the file anew, some 300 kB
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """In fine pixels: letters of full size stand unevenly, each moved to a whole pixel."""
    # The basic layout is the same on every machine; the other depends on what its system has.
    return ImageFont.truetype(FONTS / name, size * FINE, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def advance(letter: str, name: str, size: int) -> float:
    return font(name, size).getlength(letter) / FINE


def length(text: str, name: str, size: int) -> float:
    """Pixels. The basic layout sets letter after letter, so that their widths add up."""
    return sum(advance(letter, name, size) for letter in text)


def fit(text: str, width: float, height: float, largest: int, name: str) -> Text:
    """The words as large as they fit, up to a size; nothing is ever cut off."""
    text = with_typography(text)

    def too_large(size: int) -> bool:
        """Words stay whole down to a size that is still easy to read."""
        breaks = size > EASY_TO_READ and widest_word(text, name, size) > width
        return breaks or in_lines(text, width, name, size).height > height

    sizes = range(SMALLEST, largest + 1, 2)
    size = sizes[max(bisect_right(sizes, False, key=too_large) - 1, 0)]
    found = in_lines(text, width, name, size)
    # As even as may be: the narrowest column that needs no further line.
    narrow, wide = widest_word(text, name, size), width
    while wide - narrow > 4:
        middle = (narrow + wide) / 2
        even = in_lines(text, middle, name, size)
        if len(even.lines) == len(found.lines):
            found, wide = even, middle
        else:
            narrow = middle
    return found


def widest_word(text: str, name: str, size: int) -> float:
    return max(length(word, name, size) for word in text.split(" "))


def with_typography(text: str) -> str:
    """As French typography has it: no line breaks before a colon, a dash or within guillemets."""
    text = re.sub(r"[ \t\r\n]+", " ", text).strip().replace("'", "’")
    return re.sub(r" (?=[:;?!»–—])|(?<=«) |(?<=\b\d) ", "\u00a0", text)


def in_lines(text: str, width: float, name: str, size: int) -> Text:
    return Text(tuple(broken_lines(text, width, name, size)), size, name)


def broken_lines(text: str, width: float, name: str, size: int) -> Iterator[str]:
    """Lines no wider than this: between words, or within one that is wider by itself."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if length(longer, name, size) <= width:
            line = longer
            continue
        if line:
            yield line
        line = ""
        for letter in word:
            if line and length(line + letter, name, size) > width:
                yield line
                line = ""
            line += letter
    yield line
