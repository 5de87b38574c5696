"""``{% load lists %}``: the parts of a list that a page has many of."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from sites import cards
from sites.models import Site
from sites.models.described import Brief

register = template.Library()


@register.simple_tag
def site_cards(sites: Iterable[Site | Brief], level: int) -> SafeString:
    """``{% site_cards sites level %}``: a card for each site, in ``<li>`` elements."""
    return cards.list_items(sites, level)
