"""``{% load previews %}``: what a page says to those who show a link to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.template import Context, Node, NodeList, RequestContext
from django.template.base import Parser, Token
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from sites.share_images.design import SIZE
from sites.share_images.facts import NO_SITES, Record, picture_address, text_of

register = template.Library()


class CaptureNode(Node):
    """Renders what stands inside of it once, into a variable."""

    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist, self.name = nodelist, name

    def render(self, context: Context) -> SafeString:
        rendered = self.nodelist.render(context)
        # Line breaks of the template are no part of a title; spaces that do not break are.
        one_line = re.sub(r"[ \t\r\n]+", " ", rendered).strip(" ")
        context[self.name] = SafeString(one_line)  # the template has escaped it
        return SafeString("")


@register.tag
def capture(parser: Parser, token: Token) -> CaptureNode:
    """``{% capture title %}{% block title %}{% endblock %}{% endcapture %}``: renders once, to be shown many times."""
    try:
        _tag, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("capture takes one name") from None
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, name)


@dataclass(frozen=True)
class Preview:
    """A picture and its words, as the head of a page names them."""

    address: str
    alt: str
    width: int = SIZE[0]
    height: int = SIZE[1]


@register.simple_tag(takes_context=True)
def preview(context: RequestContext) -> Preview:
    """The picture of the page's record, or of the directory. No query of its own."""
    record: object = context.get("object")
    if not isinstance(record, Record):
        return preview_of_directory(get_language())
    counts = context["summary"].departments if "summary" in context else NO_SITES
    text = text_of(record, context.get("listings") or (), counts)
    return Preview(picture_address(record), text.alt)


@lru_cache
def preview_of_directory(language: str) -> Preview:
    return Preview(picture_address(None), text_of(None).alt)
