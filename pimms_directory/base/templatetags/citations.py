"""``{% load citations %}``: how to quote a page, with its sources, their date and the address that lasts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from html import unescape
from typing import Any

from django import template
from django.template import RequestContext
from django.utils.safestring import SafeData
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pimms_directory.base.templatetags.french import french_date

register = template.Library()


@register.inclusion_tag("_citation.html", takes_context=True)
def citation(
    context: RequestContext,
    title: str,
    sources: Iterable[str] = (),
    on: date | None = None,
    source: str = "",
    licence: str = "",
    level: int = 2,
) -> dict[str, Any]:
    """``{% citation title sources=… on=… source=… %}``: ``source`` comes first, empty ones are left out.

    No day of consultation: a page may come from a cache, and the date of the data is what counts.
    """
    cited = [unescaped(each) for each in (source, *sources) if each]
    # As base.html writes the canonical address, which the page may be quoted by.
    address = f"{context['origin']}{context.request.path}"
    parts = [_("« %(title)s », Annuaire des PIMMS labellisés France Services.") % {"title": unescaped(title)}]
    if cited:
        parts.append(f"{ngettext('Source :', 'Sources :', len(cited))} {_(' ; ').join(cited)}.")
    if on:
        parts.append(_("Données du %(date)s.") % {"date": french_date(on)})
    parts.append(f"{licence or _('Réutilisation sous Licence Ouverte 2.0')}.")
    return {"text": " ".join(parts), "address": address, "level": level}


def unescaped(text: str) -> str:
    """What ``blocktranslate`` gives is HTML already; this text is escaped when it is shown."""
    return unescape(text) if isinstance(text, SafeData) else text
