import re
from collections.abc import Callable
from functools import cache
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
    JsonResponse,
)
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.log import log_response

from pimms_directory.base import revision
from pimms_directory.base.addresses import (
    HEALTH,
    METRICS,
    READY,
    address_of_page,
    is_elsewhere,
    moved_to,
    other_spellings,
)
from pimms_directory.base.languages import language_of
from pimms_directory.base.memo import REVISION, reading
from pimms_directory.base.version import version
from pimms_directory.query_parameters import NEVER_KEPT
from pimms_directory.serving.page_cache import AWAY, BUSY
from pimms_directory.serving.revision_probe import revision_probe
from pimms_directory.views import unavailable
from sites.exchange.problems import is_data, make_fit_for_programs, preflight

Handler = Callable[[HttpRequest], HttpResponse]

PERSONAL = re.compile("private|no-store|no-cache")  # in Cache-Control


class HealthMiddleware:
    """Answers ``/healthz`` (the process runs), ``/readyz`` (the database answers, migrated) and ``/metrics``.

    It stands before the host check and the redirect to HTTPS, because probes come over plain
    HTTP with whatever Host header they like.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in (HEALTH, READY) and request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if request.path_info == HEALTH:
            return self.healthy()
        if request.path_info == READY:
            return self.ready(request)
        if request.path_info == METRICS and settings.METRICS_TOKEN:
            from pimms_directory import backups
            from pimms_directory.serving import metrics

            newest = backups.newest(settings.BACKUP_DIR)
            last_backup = newest.stat().st_mtime if newest else None
            return metrics.answer(request, last_backup) or self.get_response(request)
        return self.get_response(request)

    @staticmethod
    def healthy() -> HttpResponse:
        """Asks the database nothing: the revision is the one that the page cache saw last."""
        state = {"status": "ok", "version": version(), "revision": revision_probe.number}
        return JsonResponse(state, headers={"Cache-Control": "no-store"})

    def ready(self, request: HttpRequest) -> HttpResponse:
        try:
            missing = missing_migrations()
        except DatabaseError as error:
            response = self.plain("database does not answer", 503)
            log_response("Database does not answer: %s", error, response=response, request=request)
            return response
        if missing:
            return self.plain(f"migrations are missing: {', '.join(missing)}", 503)
        return self.plain("ok", 200)

    @staticmethod
    def plain(text: str, status: int) -> HttpResponse:
        return HttpResponse(
            f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
        )


class PublicOriginMiddleware:
    """Sends on to the public address whoever came by another name of the server, or without encryption."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_elsewhere(request.scheme or "http", request.get_host()):
            return self.get_response(request)
        if is_data(request.path_info) and request.method == "OPTIONS":
            return preflight()  # which browsers do not let redirect
        address = settings.PUBLIC_ORIGIN + request.get_full_path()
        moved = HttpResponsePermanentRedirect(address, preserve_request=request.method not in ("GET", "HEAD"))
        if is_data(request.path_info):
            make_fit_for_programs(moved)
        return moved


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """Admits the host of the map background on the pages that carry a detailed map, and on no other.

    ``sites/templatetags/maps.py`` notes that host on the request while it renders such a map.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if source := getattr(request, "tile_source", ""):
            parts.update = {**(parts.update or {}), "img-src": [source]}
        return parts


class LanguageMiddleware:
    """A page speaks the language of its address, whatever a browser or a cookie asks for: it is kept for all."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request.path_info).code):
            return self.get_response(request)


class PublicPagesMiddleware:
    """Public pages neither read nor set a cookie, and say for how long others may keep them.

    Data addresses answer programs of any origin, errors included.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_public(request):
            return unavailable(request) if BUSY in request.META else self.get_response(request)
        if not is_data(request.path_info):
            return self.public_answer(request)
        if request.method == "OPTIONS":
            return preflight()
        response = self.public_answer(request)
        make_fit_for_programs(response)
        return response

    def public_answer(self, request: HttpRequest) -> HttpResponse:
        request.META.pop("HTTP_COOKIE", None)
        # The page cache knows that the database does not answer, or that too many wait, and has no page to give.
        if AWAY in request.META or BUSY in request.META:
            response = unavailable(request)
            response._has_been_logged = True  # type: ignore[attr-defined]  # once for all pages, by the probe
            return response
        if REVISION in request.META:
            response = self.answer_page_cache(request)
        else:
            with reading():
                response = self.get_response(request)
        if NEVER_KEPT & request.GET.keys():
            response.headers["Cache-Control"] = "private, no-store"
        else:
            share(response)
        return response

    def answer_page_cache(self, request: HttpRequest) -> HttpResponse:
        """Notes the revision that the page was made from, if it is still the same afterwards.

        If not, the page may show one table as before the change and the next as after it.
        """
        before = revision.read(connection)
        with reading(before):
            response = self.get_response(request)
        if revision.read(connection) == before:
            request.META[REVISION] = before
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Before anybody looks for the token of a form: a page that takes no forms says so (405)."""
        method, page = (request.method or "").lower(), getattr(view, "view_class", None)
        if method in ("get", "head", "options") or not is_public(request) or hasattr(page, method):
            return None
        return view(request, *args, **kwargs) if page else HttpResponseNotAllowed(["GET", "HEAD"])


class CanonicalAddressMiddleware:
    """Answers 301 instead of 404 where another case or other slashes give the address of a page.

    Takes the place of ``APPEND_SLASH``, which also redirects to pages that do not exist.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and request.method in ("GET", "HEAD"):
            for match in other_spellings(request.path_info):
                if address := address_of_page(request, match):
                    return moved_to(request, address)
        return response


def missing_migrations() -> list[str]:
    """The first of each application that the database lacks: one look at a small table.

    More than the code knows is no fault: while an upgrade goes on, the version before serves on the new database.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    missing = sorted(known_migrations() - applied.keys(), reverse=True)
    return [f"{app}.{name}" for app, name in sorted(dict(missing).items())]


@cache
def known_migrations() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def is_public(request: HttpRequest) -> bool:
    return not request.path_info.startswith(f"/{settings.ADMIN_PATH}")


def share(response: HttpResponse) -> None:
    """A CDN may answer in our place, for a day when we cannot; browsers ask each time unless the view says more.

    Not with what is for one reader alone, nor with an error.
    """
    control = response.headers.get("Cache-Control", "")
    varies = response.headers.get("Vary", "Accept-Encoding") != "Accept-Encoding"
    if response.status_code != 200 or response.cookies or varies or PERSONAL.search(control):
        return
    keep = settings.CDN_SECONDS
    stale = {"stale_while_revalidate": keep, "stale_if_error": 86400} if keep else {}
    age = {} if "max-age" in control else {"max_age": 0}
    patch_cache_control(response, public=True, **age, s_maxage=keep, **stale)
