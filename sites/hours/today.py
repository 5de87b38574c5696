"""Today at a desk, by the clock on its wall: overseas, another hour and perhaps another day than in Paris."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from pimms_directory.base.memo import changes_at
from sites.hours.opening_hours import STAY_FRESH, OpenStatus, Period, open_status, public_holiday, week

# By code of the department; everywhere else it is the time of Paris.
OVERSEAS_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
}


@dataclass(frozen=True)
class Today:
    weekday: int
    name: str
    periods: tuple[Period, ...]  # those of any such weekday: it may be a holiday
    holiday: str  # the name of the public holiday that it is, or empty
    status: OpenStatus | None  # whether it is open now; None where the hours are unknown, or too old to say so


def zone_of(department_code: str) -> ZoneInfo:
    return ZoneInfo(OVERSEAS_ZONES.get(department_code, "Europe/Paris"))


def local_now(department_code: str) -> datetime:
    """What clock and calendar say there. A page that asks holds until the next midnight there."""
    now = timezone.now().astimezone(zone_of(department_code))
    changes_at(datetime.combine(now.date() + timedelta(days=1), time.min, now.tzinfo))
    return now


def today_at_desk(periods: Iterable[Period], department_code: str, checked_on: date | None) -> Today:
    """``checked_on``: when these hours were checked."""
    now = local_now(department_code)
    periods = list(periods)
    day = week(periods)[now.isoweekday() - 1]
    is_fresh = checked_on is not None and now.date() - checked_on < STAY_FRESH
    return Today(
        weekday=day.weekday,
        name=day.name,
        periods=day.periods,
        holiday=public_holiday(now.date(), department_code),
        status=open_status(periods, now, department_code) if is_fresh else None,
    )
