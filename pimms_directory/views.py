import sys
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views.generic import TemplateView

from labels.models import PressRelease, Wave
from pimms_directory.editing.publication import Withdrawn
from pimms_directory.serving.page_cache import AWAY, BUSY, Address, environ_of
from sites.models import Association, Region, Site
from sites.models.lookup_tables import lookup_tables

# With more sites than this, the plan of the pages leads to them by the pages of territories.
MOST_LINKS = 500

# Django's own error views look at the CSRF cookie, and may set another.


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, Withdrawn):
        return render(request, "410.html", status=410)
    return HttpResponse(nowhere(request.scheme or "http", request.get_host()), status=404)


@lru_cache(maxsize=8)
def nowhere(scheme: str, host: str) -> bytes:
    """The same page for all addresses that lead nowhere, of which anyone can invent a thousand a second.

    It shows no data, and has no address of its own.
    """
    request = WSGIRequest(environ_of(Address(scheme, host, "/", "")))
    return loader.render_to_string("404.html", request=request).encode()


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
            site_count=sum(region.site_count for region in regions),
            regions=[region for region in regions if region.site_count],
            regions_without=[region for region in regions if not region.site_count],
            department_count=sum(each.site_count > 0 for each in tables.departments.values()),
            waves=list(tables.waves.values()),
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
        return super().get_context_data(
            regions=Region.objects.prefetch_related("departments"),
            waves=Wave.objects.public(),
            releases=PressRelease.objects.public(),
            associations=Association.objects.public(),
            sites=Site.objects.public().only("slug", "name") if lookup_tables().public_sites <= MOST_LINKS else None,
            **kwargs,
        )
