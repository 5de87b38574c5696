"""``/labels/`` and ``/communiques/``: waves of the label and press releases, with the sites that they are about."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.views.generic import ListView

from labels import timeline
from labels.models import PressRelease, Wave
from labels.timeline import Chart
from pimms_directory.editing.publishing.publication import PublicDetail
from sites.models import Listing, Site
from sites.models.lookup_tables import LookupTables, counted_waves, lookup_tables
from sites.pages.release_comparison import compare_with_release_before
from sites.pages.site_summary import summarize
from sites.pages.territory_counts import by_department, by_region


def chart(tables: LookupTables, until: date = date.max, **options: Any) -> Chart | None:
    """How many sites carried the label over time, until today. One query."""
    until = min(until, timezone.localdate())
    return timeline.chart(gains(tables, until), losses(until), **options)


def gains(tables: LookupTables, until: date = date.max) -> dict[Wave, int]:
    """How many sites came with each wave."""
    return {wave: wave.site_count for wave in tables.waves.values() if wave.effective_on <= until}


def losses(until: date = date.max) -> Counter[date]:
    """How many sites closed or lost the label on each day, whichever came first."""
    ends = Site.objects.no_longer_labelled().values_list("label_ended_on", "closed_on")
    days = (min(day for day in days if day) for days in ends)
    return Counter(day for day in days if day <= until)


def newest_announced(tables: LookupTables) -> date:
    """The last wave that a release announces: pages of releases count nothing that came after it."""
    announced = (wave.effective_on for wave in tables.waves.values() if wave.public_release)
    return max(announced, default=date.max)


class WaveList(ListView):
    template_name = "sites/pages/wave_list.html"
    context_object_name = "wave_list"

    def get_queryset(self) -> list[Wave]:  # type: ignore[override]
        return list(lookup_tables().waves.values())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(chart=chart(lookup_tables()), **kwargs)


class WaveDetail(PublicDetail):
    queryset = Wave.objects.select_related("release")
    slug_field = slug_url_kwarg = "code"
    template_name = "sites/pages/wave_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wave, release, tables = self.object, self.object.public_release, lookup_tables()
        waves = tables.waves
        if self.preview:
            waves = counted_waves(Wave.objects.public() | Wave.objects.filter(pk=wave.pk))
        summary = summarize(self.seen(wave.sites), tables)
        return super().get_context_data(
            summary=summary,
            regions=by_region(summary.departments),
            figures=release.figures.filter(concerns_wave=True) if release else [],
            waves=list(waves.values()),
            list_query=QueryDict(f"vague={wave.code}"),
            **kwargs,
        )


class ReleaseList(ListView):
    queryset = PressRelease.objects.public()
    template_name = "sites/pages/pressrelease_list.html"


class ReleaseDetail(PublicDetail):
    queryset = PressRelease.objects.with_waves().prefetch_related("figures", "facts")
    context_object_name = "release"
    template_name = "sites/pages/pressrelease_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listings = list(self.object.listings.with_site())
        analysis = self.analysis(listings) if self.preview else {}
        return super().get_context_data(
            listings=listings,
            corrected=[listing for listing in listings if listing.remark],
            new_count=sum(listing.marked_new for listing in listings),
            **analysis,
            **kwargs,
        )

    def analysis(self, listings: list[Listing]) -> dict[str, Any]:
        """What the lines say beside those of the release before, on the map and in time."""
        # Where a site stands is known from its record: that of a line whose record is not published is not told.
        placed = [listing for listing in listings if self.preview or listing.site.is_public]
        tables = lookup_tables()
        return {
            "comparison": compare_with_release_before(self.object, listings),
            "regions": by_region(by_department(listing.site for listing in placed)),
            "unplaced": len(placed) < len(listings),
            "elsewhere": [listing for listing in placed if listing.is_printed_elsewhere],
            "chart": chart(tables, until=newest_announced(tables), here=self.object.waves.all()),
        }


class ReleaseComparison(ReleaseDetail):
    """A page of its own: with the lines it would hold more than a phone of little memory likes."""

    queryset = PressRelease.objects.with_waves()
    template_name = "sites/pages/pressrelease_comparison.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listings = list(self.object.listings.with_site())
        return super(ReleaseDetail, self).get_context_data(**self.analysis(listings), **kwargs)
