"""The records in the words of two national schemas, for those who gather places of all kinds.

“Lieux de médiation numérique” is a Table Schema (v1.0.2), structures of data·inclusion have a JSON Schema (v1).

A field that is missing here says what we do not know. What is true of every France Services (free, help with
administrative procedures) is said of each.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TypedDict

from django.conf import settings
from django.utils.translation import gettext as _

from pimms_directory.base.templatetags.french import plain_date
from sites.exchange.records.site_record import SiteRecord

MEDIATION = "https://github.com/LaMednum/standard-mediation-num"
INCLUSION = "https://github.com/gip-inclusion/data-inclusion-schema"
SOURCE = "annuaire-pimms"  # our name among the producers of data·inclusion
# The schema wants a number of the register of companies (SIRET) or of associations (RNA), which we do not have. The
# national map of these places writes fourteen zeros for that.
NO_SIRET = "00000000000000"
BASE = re.compile(r"(?P<street>.+), (?P<postcode>\d{5}) (?P<town>.+)")


class MediationPlace(TypedDict):
    id: str
    pivot: str
    nom: str
    commune: str | None
    code_postal: str | None
    code_insee: str | None
    adresse: str | None
    complement_adresse: None
    latitude: float | None
    longitude: float | None
    typologie: str
    telephone: str | None
    courriels: str | None
    site_web: str | None
    horaires: str | None
    presentation_resume: str
    presentation_detail: str
    source: str
    itinerance: str
    structure_parente: str
    date_maj: date
    services: str
    publics_specifiquement_adresses: None
    prise_en_charge_specifique: None
    frais_a_charge: str
    dispositif_programmes_nationaux: str
    formations_labels: None
    autres_formations_labels: None
    modalites_acces: str | None
    modalites_accompagnement: None
    fiche_acces_libre: None
    prise_rdv: None


class InclusionStructure(TypedDict):
    source: str
    id: str
    nom: str
    date_maj: date
    description: str
    lien_source: str
    siret: None
    commune: str | None
    code_postal: str | None
    code_insee: str | None
    adresse: str | None
    complement_adresse: None
    latitude: float | None
    longitude: float | None
    telephone: str | None
    courriel: str | None
    site_web: str | None
    horaires_accueil: str | None
    accessibilite_lieu: None
    reseaux_porteurs: list[str]


def mediation_place(site: SiteRecord) -> MediationPlace:
    """A bus or a team has the address of its base, for want of another: the schema insists on one."""
    fixed = site["kind"] == "fixed"
    base = BASE.fullmatch(site["base"] or "")
    return {
        "id": site["slug"],
        "pivot": NO_SIRET,
        "nom": site["name"],
        "commune": site["commune"]["name"] if site["commune"] else base and base["town"],
        "code_postal": site["postcode"] if fixed else base and base["postcode"],
        "code_insee": site["commune"]["insee_code"] if site["commune"] else None,
        "adresse": site["address"] if fixed else base and base["street"],
        "complement_adresse": None,
        "latitude": site["latitude"],
        "longitude": site["longitude"],
        "typologie": "PIMMS|RFS",
        "telephone": site["phone_international"],
        "courriels": site["email"],
        "site_web": site["website"],
        "horaires": site["opening_hours"],
        "presentation_resume": presentation(site),
        "presentation_detail": description(site),
        "source": settings.SITE_NAME,
        "itinerance": "Fixe" if fixed else "Itinérant",
        "structure_parente": site["association"],
        "date_maj": updated_on(site),
        "services": "Aide aux démarches administratives",
        "publics_specifiquement_adresses": None,
        "prise_en_charge_specifique": None,
        "frais_a_charge": "Gratuit",
        "dispositif_programmes_nationaux": "France Services",
        "formations_labels": None,
        "autres_formations_labels": None,
        "modalites_acces": "Se présenter" if fixed and site["appointment"] else None,
        "modalites_accompagnement": None,
        "fiche_acces_libre": None,
        "prise_rdv": None,
    }


def inclusion_structure(site: SiteRecord) -> InclusionStructure:
    commune = site["commune"]
    return {
        "source": SOURCE,
        "id": f"{SOURCE}--{site['slug']}",
        "nom": site["name"].rstrip("."),
        "date_maj": updated_on(site),
        "description": description(site),
        "lien_source": site["url"],
        "siret": None,
        "commune": commune["name"] if commune else None,
        "code_postal": site["postcode"],
        "code_insee": commune["insee_code"] if commune else None,
        "adresse": site["address"],
        "complement_adresse": None,
        "latitude": site["latitude"],
        "longitude": site["longitude"],
        "telephone": site["phone_international"],
        "courriel": site["email"],
        "site_web": site["website"],
        "horaires_accueil": site["opening_hours"],
        "accessibilite_lieu": None,
        "reseaux_porteurs": ["pimms-mediation", "france-service"],
    }


def updated_on(site: SiteRecord) -> date:
    """Of what the record says: when its contact details were taken, or else when its label began."""
    return site["contact_checked_on"] or site["labelled_on"]


def presentation(site: SiteRecord) -> str:
    return _("PIMMS labellisé France Services le %(date)s, tenu par : %(association)s.") % {
        "date": plain_date(site["labelled_on"]),
        "association": site["association"],
    }


def description(site: SiteRecord) -> str:
    """All that the page says and that has no field of its own."""
    parts = [presentation(site)]
    if site["official_name"]:
        parts.append(_("Nom dans la liste officielle : %(name)s.") % {"name": site["official_name"]})
    if site["base"]:
        parts.append(_("Point d’attache, sans accueil : %(base)s.") % {"base": site["base"]})
    if site["area_served"]:
        parts.append(_("Secteur desservi : %(area)s.") % {"area": site["area_served"]})
    if site["appointment"] == "possible":
        parts.append(_("Rendez-vous possible."))
    if site["access_note"]:
        parts.append(site["access_note"])
    parts += [notice["summary"] for notice in site["notices"]]
    if site["data_note"]:
        parts.append(_("À savoir : %(note)s") % {"note": site["data_note"]})
    return " ".join(parts)
