"""The page of the data, and the documents that describe them to programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from pimms_directory.base.memo import memo_by_revision
from sites.exchange.answers import answer_json, origin_of
from sites.exchange.columns import COLUMNS
from sites.exchange.export_views import ExportFilter, SitesCsv, SitesGeoJson, SitesJson, SitesXlsx
from sites.exchange.schemas import data_package, openapi
from sites.exchange.structured_data import LANGUAGE, Thing, thing
from sites.models import Site


@require_safe
def table_schema(request: HttpRequest) -> HttpResponseBase:
    return answer_json(request, data_package.table_schema())


@require_safe
def package(request: HttpRequest) -> HttpResponseBase:
    return answer_json(request, data_package.data_package(origin_of(request)))


@require_safe
def openapi_document(request: HttpRequest) -> HttpResponseBase:
    document = openapi.document(origin_of(request), ExportFilter)
    return answer_json(request, document, "application/vnd.oai.openapi+json;version=3.1")


@memo_by_revision(maxsize=1)
def dates() -> dict[str, Any]:
    """Of all labelled sites."""
    return Site.objects.labelled().aggregate(
        checked=Max("contact_checked_on"),
        first=Min("wave__effective_on"),
        labelled=Max("wave__effective_on"),
        modified=Max("modified_at"),
    )


class Data(TemplateView):
    template_name = "sites/exchange/data.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        formats = [
            ("CSV", "site-csv", _("Texte UTF-8 (RFC 4180), une ligne d’en-tête, séparé par des virgules.")),
            ("Excel", "site-xlsx", _("Classeur XLSX pour les tableurs : dates typées, filtres sur les colonnes.")),
            ("JSON", "site-json", _("Pour les programmes ; « limit » et « offset » n’en donnent qu’une partie.")),
            ("GeoJSON", "site-geojson", _("Pour les cartes (RFC 7946) ; sans géométrie si le point n’est pas sûr.")),
        ]
        root = origin_of(self.request)
        return super().get_context_data(
            formats=[(label, reverse(name), words) for label, name, words in formats],
            columns=COLUMNS,
            parameters=openapi.parameters(ExportFilter),
            licence=data_package.LICENCE,
            sources=data_package.SOURCES,
            dates=dates(),
            example=Site.objects.labelled().order_by("slug").first(),
            root=root,
            dataset=dataset(root, dates()),
            **kwargs,
        )


def dataset(root: str, dates: Mapping[str, Any]) -> Thing:
    """The data as schema.org describes them."""
    publisher, first = settings.SITE["publisher"], dates["first"]
    last = max(filter(None, (dates["labelled"], dates["checked"])), default=None)
    return thing(
        "Dataset",
        name=_("PIMMS labellisés France Services"),
        description=_(
            "Les points d’information et de médiation multi-services (PIMMS) qui portent le label France Services :"
            " adresses, coordonnées, horaires, dates de label et sources."
        ),
        url=root + reverse("data"),
        inLanguage=LANGUAGE,
        license=data_package.LICENCE["path"],
        isAccessibleForFree=True,
        creator=publisher and thing("Organization", name=publisher),
        temporalCoverage=first and last and f"{first:%Y-%m-%d}/{last:%Y-%m-%d}",
        spatialCoverage=thing("Country", name="France"),
        dateModified=dates["modified"],
        isBasedOn=[
            thing("CreativeWork", name=source["title"], url=source.get("path"))
            for source in data_package.sources_at(root)
        ],
        variableMeasured=[column.name for column in COLUMNS],
        distribution=[
            thing("DataDownload", contentUrl=f"{root}/{view.name}", encodingFormat=view.content_type.partition(";")[0])
            for view in (SitesCsv, SitesXlsx, SitesJson, SitesGeoJson)
        ],
    )
