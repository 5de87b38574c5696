from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """What every template may say about the publisher; see ``SITE`` in settings."""
    return {"publisher": settings.SITE}
