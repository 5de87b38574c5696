"""docs/asvs.md read back: what OWASP ASVS 5.0.0 asks at levels 1 and 2, and what answers it here."""

import ast
import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "asvs.md"
STANDARD = ROOT / "tests" / "data" / "asvs-5.0.0.csv"  # numbers and levels alone: facts of the standard
REASONED = ("does not apply", "not met")
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
SECTION = re.compile(r"\[[^]]+\]\(([\w-]+\.md)#([\w-]+)\)")


@dataclass(frozen=True)
class Answer:
    number: str
    level: str
    subject: str
    text: str

    @property
    def chapter(self) -> int:
        return int(self.number.partition(".")[0])

    @property
    def kind(self) -> str:
        """``shown`` by tests, ``documented`` in a section, or one of the two that give a reason."""
        for kind in REASONED:
            if self.text.startswith(f"{kind}: "):
                return kind
        return "shown" if self.tests else "documented" if self.sections else "unanswered"

    @property
    def tests(self) -> list[tuple[str, str]]:
        """What shows it: file below tests/, and function. A reason may name tests too: they show a part."""
        return TEST.findall(self.text)

    @property
    def sections(self) -> list[tuple[str, str]]:
        return SECTION.findall(self.text)


def answers() -> list[Answer]:
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) \| (\d) \| (.*?) \| (.*) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    return [Answer(*row) for row in rows]


def chapters() -> dict[int, str]:
    return {
        int(number): name for number, name in re.findall(r"^## (\d+)\. (.+)$", TABLE.read_text("utf-8"), re.MULTILINE)
    }


def standard() -> Counter[tuple[str, str]]:
    with STANDARD.open(encoding="utf-8", newline="") as lines:
        return Counter((row["requirement"], row["level"]) for row in csv.DictReader(lines))


@cache
def functions_of(file: str) -> frozenset[str]:
    path = ROOT / "tests" / file
    if not path.is_file():
        return frozenset()
    return frozenset(node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef))
