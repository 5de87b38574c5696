"""The data's revision as it was less than a second ago, and whether the database answers at all."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, connections

from pimms_directory.base import revision
from pimms_directory.base.databases import REPLICA

logger = logging.getLogger(__name__)

INTERVAL = 0.8  # seconds for which a look at the database holds good
PATIENCE = 1.0  # seconds that a reader waits for a look
REPLICA_PAUSE = 15.0  # seconds for which a replica that does not answer is left alone
PAUSE = 0.5  # seconds between two looks at a database that does not answer


def read_database(alias: str = DEFAULT_DB_ALIAS) -> int:
    connection = connections[alias]
    try:
        return revision.read(connection)
    except Exception:
        # Perhaps only the connection is gone: the database may have been restarted.
        connection.close()
        return revision.read(connection)


def read_history(alias: str) -> str:
    return revision.history(connections[alias])


class Nearest:
    """Reads the replica, if there is one; the primary while the replica is away or behind what readers have seen.

    What a number stands for is the same on both, because the replica follows the primary commit by commit.
    """

    def __init__(
        self,
        read: Callable[[str], int] = read_database,
        clock: Callable[[], float] = time.monotonic,
        name: Callable[[str], str] = read_history,
    ) -> None:
        self.read = read
        self.clock = clock
        self.name = name
        self.history = ""  # which database it is, the same on the replica
        self.alias = DEFAULT_DB_ALIAS  # which database the last number was read from
        self.number = -1
        self.again = -math.inf if REPLICA in connections else math.inf  # when to ask the replica

    def __call__(self) -> int:
        alias, number = DEFAULT_DB_ALIAS, None
        if self.clock() >= self.again:
            try:
                number = self.read(REPLICA)
            except Exception as error:  # whatever a driver raises
                self.again = self.clock() + REPLICA_PAUSE
                logger.warning("The replica does not answer (%s): the primary is read.", type(error).__name__)
            else:
                alias = REPLICA
        if number is None or number < self.number:
            alias, number = DEFAULT_DB_ALIAS, self.read(DEFAULT_DB_ALIAS)
        self.history = self.history or self.name(alias)
        self.alias, self.number = alias, number
        return number


class Watch:
    """One thread looks, when somebody asks and the last look is too old: no reader hangs on a silent database."""

    def __init__(self, read: Callable[[], int] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.read = read or Nearest()
        self.clock = clock
        self.number: int | None = None
        self.last: int | None = None  # what the last look found that found any
        self.seen = -math.inf  # when the look that found the number began
        self.begun = self.ended = 0  # looks
        self.away = False
        self.wanted = self.stopped = False
        self.turn = threading.Condition()
        self.thread: threading.Thread | None = None

    @property
    def source(self) -> str:
        """The database that the last look was at, and that pages must therefore be read from."""
        return getattr(self.read, "alias", DEFAULT_DB_ALIAS)

    @property
    def history(self) -> str:
        """Of the database that numbers belong to; empty before the first look that found one."""
        return getattr(self.read, "history", "")

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
        connections.close_all()

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
