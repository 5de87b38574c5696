"""What a downloaded list is called: by the day of its data, and by what narrows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.text import slugify

from sites.search.filters import PLACE, SiteFilter
from sites.search.typed_place import Place

LONGEST = 60  # characters of what narrows it
AROUND = "autour"  # of a point
NUMBERS = ("limit", "offset")


def file_name(name: str, day: date, found: SiteFilter) -> str:
    """``pimms.csv`` → ``pimms-2024-08-01-bretagne.csv``, in ASCII."""
    stem, dot, suffix = name.rpartition(".")
    narrowed = "-".join(parts(found))
    if len(narrowed) > LONGEST:
        narrowed = narrowed[:LONGEST].rpartition("-")[0]
    return "-".join(filter(None, (stem, day.isoformat(), narrowed))) + dot + suffix


def parts(found: SiteFilter) -> Iterator[str]:
    """The place, then the other parameters of the list in their order, without that of its order."""
    if found.understanding:
        yield place_part(found.understanding.place)
    for name, value in found.query.items():
        if name not in (*PLACE, "tri"):
            written = f"{name}-{value}" if name in NUMBERS else str(value)
            yield slugify(written) or name  # of letters that ASCII lacks, nothing is left


def place_part(place: Place | None) -> str:
    """As it was understood: neither a position nor the address of a reader stands in a file name."""
    is_named = place and (place.commune or place.department or place.region)
    return slugify(place.label) if place and is_named else AROUND
