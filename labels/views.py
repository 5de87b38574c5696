from typing import Any

from django.http import QueryDict
from django.views.generic import ListView

from labels import timeline
from labels.comparison import compare_with_release_before
from labels.models import PressRelease, Wave, counted_waves, listed_in
from labels.territories import by_department, by_region
from pimms_directory.editing.views import PublicDetail


class WaveList(ListView):
    template_name = "labels/wave_list.html"
    context_object_name = "wave_list"

    def get_queryset(self) -> list[Wave]:  # type: ignore[override]
        return counted_waves()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(chart=timeline.chart(), **kwargs)


class WaveDetail(PublicDetail):
    queryset = Wave.objects.select_related("release")
    slug_field = slug_url_kwarg = "code"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wave, release = self.object, self.object.public_release
        if self.preview:
            listed = self.seen(wave.sites).listed()
            waves = list((Wave.objects.public() | Wave.objects.filter(pk=wave.pk)).with_site_counts())
        else:
            listed, waves = listed_in(wave), counted_waves()
        return super().get_context_data(
            listed=listed,
            regions=by_region(listed.departments),
            figures=release.figures.filter(concerns_wave=True) if release else [],
            waves=waves,
            list_query=QueryDict(f"vague={wave.code}"),
            **kwargs,
        )


class ReleaseList(ListView):
    queryset = PressRelease.objects.public()


class ReleaseDetail(PublicDetail):
    queryset = PressRelease.objects.with_waves().prefetch_related("figures")
    context_object_name = "release"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listings = list(self.object.listings.with_site())
        # Where a site stands is known from its record: that of a line whose record is not published is not told.
        placed = [listing for listing in listings if self.preview or listing.site.is_public]
        return super().get_context_data(
            listings=listings,
            corrected=[listing for listing in listings if listing.remark],
            has_regions=any(listing.region_printed for listing in listings),
            has_communes=any(listing.commune_printed for listing in listings),
            new_count=sum(listing.marked_new for listing in listings),
            comparison=compare_with_release_before(self.object, listings),
            regions=by_region(by_department(listing.site for listing in placed)),
            unplaced=len(placed) < len(listings),
            elsewhere=[listing for listing in placed if listing.is_printed_elsewhere],
            chart=timeline.chart(here=self.object.waves.all()),
            **kwargs,
        )
