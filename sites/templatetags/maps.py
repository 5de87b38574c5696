"""``{% load maps %}``: a map of the page's own sites, with what the page needs to show it.

The detailed map shows a background that comes from another host. Only a page that carries such a map admits
that host: the tags note it on the request, and ``ContentSecurityPolicyMiddleware`` reads it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import template
from django.conf import settings
from django.template import RequestContext
from django.template.loader import get_template
from django.utils.safestring import SafeString

from labels.models import Wave
from pimms_directory.base.memo import kept
from sites.maps import maps
from sites.models import Department, Site
from sites.models.records import Listed
from sites.pages import cards
from sites.search.filters import SiteFilter

register = template.Library()


@dataclass(frozen=True)
class Drawn:
    """A map, its picture and its caption as HTML."""

    map: maps.Map
    picture: SafeString
    caption: SafeString


def draw(page_map: maps.Map) -> Drawn:
    parts = ("sites/maps/_map_picture.html", "sites/maps/_map_caption.html")
    return Drawn(page_map, *(SafeString(get_template(part).render({"map": page_map})) for part in parts))


def shown(context: RequestContext, drawn: Drawn | None, points: Sequence[maps.MapPoint] = ()) -> dict[str, Any]:
    """``points`` are those of the detailed map, where they are not the map's own."""
    points = points or (drawn.map.points if drawn else ())
    tiles = settings.MAP_TILES if points else None
    if tiles:
        context.request.tile_source = maps.tile_source()  # type: ignore[attr-defined]
    return {"drawn": drawn, "points": points, "tiles": tiles}


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def country_map(context: RequestContext) -> dict[str, Any]:
    """``{% country_map %}``: every labelled site, counted by department. No query while the data stand."""
    return shown(context, _country())


@kept(1)
def _country() -> Drawn:
    return draw(maps.department_map())


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def list_map(context: RequestContext, filter: SiteFilter, sites: Iterable[Site]) -> dict[str, Any]:
    """``{% list_map filter sites %}``: the filtered list, counted by department.

    The detailed map shows ``sites``, those of the page.
    """
    chosen = filter.query.get("departement")
    options = filter.tally.options["departement"].counts
    counts = tuple((option.value, count) for option, count in options if chosen in (None, option.value))
    drawn = _listed(counts, filtered=bool(filter.query))
    drawn = replace(drawn, picture=maps.with_others(drawn.picture, filter.query))
    return shown(context, drawn, cards.points(sites))


@kept(16)
def _listed(counts: tuple[tuple[str, int], ...], *, filtered: bool) -> Drawn:
    """The same for many lists: they differ in the addresses of their markers alone."""
    return draw(maps.department_map(dict(counts), maps.ANY_OTHERS if filtered else None, ()))


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def site_map(
    context: RequestContext,
    listed: Listed,
    departments: Sequence[Department] = (),
    department: Department | None = None,
) -> dict[str, Any]:
    """``{% site_map listed departments=… %}`` for several departments, ``{% site_map listed department=… %}`` for one.

    Each site where the page lists them all, or else numbers by department. No query while the data stand.
    """
    return shown(context, _sites(listed, (department,) if department else tuple(departments)))


@kept(8)
def _sites(listed: Listed, departments: tuple[Department, ...]) -> Drawn | None:
    page_map = _map_of_sites(listed, departments)
    return draw(page_map) if page_map else None


def _map_of_sites(listed: Listed, departments: tuple[Department, ...]) -> maps.Map | None:
    if not listed.is_whole:
        return maps.counted_map(listed.departments)
    return maps.site_map(listed.first, departments)


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def wave_map(context: RequestContext, wave: Wave, listed: Listed, waves: Iterable[Wave]) -> dict[str, Any]:
    """``{% wave_map wave listed waves %}``: a wave in its colour. No query while the data stand."""
    return shown(context, _wave(wave, listed, tuple(waves)))


@kept(8)
def _wave(wave: Wave, listed: Listed, waves: tuple[Wave, ...]) -> Drawn:
    points = cards.points(listed.first) if listed.is_whole else None
    return draw(maps.wave_map(wave, listed.departments, waves, points))
