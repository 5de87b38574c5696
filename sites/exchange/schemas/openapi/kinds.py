"""The headings of the document, and the kinds of records that have a page of their own."""

from __future__ import annotations

from typing import NamedTuple

from sites.exchange.schemas.json_schema import Schema
from sites.exchange.schemas.openapi.parameters import in_path

LISTS, RECORDS, TABLES, INDEXES = "lists", "records", "tables", "indexes"
CITATIONS, FEEDS, PICTURES, PLACES = "citations", "feeds", "pictures", "places"
VERSIONS, EMBEDDING, DESCRIPTIONS = "versions", "embedding", "descriptions"
TAGS = {
    LISTS: "Les PIMMS qui portent le label, avec les paramètres de la page /pimms/, dans chaque format.",
    RECORDS: "Ce que l’annuaire sait d’un PIMMS, d’un territoire, d’une association, d’une vague, d’un communiqué.",
    TABLES: "Les lignes d’une vague ou d’un communiqué, en CSV.",
    INDEXES: "Toutes les fiches d’une sorte, avec leur nombre de PIMMS.",
    CITATIONS: "Comment citer une page, pour un logiciel de bibliographie.",
    FEEDS: "Les nouveautés, en Atom (RFC 4287).",
    PICTURES: "Les images des fiches, les graphiques et les cartes de la page de presse.",
    PLACES: "Des suggestions pendant la saisie d’un lieu.",
    VERSIONS: "Ce que l’annuaire disait un jour donné, à des adresses qui répondent toujours.",
    EMBEDDING: "Le cadre à insérer dans une autre page.",
    DESCRIPTIONS: "Les schémas et les catalogues qui décrivent les données.",
}


class Kind(NamedTuple):
    """A kind of record that has a page."""

    name: str  # in the name of an operation
    label: str
    page: str
    parameters: tuple[Schema, ...]
    refusals: tuple[int, ...] = (404,)


SLUG = "Fin de l’adresse de la page."
MAY_GO = (404, 410)
SITE = Kind("Site", "Un PIMMS", "/pimms/{slug}", in_path(SLUG, slug="pimms-isere-la-villeneuve"), MAY_GO)
REGION = Kind("Region", "Une région", "/regions/{slug}", in_path(SLUG, slug="bretagne"))
DEPARTMENT = Kind(
    *("Department", "Un département", "/departements/{code}-{slug}"),
    (*in_path("Code INSEE du département.", code="38"), *in_path(SLUG, slug="isere")),
)
ASSOCIATION = Kind("Association", "Une association", "/associations/{slug}", in_path(SLUG, slug="pimms-paris"))
WAVE = Kind(
    *("Wave", "Une vague de labellisation", "/labels/{code}"),
    in_path("Année et mois de la vague.", code="2020-01"),
    MAY_GO,
)
RELEASE = Kind(
    *("Release", "Un communiqué", "/communiques/{slug}"),
    in_path("Date du communiqué.", slug="2020-10-14"),
    MAY_GO,
)
KINDS = (SITE, REGION, DEPARTMENT, ASSOCIATION, WAVE, RELEASE)
