"""What JSON says of a release: its figures and facts with their quotations, its lines as printed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypedDict

from django.utils.translation import gettext_noop as _

from labels.models import PressRelease
from sites.exchange.records.rows_of_sites import PrintedLine, printed_line
from sites.exchange.records.site_record import Count, Uri, values_of
from sites.exchange.schemas.json_schema import about

Quotation = Annotated[
    str,
    about(_("Les mots du communiqué, tels quels ; […] y remplace ce qui est coupé. Vide si personne ne l’a relevé.")),
]
Place = Annotated[str, about(_("Où ces mots se trouvent dans le communiqué."))]
Anchor = Annotated[Uri, about(_("Adresse propre, sur la page du communiqué."))]


class PrintedFigure(TypedDict):
    position: Count
    caption: str
    value: int
    qualifier: str
    unit: str
    note: str
    quotation: Quotation
    place: Place


class FigureRecord(PrintedFigure):
    url: Anchor


class PrintedFact(TypedDict):
    position: Count
    statement: Annotated[str, about(_("Le fait, en une phrase de l’annuaire."))]
    quotation: Quotation
    place: Place
    note: str


class FactRecord(PrintedFact):
    url: Anchor


class ReleaseLine(PrintedLine):
    site: Annotated[Uri | None, about(_("Page du PIMMS que la ligne désigne."))]


class ReleaseRecord(TypedDict):
    url: Uri
    slug: str
    title: str
    issuer: str
    published_on: date
    source_url: str | None
    summary: str
    caveat: str
    waves: list[str]
    figures: list[FigureRecord]
    listings: list[ReleaseLine]
    facts: list[FactRecord]
    consulted_on: Annotated[date | None, about(_("Jour où le texte du communiqué a été lu pour l’annuaire."))]
    text_sha256: Annotated[
        str | None, about(_("Somme SHA-256 du fichier de texte qui a été lu."), pattern="^[0-9a-f]{64}$")
    ]


def release_record(release: PressRelease, root: str) -> ReleaseRecord:
    url = root + release.get_absolute_url()
    return {
        "url": url,
        "slug": release.slug,
        "title": release.title,
        "issuer": release.issuer,
        "published_on": release.published_on,
        "source_url": release.source_url or None,
        "summary": release.summary,
        "caveat": release.caveat,
        "waves": [wave.code for wave in release.public_waves],
        "figures": [
            {**values_of(figure, PrintedFigure), "url": f"{url}#{figure.anchor}"} for figure in release.figures.all()
        ],
        "listings": [
            {
                **printed_line(listing),
                "site": root + listing.site.get_absolute_url() if listing.site.is_public else None,
            }
            for listing in release.listings.select_related("release", "site")
        ],
        "facts": [{**values_of(fact, PrintedFact), "url": f"{url}#{fact.anchor}"} for fact in release.facts.all()],
        "consulted_on": release.consulted_on,
        "text_sha256": release.text_sha256 or None,
    }
