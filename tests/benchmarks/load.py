"""Asks a server for pages and says how fast it answered and what that cost it."""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median, quantiles
from tempfile import NamedTemporaryFile

SCRIPT = Path(__file__).with_name("wrk.lua")
TICKS = os.sysconf("SC_CLK_TCK")
LEAST_REQUESTS = 20  # that a round of wrk should last for, one after the other
LONGEST_SECONDS = 6  # beyond which they are asked for one by one
PATIENCE_SECONDS = 300
ENCODINGS = {"Accept-Encoding": "br, gzip"}


@dataclass(frozen=True)
class Sample:
    """One round, or the median of several. Times in milliseconds, CPU a request; ``memory`` in megabytes."""

    per_second: float
    p50: float
    p99: float
    cpu: float
    database_cpu: float
    memory: float
    bytes: float

    @property
    def total_cpu(self) -> float:
        return self.cpu + self.database_cpu


def median_of(samples: Sequence[Sample]) -> Sample:
    return Sample(*(median(getattr(each, name) for each in samples) for name in Sample.__dataclass_fields__))


@dataclass(frozen=True)
class Answer:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float

    @property
    def wire_bytes(self) -> int:
        return len(self.body) + sum(len(name) + len(value) + 4 for name, value in self.headers) + 19


def ask(port: int, path: str, headers: Mapping[str, str] = ENCODINGS) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        begun = time.perf_counter()
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        body = response.read()
        return Answer(response.status, response.reason, response.getheaders(), body, time.perf_counter() - begun)
    finally:
        connection.close()


@dataclass(frozen=True)
class Load:
    """How hard to ask. ``seconds`` 0 asks for one address once."""

    seconds: int
    connections: int
    client: tuple[str, ...] = ()  # the command that binds wrk to its core

    def measure(
        self,
        port: int,
        paths: Sequence[str],
        workers: Callable[[], Iterable[int]],
        database: Callable[[], Iterable[int]] = tuple,
        headers: Mapping[str, str] = ENCODINGS,
    ) -> Sample:
        processes = (workers, database)
        before = [cpu_seconds(pids()) for pids in processes]
        first = ask(port, paths[0], headers)
        if first.status not in (200, 304):
            raise RuntimeError(f"{paths[0]} answers {first.status}")
        unfinished = 0
        if not self.seconds or first.seconds > self.seconds:  # that was the round
            took = first.seconds * 1000
            count, seconds, size, p50, p99 = 1, first.seconds, first.wire_bytes, took, took
        elif first.seconds * LEAST_REQUESTS < LONGEST_SECONDS:
            before = [cpu_seconds(pids()) for pids in processes]
            # Long enough for each address: common words cost more than rare ones, large regions more than small ones.
            lasting = min(first.seconds * max(LEAST_REQUESTS, len(paths)), LONGEST_SECONDS)
            duration = max(self.seconds, ceil(lasting))
            count, seconds, size, p50, p99 = self.wrk(port, paths, headers, duration)
            # Each connection was waiting for one more answer, which the server works out all the same.
            unfinished = self.connections
            settle(workers)
        else:
            before = [cpu_seconds(pids()) for pids in processes]
            count, seconds, size, p50, p99 = self.one_by_one(port, paths, headers)
        cpu, database_cpu = (
            (cpu_seconds(pids()) - earlier) * 1000 / (count + unfinished)
            for pids, earlier in zip(processes, before, strict=True)
        )
        return Sample(
            per_second=count / seconds,
            p50=p50,
            p99=p99,
            cpu=cpu,
            database_cpu=database_cpu,
            memory=max(resident_mb(pid) for pid in workers()),
            bytes=size / count,
        )

    def wrk(
        self, port: int, paths: Sequence[str], headers: Mapping[str, str], duration: int
    ) -> tuple[int, float, int, float, float]:
        with NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("".join(f"{path}\n" for path in paths))
            file.flush()
            command = [
                *(*self.client, "wrk", "-t1", f"-c{self.connections}", f"-d{duration}s", "--timeout", "60s"),
                *(part for name, value in headers.items() for part in ("-H", f"{name}: {value}")),
                *("-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--", file.name),
            ]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return read_result(output)

    def one_by_one(
        self, port: int, paths: Sequence[str], headers: Mapping[str, str]
    ) -> tuple[int, float, int, float, float]:
        begun = time.perf_counter()
        answers: list[Answer] = []
        while not answers or time.perf_counter() - begun < self.seconds:
            answers.append(ask(port, paths[len(answers) % len(paths)], headers))
            if answers[-1].status not in (200, 304):
                raise RuntimeError(f"{paths[0]} answers {answers[-1].status}")
        seconds = time.perf_counter() - begun
        times = [answer.seconds * 1000 for answer in answers]
        p99 = quantiles(times, n=100)[-1] if len(times) > 100 else max(times)
        return len(answers), seconds, sum(answer.wire_bytes for answer in answers), median(times), p99


def settle(pids: Callable[[], Iterable[int]]) -> None:
    """Waits until these processes have nothing left to do."""
    deadline = time.monotonic() + 30
    before = -1.0
    while (now := cpu_seconds(pids())) != before and time.monotonic() < deadline:
        before = now
        time.sleep(0.1)


def read_result(output: str) -> tuple[int, float, int, float, float]:
    """Requests, seconds, bytes, p50 and p99 in milliseconds. Raises ``RuntimeError`` for anything but answers."""
    line = next((line for line in output.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise RuntimeError(f"wrk said nothing:\n{output}")
    requests, duration, size, p50, p99, errors = (int(word) for word in line.split()[1:])
    if errors or not requests:
        raise RuntimeError(f"wrk met {errors} errors in {requests} requests:\n{output}")
    return requests, duration / 1e6, size, p50 / 1e3, p99 / 1e3


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes, and of their children that have ended."""
    total = 0
    for pid in pids:
        try:
            # The name, in brackets, may hold spaces.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    return 0.0


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
