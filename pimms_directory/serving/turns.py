"""How many threads of a worker do what takes time, so that others are left to serve what is kept."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0  # seconds that a reader waits for a turn, or for somebody who makes the same page already


class Turns:
    """So many threads work at once, and twice as many may wait for it: the others serve what is kept."""

    def __init__(self, places: int) -> None:
        self.places, self.present = threading.Semaphore(places), threading.Semaphore(3 * places)
        self.last = 0.0  # when one was taken

    @contextmanager
    def one(self, patience: float) -> Iterator[bool]:
        """Whether there was a turn. Where none ended for longer than ``PATIENCE``, nobody waits."""
        taken, present = False, self.present.acquire(blocking=False)
        if present:
            stuck = time.monotonic() - self.last > PATIENCE  # if all are taken, then none for less than that
            taken = self.places.acquire(timeout=0 if stuck else patience)
        try:
            if taken:
                self.last = time.monotonic()
            yield taken
        finally:
            if taken:
                self.places.release()
            if present:
                self.present.release()
