"""Dated notices: what they say, and what they change of a day; opening-hours-py judges in their place, too."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from opening_hours import OpeningHours

from pimms_directory.base.memo import moments
from sites.hours.notices import hours_on, shown_at
from sites.hours.opening_hours import day_hours, opening_hours, week
from sites.hours.today import open_status
from sites.hours.typed_hours import day_text
from sites.models import Notice
from tests.sites.hours.test_opening_hours import PARIS, WEEKDAYS_9_TO_12_AND_14_TO_17, Plain

pytestmark = pytest.mark.one_database

AUGUST = {"begins_on": date(2026, 8, 4), "ends_on": date(2026, 8, 15)}
ONE_DAY = {"begins_on": date(2026, 8, 14), "ends_on": date(2026, 8, 14)}
HOURS = {"kind": "hours", "hours": "09:00 - 12:00 / 14:00 - 16:30"}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (AUGUST, "Fermé du 4 au 15 août 2026."),
        ({**AUGUST, "begins_on": date(2026, 8, 1)}, "Fermé du 1er au 15 août 2026."),
        ({**AUGUST, "begins_on": date(2026, 7, 27)}, "Fermé du 27 juillet au 15 août 2026."),
        (
            {"begins_on": date(2026, 12, 24), "ends_on": date(2027, 1, 2)},
            "Fermé du 24 décembre 2026 au 2 janvier 2027.",
        ),
        ({**AUGUST, "begins_at": time(14)}, "Fermé du 4 août à 14 h au 15 août 2026."),
        ({**AUGUST, "ends_at": time(12, 30)}, "Fermé du 4 au 15 août 2026 à 12 h 30."),
        (ONE_DAY, "Fermé le 14 août 2026."),
        ({**ONE_DAY, "begins_at": time(14), "ends_at": time(17)}, "Fermé le 14 août 2026, de 14 h à 17 h."),
        ({**ONE_DAY, "begins_at": time(14)}, "Fermé le 14 août 2026 à partir de 14 h."),
        ({**ONE_DAY, "ends_at": time(14)}, "Fermé le 14 août 2026 jusqu’à 14 h."),
        ({**AUGUST, **HOURS}, "Autres horaires du 4 au 15 août 2026 : 9 h – 12 h et 14 h – 16 h 30."),
        ({**ONE_DAY, **HOURS}, "Autres horaires le 14 août 2026 : 9 h – 12 h et 14 h – 16 h 30."),
        ({**AUGUST, "kind": "note", "text": "Entrée par la cour."}, "Du 4 au 15 août 2026 : Entrée par la cour."),
        ({**ONE_DAY, "kind": "note", "text": "Entrée par la cour."}, "Le 14 août 2026 : Entrée par la cour."),
        ({**AUGUST, "text": "Appelez la mairie."}, "Fermé du 4 au 15 août 2026. Appelez la mairie."),
    ],
)
def test_a_notice_is_a_sentence(values, sentence):
    assert str(Notice(**values)).replace("\u00a0", " ") == sentence


def test_other_languages_say_the_month_twice():
    with translation.override("en"):
        assert str(Notice(**AUGUST)) == "Closed from 4 August to 15 August 2026."


def test_hours_are_kept_in_one_spelling():
    notice = Notice(**AUGUST, kind="hours", hours="9h-12h et 14h-16h30")
    notice.clean_fields(exclude=["site"])
    assert notice.hours == "09:00 - 12:00 / 14:00 - 16:30"


def of(day: date, *notices: Notice) -> str:
    return day_hours(hours_on(day, week(WEEKDAYS_9_TO_12_AND_14_TO_17), notices, "38"))


def test_a_closure_takes_its_days_or_its_hours():
    closed = Notice(**AUGUST, begins_at=time(15), ends_at=time(10))
    saturday_too = Notice(**ONE_DAY, begins_at=time(11), ends_at=time(15))
    assert of(date(2026, 8, 3), closed) == "09:00-12:00,14:00-17:00"
    assert of(date(2026, 8, 4), closed) == "09:00-12:00,14:00-15:00"
    assert of(date(2026, 8, 5), closed) == ""
    assert of(date(2026, 8, 14), saturday_too) == "09:00-11:00,15:00-17:00"


def test_closed_beats_other_hours_which_beat_the_week():
    other = Notice(**AUGUST, kind="hours", hours="10h-13h")
    assert of(date(2026, 8, 5), other) == "10:00-13:00"
    assert of(date(2026, 8, 14), other, Notice(**ONE_DAY, begins_at=time(12))) == "10:00-12:00"
    assert of(date(2026, 8, 14), other, Notice(**ONE_DAY, kind="hours", hours="8h-9h")) == "08:00-09:00"


def test_other_hours_of_some_days_open_no_sunday_and_no_holiday_and_those_of_one_day_do():
    other = Notice(**AUGUST, kind="hours", hours="10h-13h")
    assert of(date(2026, 8, 9), other) == ""  # a Sunday
    assert of(date(2026, 8, 9), Notice(**HOURS, begins_on=date(2026, 8, 9), ends_on=date(2026, 8, 9))) != ""
    bastille = date(2026, 7, 14)
    assert of(bastille, Notice(begins_on=date(2026, 7, 13), ends_on=bastille, **HOURS)) == ""
    assert of(bastille, Notice(begins_on=bastille, ends_on=bastille, **HOURS)) == "09:00-12:00,14:00-16:30"


@pytest.mark.parametrize(
    ("values", "first", "last"),
    [
        (AUGUST, "2026-07-21T00:00", "2026-08-16T00:00"),
        ({**AUGUST, "shown_from": date(2026, 8, 1)}, "2026-08-01T00:00", "2026-08-16T00:00"),
        ({**AUGUST, "shown_from": date(2026, 8, 4)}, "2026-08-04T00:00", "2026-08-16T00:00"),
        (
            {**AUGUST, "shown_from": date(2026, 8, 4), "begins_at": time(9, 30), "ends_at": time(17, 15)},
            "2026-08-04T09:30",
            "2026-08-15T17:15",
        ),
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Martinique", "Indian/Reunion"])
def test_it_is_shown_from_its_moment_to_its_end_on_the_clock_of_the_desk(values, first, last, zone):
    notice, second = Notice(**values), timedelta(seconds=1)
    first, last = (datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) for text in (first, last))
    for moment, is_shown in ((first - second, False), (first, True), (last - second, True), (last, False)):
        assert bool(shown_at([notice], moment)) == is_shown
    with moments((first - timedelta(hours=1)).timestamp()) as noted:
        shown_at([notice], first - second)
    assert first in noted
    assert last in noted


def test_those_that_begin_first_are_shown_first():
    later, sooner = Notice(**AUGUST), Notice(**{**AUGUST, "begins_on": date(2026, 8, 1)}, kind="note", text="Porte B.")
    assert shown_at([later, sooner], datetime(2026, 8, 5, 10, tzinfo=PARIS)) == [sooner, later]


# Open now, opens next: 10,000 weeks with holidays and notices against an engine of OpenStreetMap's syntax


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def stretches(random: Random) -> list[tuple[time, time]]:
    """One or two in a day, with a pause between them."""
    quarters = sorted(random.sample(range(7 * 4, 21 * 4), random.choice((2, 4))))
    times = [time(*divmod(15 * quarter, 60)) for quarter in quarters]
    return list(zip(times[::2], times[1::2], strict=True))


def random_week(random: Random) -> list[Plain]:
    days = [] if random.random() < 0.05 else random.sample(range(1, 8), random.randint(1, 7))
    return [Plain(day, opens, closes) for day in days for opens, closes in stretches(random)]


def random_notices(random: Random, around: date) -> list[Notice]:
    found = {}
    for _number in range(random.choice((0, 1, 1, 2, 3, 5))):
        begins = around + timedelta(days=random.randint(-20, 20))
        ends = begins + timedelta(days=random.choice((0, 0, 1, 5, 13, 45)))
        kind = random.choice(("closed", "closed", "hours", "note"))
        values: dict = {"kind": kind, "begins_on": begins, "ends_on": ends}
        if kind == "hours":
            values["hours"] = day_text(stretches(random))
        elif kind == "closed" and random.random() < 0.5:
            values |= dict(zip(("begins_at", "ends_at"), random.choice(stretches(random)), strict=True))
        found[kind, begins] = Notice(**values)
    return list(found.values())


def day_range(first: date, last: date) -> str:
    return "-".join(f"{day.year} {MONTHS[day.month - 1]} {day.day:02}" for day in dict.fromkeys((first, last)))


def in_openstreetmap_syntax(periods: list[Plain], notices: list[Notice]) -> str:
    """Later rules beat earlier ones: the week and other hours, holidays, other hours of a single day, closures."""
    usual = opening_hours((each.weekday, each.opens, each.closes) for each in periods).removesuffix("; PH off")
    days = ",".join(
        f"{('Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su')[day - 1]}" for day in sorted({p.weekday for p in periods})
    )
    days += " " if days else ""
    other = sorted((each for each in notices if each.kind == "hours"), key=lambda each: each.begins_on)
    many = [
        f"{day_range(n.begins_on, n.ends_on)} {days}{day_hours(n.stretches)}" for n in other if n.begins_on < n.ends_on
    ]
    one = [f"{day_range(n.begins_on, n.ends_on)} {day_hours(n.stretches)}" for n in other if n.begins_on == n.ends_on]
    closed = [rule for each in notices if each.kind == "closed" for rule in closure_rules(each)]
    return "; ".join(filter(None, [usual, *many, "PH off", *one, *closed]))


def closure_rules(notice: Notice) -> list[str]:
    first, last = notice.begins_on, notice.ends_on
    begins, ends = (f"{at:%H:%M}" if at else None for at in (notice.begins_at, notice.ends_at))
    if not (begins or ends):
        return [f"{day_range(first, last)} off"]
    if first == last:
        return [f"{day_range(first, last)} {begins}-{ends} off"]
    rules = [f"{day_range(first, first)} {begins}-24:00 off", f"{day_range(last, last)} 00:00-{ends} off"]
    between = first + timedelta(days=1), last - timedelta(days=1)
    return [*rules, f"{day_range(*between)} off"] if between[0] <= between[1] else rules


@pytest.mark.slow
def test_open_now_and_opens_next_are_those_of_an_independent_engine():
    random = Random(18)
    told = {"open": 0, "next": 0, "never": 0, "by notice": 0}
    for _number in range(10_000):
        around = date(2026, 1, 1) + timedelta(days=random.randrange(730))
        periods, notices = random_week(random), random_notices(random, around)
        now = datetime.combine(around, time(*divmod(random.randrange(24 * 60), 60)), PARIS)
        rules = in_openstreetmap_syntax(periods, notices)
        judge = OpeningHours(rules, country="FR")
        status, clock = open_status(periods, now, "38", notices), now.replace(tzinfo=None)
        change = judge.next_change(clock)
        said = f"{rules} at {now}"
        if status is None:
            assert judge.is_closed(clock), said
            assert change is None or change - clock > timedelta(days=14), said
            told["never"] += 1
        elif status.until:
            assert judge.is_open(clock), said
            assert change == datetime.combine(around, status.until), said
            told["open"] += 1
        else:
            assert judge.is_closed(clock), said
            assert change == datetime.combine(around + timedelta(days=status.days_away), status.opens), said
            told["next"] += 1
        told["by notice"] += status != open_status(periods, now, "38")
    assert all(count > 200 for count in told.values()), told
