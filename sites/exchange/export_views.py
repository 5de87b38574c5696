"""The downloads of a list, and the record of each page of ours as JSON."""

from __future__ import annotations

from typing import IO

import django_filters
from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.generic import View

from labels.models import PressRelease, Wave
from pimms_directory.base.addresses import moved_to
from pimms_directory.editing.publication import get_public, shown
from sites.exchange import formats, page_records
from sites.exchange.answers import JSON, answer, answer_json, origin_of
from sites.exchange.site_record import site_records
from sites.models import Association, Department, Region, Site, SiteAlias
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
        "commune": page_records.commune_name(place.commune) if place.commune else None,
        "department": page_records.department_name(place.department) if place.department else None,
        "region": page_records.region_name(place.region) if place.region else None,
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


def moved_record(request: HttpRequest, name: str, *key: str) -> HttpResponseBase:
    """To where a record is now, for any web page that followed its former address."""
    response = moved_to(request, reverse(name, args=key))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def site(request: HttpRequest, slug: str) -> HttpResponseBase:
    found = Site.objects.filter(slug=slug)
    record = found.select_related("wave").first()
    if record is None:
        return moved_record(request, "site-record", SiteAlias.objects.public_site(slug).slug)
    shown(record)
    return answer_json(request, next(site_records(found, origin_of(request))))


@require_safe
def region(request: HttpRequest, slug: str) -> HttpResponseBase:
    record = get_object_or_404(Region, slug=slug)
    return answer_json(request, page_records.region_record(record, origin_of(request)))


@require_safe
def department(request: HttpRequest, code: str, slug: str) -> HttpResponseBase:
    record = get_object_or_404(Department.objects.select_related("region"), code=code.upper())
    if (record.code, record.slug) != (code, slug):
        return moved_record(request, "department-record", record.code, record.slug)
    return answer_json(request, page_records.department_record(record, origin_of(request)))


@require_safe
def association(request: HttpRequest, slug: str) -> HttpResponseBase:
    record = get_object_or_404(Association.objects.public(), slug=slug)
    return answer_json(request, page_records.association_record(record, origin_of(request)))


@require_safe
def wave(request: HttpRequest, code: str) -> HttpResponseBase:
    record = get_public(Wave.objects.select_related("release"), code=code)
    return answer_json(request, page_records.wave_record(record, origin_of(request)))


@require_safe
def release(request: HttpRequest, slug: str) -> HttpResponseBase:
    record = get_public(PressRelease.objects.with_waves().prefetch_related("figures"), slug=slug)
    return answer_json(request, page_records.release_record(record, origin_of(request)))
