"""What a page says may come true only for a while: “open now”, “today”.

Code that looks at the clock says here when its answer changes; whoever keeps the page (``page_cache``) listens.
Views know nothing of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

_moments: ContextVar[list[datetime] | None] = ContextVar("moments", default=None)


@contextmanager
def moments() -> Iterator[list[datetime]]:
    """Collects, for what runs inside, the moments at which it would come out differently."""
    noted: list[datetime] = []
    token = _moments.set(noted)
    try:
        yield noted
    finally:
        _moments.reset(token)


def changes_at(moment: datetime) -> None:
    noted = _moments.get()
    if noted is not None:
        noted.append(moment)
