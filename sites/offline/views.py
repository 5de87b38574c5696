"""The page that offers the copy, the copy itself, and the script that answers from it where there is no network."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.text import capfirst
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from sites.hours.opening_hours import DAY_NAMES
from sites.offline.kept_copy import kept_copy, version

COMPACT = {"ensure_ascii": False, "separators": (",", ":")}


class KeepOffline(TemplateView):
    template_name = "sites/offline/keep_offline.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        days = [capfirst(name) for name in DAY_NAMES]
        return super().get_context_data(version=version(), days=days, **kwargs)


@require_safe
def copy(request: HttpRequest) -> JsonResponse:
    return JsonResponse(kept_copy(), json_dumps_params=COMPACT)


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, not among the static files: a browser lets it answer for addresses below its own only."""
    script = (settings.BASE_DIR / "static" / "service-worker.js").read_bytes()
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})
