"""Addresses for machines: downloads of a list, the JSON twin of each page of a record, and what describes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import django_filters
from django import forms
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db.models import Max, Min
from django.http import FileResponse, HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View

from labels.models import PressRelease, Wave
from pimms_directory.base.memo import memo_by_revision
from pimms_directory.base.redirects import moved_to
from pimms_directory.editing.publication import get_public, shown
from sites.exchange import columns, openapi, structured_data
from sites.models import Association, Department, Region, Site, SiteAlias
from sites.models.lookup_tables import lookup_tables
from sites.models.site_queries import SiteQuerySet
from sites.pages.site_summary import sites_of
from sites.search.filters import SiteFilter
from sites.search.messages import problems

# A new version of the code may write the same records differently.
STARTED = timezone.now()
IN_MEMORY = 128 * 1024  # bytes of an answer; a longer one waits in a temporary file
MAX_AGE = 300  # seconds during which nobody needs to ask again: staff see their edits published within minutes
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Disposition, ETag, Last-Modified",
}
JSON = "application/json"
SOURCES: list[dict[str, str]] = [
    {
        "title": "Union nationale des PIMMS, communiqués de presse du 22 novembre 2019 et du 14 octobre 2020",
        "path": "/communiques/",
    },
    {"title": "ANCT, liste officielle des France Services, 1er août 2024 (Licence Ouverte 2.0)"},
    {"title": "INSEE, code officiel géographique, par @etalab/decoupage-administratif 6.0.0 (Licence Ouverte 2.0)"},
]


def sources_at(root: str) -> list[dict[str, str]]:
    """The same with absolute addresses, for those who read them elsewhere."""
    return [
        {**source, "path": root + source["path"]} if source.get("path", "").startswith("/") else source
        for source in SOURCES
    ]


def last_modified() -> datetime:
    """When what this process publishes last changed: a site, or anything else that the admin logs."""
    edits = LogEntry.objects.filter(content_type__app_label__in=("labels", "directory"))
    edited = edits.aggregate(last=Max("action_time"))["last"]
    return max(each for each in (STARTED, edited, last_change()) if each)


@memo_by_revision(maxsize=1)
def last_change() -> datetime | None:
    """Of a site."""
    return Site.objects.aggregate(last=Max("modified_at"))["last"]


@memo_by_revision(maxsize=1)
def dates() -> dict[str, Any]:
    """Of all labelled sites."""
    return Site.objects.labelled().aggregate(
        checked=Max("contact_checked_on"),
        first=Min("wave__effective_on"),
        labelled=Max("wave__effective_on"),
        modified=Max("modified_at"),
    )


class Body(FileResponse):
    """An answer sent in pieces, large enough to compress well."""

    block_size = 64 * 1024


def answer(
    request: HttpRequest,
    write: Callable[[IO[bytes]], object],
    content_type: str,
    name: str = "",
    *,
    attach: bool = False,
) -> HttpResponseBase:
    """Streams what ``write`` puts into a file, with validators: 304 to whoever has it already.

    It is written before it is sent: its hash is its ETag, an error is a 500 and not half a file, and a slow reader
    holds no database cursor. ``name`` gets the date of the day before its suffix.
    """
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed with the answer)
    try:
        write(file)
        file.seek(0)
        etag = f'"{hashlib.file_digest(file, "sha256").hexdigest()[:32]}"'
        file.seek(0)
    except BaseException:
        file.close()
        raise
    stem, dot, suffix = name.rpartition(".")
    dated = f"{stem}-{timezone.localdate():%Y-%m-%d}{dot}{suffix}" if name else ""
    response: Any = Body(file, as_attachment=attach, filename=dated, content_type=content_type)
    # Else Django lets the server send the file by itself, and gives it the close() of the answer, which ends a request.
    # A file that nobody closed is closed as garbage, in whichever thread is at work: perhaps one that saves an edit.
    response.file_to_stream = None
    modified = int(last_modified().timestamp())
    response.headers["ETag"], response.headers["Last-Modified"] = etag, http_date(modified)
    patch_cache_control(response, public=True, max_age=MAX_AGE)
    conditional: Any = get_conditional_response(request, etag, modified, response)
    if conditional is not response:
        file.close()  # the response itself must not be closed: that would end the request
    for header, value in CORS.items():
        conditional.headers[header] = value
    return conditional


def answer_json(request: HttpRequest, value: Any, name: str = "", content_type: str = JSON) -> HttpResponseBase:
    text = columns.encoder(indent=1).encode(value)
    return answer(request, lambda file: file.write(f"{text}\n".encode()), content_type, name)


def root_of(request: HttpRequest) -> str:
    return request.build_absolute_uri("/")[:-1]


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
        return answer(request, self.write, self.content_type, self.name, attach=self.attach)

    @property
    def ranked(self) -> bool:
        return bool(self.found.place and self.found.place.point)

    def preface(self) -> dict[str, Any]:
        """What stands before the sites: their number, the place that was understood, what was left out."""
        preface: dict[str, Any] = {"count": self.sites.count()}
        if self.found.understanding:
            place = self.found.place
            preface["place"] = place and {
                "label": place.label,
                "latitude": place.point and place.point.latitude,
                "longitude": place.point and place.point.longitude,
                "commune": place.commune and {"insee_code": place.commune.insee_code, "name": place.commune.name},
                "department": place.department and {"code": place.department.code, "name": place.department.name},
                "region": place.region and {"code": place.region.code, "name": place.region.name},
            }
        if sentences := [*problems(self.found), *self.place_problems()]:
            preface["problems"] = sentences
        return preface

    def place_problems(self) -> list[str]:
        understanding, place = self.found.understanding, self.found.place
        if understanding is None or (place and (place.point or not place.commune)):
            return []
        if place:
            return [_t("« %(place)s » : la position de cette commune n’est pas connue.") % {"place": place.label}]
        if understanding.must_choose:
            text = _t(
                "Plusieurs lieux s’appellent « %(typed)s » : précisez lequel avec « commune » ou « departement »."
            )
        else:
            text = _t("Aucune commune ne s’appelle « %(typed)s ».")
        return [text % {"typed": understanding.typed.replace("\0", "�")}]

    def write(self, file: IO[bytes]) -> None:
        raise NotImplementedError


class SitesJson(SiteExport):
    filter_class = ExportFilter

    def write(self, file: IO[bytes]) -> None:
        preface = self.preface()
        start, limit = self.found.values.get("offset", 0), self.found.values.get("limit")
        shown = self.sites[start : start + limit if limit else None]
        columns.write_json(file, columns.read(shown), root_of(self.request), preface, ranked=self.ranked)


class SitesGeoJson(SiteExport):
    content_type = "application/geo+json"
    name = "pimms.geojson"

    def write(self, file: IO[bytes]) -> None:
        sites = columns.read(self.sites)
        columns.write_geojson(file, sites, root_of(self.request), self.preface(), ranked=self.ranked)


class SitesCsv(SiteExport):
    content_type = "text/csv; charset=utf-8; header=present"
    name = "pimms.csv"
    attach = True

    def write(self, file: IO[bytes]) -> None:
        columns.write_csv(file, columns.read(self.sites), root_of(self.request))


class SitesXlsx(SiteExport):
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    name = "pimms.xlsx"
    attach = True

    def write(self, file: IO[bytes]) -> None:
        columns.write_xlsx(file, columns.read(self.sites), root_of(self.request), timezone.localdate())


# One record


class Twin(View):
    """A record as JSON: its own values, then its sites where its page lists some."""

    sites: SiteQuerySet | None = None

    def get(self, request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        root = root_of(request)
        found = self.describe(root, **kwargs)
        if isinstance(found, HttpResponsePermanentRedirect):
            found.headers["Access-Control-Allow-Origin"] = "*"
            return found
        if self.sites is None:
            return answer_json(request, found)
        head = {**found, "count": self.sites.count()}
        results = (columns.site_object(record, root) for record in columns.read(self.sites))
        return answer(request, lambda file: columns.write_list(file, head, "results", results, indent=1), JSON)

    def describe(self, root: str, **kwargs: str) -> Mapping[str, Any] | HttpResponsePermanentRedirect:
        raise NotImplementedError


class SiteTwin(Twin):
    def describe(self, root: str, **kwargs: str) -> Mapping[str, Any] | HttpResponsePermanentRedirect:
        found = Site.objects.filter(slug=kwargs["slug"])
        site = found.select_related("wave").first()
        if site is None:
            site = SiteAlias.objects.public_site(kwargs["slug"])
            return moved_to(self.request, reverse("site-twin", args=[site.slug]))
        shown(site)
        return columns.site_object(next(columns.read(found)), root)


class RegionTwin(Twin):
    def describe(self, root: str, **kwargs: str) -> Mapping[str, Any]:
        region = get_object_or_404(Region, slug=kwargs["slug"])
        self.sites = sites_of(region).order_by("department__slug", "slug")
        return {
            "url": root + region.get_absolute_url(),
            "slug": region.slug,
            "code": region.code,
            "name": region.name,
            "departments": list(region.departments.order_by("slug").values("code", "name")),
        }


class DepartmentTwin(Twin):
    def describe(self, root: str, **kwargs: str) -> Mapping[str, Any] | HttpResponsePermanentRedirect:
        department = get_object_or_404(Department.objects.select_related("region"), code=kwargs["code"].upper())
        if (department.code, department.slug) != (kwargs["code"], kwargs["slug"]):
            return moved_to(self.request, reverse("department-twin", args=[department.code, department.slug]))
        self.sites = sites_of(department)
        return {
            "url": root + department.get_absolute_url(),
            "slug": department.slug,
            "code": department.code,
            "name": department.name,
            "region": {"code": department.region.code, "name": department.region.name},
            "neighbours": list(department.neighbours.order_by("slug").values("code", "name")),
        }


class AssociationTwin(Twin):
    def describe(self, root: str, **kwargs: str) -> Mapping[str, Any]:
        association = get_object_or_404(Association.objects.public(), slug=kwargs["slug"])
        self.sites = sites_of(association)
        return {
            "url": root + association.get_absolute_url(),
            "slug": association.slug,
            "name": association.name,
        }


class WaveTwin(Twin):
    def describe(self, root: str, **kwargs: str) -> Mapping[str, Any]:
        wave = get_public(Wave.objects.select_related("release"), code=kwargs["code"])
        self.sites = sites_of(wave)
        return {
            "url": root + wave.get_absolute_url(),
            "code": wave.code,
            "name": wave.name,
            "effective_on": wave.effective_on,
            "source": wave.source,
            "announced_on": wave.announced_on,
            "announced_source": wave.announced_source or None,
            "published_on": wave.published_on,
            "release": wave.public_release and wave.public_release.slug,
            "national_total": wave.national_total,
        }


class ReleaseTwin(Twin):
    def describe(self, root: str, **kwargs: str) -> Mapping[str, Any]:
        release = get_public(PressRelease.objects.with_waves().prefetch_related("figures"), slug=kwargs["slug"])
        figures = ("position", "caption", "value", "qualifier", "unit", "note")
        return {
            "url": root + release.get_absolute_url(),
            "slug": release.slug,
            "title": release.title,
            "issuer": release.issuer,
            "published_on": release.published_on,
            "source_url": release.source_url or None,
            "summary": release.summary,
            "caveat": release.caveat,
            "waves": [wave.code for wave in release.public_waves],
            "figures": [{name: getattr(figure, name) for name in figures} for figure in release.figures.all()],
            "listings": [
                {
                    **columns.listing_object(listing),
                    "site": root + listing.site.get_absolute_url() if listing.site.is_public else None,
                }
                for listing in release.listings.select_related("release", "site")
            ],
        }


# What describes them


class TableSchema(View):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        return answer_json(request, columns.table_schema())


class DataPackage(View):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        root = root_of(request)
        title = _t("PIMMS labellisés France Services")
        package = columns.data_package(title, _t("Les champs : %s") % f"{root}/donnees/", sources_at(root))
        return answer_json(request, package)


class OpenApi(View):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        document = openapi.document(root_of(request), ExportFilter)
        return answer_json(request, document, content_type="application/vnd.oai.openapi+json;version=3.1")


class Data(TemplateView):
    template_name = "sites/exchange/data.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        formats = [
            ("CSV", "site-csv", _t("Texte UTF-8 (RFC 4180), une ligne d’en-tête, séparé par des virgules.")),
            ("Excel", "site-xlsx", _t("Classeur XLSX pour les tableurs : dates typées, filtres sur les colonnes.")),
            ("JSON", "site-json", _t("Pour les programmes ; « limit » et « offset » n’en donnent qu’une partie.")),
            ("GeoJSON", "site-geojson", _t("Pour les cartes (RFC 7946) ; sans géométrie si le point n’est pas sûr.")),
        ]
        return super().get_context_data(
            formats=[(label, reverse(name), words) for label, name, words in formats],
            columns=columns.COLUMNS,
            parameters=openapi.parameters(ExportFilter),
            licence=columns.LICENCE,
            sources=SOURCES,
            dates=dates(),
            example=Site.objects.labelled().order_by("slug").first(),
            root=root_of(self.request),
            dataset=self.describe(dates()),
            **kwargs,
        )

    def describe(self, dates: Mapping[str, Any]) -> structured_data.Thing:
        root = root_of(self.request)
        views = (SitesCsv, SitesXlsx, SitesJson, SitesGeoJson)
        return structured_data.dataset(
            _t("PIMMS labellisés France Services"),
            _t(
                "Les points d’information et de médiation multi-services (PIMMS) qui portent le label France Services :"
                " adresses, coordonnées, horaires, dates de label et sources."
            ),
            root + reverse("data"),
            files={f"{root}/{view.name}": view.content_type.partition(";")[0] for view in views},
            sources=sources_at(root),
            publisher=settings.SITE["publisher"],
            covers=(dates["first"], max(filter(None, (dates["labelled"], dates["checked"])), default=None)),
            modified=dates["modified"],
        )
