"""Dated notices of a desk, as plain values: what they say, when the public sees them, what they change of a day.

All moments are those of the clock at the desk, without a zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _

from pimms_directory.base.memo import changes_at
from pimms_directory.base.templatetags.french import day_before, french_date, french_time
from sites.hours.opening_hours import Day, public_holiday
from sites.hours.typed_hours import OpenHours

CLOSED, HOURS, NOTE = "closed", "hours", "note"  # the kinds


class DatedNotice(Protocol):
    kind: str
    begins_on: date
    begins_at: time | None
    ends_on: date  # the last day
    ends_at: time | None
    text: str

    @property
    def begins(self) -> datetime: ...
    @property
    def ends(self) -> datetime: ...
    @property
    def shown(self) -> datetime: ...
    @property
    def stretches(self) -> Sequence[OpenHours]: ...


N = TypeVar("N", bound=DatedNotice)


# When they hold


def shown_at(notices: Iterable[N], now: datetime) -> list[N]:
    """Those that the public sees at a moment of the desk's own clock; a page holds until this changes."""
    clock = now.replace(tzinfo=None)
    notices = list(notices)
    for notice in notices:
        for moment in (notice.shown, notice.begins, notice.ends):
            if moment > clock:
                changes_at(moment.replace(tzinfo=now.tzinfo))
    return sorted((each for each in notices if each.shown <= clock < each.ends), key=lambda each: each.begins)


def covers(notice: DatedNotice, day: date) -> bool:
    return notice.begins_on <= day <= notice.ends_on


def other_hours_on(day: date, week: Sequence[Day], notices: Iterable[N], department_code: str) -> N | None:
    """The notice of other hours that counts on a day: of several, the one that began last.

    Over some days, it changes the hours of those on which the desk opens anyway: “9 h – 12 h in August” opens it on no
    Sunday and no public holiday. That of a single day is meant for this very day.
    """
    opens_anyway = any(day_.periods for day_ in week)
    is_working_day = bool(week[day.isoweekday() - 1].periods or not opens_anyway)
    is_working_day = is_working_day and not public_holiday(day, department_code)
    found = [
        each
        for each in notices
        if each.kind == HOURS
        and covers(each, day)
        and each.stretches
        and (is_working_day or each.begins_on == each.ends_on)
    ]
    return max(found, key=lambda each: each.begins_on, default=None)


def hours_on(day: date, week: Sequence[Day], notices: Sequence[DatedNotice], department_code: str) -> list[OpenHours]:
    """When a desk is open on a day: closures beat other hours, these beat public holidays and the ordinary week."""
    if other := other_hours_on(day, week, notices, department_code):
        stretches = list(other.stretches)
    elif public_holiday(day, department_code):
        return []
    else:
        stretches = [OpenHours(period.opens, period.closes) for period in week[day.isoweekday() - 1].periods]
    for notice in notices:
        if notice.kind == CLOSED and covers(notice, day):
            stretches = without(stretches, *closed_between(notice, day))
    return stretches


def closed_between(notice: DatedNotice, day: date) -> tuple[time, time]:
    """The part of a day that a closure takes."""
    begins = notice.begins_at if day == notice.begins_on else None
    ends = notice.ends_at if day == notice.ends_on else None
    return begins or time.min, ends or time.max


def without(stretches: Iterable[OpenHours], begins: time, ends: time) -> list[OpenHours]:
    """``[9–12, 14–17]`` without 11–15 → ``[9–11, 15–17]``"""
    halves = (
        half
        for opens, closes in stretches
        for half in (OpenHours(opens, min(closes, begins)), OpenHours(max(opens, ends), closes))
    )
    return [half for half in halves if half.opens < half.closes]


def ruling_on(day: date, week: Sequence[Day], notices: Sequence[N], department_code: str) -> N | None:
    """The notice that a reader is owed beside the hours of a day: a closure, or else other hours."""
    closures = [each for each in notices if each.kind == CLOSED and covers(each, day)]
    return closures[0] if closures else other_hours_on(day, week, notices, department_code)


# What they say


def sentence(notice: DatedNotice) -> str:
    """``Fermé du 4 au 15 août 2026.``; before the text of an information, its days: ``Le 4 août 2026 :``."""
    if notice.kind == CLOSED:
        return closure(notice)
    last = french_date(notice.ends_on)
    days = {"day": last, "begins": day_before(notice.begins_on, notice.ends_on), "ends": last}
    is_one_day = notice.begins_on == notice.ends_on
    if notice.kind == NOTE:
        return (_("Le %(day)s :") if is_one_day else _("Du %(begins)s au %(ends)s :")) % days
    days["hours"] = spoken(notice.stretches)
    if is_one_day:
        return _("Autres horaires le %(day)s : %(hours)s.") % days
    return _("Autres horaires du %(begins)s au %(ends)s : %(hours)s.") % days


def closure(notice: DatedNotice) -> str:
    day, begins, ends = french_date(notice.ends_on), notice.begins_at, notice.ends_at
    if notice.begins_on < notice.ends_on:
        first = day_before(notice.begins_on, notice.ends_on, whole=begins is not None)
        return _("Fermé du %(begins)s au %(ends)s.") % {"begins": moment(first, begins), "ends": moment(day, ends)}
    said = {"day": day, "begins": begins and french_time(begins), "ends": ends and french_time(ends)}
    if begins and ends:
        return _("Fermé le %(day)s, de %(begins)s à %(ends)s.") % said
    if begins:
        return _("Fermé le %(day)s à partir de %(begins)s.") % said
    if ends:
        return _("Fermé le %(day)s jusqu’à %(ends)s.") % said
    return _("Fermé le %(day)s.") % said


def moment(day: str, at: time | None) -> str:
    return _("%(day)s à %(time)s") % {"day": day, "time": french_time(at)} if at else day


def spoken(stretches: Iterable[OpenHours]) -> str:
    """``9 h – 12 h et 14 h – 17 h``"""
    return f" {_('et')} ".join(f"{french_time(opens)} – {french_time(closes)}" for opens, closes in stretches)
