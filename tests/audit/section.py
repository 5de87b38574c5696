"""A part's section of the document, between two comments that name the part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Section:
    tool: str  # with its version: "Lighthouse 12.2.3, Chromium 140.0"
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    verdict: str  # a sentence: what the bar is, and by how much it is met or missed
    passed: bool
    notes: Sequence[str] = ()  # paragraphs below the table: how it was measured, what it does not say


def as_markdown(title: str, section: Section, day: date) -> str:
    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in cells) + " |"

    table = [line(section.head), "|" + "---|" * len(section.head), *map(line, section.rows)]
    verdict = f"**{'Passed' if section.passed else 'Not passed'}**: {section.verdict}"
    blocks = [f"## {title}", f"{day:%-d %B %Y}, {section.tool}.", "\n".join(table), *section.notes, verdict]
    return "\n\n".join(blocks)


def write(document: str, part: str, text: str) -> str:
    """``document`` with ``text`` as the section of ``part``: in place of the old one, else in the order of names."""
    found = re.compile(r"<!-- audit: (\w+) -->\n.*?\n<!-- end of \1 -->\n", re.DOTALL)
    new = f"<!-- audit: {part} -->\n{text}\n<!-- end of {part} -->\n"
    place = len(document)
    for old in found.finditer(document):
        if old[1] == part:
            return document[: old.start()] + new + document[old.end() :]
        if old[1] > part:
            place = min(place, old.start())
    before, after = document[:place].rstrip("\n"), document[place:].lstrip("\n")
    return f"{before}\n\n{new}" + (f"\n{after}" if after else "")
