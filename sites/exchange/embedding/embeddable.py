"""Pieces of the directory on other sites: which records can be embedded, where, under which title, with which code."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NotRequired, TypedDict
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import Resolver404, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from labels.models import PressRelease, Wave
from pimms_directory.base.addresses import route_at
from pimms_directory.base.memo import memo_by_revision
from pimms_directory.base.templatetags.french import french_date
from sites.exchange.records.public_records import address_beside, public_record
from sites.exchange.records.site_record import Count, Uri
from sites.exchange.schemas.json_schema import about
from sites.models import Association, Department, Region, Site
from sites.models.lookup_tables import lookup_tables

# A list to choose from is that long at most.
MOST_CHOICES = 500
SITES = "PIMMS"

Embeddable = Site | Region | Department | Association | Wave | PressRelease

# Pixels. An embedded page stays whole from 280 on; it scrolls inside its frame where it is higher.
WIDTH = 600
HEIGHT = 560
LOWEST, HIGHEST = 200, 1200
PICTURE = (1200, 630)  # of a record, beside its page

ROUTES = ("site", "region", "department", "association", "wave", "release")  # of their pages


def find(route: str, **key: str) -> Embeddable | None:
    try:
        return public_record(route, **key)
    except Http404:
        return None


def record_at(path: str) -> Embeddable | None:
    """The record whose page stands, or once stood, at a path, in any case and with any slashes."""
    bare = re.sub("/+", "/", path).strip("/")
    for spelling in dict.fromkeys((bare, bare.lower())):
        try:
            match = route_at(f"/{spelling}/")
        except Resolver404:
            continue
        if match.view_name in ROUTES and (record := find(match.view_name, **match.kwargs)):
            return record
    return None


def path_at(address: str) -> str | None:
    """The path of a web address of this site, none of another's. Raises ValueError for what is no web address."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(address)
    return parts.path if parts.netloc.lower() == urlsplit(settings.PUBLIC_ORIGIN).netloc else None


def embedded_path(record: Embeddable) -> str:
    """Where its embedded page stands: under the page that builds them, at the path of its full page."""
    return reverse("embed").rstrip("/") + record.get_absolute_url()


def title_of(record: Embeddable) -> str:
    match record:
        case Site():
            return f"{record.name}, {record.place_name} ({record.department.code})"
        case Wave():
            return _("%(wave)s\u00a0: les PIMMS labellisés France Services") % {"wave": record.name}
        case Association():
            return _("%(association)s\u00a0: ses sites labellisés") % {"association": record.name}
        case PressRelease():
            return _("Communiqué du %(date)s : %(title)s") % {
                "date": french_date(record.published_on),
                "title": record.title,
            }
        case _other:
            return _("PIMMS labellisés\u00a0: %(territory)s") % {"territory": str(record)}


Choices = tuple[str, list[tuple[str, str]]]  # the name of a kind, and the path and name of each record


@memo_by_revision(maxsize=1)
def choices() -> list[Choices]:
    """All that can be embedded, by kind; no sites where they are too many to choose from. One query a kind."""
    groups: list[tuple[str, Any]] = [
        (_("Régions"), Region.objects.all()),
        (_("Départements"), Department.objects.all()),
        (_("Vagues"), Wave.objects.public()),
        (_("Communiqués"), PressRelease.objects.public()),
        (_("Associations"), Association.objects.public()),
    ]
    if lookup_tables().public_sites <= MOST_CHOICES:
        groups.append((SITES, Site.objects.public().only("slug", "name")))
    return [(label, [(record.get_absolute_url(), str(record)) for record in records]) for label, records in groups]


def choices_with(record: Embeddable | None) -> list[Choices]:
    """The same, and the record that was chosen by the address of its page."""
    offered = choices()
    if isinstance(record, Site) and offered[-1][0] != SITES:
        return [*offered, (SITES, [(record.get_absolute_url(), str(record))])]
    return offered


def code(record: Embeddable, root: str, height: int, max_width: int | None = None) -> str:
    """What other sites paste: a frame as wide as its place, or as ``max_width`` at most.

    The attribute ``width`` speaks where a policy of theirs ignores styles; the link, in readers that drop frames
    and keep what they hold (a checker of HTML objects to it: there, a frame should hold nothing). No sandbox: it
    would keep links from opening in the whole window, and there is no script to hold back.
    """
    context = {
        "framed": root + embedded_path(record),
        "page": root + record.get_absolute_url(),
        "title": title_of(record),
        "width": max_width or WIDTH,
        "height": height,
        "limited": max_width is not None,
    }
    return str(render_to_string("sites/exchange/_embed_code.html", context)).strip()


# What oEmbed 1.0 answers.
class OEmbed(TypedDict):
    version: Literal["1.0"]
    type: Literal["rich"]
    title: str
    provider_name: str
    provider_url: Uri
    html: Annotated[str, about(gettext_noop("Le cadre à insérer."))]
    width: Count
    height: Count
    thumbnail_url: NotRequired[Uri]  # where it fits in what was asked for
    thumbnail_width: NotRequired[Count]
    thumbnail_height: NotRequired[Count]


def oembed(record: Embeddable, root: str, max_width: int | None, max_height: int | None) -> OEmbed:
    """The same code, within the limits of who asks."""
    width, height = min(WIDTH, max_width or WIDTH), min(HEIGHT, max_height or HEIGHT)
    found: OEmbed = {
        "version": "1.0",
        "type": "rich",
        "title": title_of(record),
        "provider_name": settings.SITE_NAME,
        "provider_url": f"{root}/",
        "html": code(record, root, height, width if max_width else None),
        "width": width,
        "height": height,
    }
    across, down = PICTURE
    if (max_width or across) >= across and (max_height or down) >= down:
        address = root + address_beside(record, ".png")
        found |= {"thumbnail_url": address, "thumbnail_width": across, "thumbnail_height": down}
    return found
