from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models

from pimms_directory.editing import history
from pimms_directory.editing.states import TRACKED, root_of


@dataclass
class Report:
    """What loading did: numbers of records, and the differences met, as sentences."""

    added: int = 0
    unchanged: int = 0
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    edited: dict[models.Model, None] = field(default_factory=dict)  # those with a history, in the order met

    def absent(self, title: str, *, expected: bool) -> None:
        """``expected``: whether somebody must have deleted it."""
        self.added += 1
        if expected:
            self.missing.append(f"{title}: not in the database")

    def edits(self, record: models.Model, *, added: bool = False) -> None:
        """To be called before a record changes, or after it was added to others: its history shows the difference."""
        root = root_of(record)
        if type(root) in TRACKED and root not in self.edited:
            if not added:
                history.keep_baseline(root)
            self.edited[root] = None

    @property
    def conflicts(self) -> list[str]:
        return [*self.changed, *self.missing, *self.failed]
