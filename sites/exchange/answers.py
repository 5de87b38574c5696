"""Answers for machines: streamed, with validators."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.contrib.admin.models import LogEntry
from django.db.models import Max
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date

from pimms_directory.base.memo import memo_by_revision
from sites.exchange.formats import json_text
from sites.models import Site

# A new version of the code may write the same records differently.
STARTED = timezone.now()
IN_MEMORY = 128 * 1024  # bytes of an answer; a longer one waits in a temporary file
PIECE = 64 * 1024  # bytes sent at a time, enough to compress well
MAX_AGE = 300  # seconds during which nobody needs to ask again: staff see their edits published within minutes
JSON = "application/json"


def origin_of(request: HttpRequest) -> str:
    """Before the paths of our addresses: ``https://annuaire.example``."""
    return request.build_absolute_uri("/")[:-1]


def last_modified() -> datetime:
    """When what this process publishes last changed: a site, or anything else that the admin logs."""
    edits = LogEntry.objects.filter(content_type__app_label__in=("labels", "directory"))
    edited = edits.aggregate(last=Max("action_time"))["last"]
    return max(each for each in (STARTED, edited, last_change_of_a_site()) if each)


@memo_by_revision(maxsize=1)
def last_change_of_a_site() -> datetime | None:
    return Site.objects.aggregate(last=Max("modified_at"))["last"]


def answer(
    request: HttpRequest,
    write: Callable[[IO[bytes]], object],
    content_type: str,
    name: str = "",
    *,
    attach: bool = False,
) -> HttpResponseBase:
    """Streams what ``write`` puts into a file, with validators: 304 to whoever has it already.

    It is written before it is sent: its hash is its ETag, an error is a 500 and not half a file, and a slow reader
    holds no database cursor. ``name`` gets the date of the day before its suffix.
    """
    file, etag = written(write)
    response: Any = FileResponse(file, as_attachment=attach, filename=dated(name), content_type=content_type)
    # Else Django lets the server send the file by itself, and gives it the close() of the answer, which ends a request.
    # A file that nobody closed is closed as garbage, in whichever thread is at work: perhaps one that saves an edit.
    response.file_to_stream = None
    response.block_size = PIECE
    modified = int(last_modified().timestamp())
    response.headers["ETag"], response.headers["Last-Modified"] = etag, http_date(modified)
    patch_cache_control(response, public=True, max_age=MAX_AGE)
    conditional: Any = get_conditional_response(request, etag, modified, response)
    if conditional is not response:
        file.close()  # the response itself must not be closed: that would end the request
    return conditional


def written(write: Callable[[IO[bytes]], object]) -> tuple[IO[bytes], str]:
    """The file, ready to be read from its beginning, and its ETag."""
    file: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed with the answer)
    try:
        write(file)
        file.seek(0)
        etag = f'"{hashlib.file_digest(file, "sha256").hexdigest()[:32]}"'
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, etag


def dated(name: str) -> str:
    """``pimms.csv`` → ``pimms-2026-01-31.csv``"""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{timezone.localdate():%Y-%m-%d}{dot}{suffix}" if name else ""


def answer_json(request: HttpRequest, value: Any, content_type: str = JSON) -> HttpResponseBase:
    text = json_text(value, indent=1)
    return answer(request, lambda file: file.write(f"{text}\n".encode()), content_type)
