"""What the pages of a territory, an association or a wave list, wherever they show it."""

from __future__ import annotations

from labels.models import Wave, counted_waves
from pimms_directory.derived import kept
from sites.models import Association, Department, Region, Site
from sites.models.records import Listed, SiteQuerySet
from sites.reference import reference

Owner = Region | Department | Association | Wave


def sites_of(record: Owner | None) -> SiteQuerySet:
    """What its page lists: a wave keeps those that lost the label since. For None, all sites."""
    match record:
        case Region():
            return Site.objects.labelled().filter(department__in=reference().inside(record))
        case Department():
            return Site.objects.labelled().filter(department=record)
        case Association():
            return Site.objects.labelled().filter(association=record)
        case Wave():
            return Site.objects.public().filter(wave=record)
    return Site.objects.labelled()


@kept(8)
def listed_of(record: Owner | None) -> Listed:
    """No query while the data stand."""
    return sites_of(record).listed(by_department=isinstance(record, Region))


def counted_public() -> int:
    """How many sites have a page, those that lost the label included. No query while the data stand."""
    return sum(wave.site_count for wave in counted_waves())
