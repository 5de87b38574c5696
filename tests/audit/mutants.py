"""Slips put into the code by lot, and which of them no test notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.audit.mutation.equivalents import EQUIVALENT, Change
from tests.audit.section import Section
from tests.audit.tools import VENV, python_packages
from tests.served import ROOT

TITLE = "Mutation tests"
SERVED = None
DRAWN = int(os.environ.get("MUTANTS", "20"))  # of each module
MOST_SECONDS = 3600  # that the mutants of a room take
HEAD = ["module", "mutants", "judged", "killed", "equivalent", "survive"]


@dataclass(frozen=True)
class Room:
    modules: Sequence[str]
    tests: Sequence[str]  # but for those that `make test-fast` leaves out


def within(folder: str, names: str) -> list[str]:
    return [f"{folder}/{name}.py" for name in names.split()]


PLACES = "addresses names near_misses numbers places points territories understanding words"
ROOMS = [
    Room(
        within("sites/search/typed_place", PLACES),
        within("tests/sites/search", "test_small_country test_typed_place"),
    ),
    Room(
        within("sites/hours", "notices opening_hours today typed_hours typed_week"),
        ["tests/sites/hours"],
    ),
    Room(
        within("sites/staff/official_list", "reading values cells comparison ties"),
        within(
            "tests/sites/staff/official_list",
            "test_small_list test_reading test_values test_cells test_comparison test_applying",
        ),
    ),
    Room(
        ["sites/staff/checks.py", "pimms_directory/editing/publishing/publication.py"],
        ["tests/sites/staff/test_checks.py", *within("tests/editing", "test_publication test_publishing")],
    ),
]
NOTES = f"""
A mutant is the code with one slip in it: `<` for `<=`, a sentence in capitals, an argument left out. One that no test
notices is either the same program to every reader, or a hole in the tests. {DRAWN} of the mutants of each module are
drawn by lot, the same each time (`MUTANTS=60 make audit ONLY=mutants` draws more), and judged by the tests of its room
that reach its lines.

mutmut’s operators make the mutants, of functions only, decorated ones among them. Its own runner leaves those out and
starts without the data; `tests/audit/mutation/judging.py` says how they are judged here.

Equivalent mutants are kept with their reason in `tests/audit/mutation/equivalents.py`. The part fails if one of them is
no mutant of the code any more.
"""


@dataclass(frozen=True)
class Mutant:
    path: str
    where: str
    before: str
    after: str
    outcome: str

    @property
    def change(self) -> Change:
        return f"{self.path}:{self.where}", self.before, self.after

    def __str__(self) -> str:
        said = "" if self.outcome == "survives" else f" ({self.outcome})"
        return f"- `{self.path}`, `{self.where}`{said}: `` {self.before} `` → `` {self.after or 'nothing'} ``"


def run(origin: str) -> Section:
    possible: dict[str, list[Change]] = {}
    judged: list[Mutant] = []
    failing: list[str] = []
    for room in ROOMS:
        made = drawn(room.modules)
        for path in made:
            possible[path] = [(f"{path}:{where}", before, after) for where, before, after in made[path]["all"]]
        mutants = [each | {"path": path} for path in made for each in made[path]["drawn"]]
        answer = outcomes(mutants, room.tests)
        failing += answer["failing"]
        for each, outcome in zip(mutants, answer["outcomes"], strict=True):
            judged.append(Mutant(each["path"], each["where"], each["before"], each["after"], outcome))
    return section(possible, judged, failing)


def section(possible: dict[str, list[Change]], judged: list[Mutant], failing: list[str]) -> Section:
    """``possible``: every mutant of each module. ``failing``: tests that fail as the code is, and judge nothing."""
    alive = [each for each in judged if each.outcome != "killed"]
    survivors = [each for each in alive if each.change not in EQUIVALENT]
    rows = []
    for path, changes in possible.items():
        counts = [len([each for each in some if each.path == path]) for some in (judged, alive, survivors)]
        rows.append([len(changes), counts[0], counts[0] - counts[1], counts[1] - counts[2], counts[2]])
    rotten = sorted(set(EQUIVALENT) - {change for changes in possible.values() for change in changes})
    notes = [" ".join(each.split()) for each in NOTES.split("\n\n")]
    if survivors:
        notes.append("Survivors:\n\n" + "\n".join(map(str, survivors)))
    if rotten:
        notes.append("Equivalents that are no mutants any more:\n\n" + "\n".join(f"- `` {each} ``" for each in rotten))
    if failing:
        notes.append(f"Tests that fail without a mutant: {', '.join(failing)}.")
    return Section(
        tool=f"mutmut {python_packages('venv').get('mutmut')}, on SQLite",
        head=HEAD,
        rows=[
            *([f"`{path}`", *row] for path, row in zip(possible, rows, strict=True)),
            ["**All**", *map(sum, zip(*rows, strict=True))],
        ],
        verdict=f"the bar is that all but the equivalent are killed: {len(survivors)} of {len(judged)} survive.",
        passed=not survivors and not rotten and not failing,
        notes=notes,
    )


def drawn(modules: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    command = [VENV / "python", ROOT / "tests/audit/mutation/drawing.py", str(DRAWN), *modules]
    return json.loads(
        subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=MOST_SECONDS).stdout
    )


def outcomes(mutants: Sequence[dict[str, Any]], tests: Sequence[str]) -> dict[str, list[str]]:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with TemporaryDirectory(prefix="pimms-mutants-") as folder:
        asked, answered = Path(folder) / "mutants.json", Path(folder) / "outcomes.json"
        asked.write_text(json.dumps(mutants))
        command = [sys.executable, "-m", "tests.audit.mutation.judging", asked, answered, *tests]
        subprocess.run(command, cwd=ROOT, env=env, check=True, timeout=MOST_SECONDS, stdout=sys.stderr)
        return json.loads(answered.read_text())
