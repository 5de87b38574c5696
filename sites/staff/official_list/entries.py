"""What comparing a list with the directory gives: entries with their differences, and what is new, changed, gone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from labels.models import Wave
from sites.hours.opening_hours import WEEKDAYS
from sites.models import Commune, Site
from sites.staff.drafts import Proposal
from sites.staff.official_list.reading import ListRow
from sites.staff.official_list.values import Value

LABELS: dict[str, Any] = {
    "site": _("nouveau site"),
    "official_name": _("nom dans la liste officielle"),
    "base": _("point d’attache"),
    "commune": _("commune"),
    "address": _("adresse postale"),
    "address_complement": _("complément d’adresse"),
    "postcode": _("code postal"),
    "point": _("latitude et longitude"),
    "phone": _("téléphone"),
    "email": _("courriel"),
    "appointment": _("rendez-vous"),
    "access_note": _("précisions sur l’accueil"),
    **{f"hours_{number}": name for number, name in WEEKDAYS},
    "checked": _("coordonnées vérifiées le"),
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
        return str(LABELS[self.field])

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
class NewSite:
    """What a site that the directory lacks would be made of."""

    name: str
    kind: str
    department: Any
    commune: Commune | None
    labelled_on: date
    wave: Wave | None  # None: one to create
    run_by: Proposal = field(init=False)  # by propose_names()


@dataclass
class Entry:
    """One row of the list with its site, or with what would become one."""

    row: ListRow
    site: Site | None
    new_site: NewSite | None = None
    differences: list[Difference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def official_id(self) -> str:
        return self.row.official_id

    @property
    def title(self) -> str:
        if self.site:
            return self.site.name
        return self.new_site.name if self.new_site else self.row.cells["lib_fs"]

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
