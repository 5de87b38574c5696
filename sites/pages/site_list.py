"""``/pimms/``: the list of sites, filtered and, around a place, by distance."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_filters.views import FilterView

from sites.models import Commune, Department, OtherDesk, Site
from sites.models.distance import Point
from sites.models.lookup_tables import arrondissements_by_city, lookup_tables
from sites.pages.help.page import ask_where
from sites.search.filters import PLACE, SiteFilter
from sites.search.messages import nothing_typed, problems, unknown_need, ways_out
from sites.search.nearest_departments import nearest_departments_with_sites
from sites.search.other_desks import closer_than, largest_commune, other_desks_from, other_desks_in_territory_of
from sites.search.typed_need import PARAMETER, asked_for, asks_where
from sites.search.typed_place import Place, Understanding

PAGE_SIZE = 10
# Around a place: those in full, the others of the page as a short list that opens.
NEAR_KM = 50
MOST_IN_FULL = 5
MOST_UNITS = 20
MOST_NAMED_SO = 5
# From here on, a reader is told first how far the nearest desk is and where else to turn.
FAR_KM = 100


class SiteList(FilterView):
    queryset = Site.objects.labelled()
    filterset_class = SiteFilter
    strict = False  # a bad value is left out and named, the others still narrow the list
    template_name = "sites/search/site_list.html"
    context_object_name = "sites"
    paginate_by = PAGE_SIZE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A need alone is asked where; with a place, its list begins with a word on the need."""
        self.need, self.asked = asked_for(request.GET)
        if self.need and asks_where(self.asked):
            return ask_where(request, self.need)
        return super().get(request, *args, **kwargs)

    def get_filterset_kwargs(self, filterset_class: type[SiteFilter]) -> dict[str, Any]:
        kwargs = super().get_filterset_kwargs(filterset_class)
        return kwargs | {"data": self.asked or None, "tables": lookup_tables()}

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Paginator, Page, Any, bool]:
        """A page number that does not exist shows the nearest one that does, and says so."""
        asked = self.request.GET.get("page") or "1"
        page = self.get_paginator(queryset, page_size).get_page(asked)
        self.page_problems = []
        if asked != str(page.number):
            sentence = _("La page « %(page)s » n’existe pas. Voici la page %(number)s.")
            self.page_problems = [sentence % {"page": asked[:20].replace("\0", "�"), "number": page.number}]
        return page.paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        page, found = context["page_obj"], context["filter"]
        if self.need:
            found.query[PARAMETER] = self.need.slug  # each link from here keeps it
        sites = page.object_list.read_cards()
        of_filters = problems(found) if found.form.errors or found.is_half_a_position else []
        return context | {
            "need": self.need,
            "sites": sites,
            "problems": nothing_typed(found) + of_filters + unknown_need(self.asked) + self.page_problems,
            "page_numbers": list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)),
            "gap": Paginator.ELLIPSIS,
            "ways_out": [] if sites else ways_out(found),
            **(self.place_context(found, found.understanding, sites, page) if found.understanding else NO_PLACE),
        }

    def place_context(
        self, found: SiteFilter, understanding: Understanding, sites: list[Site], page: Page
    ) -> dict[str, Any]:
        """What the page says about the place that was asked for."""
        place = understanding.place
        return {
            "understanding": understanding,
            "place": place,
            "others": [(other, found.query_at(other)) for other in understanding.others],
            "suggestions": [(other, found.query_at(other)) for other in understanding.suggestions],
            "arrondissements": arrondissements_of(place),
            "kept": list(found.query_without(*PLACE).items()),
            "units": units_serving(place.department, found) if place and place.department else [],
            "as_words": urlencode({"q": understanding.typed}),
            "named_so": [] if place or understanding.others else named_so(understanding.typed),
            **(way_on(place, found, sites, page) if place else {}),
        }


NO_PLACE: dict[str, Any] = {"understanding": None, "place": None}


def way_on(place: Place, found: SiteFilter, sites: list[Site], page: Page) -> dict[str, Any]:
    """How far the nearest site is, and where else to turn."""
    if place.point:
        if page.number > 1 or "tri" in found.values:
            return {}
        return around(place, found, sites[0] if sites else None) | near_and_farther(sites, page.paginator.count)
    if place.commune:
        others = other_desks_in_territory_of(place.commune)
        return {"other_desks": others, "closer": closer_than(None, others), "largest": None}
    return {} if sites else nearest_to_territory(place, found)


def around(place: Place, found: SiteFilter, nearest: Site | None) -> dict[str, Any]:
    department = place.department
    region = found.tables.regions[department.region_id] if department and department.is_beyond_the_sea else None
    others = others_beside(found, place.point, nearest, place.commune)
    return {
        "far": nearest if nearest and (nearest.distance_km or 0) > FAR_KM else None,
        "region_without_site": region if region and not region.site_count else None,
        "largest": None,
        "other_desks": others,
        "closer": closer_than(nearest, others),
    }


def near_and_farther(sites: list[Site], total: int) -> dict[str, Any]:
    """The desks shown in full, the nearest always; the others of the page, and how many there are in all."""
    in_reach = sum((site.distance_km or 0) <= NEAR_KM for site in sites)
    count = min(max(in_reach, 1), MOST_IN_FULL)
    return {"near": sites[:count], "farther": sites[count:], "farther_count": total - len(sites[:count])}


def nearest_to_territory(place: Place, found: SiteFilter) -> dict[str, Any]:
    """For a territory without a site: how far the nearest is from its largest commune."""
    largest = largest_commune(place)
    origin = largest.centre if largest else None
    desks = Site.objects.labelled().filter(*found.conditions_beside_the_place, kind=Site.Kind.FIXED)
    nearest = desks.nearest_to(origin).select_related("commune").first() if origin else None
    departments = [place.department] if place.department else Department.objects.filter(region=place.region)
    others = others_beside(found, origin, nearest)
    return {
        "empty_territory": place.department.name if place.department else place.label,
        "largest": largest,
        "nearest_site": nearest,
        # Under other filters, those with sites may have none that answers.
        "nearest_departments": []
        if found.conditions_beside_the_place
        else nearest_departments_with_sites(departments, found.tables),
        "other_desks": others,
        "closer": closer_than(nearest, others),
    }


def others_beside(
    found: SiteFilter, origin: Point | None, nearest: Site | None, commune: Commune | None = None
) -> list[OtherDesk]:
    """Not where filters leave no PIMMS at all: without them there may be one next door, and the page says so."""
    hidden_by_filters = nearest is None and found.conditions_beside_the_place
    return [] if hidden_by_filters else other_desks_from(origin, nearest, commune)


def arrondissements_of(place: Place | None) -> list[Commune]:
    """Of Paris, Lyon or Marseille: their middle is near to few."""
    return arrondissements_by_city().get(place.commune.pk, []) if place and place.commune else []


def units_serving(department: Department, found: SiteFilter) -> list[Site]:
    """What serves a department without a desk, under the other filters; its own before those of its neighbours."""
    sites = Site.objects.labelled().filter(*found.conditions_beside_the_place)
    units = sites.serving(department).select_related("department")[:MOST_UNITS]
    return sorted(units, key=lambda unit: unit.department_id != department.pk)


def named_so(typed: str) -> list[Site]:
    """For words that are no place: the sites whose name or address has them."""
    return Site.objects.labelled().search(typed)[:MOST_NAMED_SO].read_cards() if typed.strip("\0 ") else []
