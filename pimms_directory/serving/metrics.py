"""Figures for Prometheus at ``/metrics``, for who brings ``METRICS_TOKEN``. Without that setting nothing imports this.

A scrape meets any one worker, so each must answer for all: they write to files of one folder (prometheus_client's
multi-process mode, set up by ``gunicorn_conf.py``). Counters of workers that are gone stay in the sum.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from pimms_directory.base import revision
from pimms_directory.base.addresses import PROBES, route_at
from pimms_directory.base.version import version
from pimms_directory.serving.page_cache import RESULT

TRIES = 10  # to read what workers are writing

METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}

# Their own registry: the library's default one adds Python's garbage collector and the like.
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "pimms_requests", "Answers sent, by name of the route.", ["route", "method", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "pimms_request_seconds",
    "Time until the last byte of an answer was handed to the server.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
IN_PROGRESS = Gauge(
    "pimms_requests_in_progress", "Requests being answered.", multiprocess_mode="livesum", registry=REGISTRY
)
KEPT = Counter("pimms_page_cache", "Public pages, by what the page cache did.", ["result"], registry=REGISTRY)


@lru_cache(maxsize=2048)
def route_of(path: str) -> str:
    """A name of which there are few: never what somebody typed."""
    if path in PROBES:
        return path[1:]
    if path.startswith(settings.STATIC_URL):
        return "static"
    try:
        return route_at(path).view_name or "unnamed"
    except Resolver404:
        return "unknown"


def count(environ: dict[str, Any], path: str, status: str, seconds: float) -> None:
    """Notes an answer that was sent to its last byte: gunicorn's hooks know when that is.

    ``path`` as it was sent: Django puts what it made of that into the environ, where WSGI has something else.
    """
    method, route = environ["REQUEST_METHOD"], route_of(unquote(path))
    REQUESTS.labels(route, method if method in METHODS else "other", status).inc()
    SECONDS.labels(route).observe(seconds)
    if result := environ.get(RESULT):
        KEPT.labels(result).inc()


class Now:
    """What is looked up at each scrape rather than counted. ``last_backup`` in seconds since 1970, if there is one."""

    def __init__(self, last_backup: float | None) -> None:
        self.last_backup = last_backup

    def collect(self) -> Iterator[GaugeMetricFamily]:
        build = GaugeMetricFamily("pimms_build_info", "The running version.", labels=["version"])
        build.add_metric([version()], 1)
        yield build
        try:
            number = revision.read(connection)
        except Exception:  # whatever a driver raises
            connection.close()
            yield GaugeMetricFamily("pimms_database_up", "Whether the database answers.", 0)
        else:
            yield GaugeMetricFamily("pimms_database_up", "Whether the database answers.", 1)
            yield GaugeMetricFamily("pimms_data_revision", "Revision of the published data.", number)
        memory = GaugeMetricFamily(
            "pimms_resident_bytes", "Memory of a process, shared pages included.", labels=["pid"]
        )
        for pid, size in resident_bytes():
            memory.add_metric([str(pid)], size)
        yield memory
        if self.last_backup is not None:
            yield GaugeMetricFamily(
                "pimms_last_backup_timestamp_seconds", "When the newest backup was made.", self.last_backup
            )


def resident_bytes() -> Iterator[tuple[int, int]]:
    """Of all workers, as their common parent knows them; of this process alone without them."""
    pids = [os.getpid()]
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        parent = os.getppid()
        pids = [int(pid) for pid in read(f"/proc/{parent}/task/{parent}/children").split()] or pids
    for pid in pids:
        if fields := read(f"/proc/{pid}/statm").split():
            yield pid, int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:  # gone meanwhile, or no Linux
        return ""


def summed(registry: CollectorRegistry) -> bytes:
    """The library cannot read the file of a worker that is just making it: a moment later it can."""
    for _attempt in range(TRIES):
        try:
            return generate_latest(registry)
        except struct.error:
            time.sleep(0.02)
    return generate_latest(registry)


def answer(request: HttpRequest, last_backup: float | None) -> HttpResponse | None:
    """None for who may not know."""
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return None
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    now = CollectorRegistry()
    now.register(Now(last_backup))
    return HttpResponse(
        summed(registry) + generate_latest(now),
        content_type=CONTENT_TYPE_LATEST,
        headers={"Cache-Control": "no-store"},
    )
