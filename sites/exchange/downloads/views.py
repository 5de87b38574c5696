"""The downloads of a list: all that its filters leave, in every format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import IO, Any

import django_filters
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from sites.exchange import problems
from sites.exchange.answers import CSV, JSON, answer
from sites.exchange.downloads import formats, national_schemas, workbook
from sites.exchange.downloads.file_names import file_name
from sites.exchange.licence import CSVW, LICENCE, OPENAPI, TABLE_SCHEMA, Description, attribution
from sites.exchange.records import page_records
from sites.exchange.records.quality_record import scored
from sites.exchange.records.site_record import (
    DepartmentName,
    RegionName,
    SiteRecord,
    commune_name,
    site_records,
    values_of,
)
from sites.models import Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.label_count import label_count
from sites.search.filters import SiteFilter
from sites.search.messages import shown
from sites.search.typed_place import Place

OLDEST = date(2020, 1, 1)  # the day of the data where there are none


class ExportFilter(SiteFilter):
    """The filters of the list, and the two that cut a piece out of it."""

    limit = django_filters.NumberFilter(label=gettext_lazy("limit (nombre au plus)"), min_value=1, max_value=10**9)
    offset = django_filters.NumberFilter(label=gettext_lazy("offset (nombre à passer)"), min_value=0, max_value=10**9)
    limit.field_class = offset.field_class = forms.IntegerField


class SiteExport(View):
    """All pages of the list at once: what it shows, in its order."""

    filter_class: type[SiteFilter] = SiteFilter
    content_type = JSON
    name = "pimms.json"
    attach = False
    says_the_place = False  # or it has nowhere to say that a place was not understood
    described_by: Description = OPENAPI
    conforms_to = ""  # the national schema that it follows
    # Since when the list says what it says: sites/urls.py knows who knows it.
    data_day: Callable[[], date | None] = staticmethod(lambda: None)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        self.ask(request.GET)
        if errors := list(self.errors(request.GET)):
            return problems.refusal(400, errors)
        day = self.data_day() or label_count().counted_on or timezone.localdate()
        name, described_by = file_name(self.name, day, self.found), self.conforms_to or self.described_by
        return answer(request, self.write, self.content_type, name, attach=self.attach, described_by=described_by)

    def ask(self, sent: QueryDict) -> None:
        self.found = self.filter_class(sent or None, Site.objects.labelled(), tables=lookup_tables())
        self.sites = self.found.qs
        self.root = settings.PUBLIC_ORIGIN

    def errors(self, sent: QueryDict) -> Iterator[problems.ParameterProblem]:
        """A page shows what it left out; a file that looks whole must not leave anything out."""
        yield from problems.unknown_parameters(sent, self.filter_class.base_filters)
        yield from problems.bad_values(self.found)
        if not self.says_the_place:
            name = "commune" if self.found.values.get("commune") else "lieu"
            value = self.found.query.get(name, "")
            for sentence in self.place_problems():
                yield {"parameter": name, "value": shown(value), "detail": sentence}

    def write(self, file: IO[bytes]) -> None:
        raise NotImplementedError

    @cached_property
    def records(self) -> Iterable[SiteRecord]:
        return site_records(self.sites, self.root)

    @cached_property
    def list_head(self) -> page_records.ListHead:
        """What stands before the sites: their number, the place that was understood, or why it was not."""
        head: page_records.ListHead = {
            "count": self.sites.count(),
            "counted_on": label_count().counted_on,
            "license": LICENCE["path"],
            "attribution": attribution(),
        }
        if understanding := self.found.understanding:
            if understanding.place:
                others = other_places(self.found, understanding.others)
                head["place"] = place_record(understanding.place, understanding.note, others)
            else:
                head["place"] = None
                head["others"] = other_places(self.found, understanding.others or understanding.suggestions)
        if sentences := self.place_problems():
            head["problems"] = sentences
        return head

    def place_problems(self) -> list[str]:
        understanding, place = self.found.understanding, self.found.place
        if understanding is None or (place and (place.point or not place.commune)):
            return []
        if place:
            return [_("« %(place)s » : la position de cette commune n’est pas connue.") % {"place": place.label}]
        if understanding.must_choose:
            text = _("Plusieurs lieux s’appellent « %(typed)s » : précisez lequel avec « commune » ou « departement ».")
        else:
            text = _("Aucune commune ne s’appelle « %(typed)s ».")
        notes = [str(understanding.note)] if understanding.note else []
        return [*notes, text % {"typed": shown(understanding.typed)}]


def other_places(found: SiteFilter, places: Iterable[Place]) -> list[page_records.OtherPlace]:
    return [{"label": place.label, "query": found.query_at(place)} for place in places]


def place_record(place: Place, note: str, others: list[page_records.OtherPlace]) -> page_records.PlaceRecord:
    return {
        "label": place.label,
        "note": note or None,
        "others": others,
        "latitude": place.point.latitude if place.point else None,
        "longitude": place.point.longitude if place.point else None,
        "commune": commune_name(place.commune.insee_code, place.commune.name) if place.commune else None,
        "department": values_of(place.department, DepartmentName) if place.department else None,
        "region": values_of(place.region, RegionName) if place.region else None,
    }


class SitesJson(SiteExport):
    filter_class = ExportFilter
    says_the_place = True

    def write(self, file: IO[bytes]) -> None:
        start, limit = self.found.values.get("offset", 0), self.found.values.get("limit")
        if start or limit:
            self.records = site_records(self.sites[start : start + limit if limit else None], self.root)
        formats.write_list(file, self.list_head, "results", scored(self.records))


class SitesGeoJson(SiteExport):
    content_type = "application/geo+json"
    name = "pimms.geojson"
    says_the_place = True

    def write(self, file: IO[bytes]) -> None:
        formats.write_geojson(file, self.list_head, self.records)


class SitesCsv(SiteExport):
    content_type = CSV
    name = "pimms.csv"
    attach = True
    described_by = CSVW

    def write(self, file: IO[bytes]) -> None:
        formats.write_csv(file, formats.NAMES, formats.rows(self.records))


class SitesExcelCsv(SiteExport):
    content_type = SitesCsv.content_type
    name = "pimms.excel.csv"
    attach = True
    described_by = TABLE_SCHEMA

    def write(self, file: IO[bytes]) -> None:
        formats.write_excel_csv(file, self.records)


class SitesXlsx(SiteExport):
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = "pimms.xlsx"
    attach = True
    described_by = TABLE_SCHEMA

    def write(self, file: IO[bytes]) -> None:
        about = workbook.about(self.found, self.sites.count())
        workbook.write_xlsx(file, self.records, about, label_count().counted_on or OLDEST)


class MediationCsv(SiteExport):
    content_type = CSV
    name = "pimms.mediation-numerique.csv"
    conforms_to = national_schemas.MEDIATION
    attach = True

    def write(self, file: IO[bytes]) -> None:
        names = list(national_schemas.MediationPlace.__annotations__)
        places: Any = map(national_schemas.mediation_place, self.records)
        formats.write_csv(file, names, formats.cells(names, places))


class MediationJson(SiteExport):
    name = "pimms.mediation-numerique.json"
    conforms_to = national_schemas.MEDIATION

    def write(self, file: IO[bytes]) -> None:
        formats.write_array(file, map(national_schemas.mediation_place, self.records))


class InclusionJson(SiteExport):
    name = "pimms.data-inclusion.json"
    conforms_to = national_schemas.INCLUSION

    def write(self, file: IO[bytes]) -> None:
        formats.write_array(file, map(national_schemas.inclusion_structure, self.records))


def whole_list(*views: type[SiteExport]) -> list[SiteExport]:
    """All labelled sites, to be written in several formats though no request asked: they are read once."""
    first, *others = exports = [view() for view in views]
    first.ask(QueryDict())
    first.records = list(first.records)
    for other in others:
        other.found, other.sites, other.root = first.found, first.sites, first.root
        other.records, other.list_head = first.records, first.list_head
    return exports


ALL_FORMATS: tuple[type[SiteExport], ...] = (
    *(SitesCsv, SitesExcelCsv, SitesXlsx, SitesJson, SitesGeoJson),
    *(MediationCsv, MediationJson, InclusionJson),
)
