"""The data's revision as it was less than a second ago, and whether the database answers at all."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable

from django.db import connection

from pimms_directory import revision

logger = logging.getLogger(__name__)

INTERVAL = 0.8  # seconds for which a look at the database holds good
PATIENCE = 1.0  # seconds that a reader waits for a look
PAUSE = 0.5  # seconds between two looks at a database that does not answer


def read_database() -> int:
    try:
        return revision.read(connection)
    except Exception:
        # Perhaps only the connection is gone: the database may have been restarted.
        connection.close()
        return revision.read(connection)


class Watch:
    """One thread looks, when somebody asks and the last look is too old: no reader hangs on a silent database."""

    def __init__(self, read: Callable[[], int] = read_database, clock: Callable[[], float] = time.monotonic) -> None:
        self.read = read
        self.clock = clock
        self.number: int | None = None
        self.last: int | None = None  # what the last look found that found any
        self.seen = -math.inf  # when the look that found the number began
        self.begun = self.ended = 0  # looks
        self.away = False
        self.wanted = self.stopped = False
        self.turn = threading.Condition()
        self.thread: threading.Thread | None = None

    def current(self) -> int | None:
        """None while the database does not answer."""
        if self.clock() - self.seen < INTERVAL:
            return self.number
        return self.look()

    def look(self) -> int | None:
        """What a look finds that begins after this call."""
        with self.turn:
            mine = self.begun + 1
            self.wanted = True
            self.turn.notify_all()
            if self.thread is None or not self.thread.is_alive():  # a forked process has no threads
                self.thread = threading.Thread(target=self.run, name="watch", daemon=True)
                self.thread.start()
            if not self.away and not self.turn.wait_for(lambda: self.ended >= mine, PATIENCE):
                self.lose(f"no answer within {PATIENCE:g} s")
            return self.number

    def run(self) -> None:
        while True:
            with self.turn:
                self.turn.wait_for(lambda: self.wanted or self.stopped)
                if self.stopped:
                    break
                self.wanted = False
                self.begun += 1
                began = self.clock()
            try:
                number = self.read()
            except Exception as error:  # whatever a driver raises
                with self.turn:
                    self.ended = self.begun
                    self.lose(type(error).__name__)
                    self.turn.notify_all()
                    self.turn.wait_for(lambda: self.stopped, PAUSE)
            else:
                with self.turn:
                    self.ended = self.begun
                    self.find(number, began)
                    self.turn.notify_all()
        connection.close()

    def lose(self, reason: str) -> None:
        self.number, self.seen = None, -math.inf
        if not self.away:
            self.away = True
            logger.error("The database does not answer (%s): pages are served as last known.", reason)

    def find(self, number: int, began: float) -> None:
        self.number = self.last = number
        self.seen = began
        if self.away:
            self.away = False
            logger.warning("The database answers again.")

    def stop(self) -> None:
        with self.turn:
            self.stopped = True
            self.turn.notify_all()
        if self.thread:
            self.thread.join()


# Of this process.
shared = Watch()
