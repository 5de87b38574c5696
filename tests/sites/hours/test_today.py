"""Today at a desk: the clock of its department decides, wherever the server stands."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from pimms_directory.base.memo import moments
from sites.hours.today import local_now, today_at_desk
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
