"""Answers for machines: streamed, with a validator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control

from sites.exchange.downloads.formats import json_text
from sites.exchange.licence import Description, link_header

IN_MEMORY = 128 * 1024  # bytes of an answer; a longer one waits in a temporary file
PIECE = 64 * 1024  # bytes sent at a time, enough to compress well
MAX_AGE = 300  # seconds during which nobody needs to ask again: staff see their edits published within minutes
JSON = "application/json"
CSV = "text/csv; charset=utf-8; header=present"


def answer(
    request: HttpRequest,
    write: Callable[[IO[bytes]], object],
    content_type: str,
    name: str = "",
    *,
    attach: bool = False,
    described_by: Description = "",
) -> HttpResponseBase:
    """Streams what ``write`` puts into a file, with a validator: 304 to whoever has it already.

    No date says when an answer last changed: what was withdrawn or deleted left none, and our code has its part. Its
    hash does, the same on every server: its ETag. It is written before it is sent: an error is a 500 and not half a
    file, and a slow reader holds no database cursor.
    """
    file, etag = written(write)
    response: Any = FileResponse(file, as_attachment=attach, filename=name, content_type=content_type)
    # Else Django lets the server send the file by itself, and gives it the close() of the answer, which ends a request.
    # A file that nobody closed is closed as garbage, in whichever thread is at work: perhaps one that saves an edit.
    response.file_to_stream = None
    response.block_size = PIECE
    response.headers["ETag"] = etag
    response.headers["Link"] = link_header(described_by)
    patch_cache_control(response, public=True, max_age=MAX_AGE)
    conditional: Any = get_conditional_response(request, etag, response=response)
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


def answer_json(
    request: HttpRequest, value: Any, content_type: str = JSON, *, described_by: Description = ""
) -> HttpResponseBase:
    text = json_text(value, indent=1)
    return answer(request, lambda file: file.write(f"{text}\n".encode()), content_type, described_by=described_by)
