"""Starts what is measured, each on a port of its own and bound to the server's core."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from string import Template

from tests.benchmarks.load import Answer, Server
from tests.served import ROOT, free_port

DEPLOY = ROOT / "docs" / "deploy"
START_SECONDS = 60
# Of one answer, or set by the server itself.
OWN_HEADERS = {"date", "server", "connection", "transfer-encoding"}
CORES = sorted(os.sched_getaffinity(0))
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
LOCATION = "        location / {\n"


@contextmanager
def running(command: list[str], port: int, log: Path, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """The number of the process, once it listens."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
    os.sched_setaffinity(process.pid, CORES[:1])  # before it starts others, which inherit it
    try:
        wait_for(port, process, log)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{log.stem} does not answer:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def gunicorn(application: str, log: Path, env: Mapping[str, str]) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:pimms_directory.serving.gunicorn_conf", application]
    env = {**env, "HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "1"}
    with running(command, port, log, env) as pid:
        yield Server(port, pid)


def bare(answers: Mapping[str, Answer], folder: Path, env: Mapping[str, str]) -> AbstractContextManager[Server]:
    """A function that gives these answers of the directory, by address: the same bytes and headers."""
    pages = {
        path: (
            answer.status,
            [pair for pair in answer.headers if pair[0].lower() not in OWN_HEADERS],
            b64encode(answer.body).decode(),
        )
        for path, answer in answers.items()
    }
    file = folder / "bare.json"
    file.write_text(json.dumps(pages))
    return gunicorn("tests.benchmarks.bare", folder / "bare.log", {**env, "BARE_PAGES": str(file)})


@contextmanager
def nginx(behind: Server, static: Mapping[str, Answer], folder: Path) -> Iterator[Server]:
    """As it stands before the directory in production, with the answers ``static`` as files beside it, by address."""
    if not NGINX:
        raise RuntimeError("nginx is missing. Type: sudo apt-get install --no-install-recommends nginx-light")
    port, folder = free_port(), folder / "nginx"
    folder.mkdir()
    names = {
        "RUN_DIR": str(folder),
        "CERTIFICATE_DIR": str(folder),
        "ACCESS_LOG": str(folder / "access.log"),
        "HTTP_LISTEN": f"127.0.0.1:{free_port()}",
        "HTTPS_LISTEN": f"127.0.0.1:{port}",
        "PUBLIC_ORIGIN": f"https://127.0.0.1:{port}",
        "REPLICA_1": f"127.0.0.1:{behind.port}",
        "REPLICA_2": f"127.0.0.1:{behind.port}",
    }
    subprocess.run([DEPLOY / "certificate.sh"], env=os.environ | names, check=True, stdout=subprocess.DEVNULL)
    template = (DEPLOY / "nginx.conf.template").read_text()
    configuration = re.sub(r"rate=\d+r/[sm]", "rate=1000000r/s", Template(template).safe_substitute(names))
    for number, (path, answer) in enumerate(static.items()):
        file = folder / f"page{number}"
        file.write_bytes(answer.body)
        headers = {name.lower(): value for name, value in answer.headers}
        location = (
            f"        location = {path} {{ alias {file}; default_type '{headers['content-type']}';"
            f" add_header Content-Encoding {headers.get('content-encoding', 'identity')}; }}\n"
        )
        configuration = configuration.replace(LOCATION, location + LOCATION, 1)
    (folder / "nginx.conf").write_text(configuration)
    command = [NGINX, "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with running(command, port, folder / "nginx.log") as pid:
        yield Server(port, pid, tls=True, behind=behind)
