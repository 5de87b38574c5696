"""Starts what is measured, each on a port of its own and bound to the server's core."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.load import Answer, ask, children

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
# Of one answer, or set by the server itself.
OWN_HEADERS = {"date", "server", "connection", "transfer-encoding"}


def bound_to(core: int) -> tuple[str, ...]:
    """The beginning of a command that stays on one core, where there are two and a way to say so."""
    if shutil.which("taskset") and len(os.sched_getaffinity(0)) > 1:
        return ("taskset", "--cpu-list", str(sorted(os.sched_getaffinity(0))[core]))
    return ()


SERVER, CLIENT = bound_to(0), bound_to(-1)


def free_port() -> int:
    """Below 32768, where no outgoing connection takes it first."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port between 20000 and 32000")


@dataclass(frozen=True)
class Server:
    port: int
    master: int

    def workers(self) -> list[int]:
        """The processes that answer: what the first one started, or itself."""
        return children(self.master) or [self.master]


@contextmanager
def running(
    command: list[str], port: int, log: Path, probe: str, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*SERVER, *command],
            cwd=ROOT,
            env=dict(env) if env else None,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, probe, process, log)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, probe: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if ask(port, probe).status < 500:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{log.stem} does not answer:\n{log.read_text(errors='replace')[-3000:]}")


def gunicorn(application: str, log: Path, probe: str, env: Mapping[str, str]) -> AbstractContextManager[Server]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:pimms_directory.serving.gunicorn_conf", application]
    env = {**env, "HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "1"}
    return running(command, port, log, probe, env)


def bare(answers: Mapping[str, Answer], folder: Path, env: Mapping[str, str]) -> AbstractContextManager[Server]:
    """The bare function, with these answers of the directory: the same bytes, and none with their 304."""
    pages = {}
    for path, answer in answers.items():
        headers = [pair for pair in answer.headers if pair[0].lower() not in OWN_HEADERS]
        pages[path] = (f"{answer.status} {answer.reason}", headers, b64encode(answer.body).decode())
    file = folder / "bare.json"
    file.write_text(json.dumps(pages))
    return gunicorn("tests.benchmarks.bare", folder / "bare.log", next(iter(answers)), {**env, "BARE_PAGES": str(file)})


def nginx(page: Answer, folder: Path) -> AbstractContextManager[Server]:
    """One worker and a file: the compressed page."""
    port = free_port()
    root = folder / "nginx"
    (root / "www").mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)
    (root / "www" / "page").write_bytes(page.body)
    temporary = " ".join(
        f"{kind}_temp_path {root}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (root / "nginx.conf").write_text(
        f"""daemon off; worker_processes 1; pid {root}/pid; error_log stderr;
        {"user root;" if os.geteuid() == 0 else ""}
        events {{ worker_connections 256; }}
        http {{ access_log off; sendfile on; keepalive_requests 100000000; {temporary}
          server {{ listen 127.0.0.1:{port}; root {root}/www; default_type text/html;
            add_header Content-Encoding {dict(page.headers).get("Content-Encoding", "identity")}; }} }}"""
    )
    command = [shutil.which("nginx") or "nginx", "-p", str(root), "-c", str(root / "nginx.conf")]
    return running(command, port, folder / "nginx.log", "/page")


def datasette(database: Path, folder: Path) -> AbstractContextManager[Server]:
    port = free_port()
    command = [shutil.which("datasette") or "datasette", "serve", "--immutable", str(database), "--port", str(port)]
    return running(command, port, folder / "datasette.log", "/-/versions.json")
