"""What pages say of a site, whether its record was loaded whole (``Site``) or in brief (``Brief``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.phones import international
from sites.hours.opening_hours import describe_days
from sites.models.distance import Point
from sites.models.territories import Department, post_town, short_name

OPENSTREETMAP = "https://www.openstreetmap.org/"


class Kind(models.TextChoices):
    FIXED = "fixed", _("lieu fixe")
    MOBILE = "mobile", _("bus")
    MULTISITE = "multisite", _("multisite")


@lru_cache(1)
def _address() -> str:
    """Of any site, for ``SLUG``: a page writes those of dozens."""
    return reverse("site", args=["SLUG"])


def site_address(slug: str) -> str:
    """Of its page."""
    return _address().replace("SLUG", slug)


def street_address(address: str, complement: str) -> str:
    """Number and street, then what helps to find the door."""
    return ", ".join(part for part in (address, complement) if part)


class Described:
    """What follows from a few plain values."""

    __slots__ = ()

    if TYPE_CHECKING:
        slug: str
        kind: str
        address: str
        postcode: str
        phone: str
        open_days: int
        latitude: float | None
        longitude: float | None
        position_latitude: float | None
        position_longitude: float | None
        department: Department

        @property
        def commune_name(self) -> str | None:
            """None for what has no desk."""

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
        return short_name(self.commune_name) if self.commune_name else self.department.name

    @property
    def post_town(self) -> str:
        """Of its postal address; empty for what has no desk."""
        return post_town(self.commune_name) if self.commune_name else ""

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
    def directions_url(self) -> str:
        """The way there on OpenStreetMap, from wherever the reader says."""
        if self.latitude is None or self.longitude is None:
            return f"{OPENSTREETMAP}directions?{urlencode({'to': self.postal_address})}"
        return f"{OPENSTREETMAP}directions?to={self.latitude:.6f}%2C{self.longitude:.6f}"

    @property
    def postal_address(self) -> str:
        """``97 galerie de l’Arlequin, 38100 Grenoble``; empty for what has no desk."""
        town = f"{self.postcode} {self.post_town}".strip() if self.commune_name else ""
        return ", ".join(part for part in (self.address, town) if part)

    @property
    def phone_uri(self) -> str:
        """RFC 3966, with the country code: ``tel:+33476330656``."""
        return f"tel:{international(self.phone)}"

    @property
    def open_days_text(self) -> str:
        """``du lundi au vendredi``; empty when no hours are known."""
        return describe_days(tuple(day for day in range(1, 8) if self.open_days & (1 << (day - 1))))


@dataclass(slots=True)
class Brief(Described):
    """What the card of a site shows, and a map: plain values, many times cheaper than an instance of the model."""

    pk: int
    slug: str
    name: str
    kind: str
    commune_name: str | None
    address: str
    postcode: str
    area_served: str
    phone: str
    open_days: int
    labelled_on: date
    label_ended_on: date | None
    closed_on: date | None
    latitude: float | None
    longitude: float | None
    position_latitude: float | None
    position_longitude: float | None
    department: Department

    # Where the database has them, in this order.
    COLUMNS = (
        *("pk", "slug", "name", "kind", "commune__name", "address", "postcode", "area_served", "phone", "open_days"),
        *("wave__effective_on", "label_ended_on", "closed_on"),
        *("latitude", "longitude", "position_latitude", "position_longitude", "department"),
    )

    def get_kind_display(self) -> str:
        return str(Kind(self.kind).label)
