"""Every data address: its name, what it gives, and the words that describe it.

These stand here, and for what stands beside the page of a record in ``beside_pages.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from sites.exchange.downloads import views as lists
from sites.exchange.schemas.json_schema import reference
from sites.exchange.schemas.openapi.beside_pages import beside_pages
from sites.exchange.schemas.openapi.kinds import (
    DESCRIPTIONS,
    EMBEDDING,
    FEEDS,
    INDEXES,
    LISTS,
    PICTURES,
    PLACES,
    VERSIONS,
)
from sites.exchange.schemas.openapi.operation import ANY_OBJECT, ATOM, BINARY, CSV, JSON, PNG, Operation, array_of
from sites.exchange.schemas.openapi.parameters import (
    ONLY_JSON_HAS,
    SUGGESTED,
    TEXT,
    in_path,
    of_oembed,
    parameter,
    reference_to,
)
from sites.pages.label_count import label_count
from sites.search.filters import SiteFilter


def operations(root: str, filters: type[SiteFilter]) -> Iterator[Operation]:
    yield from of_lists(filters)
    yield from beside_pages()
    yield from of_indexes()
    yield from of_feeds()
    yield from of_pictures()
    yield from of_versions()
    yield from of_other_programs(root)
    yield from of_descriptions()


def of_lists(filters: type[SiteFilter]) -> Iterator[Operation]:
    queries = tuple(reference_to(name) for name in filters.base_filters if name not in ONLY_JSON_HAS)
    cuts = tuple(map(reference_to, ONLY_JSON_HAS))
    places, structures = array_of(reference("MediationPlace")), array_of(reference("InclusionStructure"))
    for id, path, summary, description, schema, media, asked in (
        (
            *("listSites", "/pimms.json", "Les PIMMS d’une liste, en JSON"),
            "Les fiches entières, dans l’ordre de la page. « limit » et « offset » en coupent une partie.",
            *(reference("SiteList"), lists.SitesJson.content_type, (*queries, *cuts)),
        ),
        (
            *("listSitesGeoJson", "/pimms.geojson", "Les PIMMS d’une liste, pour une carte"),
            "GeoJSON (RFC 7946). Un PIMMS sans position sûre n’a pas de géométrie (null).",
            *(reference("FeatureCollection"), lists.SitesGeoJson.content_type, queries),
        ),
        (
            *("listSitesCsv", "/pimms.csv", "Les PIMMS d’une liste, en CSV"),
            "Virgules et UTF-8 (RFC 4180). Les colonnes : /donnees/schema.json.",
            *(TEXT, CSV, queries),
        ),
        (
            *("listSitesExcelCsv", "/pimms.excel.csv", "Les PIMMS d’une liste, en CSV pour un Excel français"),
            "Points-virgules, virgule décimale et marque d’ordre des octets : un double clic l’ouvre bien.",
            *(TEXT, CSV, queries),
        ),
        (
            *("listSitesXlsx", "/pimms.xlsx", "Les PIMMS d’une liste, en classeur"),
            "Classeur XLSX : les PIMMS, et une feuille « À propos » avec la licence et les sources.",
            *(BINARY, lists.SitesXlsx.content_type, queries),
        ),
        (
            *("listMediationPlaces", "/pimms.mediation-numerique.json", "Les mêmes, lieux de médiation numérique"),
            "D’après le schéma national des lieux de médiation numérique, en JSON.",
            *(places, lists.MediationJson.content_type, queries),
        ),
        (
            *("listMediationPlacesCsv", "/pimms.mediation-numerique.csv", "Les mêmes, en CSV de ce schéma national"),
            "D’après le schéma national des lieux de médiation numérique, en CSV.",
            *(TEXT, CSV, queries),
        ),
        (
            *("listInclusionStructures", "/pimms.data-inclusion.json", "Les mêmes, structures de data·inclusion"),
            "D’après le schéma v1 de data·inclusion, en JSON.",
            *(structures, lists.InclusionJson.content_type, queries),
        ),
    ):
        yield Operation(
            *(id, path, LISTS, summary, description, schema, media),
            parameters=asked,
            refusals=(400,),
            is_saved=True,
        )


def of_indexes() -> Iterator[Operation]:
    for id, path, summary, name in (
        ("listRegions", "/regions.json", "Toutes les régions", "RegionIndex"),
        ("listDepartments", "/departements.json", "Tous les départements", "DepartmentIndex"),
        ("listAssociations", "/associations.json", "Toutes les associations", "AssociationIndex"),
        ("listWaves", "/labels.json", "Toutes les vagues de labellisation", "WaveIndex"),
        ("listReleases", "/communiques.json", "Tous les communiqués", "ReleaseIndex"),
    ):
        words = "Chacune de ces fiches avec son adresse, son nom et son nombre de PIMMS."
        yield Operation(id, path, INDEXES, summary, words, reference(name))


def of_feeds() -> Iterator[Operation]:
    yield Operation(
        *("getFeed", "/flux.atom", FEEDS, "Les nouveautés de l’annuaire"),
        *("Labels reçus, communiqués et fiches modifiées.", TEXT, ATOM),
        names_licence=False,
    )


def of_pictures() -> Iterator[Operation]:
    yield Operation(
        *("getDirectoryPicture", "/apercu.png", PICTURES, "L’image de l’annuaire"),
        *("Montrée là où un lien vers l’annuaire est partagé : 1200 × 630 pixels.", BINARY, PNG),
    )
    for ending, media, schema, summary in (
        ("svg", "image/svg+xml", TEXT, "Un graphique ou une carte pour la presse, en SVG"),
        ("png", PNG, BINARY, "Un graphique ou une carte pour la presse, en PNG"),
    ):
        words = "Avec son titre et sa source. Le PNG a le double de la taille du dessin."
        id, path = f"getPressGraphic{ending.title()}", f"/presse/{{name}}.{ending}"
        yield Operation(
            *(id, path, PICTURES, summary, words, schema, media),
            parameters=in_path("Nom du graphique, sur la page /presse/.", name="carte"),
            refusals=(404,),
            is_saved=True,
        )


def of_versions() -> Iterator[Operation]:
    root, day = "/donnees/versions", str(label_count().counted_on or lists.OLDEST)
    yield Operation(
        *("listVersions", f"{root}.json", VERSIONS, "Toutes les versions"),
        *("Chacune avec ses fichiers, leur taille, leur somme SHA-256.", reference("VersionIndex")),
        refusals=(400,),
    )
    yield Operation(
        *("getVersionsFeed", f"{root}/flux.atom", VERSIONS, "Les versions, en Atom"),
        *("Une entrée par version, avec ce qui a changé.", TEXT, ATOM),
        names_licence=False,
    )
    words = "Jour de la version. Un jour passé où rien n’a changé redirige vers la version d’avant."
    of_day = parameter("day", "path", {"type": "string", "format": "date"}, day, required=True, description=words)
    for id, name, summary, description, schema, media in (
        (
            *("getVersionJson", "pimms.json", "Les PIMMS d’un jour, en JSON"),
            *("Octet pour octet comme ce jour-là : les champs sont ceux d’alors.", ANY_OBJECT, JSON),
        ),
        (
            *("getVersionGeoJson", "pimms.geojson", "Les PIMMS d’un jour, pour une carte"),
            *("Octet pour octet comme ce jour-là : les champs sont ceux d’alors.", ANY_OBJECT, "application/geo+json"),
        ),
        (
            *("getVersionCsv", "pimms.csv", "Les PIMMS d’un jour, en CSV"),
            *("Octet pour octet comme ce jour-là : les colonnes sont celles d’alors.", TEXT, CSV),
        ),
        (
            *("getVersionChanges", "changements.json", "Ce qui a changé depuis la version d’avant"),
            *("Les PIMMS ajoutés, sortis, renommés, et les champs modifiés.", reference("VersionChanges")),
            JSON,
        ),
        (
            *("getVersionChecksums", "SHA256SUMS", "Les sommes SHA-256 des fichiers d’un jour"),
            *("Pour « sha256sum --check ».", TEXT, "text/plain"),
        ),
    ):
        yield Operation(
            *(id, f"{root}/{{day}}/{name}", VERSIONS, summary, description, schema, media),
            parameters=(of_day,),
            refusals=(404,) if name == "SHA256SUMS" else (400, 404),
            is_saved=name.startswith("pimms"),
            names_licence=name != "SHA256SUMS",
        )


def of_other_programs(root: str) -> Iterator[Operation]:
    yield Operation(
        *("suggestPlaces", "/communes.json", PLACES, "Suggestions de lieux : communes, départements, régions"),
        *("Dix lieux au plus, pour qui écrit encore. Ailleurs qu’en français : /en/communes.json …",),
        schema=reference("CommuneSuggestions"),
        parameters=SUGGESTED,
        names_licence=False,
    )
    yield Operation(
        *("getOembed", "/oembed.json", EMBEDDING, "oEmbed 1.0 d’une page"),
        *("Le cadre à insérer, dans la taille demandée.", reference("OEmbed")),
        parameters=of_oembed(root),
        refusals=(400, 404, 501),
        described_at="https://oembed.com/",
    )


def of_descriptions() -> Iterator[Operation]:
    for id, path, summary, media, standard in (
        (
            *("getTableSchema", "/donnees/schema.json", "Table Schema de /pimms.csv", JSON),
            "https://specs.frictionlessdata.io/table-schema/",
        ),
        (
            *("getCsvMetadata", "/pimms.csv-metadata.json", "CSV on the Web de /pimms.csv", "application/csvm+json"),
            "https://www.w3.org/TR/tabular-metadata/",
        ),
        (
            *("getDataPackage", "/datapackage.json", "Data Package de /pimms.csv", JSON),
            "https://specs.frictionlessdata.io/data-package/",
        ),
        (
            *("getCatalogueJsonLd", "/catalogue.jsonld", "Catalogue DCAT-AP, en JSON-LD", "application/ld+json"),
            "https://semiceu.github.io/DCAT-AP/releases/3.0.1/",
        ),
        (
            *("getCatalogueTurtle", "/catalogue.ttl", "Catalogue DCAT-AP, en Turtle", "text/turtle"),
            "https://semiceu.github.io/DCAT-AP/releases/3.0.1/",
        ),
        (
            *("getOpenapiDocument", "/openapi.json", "Ce document", "application/vnd.oai.openapi+json"),
            "https://spec.openapis.org/oas/v3.1.0",
        ),
    ):
        schema = TEXT if media.startswith("text/") else ANY_OBJECT
        words = "Suit la norme nommée ici, qui en dit les champs."
        yield Operation(id, path, DESCRIPTIONS, summary, words, schema, media, described_at=standard)
