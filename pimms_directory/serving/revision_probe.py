"""Asks the database for the revision of the data, at most every 0.8 s, and notices when it does not answer."""

import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

from django.db import connection

from pimms_directory.base import revision

logger = logging.getLogger(__name__)

INTERVAL = 0.8  # seconds for which an answer holds good
PATIENCE = 1.0  # seconds that a reader waits for an answer


def read_database() -> int:
    try:
        return revision.read(connection)
    finally:
        connection.close()  # or back to the pool, which knows whether it is still a good one


class RevisionProbe:
    """A thread of its own asks when a reader wants to know: no reader hangs on a database that says nothing."""

    def __init__(self, read: Callable[[], int] = read_database, clock: Callable[[], float] = time.monotonic) -> None:
        self.read, self.clock = read, clock
        self.number: int | None = None  # the one that came last
        self.holds_until = -math.inf
        self.away = False
        self.lock = Lock()
        self.thread = ThreadPoolExecutor(1, "revision")  # begins when it is first used: after the fork of a worker
        self.question: Future[None] | None = None

    def current(self) -> int | None:
        """None while the database does not answer."""
        if self.clock() >= self.holds_until:
            with self.lock:
                if asks := self.question is None or self.question.done():
                    self.question = self.thread.submit(self.ask)
                question = self.question
            # While the database is away, only who asks waits: otherwise the first reader after it came back, of a
            # process that nobody had asked for a while, would still be told that it is away.
            if (asks or not self.away) and not wait([question], PATIENCE).done:
                self.lose(f"no answer within {PATIENCE:g} s")
        return None if self.away else self.number

    def ask(self) -> None:
        began = self.clock()
        try:
            self.number = self.read()
        except Exception as error:  # whatever a driver raises
            self.lose(type(error).__name__)
            began = self.clock()  # which may have taken long
        else:
            if self.away:
                self.away = False
                logger.warning("The database answers again.")
        self.holds_until = began + INTERVAL

    def lose(self, reason: str) -> None:
        if not self.away:
            self.away = True
            logger.error("The database does not answer (%s): pages are served as last known.", reason)


revision_probe = RevisionProbe()  # of this process
