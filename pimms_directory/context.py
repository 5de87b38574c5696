from secrets import token_hex
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from pimms_directory.base.memo import current_revision
from sites.pages.label_count import label_count


def site(request: HttpRequest) -> dict[str, Any]:
    """For every template: the publisher (``SITE`` in settings), the revision by which ``{% cache %}`` keeps parts,
    where it stands, such as https://annuaire.example, and, counted when first asked for, the labelled sites."""
    return {
        "publisher": settings.SITE,
        "revision": revision,
        "origin": settings.PUBLIC_ORIGIN,
        "label_count": SimpleLazyObject(label_count),
    }


def revision() -> str:
    """The revision of the data and the day, on which labels begin; in a preview of staff something else each time, so
    that no part of it is kept."""
    number = current_revision()
    return f"{number} {timezone.localdate()}" if number else token_hex()
