"""What stands beside the page of each record, at its address with another ending."""

from __future__ import annotations

from collections.abc import Iterator

from sites.exchange.citing.citation import FILES
from sites.exchange.records import vcard
from sites.exchange.schemas.json_schema import Schema, reference
from sites.exchange.schemas.openapi.kinds import (
    CITATIONS,
    DEPARTMENT,
    FEEDS,
    KINDS,
    PICTURES,
    RECORDS,
    REGION,
    RELEASE,
    SITE,
    TABLES,
    WAVE,
    Kind,
)
from sites.exchange.schemas.openapi.operation import ANY_OBJECT, ATOM, BINARY, CSV, JSON, PNG, Operation, array_of
from sites.exchange.schemas.openapi.parameters import TEXT


def beside_pages() -> Iterator[Operation]:
    yield from of_records()
    yield from of_tables()
    yield from of_citations()
    yield from of_territory_feeds()
    yield from of_record_pictures()


def beside(
    kind: Kind,
    id: str,
    ending: str,
    tag: str,
    summary: str,
    description: str,
    schema: Schema,
    media: str = JSON,
    *,
    is_saved: bool = False,
    names_licence: bool = True,
    described_at: str = "",
) -> Operation:
    """What stands at the address of a page with another ending."""
    return Operation(
        *(id, kind.page + ending, tag, summary, description, schema, media),
        parameters=kind.parameters,
        refusals=kind.refusals,
        is_saved=is_saved,
        names_licence=names_licence,
        described_at=described_at,
    )


def of_records() -> Iterator[Operation]:
    for kind in KINDS:
        yield beside(
            kind,
            f"get{kind.name}",
            ".json",
            RECORDS,
            kind.label,
            "Tout ce que dit la page, en JSON.",
            reference(f"{kind.name}Record"),
        )
    yield beside(
        *(SITE, "getSiteVcard", ".vcf", RECORDS, "Un PIMMS pour un carnet d’adresses"),
        *("Une carte de visite vCard 4.0 (RFC 6350).", TEXT, vcard.MEDIA_TYPE.partition(";")[0]),
        is_saved=True,
    )


def of_tables() -> Iterator[Operation]:
    for kind, id, ending, summary, description in (
        (
            *(WAVE, "getWaveSitesCsv", ".csv", "Les PIMMS d’une vague, en CSV"),
            "Les colonnes sont celles de /pimms.csv.",
        ),
        (
            *(RELEASE, "getReleaseLinesCsv", ".csv", "Les lignes d’un communiqué, en CSV"),
            "Les lignes telles qu’imprimées, avec le PIMMS que chacune désigne.",
        ),
        (
            *(RELEASE, "getReleaseFiguresCsv", ".chiffres.csv", "Les chiffres d’un communiqué, en CSV"),
            "Les chiffres et les faits, chacun avec la phrase du communiqué qui le dit.",
        ),
    ):
        yield beside(kind, id, ending, TABLES, summary, description, TEXT, CSV, is_saved=True)


def of_citations() -> Iterator[Operation]:
    names = {".bib": "Bibtex", ".ris": "Ris", ".csl.json": "CslJson"}
    standards = {
        ".bib": "https://www.ctan.org/pkg/bibtex",
        ".ris": "https://en.wikipedia.org/wiki/RIS_(file_format)",
        ".csl.json": "https://github.com/citation-style-language/schema",
    }
    for kind in KINDS:
        for ending, label, media in FILES:
            schema = array_of(ANY_OBJECT) if ending == ".csl.json" else TEXT
            yield beside(
                *(kind, f"cite{kind.name}{names[ending]}", ending, CITATIONS, f"{kind.label} : {label}"),
                *("La référence de la page : auteur, titre, date, adresse et note.", schema, media),
                described_at=standards[ending],
            )


def of_territory_feeds() -> Iterator[Operation]:
    for kind, summary in ((REGION, "Les nouveautés d’une région"), (DEPARTMENT, "Les nouveautés d’un département")):
        words = "Labels reçus et fiches modifiées de ce territoire."
        yield beside(
            *(kind, f"get{kind.name}Feed", "/flux.atom", FEEDS, summary, words, TEXT, ATOM),
            names_licence=False,
        )


def of_record_pictures() -> Iterator[Operation]:
    for kind in KINDS:
        words = "L’image montrée là où un lien vers la page est partagé : 1200 × 630 pixels."
        yield beside(kind, f"get{kind.name}Picture", ".png", PICTURES, f"{kind.label} : image", words, BINARY, PNG)
