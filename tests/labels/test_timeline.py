"""How many sites carried the label over time, in figures and as drawn."""

import re
from datetime import date

import pytest

from labels import timeline
from labels.models import Wave
from sites.models import Site
from sites.models.lookup_tables import lookup_tables
from sites.pages import label_pages
from tests.factories import SiteFactory, WaveFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def steps(**options) -> tuple[timeline.Step, ...]:
    """Of the sites that the database has."""
    return timeline.steps(label_pages.gains(lookup_tables()), label_pages.losses(), **options)


def chart(**options) -> timeline.Chart | None:
    return label_pages.chart(lookup_tables(), **options)


def wave_on(day: date, count: int, **values) -> Wave:
    wave = WaveFactory(effective_on=day, code=f"{day:%Y-%m}")
    for _ in range(count):
        SiteFactory(wave=wave, **values)
    return wave


def test_waves_of_the_directory_add_up(directory):
    drawn = chart()
    assert [(f"{step.on:%Y-%m-%d}", step.gained, step.lost, step.total) for step in drawn.steps] == [
        ("2020-01-01", 33, 0, 33),
        ("2020-02-01", 7, 0, 40),
        ("2020-09-01", 13, 0, 53),
    ]
    assert drawn.steps[-1].total == Site.objects.labelled().count()
    assert [dot.text for dot in drawn.dots] == ["33", "40", "53"]


def test_a_site_stops_counting_when_it_closes_or_loses_its_label_whichever_comes_first():
    wave = wave_on(date(2010, 1, 1), 1)
    SiteFactory(wave=wave, closed_on=date(2011, 5, 1))
    SiteFactory(wave=wave, label_ended_on=date(2011, 2, 1), closed_on=date(2011, 5, 1))
    SiteFactory(wave=wave, label_ended_on=date(2011, 6, 1), closed_on=date(2011, 5, 1))
    found = [(step.on, step.gained, step.lost, step.total) for step in steps()]
    assert found == [
        (date(2010, 1, 1), 4, 0, 4),
        (date(2011, 2, 1), 0, 1, 3),
        (date(2011, 5, 1), 0, 2, 1),
    ]
    assert chart().losses
    assert found[-1][3] == Site.objects.labelled().count()


def test_nothing_is_drawn_before_the_first_label():
    WaveFactory()
    assert chart() is None


def test_waves_of_one_day_make_one_step():
    first = wave_on(date(2010, 1, 1), 1)
    second = WaveFactory(effective_on=date(2010, 1, 1), code="2010-02")
    SiteFactory(wave=second)
    (step,) = steps(here=[second])
    assert (set(step.waves), step.gained, step.here) == ({first, second}, 2, True)


@pytest.mark.parametrize(
    ("days", "ticks"),
    [
        ([date(2020, 1, 1)], ["oct.", "jan.", "avr."]),
        ([date(2020, 1, 1), date(2020, 9, 1)], ["oct.", "jan.", "avr.", "juil.", "oct.", "jan."]),
        ([date(2020, 1, 1), date(2024, 8, 1)], ["2019", "2020", "2021", "2022", "2023", "2024", "2025"]),
    ],
)
def test_ticks_suit_the_time_that_is_drawn(days, ticks):
    for day in days:
        wave_on(day, 1)
    drawn = chart()
    assert [tick.text for tick in drawn.across] == ticks
    assert len(ticks) <= timeline.MOST_TICKS
    assert drawn.across[0].at == drawn.left
    assert drawn.across[-1].at == drawn.right


@pytest.mark.parametrize("count", [1, 3, 60])
def test_everything_stays_inside_the_picture_and_no_number_covers_another(count):
    months = [date(2020 + month // 12, month % 12 + 1, 1) for month in range(count)]
    for day in months:
        wave_on(day, 1)
    drawn = chart()
    numbers = [int(number) for number in re.findall(r"\d+", drawn.line)]
    assert max(numbers) <= timeline.WIDTH
    assert len(drawn.dots) == len(drawn.steps) == count
    named = [dot for dot in drawn.dots if dot.text]
    assert drawn.dots[-1].text == str(count)
    boxes = []
    for dot in named:
        width = len(dot.text) * timeline.LETTER
        left = dot.text_x - width if dot.side == "end" else dot.text_x
        assert left >= timeline.LEFT
        assert left + width <= timeline.WIDTH
        boxes.append((left, dot.text_y - timeline.LINE + 2, left + width, dot.text_y))
    for index, one in enumerate(boxes):
        assert not [other for other in boxes[index + 1 :] if timeline.overlap(one, other)]


@pytest.mark.parametrize(
    ("highest", "scale"), [(1, (1, 1)), (4, (4, 1)), (5, (6, 2)), (53, (60, 20)), (91, (100, 50)), (3000, (3000, 1000))]
)
def test_scale_counts_by_one_two_or_five(highest, scale):
    assert timeline.scale(highest) == scale
