"""What a comparison of the official list finds: entries with their differences, each with what speaks against it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.utils.translation import gettext_lazy

from sites.hours.opening_hours import WEEKDAYS
from sites.models import Site
from sites.staff.official_list.reading import ListRow
from sites.staff.official_list.values import Value

# Of what is no column of a site; the others are called as on its page.
LABELS: dict[str, Any] = {
    "site": gettext_lazy("nouveau site"),
    "point": gettext_lazy("latitude et longitude"),
    **{f"hours_{number}": name for number, name in WEEKDAYS},
    "checked": gettext_lazy("coordonnées vérifiées le"),
}


@dataclass(frozen=True)
class Difference:
    """One field of one site: what the directory has, what the list says, and why not to take it unseen."""

    official_id: str
    field: str
    old: str  # as shown
    new: Value
    doubts: tuple[str, ...] = ()
    known: str = ""  # why the directory set this value of the list aside on purpose

    @property
    def label(self) -> str:
        return str(LABELS.get(self.field) or label_for_field(self.field, Site))

    @property
    def is_ticked(self) -> bool:
        """Whether it is proposed: nothing speaks against it."""
        return self.new.is_readable and not self.doubts and not self.known

    @cached_property
    def key(self) -> str:
        """What a form sends back: it names the site, the field, and both values that the editor saw."""
        seen = json.dumps([self.official_id, self.field, self.old, self.new.text])
        return f"{self.official_id}.{self.field}.{hashlib.sha256(seen.encode()).hexdigest()[:12]}"


@dataclass
class Entry:
    """One row of the list with its site, or with what would become one, unsaved."""

    row: ListRow
    site: Site | None
    new_site: Site | None = None
    may_be: list[Site] = field(default_factory=list)  # sites that no row names, where this row names none
    differences: list[Difference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def official_id(self) -> str:
        return self.row.official_id

    @property
    def is_tied(self) -> bool:
        """Whether an editor says that this row means its site, which has another official id yet, or none."""
        return self.site is not None and self.site.official_id != self.official_id

    @property
    def first(self) -> str:
        """The field without which nothing else of this row can be taken; empty where there is none."""
        return "official_id" if self.is_tied else "" if self.site else "site"

    @property
    def title(self) -> str:
        site = self.site or self.new_site
        return site.name if site else self.row.cells["lib_fs"]

    @property
    def has_news(self) -> bool:
        """Whether there is something to take or to decide."""
        return bool(self.problems) or not all(difference.known for difference in self.differences)


@dataclass
class Comparison:
    published_on: date
    source: str
    entries: list[Entry]
    gone: list[Site]
    unlisted: int  # sites without official id, which no list can be compared with

    @property
    def changed(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.site and entry.has_news]

    @property
    def new(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.site]

    @property
    def known(self) -> list[Entry]:
        """Those that differ only where the directory chose to."""
        return [entry for entry in self.entries if entry.site and not entry.has_news and entry.differences]

    @property
    def unchanged(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.site and not entry.differences and not entry.problems]

    @property
    def differences(self) -> list[Difference]:
        return [difference for entry in self.entries for difference in entry.differences]

    @property
    def ticked(self) -> list[Difference]:
        return [difference for difference in self.differences if difference.is_ticked]

    @property
    def doubtful(self) -> list[Difference]:
        return [each for each in self.differences if not each.is_ticked and not each.known]
