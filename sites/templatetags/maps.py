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

from labels.models import Wave
from sites.maps import counted_maps, site_maps
from sites.maps.page_map import PageMap
from sites.models import Department, Site
from sites.models.records import Listed
from sites.pages import cards
from sites.search.filters import SiteFilter

register = template.Library()


def with_background(context: RequestContext, page_map: PageMap | None) -> dict[str, Any]:
    """What the template needs; there is no detailed map where it would have no point to show."""
    tiles = settings.MAP_TILES if page_map and page_map.points else None
    if tiles:
        context.request.tile_source = tile_source()  # type: ignore[attr-defined]
    return {"map": page_map, "tiles": tiles}


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def country_map(context: RequestContext) -> dict[str, Any]:
    """``{% country_map %}``: every labelled site, counted by department."""
    return with_background(context, counted_maps.country_map())


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def list_map(context: RequestContext, filter: SiteFilter, sites: Iterable[Site]) -> dict[str, Any]:
    """``{% list_map filter sites %}``: the filtered list, counted by department.

    The detailed map shows ``sites``, those of the page.
    """
    chosen = filter.query.get("departement")
    options = filter.tally.options["departement"].counts
    counts = {option.value: count for option, count in options if chosen in (None, option.value)}
    return with_background(context, counted_maps.list_map(counts, filter.query, cards.points(sites)))


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def site_map(
    context: RequestContext,
    listed: Listed,
    departments: Sequence[Department] = (),
    department: Department | None = None,
) -> dict[str, Any]:
    """``{% site_map listed departments=… %}`` for several departments, ``{% site_map listed department=… %}`` for one.

    Each site where the page lists them all, or else numbers by department.
    """
    if not listed.is_whole:
        return with_background(context, counted_maps.territory_map(listed.departments))
    return with_background(context, site_maps.site_map(listed.first, [department] if department else departments))


@register.inclusion_tag("sites/maps/_map.html", takes_context=True)
def wave_map(context: RequestContext, wave: Wave, listed: Listed, waves: Iterable[Wave]) -> dict[str, Any]:
    """``{% wave_map wave listed waves %}``: a wave in its colour."""
    points = cards.points(listed.first) if listed.is_whole else None
    return with_background(context, counted_maps.wave_map(wave, listed.departments, waves, points))


def tile_source() -> str:
    """The host of the background, as the Content-Security-Policy names it: ``https://*.tiles.example``; or empty."""
    if not settings.MAP_TILES:
        return ""
    address = urlsplit(settings.MAP_TILES["url"])
    return f"{address.scheme}://{address.netloc.replace('{s}', '*')}"
