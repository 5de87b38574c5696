"""What the part on mutants makes of outcomes. The mutants themselves: ``make audit ONLY=mutants``."""

import ast

import pytest

from tests.audit import mutants
from tests.audit.mutants import ROOMS, Mutant, section
from tests.audit.mutation.equivalents import EQUIVALENT
from tests.served import ROOT

pytestmark = pytest.mark.one_database

CHANGES = [("a.py:f", "return x < 1", f"return x {sign} 1") for sign in ("<=", ">", "==")]


def judged(*outcomes: str) -> list[Mutant]:
    return [Mutant("a.py", "f", *change[1:], outcome) for change, outcome in zip(CHANGES, outcomes, strict=False)]


def test_survivors_are_counted_and_shown(monkeypatch):
    monkeypatch.setattr(mutants, "EQUIVALENT", {CHANGES[2]: "x is never greater."})
    found = section({"a.py": CHANGES, "b.py": []}, judged("killed", "survives", "reached by no test"), [])
    assert found.rows == [["`a.py`", 3, 3, 1, 1, 1], ["`b.py`", 0, 0, 0, 0, 0], ["**All**", 3, 3, 1, 1, 1]]
    assert "1 of 3 survive" in found.verdict
    assert "- `a.py`, `f`: `` return x < 1 `` → `` return x > 1 ``" in found.notes[-1]
    assert not found.passed


def test_only_a_mutant_that_can_be_is_an_excuse(monkeypatch):
    monkeypatch.setattr(mutants, "EQUIVALENT", {CHANGES[2]: "x is never greater."})
    assert section({"a.py": CHANGES}, judged("killed", "killed", "survives"), []).passed
    assert not section({"a.py": CHANGES}, judged("killed", "killed", "survives"), ["test_f"]).passed
    rotten = section({"a.py": CHANGES[:2]}, judged("killed", "killed"), [])
    assert not rotten.passed and "return x == 1" in rotten.notes[-1]


def test_what_is_judged_and_what_judges_is_there():
    for room in ROOMS:
        assert [path for path in (*room.modules, *room.tests) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("change", EQUIVALENT, ids=" ".join)
def test_equivalents_are_slips_in_lines_that_stand_in_the_code(change):
    where, before, after = change
    path, _colon, name = where.partition(":")
    source = (ROOT / path).read_text()
    functions = [
        ast.get_source_segment(source, node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == name.rpartition(".")[2]
    ]
    assert [text for text in functions if before in " ".join(text.split())], f"no longer: {before}"
    assert before != after and EQUIVALENT[change].endswith(".")
