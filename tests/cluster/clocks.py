"""A clock for some processes alone, which jumps when a file says so (libfaketime)."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def library() -> str:
    found = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if not found:
        sys.exit("faketime is missing. Type: sudo apt-get install --no-install-recommends faketime")
    return str(found)


def tidy() -> None:
    """Removes what the library leaves in shared memory for a process that was killed."""
    for path in Path("/dev/shm").glob("*faketime_*"):  # noqa: S108
        pid = path.name.rpartition("_")[2]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            path.unlink(missing_ok=True)


class Clock:
    """``environment`` is for the processes that go by it. ``offset``: seconds from the true time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.offset = folder, 0.0
        # With this library, the sleep of Python 3.11 and later fails (EINVAL).
        sleep = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds)\n"
        (folder / "sitecustomize.py").write_text(sleep)
        self.environment = {
            "PYTHONPATH": str(folder),
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(folder / "offset"),
            "FAKETIME_CACHE_DURATION": "1",  # seconds: a look at the file whenever anybody asks for the time is dear
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # threads that wait for each other would burn six times the time
            "NO_FAKE_STAT": "1",  # times of files stay as they are, too
        }
        self.jump(0)

    def jump(self, seconds: float) -> None:
        """To so many seconds from the true time; processes follow within a second."""
        draft = self.folder / "draft"
        draft.write_text(f"{seconds:+.0f}\n")
        draft.replace(self.folder / "offset")
        self.offset = seconds

    def jump_to(self, moment: datetime) -> None:
        self.jump(moment.timestamp() - time.time())

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.offset, PARIS)


def stopped(at: str) -> dict[str, str]:
    """The environment of a process for which it is always ``2026-11-29 10:00:00``."""
    return {"LD_PRELOAD": library(), "FAKETIME": at, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
