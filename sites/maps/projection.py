"""From degrees to the units of the maps: Lambert-93 (EPSG:2154), the State's projection for metropolitan France.

A map's unit is 100 metres, x to the east and y down, from ``ORIGIN``, the north-west corner of the outline.
"""

from __future__ import annotations

from math import asin, atan2, atanh, cos, exp, hypot, log, radians, sin, tanh

# As the IGN publishes it, on the ellipsoid GRS 80: the exponent and the constant of the projection, its pole in
# metres, the central meridian, the first eccentricity of the ellipsoid.
EXPONENT = 0.7256077650
CONSTANT = 11_754_255.426
POLE = (700_000.0, 12_655_612.050)
MERIDIAN = radians(3)
ECCENTRICITY = 0.0818191910428158

UNIT = 100  # metres
ORIGIN = (90_000, 7_120_000)  # metres east and north
FRANCE = (0, 0, 11_600, 10_800)  # left, top, width and height of the whole outline


def lambert93(latitude: float, longitude: float) -> tuple[float, float]:
    """Metres east and north of a WGS 84 point."""
    sine = sin(radians(latitude))
    isometric = atanh(sine) - ECCENTRICITY * atanh(ECCENTRICITY * sine)
    radius, angle = CONSTANT * exp(-EXPONENT * isometric), EXPONENT * (radians(longitude) - MERIDIAN)
    return POLE[0] + radius * sin(angle), POLE[1] - radius * cos(angle)


def wgs84(east: float, north: float) -> tuple[float, float]:
    """Latitude and longitude of a Lambert-93 point, in degrees."""
    dx, dy = east - POLE[0], POLE[1] - north
    isometric = -log(hypot(dx, dy) / CONSTANT) / EXPONENT
    sine = tanh(isometric)
    for _round in range(10):  # each one gains two digits
        sine = tanh(isometric + ECCENTRICITY * atanh(ECCENTRICITY * sine))
    degree = radians(1)
    return asin(sine) / degree, (atan2(dx, dy) / EXPONENT + MERIDIAN) / degree


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a WGS 84 point falls on the maps, in their units."""
    east, north = lambert93(latitude, longitude)
    return (east - ORIGIN[0]) / UNIT, (ORIGIN[1] - north) / UNIT


def unproject(x: float, y: float) -> tuple[float, float]:
    """Latitude and longitude of a point of the maps."""
    return wgs84(ORIGIN[0] + x * UNIT, ORIGIN[1] - y * UNIT)
