import sys
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from labels.models import PressRelease, Wave
from pimms_directory.editing.publishing.publication import Withdrawn
from pimms_directory.serving.page_cache import AWAY, BUSY, Address
from pimms_directory.staff.models import LoginEvent
from sites.models import Association, Region, Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.deleted_pages import is_deleted_page
from sites.search.needs import OFTEN_ASKED

# With more sites than this, the plan of the pages leads to them by the pages of territories.
MOST_LINKS = 500
DAY = 24 * 60 * 60
ICON_SIZES = (192, 512)

# Django's own error views look at the CSRF cookie, and may set another.


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, Withdrawn) or (request.resolver_match and is_deleted_page(request.path_info)):
        return render(request, "410.html", status=410)
    return HttpResponse(nowhere(translation.get_language()), status=404)


@lru_cache(maxsize=16)
def nowhere(language: str | None) -> bytes:
    """The same page for all addresses that lead nowhere, of which anyone can invent a thousand a second.

    It shows no data, and has no address of its own.
    """
    request = WSGIRequest(Address("/", "").environ())
    return loader.render_to_string("404.html", request=request).encode()


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Without the request's context: it may name a host that is not ours."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    limits = {
        "megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1_000_000,
        "fields": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
    }
    page = loader.render_to_string("400.html", {"too_large": too_large, **limits})
    return HttpResponse(page, status=413 if too_large else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Only the admin has pages that are not for all."""
    LoginEvent.objects.record(LoginEvent.Kind.REFUSED, request, request.user.get_username())
    page = loader.render_to_string("403.html", {"account": request.user.get_username()})
    return HttpResponse(page, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request's context, which may be what failed."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        request.META[AWAY] = True
        return unavailable(request)
    return HttpResponse(loader.render_to_string("500.html"), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """While the database does not answer, or too many ask for pages that nobody has made yet."""
    headers = {"Retry-After": "5", "Cache-Control": "no-store"}
    page = loader.render_to_string("503.html", {"busy": BUSY in request.META})
    return HttpResponse(page, status=503, headers=headers)


class Home(TemplateView):
    template_name = "home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tables = lookup_tables()
        regions = tables.regions.values()
        return super().get_context_data(
            regions=[region for region in regions if region.site_count],
            regions_without=[region for region in regions if not region.site_count],
            waves=list(tables.waves.values()),
            needs=OFTEN_ASKED,
            **kwargs,
        )


class About(TemplateView):
    template_name = "about.html"


class Accessibility(TemplateView):
    template_name = "accessibility.html"


class LegalNotice(TemplateView):
    template_name = "legal_notice.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(production=settings.PRODUCTION, **kwargs)


class SiteMap(TemplateView):
    template_name = "site_map.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        whole = lookup_tables().public_sites <= MOST_LINKS
        sites = Prefetch("sites", Site.objects.public().only("slug", "name", "association"), to_attr="public_sites")
        associations = Association.objects.public()
        return super().get_context_data(
            regions=Region.objects.all(),
            waves=Wave.objects.public(),
            releases=PressRelease.objects.public(),
            associations=associations.prefetch_related(sites) if whole else associations,
            whole=whole,
            **kwargs,
        )


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
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_SHORT_NAME,
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
