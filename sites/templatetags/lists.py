"""``{% load lists %}``: the parts of a list that a page has many of."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from sites import cards
from sites.filters import Facet
from sites.models import Site

register = template.Library()


@register.simple_tag
def site_cards(sites: Iterable[Site], level: int) -> SafeString:
    """``{% site_cards sites level %}``: a card for each site, in ``<li>`` elements."""
    return cards.list_items(sites, level)


@register.simple_tag
def facet_options(facet: Facet) -> SafeString:
    """``{% facet_options facet %}``: an ``<option>`` for each choice, with its count."""
    return format_html_join(
        "\n",
        '<option value="{}"{}>{} ({})</option>',
        (
            (choice.value, " selected" if choice.selected else "", capfirst(choice.label), choice.count)
            for choice in facet.choices
        ),
    )
