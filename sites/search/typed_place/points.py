"""Points that were typed or pasted, in WGS 84 degrees: ``45.19, 5.72``, ``48°51'24"N 2°21'07"E``, a link to a map."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from sites.models.distance import Point
from sites.search.typed_place.places import Place

BEFORE_A_POINT = re.compile(r"^(?:(?:coordonn[ée]es?|gps|point|position)[\s:=]*)+", re.IGNORECASE)
NAMES = r"(?:(?:lat|lon|lng|long|latitude|longitude)\s*[:=]?\s*)?"
ANGLE = (
    NAMES + r"(?P<{0}_side>[NSEWO])?\s*(?P<{0}>[+-]?\d{{1,3}}(?:{1}\d+)?)\s*[°º]?\s*"
    r"(?:(?P<{0}_minutes>[0-5]?\d(?:{1}\d+)?)\s*['′’]\s*)?"
    r"(?:(?P<{0}_seconds>[0-5]?\d(?:{1}\d+)?)\s*(?:[\"″”]|''|’’)\s*)?(?P<{0}_side_after>[NSEWO])?"
)
# With decimal points, and with decimal commas.
PAIRS = tuple(
    re.compile(
        ANGLE.format("latitude", mark) + r"\s*[,;/&\s]\s*" + ANGLE.format("longitude", mark) + r"(?:,\d+z)?", re.I
    )
    for mark in (r"\.", ",")
)
LINK = re.compile(r"(?:geo:|waze:|https?://|(?:www\.)?[a-z-]+(?:\.[a-z-]+)*\.[a-z]{2,}/)\S+", re.IGNORECASE)
# Where links carry the point itself; what stands last here may only be the middle of the screen.
IN_LINKS = tuple(
    re.compile(pattern.replace("NUMBER", r"(-?\d{1,3}\.\d+)"))
    for pattern in (
        r"!3dNUMBER!4dNUMBER",
        r"[?&#]m?lat(?:itude)?=NUMBER&m?(?:lon|lng|long)(?:gitude)?=NUMBER",
        r"[?&](?:q|ll|query|to|daddr|destination|coordinate|center|cp|sll)=(?:loc:|ll\.)?NUMBER[,~]\s*NUMBER",
        r"[?&]sp=point\.NUMBER_NUMBER",
        r"^geo:NUMBER,NUMBER",
        r"@NUMBER,NUMBER",
        r"[#/](?:map=)?\d{1,2}(?:\.\d+)?/NUMBER/NUMBER",
        r"/NUMBER,\s*NUMBER",
    )
)
LONGITUDE_FIRST = re.compile(r"(?:geoportail|cartes)\.gouv\.fr/.*[?&]c=(-?\d{1,3}\.\d+),(-?\d{1,3}\.\d+)")


def has_link(typed: str) -> bool:
    return bool(LINK.search(typed))


def read_point(typed: str) -> Place | None:
    """The point that these words are, and nothing else; of a link, the one that it carries."""
    if link := LINK.search(typed):
        return _in_link(unquote_plus(link[0]))
    words = " ".join(typed.split())  # long white space could be shared out in too many ways
    text = BEFORE_A_POINT.sub("", words.replace("−", "-").strip("()[] "))
    for pair in PAIRS:
        match = pair.fullmatch(text)
        if match and (_is_exact(match, "latitude") and _is_exact(match, "longitude")):
            return _place(_degrees(match, "latitude"), _degrees(match, "longitude"))
    return None


def _in_link(link: str) -> Place | None:
    if match := LONGITUDE_FIRST.search(link):
        return _place(float(match[2]), float(match[1]))
    if match := next(filter(None, (pattern.search(link) for pattern in IN_LINKS)), None):
        return _place(float(match[1]), float(match[2]))
    written = link.rstrip("/").rpartition("/")[2]  # …/place/45°11'24.0"N 5°43'12.0"E
    return None if LINK.search(written) or not written else read_point(written)


def _is_exact(match: re.Match[str], name: str) -> bool:
    """Whole degrees are no place, and two numbers may be anything."""
    return bool(re.search(r"[.,]", match[name]) or match[f"{name}_minutes"])


def _degrees(match: re.Match[str], name: str) -> float:
    parts = (match[name], match[f"{name}_minutes"] or "0", match[f"{name}_seconds"] or "0")
    degrees, minutes, seconds = (float(part.replace(",", ".")) for part in parts)
    side = (match[f"{name}_side"] or match[f"{name}_side_after"] or "").upper()
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if side in ("S", "W", "O") else 1)


def _place(latitude: float, longitude: float) -> Place | None:
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Place.of_point(Point(round(latitude, 5), round(longitude, 5)))
