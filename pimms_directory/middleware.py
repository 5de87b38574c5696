from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.log import log_response

from pimms_directory.base.memo import REVISION, reading
from pimms_directory.base.version import version
from pimms_directory.serving.page_cache import AWAY, BUSY
from pimms_directory.serving.revision_watch import shared
from pimms_directory.views import unavailable

Handler = Callable[[HttpRequest], HttpResponse]

# A page that needs none of these features declares that nothing on it may use them;
# geolocation stays with our own pages, for "around me".
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=({'self' if feature == 'geolocation' else ''})"
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "publickey-credentials-get",
        "screen-wake-lock",
        "sync-xhr",
        "usb",
        "xr-spatial-tracking",
    )
)


class HealthMiddleware:
    """Answers ``/healthz`` (the process runs), ``/readyz`` (the database answers) and ``/metrics``.

    It stands first, before the host check and the redirect to HTTPS, because probes come over plain
    HTTP with whatever Host header they like.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return self.healthy()
        if request.path_info == "/readyz":
            return self.ready(request)
        if request.path_info == "/metrics" and settings.METRICS_TOKEN:
            from pimms_directory.serving import metrics

            return metrics.answer(request) or self.get_response(request)
        return self.get_response(request)

    @staticmethod
    def healthy() -> HttpResponse:
        """Asks the database nothing: the revision is the one that the page cache saw last."""
        state = {"status": "ok", "version": version(), "revision": shared.last}
        return JsonResponse(state, headers={"Cache-Control": "no-store"})

    def ready(self, request: HttpRequest) -> HttpResponse:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError as error:
            response = self.plain("database does not answer", 503)
            log_response("Database does not answer: %s", error, response=response, request=request)
            return response
        return self.plain("ok", 200)

    @staticmethod
    def plain(text: str, status: int) -> HttpResponse:
        return HttpResponse(
            f"{text}\n", status=status, content_type="text/plain", headers={"Cache-Control": "no-store"}
        )


class PermissionsPolicyMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


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


class PublicPagesMiddleware:
    """Public pages neither read nor set a cookie, and write nothing that a forged form could ask for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(f"/{settings.ADMIN_PATH}"):
            request.META.pop("HTTP_COOKIE", None)
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
            # The page cache knows that the database does not answer, or that too many wait, and has no page to give.
            if AWAY in request.META or BUSY in request.META:
                response = unavailable(request)
                response._has_been_logged = True  # type: ignore[attr-defined]  # once for all pages, by the watch
                return response
            with reading(request.META.get(REVISION)):
                return self.get_response(request)
        return self.get_response(request)
