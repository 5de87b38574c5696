"""What pages say of their language. Built in: templates need no ``{% load %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import RequestContext
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pimms_directory.base.languages import FRENCH, Language, current, offered, path_in

register = template.Library()

# The pages of citizens: ``urls.py`` has their routes below a prefix.
TRANSLATED = frozenset(("home", "site-list", "site", "help", "about"))


@register.simple_tag
def page_language() -> Language:
    """``{% page_language as language %}``"""
    return current()


@register.simple_tag
def in_french(drawn: bool = False) -> SafeString:
    """``<h1{% in_french %}>{{ site.name }}</h1>``: attributes of what is French on a page in another language.

    What is ``drawn`` (SVG) knows no ``dir``: the style sheet turns the picture.
    """
    attributes = ' lang="fr"' if drawn else ' lang="fr" dir="ltr"'
    return mark_safe("" if current().reads_french else attributes)  # noqa: S308 (constant)


@register.inclusion_tag("_french.html")
def french(text: str) -> dict[str, Any]:
    """``{% french site.postal_address %}``: the same in the middle of a line."""
    return {"text": text, "marked": not current().reads_french}


@register.simple_tag
def french_page() -> SafeString:
    """``<a href="…"{% french_page %}>…{% french_note %}</a>``: a link that leaves the language of the page."""
    return mark_safe("" if current().is_french else ' hreflang="fr"')  # noqa: S308 (constant)


@register.simple_tag
def french_note() -> str:
    return "" if current().reads_french else " " + _("(en français)")


def is_translated(request: HttpRequest) -> bool:
    return bool(request.resolver_match and request.resolver_match.view_name in TRANSLATED)


@register.inclusion_tag("_alternates.html", takes_context=True)
def alternates(context: RequestContext) -> dict[str, Any]:
    """The same page in each language, for search engines; nothing on searches, which they leave out."""
    request: HttpRequest = context["request"]
    languages = offered() if is_translated(request) and not request.GET else []
    return {
        "origin": context["origin"],
        "others": [(each.tag, path_in(each, request.path)) for each in languages if len(languages) > 1],
        "default": path_in(FRENCH, request.path),
    }


def query_of_list(context: RequestContext) -> str:
    """What the list was asked for, without what it does not know."""
    query = context["filter"].query.copy() if "filter" in context else context["request"].GET.copy()
    if "page_obj" in context and context["page_obj"].number > 1:
        query["page"] = context["page_obj"].number
    return query.urlencode()


@register.inclusion_tag("_languages.html", takes_context=True)
def language_menu(context: RequestContext) -> dict[str, Any]:
    """To the same page with the same query; from a page that is not translated, to the language's home."""
    request: HttpRequest = context["request"]
    query = query_of_list(context) if is_translated(request) else ""
    path = request.path if is_translated(request) else "/"
    languages = [(each, path_in(each, path) + (f"?{query}" if query else "")) for each in offered()]
    return {"languages": languages if len(languages) > 1 else [], "language": current()}


@register.inclusion_tag("_pictogram.html")
def pictogram(name: str) -> dict[str, Any]:
    """``{% pictogram "telephone" %}``: a small drawing on pages in easy French, and nothing on the others."""
    return {"name": name if current().is_easy_french else ""}
