"""Writes a sheet that was looked at: its missing sites in preparation, then its lines, all of it or nothing."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labels.models import Wave
from pimms_directory.editing import history
from sites.models import Site
from sites.staff.drafts import Outcome, draft_site
from sites.staff.release_lines.sheet import Sheet, SheetRow

REFUSAL = gettext_lazy("%(record)s : %(reasons)s Rien n’a été enregistré.")


def apply(sheet: Sheet, by: Any = None) -> Outcome:
    """One transaction and one revision. Must be given a sheet that ``is_ready``. Raises ``RefusedRecord``."""
    outcome = Outcome(REFUSAL)
    why = _("Lignes du communiqué du %(day)s") % {"day": f"{sheet.release.published_on:%d/%m/%Y}"}
    with transaction.atomic(), history.revision(by, why):
        wave = sheet.wave
        if sheet.new and wave and wave.pk is None:
            outcome.save(wave)
        for row in sheet.to_save:
            where = _("Ligne %(line)d, ") % {"line": row.line.number}
            listing = row.line.listing
            listing.release, listing.row, listing.remark = sheet.release, row.row, row.remark
            listing.site = row.site or create_site(row, wave, outcome, where)
            outcome.save(listing, where)
        history.keep(*outcome.saved)
    return outcome


def create_site(row: SheetRow, wave: Wave | None, outcome: Outcome, where: str) -> Site:
    new = row.new
    assert new is not None  # noqa: S101 (the sheet is ready)
    assert wave is not None  # noqa: S101
    association = outcome.association(new.run_by, where)
    place = {"commune": new.commune, "department": new.department}
    site = draft_site(new.name, kind=new.kind, association=association, wave=wave, **place)
    outcome.save(site, where)
    return site
