"""What a page says to machines: JSON-LD, the preview of a link to it, its QR code. Built in: no ``{% load %}``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import segno
from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.shortcuts import resolve_url
from django.template import RequestContext
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from labels.models import PressRelease
from sites.exchange.citing.citation import Citation, citation_of
from sites.exchange.records.public_records import Record
from sites.exchange.schemas.structured_data import (
    LANGUAGE,
    VOCABULARY,
    Thing,
    page_thing,
    release_thing,
    site_thing,
    thing,
)
from sites.models import Site
from sites.share_images.facts import NO_SITES, SIZE, picture_address, text_of

register = template.Library()

CRUMBS = "crumbs"
# As Django's json_script, which writes another type of script: no value can end the element or begin another.
ESCAPES = {">": "\\u003E", "<": "\\u003C", "&": "\\u0026"}


@register.simple_tag
def json_ld(described: Thing) -> SafeString:
    document = {"@context": VOCABULARY, **described}
    text = json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    for character, escape in ESCAPES.items():  # many times faster than str.translate
        text = text.replace(character, escape)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 (escaped)


@register.inclusion_tag("_crumb.html", takes_context=True)
def crumb(context: RequestContext, label: Any, to: Any = None, *, is_name: bool = False) -> dict[str, Any]:
    """``{% crumb label to=record %}``, ``{% crumb label to="view-name" %}``, and ``{% crumb label %}`` for this page.

    One item of the breadcrumb, noted for ``breadcrumb_data``. ``is_name``: it is French in every language.
    """
    address = resolve_url(to) if to else ""
    crumbs: Any = context.render_context.setdefault(CRUMBS, [])
    page = address and {**thing("WebPage", name=str(label)), "@id": context["origin"] + address}
    crumbs.append(thing("ListItem", position=len(crumbs) + 1, name=str(label), item=page))
    return {"label": label, "address": address, "is_name": is_name}


@register.simple_tag(takes_context=True)
def breadcrumb_data(context: RequestContext) -> SafeString:
    """The breadcrumb that stands above it, for machines."""
    return json_ld(thing("BreadcrumbList", itemListElement=context.render_context[CRUMBS]))


@register.simple_tag(takes_context=True)
def site_data(context: RequestContext, site: Site) -> SafeString:
    with translation.override(LANGUAGE):
        return json_ld(site_thing(site, context["origin"]))


@register.simple_tag(takes_context=True)
def release_data(context: RequestContext, release: PressRelease) -> SafeString:
    return json_ld(release_thing(release, context["citation"]))


@register.simple_tag(takes_context=True)
def site_list_data(context: RequestContext, sites: Sequence[Site], first: int = 1) -> SafeString | str:
    """``first`` is the rank of the first site, on the later pages of a long list."""
    if not sites:
        return ""
    items = [
        thing("ListItem", position=position, name=site.name, url=context["origin"] + site.get_absolute_url())
        for position, site in enumerate(sites, start=first)
    ]
    page = context["citation"] and page_thing(context["citation"])
    return json_ld(thing("ItemList", itemListElement=items, mainEntityOfPage=page))


@register.simple_tag(takes_context=True)
def website_data(context: RequestContext) -> SafeString:
    """With the search by place: ``query-input`` is how schema.org annotates an action."""
    root, publisher = context["origin"], context["publisher"]["publisher"]
    with translation.override(LANGUAGE):  # of its addresses
        return json_ld(website_thing(root, publisher))


def website_thing(root: str, publisher: str) -> Thing:
    target = thing("EntryPoint", urlTemplate=f"{root}{reverse('site-list')}?lieu={{search_term_string}}")
    return thing(
        "WebSite",
        name=settings.SITE_NAME,
        alternateName=settings.SITE_SHORT_NAME,
        url=f"{root}/",
        inLanguage=LANGUAGE,
        publisher=publisher and thing("Organization", name=publisher),
        potentialAction={
            **thing("SearchAction", target=target),
            "query-input": "required name=search_term_string",
        },
    )


@lru_cache(maxsize=16)
def qr_svg(address: str) -> SafeString:
    """Level M: a code that a crease or a coffee cup does not spoil."""
    code = segno.make_qr(address, error="m")
    svg = code.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None)
    return mark_safe(svg)  # noqa: S308 (squares)


@register.inclusion_tag("_qr_code.html", takes_context=True)
def qr_code(context: RequestContext) -> dict[str, Any]:
    """The address of this page for the camera of whoever holds it on paper: seen in print only."""
    address = context["origin"] + context.request.path
    return {"svg": qr_svg(address), "address": address}


# How the page is quoted


@register.simple_tag(takes_context=True)
def citation(context: RequestContext) -> Citation | None:
    """Of the record that the page shows, in French as its press part is. No query of its own."""
    record: object = context.get("object")
    with translation.override(LANGUAGE):
        return citation_of(record, context.get("summary")) if isinstance(record, Record) else None


@register.simple_tag
def site_name() -> str:
    return settings.SITE_NAME


@register.simple_tag
def site_short_name() -> str:
    return settings.SITE_SHORT_NAME


# What shows a link to the page elsewhere: its title, its description, a picture


@register.simple_block_tag
def capture(content: str) -> SafeString:
    """``{% capture as title %}{% block title %}{% endblock %}{% endcapture %}``: rendered once, shown many times."""
    # Line breaks of the template are no part of a title; spaces that do not break are.
    one_line = re.sub(r"[ \t\r\n]+", " ", content).strip(" ")
    return SafeString(one_line)  # the template has escaped it


@dataclass(frozen=True)
class Preview:
    """A picture and its words, as the head of a page names them."""

    address: str
    alt: str
    width: int = SIZE[0]
    height: int = SIZE[1]


@register.simple_tag(takes_context=True)
def preview(context: RequestContext) -> Preview:
    """The picture of the page's record, or of the directory. No query of its own. Its words are French."""
    record: object = context.get("object")
    with translation.override(LANGUAGE):
        if not isinstance(record, Record):
            return preview_of_directory()
        counts = context["summary"].departments if "summary" in context else NO_SITES
        text = text_of(record, context.get("listings") or (), counts)
        return Preview(picture_address(record), text.alt)


@lru_cache(1)
def preview_of_directory() -> Preview:
    return Preview(picture_address(None), text_of(None).alt)
