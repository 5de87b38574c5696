"""Asks a server for pages; says how long the answers took and what they cost its processes."""

from __future__ import annotations

import http.client
import os
import re
import ssl
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 4
ENCODINGS = {"Accept-Encoding": "br, gzip"}
LEAST_REQUESTS = 20  # of a round of slow pages …
LONGEST_SECONDS = 6  # … which may last so long for their sake
PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Answer:
    status: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Round:
    """What one candidate did in its turn. Processor times are milliseconds a request, memory megabytes a worker."""

    per_second: float
    cpu: float
    database_cpu: float
    memory: float
    times: tuple[float, ...] = ()  # milliseconds of each request, where they were asked one by one


@dataclass(frozen=True)
class Server:
    port: int
    pid: int  # of the first process, which starts those that answer
    tls: bool = False
    behind: Server | None = None  # whose work is counted too

    def workers(self) -> list[int]:
        return (children(self.pid) or [self.pid]) + (self.behind.workers() if self.behind else [])

    def ask(self, path: str) -> Answer:
        """Raises ``RuntimeError`` for anything but 200: a page that fails costs nothing."""
        address = ("127.0.0.1", self.port)
        connection = (
            http.client.HTTPSConnection(
                *address,
                timeout=PATIENCE_SECONDS,
                context=ssl._create_unverified_context(),  # noqa: S323 - signed by nobody, asked on this machine
            )
            if self.tls
            else http.client.HTTPConnection(*address, timeout=PATIENCE_SECONDS)
        )
        try:
            connection.request("GET", path, headers=ENCODINGS)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise RuntimeError(f"{path} answers {response.status}")
        return Answer(f"{response.status} {response.reason}", response.getheaders(), body)


def one_by_one(server: Server, paths: Iterator[str], seconds: float, database: Iterable[int]) -> Round:
    """Goes on with ``paths`` where the round before stopped. ``seconds`` 0 means one request."""
    before = cpu_seconds(server.workers()), cpu_seconds(database)
    times: list[float] = []
    begun = now = time.perf_counter()
    while (
        not times
        or now - begun < seconds
        or (seconds and len(times) < LEAST_REQUESTS and now - begun < LONGEST_SECONDS)
    ):
        server.ask(next(paths))
        earlier, now = now, time.perf_counter()
        times.append((now - earlier) * 1000)
    return finished(server, database, before, len(times), now - begun, tuple(times))


def all_at_once(server: Server, path: str, seconds: int, database: Iterable[int]) -> Round:
    """As much as the server can answer. ``seconds`` 0 means one request."""
    before = cpu_seconds(server.workers()), cpu_seconds(database)
    if not seconds:
        server.ask(path)
        return finished(server, database, before, 1, 1)
    url = f"{'https' if server.tls else 'http'}://127.0.0.1:{server.port}{path}"
    headers = [part for name, value in ENCODINGS.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *headers, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return finished(server, database, before, requests_of_wrk(output), seconds)


def requests_of_wrk(output: str) -> int:
    """Raises ``RuntimeError`` where anything went wrong: a round with errors does not count."""
    found = re.search(r"(\d+) requests in", output)
    if not found or not int(found[1]) or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk met errors:\n{output}")
    return int(found[1])


def finished(
    server: Server,
    database: Iterable[int],
    before: tuple[float, float],
    requests: int,
    seconds: float,
    times: tuple[float, ...] = (),
) -> Round:
    workers = server.workers()
    cpu, database_cpu = (
        (cpu_seconds(pids) - earlier) * 1000 / requests
        for pids, earlier in zip((workers, database), before, strict=True)
    )
    return Round(requests / seconds, cpu, database_cpu, max(resident_mb(pid) for pid in workers), times)


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes, and of their children that have ended."""
    total = 0
    for pid in pids:
        try:
            # The name, in brackets, may hold spaces.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:  # a session of PostgreSQL that has ended: its time is the postmaster's by now
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def resident_mb(pid: int) -> float:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1000 if found else 0


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
