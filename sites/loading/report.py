from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from django.db import models

from pimms_directory.editing import history
from pimms_directory.editing.states import TRACKED, root_of


class CommuneRow(Protocol):
    @property
    def insee_code(self) -> str: ...


Row = TypeVar("Row", bound=CommuneRow)


@dataclass
class Report:
    """What loading did: numbers of records, and the differences met, as sentences.

    With ``keeps_edits`` what somebody changed, deleted or entered stays; otherwise the fixtures win, and the caller
    decides whether to keep that.
    """

    keeps_edits: bool = False
    added: Counter[str] = field(default_factory=Counter)  # by model
    centres_renewed: int = 0
    filled: int = 0  # records that got a quotation, or the sum of their text, which they never had
    unchanged: int = 0
    left_out: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    deleted_communes: set[str] = field(default_factory=set)  # by somebody, and not added again: their INSEE codes
    edited: dict[models.Model, None] = field(default_factory=dict)  # those with a history, in the order met

    def adds(self, title: str, *, expected: bool) -> bool:
        """Whether to add what the database lacks. ``expected``: somebody must have deleted it."""
        if expected:
            self.missing.append(f"{title}: not in the database")
        if expected and self.keeps_edits:
            return False
        self.added[title.split()[0]] += 1
        return True

    def without_deleted_communes(self, rows: list[Row]) -> list[Row]:
        return [row for row in rows if row.insee_code not in self.deleted_communes]

    def edits(self, record: models.Model, *, added: bool = False) -> None:
        """To be called before a record changes, or after it was added to others: its history shows the difference."""
        root = root_of(record)
        if type(root) in TRACKED and root not in self.edited:
            if not added:
                history.keep_baseline(root)
            self.edited[root] = None

    def summary(self) -> str:
        """One line: ``"38 records added, 0 differences overwritten, … Added: 38 directory.Site."``"""
        overwritten = 0 if self.keeps_edits else len(self.changed)
        added = ", ".join(f"{number} {label}" for label, number in self.added.items() if number)
        filled = f" {self.filled} figures and releases got their quotations." if self.filled else ""
        return (
            f"{self.added.total()} records added, {overwritten} differences overwritten, "
            f"{self.centres_renewed} centres of communes renewed, {self.unchanged} records unchanged."
            f"{filled}{added and f' Added: {added}.'}"
        )

    @property
    def conflicts(self) -> list[str]:
        return [*self.left_out, *self.changed, *self.missing, *self.failed]
