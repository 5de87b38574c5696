"""What pages derive from the published data, and would derive again for each reader: kept while the data stand.

It is the revision (``revision.py``) that says whether they do.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import lru_cache, wraps
from threading import Lock
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import connection

from pimms_directory.base import revision

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K")
S = TypeVar("S")
V = TypeVar("V")

REVISION = "pimms.revision"  # in the WSGI environment: the number, where who calls Django knows it


class Reading:
    """The revision that a public page is made from; asked for at most once, and not at all where it is known."""

    def __init__(self, number: int | None = None) -> None:
        self.known = number

    @property
    def number(self) -> int:
        if self.known is None:
            self.known = revision.read(connection)
        return self.known


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)
_memories: list[Callable[[], None]] = []


@contextmanager
def reading(number: int | None = None) -> Iterator[None]:
    """What runs inside only reads: what it derives from the data may be kept."""
    token = _reading.set(Reading(number))
    try:
        yield
    finally:
        _reading.reset(token)


def kept(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps what a function derives from the published data, the ``most`` answers used last, while the revision stands.

    Only inside ``reading()``: a transaction that writes may yet be rolled back, and its number come again. Of what
    there is but one answer, all pages wait for the first that asks: several would derive the same, side by side.
    """

    def decorate(derive: Callable[P, R]) -> Callable[P, R]:
        turn = Lock() if most == 1 else nullcontext()

        @lru_cache(most)
        def remembered(number: int, *args: Any, **kwargs: Any) -> R:
            return derive(*args, **kwargs)

        @wraps(derive)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            page = _reading.get()
            if page is None:
                return derive(*args, **kwargs)
            number = page.number  # a query, maybe
            with turn:
                return remembered(number, *args, **kwargs)  # type: ignore[arg-type]

        _memories.append(remembered.cache_clear)
        return ask

    return decorate


class Shelf(Generic[K, S, V]):
    """Like ``kept``, for what is best derived many at a time, each value by its key from a source."""

    def __init__(self, most: int, derive: Callable[[Mapping[K, S]], Mapping[K, V]]) -> None:
        self.most = most
        self.derive = derive
        self.values: OrderedDict[tuple[int, K], V] = OrderedDict()
        self.lock = Lock()
        _memories.append(self.values.clear)

    def take(self, sources: Mapping[K, S]) -> Mapping[K, V]:
        """The values of all keys, in their order."""
        page = _reading.get()
        if page is None:
            derived = self.derive(sources)
            return {key: derived[key] for key in sources}
        with self.lock:
            found = {key: value for key in sources if (value := self.values.get((page.number, key))) is not None}
        if missing := {key: source for key, source in sources.items() if key not in found}:
            found |= self.derive(missing)
        with self.lock:
            for key in sources:
                self.values[page.number, key] = found[key]
                self.values.move_to_end((page.number, key))
            while len(self.values) > self.most:
                self.values.popitem(last=False)
        return {key: found[key] for key in sources}


def forget() -> None:
    """For tests, which roll back the numbers that they have read."""
    for clear in _memories:
        clear()
