from typing import Any

from django.views.generic import ListView

from editing.views import PublicDetail
from labels.models import PressRelease, Wave


class WaveList(ListView):
    queryset = Wave.objects.public().with_site_counts().select_related("release")


class WaveDetail(PublicDetail):
    queryset = Wave.objects.select_related("release")
    slug_field = slug_url_kwarg = "code"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sites = self.seen(self.object.sites).with_place().with_hours()
        waves = Wave.objects.public() | Wave.objects.filter(pk=self.object.pk)
        waves = waves.with_site_counts().select_related("release")
        return super().get_context_data(sites=sites, waves=waves, **kwargs)


class ReleaseList(ListView):
    queryset = PressRelease.objects.public()


class ReleaseDetail(PublicDetail):
    queryset = PressRelease.objects.with_waves().prefetch_related("figures")
    context_object_name = "release"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listings = list(self.object.listings.select_related("site__commune", "site__department"))
        return super().get_context_data(
            listings=listings,
            corrected=[listing for listing in listings if listing.remark],
            has_regions=any(listing.region_printed for listing in listings),
            has_communes=any(listing.commune_printed for listing in listings),
            new_count=sum(listing.marked_new for listing in listings),
            **kwargs,
        )
