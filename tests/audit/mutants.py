"""Slips put into the code by lot, and which of them a test notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.audit.mutation.equivalents import EQUIVALENT
from tests.audit.section import Section
from tests.audit.tools import VENV, python_packages
from tests.benchmarks.servers import ROOT

TITLE = "Mutation tests"
SERVED = None
DRAWN = int(os.environ.get("MUTANTS", "20"))  # of each module
MOST_SECONDS = 3600


@dataclass(frozen=True)
class Room:
    modules: Sequence[str]
    tests: Sequence[str]


def within(folder: str, names: str) -> list[str]:
    return [f"{folder}/{name}.py" for name in names.split()]


EDITING = within("tests/editing", "test_publishing test_editing test_kept_changes")
ROOMS = [
    Room(
        within(
            "sites/search/typed_place",
            "addresses names near_misses numbers places points territories understanding words",
        ),
        within("tests/sites/search", "test_typed_place test_addresses"),
    ),
    Room(within("sites/hours", "notices opening_hours today typed_hours typed_week"), ["tests/sites/hours"]),
    Room(
        within("sites/staff/official_list", "reading values cells comparison ties"), ["tests/sites/staff/official_list"]
    ),
    Room(
        ["sites/staff/checks.py", "pimms_directory/editing/publishing/publication.py"],
        ["tests/sites/staff/test_checks.py", *EDITING],
    ),
]
NOTES = """
A mutant is the code with one slip in it: `<` for `<=`, a sentence in capitals, an argument left out. One that no test
notices is either the same program, or a hole in the tests. {drawn} of the mutants of each module are drawn by lot,
with the same seed each time (`MUTANTS=60 make audit ONLY=mutants` draws more), of functions only, decorated ones among
them. mutmut's own runner skips those and starts without the data; so its operators make the mutants here, and
`tests/audit/mutation/judging.py` judges each by the tests of its room that reach its lines.

Those that are the same program to every reader are kept with the reason in `tests/audit/mutation/equivalents.py`;
one of them that the code can no longer have counts as a miss.
"""


def run(origin: str) -> Section:
    rows: list[list[object]] = []
    survivors: list[str] = []
    failing: list[str] = []
    possible: set[tuple[str, str, str]] = set()
    for room in ROOMS:
        made = drawn(room.modules)
        possible |= {(f"{path}:{where}", before, after) for path in made for where, before, after in made[path]["all"]}
        mutants = [each | {"path": path} for path in made for each in made[path]["drawn"]]
        judged = outcomes(mutants, room.tests)
        failing += judged["failing"]
        for path in made:
            of_module = [pair for pair in zip(mutants, judged["outcomes"], strict=True) if pair[0]["path"] == path]
            alive = [(each, outcome) for each, outcome in of_module if outcome != "killed"]
            same = [pair for pair in alive if key(pair[0]) in EQUIVALENT]
            survivors += [described(*pair) for pair in alive if pair not in same]
            counts = [len(of_module), len(of_module) - len(alive), len(same), len(alive) - len(same)]
            rows.append([f"`{path}`", len(made[path]["all"]), *counts])
    rotten = sorted(set(EQUIVALENT) - possible)
    return section(rows, survivors, rotten, failing)


def section(
    rows: list[list[object]], survivors: list[str], rotten: list[tuple[str, str, str]], failing: list[str]
) -> Section:
    notes = [" ".join(each.split()) for each in NOTES.format(drawn=DRAWN).split("\n\n")]
    if survivors:
        notes.append("Survivors:\n\n" + "\n".join(survivors))
    if rotten:
        notes.append("Equivalents that no mutant is any more: " + "; ".join(" ".join(each) for each in rotten) + ".")
    if failing:
        notes.append(f"Tests that failed without any mutant, and judged none: {', '.join(failing)}.")
    total = Counter[int]()
    for row in rows:
        total.update(dict(enumerate(row[1:])))  # type: ignore[arg-type]
    return Section(
        tool=f"mutmut {python_packages('venv')['mutmut']}, on SQLite",
        head=["module", "mutants", "judged", "killed", "equivalent", "survive"],
        rows=[*rows, ["**All**", *(total[column] for column in range(5))]],
        verdict=f"the bar is that no mutant survives but the equivalent: {len(survivors)} of {total[1]} do.",
        passed=not survivors and not rotten and not failing,
        notes=notes,
    )


def drawn(modules: Sequence[str]) -> dict[str, dict[str, list]]:
    command = [VENV / "python", ROOT / "tests/audit/mutation/drawing.py", str(DRAWN), *modules]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=MOST_SECONDS).stdout)


def outcomes(mutants: Sequence[dict], tests: Sequence[str]) -> dict[str, list[str]]:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with TemporaryDirectory(prefix="pimms-mutants-") as folder:
        asked, answered = Path(folder) / "mutants.json", Path(folder) / "outcomes.json"
        asked.write_text(json.dumps(mutants))
        command = [sys.executable, "-m", "tests.audit.mutation.judging", asked, answered, *tests]
        subprocess.run(command, cwd=ROOT, env=env, check=True, timeout=MOST_SECONDS, stdout=sys.stderr)
        return json.loads(answered.read_text())


def key(mutant: dict) -> tuple[str, str, str]:
    return f"{mutant['path']}:{mutant['where']}", mutant["before"], mutant["after"]


def described(mutant: dict, outcome: str) -> str:
    untested = " (reached by no test)" if outcome != "survives" else ""
    return f"- `{mutant['path']}`, `{mutant['where']}`{untested}: `` {mutant['before']} `` → `` {mutant['after']} ``"
