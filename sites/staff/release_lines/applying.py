"""Writes a sheet that was looked at: its missing sites in preparation, then its lines, all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from labels.models import Wave
from pimms_directory.base.folding import fold
from pimms_directory.editing import history
from sites.models import Association, Listing, Site
from sites.staff.drafts import draft_association, draft_site, draft_wave, refuse_invalid
from sites.staff.release_lines.sheet import NEW, Sheet, SheetRow


@dataclass
class Outcome:
    listings: list[Listing] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    associations: list[Association] = field(default_factory=list)
    wave: Wave | None = None

    @property
    def records(self) -> list[models.Model]:
        return [*([self.wave] if self.wave else []), *self.associations, *self.sites, *self.listings]


def apply(sheet: Sheet, by: Any = None) -> Outcome:
    """One transaction and one revision. Must be given a sheet that ``is_ready``. Raises ``RefusedRecord``."""
    outcome = Outcome()
    why = _("Lignes du communiqué du %(day)s") % {"day": f"{sheet.release.published_on:%d/%m/%Y}"}
    with transaction.atomic(), history.revision(by, why):
        wave = wave_of(sheet, outcome) if sheet.new else None
        for row in sheet.to_save:
            if row.choice == NEW:
                row.site = create_site(row, wave, outcome)
            listing = Listing(
                release=sheet.release,
                row=row.row,
                site=row.site,
                marked_new=row.line.marked_new,
                remark=row.remark,
                **row.line.cells,
            )
            save(listing, row)
            outcome.listings.append(listing)
        history.keep(*outcome.records)
    return outcome


def wave_of(sheet: Sheet, outcome: Outcome) -> Wave:
    if sheet.wave.wave:
        return sheet.wave.wave
    day = sheet.wave.day
    assert day is not None  # noqa: S101 (the sheet is ready)
    outcome.wave = draft_wave(day, source=sheet.wave.source, release=sheet.release)
    save(outcome.wave)
    return outcome.wave


def create_site(row: SheetRow, wave: Wave | None, outcome: Outcome) -> Site:
    new = row.new
    assert new is not None  # noqa: S101 (the sheet is ready)
    assert wave is not None  # noqa: S101
    site = draft_site(
        new.name,
        kind=new.kind,
        association=new.association or create_association(new.association_name, outcome, row),
        wave=wave,
        commune=new.commune,
        department=new.department,
    )
    save(site, row)
    outcome.sites.append(site)
    return site


def create_association(name: str, outcome: Outcome, row: SheetRow) -> Association:
    """Two new sites may have the same new association."""
    if found := next((each for each in outcome.associations if fold(each.name) == fold(name)), None):
        return found
    association = draft_association(name)
    save(association, row)
    outcome.associations.append(association)
    return association


def save(record: models.Model, row: SheetRow | None = None) -> None:
    line = _("Ligne %(line)d, ") % {"line": row.line.number} if row else ""
    refuse_invalid(record, line + _("%(record)s : %(reasons)s Rien n’a été enregistré."))
    record.save()
