"""``python -m tests.audit.mutation.judging DRAWN OUTCOMES TEST…``: which of the mutants drawn a test notices.

One process of pytest loads the data once. Tests run first as the code is, to learn which lines each of them reaches.
Then each mutant is judged in a child of its own: its code takes the place of the function's, and the tests that reach
its lines run, the fastest first, until one fails. A child's memory, and with it its database, is its own.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import accumulate, groupby
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NoReturn

import coverage
import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).resolve().parents[3]
OURS = ("pimms_directory.", "labels.", "sites.")
WORKERS = 2
MOST_SECONDS = 60  # of the processor, that the tests of one mutant take as the code is: the fastest are run


@dataclass(frozen=True)
class Mutant:
    number: int
    path: str
    where: str  # the qualified name of its function
    lines: tuple[int, int]
    code: str  # of the whole module


Reached = dict[str, dict[int, set[int]]]  # of each module, by line: the numbers of tests


class Until:
    """In place of the next test: what the session has made stays, and nothing else."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[pytest.Session]:
        return [self.session]


class Judge:
    def __init__(self, mutants: Sequence[Mutant]) -> None:
        self.alive = {each.number: each for each in mutants}
        self.outcomes = {each.number: "reached by no test" for each in mutants}
        self.failing: list[str] = []  # tests that fail as the code is
        self.in_mutant = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.in_mutant and report.failed:
            os._exit(1)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        import hypothesis  # pytest wants to import it first

        from tests.conftest import data_needed

        few = hypothesis.settings(hypothesis.settings.get_profile("local"), max_examples=15, database=None)
        hypothesis.settings.register_profile("mutants", few)
        hypothesis.settings.load_profile("mutants")
        for path in {each.path for each in self.alive.values()}:
            import_module(path.removesuffix(".py").replace("/", "."))  # some are first imported by a page
        for _data, items in groupby(session.items, data_needed):
            if self.alive:
                self.judge(session, list(items))
        return True

    def judge(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """By the tests that need the same data; those after them judge what these leave alive."""
        until, began = Until(session), time.monotonic()
        gc.unfreeze()
        runtestprotocol(items[0], log=False, nextitem=until)  # makes the data
        reached, seconds = self.as_the_code_is(items, until)
        print(f"\n{len(items)} tests: {time.monotonic() - began:.0f} s; {len(self.alive)} mutants", flush=True)
        functions, caches = live(self.alive.values()), list(ours_that_remember())
        gc.freeze()  # or looking for garbage would copy all of it into each child
        running: dict[int, Mutant] = {}
        for mutant in list(self.alive.values()):
            tests = fastest(tests_of(mutant, reached), seconds)
            if not tests:
                continue
            if len(running) == WORKERS:
                self.note_one(running)
            child = os.fork()
            if child == 0:
                self.in_mutant = True
                session.config.pluginmanager.unregister(name="terminalreporter")
                most = int(10 + 5 * sum(seconds[test] for test in tests))
                run_with(
                    mutant, functions[mutant.path, mutant.where], caches, [items[test] for test in tests], until, most
                )
            running[child] = mutant
        while running:
            self.note_one(running)
        print(f"{time.monotonic() - began:.0f} s; {len(self.alive)} survive", flush=True)

    def as_the_code_is(self, items: list[pytest.Item], until: Until) -> tuple[Reached, dict[int, float]]:
        """The tests that reach each line, by number; and how long each takes that passes."""
        paths = {path: str(ROOT / path) for path in {each.path for each in self.alive.values()}}
        measured = coverage.Coverage(data_file=None, config_file=False, include=list(paths.values()))
        measured.set_option("run:disable_warnings", ["no-data-collected"])  # by the tests that need no data
        seconds = {}
        measured.start()
        for number, item in enumerate(items):
            for cache in ours_that_remember():
                cache.cache_clear()
            measured.switch_context(str(number))
            began = time.process_time()
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=until)):
                self.failing.append(item.nodeid)
            else:
                seconds[number] = time.process_time() - began
        measured.stop()
        data = measured.get_data()
        return {
            path: {line: set(map(int, filter(None, tests))) for line, tests in data.contexts_by_lineno(full).items()}
            for path, full in paths.items()
        }, seconds

    def note_one(self, running: dict[int, Mutant]) -> None:
        child, status = os.wait()
        mutant = running.pop(child)
        self.outcomes[mutant.number] = outcome = "survives" if status == 0 else "killed"
        if outcome == "killed":
            del self.alive[mutant.number]


