from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.generic import DetailView, ListView, View
from django_filters.views import FilterView

from labels.models import counted_waves
from labels.territories import by_region
from pimms_directory.base.folding import fold
from pimms_directory.base.memo import kept
from pimms_directory.base.redirects import moved_to
from pimms_directory.editing.publication import Withdrawn
from pimms_directory.editing.views import PublicDetail
from sites.hours.opening_hours import STAY_FRESH, open_status
from sites.hours.public_holidays import public_holiday
from sites.models import Association, Commune, Department, Listing, Region, Site, SiteAlias
from sites.models.lookup_tables import reference
from sites.models.records import MOST_LISTED, Listed, SiteQuerySet
from sites.models.site_display import Brief
from sites.pages.listed import listed_of
from sites.search.facets import counted_departments, counted_regions
from sites.search.filters import FEW, SiteFilter
from sites.search.groups import labelled_groups
from sites.search.neighbourhood import nearest_departments_with_sites
from sites.search.pagination import ByNamePaginator, CountedPaginator, NearestPaginator, NewestPaginator
from sites.search.typed_place import LARGEST_FIRST, Place, Understanding, suggest

PAGE_SIZE = 20
MOST_UNITS = 20
# From here on, a reader is told first how far the nearest desk is and where else to turn.
FAR_KM = 100


@kept(16)
def units_serving(department: Department) -> list[Brief]:
    return briefs_of(Site.objects.labelled().serving(department))


def briefs_of(units: SiteQuerySet) -> list[Brief]:
    """The first of them: their keys come from an index, and only these are looked at."""
    return Site.objects.filter(pk__in=units.values("pk")[:MOST_UNITS]).in_brief(reference().departments)


