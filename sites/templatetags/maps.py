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
from pimms_directory.base.memo import memo_by_revision
from sites.maps import maps
from sites.models import Department, Site
from sites.models.lookup_tables import LookupTables, lookup_tables
from sites.pages.site_summary import SiteSummary
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


@memo_by_revision(maxsize=1)
def _country() -> Drawn:
    return draw(maps.department_map(lookup_tables()))


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def list_map(context: RequestContext, filter: SiteFilter, sites: Iterable[Site]) -> dict[str, Any]:
    """``{% list_map filter sites %}``: the filtered list, counted by department.

    The detailed map shows ``sites``, those of the page.
    """
    chosen = filter.query.get("departement")
    choices = filter.counts["departement"]
    counts = tuple((choice.value, choice.count) for choice in choices if chosen in (None, choice.value))
    drawn = _filtered(filter.tables, counts, filtered=bool(filter.query))
    drawn = replace(drawn, picture=maps.with_others(drawn.picture, filter.query))
    return shown(context, drawn, maps.points_of(sites))


@memo_by_revision(maxsize=16)
def _filtered(tables: LookupTables, counts: tuple[tuple[str, int], ...], *, filtered: bool) -> Drawn:
    """The same for many lists: they differ in the addresses of their markers alone."""
    return draw(maps.department_map(tables, dict(counts), maps.ANY_OTHERS if filtered else None, ()))


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def site_map(
    context: RequestContext,
    summary: SiteSummary,
    departments: Sequence[Department] = (),
    department: Department | None = None,
) -> dict[str, Any]:
    """``{% site_map summary departments=… %}`` for several departments, ``… department=… %}`` for one.

    Each site where the page lists them all, or else numbers by department.
    """
    if summary.is_whole:
        page_map = maps.site_map(summary.first, [department] if department else departments)
    else:
        page_map = maps.counted_map(summary.departments)
    return shown(context, draw(page_map) if page_map else None)


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def wave_map(context: RequestContext, wave: Wave, summary: SiteSummary, waves: Iterable[Wave]) -> dict[str, Any]:
    """``{% wave_map wave summary waves %}``: a wave in its colour."""
    points = maps.points_of(summary.first) if summary.is_whole else None
    return shown(context, draw(maps.wave_map(wave, summary.departments, lookup_tables(), waves, points)))
