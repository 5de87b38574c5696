"""Today at a desk, by the clock on its wall: overseas, another hour and perhaps another day than in Paris."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from pimms_directory.base.memo import changes_at
from sites.hours.notices import DatedNotice, N, hours_on, other_hours_on, ruling_on, shown_at
from sites.hours.opening_hours import STAY_FRESH, Period, public_holiday, week
from sites.hours.typed_hours import OpenHours

# By code of the department; everywhere else it is the time of Paris.
OVERSEAS_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
}
TWO_WEEKS = timedelta(days=15)  # past any run of holidays
FARTHEST = timedelta(days=400)  # that anybody is told when a desk opens again


@dataclass(frozen=True)
class OpenStatus:
    """Open now, ``until`` a time; or else closed until ``day``, at ``opens``, ``days_away`` days from today."""

    until: time | None = None
    opens: time | None = None
    day: str = ""
    days_away: int = 0


@dataclass(frozen=True)
class Today:
    weekday: int
    name: str
    periods: tuple[OpenHours, ...]  # with the notices of today; on a holiday, those of any such weekday
    holiday: str  # the name of the public holiday that it is, or empty
    status: OpenStatus | None  # whether it is open now; None where the hours are unknown, or too old to say so
    notices: tuple[DatedNotice, ...] = ()  # that the public sees now
    ruled_by: DatedNotice | None = None  # that of them which decides today's hours


def zone_of(department_code: str) -> ZoneInfo:
    return ZoneInfo(OVERSEAS_ZONES.get(department_code, "Europe/Paris"))


def local_now(department_code: str) -> datetime:
    """What clock and calendar say there. A page that asks holds until the next midnight there."""
    now = timezone.now().astimezone(zone_of(department_code))
    changes_at(datetime.combine(now.date() + timedelta(days=1), time.min, now.tzinfo))
    return now


def notices_at_desk(notices: Iterable[N], department_code: str) -> list[N]:
    """Those that the public sees now."""
    return shown_at(notices, local_now(department_code))


def today_at_desk(
    periods: Iterable[Period], department_code: str, checked_on: date | None, notices: Iterable[DatedNotice] = ()
) -> Today:
    """``checked_on``: when these hours were checked. Those of a notice for today are never too old."""
    now, periods, notices = local_now(department_code), list(periods), list(notices)
    days, date_ = week(periods), now.date()
    day, shown = days[now.isoweekday() - 1], shown_at(notices, now)
    other = other_hours_on(date_, days, notices, department_code)
    holiday = "" if other else public_holiday(date_, department_code)
    is_fresh = checked_on is not None and date_ - checked_on < STAY_FRESH
    status = open_status(periods, now, department_code, notices) if is_fresh or other else None
    usual = tuple(OpenHours(period.opens, period.closes) for period in day.periods)
    return Today(
        weekday=day.weekday,
        name=day.name,
        periods=usual if holiday else tuple(hours_on(date_, days, notices, department_code)),
        holiday=holiday,
        status=status if is_fresh or (status and status.days_away == 0) else None,
        notices=tuple(shown),
        ruled_by=ruling_on(date_, days, shown, department_code),
    )


def open_status(
    periods: Iterable[Period], now: datetime, department_code: str, notices: Sequence[DatedNotice] = ()
) -> OpenStatus | None:
    """Whether a desk is open at a moment of its own clock, or when it opens next; None without hours."""
    days, today, clock = week(periods), now.date(), now.time()
    last = max([today, *(notice.ends_on for notice in notices)]) + TWO_WEEKS
    for days_away in range(min(last - today, FARTHEST).days):
        day = today + timedelta(days=days_away)
        for opens, closes in hours_on(day, days, notices, department_code):
            if days_away == 0:
                note_change(opens, now)
                note_change(closes, now)
            if days_away == 0 and clock >= closes:
                continue
            if days_away == 0 and clock >= opens:
                return OpenStatus(until=closes)
            return OpenStatus(opens=opens, day=days[day.isoweekday() - 1].name, days_away=days_away)
    return None


def note_change(at: time, now: datetime) -> None:
    """What is said now of today does not hold beyond this time of the day."""
    if at > now.time():
        changes_at(datetime.combine(now.date(), at, now.tzinfo))
