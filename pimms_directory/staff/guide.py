"""The guide of staff, docs/guide-redaction.md, as a page of the admin."""

import re
from functools import cache
from itertools import pairwise

from django.conf import settings
from django.templatetags.static import static
from markdown_it import MarkdownIt
from markdown_it.token import Token

GUIDE = settings.BASE_DIR / "docs" / "guide-redaction.md"
PICTURES = "images/"  # beside it; among the static files they are in guide/


@cache
def guide() -> str:
    """Its text after the title, as HTML; headings have the anchors that links name on the forge, too."""
    markdown = MarkdownIt("commonmark").enable("table")
    _title, _line, text = GUIDE.read_text(encoding="utf-8").partition("\n")
    tokens = markdown.parse(text)
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(following.content))
        for child in token.children or ():
            point_to_picture(child)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def anchor(heading: str) -> str:
    """``5. Revenir en arrière`` → ``5-revenir-en-arrière``"""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def point_to_picture(token: Token) -> None:
    if token.type == "image":
        token.attrSet("src", static("guide/" + str(token.attrGet("src")).removeprefix(PICTURES)))
