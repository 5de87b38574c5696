"""The pictures that links to our pages are shown with, one for each record and one for all other pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.generic import View

from labels.models import PressRelease, Wave
from pimms_directory.base.addresses import moved_to
from pimms_directory.editing.publication import get_public, shown
from sites.exchange.answers import answer
from sites.models import Association, Department, Region, Site, SiteAlias
from sites.share_images.drawing import picture
from sites.share_images.facts import facts_of, picture_address


class Picture(View):
    """The picture of a record; an address that its record has left redirects to where it is now."""

    def get(self, request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        record = self.find(**kwargs)
        address = picture_address(record)
        if address != request.path:
            return moved_to(request, address)
        png = picture(facts_of(record))
        return answer(request, lambda file: file.write(png), "image/png")

    def find(self, **kwargs: str) -> Any:
        return None


class SitePicture(Picture):
    def find(self, **kwargs: str) -> Site:
        site = Site.objects.with_place().filter(slug=kwargs["slug"]).first()
        return shown(site) if site else SiteAlias.objects.public_site(kwargs["slug"])


class WavePicture(Picture):
    def find(self, **kwargs: str) -> Wave:
        return get_public(Wave.objects.all(), code=kwargs["code"])


class ReleasePicture(Picture):
    def find(self, **kwargs: str) -> PressRelease:
        return get_public(PressRelease.objects.all(), slug=kwargs["slug"])


class RegionPicture(Picture):
    def find(self, **kwargs: str) -> Region:
        return get_object_or_404(Region, slug=kwargs["slug"])


class DepartmentPicture(Picture):
    def find(self, **kwargs: str) -> Department:
        return get_object_or_404(Department.objects.select_related("region"), code=kwargs["code"].upper())


class AssociationPicture(Picture):
    def find(self, **kwargs: str) -> Association:
        return get_object_or_404(Association.objects.public(), slug=kwargs["slug"])
