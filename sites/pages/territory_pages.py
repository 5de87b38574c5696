"""``/regions/`` and ``/departements/``: all of France, also where there is no site."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.generic import DetailView, ListView

from pimms_directory.base.addresses import moved_to
from sites.models import Department, Region
from sites.models.lookup_tables import lookup_tables
from sites.pages.site_summary import summary_of
from sites.search.nearest_departments import nearest_departments_with_sites
from sites.search.other_desks import largest_commune, other_desks_from
from sites.search.typed_place import Place


class RegionList(ListView):
    template_name = "sites/pages/region_list.html"
    context_object_name = "region_list"

    def get_queryset(self) -> list[Region]:  # type: ignore[override]
        return list(lookup_tables().regions.values())


class RegionDetail(DetailView):
    queryset = Region.objects.all()
    template_name = "sites/pages/region_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tables = lookup_tables()
        departments = [each for each in tables.departments.values() if each.region_id == self.object.pk]
        summary = summary_of(self.object, tables)
        return super().get_context_data(
            departments=departments,
            summary=summary,
            nearest=[] if summary.total else nearest_departments_with_sites(departments, tables),
            **({} if summary.total else elsewhere(Place.of_region(self.object))),
            list_query=QueryDict(f"region={self.object.slug}"),
            **kwargs,
        )


class DepartmentList(ListView):
    template_name = "sites/pages/department_list.html"
    context_object_name = "department_list"

    def get_queryset(self) -> list[Department]:  # type: ignore[override]
        return sorted(lookup_tables().departments.values(), key=lambda department: department.code)


class DepartmentDetail(DetailView):
    queryset = Department.objects.select_related("region")
    template_name = "sites/pages/department_detail.html"

    def get_object(self, queryset: Any = None) -> Department:
        return get_object_or_404(self.get_queryset(), code=self.kwargs["code"].upper())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        if (kwargs["code"], kwargs["slug"]) != (self.object.code, self.object.slug):
            return moved_to(request, self.object.get_absolute_url())
        return self.render_to_response(self.get_context_data(object=self.object))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tables = lookup_tables()
        summary = summary_of(self.object, tables)
        around = set(self.object.neighbours.values_list("pk", flat=True))
        return super().get_context_data(
            summary=summary,
            neighbours=[each for pk, each in tables.departments.items() if pk in around and each.site_count],
            nearest=[] if summary.total else nearest_departments_with_sites([self.object], tables),
            **({} if summary.total else elsewhere(Place.of_department(self.object))),
            list_query=QueryDict(f"departement={self.object.code}"),
            **kwargs,
        )


def elsewhere(territory: Place) -> dict[str, Any]:
    """Where to turn in a territory without a site."""
    largest = largest_commune(territory)
    return {"largest": largest, "other_desks": other_desks_from(largest.centre if largest else None, None)}
