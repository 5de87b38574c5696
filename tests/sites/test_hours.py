from dataclasses import dataclass
from datetime import time

from django.utils import translation

from sites.hours import WEEKDAY_SLUGS, WEEKDAYS, week


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
