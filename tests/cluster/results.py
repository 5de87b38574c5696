"""What trials found: a table of them, and what must not be."""

from __future__ import annotations

from tests.cluster.client import Readers

Row = tuple[str, str, str, str, str, str]
HEAD: Row = ("trial, 200 readers’ requests a second", "answers", "lost", "p50 ms", "p99 ms", "")
rows: list[Row] = []
failures: list[str] = []


def report(trial: str, readers: Readers, *, allowed: int = 0, note: str = "") -> None:
    lost = len(readers.lost)
    statuses = ", ".join(f"{status or 'none'}: {number}" for status, number in sorted(readers.statuses.items()))
    figures = (f"{readers.quantile(0.5):.0f}", f"{readers.quantile(0.99):.0f}", f"{readers.quantile(1):.0f}")
    note = f"longest {figures[2]} ms; {note}".rstrip("; ")
    say((trial, statuses, str(lost), *figures[:2], note))
    if lost > allowed:
        errors = {answer.error or str(answer.status) for answer in readers.lost}
        failures.append(f"{trial}: {lost} requests of readers lost: {', '.join(sorted(errors))[:500]}")
    failures.extend(f"{trial}: {wrong}" for wrong in readers.wrong[:3])


def say(row: Row) -> None:
    rows.append(row)
    print(" | ".join(row), flush=True)


def expect(condition: bool, sentence: str) -> None:
    if not condition:
        failures.append(sentence)
        print(f"FAILED: {sentence}", flush=True)


def print_all() -> None:
    print("\n" + "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ("---",) * 6, *rows)))
    for failure in failures:
        print(f"FAILED: {failure}")
