from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from sites.hours.opening_hours import WEEKDAY_SLUGS, WEEKDAYS, describe_days, opening_hours, week
from sites.hours.today import OpenStatus, open_status

pytestmark = pytest.mark.one_database


@dataclass(frozen=True)
class Plain:
    weekday: int
    opens: time
    closes: time


MORNING = Plain(1, time(9), time(12))
AFTERNOON = Plain(1, time(13, 30), time(17))
SATURDAY = Plain(6, time(10), time(12))


def test_week_has_seven_days_monday_first():
    days = week([])
    assert [day.weekday for day in days] == [1, 2, 3, 4, 5, 6, 7]
    assert [day.name for day in days] == [str(name) for _number, name in WEEKDAYS]


def test_each_day_has_its_own_periods_in_order():
    days = week([SATURDAY, AFTERNOON, MORNING])
    assert days[0].periods == (MORNING, AFTERNOON)
    assert days[5].periods == (SATURDAY,)


def test_closed_day_has_no_periods():
    assert [day.weekday for day in week([MORNING, SATURDAY]) if not day.periods] == [2, 3, 4, 5, 7]


def test_day_slugs_of_addresses_follow_the_iso_order_and_no_language():
    with translation.override("fr"):
        assert tuple(str(name) for _number, name in WEEKDAYS) == WEEKDAY_SLUGS
    assert [number for number, _name in WEEKDAYS] == list(range(1, 8))
    assert all(type(slug) is str for slug in WEEKDAY_SLUGS)


@pytest.mark.parametrize(
    ("periods", "written"),
    [
        ([], ""),
        ([SATURDAY], "Sa 10:00-12:00; PH off"),
        ([AFTERNOON, MORNING], "Mo 09:00-12:00,13:30-17:00; PH off"),
        (
            [Plain(day, time(8 + day % 2), time(12)) for day in (7, 6, 5, 4, 3, 2, 1)],
            "Mo,We,Fr,Su 09:00-12:00; Tu,Th,Sa 08:00-12:00; PH off",
        ),
        ([Plain(day, time(9), time(12)) for day in (2, 3, 4, 6)] + [MORNING], "Mo-Th,Sa 09:00-12:00; PH off"),
    ],
)
def test_a_week_is_written_in_the_syntax_of_openstreetmap(periods, written):
    assert opening_hours((each.weekday, each.opens, each.closes) for each in periods) == written


PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


WEEKDAYS_9_TO_12_AND_14_TO_17 = [
    Plain(weekday, opens, closes)
    for weekday in range(1, 6)
    for opens, closes in ((time(9), time(12)), (time(14), time(17)))
]


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-11-23T09:00", OpenStatus(until=time(12))),  # a Monday
        ("2026-11-23T11:59", OpenStatus(until=time(12))),
        ("2026-11-23T12:00", OpenStatus(opens=time(14), day="lundi", days_away=0)),
        ("2026-11-23T17:00", OpenStatus(opens=time(9), day="mardi", days_away=1)),
        ("2026-11-20T18:00", OpenStatus(opens=time(9), day="lundi", days_away=3)),  # a Friday evening
        ("2026-07-14T10:00", OpenStatus(opens=time(9), day="mercredi", days_away=1)),  # Bastille Day
        ("2026-12-24T18:00", OpenStatus(opens=time(9), day="lundi", days_away=4)),  # Christmas is a Friday
    ],
)
def test_open_status_counts_weekends_and_public_holidays(moment, status):
    assert open_status(WEEKDAYS_9_TO_12_AND_14_TO_17, at(moment), "38") == status


def test_open_status_without_hours_is_unknown():
    assert open_status([], at("2026-11-23T09:00"), "38") is None


@pytest.mark.parametrize(
    ("weekdays", "words"),
    [
        ([], ""),
        ([2], "le mardi"),
        ([1, 2, 3, 4, 5], "du lundi au vendredi"),
        ([1, 2, 3, 4, 6], "du lundi au jeudi et le samedi"),
        ([1, 3, 5], "le lundi, le mercredi et le vendredi"),
        ([4, 5], "le jeudi et le vendredi"),
    ],
)
def test_open_days_read_as_a_sentence(weekdays, words):
    assert describe_days(tuple(weekdays)) == words
