"""The cells of a row as values of the directory, each with the doubts that an editor should hear of.

A value that cannot be read is ``None`` with its reason: it can be looked at, never taken over.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from pimms_directory.base import phones
from pimms_directory.base.folding import fold
from pimms_directory.base.templatetags.french import after_de, french_distance
from sites.hours.typed_hours import UnreadableHours, day_text, parse_day
from sites.models import Commune, Site
from sites.models.distance import Point, distance_km
from sites.staff.drafts import one_line, typeset
from sites.staff.official_list.cells import degrees, plain_hours, plain_mail, plain_phone

# Of the 2,842 points of the list of 2024 whose commune is known, half lie within 1.3 km of its centre, 99 % within
# 7.3 km and all but 16 within 10 km; of these 16, 11 stand in the vast communes of Guiana.
FARTHEST_KM = 10
# Two points nearer than this are the same door.
SAME_POINT_KM = 0.01
# How many slips of the pen a misspelt domain may have.
SLIPS = 2

# The usual mailboxes of private persons; a desk may have one, but nobody can tell by the address.
FREE_MAIL = frozenset(
    """aol.com bbox.fr free.fr gmail.com gmx.fr hotmail.com hotmail.fr icloud.com laposte.net live.fr msn.com neuf.fr
    numericable.fr orange.fr outlook.com outlook.fr proton.me protonmail.com sfr.fr wanadoo.fr yahoo.com
    yahoo.fr""".split()  # noqa: SIM905 (reads better)
)
# Words of mailboxes that belong to a service: with one of them, two words are no first name and surname.
SERVICE_WORDS = frozenset(
    """accueil adjoint administration agence agglo antenne association bassin bus centre ccas commune communaute
    contact conseil direction espace france franceservice franceservices fs info itinerance itinerant itinerants
    itinerante mairie maison mediation mobile msap numerique pays permanence pimms pimmsmobile plateau point public
    rdv relais secretariat sec services service site social val vallee ville""".split()  # noqa: SIM905
)
STREETS = (
    "allée|avenue|boulevard|chemin|cité|cours|esplanade|galerie|impasse|mail|montée|passage|place|promenade|quai|"
    "résidence|route|rue|ruelle|square|voie"
)
STUCK_NUMBER = re.compile(r"^(\d+)(bis|ter)\b", re.IGNORECASE)
STREET_AFTER_NUMBER = re.compile(rf"(\d\s?(?:bis|ter|quater|[a-z])?,?\s+)({STREETS})\b", re.IGNORECASE)
MAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w+")
APPOINTMENTS = {
    **dict.fromkeys(("oui", "o", "vrai", "true", "1"), Site.Appointment.POSSIBLE),
    **dict.fromkeys(("non", "n", "faux", "false", "0"), Site.Appointment.NONE),
    "": Site.Appointment.UNKNOWN,
}
# Folded: “Bus_équivalent” comes as “Bus équivalent” and “bus_equivalent”, too.
KINDS = {
    **dict.fromkeys(("fixe", "fixe antenne", "fixe antenne s", "fixe antennes"), Site.Kind.FIXED),
    **dict.fromkeys(("bus", "bus equivalent", "bus et equivalent", "bus ou equivalent"), Site.Kind.MOBILE),
    # A team that calls at several places, with no bus of its own.
    **dict.fromkeys(
        ("itinerant", "itinerante", "multisite", "multisites", "multi site", "multi sites"), Site.Kind.MULTISITE
    ),
}
LABELLED = re.compile(
    r"(?:(?:(?:espace|structure|france services?) )?(?:labell?isee?|label obtenu) ?)?(?:depuis )?(?:le )?"
    r"(?:(?P<iso>\d{4}) (\d\d) (\d\d)|(?P<day>\d\d?)e? (?P<month>\d\d?|[a-z]{3,9}) (?P<year>(?:20|21|22)?\d\d))\b"
)
MONTHS = "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()  # noqa: SIM905
MIDNIGHT = re.compile(r"[ T]00:00(?::00)?(?:\.0+)?Z?$")
NO_LABEL = re.compile(
    r"\bnon labell?is|\bdelabellis|\bretir|\bretrait|\bperte\b|\bperdu|\bsuspen|\bradi|\bannul|\bplus labellis"
)


@dataclass(frozen=True)
class Label:
    """What the list says of the label: from which day, or that it is gone; and what else stands there."""

    since: date | None
    is_gone: bool = False
    rest: str = ""


@dataclass(frozen=True)
class Value:
    """What a cell says, how to show it, and why to doubt it. ``personal``: it may belong to one person."""

    value: Any
    text: str
    doubts: tuple[str, ...] = ()
    personal: bool = False

    @property
    def is_readable(self) -> bool:
        return self.value is not None


def plain(text: str) -> Value:
    """For what is kept as published."""
    return Value(one_line(text), one_line(text))


def address(text: str) -> Value:
    """``130 Avenue de la Gare`` → ``130 avenue de la Gare``, as the directory writes addresses."""
    clean = STUCK_NUMBER.sub(lambda match: f"{match[1]} {match[2].lower()}", typeset(text))
    clean = STREET_AFTER_NUMBER.sub(lambda match: match[1] + match[2].lower(), clean, count=1)
    return Value(clean, clean)


def postcode(text: str, commune: Commune | None) -> Value:
    if match := re.fullmatch(r"(?:FR?[- ]?)?([0-9]{2}) ?([0-9]{3})(?:\.0)?(?: cedex\b.*)?", text, re.IGNORECASE):
        text = match[1] + match[2]
    elif commune and f"0{text}" in {each.code for each in commune.postcodes.all()}:
        text = f"0{text}"  # which spreadsheets take for a number
    if text and not re.fullmatch(r"[0-9]{5}", text):
        return Value(None, text, (_("Ce n’est pas un code postal à cinq chiffres."),))
    doubts = []
    if text and commune:
        known = sorted(each.code for each in commune.postcodes.all())
        if known and text not in known:
            said = _("Ce n’est pas un code postal %(of_commune)s (%(codes)s).")
            doubts.append(said % {"of_commune": after_de(commune.short_name), "codes": ", ".join(known)})
    return Value(text, text, tuple(doubts))


def point(latitude: str, longitude: str, commune: Commune | None) -> Value:
    """A ``Point``, rounded to a tenth of a metre; ``""`` where the list gives none."""
    if not latitude and not longitude:
        return Value("", "")
    if pair := re.fullmatch(r"(-?\d+\.\d+)\s*[,; ]\s*(-?\d+\.\d+)", latitude or longitude):
        latitude, longitude = (pair[1], pair[2]) if not (latitude and longitude) else (latitude, longitude)
    try:
        place = Point(*(round(degrees(text), 6) for text in (latitude, longitude)))
    except ValueError:
        return Value(None, f"{latitude} ; {longitude}", (_("Latitude ou longitude illisible."),))
    text = point_text(place)
    if not (-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180):
        return Value(None, text, (_("Ce point n’est pas sur la Terre."),))
    doubts = []
    if commune and commune.centre and (distance := distance_km(place, commune.centre)) > FARTHEST_KM:
        said = _("Ce point est à %(distance)s du centre %(of_commune)s.")
        doubts.append(said % {"distance": french_distance(distance), "of_commune": after_de(commune.short_name)})
        if distance_km(Point(place.longitude, place.latitude), commune.centre) <= FARTHEST_KM:
            doubts.append(_("La latitude et la longitude semblent inversées."))
    return Value(place, text, tuple(doubts))


def point_text(place: Point) -> str:
    return f"{place.latitude:.6f} ; {place.longitude:.6f}"


def phone(text: str) -> Value:
    if not text:
        return Value("", "")
    number = phones.national(plain_phone(text))
    several = re.split(r"\s*(?:[/;,|\n]|\bou\b|\bet\b)\s*", text)
    if number is None and len(several) > 1 and all(phones.national(each) for each in several):
        return Value(None, text, (_("Plusieurs numéros : choisissez celui de la fiche à la main."),))
    if number is None:
        return Value(None, text, (_("Ce n’est pas un numéro de téléphone français."),))
    if phones.is_mobile(number):
        return Value(number, number, (_("Numéro de mobile : ce peut être celui d’une personne."),), personal=True)
    return Value(number, number)


def email(text: str, frequent_domains: Collection[str], surroundings: Iterable[str]) -> Value:
    """``surroundings``: names of the site and its places, whose words a service’s mailbox may carry."""
    if not text:
        return Value("", "")
    text = plain_mail(text)
    try:
        validate_email(text)
    except ValidationError:
        return Value(None, text, (_("Ce n’est pas une adresse de courriel."),))
    mailbox, _at, domain = text.lower().rpartition("@")
    doubts = []
    if domain not in frequent_domains and (meant := nearest_domain(domain, frequent_domains)):
        doubts.append(
            _("Le domaine « %(domain)s » ressemble à « %(meant)s », mal écrit.") % {"domain": domain, "meant": meant}
        )
    personal = True
    if domain in FREE_MAIL:
        doubts.append(_("Messagerie grand public : l’adresse peut être celle d’une personne."))
    elif names_a_person(mailbox, surroundings):
        doubts.append(_("L’adresse semble nominative (prénom et nom)."))
    else:
        personal = False
    return Value(text.lower(), text.lower(), tuple(doubts), personal)


def nearest_domain(domain: str, frequent_domains: Collection[str]) -> str:
    """The frequent domain that this one misspells, or an empty string."""
    from rapidfuzz.distance import DamerauLevenshtein  # 4 MB that no page needs

    distances = {
        known: DamerauLevenshtein.distance(domain, known, score_cutoff=SLIPS)
        for known in frequent_domains
        if len(known) >= 8  # two slips away from a short domain, everything is
    }
    near = [known for known, distance in distances.items() if 0 < distance <= SLIPS]
    return min(near, key=lambda known: (distances[known], known), default="")


def names_a_person(mailbox: str, surroundings: Iterable[str]) -> bool:
    """Whether a mailbox reads as first name and surname: two words, neither of a service nor of the place."""
    parts = re.split(r"[._]", mailbox) if re.search(r"[._]", mailbox) else mailbox.split("-")
    words = [word for part in parts for word in part.split("-")]
    if len(parts) != 2 or not all(word.isalpha() for word in words):
        return False
    around = fold(" ".join(surroundings))
    places, squeezed = set(around.split()), around.replace(" ", "")
    return not any(
        word in SERVICE_WORDS or word in places or (len(word) > 3 and word in squeezed) for word in map(fold, words)
    )


def appointment(text: str, note: str) -> Value:
    value = APPOINTMENTS.get(fold(text))
    if value is None:
        return Value(None, text, (_("La liste répond d’habitude Oui ou Non."),))
    doubts: tuple[str, ...] = ()
    if value == Site.Appointment.NONE and re.search(r"\brdv\b|rendez[ -]vous", note, re.IGNORECASE):
        doubts = (_("La liste répond « Non », mais son commentaire parle de rendez-vous."),)
    return Value(value.value, str(value.label) if value else "", doubts)


def note(text: str) -> Value:
    clean = typeset(text)
    numbers = phonenumbers.PhoneNumberMatcher(clean, "FR", phonenumbers.Leniency.POSSIBLE)
    if MAIL.search(clean) or any(phones.is_mobile(match.raw_string) for match in numbers):
        doubt = _("Le commentaire contient un numéro de mobile ou une adresse de courriel.")
        return Value(clean, clean, (doubt,), personal=True)
    return Value(clean, clean)


def day(text: str) -> Value:
    try:
        stretches = parse_day(plain_hours(text))
    except UnreadableHours as problem:
        return Value(None, text, (str(problem),))
    return Value(stretches, day_text(stretches))


def label(text: str) -> Label | None:
    """``Espace labellisé 15/01/2021`` → since 15 January 2021; None for what cannot be read."""
    text = MIDNIGHT.sub("", text)
    words = fold(text)
    match = LABELLED.match(words)
    if not match:
        return Label(None, is_gone=True) if NO_LABEL.search(words) else None
    try:
        since = label_date(match)
    except ValueError:
        return None
    read = len(words[: match.end()].split())
    ends = [word.end() for word in re.finditer(r"[^\W_]+", text)]
    rest = text[ends[read - 1] :] if read <= len(ends) else ""
    return Label(since, rest=rest.strip(" -–—,;.:()/"))


def label_date(match: re.Match[str]) -> date:
    """Raises ``ValueError``."""
    if match["iso"]:
        return date(int(match["iso"]), int(match[2]), int(match[3]))
    month = int(match["month"]) if match["month"].isdecimal() else MONTHS.index(match["month"]) + 1
    year = int(match["year"])
    return date(year if year > 99 else 2000 + year, month, int(match["day"]))


def kind(text: str) -> str | None:
    return KINDS.get(fold(text))
