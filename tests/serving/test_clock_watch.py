"""``docs/deploy/clock.sh``, beside nginx: what it keeps is forgotten when the clock is put back, and only then."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.one_database, pytest.mark.slow]

SCRIPT = Path(__file__).resolve().parents[2] / "docs/deploy/clock.sh"
DATE = "#!/bin/sh\nread -r up _ </proc/uptime\necho $((${up%%.*} + $(cat %s)))\n"


@pytest.fixture
def folder(tmp_path):
    """With a clock of its own, which ``ahead`` is ahead of the machine's, and a page kept in each of nginx's places."""
    (tmp_path / "ahead").write_text("5000")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/date").write_text(DATE % (tmp_path / "ahead"))
    (tmp_path / "bin/date").chmod(0o755)
    for place in ("pages/1/ab", "searches/2/cd"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "kept").write_text("a page")
    environment = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "RUN_DIR": str(tmp_path)}
    environment["PAGES_DIR"] = str(tmp_path / "pages")
    watch = subprocess.Popen([SCRIPT, "watch"], env=environment, start_new_session=True)
    yield tmp_path
    assert watch.poll() is None, "it watches on"
    os.killpg(watch.pid, signal.SIGTERM)
    watch.wait(10)


def put(folder: Path, ahead: int) -> None:
    (folder / "draft").write_text(str(ahead))
    (folder / "draft").replace(folder / "ahead")


def kept(folder: Path) -> int:
    return len(list(folder.rglob("kept")))


def test_pages_are_forgotten_when_the_clock_is_put_back(folder):
    time.sleep(1.5)
    put(folder, 5000 - 3600)
    deadline = time.monotonic() + 10
    while kept(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert kept(folder) == 0


def test_pages_stay_when_the_clock_goes_forward(folder):
    time.sleep(1.5)
    put(folder, 5000 + 3600)
    time.sleep(2.5)
    assert kept(folder) == 2
