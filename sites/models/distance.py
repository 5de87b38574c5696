"""Great-circle distances.

Positions are WGS 84 degrees, distances kilometres along a sphere of the mean Earth radius
(IUGG: 6,371.0088 km), by the haversine formula. The sphere differs from the ellipsoid by at most 0.5 %.
The database computes and sorts by the same formula: ``distance_from``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, pi, radians, sin, sqrt

from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Cos, Least, Sqrt

EARTH_RADIUS_KM = 6371.0088
DEGREE = pi / 180  # in radians


@dataclass(frozen=True)
class Point:
    """A position in WGS 84 degrees."""

    latitude: float
    longitude: float


def distance_km(a: Point, b: Point) -> float:
    rise = sin(radians(b.latitude - a.latitude) / 2) ** 2
    run = sin(radians(b.longitude - a.longitude) / 2) ** 2
    chord = rise + cos(radians(a.latitude)) * cos(radians(b.latitude)) * run
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def distance_from(origin: Point, latitude: str, longitude: str) -> Combinable:
    """Kilometres from a point to that of these columns: ``distance_km`` as an SQL expression.

    The square of the sine of half an angle is written as (1 - cosine) / 2: SQLite calls each function in Python.
    """
    rise = (1.0 - Cos((F(latitude) - origin.latitude) * DEGREE)) / 2.0
    run = (1.0 - Cos((F(longitude) - origin.longitude) * DEGREE)) / 2.0
    shrink = Cos(F(latitude) * DEGREE) * cos(radians(origin.latitude))
    # Rounding may push the chord of two antipodes past 1, where the arcsine is not defined.
    return ASin(Least(Value(1.0), Sqrt(rise + shrink * run))) * (2 * EARTH_RADIUS_KM)
