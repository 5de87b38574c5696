"""How many sites carry the label, of which day that number is, and how many of them the press releases name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease
from pimms_directory.base.memo import memo_by_revision
from pimms_directory.base.templatetags.french import french_date, french_number
from sites.freshness.contact_check import OFFICIAL_LIST
from sites.models import Listing, Site
from sites.models.lookup_tables import lookup_tables
from sites.models.site_queries import SiteQuerySet, labelled_today


@dataclass(frozen=True)
class LabelCount:
    """The number of labelled sites with its date, as pages write it."""

    total: int
    announced: int  # how many of them a published release names
    releases: tuple[date, ...]  # when these were published, the oldest first
    counted_on: date | None  # None where there is no site
    listed_on: date | None  # of the newest official list that the contact details come from

    @property
    def others(self) -> int:
        """Those that no release names: the official list does."""
        return self.total - self.announced

    @property
    def years(self) -> str:
        return years_of(self.releases)

    @property
    def day(self) -> str:
        """`` au 1er août 2024``, to be written behind a number; empty where there is no site."""
        return " " + _("au %(date)s") % {"date": french_date(self.counted_on)} if self.counted_on else ""

    @property
    def sentence(self) -> str:
        """``91 PIMMS labellisés au 1er août 2024, dont 53 annoncés par les communiqués de 2019 et 2020``"""
        if not self.total:
            return _("Aucun PIMMS labellisé")
        return self._words % {
            "total": french_number(self.total),
            "day": self.day,
            "number": french_number(self.announced),
            "years": self.years,
        }

    @property
    def _words(self) -> str:
        """A whole sentence for each case: other languages put it together in other ways."""
        one_release = len(self.releases) == 1
        if not self.announced:
            return ngettext("%(total)s PIMMS labellisé%(day)s", "%(total)s PIMMS labellisés%(day)s", self.total)
        if self.others and one_release:
            return ngettext(
                "%(total)s PIMMS labellisés%(day)s, dont %(number)s annoncé par le communiqué de %(years)s",
                "%(total)s PIMMS labellisés%(day)s, dont %(number)s annoncés par le communiqué de %(years)s",
                self.announced,
            )
        if self.others:
            return ngettext(
                "%(total)s PIMMS labellisés%(day)s, dont %(number)s annoncé par les communiqués de %(years)s",
                "%(total)s PIMMS labellisés%(day)s, dont %(number)s annoncés par les communiqués de %(years)s",
                self.announced,
            )
        if one_release:
            return ngettext(
                "%(total)s PIMMS labellisé%(day)s, annoncé par le communiqué de %(years)s",
                "%(total)s PIMMS labellisés%(day)s, annoncés par le communiqué de %(years)s",
                self.total,
            )
        return ngettext(
            "%(total)s PIMMS labellisé%(day)s, annoncé par les communiqués de %(years)s",
            "%(total)s PIMMS labellisés%(day)s, annoncés par les communiqués de %(years)s",
            self.total,
        )


@memo_by_revision(maxsize=1)
def label_count() -> LabelCount:
    """One query, beside those of the lookup tables.

    The number is of the newest day that tells who carries the label: of a wave, of a release, of the official list
    that the sites come from which no release names, and of the last label that ended.
    """
    labelled = labelled_today()
    from_list = labelled & Q(contact_source__startswith=OFFICIAL_LIST)
    named = Exists(Listing.objects.public().filter(site=OuterRef("pk")))
    counts = (
        Site.objects.public()
        .annotate(named=named)
        .aggregate(
            total=Count("pk", filter=labelled),
            announced=Count("pk", filter=labelled & Q(named=True)),
            labelled_on=Max("wave__effective_on", filter=labelled),
            listed=Max("contact_checked_on", filter=from_list),
            listed_alone=Max("contact_checked_on", filter=from_list & Q(named=False)),
            ended=Max("label_ended_on"),
            closed=Max("closed_on"),
        )
    )
    releases = tuple(each.published_on for each in lookup_tables().releases.values() if each.site_count)
    days = [*releases, *(counts[name] for name in ("labelled_on", "listed_alone", "ended", "closed"))]
    return LabelCount(
        total=counts["total"],
        announced=counts["announced"],
        releases=releases,
        counted_on=max(filter(None, days)) if counts["total"] else None,
        listed_on=counts["listed"],
    )


def releases_naming(sites: SiteQuerySet) -> tuple[date, ...]:
    """When the releases that name one of these sites were published, the oldest first. One query."""
    lines = Listing.objects.filter(site__in=sites.order_by().values("pk"))
    releases = PressRelease.objects.public().filter(pk__in=lines.values("release"))
    return tuple(releases.order_by("published_on", "slug").values_list("published_on", flat=True))


def years_of(days: Iterable[date]) -> str:
    """``2019 et 2020``"""
    *before, last = dict.fromkeys(str(day.year) for day in days) or [""]
    if not before:
        return last
    return _("%(before)s et %(last)s") % {"before": _(", ").join(before), "last": last}
