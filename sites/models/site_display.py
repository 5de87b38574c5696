"""What pages say of a site, all of it made of columns that a list reads anyway."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.phones import international
from sites.freshness.contact_check import ContactCheck, contact_check
from sites.freshness.quality import Facts, Quality, quality
from sites.hours.opening_hours import Day, describe_days, week
from sites.hours.today import Today, today_at_desk
from sites.models.communes import Commune, post_town, short_name
from sites.models.distance import Point
from sites.models.territories import Department

# A full stop before a capital letter; no abbreviation of the notes has one.
SENTENCE_END = re.compile(r"(?<=\.) (?=[A-ZÀ-Ý])")
OPENSTREETMAP = "https://www.openstreetmap.org/"


class Kind(models.TextChoices):
    FIXED = "fixed", _("lieu fixe")
    MOBILE = "mobile", _("bus")
    MULTISITE = "multisite", _("équipe qui se déplace")


class Appointment(models.TextChoices):
    UNKNOWN = "", _("non renseigné")
    NONE = "none", _("sans rendez-vous")
    POSSIBLE = "possible", _("rendez-vous possible")


@lru_cache
def _pattern(language: str | None) -> str:
    return reverse("site", args=["SLUG"])


def site_address(slug: str) -> str:
    """The path of its page; ``reverse()`` would take most of the time that writing a long list takes."""
    return _pattern(get_language()).replace("SLUG", slug)


def street_address(address: str, complement: str) -> str:
    """Number and street, then what helps to find the door."""
    return ", ".join(part for part in (address, complement) if part)


class ContactDisplay:
    """How to reach a desk; mixed into ``Site`` and ``OtherDesk``, which have the columns."""

    if TYPE_CHECKING:
        phone: str
        open_days: int

    @property
    def phone_uri(self) -> str:
        """RFC 3966, with the country code: ``tel:+33476330656``."""
        return f"tel:{international(self.phone)}"

    @property
    def open_days_text(self) -> str:
        """``du lundi au vendredi``; empty when no hours are known."""
        return describe_days(tuple(day for day in range(1, 8) if self.open_days & (1 << (day - 1))))


class SiteDisplay(ContactDisplay):
    """Mixed into ``Site``, which has the columns."""

    if TYPE_CHECKING:
        slug: str
        name: str
        kind: str
        commune: Commune | None
        department: Department
        address: str
        address_complement: str
        postcode: str
        email: str
        access_note: str
        base: str
        opening_periods: Any
        notices: Any
        contact_checked_on: date | None
        contact_source: str
        latitude: float | None
        longitude: float | None
        position_latitude: float | None
        position_longitude: float | None

    def get_absolute_url(self) -> str:
        return site_address(self.slug)

    @property
    def is_fixed(self) -> bool:
        return self.kind == Kind.FIXED

    @property
    def is_mobile(self) -> bool:
        return self.kind == Kind.MOBILE

    @property
    def place_name(self) -> str:
        """Where it is, in a word: the commune, or the department for what has no desk."""
        return short_name(self.commune.name) if self.commune else self.department.name

    @property
    def area_name(self) -> str:
        """Where that place is: in a department, or a department in a region; empty where the name is the same."""
        department, region = self.department.name, self.department.region.name
        around = department if self.commune and department not in self.place_name else region
        return "" if around in self.place_name else around

    @property
    def post_town(self) -> str:
        """Of its postal address; empty for what has no desk."""
        return post_town(self.commune.name) if self.commune else ""

    @property
    def street_address(self) -> str:
        return street_address(self.address, self.address_complement)

    @property
    def postal_address(self) -> str:
        """``97 galerie de l’Arlequin, 38100 Grenoble``; empty for what has no desk."""
        town = f"{self.postcode} {self.post_town}".strip() if self.commune else ""
        return ", ".join(part for part in (self.address, town) if part)

    @property
    def point(self) -> Point | None:
        """Its own coordinates, those of the desk itself."""
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)

    @property
    def position(self) -> Point | None:
        """Where rankings and maps put it: its own point, or else the centre of its commune."""
        if self.position_latitude is None or self.position_longitude is None:
            return None
        return Point(self.position_latitude, self.position_longitude)

    @property
    def map_point(self) -> tuple[float | None, float | None, str, str, str]:
        """What the detailed map shows of it: its position, name, place and page."""
        return (self.position_latitude, self.position_longitude, self.name, self.place_name, self.get_absolute_url())

    @property
    def directions_url(self) -> str:
        """The way there on OpenStreetMap, from wherever the reader says, to an address that the reader recognises."""
        return f"{OPENSTREETMAP}directions?{urlencode({'to': self.postal_address})}"

    @property
    def transit_url(self) -> str:
        """The same by bus, tram or train, which OpenStreetMap does not know.

        https://developers.google.com/maps/documentation/urls/get-started: the same link for all devices, without a key.
        """
        asked = {"api": 1, "destination": self.postal_address, "travelmode": "transit"}
        return f"https://www.google.com/maps/dir/?{urlencode(asked)}"

    @property
    def map_url(self) -> str:
        """The desk on OpenStreetMap: its point, or a search for its address."""
        if self.point:
            place = f"{self.latitude:.6f}/{self.longitude:.6f}"
            return f"{OPENSTREETMAP}?mlat={self.latitude:.6f}&mlon={self.longitude:.6f}#map=18/{place}"
        return f"{OPENSTREETMAP}search?{urlencode({'query': self.postal_address})}"

    @property
    def geo_uri(self) -> str:
        """RFC 5870; empty where the desk's own point is not known."""
        return f"geo:{self.latitude:.6f},{self.longitude:.6f}" if self.point else ""

    @property
    def android_map_uri(self) -> str:
        """The same with a pin and a name on it, as Android's map applications ask for it; no other system opens it."""
        if not self.point:
            return ""
        return f"{self.geo_uri}?q={self.latitude:.6f},{self.longitude:.6f}({quote(self.name)})"

    @property
    def access_notes(self) -> list[str]:
        """Sentence by sentence: a stop, a day or a condition each."""
        return SENTENCE_END.split(self.access_note) if self.access_note else []

    @property
    def base_sentence(self) -> str:
        """For those who read no heading beside it; empty for a desk."""
        return gettext("Point d’attache, sans accueil : %(base)s.") % {"base": self.base} if self.base else ""

    @property
    def week(self) -> list[Day]:
        """Seven days with their periods, Monday first; empty when no hours are known."""
        periods = self.opening_periods.all()
        return week(periods) if periods else []

    @property
    def contact_check(self) -> ContactCheck | None:
        """Whether the desk itself answered, or somebody read a source, or staff changed the record without one."""
        return contact_check(self.contact_source)

    @property
    def quality(self) -> Quality:
        return quality(
            Facts(
                is_fixed=self.is_fixed,
                has_address=bool(self.street_address),
                has_phone=bool(self.phone),
                has_email=bool(self.email),
                has_hours=bool(self.open_days),
                checked_on=self.contact_checked_on,
            ),
            timezone.localdate(),
        )

    @property
    def today(self) -> Today:
        return today_at_desk(
            self.opening_periods.all(), self.department.code, self.contact_checked_on, self.notices.all()
        )
