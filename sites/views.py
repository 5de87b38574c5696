from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.generic import DetailView, ListView
from django_filters.views import FilterView

from sites.filters import SiteFilter
from sites.models import Association, Department, Listing, Region, Site, SiteAlias
from sites.neighbourhood import nearest_departments_with_sites

PAGE_SIZE = 20


class SiteList(FilterView):
    queryset = Site.objects.labelled().with_place().with_hours()
    filterset_class = SiteFilter
    strict = False  # a bad value is left out and named, the others still narrow the list
    template_name = "sites/site_list.html"
    context_object_name = "sites"
    paginate_by = PAGE_SIZE

    def paginate_queryset(
        self, queryset: QuerySet[Site], page_size: int
    ) -> tuple[Paginator, Page, QuerySet[Site], bool]:
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
        page = context["page_obj"]
        return context | {
            "problems": [text for text in (*context["filter"].problems, self.page_problem) if text],
            "page_numbers": list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)),
            "ways_out": [] if page.object_list else context["filter"].ways_out(),
            "gap": Paginator.ELLIPSIS,
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
        return super().get_context_data(listings=listings.order_by("release__published_on", "row"), **kwargs)


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
