"""The pictures that links to our pages are shown with, one for each record and one for all other pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.views.generic import View

from pimms_directory.base.addresses import moved_to
from sites.exchange.answers import answer
from sites.exchange.records.public_records import public_record
from sites.share_images.drawing import picture
from sites.share_images.facts import facts_of, picture_address


class Picture(View):
    """The picture of a record; an address that its record has left redirects to where it is now."""

    route = ""  # of the page of the record; none for the whole directory

    def get(self, request: HttpRequest, **key: str) -> HttpResponseBase:
        record = public_record(self.route, **key) if self.route else None
        address = picture_address(record)
        if address != request.path:
            return moved_to(request, address)
        png = picture(facts_of(record))
        return answer(request, lambda file: file.write(png), "image/png")
