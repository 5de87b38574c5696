"""``/donnees/``: the page of the data, for people and, as schema.org describes a dataset, for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Max, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from pimms_directory.base.memo import memo_by_revision
from sites.exchange.downloads.formats import COLUMNS, NAMES
from sites.exchange.downloads.views import ALL_FORMATS, ExportFilter
from sites.exchange.licence import LICENCE, attribution, sources_at
from sites.exchange.records.quality_record import average_score
from sites.exchange.schemas.openapi.parameters import parameters
from sites.exchange.schemas.openstreetmap import TAGS
from sites.exchange.schemas.structured_data import LANGUAGE, Thing, thing
from sites.models import Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.label_count import label_count


@memo_by_revision(maxsize=1)
def dates() -> dict[str, Any]:
    """Of all labelled sites."""
    return Site.objects.labelled().aggregate(
        checked=Max("contact_checked_on"),
        first=Min("wave__effective_on"),
        labelled=Max("wave__effective_on"),
    )


class DataPage(TemplateView):
    template_name = "sites/exchange/data.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        formats = [
            ("CSV", "site-csv", _("Texte UTF-8 (RFC 4180), une ligne d’en-tête, séparé par des virgules.")),
            (_("CSV pour Excel"), "site-excel-csv", _("Pour un double clic dans un Excel réglé en français.")),
            ("Excel", "site-xlsx", _("Classeur XLSX pour les tableurs : dates typées, filtres sur les colonnes.")),
            ("JSON", "site-json", _("Pour les programmes ; « limit » et « offset » n’en donnent qu’une partie.")),
            ("GeoJSON", "site-geojson", _("Pour les cartes (RFC 7946) ; sans géométrie si le point n’est pas sûr.")),
            (_("Médiation numérique, CSV"), "site-mediation-csv", _("Schéma national des lieux, version 1.0.2.")),
            (_("Médiation numérique, JSON"), "site-mediation-json", _("Les mêmes champs.")),
            ("data·inclusion", "site-inclusion-json", _("Structures, schéma version 1, en JSON.")),
        ]
        root = settings.PUBLIC_ORIGIN
        return super().get_context_data(
            formats=[(label, reverse(name), words) for label, name, words in formats],
            columns=COLUMNS,
            parameters=parameters(ExportFilter),
            licence=LICENCE,
            attribution=attribution(),
            tags=TAGS,
            sources=sources_at(""),
            dates=dates(),
            average_score=average_score(timezone.localdate()),
            example=Site.objects.labelled().order_by("slug").first(),
            release=next(iter(lookup_tables().releases.values()), None),
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
            "Les points d’information et de médiation multi-services (PIMMS) qui portent le label France Services :"
            " adresses, coordonnées, horaires, dates de label et sources. %s."
        )
        % label_count().sentence,
        url=root + reverse("data"),
        inLanguage=LANGUAGE,
        license=LICENCE["path"],
        isAccessibleForFree=True,
        creator=publisher and thing("Organization", name=publisher),
        temporalCoverage=first and last and f"{first:%Y-%m-%d}/{last:%Y-%m-%d}",
        spatialCoverage=thing("Country", name="France"),
        isBasedOn=[thing("CreativeWork", name=source["title"], url=source.get("path")) for source in sources_at(root)],
        variableMeasured=NAMES,
        distribution=[
            thing("DataDownload", contentUrl=f"{root}/{view.name}", encodingFormat=view.content_type.partition(";")[0])
            for view in ALL_FORMATS
        ],
    )
