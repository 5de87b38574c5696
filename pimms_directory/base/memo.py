"""Remembers what follows from the published data for as long as the data stay the same.

    @memo_by_revision(maxsize=1)
    def lookup_tables() -> LookupTables: ...

asks the database once for each revision of the data (``revision.py``), and not once for each page.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from functools import lru_cache, wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.utils import timezone, translation

from pimms_directory.base import revision

P = ParamSpec("P")
R = TypeVar("R")

REVISION = "pimms.revision"  # the key of the revision in the WSGI environment, if the caller of Django knows it

# The revision that the current public page is made from: ``[]`` until somebody asks for it, ``None`` elsewhere.
_revision: ContextVar[list[int] | None] = ContextVar("revision", default=None)
_clear_functions: list[Callable[[], None]] = []


@contextmanager
def reading(number: int | None = None) -> Iterator[None]:
    """Whatever runs inside only reads, at this revision of the data: answers may be remembered."""
    token = _revision.set([] if number is None else [number])
    try:
        yield
    finally:
        _revision.reset(token)


def current_revision() -> int | None:
    """The revision that this page is made from; None where nothing may be remembered. A query, at most once a page."""
    known = _revision.get()
    if known == []:
        known.append(revision.read(connection))
    return known[0] if known else None


def memo_by_revision(maxsize: int, *, speaks: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keeps the last ``maxsize`` answers of a function, while the data and the day stay the same.

    With the next revision all of them go: they hold records, and what they were made from.
    Outside ``reading()`` nothing is remembered: a transaction that writes may be rolled back, and the number of its
    revision then comes again with other data. Threads take turns: one of them computes, the others find its answer.
    An answer that ``speaks`` holds sentences or addresses: it is kept for each language.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        turn = Lock()
        of: tuple[int, date] | None = None

        @lru_cache(maxsize * len(settings.LANGUAGES) if speaks else maxsize)
        def remembered(language: str | None, *args: Any, **kwargs: Any) -> R:
            return function(*args, **kwargs)

        @wraps(function)
        def answer(*args: P.args, **kwargs: P.kwargs) -> R:
            nonlocal of
            number = current_revision()
            if number is None:
                return function(*args, **kwargs)
            language = translation.get_language() if speaks else None
            with turn:
                if of != (now := (number, timezone.localdate())):
                    remembered.cache_clear()
                    of = now
                return remembered(language, *args, **kwargs)  # type: ignore[arg-type]

        _clear_functions.append(remembered.cache_clear)
        return answer

    return decorate


def forget() -> None:
    """For tests, which roll back the revisions that they have read."""
    for clear in _clear_functions:
        clear()
    caches["template_fragments"].clear()


# How long an answer holds: “open now” and “today” come true only for a while. Code that looks at the clock says here
# when its answer changes, and whoever keeps the page (serving/page_cache.py) listens; views know nothing of it.
_moments: ContextVar[list[datetime] | None] = ContextVar("moments", default=None)


@contextmanager
def moments(now: float) -> Iterator[list[datetime]]:
    """Collects when what runs inside would come out differently: at the next midnight in France at the latest."""
    today = datetime.fromtimestamp(now, timezone.get_default_timezone())
    noted = [datetime.combine(today + timedelta(days=1), time.min, today.tzinfo)]
    token = _moments.set(noted)
    try:
        yield noted
    finally:
        _moments.reset(token)


def changes_at(moment: datetime) -> None:
    if (noted := _moments.get()) is not None:
        noted.append(moment)
