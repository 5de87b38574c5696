"""How the server runs: ``gunicorn -c python:pimms_directory.gunicorn_conf pimms_directory.wsgi``."""

import gc
import os
import sys
from typing import Any

from gunicorn import glogging

from pimms_directory import env

bind = f"{env.text('HOST', '127.0.0.1')}:{env.integer('PORT', default=8000, minimum=1)}"
# Pages are short and mostly wait for the database: few processes, some threads each.
workers = env.integer("WEB_CONCURRENCY", default=2, minimum=1)
threads = env.integer("WEB_THREADS", default=4, minimum=1)
timeout = 30
graceful_timeout = 8  # container engines kill after ten seconds
keepalive = 5
# Loaded once, before the workers start: they share its memory, and a wrong setting is said once.
preload_app = True
# Heartbeat files must not wait for a disk, and a read-only root has no other place.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# Nothing talks to the control socket, which would lie in a home folder that a read-only root lacks.
control_socket_disable = True

# What people search for, where they stand and their addresses are nobody's business: no query string
# and no client address in the log.
accesslog = "-"
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


class Logger(glogging.Logger):
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setStream(sys.stdout)  # one place to look at

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        atoms = super().atoms(resp, req, environ, request_time)
        # As sent, still percent-encoded: a decoded line feed would forge a line of the log.
        atoms["U"] = environ.get("RAW_URI", "").partition("?")[0]
        return atoms

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        # gunicorn quotes the client's address and the line it sent.
        if msg.startswith("Invalid request from ip="):
            msg = "Invalid request"
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Error handling request"):
            args = tuple(str(argument).partition("?")[0] for argument in args)
        super().exception(msg, *args, **kwargs)


logger_class = Logger


def post_worker_init(worker: Any) -> None:
    """In each worker: threads do not survive a fork."""
    if start := getattr(worker.wsgi, "start", None):
        start()


def when_ready(server: Any) -> None:
    # What was loaded so far stays: workers share it, and none of them looks through it again for garbage.
    gc.collect()
    gc.freeze()
    if env.text("PIMMS_MODE", "") == "local":
        print(f"\n    http://{bind}/  (Ctrl+C to stop)\n", flush=True)
