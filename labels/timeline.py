"""How many sites carried the label over time: the days on which the number changed, and their chart, as an SVG.

Plain values: the template ``labels/_timeline.html`` only writes them down. Coordinates are whole units of a picture as
wide as the narrowest page, where letters of 12 units stay readable; the style sheet draws them smaller on wider ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from django.utils.formats import date_format

from labels.models import Wave
from pimms_directory.base.templatetags.french import french_number

WIDTH, HEIGHT = 320, 200
LEFT, TOP, RIGHT, BOTTOM = 30, 24, 302, 162  # the field inside its axes
LETTER, LINE = 8, 12  # units: a bold digit's width, the height of a line
GAP = 6  # units between a dot and its number
MOST_STEPS_UP = 4
MOST_TICKS = 9
TICK_MONTHS = (3, 6, 12, 24, 60, 120)

Rectangle = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Step:
    """A day on which the number of labelled sites changed."""

    on: date
    gained: int
    lost: int
    total: int
    waves: tuple[Wave, ...] = ()
    here: bool = False  # whether the page is about one of these waves


@dataclass(frozen=True)
class Tick:
    """A mark of an axis."""

    at: int
    text: str
    year: str = ""


@dataclass(frozen=True)
class Dot:
    """The end of a step, with its number where that has room."""

    x: int
    y: int
    here: bool
    text: str = ""
    text_x: int = 0
    text_y: int = 0
    side: str = "start"  # ``text-anchor`` of the number


@dataclass(frozen=True)
class Chart:
    """All that the template writes."""

    steps: tuple[Step, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    line: str
    view_box, left, right, bottom = f"0 0 {WIDTH} {HEIGHT}", LEFT, RIGHT, BOTTOM

    @property
    def area(self) -> str:
        return f"{self.line}V{BOTTOM}Z"

    @property
    def losses(self) -> bool:
        """Whether any site closed or lost its label."""
        return any(step.lost for step in self.steps)


def steps(gains: Mapping[Wave, int], losses: Mapping[date, int], here: Collection[Wave] = ()) -> tuple[Step, ...]:
    """``gains`` are the sites that came with each wave, ``losses`` those that ended on each day.

    ``here`` are the waves that the page is about.
    """
    waves: dict[date, list[Wave]] = {}
    for wave in gains:
        waves.setdefault(wave.effective_on, []).append(wave)
    found, total = [], 0
    for day in sorted({*waves, *losses}):
        of_day = tuple(waves.get(day, ()))
        gained, lost = sum(gains[wave] for wave in of_day), losses.get(day, 0)
        total += gained - lost
        if gained or lost:
            found.append(Step(day, gained, lost, total, of_day, here=any(wave in here for wave in of_day)))
    return tuple(found)


def chart(gains: Mapping[Wave, int], losses: Mapping[date, int], here: Collection[Wave] = ()) -> Chart | None:
    """The picture of these steps; None before the first label."""
    changes = steps(gains, losses, here)
    if not changes:
        return None
    first, last, months = _extent(changes[0].on, changes[-1].on)
    highest, unit = scale(max(step.total for step in changes))
    days = (last - first).days

    def x(day: date) -> int:
        return LEFT + round((day - first).days / days * (RIGHT - LEFT))

    def y(total: int) -> int:
        return BOTTOM - round(total / highest * (BOTTOM - TOP))

    line = "".join(f"H{x(step.on)}V{y(step.total)}" for step in changes)
    points = [(x(step.on), y(step.total), step) for step in changes]
    return Chart(
        steps=changes,
        across=tuple(_ticks_across(first, last, months, x)),
        up=tuple(Tick(y(total), french_number(total)) for total in range(0, highest + 1, unit)),
        dots=_with_numbers(points),
        line=f"M{LEFT} {BOTTOM}{line}H{RIGHT}",
    )


def _extent(first: date, last: date) -> tuple[date, date, int]:
    """Whole stretches of the fewest months that keep the ticks apart, from before the first step to after the last."""
    for months in TICK_MONTHS:
        # A third of a stretch is left after the last step, so that its level can be seen.
        start, stop = _month_number(first - timedelta(days=1)), _month_number(last + timedelta(days=10 * months))
        start, stop = start // months * months, (stop // months + 1) * months
        if (stop - start) // months < MOST_TICKS:
            break
    return _first_day(start), _first_day(stop), months


def _month_number(day: date) -> int:
    """Months since the year 0: a number that divides into years and quarters."""
    return day.year * 12 + day.month - 1


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _ticks_across(first: date, last: date, step: int, x: Callable[[date], int]) -> Iterator[Tick]:
    """One each ``step`` months: ``oct.``, ``jan.`` with the year below; or years alone."""
    for month in range(_month_number(first), _month_number(last) + 1, step):
        day = _first_day(month)
        text, year = (date_format(day, "N").lower(), str(day.year)) if step < 12 else (str(day.year), "")
        yield Tick(x(day), text, year if day == first or day.month == 1 else "")


def scale(highest: int) -> tuple[int, int]:
    """The top of the axis and the distance of its ticks, 1, 2 or 5 times a power of ten: ``53`` → ``(60, 20)``."""
    unit = next(
        factor * 10**power
        for power in range(12)
        for factor in (1, 2, 5)
        if factor * 10**power * MOST_STEPS_UP >= highest
    )
    return -(-highest // unit) * unit or unit, unit


def _with_numbers(points: list[tuple[int, int, Step]]) -> tuple[Dot, ...]:
    """The last number is written first, then the first one, then those that still have room; the table has them all."""
    taken = [(x - GAP // 2, y - GAP // 2, x + GAP // 2, y + GAP // 2) for x, y, _step in points]
    # Where steps are small, the line runs just below the next dot, where its number would stand.
    taken += [(x, y - 1, after, y + 1) for (x, y, _step), (after, _y, _next) in pairwise(points)]
    dots = {}
    for x, y, step in (points[-1], points[0], *reversed(points[1:-1])):
        text = french_number(step.total)
        width = len(text) * LETTER
        # Before a rise there is room to the left, after a fall above.
        places = (("end", x - GAP, y + 4), ("start", x + GAP, y - GAP), ("end", x - GAP, y - GAP))
        dots[x, y] = Dot(x, y, step.here)
        for side, at, base in places:
            left = at - width if side == "end" else at
            box = (left, base - LINE + 2, left + width, base)
            inside = left > LEFT and box[2] <= WIDTH
            if inside and not any(overlap(box, other) for other in taken):
                taken.append(box)
                dots[x, y] = Dot(x, y, step.here, text, at, base, side)
                break
    return tuple(dots[x, y] for x, y, _step in points)


def overlap(one: Rectangle, other: Rectangle) -> bool:
    """Whether two rectangles share some room."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
