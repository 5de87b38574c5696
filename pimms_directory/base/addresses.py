"""Our own addresses: those of probes, other spellings and former places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import translation

from pimms_directory.base.languages import language_of

# Asked every few seconds: answered before the routes are asked, and not in the access log.
HEALTH, READY, METRICS = PROBES = ("/healthz", "/readyz", "/metrics")


def is_elsewhere(scheme: str, host: str) -> bool:
    """Whether somebody came by another address than the public one, where that is set."""
    return settings.REDIRECT_TO_ORIGIN and f"{scheme}://{host}".lower() != settings.PUBLIC_ORIGIN


def moved_to(request: HttpRequest, address: str) -> HttpResponsePermanentRedirect:
    """To an address of our own, for good, with the query string that came along."""
    query = request.META.get("QUERY_STRING", "")
    moved = HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
    moved.headers["Cache-Control"] = "no-cache"  # a renaming can be undone: browsers ask again
    return moved


def route_at(path: str) -> ResolverMatch:
    """In whatever language its prefix names. Raises ``Resolver404``."""
    with translation.override(language_of(path).code):
        return resolve(path)


def other_spellings(path: str) -> Iterator[ResolverMatch]:
    """The routes of other ways to write a path: as typed, then in lower case, with and without a last slash."""
    bare = re.sub("/+", "/", path).strip("/")
    for spelling in dict.fromkeys((f"/{bare}/", f"/{bare}", f"/{bare.lower()}/", f"/{bare.lower()}")):
        if spelling != path:
            try:
                match = route_at(spelling)
            except Resolver404:
                continue
            if match.url_name:  # unlike the admin's own "page not found"
                yield match


def address_of_page(request: HttpRequest, match: ResolverMatch) -> str:
    """Where the page of a route stands, which may be elsewhere since a renaming; empty where there is none.

    Built from the route, never from the path that was typed: it cannot lead to another host.
    """
    address = reverse(match.view_name, args=match.args, kwargs=match.kwargs)
    if match.namespaces or not match.kwargs:  # the admin answers for itself
        return address
    try:
        response = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return ""
    if response.status_code == 301:
        return response.headers["Location"].partition("?")[0]
    return address if response.status_code in (200, 304) else ""
