"""Today at a desk: the clock of its department decides, wherever the server stands."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pimms_directory.base.memo import moments
from sites.hours.today import OpenStatus, local_now, notices_at_desk, today_at_desk
from sites.models import Notice
from tests.sites.hours.test_opening_hours import Plain

pytestmark = pytest.mark.one_database

FRESH, OLD = date(2026, 11, 1), date(2024, 8, 1)
EVERY_DAY = [Plain(weekday, time(8), time(12)) for weekday in range(1, 8)]


@pytest.fixture
def at(monkeypatch):
    def stop_the_clock(text: str) -> datetime:
        now = datetime.fromisoformat(text).replace(tzinfo=UTC)
        monkeypatch.setattr("sites.hours.today.timezone.now", lambda: now)
        return now

    return stop_the_clock


@pytest.mark.parametrize(
    ("department", "clock"),
    [
        ("75", "2026-11-24T00:30"),
        ("2A", "2026-11-24T00:30"),
        ("971", "2026-11-23T19:30"),
        ("972", "2026-11-23T19:30"),
        ("973", "2026-11-23T20:30"),
        ("974", "2026-11-24T03:30"),
        ("976", "2026-11-24T02:30"),
    ],
)
def test_each_department_has_its_clock_and_its_day(at, department, clock):
    at("2026-11-23T23:30")
    assert f"{local_now(department):%Y-%m-%dT%H:%M}" == clock


@pytest.mark.parametrize(
    ("moment", "department", "weekday", "is_open"),
    [
        ("2026-11-23T10:00", "75", 1, True),
        ("2026-11-23T10:00", "971", 1, False),  # six in the morning
        ("2026-11-23T10:00", "974", 1, False),  # two in the afternoon
        ("2026-11-23T14:00", "972", 1, True),
        ("2026-11-23T13:00", "973", 1, True),
        ("2026-11-23T06:00", "976", 1, True),
        ("2026-11-24T02:00", "971", 1, False),  # still Monday evening
        ("2026-11-23T21:00", "974", 2, False),  # Tuesday has begun
    ],
)
def test_open_now_follows_the_clock_of_the_department(at, moment, department, weekday, is_open):
    at(moment)
    today = today_at_desk(EVERY_DAY, department, FRESH)
    assert today.weekday == weekday
    assert bool(today.status.until) == is_open


def test_a_public_holiday_is_that_of_the_day_there(at):
    at("2026-07-15T02:00")  # Paris sleeps into the 15th, Guadeloupe still celebrates
    assert today_at_desk(EVERY_DAY, "75", FRESH).holiday == ""
    assert today_at_desk(EVERY_DAY, "971", FRESH).holiday == "Fête nationale"
    at("2026-12-20T10:00")
    assert today_at_desk(EVERY_DAY, "974", FRESH).holiday == "Abolition de l’esclavage"


def test_old_hours_and_no_hours_do_not_say_whether_it_is_open(at):
    at("2026-11-23T10:00")
    assert today_at_desk(EVERY_DAY, "75", OLD).status is None
    assert today_at_desk(EVERY_DAY, "75", None).status is None
    assert today_at_desk([], "75", FRESH).status is None
    assert today_at_desk(EVERY_DAY, "75", OLD).periods == ((time(8), time(12)),)
    a_year_ago = date(2025, 11, 23)
    assert today_at_desk(EVERY_DAY, "75", a_year_ago).status is None
    assert today_at_desk(EVERY_DAY, "75", a_year_ago + timedelta(days=1)).status is not None


MONDAY = date(2026, 11, 23)
CLOSED = Notice(kind="closed", begins_on=MONDAY, ends_on=MONDAY, begins_at=time(10))
OTHER = Notice(kind="hours", begins_on=MONDAY, ends_on=MONDAY, hours="14:00 - 16:00")
REMARK = Notice(kind="note", begins_on=MONDAY, ends_on=MONDAY, text="Entrée par la cour.")


def test_what_the_notices_of_today_change_is_said(at):
    at("2026-11-23T08:00")  # nine in Paris
    today = today_at_desk(EVERY_DAY, "75", FRESH, [REMARK, CLOSED, OTHER])
    assert today.name == "lundi"
    assert list(today.notices) == notices_at_desk([REMARK, CLOSED, OTHER], "75") == [REMARK, OTHER, CLOSED]
    assert today.periods == ()  # the other hours begin when it is closed already
    assert today.ruled_by is CLOSED
    today = today_at_desk(EVERY_DAY, "75", FRESH, [REMARK, CLOSED])
    assert (today.periods, today.status) == (((time(8), time(10)),), OpenStatus(until=time(10)))
    assert today_at_desk(EVERY_DAY, "75", FRESH, [REMARK]).ruled_by is None


def test_other_hours_of_today_are_never_too_old(at):
    at("2026-11-23T08:00")
    today = today_at_desk(EVERY_DAY, "75", OLD, [OTHER])
    assert (today.periods, today.ruled_by) == (((time(14), time(16)),), OTHER)
    assert today.status == OpenStatus(opens=time(14), day="lundi")


def test_old_hours_say_what_a_notice_says_of_today_and_nothing_of_the_days_after(at):
    at("2026-11-23T13:30")
    assert today_at_desk(EVERY_DAY, "75", OLD, [OTHER]).status.until == time(16)
    at("2026-11-23T15:30")
    assert today_at_desk(EVERY_DAY, "75", FRESH, [OTHER]).status.days_away == 1
    assert today_at_desk(EVERY_DAY, "75", OLD, [OTHER]).status is None


def test_other_hours_that_pass_over_a_holiday_do_not_open_a_desk_on_it(at):
    at("2026-12-20T06:00")  # Sunday, and the abolition of slavery, on La Réunion
    some_days = Notice(kind="hours", begins_on=date(2026, 12, 19), ends_on=date(2026, 12, 21), hours="14:00 - 16:00")
    today = today_at_desk(EVERY_DAY, "974", FRESH, [some_days])
    assert (today.holiday, today.ruled_by) == ("Abolition de l’esclavage", None)
    assert (today.periods, today.status.days_away) == (((time(8), time(12)),), 1)


@pytest.mark.parametrize(
    ("moment", "department", "checked_on", "until"),
    [
        ("2026-11-23T10:00", "75", FRESH, "2026-11-23T11:00"),  # closes at noon in Paris
        ("2026-11-23T10:00", "971", FRESH, "2026-11-23T12:00"),  # opens at eight in Guadeloupe
        ("2026-11-23T18:00", "974", FRESH, "2026-11-23T20:00"),  # midnight on La Réunion
        ("2026-11-24T01:00", "972", OLD, "2026-11-24T04:00"),  # midnight on Martinique
        ("2026-11-23T18:00", "973", OLD, "2026-11-23T23:00"),  # midnight in Paris: every page ends then
    ],
)
def test_a_page_is_kept_until_the_next_change_there(at, moment, department, checked_on, until):
    now = at(moment)
    with moments(now.timestamp()) as noted:
        today_at_desk(EVERY_DAY, department, checked_on)
    assert min(noted) == datetime.fromisoformat(until).replace(tzinfo=ZoneInfo("UTC"))
