"""The public record of a page, for what stands beside the page: its JSON, its feed, its picture, its frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404

from labels.models import PressRelease, Wave
from pimms_directory.editing.publishing.publication import get_public, shown
from sites.models import Association, Department, Region, Site, SiteAlias

Record = Site | Region | Department | Association | Wave | PressRelease


def _site(slug: str) -> Site:
    found = Site.objects.with_place().filter(slug=slug).first()
    return shown(found) if found else SiteAlias.objects.public_site(slug)


# Of each route of a page, how to find its record by the parts of the address, former ones included.
FINDERS: dict[str, Callable[..., Any]] = {
    "site": _site,
    "region": lambda slug: get_object_or_404(Region, slug=slug),
    "department": lambda code, slug: get_object_or_404(Department.objects.select_related("region"), code=code.upper()),
    "association": lambda slug: get_object_or_404(Association.objects.public(), slug=slug),
    "wave": lambda code: get_public(Wave.objects.select_related("release"), code=code),
    "release": lambda slug: get_public(PressRelease.objects.with_waves(), slug=slug),
}


def public_record(route: str, **key: str) -> Any:
    """Raises ``Withdrawn`` or ``Http404`` where there is none to show."""
    return FINDERS[route](**key)


def address_beside(record: Record, ending: str) -> str:
    """What stands beside the page of a record: ``/pimms/x/`` → ``/pimms/x.json``."""
    return record.get_absolute_url().removesuffix("/") + ending
