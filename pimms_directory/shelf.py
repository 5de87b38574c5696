"""The last known canonical pages in a folder, for a process that starts while the database does not answer."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import brotli

if TYPE_CHECKING:
    from pimms_directory.page_cache import Address, Page

logger = logging.getLogger(__name__)


class Shelf:
    """One file a page. Those who write put the same there; a file is whole or not there at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tags: dict[Address, str] = {}  # of what this process has put there
        self.broken = False

    def path(self, address: Address) -> Path:
        return self.folder / hashlib.sha256("\n".join(address).encode()).hexdigest()

    def is_ours(self) -> bool:
        """Whether nobody else can put pages there: the folder may lie in one that all users write to."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self.folder.stat()
        return found.st_uid == os.geteuid() and not found.st_mode & 0o022

    def put(self, page: Page) -> None:
        if self.tags.get(page.address) == page.tag:
            return
        path = self.path(page.address)
        draft = path.with_suffix(f".{os.getpid()}")
        body = next(iter(page.answers.values())).body
        head = {"status": page.status, "headers": page.common, "tag": page.tag, "packed": page.packable}
        try:
            if not self.is_ours():
                raise PermissionError(f"{self.folder} belongs to somebody else, or others may write to it")
            draft.write_bytes(json.dumps(head).encode() + b"\n" + body)
            draft.replace(path)
        except OSError as error:
            if not self.broken:
                self.broken = True
                logger.warning("Pages cannot be kept for a restart without database: %s", error)
        else:
            self.tags[page.address] = page.tag
            self.broken = False

    def holds(self, address: Address) -> bool:
        """Whether the page is a canonical one; what nobody reads cannot be trusted any further than that."""
        return self.path(address).exists()

    def get(self, address: Address) -> Page | None:
        from pimms_directory.page_cache import Page

        try:
            if not self.is_ours():
                return None
            first, _, body = self.path(address).read_bytes().partition(b"\n")
            head = json.loads(first)
            headers = [(name, value) for name, value in head["headers"]]
            body = brotli.decompress(body) if head["packed"] else body
            return Page(
                address, head["status"], headers, body, tag=head["tag"], revision=-1, since=0, until=0
            )  # out of date from the start
        except (OSError, ValueError, KeyError, TypeError, brotli.error):
            return None
