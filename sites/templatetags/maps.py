"""``{% load maps %}``: a map of the page's own sites, with what the page needs to show it.

The detailed map shows a background that comes from another host. Only a page that carries such a map admits
that host: the tags note it on the request, and ``ContentSecurityPolicyMiddleware`` reads it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.template import RequestContext
from django.urls import reverse

from labels.models import Wave
from sites.maps import counted_maps, site_maps
from sites.maps.page_map import MapPoint, PageMap, points_of_sites
from sites.models import Department, Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.site_summary import SiteSummary
from sites.search.filters import SiteFilter

register = template.Library()


def with_background(context: RequestContext, page_map: PageMap | None, points: tuple[MapPoint, ...]) -> dict[str, Any]:
    """What the template needs; there is no detailed map where it would have no ``points`` to show."""
    tiles = settings.MAP_TILES if points else None
    if tiles:
        address = urlsplit(tiles["url"])
        source = f"{address.scheme}://{address.netloc.replace('{s}', '*')}"  # as a Content-Security-Policy names it
        context.request.tile_source = source  # type: ignore[attr-defined]
    kept_by = {"revision": context["revision"], "page": context.request.path, "query": ""}
    return {"map": page_map, "points": points, "tiles": tiles, "start": "", **kept_by}


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def country_map(context: RequestContext) -> dict[str, Any]:
    """``{% country_map %}``: every labelled site, counted by department."""
    page_map = counted_maps.country_map(lookup_tables())
    return with_background(context, page_map, page_map.points)


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def list_map(context: RequestContext, filter: SiteFilter, sites: Iterable[Site]) -> dict[str, Any]:
    """``{% list_map filter sites %}``: the filtered list, counted by department.

    The detailed map shows ``sites``, those of the page.
    """
    chosen = filter.query.get("departement")
    choices = filter.counts["departement"]
    counts = tuple((choice.value, choice.count) for choice in choices if chosen in (None, choice.value))
    page_map = counted_maps.list_map(counts, filter.tables, filtered=bool(filter.query))
    points = tuple(site.map_point for site in sites if site.position)
    # Where the same list in another territory begins: its address ends with that of the marker.
    others = filter.query_without("region", "departement").urlencode()
    start = f"{reverse('site-list')}?{others}{'&' if others else ''}" if filter.query else ""
    shown = {"start": start, "query": filter.query.urlencode()}
    return with_background(context, page_map, points or page_map.points) | shown


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def near_map(context: RequestContext, filter: SiteFilter, sites: Sequence[Site]) -> dict[str, Any]:
    """``{% near_map filter near %}``: the desks near a place, in their departments."""
    departments = list({site.department.pk: site.department for site in sites}.values())
    page_map = site_maps.site_map(sites, departments)
    points = page_map.points if page_map else ()
    return with_background(context, page_map, points) | {"query": f"near {filter.query.urlencode()}"}


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
        page_map = site_maps.site_map(summary.first, [department] if department else departments)
    else:
        page_map = counted_maps.territory_map(summary.departments)
    return with_background(context, page_map, page_map.points if page_map else ())


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def wave_map(context: RequestContext, wave: Wave, summary: SiteSummary, waves: Iterable[Wave]) -> dict[str, Any]:
    """``{% wave_map wave summary waves %}``: a wave in its colour."""
    points = points_of_sites(summary.first) if summary.is_whole else None
    page_map = counted_maps.wave_map(wave, summary.departments, lookup_tables(), waves, points)
    return with_background(context, page_map, page_map.points)


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def desk_map(context: RequestContext, site: Site) -> dict[str, Any]:
    """``{% desk_map site %}``: where it stands in its department; nothing for a bus, nor beyond the outline."""
    page_map = site_maps.desk_map(site)
    return with_background(context, page_map, page_map.points if page_map else ())
