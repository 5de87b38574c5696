"""The outermost WSGI layer: each request gets an id, that its answer and every line of the log carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from random import getrandbits
from typing import Any

from django.conf import settings

from pimms_directory.base.logs import request_id

Application = Callable[..., Iterable[bytes]]

SANE = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


class RequestIds:
    def __init__(self, application: Application) -> None:
        self.application = application
        # Only a proxy of ours may choose the id: from others it could carry anything.
        self.proxied = bool(settings.SECURE_PROXY_SSL_HEADER)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = environ.get("HTTP_X_REQUEST_ID", "") if self.proxied else ""
        # No secret: it only has to be another one each time, also in another process.
        number = sent if sent and SANE.fullmatch(sent) else f"{getrandbits(64):016x}"
        request_id.set(number)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, ("X-Request-ID", number)], exc_info)

        return self.application(environ, start)
