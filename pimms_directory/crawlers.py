"""What crawlers and security researchers look for at fixed addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import IO
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.paginator import InvalidPage, Paginator
from django.core.validators import URLValidator, validate_email
from django.db.models import Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labels.models import PressRelease, Wave
from sites.exchange.export_views import answer, root_of
from sites.models import Association, Department, Region, Site
from sites.models.site_display import site_address

# Pages that show records, and pages that do not: of these, no date of a change is known.
OF_RECORDS = (
    *("home", "site-list", "region-list", "department-list", "association-list", "wave-list", "release-list"),
    *("site-map", "embed"),
)
OF_TEXT = ("about", "accessibility", "data", "legal-notice")
# The protocol (https://www.sitemaps.org/protocol.html) takes 50,000 pages in a file: there are some that show no site.
MOST_SITES = 45_000
NAMESPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
SECURITY_TXT_LIFETIME = timedelta(days=180)  # RFC 9116: less than a year
PLAIN_TEXT = "text/plain; charset=utf-8"
DAY = 24 * 60 * 60
ICON_SIZES = (192, 512)


SITES = Site.objects.public().order_by("slug")
OF_SITES = Max("sites__modified_at", filter=Q(sites__is_public=True))
OF_SITES_INSIDE = Max("departments__sites__modified_at", filter=Q(departments__sites__is_public=True))
REGIONS = Region.objects.annotate(modified_at=OF_SITES_INSIDE).order_by("slug")
DEPARTMENTS = Department.objects.annotate(modified_at=OF_SITES).order_by("code")
ASSOCIATIONS = Association.objects.public().annotate(modified_at=OF_SITES).order_by("slug")
WAVES = Wave.objects.public().annotate(modified_at=OF_SITES).order_by("code")
RELEASES = PressRelease.objects.public().order_by("slug")

Dated = tuple[str, datetime | None]  # the address of a page, and when what it shows last changed


def fixed_pages() -> Iterator[Dated]:
    newest = Site.objects.public().aggregate(newest=Max("modified_at"))["newest"]
    yield from ((reverse(name), newest) for name in OF_RECORDS)
    yield from ((reverse(name), None) for name in OF_TEXT)


def pages_of_sites(sites: QuerySet[Site]) -> Iterator[Dated]:
    values = sites.values_list("slug", "modified_at").iterator(chunk_size=1000)
    return ((site_address(slug), modified_at) for slug, modified_at in values)


def pages_of_others() -> Iterator[Dated]:
    for records in (REGIONS, DEPARTMENTS, ASSOCIATIONS, WAVES, RELEASES):
        for record in records.all():
            yield record.get_absolute_url(), getattr(record, "modified_at", None)


@require_safe
def sitemap(request: HttpRequest) -> HttpResponseBase:
    """All public pages; the list of its parts where there are too many of them for one file."""
    parts = Paginator(SITES, MOST_SITES)
    try:
        part = parts.page(request.GET.get("p", 1))
    except InvalidPage as error:
        raise Http404 from error
    if parts.num_pages > 1 and "p" not in request.GET:
        elements = ("sitemapindex", "sitemap")
        pages: Iterable[Dated] = ((f"{request.path}?p={number}", None) for number in parts.page_range)
    else:
        elements = ("urlset", "url")
        pages = pages_of_sites(part.object_list)  # type: ignore[arg-type]
        if part.number == 1:
            pages = chain(fixed_pages(), pages, pages_of_others())
    response = answer(request, lambda file: write_sitemap(file, elements, pages, root_of(request)), "application/xml")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def write_sitemap(file: IO[bytes], elements: tuple[str, str], pages: Iterable[Dated], root: str) -> None:
    whole, each = elements
    file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<{whole} {NAMESPACES}>\n'.encode())
    for address, changed in pages:
        day = f"<lastmod>{timezone.localtime(changed).date()}</lastmod>" if changed else ""
        file.write(f"<{each}><loc>{escape(root + address)}</loc>{day}</{each}>".encode())
    file.write(f"\n</{whole}>\n".encode())


@require_safe
def robots_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9309. The list itself and its downloads are welcome, its countless filtered views are not.

    The usual address of the admin is no secret. Another one was chosen not to be found: this page, the first that
    scanners read, does not tell it, and the pages there say “noindex” themselves.
    """
    lines = (
        "User-agent: *",
        *(["Disallow: /admin/"] if settings.ADMIN_PATH == "admin/" else []),
        "Disallow: /pimms/?*",
        "Disallow: /communes.json?*",
        "Disallow: /integrer/?*",
        "Allow: /",
        "",
        f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}",
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
        f"Canonical: https://{request.get_host()}{reverse('security-txt')}",  # the RFC demands https
    )
    return HttpResponse("\n".join(lines) + "\n", content_type=PLAIN_TEXT)


@require_safe
def icon(request: HttpRequest, name: str, content_type: str) -> HttpResponse:
    """An icon that browsers ask for at the root, whatever the page says. Not by its hashed name: kept for a day."""
    response = HttpResponse((settings.BASE_DIR / "static" / name).read_bytes(), content_type=content_type)
    patch_cache_control(response, public=True, max_age=DAY)
    return response


@require_safe
def web_manifest(request: HttpRequest) -> JsonResponse:
    """https://www.w3.org/TR/appmanifest/: what a phone needs to put the directory among its applications."""
    icons = [
        {"src": static(f"{name}-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, purpose in (("icon", "any"), ("icon-maskable", "maskable"))
        for size in ICON_SIZES
    ]
    manifest = {
        "id": reverse("home"),
        "name": _("PIMMS France Services"),
        "short_name": _("PIMMS"),
        "description": _("L’annuaire des PIMMS labellisés France Services."),
        "lang": "fr",
        "dir": "ltr",
        "start_url": reverse("home"),
        "scope": reverse("home"),
        "display": "minimal-ui",  # with a way back: pages link to other sites
        "theme_color": "#0f4c4a",
        "background_color": "#faf6ef",
        "icons": icons,
    }
    response = JsonResponse(
        manifest, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    patch_cache_control(response, public=True, max_age=DAY)
    return response
