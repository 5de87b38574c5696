"""The data as portals gather them: DCAT-AP 3.0.1, as JSON-LD, and as Turtle written from the same dictionary.

What DCAT-AP asks for: https://semiceu.github.io/DCAT-AP/releases/3.0.1/. data.gouv.fr reads such catalogues:
https://doc.data.gouv.fr/moissonnage/dcat. Values of lists that the European Union keeps are given by their addresses.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date
from tempfile import TemporaryFile

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pimms_directory.base.memo import memo_by_revision
from sites.exchange.citing.citation import author
from sites.exchange.downloads.views import ALL_FORMATS, SiteExport
from sites.exchange.licence import LICENCE, sources_at
from sites.exchange.schemas.data_package import description
from sites.exchange.schemas.turtle import Node
from sites.models.lookup_tables import lookup_tables
from sites.pages.label_count import label_count

AUTHORITY = "http://publications.europa.eu/resource/authority"
IANA = "http://www.iana.org/assignments/media-types"
KEYWORDS = ("PIMMS", "France Services", "médiation sociale", "accès aux droits", "services publics")
MAIL, PAGE = re.compile(r"[\w.+-]+@[\w.-]+"), re.compile(r"https://[\w./?&=%#~+-]+")  # no name, no telephone
THEMES = {"GOVE": "Gouvernement et secteur public", "SOCI": "Population et société"}
PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def catalogue() -> Node:
    root = settings.PUBLIC_ORIGIN
    return {
        "@context": PREFIXES,
        "@id": own("catalogue"),
        "@type": "dcat:Catalog",
        "dct:title": french(settings.SITE_NAME),
        "dct:description": french(_("Les données ouvertes de l’annuaire.")),
        "dct:publisher": publisher(),
        "dct:language": authority("language/FRA", "dct:LinguisticSystem", "français"),
        "dct:license": licence(),
        "dct:spatial": authority("country/FRA", "dct:Location", "France"),
        "foaf:homepage": {"@id": f"{root}/", "@type": "foaf:Document"},
        **modified(),
        "dcat:dataset": dataset(root),
    }


def dataset(root: str) -> Node:
    return {
        "@id": own("jeu"),
        "@type": "dcat:Dataset",
        "dct:identifier": f"{root}/donnees/",
        "dct:title": french(_("PIMMS labellisés France Services")),
        "dct:description": french(description(root)),
        "dct:publisher": publisher(),
        **contact(),
        "dcat:theme": [authority(f"data-theme/{code}", "skos:Concept", label) for code, label in THEMES.items()],
        "dcat:keyword": [french(word) for word in KEYWORDS],
        "dcat:landingPage": page(root),
        "dct:language": authority("language/FRA", "dct:LinguisticSystem", "français"),
        "dct:spatial": authority("country/FRA", "dct:Location", "France"),
        **temporal(),
        "dct:accrualPeriodicity": authority("frequency/IRREG", "dct:Frequency", "irrégulier"),
        **modified(),
        "dct:conformsTo": {"@id": root + reverse("table-schema"), "@type": "dct:Standard"},
        "dct:provenance": {
            "@type": "dct:ProvenanceStatement",
            "rdfs:label": [french(source["title"]) for source in sources_at(root)],
        },
        "dcat:distribution": [distribution(view, root) for view in ALL_FORMATS],
    }


def distribution(view: type[SiteExport], root: str) -> Node:
    size, checksum = size_and_checksum(view, timezone.localdate())
    media_type, suffix = view.content_type.partition(";")[0], view.name.rpartition(".")[2].upper()
    schema = {"dct:conformsTo": {"@id": view.conforms_to, "@type": "dct:Standard"}} if view.conforms_to else {}
    return {
        "@id": own(view.name),
        "@type": "dcat:Distribution",
        "dct:title": french(view.name),
        "dcat:accessURL": page(root),
        "dcat:downloadURL": {"@id": f"{root}/{view.name}"},
        "dcat:mediaType": {"@id": f"{IANA}/{media_type}", "@type": "dct:MediaType"},
        "dct:format": authority(f"file-type/{suffix}", "dct:MediaTypeOrExtent", suffix),
        "dct:license": licence(),
        "dcatap:availability": authority("planned-availability/AVAILABLE", "skos:Concept", "disponible"),
        "dcat:byteSize": {"@value": str(size), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": f"{PREFIXES['spdx']}checksumAlgorithm_sha256", "@type": "spdx:ChecksumAlgorithm"},
            "spdx:checksumValue": {"@value": checksum, "@type": "xsd:hexBinary"},
        },
        **schema,
    }


@memo_by_revision(maxsize=len(ALL_FORMATS))
def size_and_checksum(view: type[SiteExport], day: date) -> tuple[int, str]:
    """Of the whole list, as it is today: the scores of its records are of their day."""
    export = view()
    export.ask(QueryDict())
    with TemporaryFile() as file:
        export.write(file)
        size = file.tell()
        file.seek(0)
        return size, hashlib.file_digest(file, "sha256").hexdigest()


# Values that stand in several places


def own(name: str) -> str:
    """The address of a thing that this document describes."""
    return f"{settings.PUBLIC_ORIGIN}{reverse('catalogue-turtle')}#{name}"


def french(text: str) -> Node:
    return {"@value": text, "@language": "fr"}


def authority(path: str, kind: str, label: str) -> Node:
    """A value of a list of the European Union, with what names it to who cannot look it up."""
    scheme = {"@id": f"{AUTHORITY}/{path.partition('/')[0]}"}
    return {"@id": f"{AUTHORITY}/{path}", "@type": kind, "skos:inScheme": scheme, "skos:prefLabel": french(label)}


def licence() -> Node:
    return {"@id": LICENCE["path"], "@type": "dct:LicenseDocument", "dct:title": french(LICENCE["title"])}


def page(root: str) -> Node:
    return {"@id": f"{root}/donnees/", "@type": "foaf:Document"}


def publisher() -> Node:
    name = author()
    return {"@id": own("editeur"), "@type": "foaf:Agent", "foaf:name": french(name)}


def contact() -> Node:
    """Where a mail or a page leads; a telephone number stands in the legal notice."""
    to = settings.SITE["contact"]
    if MAIL.fullmatch(to):
        way = {"vcard:hasEmail": {"@id": f"mailto:{to}"}}
    elif PAGE.fullmatch(to):
        way = {"vcard:hasURL": {"@id": to}}
    else:
        return {}
    name = author()
    return {"dcat:contactPoint": {"@type": "vcard:Kind", "vcard:fn": name, **way}}


def modified() -> Node:
    """The day of the newest source; since when the catalogue exists no data tell, so ``dct:issued`` is left out."""
    day = label_count().counted_on
    return {"dct:modified": {"@value": f"{day}", "@type": "xsd:date"}} if day else {}


def temporal() -> Node:
    days = sorted(wave.effective_on for wave in lookup_tables().waves.values())
    if not days:
        return {}
    first, last = ({"@value": f"{day}", "@type": "xsd:date"} for day in (days[0], label_count().counted_on or days[-1]))
    return {"dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}}
