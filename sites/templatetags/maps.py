"""``{% load maps %}``: a map of the page's own sites, with what the page needs to show it.

The detailed map shows a background that comes from another host. Only a page that carries such a map admits
that host: the tags note it on the request, and ``ContentSecurityPolicyMiddleware`` reads it there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.template import RequestContext

from labels.models import Wave
from pimms_directory.derived import kept
from sites import cards, maps
from sites.filters import SiteFilter
from sites.models import Department, Site

register = template.Library()


def shown(context: RequestContext, page_map: maps.Map | None) -> dict[str, Any]:
    if page_map and page_map.tiles:
        context.request.tile_source = maps.tile_source()  # type: ignore[attr-defined]
    return {"map": page_map}


@register.inclusion_tag("sites/_map.html", takes_context=True)
def country_map(context: RequestContext) -> dict[str, Any]:
    """``{% country_map %}``: every labelled site, counted by department. No query while the data stand."""
    return shown(context, _country())


@kept(1)
def _country() -> maps.Map:
    return maps.department_map()


@register.inclusion_tag("sites/_map.html", takes_context=True)
def list_map(context: RequestContext, filter: SiteFilter, sites: Iterable[Site]) -> dict[str, Any]:
    """``{% list_map filter sites %}``: the filtered list, counted by department.

    The detailed map shows ``sites``, those of the page.
    """
    facet = next(facet for facet in filter.facets if facet.name == "departement")
    chosen = filter.query.get("departement")
    counts = {choice.value: choice.count for choice in facet.choices if chosen in (None, choice.value)}
    return shown(context, maps.department_map(counts, filter.query, cards.points(sites, level=2)))


@register.inclusion_tag("sites/_map.html", takes_context=True)
def site_map(
    context: RequestContext,
    sites: Sequence[Site],
    departments: Sequence[Department] = (),
    department: Department | None = None,
) -> dict[str, Any]:
    """``{% site_map sites departments=… %}`` a region, ``{% site_map sites department=… %}`` a department. No query."""
    return shown(context, maps.site_map(sites, [department] if department else departments))


@register.inclusion_tag("sites/_map.html", takes_context=True)
def wave_map(context: RequestContext, wave: Wave, sites: Sequence[Site], waves: Iterable[Wave]) -> dict[str, Any]:
    """``{% wave_map wave sites waves %}``: a wave in its colour. One query."""
    return shown(context, maps.wave_map(wave, sites, waves))
