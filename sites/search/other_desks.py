"""Where else to turn when the nearest PIMMS is far: the France Services of other bearers, which no list has."""

from __future__ import annotations

from django.db.models import Q

from sites.models import Commune, OtherDesk, Site
from sites.models.distance import Point
from sites.search.typed_place import LARGEST_FIRST, Place

NEAR_KM = 10  # a PIMMS no farther than this needs no other beside it
MOST = 3


def other_desks_from(origin: Point | None, nearest: Site | None, commune: Commune | None = None) -> list[OtherDesk]:
    """The nearest ones, unless ``nearest``, the first PIMMS of the same ranking, is near: then nothing is asked.

    After them the buses and teams of the commune, whose stops the list does not give.
    """
    if origin is None or (nearest and (nearest.distance_km or 0) <= NEAR_KM):
        return []
    fixed = OtherDesk.objects.nearest_to(origin).select_related("commune__department")[:MOST]
    if commune is None:
        return list(fixed)
    passing = OtherDesk.objects.filter(commune=commune).exclude(kind=Site.Kind.FIXED)
    return [*fixed, *passing.select_related("commune__department")]


def other_desks_in_territory_of(commune: Commune) -> list[OtherDesk]:
    """Its own before those of its collectivity, for a commune whose point is not known: no distance can be told."""
    return list(OtherDesk.objects.in_territory_of(commune).select_related("commune__department")[:MOST])


def closer_than(nearest: Site | None, others: list[OtherDesk]) -> OtherDesk | None:
    """The first of these, if it is nearer than any PIMMS."""
    first = others[0] if others else None
    if first is None or first.distance_km is None or nearest is None:
        return first
    return first if first.distance_km < (nearest.distance_km or 0) else None


def largest_commune(territory: Place) -> Commune | None:
    """Where most people of a department or region live: what is near it is measured from there."""
    department, region = territory.department, territory.region
    inside = Q(department=department) if department else Q(department__region=region)
    return Commune.objects.filter(inside, latitude__isnull=False).order_by(*LARGEST_FIRST).first()
