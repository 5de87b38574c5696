"""``/pimms/<slug>/``: one site."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from pimms_directory.base.addresses import moved_to
from pimms_directory.base.languages import FRENCH, current, path_in
from pimms_directory.editing.publishing.publication import PublicDetail, Withdrawn
from sites.models import Listing, Site, SiteAlias

NEAREST = 3


class SiteDetail(PublicDetail):
    queryset = Site.objects.with_place().with_hours().prefetch_related("aliases").select_related("wave__release")
    template_name = "sites/pages/site_detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().get(request, *args, **kwargs)
        except Withdrawn:
            raise
        except Http404:
            return moved_to(request, SiteAlias.objects.public_site(kwargs["slug"]).get_absolute_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listings = Listing.objects.public().filter(site=self.object).select_related("release")
        position = self.object.position
        others = Site.objects.labelled().filter(kind=Site.Kind.FIXED).exclude(pk=self.object.pk)
        return super().get_context_data(
            listings=listings.order_by("release__published_on", "row"),
            sources_address="" if current().is_french else path_in(FRENCH, self.request.path),
            today=self.object.today,
            nearest=others.nearest_to(position)[:NEAREST].read_cards() if position else [],
            **kwargs,
        )
