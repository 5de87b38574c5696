"""How gunicorn runs, which ``python -m pimms_directory.serving`` starts."""

import atexit
import gc
import os
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn import glogging

from pimms_directory.base import env, logs
from pimms_directory.base.addresses import PROBES
from pimms_directory.base.env import network, rules

os.environ.setdefault("PIMMS_SERVING", "true")  # before settings load, as in wsgi.py
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pimms_directory.settings")
env.gather()

bind = f"{network.listening_host('HOST')}:{env.integer('PORT', default=8000, minimum=1, maximum=65535)}"
# Pages are short and mostly wait for the database: few processes, some threads each.
workers = rules.web_processes()
threads = rules.web_threads()
worker_class = "pimms_directory.serving.worker.Worker"
timeout = 30
graceful_timeout = 8  # container engines kill after ten seconds
keepalive = 5
# Loaded once, before the workers start: they share its memory, and a wrong setting is said once.
preload_app = True
# Heartbeat files must not wait for a disk, and a read-only root has no other place.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# Nothing talks to the control socket, which would lie in a home folder that a read-only root lacks.
control_socket_disable = True

# gunicorn would believe these of any client on this machine. What a proxy says is for Django, where TRUST_PROXY is set.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

accesslog = "-"

# How many proxies of ours stand in front; each adds the address that it was asked from to X-Forwarded-For.
proxies = (
    env.integer("PROXY_COUNT", default=1, minimum=1)
    if env.boolean("TRUST_PROXY", default=env.text("PIMMS_MODE", "production") == "production")
    else 0
)

# One list of all that is missing or wrong, here and in the settings, and no traceback of gunicorn’s around it.
try:
    loaded = settings.DATABASES
    env.refuse_gathered()
except ImproperlyConfigured as error:
    sys.exit(str(error))


def status_of(resp: Any) -> str:
    status = resp.status.decode() if isinstance(resp.status, bytes) else resp.status
    return str(status or "500")[:3]


class Logger(glogging.Logger):
    """What people search for, where they stand and their addresses are nobody's business."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        formatter = logs.JsonFormatter() if logs.formatter_name() == "json" else logs.TextFormatter()
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setStream(sys.stdout)  # one place to look at
            handler.setFormatter(formatter)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        # As sent, still percent-encoded: a decoded line feed would forge a line of the log.
        path = environ.get("RAW_URI", "").partition("?")[0][:200]
        # gunicorn looks at the clock on the wall, which may be put back an hour meanwhile.
        seconds = time.monotonic() - req.began if hasattr(req, "began") else request_time.total_seconds()
        line = {
            "method": environ.get("REQUEST_METHOD", ""),
            "path": path,
            "status": int(status_of(resp)),
            "bytes": getattr(resp, "sent", 0) or 0,
            "milliseconds": round(1000 * seconds, 1),
            "client": logs.client_network(environ, proxies),
        }
        if path in PROBES and line["status"] == 200:
            return  # every few seconds, from every side
        self.access_log.info(
            "%(method)s %(path)s %(status)d %(bytes)d bytes %(milliseconds)s ms", line, extra={"access": line}
        )

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        # gunicorn quotes the client's address and the line it sent.
        if msg.startswith("Invalid request from ip="):
            logs.request_id.set("")  # of the request before
            msg = "Invalid request"
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith("Error handling request"):
            args = tuple(str(argument).partition("?")[0] for argument in args)
        super().exception(msg, *args, **kwargs)


logger_class = Logger


def pre_fork(server: Any, worker: Any) -> None:
    from pimms_directory.base.databases import close_before_fork

    close_before_fork()


# Where the workers add up their figures (metrics.py): a folder of this server's own, also where it
# was started by another one, which it replaces. Read when prometheus_client is imported.
metrics_folder = ""
if env.text("METRICS_TOKEN", ""):
    metrics_folder = tempfile.mkdtemp(prefix="pimms-metrics-", dir=worker_tmp_dir)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder

    def remove(owner: int = os.getpid()) -> None:
        if os.getpid() == owner:  # and not a worker, which inherits what is to be done at exit
            shutil.rmtree(metrics_folder, ignore_errors=True)

    atexit.register(remove)  # also where the application does not start


def pre_request(worker: Any, req: Any) -> None:
    req.began = time.monotonic()
    if metrics_folder:
        from pimms_directory.serving import metrics

        metrics.IN_PROGRESS.inc()


def post_request(worker: Any, req: Any, environ: dict[str, Any], resp: Any) -> None:
    """Called once for each ``pre_request``, also where the answer failed: ``resp`` has no status then, or is None."""
    if metrics_folder:
        from pimms_directory.serving import metrics

        if resp:
            metrics.count(environ, req.path, status_of(resp), time.monotonic() - req.began)
        metrics.IN_PROGRESS.dec()


def child_exit(server: Any, worker: Any) -> None:
    if metrics_folder:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def when_ready(server: Any) -> None:
    # What was loaded so far stays: workers share it, and none of them looks through it again for garbage.
    gc.collect()
    gc.freeze()
    if env.text("PIMMS_MODE", "") == "local" and logs.formatter_name() == "text":
        print(f"\n    http://{bind}/  (Ctrl+C to stop)\n", flush=True)
