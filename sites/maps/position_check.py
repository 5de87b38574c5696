"""Where the point of one record lies beside the centre of its commune: for staff who check a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.utils.translation import gettext as _

from sites.maps.outline import UNIT, View, project, view_of
from sites.maps.page_map import Position
from sites.models import Site
from sites.models.distance import distance_km

AROUND_KM = 10  # what the map of the surroundings shows at least, to each side of the commune's centre
PICTURE_WIDTH = 256  # pixels, as the style sheet of the admin draws it


@dataclass(frozen=True)
class Extract:
    """A part of the outline, and the length of a screen pixel on it."""

    title: str
    view: View

    @property
    def view_box(self) -> str:
        return " ".join(f"{value:.0f}" for value in self.view)

    @property
    def scale(self) -> str:
        return f"{self.view[2] / PICTURE_WIDTH:.3f}"


@dataclass(frozen=True)
class PositionCheck:
    """The point of a site and the centre of its commune, in words and on the outline where it reaches."""

    kilometres: float | None  # from the one to the other
    point: Position | None = None
    centre: Position | None = None
    department: str = ""
    pictures: tuple[Extract, ...] = ()


def position_check(site: Site) -> PositionCheck | None:
    """None for what has no place: a bus, or a desk without commune and point."""
    centre = site.commune.centre if site.commune else None
    if not site.is_fixed or not (site.point or centre):
        return None
    kilometres = distance_km(site.point, centre) if site.point and centre else None
    code = site.department.code if site.department_id else ""
    whole_department = view_of([code])
    if whole_department is None:
        return PositionCheck(kilometres)
    on_map = [project(each.latitude, each.longitude) if each else None for each in (site.point, centre)]
    x, y = cast(Position, on_map[1] or on_map[0])
    reach = max(AROUND_KM, 1.2 * (kilometres or 0)) * 1000 / UNIT
    pictures = (
        Extract(_("dans le département"), whole_department),
        Extract(_("autour du centre de la commune"), (x - reach, y - reach, 2 * reach, 2 * reach)),
    )
    return PositionCheck(kilometres, on_map[0], on_map[1], code, pictures)
