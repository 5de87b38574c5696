"""``{% load previews %}``: what a page says to those who show a link to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context, Node, NodeList, RequestContext
from django.template.base import Parser, Token
from django.utils.safestring import SafeString, mark_safe

from sites.share_images.pictures import SIZE
from sites.share_images.previews import Record, picture_address, words_of

register = template.Library()


class CaptureNode(Node):
    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist, self.name = nodelist, name

    def render(self, context: Context) -> SafeString:
        rendered = self.nodelist.render(context)
        # Line breaks of the template are no part of a title; spaces that do not break are.
        context[self.name] = mark_safe(re.sub(r"[ \t\r\n]+", " ", rendered).strip(" "))  # noqa: S308 (rendered already)
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
    address: str
    alt: str
    width: int = SIZE[0]
    height: int = SIZE[1]


@register.simple_tag(takes_context=True)
def preview(context: RequestContext) -> Preview:
    """The picture of the page's record. No query of its own while the data stand."""
    record: Any = context.get("object")
    if not isinstance(record, Record):
        return Preview(picture_address(None), words_of(None).alt)
    words = words_of(record, context.get("listings", ()), context.get("summary"))
    return Preview(picture_address(record), words.alt)
