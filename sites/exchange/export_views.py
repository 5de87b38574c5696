"""The downloads of a list, and the record of each page of ours as JSON."""

from __future__ import annotations

from typing import IO

import django_filters
from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.generic import View

from pimms_directory.base.addresses import moved_to
from sites.exchange import formats, page_records
from sites.exchange.answers import JSON, answer, answer_json, origin_of
from sites.exchange.public_records import address_beside, public_record
from sites.exchange.site_record import CommuneName, DepartmentName, RegionName, site_records, values_of
from sites.models import Site
from sites.models.lookup_tables import lookup_tables
from sites.search.filters import SiteFilter
from sites.search.messages import problems
from sites.search.typed_place import Place

# Lists


class ExportFilter(SiteFilter):
    """The filters of the list, and the two that cut a piece out of it."""

    limit = django_filters.NumberFilter(label=_("limit (nombre au plus)"), min_value=1, max_value=10**9)
    offset = django_filters.NumberFilter(label=_("offset (nombre à passer)"), min_value=0, max_value=10**9)
    limit.field_class = offset.field_class = forms.IntegerField


class SiteExport(View):
    """All pages of the list at once: what it shows, in its order."""

    filter_class: type[SiteFilter] = SiteFilter
    content_type = JSON
    name = "pimms.json"
    attach = False

    def get(self, request: HttpRequest) -> HttpResponseBase:
        self.found = self.filter_class(request.GET or None, Site.objects.labelled(), tables=lookup_tables())
        self.sites = self.found.qs
        self.root = origin_of(request)
        return answer(request, self.write, self.content_type, self.name, attach=self.attach)

    def write(self, file: IO[bytes]) -> None:
        raise NotImplementedError

    def list_head(self) -> page_records.ListHead:
        """What stands before the sites: their number, the place that was understood, what was left out."""
        head: page_records.ListHead = {"count": self.sites.count()}
        if self.found.understanding:
            head["place"] = place_record(self.found.place) if self.found.place else None
        if sentences := [*problems(self.found), *self.place_problems()]:
            head["problems"] = sentences
        return head

    def place_problems(self) -> list[str]:
        understanding, place = self.found.understanding, self.found.place
        if understanding is None or (place and (place.point or not place.commune)):
            return []
        if place:
            return [gettext("« %(place)s » : la position de cette commune n’est pas connue.") % {"place": place.label}]
        if understanding.must_choose:
            text = gettext(
                "Plusieurs lieux s’appellent « %(typed)s » : précisez lequel avec « commune » ou « departement »."
            )
        else:
            text = gettext("Aucune commune ne s’appelle « %(typed)s ».")
        return [text % {"typed": understanding.typed.replace("\0", "�")}]


def place_record(place: Place) -> page_records.PlaceRecord:
    return {
        "label": place.label,
        "latitude": place.point.latitude if place.point else None,
        "longitude": place.point.longitude if place.point else None,
        "commune": values_of(place.commune, CommuneName) if place.commune else None,
        "department": values_of(place.department, DepartmentName) if place.department else None,
        "region": values_of(place.region, RegionName) if place.region else None,
    }


class SitesJson(SiteExport):
    filter_class = ExportFilter

    def write(self, file: IO[bytes]) -> None:
        start, limit = self.found.values.get("offset", 0), self.found.values.get("limit")
        part = self.sites[start : start + limit if limit else None]
        formats.write_list(file, self.list_head(), "results", site_records(part, self.root))


class SitesGeoJson(SiteExport):
    content_type = "application/geo+json"
    name = "pimms.geojson"

    def write(self, file: IO[bytes]) -> None:
        formats.write_geojson(file, self.list_head(), site_records(self.sites, self.root))


class SitesCsv(SiteExport):
    content_type = "text/csv; charset=utf-8; header=present"
    name = "pimms.csv"
    attach = True

    def write(self, file: IO[bytes]) -> None:
        formats.write_csv(file, site_records(self.sites, self.root))


class SitesXlsx(SiteExport):
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = "pimms.xlsx"
    attach = True

    def write(self, file: IO[bytes]) -> None:
        formats.write_xlsx(file, site_records(self.sites, self.root), timezone.localdate())


# One record


@require_safe
def record(request: HttpRequest, route: str, **key: str) -> HttpResponseBase:
    """The record of a page, at the address of that page with ``.json`` in the place of its last slash."""
    found = public_record(route, **key)
    address = address_beside(found, ".json")
    if request.path != address:
        response = moved_to(request, address)
        response.headers["Access-Control-Allow-Origin"] = "*"  # the reader of a former address may be any web page
        return response
    return answer_json(request, page_records.RECORDS[route](found, origin_of(request)))
