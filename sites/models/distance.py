"""Great-circle distances.

Positions are WGS 84 degrees, distances kilometres along a sphere of the mean Earth radius
(IUGG: 6,371.0088 km), by the haversine formula. The sphere differs from the ellipsoid by at most 0.5 %.
The database computes and sorts by the same formula: see ``site_queries.distance_from``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088


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
