from datetime import date, timedelta

import holidays
import pytest

from sites.hours.opening_hours import LOCAL, public_holiday

pytestmark = pytest.mark.one_database


def test_public_holidays_of_a_part_of_france():
    day = date(2026, 12, 26)  # the day after Christmas is a holiday where the law of 1892 still stands
    assert public_holiday(day, "67")
    assert public_holiday(day, "57")
    assert public_holiday(day, "38") == ""
    assert public_holiday(date(2026, 7, 14), "38") == "Fête nationale"
    assert public_holiday(date(2026, 11, 23), "2A") == ""


@pytest.mark.parametrize("department_code", ["38", "2A", *LOCAL])
def test_they_are_those_of_the_holidays_library(department_code):
    part = {"67": "6AE", "68": "6AE"}.get(department_code, department_code)
    known = part in holidays.France.subdivisions
    years = range(2019, 2061)  # in 2059, Ascension falls on 8 May
    expected = holidays.France(years=years, subdiv=part if known else None, language="fr")
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    days = (first + timedelta(number) for number in range((last - first).days + 1))
    found = {day: name for day in days if (name := public_holiday(day, department_code))}
    assert found == {day: name.replace("'", "’") for day, name in expected.items()}
