"""How many sites carried the label, over time: the days on which the number changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from labels.models import Wave
from labels.timeline_chart import Chart, Step, draw_chart


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
    """None before the first label."""
    return draw_chart(steps(gains, losses, here))
