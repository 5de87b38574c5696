"""``{% load lists %}``: the parts of a list that a page has many of."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django import template
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe

from labels.territories import RegionCount
from sites.models import Site
from sites.models.site_display import Brief
from sites.pages import cards

register = template.Library()


@register.simple_tag
def site_cards(sites: Iterable[Site | Brief], level: int) -> SafeString:
    """``{% site_cards sites level %}``: a card for each site, in ``<li>`` elements."""
    return cards.list_items(sites, level)


@register.simple_tag
def territory_rows(regions: Iterable[RegionCount], query: QueryDict | None) -> SafeString:
    """``{% territory_rows regions query %}``: a ``<tbody>`` for each region, with its departments.

    A number leads to the list of the query there, if there is one. No template: France has a hundred departments.
    """
    start = f"{reverse('site-list')}?{query.urlencode()}&" if query else ""

    def number(count: int, name: str, narrowed: str) -> str:
        if not query:
            return f'<td class="number">{localize(count)}</td>'
        named = f'<span class="visually-hidden"> : {escape(name)}</span>'
        return f'<td class="number"><a href="{escape(start + narrowed)}">{localize(count)}{named}</a></td>'

    rows = []
    for each in regions:
        region = each.region
        head = f'<a href="{escape(region.get_absolute_url())}">{escape(region.name)}</a>'
        count = number(each.count, region.name, f"region={region.slug}")
        rows.append(f'<tbody>\n    <tr class="table-group"><th scope="row">{head}</th>{count}</tr>\n')
        for department, inside in each.departments:
            head = f'<a href="{escape(department.get_absolute_url())}">{escape(department.name)}</a>'
            code = f'<span class="muted">({escape(department.code)})</span>'
            count = number(inside, department.name, f"departement={department.code}")
            rows.append(f'    <tr><th scope="row" class="table-inside">{head} {code}</th>{count}</tr>\n')
        rows.append("  </tbody>\n")
    return mark_safe("".join(rows))  # noqa: S308 (escaped above)
