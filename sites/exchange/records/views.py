"""The record of each page as JSON, its tables as CSV, and a site for the address book of a telephone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from pimms_directory.base.addresses import moved_to
from sites.exchange import problems
from sites.exchange.answers import CSV, answer, answer_json
from sites.exchange.downloads.formats import write_csv
from sites.exchange.licence import OPENAPI
from sites.exchange.records import indexes, page_records, vcard
from sites.exchange.records.public_records import Record, address_beside, public_record
from sites.exchange.records.tables import TABLES


@require_safe
def record(request: HttpRequest, route: str, **key: str) -> HttpResponseBase:
    """The record of a page, at the address of that page with ``.json`` in the place of its last slash."""
    found = public_record(route, **key)
    if address := new_address(request, found, ".json"):
        return moved_to(request, address)
    return answer_json(request, page_records.RECORDS[route](found, settings.PUBLIC_ORIGIN), described_by=OPENAPI)


@require_safe
def index(request: HttpRequest, route: str) -> HttpResponseBase:
    """All records of a kind, at the address of their list with ``.json`` in the place of its slash."""
    return problems.refuse_parameters(request) or answer_json(request, indexes.index(route, settings.PUBLIC_ORIGIN))


@require_safe
def table(request: HttpRequest, table: str, **key: str) -> HttpResponseBase:
    """What a page has many of, at the address of that page with another ending."""
    if refusal := problems.refuse_parameters(request):
        return refusal
    wanted = TABLES[table]
    found = public_record(wanted.route, **key)
    if address := new_address(request, found, wanted.ending):
        return moved_to(request, address)
    rows, name = wanted.rows(found, settings.PUBLIC_ORIGIN), wanted.file_name.format(*key.values())
    return answer(request, lambda file: write_csv(file, wanted.names, rows), CSV, name, attach=True)


@require_safe
def address_card(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A site for the address book of a telephone."""
    site = public_record("site", slug=slug)
    if address := new_address(request, site, ".vcf"):
        return moved_to(request, address)
    text = vcard.vcard(site, settings.PUBLIC_ORIGIN)
    name = f"{site.slug}-{timezone.localdate()}.vcf"
    return answer(request, lambda file: file.write(text.encode()), vcard.MEDIA_TYPE, name)


def new_address(request: HttpRequest, found: Record, ending: str) -> str:
    """Where a record is now that was asked for at a former address; empty if it is not."""
    address = address_beside(found, ending)
    return "" if request.path == address else address
