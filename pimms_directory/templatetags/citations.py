"""``{% load citations %}``: how to quote a page, with its sources, their date and the address that lasts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import template
from django.template import RequestContext
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pimms_directory.templatetags.french import french_date

register = template.Library()

# A list whose records were checked in many ways names the most common ones.
MOST_SOURCES = 3


@register.inclusion_tag("_citation.html", takes_context=True)
def citation(
    context: RequestContext,
    title: str,
    sites: Iterable[Any] = (),
    source: str = "",
    on: date | None = None,
    licence: str = "",
) -> dict[str, Any]:
    """``{% citation title sites=sites source=… on=… %}``: the sources and the date are those of ``sites``, too.

    No day of consultation: a page may come from a cache, and the date of the data is what counts. No query, if
    ``sites`` were read already.
    """
    counted = Counter(site.contact_source for site in sites if site.contact_source)
    sources = [*([source] if source else []), *(each for each, _count in counted.most_common(MOST_SOURCES))]
    on = on or max((site.contact_checked_on for site in sites if site.contact_checked_on), default=None)
    # As base.html writes the canonical address, which the page may be quoted by.
    address = f"{context.request.scheme}://{context.request.get_host()}{context.request.path}"
    parts = [_("« %(title)s », Annuaire des PIMMS labellisés France Services.") % {"title": title}]
    if sources:
        parts.append(f"{ngettext('Source :', 'Sources :', len(sources))} {_(' ; ').join(sources)}.")
    if on:
        parts.append(_("Données du %(date)s.") % {"date": french_date(on)})
    parts.append(f"{licence or _('Réutilisation sous Licence Ouverte 2.0')}.")
    return {"text": " ".join(parts), "address": address}
