"""The tools of the audit, which ``make audit`` has put under var/audit, and what version each is."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.servers import free_port, wait_for
from tests.cluster.topology import HOST
from tests.pages.conftest import CHROMIUM, CHROMIUM_FLAGS
from tests.served import ROOT

FOLDER = ROOT / "var" / "audit"
VENV = FOLDER / "venv" / "bin"
NODE_MODULES = FOLDER / "node" / "node_modules"


def printed_by(
    *command: str | Path, typed: str = "", env: Mapping[str, str] | None = None, may_fail: Sequence[int] = ()
) -> str:
    """What it prints; a sentence with its errors where it ends with another status than 0 and those of ``may_fail``."""
    done = subprocess.run(
        command,
        cwd=FOLDER / "node",
        input=typed,
        env=os.environ | {"PATH": f"{VENV}:{os.environ['PATH']}"} | (env or {}),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode not in (0, *may_fail):
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def node_package(name: str) -> str:
    return json.loads((NODE_MODULES / name / "package.json").read_text())["version"]


def python_packages(environment: str) -> dict[str, str]:
    """The versions of what is installed below var/audit in ``environment``, by name."""
    found = (FOLDER / environment).glob("lib/python3*/site-packages")
    return {
        each.name.lower().replace("_", "-"): each.version
        for each in distributions(path=[str(folder) for folder in found])
    }


def chromium() -> str:
    found = re.search(r"Chromium (\d+)", printed_by(CHROMIUM, "--version"))
    return f"Chromium {found[1] if found else 'of an unknown version'}"


def as_a_reader(origin: str) -> list[str]:
    """Flags with which Chromium finds the host of production at ``origin``, and takes a certificate of our own."""
    address = origin.removeprefix("https://")
    return [*CHROMIUM_FLAGS, f"--host-resolver-rules=MAP {HOST} {address}", "--ignore-certificate-errors"]


@contextmanager
def chromium_for_tools(origin: str) -> Iterator[int]:
    """A Chromium without a window; tools that bring no browser speak with it on this port."""
    port = free_port()
    with TemporaryDirectory(prefix="chromium-", dir="/tmp", ignore_cleanup_errors=True) as profile:
        flags = ["--headless=new", f"--remote-debugging-port={port}", f"--user-data-dir={profile}"]
        log = Path(profile) / "chromium.log"
        with log.open("wb") as output:
            process = subprocess.Popen([CHROMIUM, *flags, *as_a_reader(origin)], stdout=output, stderr=output)
        try:
            wait_for(port, process, log)
            yield port
        finally:
            process.terminate()
            process.wait(20)
