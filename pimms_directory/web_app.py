"""What makes the directory an application on a phone: its icons and its manifest."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

DAY = 24 * 60 * 60
ICON_SIZES = (192, 512)


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
