"""A form as it was posted, kept to be opened again: filled, and not saved before somebody sends it once more.

Kept so are a change in preparation (``models.KeptChange``) and what was typed while a session ended
(``staff/typed_forms.py``). A view that draws a form asks ``reopened()`` for what to fill it with.
"""

import re

from django.http import HttpRequest, QueryDict

# Secrets, and the mark of who a form was drawn for.
NEVER_KEPT = re.compile("password|csrfmiddlewaretoken|^_typed_by$", re.IGNORECASE)


def packed(posted: QueryDict, *left_out: str) -> str:
    kept = QueryDict(mutable=True)
    for name, values in posted.lists():
        if name not in left_out and not NEVER_KEPT.search(name):
            kept.setlist(name, values)
    return kept.urlencode()


def unpacked(text: str) -> QueryDict:
    return QueryDict(text, mutable=True)


def reopen(request: HttpRequest, posted: QueryDict) -> None:
    request.reopened = posted  # type: ignore[attr-defined]


def reopened(request: HttpRequest) -> QueryDict | None:
    """What the form of this page is to be filled with, if it was kept."""
    return getattr(request, "reopened", None)


def put_in_place(request: HttpRequest, posted: QueryDict) -> None:
    """From here on, the request reads as if this had been posted."""
    request.method = "POST"
    request._files = request.FILES  # type: ignore[attr-defined]  # asked for later, they would bring back the own body
    request.POST = posted  # type: ignore[assignment]
