"""The record of each page as JSON, and of a site for the address book of a telephone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from pimms_directory.base.addresses import moved_to
from sites.exchange.answers import answer, answer_json
from sites.exchange.licence import OPENAPI
from sites.exchange.records import page_records, vcard
from sites.exchange.records.public_records import Record, address_beside, public_record


@require_safe
def record(request: HttpRequest, route: str, **key: str) -> HttpResponseBase:
    """The record of a page, at the address of that page with ``.json`` in the place of its last slash."""
    found = public_record(route, **key)
    if address := new_address(request, found, ".json"):
        return moved_to(request, address)
    return answer_json(request, page_records.RECORDS[route](found, settings.PUBLIC_ORIGIN), described_by=OPENAPI)


@require_safe
def address_card(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A site for the address book of a telephone."""
    site = public_record("site", slug=slug)
    if address := new_address(request, site, ".vcf"):
        return moved_to(request, address)
    text = vcard.vcard(site, settings.PUBLIC_ORIGIN)
    return answer(request, lambda file: file.write(text.encode()), vcard.MEDIA_TYPE, f"{site.slug}.vcf")


def new_address(request: HttpRequest, found: Record, ending: str) -> str:
    """Where a record is now that was asked for at a former address; empty if it is not."""
    address = address_beside(found, ending)
    return "" if request.path == address else address
