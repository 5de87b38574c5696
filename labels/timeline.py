"""How many sites carried the label, over time: the days on which the number changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from itertools import accumulate

from django.db.models import Count, Q

from labels.models import Wave, counted_waves
from labels.timeline_chart import Chart, Step, draw_chart
from pimms_directory.base.memo import kept


@kept(1)
def ends_by_day() -> Counter[date]:
    """How many sites closed or lost the label on each day, whichever came first."""
    gone = Q(sites__label_ended_on__isnull=False) | Q(sites__closed_on__isnull=False)
    ended = Wave.objects.public().filter(gone, sites__is_public=True).order_by()
    counts: Counter[date] = Counter()
    for *days, size in ended.values_list("sites__label_ended_on", "sites__closed_on").annotate(Count("sites")):
        counts[min(day for day in days if day)] += size
    return counts


def steps(here: Collection[Wave] = ()) -> tuple[Step, ...]:
    """Every day that changed the number: waves, closures and ends of a label. No query while the data stand."""
    waves: dict[date, list[Wave]] = {}
    for wave in counted_waves():
        waves.setdefault(wave.effective_on, []).append(wave)
    ends = ends_by_day()
    days = sorted({*waves, *ends})
    gains = [sum(wave.site_count for wave in waves.get(day, ())) for day in days]
    losses = [ends[day] for day in days]
    totals = accumulate(gained - lost for gained, lost in zip(gains, losses, strict=True))
    return tuple(
        Step(day, gained, lost, total, tuple(waves.get(day, ())), here=any(wave in here for wave in waves.get(day, ())))
        for day, gained, lost, total in zip(days, gains, losses, totals, strict=True)
        if gained or lost
    )


def chart(here: Collection[Wave] = ()) -> Chart | None:
    """None before the first label; ``here`` are the waves that the page is about."""
    return draw_chart(steps(here))
