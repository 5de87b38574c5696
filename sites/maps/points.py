"""The points of the detailed map, which ``static/map.js`` puts on a background from another host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import ngettext

from pimms_directory.base.templatetags.french import french_number
from sites.maps.frames import frames
from sites.models import Department, Site

MOST_POINTS = 500  # they travel with the page

MapPoint = tuple[float | None, float | None, str, str, str]  # latitude, longitude, name, place, address of the page


def points_of_sites(sites: Iterable[Site]) -> tuple[MapPoint, ...]:
    """Each site that has a place; none at all if they are too many for a page."""
    points = tuple(site.map_point for site in sites if site.position)
    return points if len(points) <= MOST_POINTS else ()


def points_of_departments(counts: Mapping[Department, int]) -> tuple[MapPoint, ...]:
    """The departments that the outline reaches, in the place of their sites: ``(45.2, 5.7, "Isère", "3 PIMMS", …)``."""
    return tuple(
        (
            *frames()[department.code].degrees,
            department.name,
            ngettext("%(count)s PIMMS", "%(count)s PIMMS", count) % {"count": french_number(count)},
            department.get_absolute_url(),
        )
        for department, count in counts.items()
        if department.code in frames()
    )
