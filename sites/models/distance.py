"""Great-circle distances, computed and sorted in the database.

Positions are WGS 84 degrees, distances kilometres along a sphere of the mean Earth radius
(IUGG: 6,371.0088 km), by the haversine formula. The sphere differs from the ellipsoid by at most 0.5 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import asin, cos, degrees, pi, radians, sin, sqrt

from django.db.models import F, FloatField, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

EARTH_RADIUS_KM = 6371.0088
HALF_WAY_ROUND_KM = pi * EARTH_RADIUS_KM
# Where the search for the nearest begins, and by what it widens until it has seen enough.
RADII_KM = (8.0, 25.0, 80.0, 250.0, 800.0, 2500.0, 8000.0)


@dataclass(frozen=True)
class Point:
    """A position in WGS 84 degrees."""

    latitude: float
    longitude: float


def distance_km(a: Point, b: Point) -> float:
    """The distance between two points; the same formula as the database computes."""
    rise = sin(radians(b.latitude - a.latitude) / 2) ** 2
    run = sin(radians(b.longitude - a.longitude) / 2) ** 2
    chord = rise + cos(radians(a.latitude)) * cos(radians(b.latitude)) * run
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def distance_from(origin: Point, latitude: str, longitude: str) -> Combinable:
    """The distance between a point and the position in two columns, as an SQL expression, in kilometres."""

    def number(value: float) -> Value:
        return Value(value, output_field=FloatField())

    rise = Power(Sin((Radians(F(latitude)) - number(radians(origin.latitude))) / 2.0), 2)
    run = Power(Sin((Radians(F(longitude)) - number(radians(origin.longitude))) / 2.0), 2)
    chord = rise + number(cos(radians(origin.latitude))) * Cos(Radians(F(latitude))) * run
    # Rounding may push the chord of two antipodes past 1, where the arcsine is not defined.
    return number(2 * EARTH_RADIUS_KM) * ASin(Least(number(1.0), Sqrt(chord, output_field=FloatField())))


@dataclass(frozen=True)
class Box:
    """A range of latitudes and longitudes around a point; ``west`` > ``east`` where it crosses the antimeridian."""

    south: float
    north: float
    west: float
    east: float

    @classmethod
    def around(cls, centre: Point, radius_km: float) -> Box:
        """The smallest box that holds every point within the radius."""
        angle = min(radius_km / EARTH_RADIUS_KM, pi)
        south, north = centre.latitude - degrees(angle), centre.latitude + degrees(angle)
        if south <= -90 or north >= 90:  # a pole lies within: every longitude does
            return cls(max(south, -90.0), min(north, 90.0), -180.0, 180.0)
        half = degrees(asin(min(1.0, sin(angle) / cos(radians(centre.latitude)))))
        west, east = centre.longitude - half, centre.longitude + half
        return cls(south, north, west + 360 if west < -180 else west, east - 360 if east > 180 else east)

    @property
    def is_split(self) -> bool:
        """Whether it crosses the antimeridian."""
        return self.west > self.east

    def condition(self, latitude: str, longitude: str) -> Q:
        """What the two columns must satisfy to lie in the box."""
        within = Q(**{f"{latitude}__range": (self.south, self.north)})
        if not self.is_split:
            return within & Q(**{f"{longitude}__range": (self.west, self.east)})
        return within & (Q(**{f"{longitude}__gte": self.west}) | Q(**{f"{longitude}__lte": self.east}))

    def reach_km(self, centre: Point) -> float:
        """How far from the centre a point of the box can be."""
        if self.west == -180 and self.east == 180:
            return HALF_WAY_ROUND_KM
        return max(distance_km(centre, corner) for corner in self._corners())

    def _corners(self) -> Iterator[Point]:
        for latitude in (self.south, self.north):
            for longitude in (self.west, self.east):
                yield Point(latitude, longitude)
