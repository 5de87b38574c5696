"""gunicorn's worker of threads, with what it lacks when clients are slow and when it is to end."""

import socket
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from gunicorn.http.errors import InvalidHeader
from gunicorn.workers.gthread import ThreadWorker

# Seconds until the last byte of a request's head and of its body has come: as in docs/deploy/nginx.conf.template.
LONGEST_HEAD, LONGEST_BODY = 10, 20


class Worker(ThreadWorker):
    """Hangs up on who does not finish a request: gunicorn would leave a thread to each for as long as they like.

    And listens no longer once it ends. gunicorn would keep the socket until its last answer is sent, and then drop who
    came meanwhile: a proxy asks for a page elsewhere, but sends no form twice.
    """

    sockets: list[socket.socket]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deadlines: dict[Any, float] = {}  # of the connections that a thread works for

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if self.alive or enabled:
            return
        listeners, self.sockets = self.sockets, []
        for listener in listeners:
            answered = -1
            while answered != self.nr_conns:  # who has come already is answered still
                answered = self.nr_conns
                self.accept(listener)
            listener.close()

    def handle(self, conn: Any) -> Any:
        self.deadlines[conn] = time.monotonic() + LONGEST_HEAD
        try:
            return super().handle(conn)
        finally:
            del self.deadlines[conn]

    def handle_request(self, req: Any, conn: Any) -> Any:
        self.deadlines[conn] = time.monotonic() + LONGEST_BODY
        name_host(req)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Called by gunicorn every second, in the thread that works for none of them."""
        super().murder_pending()
        now = time.monotonic()
        for conn, deadline in list(self.deadlines.items()):
            if deadline < now:
                with suppress(OSError):  # gone meanwhile
                    conn.sock.shutdown(socket.SHUT_RD)  # an answer on its way still arrives


def name_host(req: Any) -> None:
    """Whom a request is for (RFC 9112, 3.2): what an absolute target says, else Host, which HTTP/1.1 must have."""
    named = any(name == "HOST" for name, _value in req.headers)
    if not named and req.version >= (1, 1):
        raise InvalidHeader("HOST", req=req)
    if not req.uri.startswith("/") and (host := urlsplit(req.uri).netloc):
        req.headers = [("HOST", host), *(pair for pair in req.headers if pair[0] != "HOST")]
