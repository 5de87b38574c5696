from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.generic import DetailView, ListView, View
from django_filters.views import FilterView

from sites.filters import SiteFilter
from sites.hours import open_status, public_holiday
from sites.models import Association, Department, Listing, Region, Site, SiteAlias
from sites.neighbourhood import nearest_departments_with_sites
from sites.pagination import NearestPaginator
from sites.places import suggest

PAGE_SIZE = 20
# From here on, a reader is told first how far the nearest desk is and where else to turn.
FAR_KM = 100
# Older hours are shown with their date, but nobody is told that a desk is open now.
HOURS_STAY_FRESH = timedelta(days=365)


class SiteList(FilterView):
    queryset = Site.objects.labelled().with_place().with_hours()
    filterset_class = SiteFilter
    strict = False  # a bad value is left out and named, the others still narrow the list
    template_name = "sites/site_list.html"
    context_object_name = "sites"
    paginate_by = PAGE_SIZE

    def get_paginator(self, queryset: Any, per_page: int, **kwargs: Any) -> Paginator:
        """By distance where a position is known, unless another order is asked for."""
        understanding, place = self.filterset.understanding, self.filterset.place
        if understanding and not (place and (place.point or not place.commune)):
            queryset = queryset.none()  # nothing understood, a choice to make, or a commune without a position
        elif place and place.point:
            queryset = queryset.filter(kind=Site.Kind.FIXED)
            if "tri" not in self.filterset.values:
                return NearestPaginator(queryset, per_page, origin=place.point)
            queryset = queryset.with_distance(place.point)
        return super().get_paginator(queryset, per_page, **kwargs)

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Paginator, Page, Any, bool]:
        """A page number that does not exist shows the nearest one that does, and says so."""
        asked = self.request.GET.get("page") or "1"
        page = self.get_paginator(queryset, page_size).get_page(asked)
        self.page_problem = ""
        if asked != str(page.number):
            self.page_problem = _("La page « %(page)s » n’existe pas : voici la page %(number)s.") % {
                "page": asked[:20].replace("\0", "�"),
                "number": page.number,
            }
        return page.paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page, found = context["page_obj"], context["filter"]
        return context | {
            "problems": [text for text in (*found.problems, self.page_problem) if text],
            "page_numbers": list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)),
            "gap": Paginator.ELLIPSIS,
            "ways_out": [] if page.object_list else found.ways_out(),
            **self.get_place_context(found, page),
        }

    def get_place_context(self, found: SiteFilter, page: Page) -> dict[str, Any]:
        """What the page says about the place that was asked for."""
        understanding, place = found.understanding, found.place
        if understanding is None:
            return {"understanding": None, "place": None}
        sites = list(page.object_list)
        nearest = sites[0] if place and place.point and sites else None
        department = place.department if place else None
        empty_department = department if place and not place.commune and not sites else None
        return {
            "understanding": understanding,
            "place": place,
            "others": [(other, found.query_at(other)) for other in understanding.others],
            "suggestions": [(other, found.query_at(other)) for other in understanding.suggestions],
            "units": found.without("lieu").serving(department).with_place() if department else [],
            "as_words": urlencode({"q": understanding.typed}),
            "far": nearest and getattr(nearest, "distance_km", 0) > FAR_KM,
            "nearest_site": nearest,
            "empty_department": empty_department,
            "nearest_departments": nearest_departments_with_sites([empty_department]) if empty_department else [],
        }


class SiteDetail(DetailView):
    queryset = Site.objects.with_place().with_hours().prefetch_related("aliases").select_related("wave__release")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            alias = get_object_or_404(SiteAlias.objects.select_related("site"), slug=kwargs["slug"])
            return redirect(alias.site, permanent=True)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listings = Listing.objects.filter(site=self.object).select_related("release")
        now = timezone.localtime()
        checked = self.object.contact_checked_on
        fresh = checked is not None and now.date() - checked < HOURS_STAY_FRESH
        position = self.object.position
        others = Site.objects.labelled().filter(kind=Site.Kind.FIXED).exclude(pk=self.object.pk)
        return super().get_context_data(
            listings=listings.order_by("release__published_on", "row"),
            today=now.isoweekday(),
            holiday=public_holiday(now.date(), self.object.department.code),
            status=open_status(self.object.opening_periods.all(), now, self.object.department.code) if fresh else None,
            nearest=others.with_place().with_hours().nearest(position, 3) if position else [],
            **kwargs,
        )


class CommuneSuggestions(View):
    """``/communes.json?q=``: at most ten communes for a reader who is still typing."""

    def get(self, request: HttpRequest) -> JsonResponse:
        communes = suggest(request.GET.get("q", "")[:100])
        results = [
            {
                "insee_code": commune.insee_code,
                "name": commune.name,
                "department": (
                    {"code": commune.department.code, "name": commune.department.name} if commune.department else None
                ),
                "label": str(commune),
            }
            for commune in communes
        ]
        response = JsonResponse({"count": len(results), "results": results}, json_dumps_params={"ensure_ascii": False})
        patch_cache_control(response, public=True, max_age=3600)
        return response


class RegionList(ListView):
    queryset = Region.objects.with_site_counts()


class RegionDetail(DetailView):
    queryset = Region.objects.all()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        departments = list(self.object.departments.with_site_counts())
        labelled = Site.objects.labelled().filter(department__region=self.object)
        sites = list(labelled.with_place().with_hours().order_by("department__slug", "slug"))
        return super().get_context_data(
            departments=departments,
            sites=sites,
            nearest=[] if sites else nearest_departments_with_sites(departments),
            **kwargs,
        )


class DepartmentList(ListView):
    queryset = Department.objects.with_site_counts().select_related("region").order_by("code")


class DepartmentDetail(DetailView):
    queryset = Department.objects.select_related("region")
    slug_field = "code"
    slug_url_kwarg = "code"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        if kwargs["slug"] != self.object.slug:
            return redirect(self.object, permanent=True)
        return self.render_to_response(self.get_context_data(object=self.object))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sites = list(self.object.sites.labelled().with_place().with_hours())
        return super().get_context_data(
            sites=sites,
            neighbours=self.object.neighbours.with_sites(),
            nearest=[] if sites else nearest_departments_with_sites([self.object]),
            **kwargs,
        )


class AssociationList(ListView):
    queryset = Association.objects.with_site_counts()


class AssociationDetail(DetailView):
    queryset = Association.objects.all()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sites = self.object.sites.labelled()
        return super().get_context_data(
            sites=sites.with_place().with_hours(),
            waves=sites.order_by("wave__effective_on").values("wave__code", "wave__name").annotate(count=Count("pk")),
            **kwargs,
        )
