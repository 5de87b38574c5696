"""Points that were typed or pasted, in WGS 84 degrees: ``45.19, 5.72``, ``48°51'24"N 2°21'07"E``, a link to a map."""

from __future__ import annotations

import re
from urllib.parse import unquote

from sites.models.distance import Point
from sites.search.typed_place.places import Place

DOT, COMMA = r"[+-]?\d{1,3}\.\d+", r"[+-]?\d{1,3},\d+"
LATITUDE, LONGITUDE = r"(?:lat(?:itude)?\s*[:=]?\s*)?", r"(?:lo?ng?(?:itude)?\s*[:=]?\s*)?"
PAIRS = tuple(
    re.compile(rf"{LATITUDE}(?P<latitude>{number})\s*[,;\s]\s*{LONGITUDE}(?P<longitude>{number})", re.IGNORECASE)
    for number in (DOT, COMMA)
)
ANGLE = (
    r"(?P<{0}>\d{{1,3}})\s*[°º]\s*"
    r"(?:(?P<{0}_minutes>\d{{1,2}})\s*['′’]\s*)?"
    r"(?:(?P<{0}_seconds>\d{{1,2}}(?:[.,]\d+)?)\s*(?:[\"″”]|''|’’)\s*)?"
)
DEGREES_MINUTES_SECONDS = re.compile(
    rf"{ANGLE.format('latitude')}(?P<north>[NS])\s*,?\s*{ANGLE.format('longitude')}(?P<east>[EWO])", re.IGNORECASE
)
LINK = re.compile(r"(?:geo:|https?://|(?:www\.)?[a-z.-]+\.[a-z]{2,}/)", re.IGNORECASE)
NUMBER = r"(-?\d{1,3}\.\d+)"
# Where links carry the point itself; what stands first in a link may only be the middle of the screen.
IN_LINKS = tuple(
    re.compile(pattern.format(n=NUMBER))
    for pattern in (
        r"!3d{n}!4d{n}",
        r"[?&#]m?lat(?:itude)?={n}&m?(?:lon|lng|long)(?:gitude)?={n}",
        r"[?&](?:q|ll|query|daddr|destination|center|cp|sll)=(?:loc:)?{n}[,~]\s*{n}",
        r"^geo:{n},{n}",
        r"@{n},{n}",
        r"[#/](?:map=)?\d{{1,2}}(?:\.\d+)?/{n}/{n}",
        r"/{n},{n}",
    )
)


def read_point(typed: str) -> Place | None:
    """The point that these words are, and nothing else; of a link, the one that it carries."""
    typed = typed.strip()
    if LINK.match(typed):
        link = unquote(typed)
        match = next(filter(None, (pattern.search(link) for pattern in IN_LINKS)), None)
        return _place(float(match[1]), float(match[2])) if match else None
    for pair in PAIRS:
        if match := pair.fullmatch(typed.strip("()[] ")):
            return _place(*(float(match[name].replace(",", ".")) for name in ("latitude", "longitude")))
    if match := DEGREES_MINUTES_SECONDS.fullmatch(typed):
        latitude, longitude = _degrees(match, "latitude"), _degrees(match, "longitude")
        return _place(
            -latitude if match["north"].upper() == "S" else latitude,
            -longitude if match["east"].upper() in "WO" else longitude,
        )
    return None


def _degrees(match: re.Match[str], name: str) -> float:
    minutes, seconds = match[f"{name}_minutes"] or "0", match[f"{name}_seconds"] or "0"
    return int(match[name]) + int(minutes) / 60 + float(seconds.replace(",", ".")) / 3600


def _place(latitude: float, longitude: float) -> Place | None:
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Place.of_point(Point(round(latitude, 5), round(longitude, 5)))
