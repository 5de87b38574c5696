"""What the pages of a territory, an association or a wave list, wherever they show it."""

from __future__ import annotations

from collections.abc import Callable

from labels.models import Wave, counted_waves, listed_in
from pimms_directory.base.memo import kept
from sites.models import Association, Department, Region, Site
from sites.models.records import Figure, Listed, SiteQuerySet
from sites.models.territories import departments_inside

Owner = Region | Department | Association | Wave


def sites_of(record: Owner | None) -> SiteQuerySet:
    """What its page lists: a wave keeps those that lost the label since. For None, all sites."""
    match record:
        case Region():
            return Site.objects.labelled().filter(department__in=departments_inside(record))
        case Department():
            return Site.objects.labelled().filter(department=record)
        case Association():
            return Site.objects.labelled().filter(association=record)
        case Wave():
            return Site.objects.public().filter(wave=record)
    return Site.objects.labelled()


def figures_of(record: Region | Department | Association | None) -> Callable[[Figure], bool]:
    """Which figures of all public sites are those of ``sites_of(record)``."""
    match record:
        case Region():
            inside = frozenset(departments_inside(record))
            return lambda figure: figure.department in inside and not figure.ended
        case Department(pk=key):
            return lambda figure: figure.department == key and not figure.ended
        case Association(pk=key):
            return lambda figure: figure.association == key and not figure.ended
    return lambda figure: not figure.ended


def listed_of(record: Owner | None) -> Listed:
    """No query while the data stand."""
    return listed_in(record) if isinstance(record, Wave) else _listed_of(record)


@kept(8)
def _listed_of(record: Region | Department | Association | None) -> Listed:
    return sites_of(record).listed(figures_of(record), by_department=isinstance(record, Region))


def counted_public() -> int:
    """How many sites have a page, those that lost the label included. No query while the data stand."""
    return sum(wave.site_count for wave in counted_waves())