class SiteList(FilterView):
    queryset = Site.objects.labelled().only("slug")  # the cards know the rest
    filterset_class = SiteFilter
    strict = False  # a bad value is left out and named, the others still narrow the list
    template_name = "sites/search/site_list.html"
    context_object_name = "sites"
    paginate_by = PAGE_SIZE

    def get_paginator(self, queryset: Any, per_page: int, **kwargs: Any) -> Paginator:
        """By distance where a position is known, unless another order is asked for."""
        total = self.filterset.length
        sites, origin = self.filterset.listed(queryset)
        if wanted := self.filterset.by_name:
            return ByNamePaginator(sites, per_page, total=total, wanted=wanted)
        if origin:
            every = self.filterset.active == ["lieu"]
            few = not every and total <= FEW
            return NearestPaginator(sites, per_page, total=total, origin=origin, every=every, whole=few)
        if total > FEW and self.filterset.newest_first:
            return NewestPaginator(sites, per_page, total=total, waves=self.filterset.tally.waves)
        return CountedPaginator(sites, per_page, total=total)

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
        by_distance = bool(place and place.point and "tri" not in found.values and page.number == 1)
        empty = bool(place and not place.point and not place.commune and not sites)
        department = place.department if place else None
        return {
            "understanding": understanding,
            "place": place,
            "others": [(other, found.query_at(other)) for other in understanding.others],
            "suggestions": [(other, found.query_at(other)) for other in understanding.suggestions],
            "units": self.units(found, department) if department else [],
            "as_words": urlencode({"q": understanding.typed}),
            "named_so": self.named_so(understanding),
            "far": sites[0] if by_distance and sites and sites[0].distance_km > FAR_KM else None,
            **(self.nearest_to_territory(place) if empty and place else {}),
        }

    @staticmethod
    def units(found: SiteFilter, department: Department) -> list[Brief]:
        """What serves a department without a desk, under the other filters."""
        if found.active == ["lieu"]:
            return units_serving(department)
        return briefs_of(found.around().serving(department))

    @staticmethod
    def named_so(understanding: Understanding) -> SiteQuerySet | list[Site]:
        """For words that are no place: the sites whose name or address has them."""
        if understanding.place or understanding.others or not understanding.typed.strip("\0 "):
            return []
        return Site.objects.labelled().only("slug").search(understanding.typed)[:5]

    @staticmethod
    def nearest_to_territory(place: Place) -> dict[str, Any]:
        """For a territory without a site: how far the nearest is from its largest commune."""
        inside = Q(department=place.department) if place.department else Q(department__region=place.region)
        largest = Commune.objects.filter(inside, latitude__isnull=False).order_by(*LARGEST_FIRST).first()
        origin = Place.of_commune(largest).point if largest else None
        desks = Site.objects.labelled().filter(kind=Site.Kind.FIXED)
        departments = Department.objects.filter(
            Q(pk=place.department.pk) if place.department else Q(region=place.region)
        )
        return {
            "empty_territory": place.department.name if place.department else place.label,
            "largest": largest,
            "nearest_site": desks.nearest(origin, 1).first() if origin else None,
            "nearest_departments": nearest_departments_with_sites(departments),
        }


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
        now = timezone.localtime()
        checked = self.object.contact_checked_on
        fresh = checked is not None and now.date() - checked < STAY_FRESH
        position = self.object.position
        others = Site.objects.labelled().filter(kind=Site.Kind.FIXED).exclude(pk=self.object.pk)
        return super().get_context_data(
            listings=listings.order_by("release__published_on", "row"),
            cited=[self.object.contact_source],
            today=now.isoweekday(),
            holiday=public_holiday(now.date(), self.object.department.code),
            status=open_status(self.object.opening_periods.all(), now, self.object.department.code) if fresh else None,
            nearest=others.only("slug").nearest(position, 3) if position else [],
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
    template_name = "sites/pages/region_list.html"
    context_object_name = "region_list"

    def get_queryset(self) -> list[Region]:  # type: ignore[override]
        return counted_regions()


class RegionDetail(DetailView):
    queryset = Region.objects.all()
    template_name = "sites/pages/region_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        departments = [each for each in counted_departments() if each.region_id == self.object.pk]
        listed = listed_of(self.object)
        return super().get_context_data(
            departments=departments,
            listed=listed,
            nearest=[] if listed.total else nearest_departments_with_sites(departments),
            list_query=QueryDict(f"region={self.object.slug}"),
            **kwargs,
        )


class DepartmentList(ListView):
    template_name = "sites/pages/department_list.html"
    context_object_name = "department_list"

    def get_queryset(self) -> list[Department]:  # type: ignore[override]
        return sorted(counted_departments(), key=lambda department: department.code)


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
        listed = listed_of(self.object)
        around = set(self.object.neighbours.values_list("pk", flat=True))
        return super().get_context_data(
            listed=listed,
            neighbours=[each for each in counted_departments() if each.pk in around and each.site_count],
            nearest=[] if listed.total else nearest_departments_with_sites([self.object]),
            list_query=QueryDict(f"departement={self.object.code}"),
            **kwargs,
        )


@dataclass(frozen=True)
class Reach:
    """An association, with the number of its labelled sites and where they stand."""

    association: Association
    count: int
    departments: tuple[Department, ...]  # by name


@kept(1)
def reaches() -> list[Reach]:
    """Of all associations, by name. No query of its own."""
    groups, tables = labelled_groups(), reference()
    counts = groups.counts("association", groups.all)
    standing = groups.having["department"]
    return [
        Reach(
            each,
            counts.get(pk, 0),
            tuple(
                place
                for key, place in tables.departments.items()
                if standing.get(key, 0) & groups.having["association"].get(pk, 0)
            ),
        )
        for pk, each in tables.associations.items()
    ]


class AssociationList(ListView):
    template_name = "sites/pages/association_list.html"
    context_object_name = "reaches"

    def get_queryset(self) -> list[Reach]:  # type: ignore[override]
        return reaches()


class AssociationDetail(DetailView):
    queryset = Association.objects.public()
    template_name = "sites/pages/association_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listed = listed_of(self.object)
        regions = by_region(listed.departments)
        return super().get_context_data(
            listed=listed,
            former=former_sites(self.object),
            former_names=names_before(self.object),
            regions=regions,
            departments=[department for region in regions for department, _count in region.departments],
            waves=[(wave, listed.waves[wave.pk]) for wave in counted_waves() if wave.pk in listed.waves],
            list_query=QueryDict(f"association={self.object.slug}"),
            **kwargs,
        )


@kept(8)
def former_sites(association: Association) -> Listed:
    """Those that carry the label no longer."""
    key = association.pk  # once, not for each of thousands of figures
    return association.sites.no_longer_labelled().listed(lambda figure: figure.association == key and figure.ended)


@kept(8)
def names_before(association: Association) -> list[tuple[str, list[Site]]]:
    """Former names of its labelled sites, each with the sites that had it."""
    aliases = SiteAlias.objects.filter(site__in=association.sites.labelled().order_by().values("pk"))
    names: dict[str, list[Site]] = {}
    for alias in aliases.select_related("site").only("name", "site__name", "site__slug").order_by("slug")[:MOST_LISTED]:
        names.setdefault(alias.name, []).append(alias.site)
    for sites in names.values():
        sites.sort(key=lambda site: site.slug)
    return sorted(names.items(), key=lambda pair: fold(pair[0]))
