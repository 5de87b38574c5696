"""What a page says may come true only for a while: “open now”, “today”.

Code that looks at the clock says here when its answer changes; whoever keeps the page (``serving/page_cache.py``)
listens. Views know nothing of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, time, timedelta

from django.utils import timezone

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
