from secrets import token_hex
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from pimms_directory.base.memo import current_revision


def site(request: HttpRequest) -> dict[str, Any]:
    """For every template: the publisher (``SITE`` in settings), the revision by which ``{% cache %}`` keeps parts, and
    where the site stands, such as https://annuaire.example."""
    return {"publisher": settings.SITE, "revision": revision, "origin": request.build_absolute_uri("/")[:-1]}


def revision() -> int | str:
    """The revision of the data; in a preview of staff something else each time, so that no part of it is kept."""
    return current_revision() or token_hex()
