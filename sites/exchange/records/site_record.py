"""What the published data say of a site: ``SiteRecord``, the one description from which all formats are made.

JSON has it as it is, CSV, XLSX and GeoJSON have it flattened (``formats.py``), and its JSON Schema stands in the
OpenAPI document. An unknown value is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Annotated, Any, NotRequired, TypedDict, TypeVar, cast

from django.utils.translation import gettext_noop as _

from pimms_directory.base.phones import e164
from sites.exchange.records.quality_record import QualityRecord
from sites.exchange.records.rows_of_sites import (
    Notices,
    PrintedLine,
    former_names,
    notice_records,
    notices,
    opening_periods,
    printed_line,
    public_listings,
)
from sites.exchange.schemas.json_schema import about
from sites.freshness.contact_check import ContactCheck, contact_check
from sites.hours.opening_hours import opening_hours
from sites.models import Notice, Site
from sites.models.communes import short_name
from sites.models.site_display import site_address, street_address
from sites.models.site_queries import SiteQuerySet

# Sites read from the database at a time: what a download keeps in memory, however long the list.
CHUNK = 200

Uri = Annotated[str, about(format="uri")]
Email = Annotated[str, about(format="email")]
Count = Annotated[int, about(minimum=0)]
T = TypeVar("T")


class RegionName(TypedDict):
    code: Annotated[str, about(_("Code INSEE de la région."))]
    name: Annotated[str, about(_("Nom de la région."))]


class DepartmentName(TypedDict):
    code: Annotated[str, about(_("Code INSEE du département."))]
    name: Annotated[str, about(_("Nom du département."))]


class CommuneName(TypedDict):
    insee_code: Annotated[
        str, about(_("Code INSEE de la commune ; vide pour ce qui n’a pas de lieu fixe."), pattern=r"^\d[\dAB]\d{3}$")
    ]
    name: Annotated[
        str,
        about(
            _("Nom de la commune, ou de l’arrondissement comme « Lyon 8e » ; vide pour ce qui n’a pas de lieu fixe.")
        ),
    ]


class SiteRecord(TypedDict):
    url: Annotated[Uri, about(_("Adresse permanente de la fiche."))]
    slug: Annotated[str, about(_("Fin de l’adresse de la fiche ; si elle change, l’ancienne adresse redirige."))]
    name: Annotated[str, about(_("Nom du PIMMS."))]
    former_names: Annotated[list[str], about(_("Anciens noms, séparés par « | »."))]
    association: Annotated[str, about(_("Nom de l’association qui tient le PIMMS."))]
    kind: Annotated[
        str,
        about(_("Type : fixed (lieu fixe), mobile (bus) ou multisite (équipe qui se déplace)."), enum=Site.Kind.values),
    ]
    wave: Annotated[str, about(_("Code de la vague de labellisation, année et mois."), pattern=r"^\d{4}-\d{2}$")]
    labelled_on: Annotated[date, about(_("Date d’effet du label France Services."))]
    label_ended_on: Annotated[date | None, about(_("Fin du label ; vide tant qu’il est porté."))]
    official_id: Annotated[str | None, about(_("Identifiant id_fs de la liste officielle de l’ANCT."))]
    region: RegionName
    department: DepartmentName
    commune: CommuneName | None
    address: Annotated[str | None, about(_("Numéro et voie, puis complément."))]
    postcode: Annotated[str | None, about(_("Code postal."), pattern=r"^\d{5}$")]
    latitude: Annotated[
        float | None,
        about(_("Latitude du lieu, en degrés WGS 84 ; vide si elle n’est pas sûre."), minimum=-90, maximum=90),
    ]
    longitude: Annotated[
        float | None,
        about(_("Longitude du lieu, en degrés WGS 84 ; vide si elle n’est pas sûre."), minimum=-180, maximum=180),
    ]
    phone: Annotated[str | None, about(_("Téléphone, en cinq paires de chiffres."))]
    email: Annotated[Email | None, about(_("Courriel du service."))]
    website: Annotated[Uri | None, about(_("Site web."))]
    opening_hours: Annotated[
        str | None,
        about(
            _(
                "Horaires dans la syntaxe opening_hours d’OpenStreetMap, à l’heure du lieu. « PH off » : l’annuaire"
                " tient les jours fériés pour fermés, car aucune source n’annonce d’ouverture ces jours-là."
            )
        ),
    ]
    contact_checked_on: Annotated[
        date | None, about(_("Date à laquelle les coordonnées et les horaires ont été relevés."))
    ]
    contact_source: Annotated[str | None, about(_("Source des coordonnées."))]
    # Only in a list around a place.
    distance_km: NotRequired[
        Annotated[
            float | None,
            about(
                _(
                    "Distance à vol d’oiseau du lieu demandé, en kilomètres ; vide si aucun lieu n’est demandé ou si la"
                    " position exacte du PIMMS n’est pas connue."
                ),
                minimum=0,
            ),
        ]
    ]
    distance_from_commune_km: NotRequired[
        Annotated[
            float | None,
            about(
                _(
                    "Pour un PIMMS dont la position exacte n’est pas connue : distance du lieu demandé au centre de la"
                    " commune du PIMMS, en kilomètres. C’est elle qui le range dans la liste."
                ),
                minimum=0,
            ),
        ]
    ]
    listings: Annotated[
        list[PrintedLine],
        about(_("Lignes des communiqués qui nomment ce PIMMS : date du communiqué, « # », rang ; séparées par « | ».")),
    ]
    # Added later, behind what programs already read by its place.
    official_name: Annotated[str | None, about(_("Nom dans la liste officielle de l’ANCT, tel que publié."))]
    closed_on: Annotated[date | None, about(_("Jour de la fermeture ; vide tant que le PIMMS est ouvert."))]
    base: Annotated[str | None, about(_("Point d’attache d’un bus ou d’une équipe ; ce n’est pas un guichet."))]
    area_served: Annotated[str | None, about(_("Secteur que dessert un bus ou une équipe."))]
    position_quality: Annotated[
        Annotated[str, about(enum=["exact", "commune"])] | None,
        about(
            _(
                "Ce que la carte montre du PIMMS : exact (le lieu même) ou commune (le centre de sa commune, faute de"
                " mieux ; latitude et longitude sont alors vides) ; vide sans lieu fixe."
            )
        ),
    ]
    phone_international: Annotated[
        str | None, about(_("Le même téléphone au format international E.164."), pattern=r"^\+\d{6,15}$")
    ]
    appointment: Annotated[
        Annotated[str, about(enum=["none", "possible"])] | None,
        about(_("Rendez-vous : none (on vient sans) ou possible ; vide si aucune source ne le dit.")),
    ]
    access_note: Annotated[
        str | None, about(_("Précisions sur l’accueil : jours sur rendez-vous, lieux de passage, conditions."))
    ]
    data_note: Annotated[
        str | None,
        about(_("À savoir sur ces données : ce que l’annuaire a corrigé ou écarté, et pourquoi, comme sur la fiche.")),
    ]
    id: Annotated[
        str,
        about(
            _(
                "Identifiant du PIMMS, qui ne change jamais, même quand son nom ou son adresse change : il joint les"
                " versions datées."
            )
        ),
    ]
    contact_check: Annotated[
        Annotated[str, about(enum=ContactCheck.values)] | None,
        about(
            _("Ce que vaut cette date : noted (relevé d’une source) ou checked (vérifié auprès du PIMMS) ; vide sans.")
        ),
    ]
    notices: Notices
    # In JSON as it is served; ``scored()`` adds it.
    quality: NotRequired[QualityRecord]


# Plain values of the database: a list of instances would take five times as long.
FIELDS = (
    *("slug", "first_slug", "name", "association__name", "kind", "wave__code", "wave__effective_on", "label_ended_on"),
    *("official_id", "department__region__code", "department__region__name", "department__code", "department__name"),
    *("commune__insee_code", "commune__name", "address", "address_complement", "postcode", "latitude", "longitude"),
    *("phone", "email", "website", "contact_checked_on", "contact_source"),
    *("official_name", "closed_on", "base", "area_served", "position_latitude", "appointment"),
    *("access_note", "data_note"),
)


def site_records(sites: SiteQuerySet, root: str) -> Iterator[SiteRecord]:
    """The records of these sites, in their order: five queries for each chunk of them.

    Addresses of ours begin with ``root``, such as https://annuaire.example.
    """
    annotated = {"distance_km"} & set(sites.query.annotations)
    rows = sites.values("pk", *FIELDS, *annotated).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        keys = [row["pk"] for row in chunk]
        names, periods, listings = former_names(keys), opening_periods(keys), public_listings(keys)
        dated = notices(keys)
        for row in chunk:
            key = row["pk"]
            hours, lines = opening_hours(periods[key]), map(printed_line, listings[key])
            yield site_record(row, root, names[key], hours, dated[key], lines)


def site_record(
    row: Mapping[str, Any],
    root: str,
    former_names: list[str],
    hours: str,
    notices: Iterable[Notice],
    listings: Iterable[PrintedLine],
) -> SiteRecord:
    return {
        "url": root + site_address(row["slug"]),
        "slug": row["slug"],
        "name": row["name"],
        "former_names": list(dict.fromkeys(former_names)),
        "association": row["association__name"],
        "kind": row["kind"],
        "wave": row["wave__code"],
        "labelled_on": row["wave__effective_on"],
        "label_ended_on": row["label_ended_on"],
        "official_id": row["official_id"] or None,
        "region": {"code": row["department__region__code"], "name": row["department__region__name"]},
        "department": {"code": row["department__code"], "name": row["department__name"]},
        "commune": commune_name(code, row["commune__name"]) if (code := row["commune__insee_code"]) else None,
        "address": street_address(row["address"], row["address_complement"]) or None,
        "postcode": row["postcode"] or None,
        "latitude": degrees(row["latitude"]),
        "longitude": degrees(row["longitude"]),
        "phone": row["phone"] or None,
        "email": row["email"] or None,
        "website": row["website"] or None,
        "opening_hours": hours or None,
        "contact_checked_on": row["contact_checked_on"],
        "contact_source": row["contact_source"] or None,
        **distance(row),
        "listings": list(listings),
        "official_name": row["official_name"] or None,
        "closed_on": row["closed_on"],
        "base": row["base"] or None,
        "area_served": row["area_served"] or None,
        "position_quality": position_quality(row),
        "phone_international": e164(row["phone"]),
        "appointment": row["appointment"] or None,
        "access_note": row["access_note"] or None,
        "data_note": row["data_note"] or None,
        "id": row["first_slug"] or row["slug"],
        "contact_check": contact_check(row["contact_source"]),
        "notices": notice_records(notices, row),
    }


def position_quality(row: Mapping[str, Any]) -> str | None:
    if row["latitude"] is not None:
        return "exact"
    return None if row["position_latitude"] is None else "commune"


def commune_name(insee_code: str, name: str) -> CommuneName:
    return {"insee_code": insee_code, "name": short_name(name)}


class Distance(TypedDict, total=False):
    distance_km: float | None
    distance_from_commune_km: float | None


def distance(row: Mapping[str, Any]) -> Distance:
    """Empty where the list was not asked for around a place; never that of a desk which may stand elsewhere."""
    if "distance_km" not in row:
        return {}
    kilometres = round(row["distance_km"], 3)
    is_exact = row["latitude"] is not None
    return {
        "distance_km": kilometres if is_exact else None,
        "distance_from_commune_km": None if is_exact else kilometres,
    }


def degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 6)  # a tenth of a metre


def values_of(source: object, kind: type[T]) -> T:
    """The record of this kind, whose keys are attributes of its source: ``{"code": "38", "name": "Isère"}``."""
    return cast(T, {name: getattr(source, name) for name in kind.__annotations__})
