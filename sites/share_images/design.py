"""The design of the pictures: sizes in pixels, and the colours of ``static/site.css``."""

SIZE = (1200, 630)  # what the networks that show previews ask for
FINE = 3  # shapes are drawn this many times larger, then made smaller: Pillow's own have ragged edges
PANEL = 650  # the left part, with the words; the map has the rest
LEFT, RIGHT, TOP, BOTTOM = 60, PANEL - 34, 136, 536  # where words may stand
MARK = (LEFT, 44, 60)  # left, top, side
ARCHES = 268  # width
MAP = (PANEL + 22, 66, 506)  # left, top, width
SMALL = 18  # pixels: a department narrower than this is ringed where no point shows it
PADDING = 20  # pixels on either side of the words of a badge
COLOURS = 96

PAPER, INK_SOFT = "#faf6ef", "#5d5548"
HERO, HERO_INK, HERO_SOFT = "#0f4c4a", "#fdf8ef", "#cfe3dd"
ARCH_A, ARCH_B, ARCH_C, ARCH_DOOR, ARCH_LIGHT = "#1b6662", "#d9622b", "#e8b65a", "#0b3a39", "#fdf1d6"
ON_ARCH_B, ON_ARCH_C = "#1d0f06", "#241a05"
LAND, HERE = "#e7decf", "#93adaa"  # as .map mixes them, the latter with more of the brand: pictures are shown small
