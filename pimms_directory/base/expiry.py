"""What a page says may come true only for a while: “open now”, “today”.

Code that looks at the clock says here when its answer changes; whoever keeps the page (``serving/page_cache.py``) listens.
Views know nothing of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.utils import timezone

_moments: ContextVar[list[datetime] | None] = ContextVar("moments", default=None)


@contextmanager
def moments(now: float) -> Iterator[list[datetime]]:
    """Collects, for what runs inside, when it would come out differently: at the next midnight in France at the latest."""
    today = datetime.fromtimestamp(now, timezone.get_default_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
    noted = [today + timedelta(days=1)]
    token = _moments.set(noted)
    try:
        yield noted
    finally:
        _moments.reset(token)


def changes_at(moment: datetime) -> None:
    noted = _moments.get()
    if noted is not None:
        noted.append(moment)
