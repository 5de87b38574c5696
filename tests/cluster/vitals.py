"""What a running topology holds: memory, threads, files, connections, and what lies on its disks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.cluster.topology import Topology


@dataclass(frozen=True)
class Measure:
    name: str
    unit: str
    most: float  # at any moment
    growth: float  # of the most in the last quarter above the most in the second one


# web1 is never restarted: what grows, grows there. Bounds follow from what is configured. What processes share counts
# by its share: that of gunicorn’s own process is larger while there are fewer workers.
MEASURES = (
    Measure("a worker of web1", "MB", 200, 12),  # 200: the alert of docs/operations.md; 12: the page cache, and half
    Measure("a worker of web2", "MB", 200, 30),
    Measure("gunicorn’s own process", "MB", 100, 15),
    Measure("a process of nginx", "MB", 60, 10),
    Measure("threads of a worker", "", 48, 8),  # WEB_THREADS is 32; the pools and the probe have a few
    Measure("open files of a worker", "", 160, 20),
    Measure("open files of nginx", "", 400, 60),
    Measure("connections of PostgreSQL", "", 50, 6),  # 2 replicas × 2 workers × 11, and the commands
    Measure("var/ of both servers", "kB", 100, 0),
    Measure("temporary files", "kB", 5000, 1000),
    Measure("pages kept by nginx", "MB", 60, 15),
    Measure("searches kept by nginx", "MB", 55, 55),  # max_size=50m
    Measure("figures for Prometheus", "MB", 40, 20),  # some files for each worker that ever was
)


def sample(topology: Topology) -> dict[str, float]:
    web1, web2 = topology.replicas
    workers = [pid for each in topology.replicas for pid in each.workers()]
    assert topology.nginx
    nginx = [topology.nginx.pid, *children(topology.nginx.pid)]
    folder = topology.folder
    try:
        with psycopg.connect(topology.postgresql.url, connect_timeout=2) as session:
            text = "SELECT count(*) - 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"
            connections = session.execute(text).fetchone()[0]  # type: ignore[index]
    except psycopg.OperationalError:
        connections = 0  # it is away
    masters = [each.process.pid for each in topology.replicas if each.process]
    found = (
        max(map(memory, web1.workers()), default=0),
        max(map(memory, web2.workers()), default=0),
        max(map(memory, masters), default=0),
        max(map(memory, nginx)),
        max(map(threads, workers), default=0),
        max(map(files, workers), default=0),
        sum(map(files, nginx)),
        connections,
        sum(size(folder / each.name) for each in topology.replicas) / 1e3,
        sum(size(folder / name) for name in ("tmp", "body", "proxy")) / 1e3,
        size(folder / "pages") / 1e6,
        size(folder / "searches") / 1e6,
        sum(size(each) for each in Path("/dev/shm").glob("pimms-metrics-*")) / 1e6,  # noqa: S108
    )
    return dict(zip((measure.name for measure in MEASURES), found, strict=True))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory(pid: int) -> float:
    """Megabytes of its own, shared parts by their share. 0 for a process that has just ended, here and below."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"Pss:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0


def threads(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    except OSError:
        return 0


def files(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0


def size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*") if folder.exists() else ():
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # gone meanwhile
    return total


@dataclass(frozen=True)
class Judged:
    measure: Measure
    first: float
    most: float
    last: float
    growth: float

    @property
    def is_within(self) -> bool:
        return self.most <= self.measure.most and self.growth <= self.measure.growth

    def cells(self) -> tuple[str, ...]:
        unit = f" {self.measure.unit}".rstrip()
        figures = (self.first, self.most, self.last)
        within = "" if self.is_within else " **beyond**"
        bound = f"{self.measure.most:g}{unit}, +{self.measure.growth:g}"
        return (
            self.measure.name,
            *(f"{each:.0f}{unit}" for each in figures),
            f"{self.growth:+.0f}{unit}",
            bound + within,
        )


def judged(samples: list[dict[str, float]]) -> list[Judged]:
    quarter = max(1, len(samples) // 4)
    found = []
    for measure in MEASURES:
        values = [each[measure.name] for each in samples]
        growth = max(values[-quarter:]) - max(values[quarter : 2 * quarter] or values[:1])
        found.append(Judged(measure, values[0], max(values), values[-1], growth))
    return found
