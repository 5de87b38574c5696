"""How to quote a page, for reference managers: beside the page, as its JSON is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from pimms_directory.base.addresses import moved_to
from sites.exchange.answers import answer
from sites.exchange.citing.citation import FILES, citation_of
from sites.exchange.citing.formats import WRITERS
from sites.exchange.records.public_records import public_record
from sites.exchange.records.views import new_address

MEDIA_TYPES = {ending: media_type for ending, _label, media_type in FILES}


@require_safe
def citation_file(request: HttpRequest, route: str, ending: str, **key: str) -> HttpResponseBase:
    """``ending`` is that of the address: ``.bib``, ``.ris`` or ``.csl.json``."""
    found = public_record(route, **key)
    if address := new_address(request, found, ending):
        return moved_to(request, address)
    text = WRITERS[ending](citation_of(found))
    return answer(request, lambda file: file.write(text.encode()), f"{MEDIA_TYPES[ending]}; charset=utf-8")
