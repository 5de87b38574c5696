"""Other spellings of our own addresses lead to the canonical one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve, reverse

from pimms_directory.base.redirects import moved_to

Handler = Callable[[HttpRequest], HttpResponse]


class CanonicalAddressMiddleware:
    """Answers 301 instead of 404 where another case or other slashes give the address of a page.

    Takes the place of ``APPEND_SLASH``, which also redirects to pages that do not exist.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and request.method in ("GET", "HEAD"):
            for match in spellings(request.path_info):
                if address := address_of_page(request, match):
                    return moved_to(request, address)
        return response


def spellings(path: str) -> Iterator[ResolverMatch]:
    """The routes of other ways to write a path: as typed, then in lower case, with and without a last slash."""
    bare = re.sub("/+", "/", path).strip("/")
    for spelling in dict.fromkeys((f"/{bare}/", f"/{bare}", f"/{bare.lower()}/", f"/{bare.lower()}")):
        if spelling != path:
            try:
                match = resolve(spelling)
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
