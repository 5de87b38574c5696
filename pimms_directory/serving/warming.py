"""Sees to it that the pages of the sitemap are at hand before anybody asks: after a start, and after each change.

One process of the machine makes them, and the others take them over (``shelf.py``).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connections
from django.urls import reverse

if TYPE_CHECKING:
    from pimms_directory.serving.page_cache import Address, PageCache

logger = logging.getLogger(__name__)

TICK = 1.0  # seconds between two looks for something to do
ROUND = 60.0  # seconds after which pages that the clock put out of date are made again
REST = 2  # times as long as a page took: readers go first
PATIENCE = 0.2  # seconds that a page waits for those which readers wait for
ORIGINS = 2
FULL = 0.75  # of the memory, for pages made in advance

FOR_MACHINES = ("site-csv", "site-xlsx", "site-json", "site-geojson", "feed", "sitemap", "robots-txt", "openapi")


def canonical_paths() -> Iterator[str]:
    """The pages that readers come for, the most asked for first: one site's last, for there may be many of them."""
    from pimms_directory import crawlers

    yield from map(reverse, FOR_MACHINES)
    yield from (address for address, _changed in crawlers.public_pages())


class Warmer:
    """A thread of its own, that gives way to readers and to newer changes."""

    def __init__(self, cache: PageCache) -> None:
        self.cache = cache
        self.stopping = threading.Event()
        self.thread: threading.Thread | None = None
        self.large: set[Address] = set()  # too large to be kept: made for nothing, once
        self.made = self.taken = 0  # pages, since the log last said so

    def start(self) -> None:
        if settings.PAGE_CACHE_WARM and self.thread is None:
            self.thread = threading.Thread(target=self.run, name="warmer", daemon=True)
            self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        if self.thread:
            self.thread.join()

    def run(self) -> None:
        done: tuple[int, int] | None = None  # revision and number of origins of the last complete round
        seen = self.cache.watch.current()
        again = 0.0
        pause = 0.0
        while not self.stopping.wait(pause):
            pause = TICK
            try:
                revision = self.cache.watch.current()
                settled, seen = revision == seen, revision
                if revision is None or not settled:
                    continue
                task = (revision, len(self.cache.warmed))
                if task == done and time.monotonic() < again:
                    continue
                try:
                    complete = self.warm(revision)
                finally:
                    connections.close_all()  # idle until the next round
                if complete and (task != done or self.made):
                    self.tell(revision)
                done = task if complete else None
                again = time.monotonic() + ROUND
            except Exception:  # a page's own fault is logged with it; this thread must outlive whatever happens
                logger.exception("Pages could not be made in advance.")
                self.stopping.wait(ROUND)

    def warm(self, revision: int) -> bool:
        """False if a newer revision or a database that does not answer stopped it, or if others still make some."""
        missing = 0
        addresses = list(self.addresses())
        self.cache.canonical = frozenset(addresses)
        with self.cache.shelf.turn() as ours:
            for address in addresses:
                if address in self.large:
                    continue
                if self.stopping.is_set() or self.cache.watch.current() != revision:
                    return False
                page = self.cache.pages.get(address)
                if page is None and self.cache.pages.used > FULL * self.cache.pages.limit:
                    continue  # it would push out another page of ours, to be made again in the next round
                if page and self.cache.is_fresh(page, revision) and not page.former:
                    if not self.cache.shelf.holds(address):  # a reader was the first to ask for it
                        self.cache.shelf.put(page, self.cache.watch.history)
                    continue
                page = self.cache.taken_over(address, revision)
                if page and not page.former:
                    self.taken += 1
                elif not ours:
                    missing += 1
                elif not self.make(address, revision):
                    return False
            if ours and self.made:
                self.cache.shelf.clear_away()
        return not missing

    def make(self, address: Address, revision: int) -> bool:
        """After those that readers wait for; False if the database does not answer."""
        from pimms_directory.serving.page_cache import Rendered

        deadline = time.monotonic() + PATIENCE
        while self.cache.makers.making and time.monotonic() < deadline:
            self.stopping.wait(0.02)
        began = time.monotonic()
        made = self.cache.make(address, revision, canonical=True)
        if isinstance(made, Rendered):
            made.close()
            self.large.add(address)
        self.made += made is not None
        self.stopping.wait(REST * (time.monotonic() - began))
        return made is not None

    def tell(self, revision: int) -> None:
        logger.info(
            "%d pages were made in advance and %d taken over, of revision %d of the data.",
            *(self.made, self.taken, revision),
        )
        self.made = self.taken = 0

    def addresses(self) -> Iterator[Address]:
        from pimms_directory.serving.page_cache import address_of

        paths = list(islice(canonical_paths(), settings.PAGE_CACHE_WARM))
        for scheme, host in self.cache.warmed[:ORIGINS]:
            for path in paths:
                if address := address_of(scheme, host, path, ""):
                    yield address