def tests_of(mutant: Mutant, reached: Reached) -> set[int]:
    """Those that reach one of its lines; where none of these is a line of its own to Python, one of its function."""
    by_line = reached[mutant.path]

    def within(first: int, last: int) -> set[int]:
        return set().union(*(by_line.get(line, ()) for line in range(first, last + 1)))

    lines = [line for _start, _end, line in code_of(mutant).co_lines() if line]
    return within(*mutant.lines) or within(min(lines) + 1, max(lines))


def fastest(tests: set[int], seconds: dict[int, float]) -> list[int]:
    """The fastest first, as many as end within a minute; one at least. A test that fails without a mutant is none."""
    ordered = sorted(tests & seconds.keys(), key=seconds.__getitem__)
    ends = accumulate(seconds[test] for test in ordered)
    return ordered[:1] + [test for test, end in zip(ordered, ends, strict=True) if end <= MOST_SECONDS][1:]


def code_of(mutant: Mutant) -> CodeType:
    return codes(compile(mutant.code, str(ROOT / mutant.path), "exec"))[mutant.where]


def codes(code: CodeType) -> dict[str, CodeType]:
    """What a module defines, by qualified name."""
    found = {}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= {constant.co_qualname: constant} | codes(constant)
    return found


def run_with(
    mutant: Mutant,
    functions: Sequence[FunctionType],
    caches: Sequence[Any],
    tests: Iterable[pytest.Item],
    until: Until,
    most: int,
) -> NoReturn:
    """Ends the process: with 0 if no test notices."""
    try:
        signal.setitimer(signal.ITIMER_PROF, most)  # of the processor: on a busy machine all take longer
        signal.alarm(20 * most)  # for one that only waits
        for function in functions:
            function.__code__ = code_of(mutant)
        for cache in caches:
            cache.cache_clear()
        for test in tests:
            if any(report.failed for report in runtestprotocol(test, log=True, nextitem=until)):
                os._exit(1)
        os._exit(0)
    except BaseException:
        os._exit(1)


def live(mutants: Iterable[Mutant]) -> dict[tuple[str, str], list[FunctionType]]:
    """The functions that are to be changed, also where a decorator has them."""
    wanted = {(str(ROOT / each.path), each.where): (each.path, each.where) for each in mutants}
    found: dict[tuple[str, str], list[FunctionType]] = {key: [] for key in wanted.values()}
    for each in gc.get_objects():
        if type(each) is FunctionType and (key := wanted.get((each.__code__.co_filename, each.__code__.co_qualname))):
            found[key].append(each)
    return found


def ours_that_remember() -> Iterator[Any]:
    """What functions of ours remember for good, one test may not take from another."""
    for each in gc.get_objects():
        if type(each) is functools._lru_cache_wrapper and str(each.__module__).startswith(OURS):
            yield each


def main(drawn: str, outcomes: str, *tests: str) -> int:
    numbered = enumerate(json.loads(Path(drawn).read_text()))
    judge = Judge(
        [Mutant(number, each["path"], each["where"], tuple(each["lines"]), each["code"]) for number, each in numbered]
    )
    ended = pytest.main(
        ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-m", "not browser and not slow", *tests], plugins=[judge]
    )
    Path(outcomes).write_text(json.dumps({"outcomes": list(judge.outcomes.values()), "failing": judge.failing}))
    return ended


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
