"""What crawlers and security researchers look for at fixed addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from labels.models import PressRelease, Wave
from pimms_directory.base.addresses import route_at
from pimms_directory.base.languages import FRENCH, Language, offered, path_in
from pimms_directory.base.templatetags.languages import TRANSLATED
from sites.exchange.answers import MAX_AGE
from sites.models import Association, Department, Region, Site
from sites.models.site_display import site_address
from sites.versions.models import DirectoryVersion

# Pages that show records, and pages that do not: of these, no date of a change is known.
OF_RECORDS = (
    *("home", "site-list", "region-list", "department-list", "association-list", "wave-list", "release-list"),
    *("site-map", "embed", "press", "version-list"),
)
OF_TEXT = ("help", "about", "accessibility", "data", "legal-notice", "offline")
SECURITY_TXT_LIFETIME = timedelta(days=180)  # RFC 9116: less than a year
PLAIN_TEXT = "text/plain; charset=utf-8"

Dated = tuple[str, datetime | None]  # the address of a page, and when what it shows last changed

XML = "application/xml; charset=utf-8"


class PublicPages(Sitemap):
    """All public pages, in parts of 50,000; each that is translated stands there in every language."""

    def __init__(self) -> None:
        self.pages = [(path_in(each, path), date) for path, date in public_pages() for each in languages_of(path)]

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.PUBLIC_ORIGIN).netloc

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.PUBLIC_ORIGIN).scheme

    def items(self) -> list[Dated]:
        return self.pages

    def location(self, item: Dated) -> str:
        return item[0]

    def lastmod(self, item: Dated) -> datetime | None:
        return item[1]

    def get_urls(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """With the addresses of the same page in other languages (https://developers.google.com/search/docs/specialty/
        international/localized-versions)."""
        urls = super().get_urls(*args, **kwargs)
        for url in urls:
            path = url["item"][0]
            origin, languages = url["location"].removesuffix(path), languages_of(path)
            named = [*((each.tag, each) for each in languages), ("x-default", FRENCH)] if len(languages) > 1 else []
            url["alternates"] = [{"lang_code": tag, "location": origin + path_in(each, path)} for tag, each in named]
        return urls


@lru_cache(maxsize=8192)  # asked twice for each language
def is_translated(path: str) -> bool:
    return route_at(path).view_name in TRANSLATED


def languages_of(path: str) -> list[Language]:
    return offered() if is_translated(path_in(FRENCH, path)) else [FRENCH]


def public_pages() -> Iterator[Dated]:
    """The list and what counts it are as old as its newest version, which knows of withdrawals too.

    What a territory, an association or a wave has lost leaves no date: their pages have none.
    """
    versions = list(DirectoryVersion.objects.only("day", "kept_at"))
    newest = versions[0].kept_at if versions else None
    yield from ((reverse(name), newest) for name in OF_RECORDS)
    yield from ((reverse(name), None) for name in OF_TEXT)
    for slug, modified_at in Site.objects.public().order_by("slug").values_list("slug", "modified_at"):
        yield site_address(slug), modified_at
    others: tuple[QuerySet[Any], ...] = (
        Region.objects.order_by("slug"),
        Department.objects.order_by("code"),
        Association.objects.public().order_by("slug"),
        Wave.objects.public().order_by("code"),
        PressRelease.objects.public().order_by("slug"),
    )
    for records in others:
        yield from ((record.get_absolute_url(), None) for record in records)
    for release in PressRelease.objects.public().order_by("slug"):
        yield reverse("release-comparison", args=[release.slug]), None
    yield from ((version.get_absolute_url(), version.kept_at) for version in versions)


@require_safe
@cache_control(public=True, max_age=MAX_AGE)
def sitemap(request: HttpRequest) -> HttpResponseBase:
    """All public pages; the list of its parts where there are too many of them for one file."""
    pages = PublicPages()
    if "p" in request.GET or pages.paginator.num_pages == 1:
        response = views.sitemap(request, {"pages": pages}, content_type=XML)
        response.headers.pop("Last-Modified", None)  # that of the newest page says nothing of one that went
        return response
    parts = [{"location": f"{settings.PUBLIC_ORIGIN}{request.path}?p={n}"} for n in pages.paginator.page_range]
    return TemplateResponse(request, "sitemap_index.xml", {"sitemaps": parts}, content_type=XML)


@require_safe
def robots_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9309. The list itself and its downloads are welcome, its countless filtered views are not.

    The usual address of the admin is no secret. Another one was chosen not to be found: this page, the first that
    scanners read, does not tell it, and the pages there say “noindex” themselves.
    """
    lines = (
        "User-agent: *",
        *(["Disallow: /admin/"] if settings.ADMIN_PATH == "admin/" else []),
        *(f"Disallow: {path_in(each, path)}?*" for each in offered() for path in ("/pimms/", "/communes.json")),
        "Disallow: /hors-ligne.json",
        "Disallow: /integrer/?*",
        "Allow: /",
        "",
        f"Sitemap: {settings.PUBLIC_ORIGIN}{reverse('sitemap')}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN_TEXT)


def security_contact() -> str:
    """The contact of the publisher as a URI; empty for what RFC 9116 does not take, such as a name."""
    contact = settings.SITE["contact"]
    try:
        validate_email(contact)
    except ValidationError:
        try:
            URLValidator(schemes=["https"])(contact)
        except ValidationError:
            return ""
        return contact
    return f"mailto:{quote(contact, safe='@')}"


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    contact = security_contact()
    if not contact:
        raise Http404
    expires = timezone.now().astimezone(UTC) + SECURITY_TXT_LIFETIME
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: fr",
        f"Canonical: {settings.PUBLIC_ORIGIN}{reverse('security-txt')}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN_TEXT)
