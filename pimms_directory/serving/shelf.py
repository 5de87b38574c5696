"""The canonical pages in a folder, for all processes of this machine.

Whoever made a page leaves it there. Another process takes it over as if it had made it itself: a worker that
starts has its pages at once, and after a change each is made by one of the workers only. What was made of other data is
at hand while the database does not answer.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
from django.conf import settings

from pimms_directory.base.version import fingerprint

if TYPE_CHECKING:
    from pimms_directory.serving.page_cache import Address, Page

logger = logging.getLogger(__name__)

FORMER = 60.0  # seconds after a start for which pages of another version of the code will do
KEPT = 7 * 86400.0  # seconds: pages are made anew every day, and what was not is canonical no more


class Shelf:
    """One file a page: whole, or not there at all."""

    def __init__(self, folder: Path, began: float) -> None:
        self.folder = folder
        self.began = began
        self.code = fingerprint()
        self.broken = False

    def path(self, address: Address) -> Path:
        return self.folder / hashlib.sha256("\n".join(address).encode()).hexdigest()

    def is_ours(self) -> bool:
        """Whether nobody else can put pages there: the folder may lie in one that all users write to."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self.folder.stat()
        return found.st_uid == os.geteuid() and not found.st_mode & 0o022

    def put(self, page: Page, history: str) -> None:
        """``history``: of the database whose revision the page has."""
        body = page.answers["br" if page.packable else ""].body
        head = {
            "code": self.code,
            "history": history,
            "revision": page.revision,
            "since": page.since,
            "until": page.until,
            "status": page.status,
            "headers": page.common,
            "tag": page.tag,
            "packed": page.packable,
            "sum": hashlib.sha256(body).hexdigest(),
        }
        path = self.path(page.address)
        draft = path.with_suffix(f".{secrets.token_hex(8)}")  # threads and containers may have the same number
        try:
            if not self.is_ours():
                raise PermissionError(f"{self.folder} belongs to somebody else, or others may write to it")
            try:
                draft.write_bytes(json.dumps(head).encode() + b"\n" + body)
                draft.replace(path)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
        except OSError as error:
            if not self.broken:
                self.broken = True
                logger.warning("Pages cannot be left for other processes: %s", error)
        else:
            self.broken = False

    def holds(self, address: Address) -> bool:
        """Whether the page is a canonical one; what nobody reads cannot be trusted any further than that."""
        with suppress(OSError):  # such as a folder that we may not look into
            return self.path(address).exists()
        return False

    def get(self, address: Address, history: str) -> Page | None:
        """With the revision that it was made from if that is one of this database, or else with none that ever was."""
        from pimms_directory.serving.page_cache import Page

        try:
            if not self.is_ours():
                return None
            first, _, body = self.path(address).read_bytes().partition(b"\n")
            head = json.loads(first)
            if hashlib.sha256(body).hexdigest() != head["sum"]:  # the machine lost its power
                return None
            former = head["code"] != self.code
            known = head["history"] == history and not (former and not self.is_dressed(body, packed=head["packed"]))
            return Page(
                address,
                head["status"],
                [(name, value) for name, value in head["headers"]],
                body,
                tag=head["tag"],
                revision=head["revision"] if known else -1,
                since=head["since"],
                until=min(head["until"], self.began + FORMER) if former else head["until"],
                packed=head["packed"],
                former=former,
            )
        except (OSError, ValueError, KeyError, TypeError, brotli.error):
            return None

    @staticmethod
    def is_dressed(body: bytes, *, packed: bool) -> bool:
        """Whether the styles and scripts of a page are still there, or there already."""
        text = brotli.decompress(body) if packed else body
        names = re.findall(re.escape(settings.STATIC_URL.encode()) + rb"([\w./-]+)", text)
        return all((settings.STATIC_ROOT / name.decode()).exists() for name in names)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether it is for this process to make pages in advance: one does for all. Let go however it ends."""
        try:
            folder = os.open(self.folder, os.O_RDONLY) if self.is_ours() else None
        except OSError:
            folder = None
        if folder is None:  # nothing can be shared here
            yield True
            return
        try:
            yield self.is_locked(folder)
        finally:
            os.close(folder)

    @staticmethod
    def is_locked(folder: int) -> bool:
        """By us. Where the file system has no locks, each process makes its own pages."""
        with suppress(OSError):
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def clear_away(self) -> None:
        """Pages that are canonical no more, and what a killed process had begun to write."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                with suppress(OSError):
                    if path.stat().st_mtime < time.time() - KEPT:
                        path.unlink()
