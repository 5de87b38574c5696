"""Runs every test that docs/asvs.md names, and counts what is shown, written down, not applicable and not met."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.asvs_table import ROOT, Answer, answers, chapters
from tests.audit.section import Section

TITLE = "OWASP ASVS 5.0.0, levels 1 and 2"
SERVED = None
KINDS = ("shown", "documented", "does not apply", "not met")
MOST_SECONDS = 3600

Test = tuple[str, str]


def run(origin: str) -> Section:
    table = answers()
    ran = outcomes({test for each in table for test in each.tests})
    failing = [each for each in table if broken(each, ran)]
    rows: list[list[object]] = []
    for number, name in chapters().items():
        counts = count([each for each in table if each.chapter == number], failing)
        rows.append([f"{number}. {name}", *counts])
    rows.append(["**All**", *count(table, failing)])
    unmet = [
        f"- {each.number} {each.subject}: {each.text.removeprefix('not met: ')}"
        for each in table
        if each.kind == "not met"
    ]
    tests = f"{len(ran)} tests named in [asvs.md](asvs.md) (parametrised ones count once), on SQLite"
    notes = [f"Not met:\n\n{chr(10).join(unmet)}"]
    if failing:
        said = "; ".join(f"{each.number}: {', '.join(broken(each, ran))}" for each in failing)
        notes.append(f"Tests that did not pass: {said}.")
    shown = sum(each.kind == "shown" for each in table) - len([each for each in failing if each.kind == "shown"])
    verdict = (
        f"the bar is that every requirement has an answer and every test that it names passes. {shown} of {len(table)} "
        f"requirements are shown by passing tests, {len(unmet)} are not met, and said to be."
    )
    return Section(
        tool=f"pytest {pytest.__version__}, {tests}",
        head=["chapter", *(f"{kind} by passing tests" if kind == "shown" else kind for kind in KINDS), "test failing"],
        rows=rows,
        verdict=verdict,
        passed=not failing and not [each for each in table if each.kind not in KINDS],
        notes=notes,
    )


def count(table: list[Answer], failing: list[Answer]) -> list[int]:
    """Of each kind, and how many have a test that did not pass: these are shown by nothing."""
    kinds = [each.kind for each in table if each not in failing]
    return [*(kinds.count(kind) for kind in KINDS), len([each for each in table if each in failing])]


def broken(answer: Answer, ran: dict[Test, bool]) -> list[str]:
    return [f"{file}::{name}" for file, name in answer.tests if not ran.get((file, name))]


def outcomes(tests: set[Test]) -> dict[Test, bool]:
    """Which passed, with all their parameters: those without a browser first. What did not run at all is missing."""
    nodes = sorted(f"tests/{file}::{name}" for file, name in tests)
    passed: dict[Test, bool] = {}
    for marked in ("not browser", "browser"):
        passed |= reported(nodes, marked)
    return passed


def reported(nodes: list[str], marked: str) -> dict[Test, bool]:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with tempfile.TemporaryDirectory(prefix="pimms-asvs-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", marked, f"--junit-xml={report}", *nodes]
        subprocess.run(command, cwd=ROOT, env=env, check=False, timeout=MOST_SECONDS, stdout=subprocess.DEVNULL)
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314  (pytest wrote it)
    found: dict[Test, list[bool]] = defaultdict(list)
    for case in cases:
        file = case.get("classname", "").removeprefix("tests.").replace(".", "/") + ".py"
        name = case.get("name", "").partition("[")[0]
        found[file, name].append(not len([each for each in case if each.tag in ("failure", "error", "skipped")]))
    return {test: all(results) for test, results in found.items()}
