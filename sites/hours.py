"""Days and weekly hours, as plain values.

A weekday is an ISO number, 1 for Monday to 7 for Sunday; a time is Europe/Paris wall-clock time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Protocol

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

WEEKDAYS = (
    (1, _("lundi")),
    (2, _("mardi")),
    (3, _("mercredi")),
    (4, _("jeudi")),
    (5, _("vendredi")),
    (6, _("samedi")),
    (7, _("dimanche")),
)
# The value of `jour=` in an address: never translated, so that links last.
WEEKDAY_SLUGS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


class Period(Protocol):
    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True)
class Day:
    weekday: int
    name: str
    periods: tuple[Period, ...]


def week(periods: Iterable[Period]) -> list[Day]:
    """The seven days, Monday first, each with its periods in order; a closed day has none."""
    by_day: dict[int, list[Period]] = {number: [] for number, _name in WEEKDAYS}
    for period in sorted(periods, key=lambda period: (period.weekday, period.opens)):
        by_day[period.weekday].append(period)
    return [Day(number, str(name), tuple(by_day[number])) for number, name in WEEKDAYS]


def describe_days(days: Iterable[Day]) -> str:
    """The days with hours, in words: ``du lundi au vendredi et le samedi``; empty when there are none."""
    runs: list[list[Day]] = []
    for day in days:
        if not day.periods:
            continue
        if runs and runs[-1][-1].weekday == day.weekday - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = []
    for run in runs:
        if len(run) > 2:
            parts.append(gettext("du %(first)s au %(last)s") % {"first": run[0].name, "last": run[-1].name})
        else:
            parts.extend(gettext("le %(day)s") % {"day": day.name} for day in run)
    if len(parts) < 2:
        return "".join(parts)
    return gettext("%(most)s et %(last)s") % {"most": ", ".join(parts[:-1]), "last": parts[-1]}
