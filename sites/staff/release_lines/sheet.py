"""All that one screen shows and one saving writes: lines, their sites, the wave, totals, what stands against it.

What was looked at is written whole or not at all: its missing sites in preparation, then its lines.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from labels.models import PressRelease, Wave
from pimms_directory.base.folding import fold
from pimms_directory.editing import history
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Listing, Site
from sites.staff.drafts import Outcome
from sites.staff.release_lines.counting import Total, totals
from sites.staff.release_lines.matching import Candidate, Match, match, sites_to_match
from sites.staff.release_lines.proposing import NewSite, new_sites
from sites.staff.release_lines.reading import LABELS, PastedLine, read_pasted_text

NEW = "new"


@dataclass
class SheetRow:
    """One line, what it is taken for, and why not. ``stored`` is what the directory has at its number already."""

    row: int
    line: PastedLine
    match: Match
    choice: str = ""  # the key of a site, NEW, or nothing yet
    site: Site | None = None
    new: NewSite | None = None
    stored: Listing | None = None
    remark: str = ""
    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    differences: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def meant(self) -> Site | NewSite | None:
        return self.site or self.new

    @property
    def candidate(self) -> Candidate | None:
        """What speaks for the site that is taken."""
        return next((each for each in self.match.candidates if self.site and each.site.pk == self.site.pk), None)

    @property
    def why(self) -> str:
        return self.candidate.why if self.candidate else ""


@dataclass
class Sheet:
    release: PressRelease
    rows: list[SheetRow]
    bad: list[str]
    wave: Wave | None  # of the new sites: one there is, or one to prepare, unsaved
    totals: list[Total] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def to_save(self) -> list[SheetRow]:
        return [row for row in self.rows if row.stored is None]

    @property
    def new(self) -> list[SheetRow]:
        return [row for row in self.to_save if row.choice == NEW]

    @property
    def known(self) -> list[SheetRow]:
        return [row for row in self.to_save if row.site]

    @property
    def stored(self) -> list[SheetRow]:
        return [row for row in self.rows if row.stored]

    @property
    def different(self) -> list[SheetRow]:
        return [row for row in self.rows if row.differences]

    @property
    def unsettled(self) -> list[SheetRow]:
        return [row for row in self.to_save if row.problems]

    @property
    def is_ready(self) -> bool:
        return bool(self.to_save) and not (self.bad or self.problems or self.unsettled)

    @property
    def digest(self) -> str:
        """Of all that saving would write: what was looked at is what is saved."""
        seen = [
            [row.row, row.choice, row.remark, said(row.new), *(getattr(row.line.listing, name) for name in LABELS)]
            for row in self.to_save
        ]
        numbers = [[total.caption, total.counted, total.difference] for total in self.totals]
        wave = [self.wave.pk, self.wave.code, self.wave.source] if self.wave else None
        return hashlib.sha256(json.dumps([seen, numbers, wave], default=str).encode()).hexdigest()


def said(new: NewSite | None) -> Any:
    return [new.name, new.kind, new.commune, new.department, new.run_by.association] if new else None


def assemble(
    release: PressRelease,
    text: str,
    order: str,
    first_row: int,
    wave: Wave | None,
    posted: Mapping[str, str],
    may: Collection[str],
) -> Sheet:
    """``posted``: the choices by name of their control; ``may``: what this user may add (site, association, wave)."""
    reading = read_pasted_text(text, order)
    sites = {site.pk: site for site in sites_to_match()}
    stored = {each.row: each for each in release.listings.select_related("site__department")}
    before = (
        Listing.objects.exclude(release=release).select_related("release").order_by("-release__published_on", "row")
    )
    matches = match(reading.lines, sites.values(), before)
    rows = [SheetRow(first_row + index, line, matches[line.key]) for index, line in enumerate(reading.lines)]
    for row in rows:
        row.stored = stored.get(row.row)
        set_beside(row) if row.stored else decide(row, sites, posted)
    chosen_new = [row for row in rows if row.choice == NEW]
    proposals = new_sites([row.line for row in chosen_new], posted)
    for row in chosen_new:
        row.new = proposals[row.line.key]
        row.problems.extend(row.new.problems)
    sheet = Sheet(release, rows, reading.bad, wave)
    check_names(sheet, sites.values())
    check_sites(sheet, stored)
    check_rights(sheet, may)
    for row in sheet.to_save:
        row.remark = posted.get(f"remark-{row.line.key}", proposed_remark(row)).strip()
    others = [each for number, each in stored.items() if number not in {row.row for row in rows}]
    lines = [*((each, each.site) for each in others), *((row.line.listing, row.meant) for row in rows)]
    sheet.totals = totals(release, lines)
    return sheet


def set_beside(row: SheetRow) -> None:
    """A line that was saved before is never written over: what differs is shown."""
    assert row.stored is not None  # noqa: S101 (for the type checker)
    row.site = row.stored.site
    for name, label in LABELS.items():
        now, pasted = getattr(row.stored, name), getattr(row.line.listing, name)
        if now != pasted:
            row.differences.append((str(label), str(now), str(pasted)))


def decide(row: SheetRow, sites: Mapping[int, Site], posted: Mapping[str, str]) -> None:
    key = row.line.key
    if other := posted.get(f"other-{key}", "").strip():
        choose_other(row, other, sites)
    elif f"choice-{key}" in posted:
        row.choice = posted[f"choice-{key}"]
    elif row.match.best:
        row.choice = str(row.match.best.site.pk)
    elif row.line.listing.marked_new and not row.match.open_question:
        row.choice = NEW
    if row.choice.isdecimal() and len(row.choice) < 18:
        row.site = sites.get(int(row.choice))
        if row.site is None:
            row.problems.append(_("Le site choisi n’existe plus : choisissez de nouveau."))
    elif row.choice != NEW and not row.problems:
        row.choice = ""
        nobody = _("Aucun site ne répond sûrement : choisissez, ou « nouveau site ».")
        row.problems.append(row.match.open_question or nobody)
    if row.site and row.line.listing.marked_new and row.site.is_public:
        row.doubts.append(
            _("Signalée comme nouvelle, mais l’annuaire a déjà ce site (%(wave)s).") % {"wave": row.site.wave}
        )
    if row.candidate and row.candidate.misprint:
        text = _("Imprimé « %(printed)s » ; l’annuaire écrit « %(known)s » et garde ce nom. Est-ce bien ce site ?")
        row.doubts.append(text % dict(zip(("printed", "known"), row.candidate.misprint, strict=True)))
    if not row.line.listing.name_printed:
        text = _("La ligne semble décalée d’une colonne : nom lu « %(name)s ».")
        row.doubts.append(text % {"name": row.line.listing.name_as_printed})


def choose_other(row: SheetRow, text: str, sites: Mapping[int, Site]) -> None:
    """The site whose name or address was typed."""
    found = [site for site in sites.values() if text == site.slug or fold(text) == fold(site.name)]
    if len(found) == 1:
        row.choice = str(found[0].pk)
    else:
        row.problems.append(_("« %(text)s » n’est le nom d’aucun site.") % {"text": text[:80]})


def check_names(sheet: Sheet, sites: Collection[Site]) -> None:
    names = {fold(site.name): site for site in sites}
    mine = Counter(fold(row.new.name) for row in sheet.new if row.new)
    for row in sheet.new:
        folded = fold(row.new.name) if row.new else ""
        if folded in names:
            row.problems.append(_("L’annuaire a déjà « %(site)s » : choisissez-le.") % {"site": names[folded]})
        elif mine[folded] > 1:
            row.problems.append(_("Une autre ligne créerait un site du même nom."))


def check_sites(sheet: Sheet, stored: Mapping[int, Listing]) -> None:
    """A release names a site once: a second line of it is a slip, or the same lines pasted elsewhere."""
    numbers = {each.site_id: each.row for each in stored.values()}
    for row in sheet.known:
        assert row.site is not None  # noqa: S101 (for the type checker)
        if (other := numbers.setdefault(row.site.pk, row.row)) != row.row:
            text = _("« %(site)s » est déjà le site de la ligne %(row)d de ce communiqué.")
            row.problems.append(text % {"site": row.site, "row": other})


def check_rights(sheet: Sheet, may: Collection[str]) -> None:
    if not sheet.new:
        return
    if "site" not in may:
        sheet.problems.append(_("Votre rôle ne permet pas de créer des sites : demandez le rôle Rédaction."))
    if "association" not in may and any(row.new and not row.new.run_by.association.pk for row in sheet.new):
        sheet.problems.append(_("Votre rôle ne permet pas de créer des associations."))
    wave = sheet.wave
    if wave is None:
        sheet.problems.append(_("Choisissez la vague des nouveaux sites, ou donnez la date d’effet d’une nouvelle."))
    elif wave.pk is None and "wave" not in may:
        sheet.problems.append(_("Votre rôle ne permet pas de créer des vagues."))
    elif wave.pk is None and (found := Wave.objects.filter(code=wave.code).first()):
        text = _("La vague « %(wave)s » porte déjà le code %(code)s : choisissez-la.")
        sheet.problems.append(text % {"wave": found, "code": found.code})
    elif wave.pk is None and not wave.source:
        sheet.problems.append(_("Une vague doit citer sa source."))


def proposed_remark(row: SheetRow) -> str:
    """What the public page should say where a line and its site differ."""
    listing, meant = row.line.listing, row.meant
    if not listing.name_printed and not listing.commune_printed:
        return _("La ligne est décalée d’une colonne.")
    department = meant.department if meant else None
    if department and listing.department_printed and fold(listing.department_printed) != fold(department.name):
        values = {
            "printed": listing.department_printed,
            "place": meant.commune.short_name if meant and meant.commune else _("le site"),
            "department": f"{department.name} ({department.code})",
        }
        return _("Imprimée sous « %(printed)s » ; %(place)s est dans le département %(department)s.") % values
    if row.candidate and row.candidate.misprint:
        printed, known = row.candidate.misprint
        return _("« %(printed)s » est imprimé pour « %(known)s ».") % {"printed": printed, "known": known}
    return ""


def apply(sheet: Sheet, by: Any = None) -> list[models.Model]:
    """One transaction and one revision. Must be given a sheet that ``is_ready``. Raises ``RefusedRecord``."""
    outcome = Outcome(_("%(record)s : %(reasons)s Rien n’a été enregistré."))
    why = _("Lignes du communiqué du %(day)s") % {"day": f"{sheet.release.published_on:%d/%m/%Y}"}
    with transaction.atomic(), history.revision(by, why):
        for row in sheet.to_save:
            where = _("Ligne %(line)d, ") % {"line": row.line.number}
            site = row.site or draft_site(row, sheet.wave)
            if site.pk is None:
                outcome.save_site(site, where)
            listing = row.line.listing
            listing.release, listing.row, listing.site, listing.remark = sheet.release, row.row, site, row.remark
            outcome.save(listing, where)
        history.keep(*outcome.saved)
    return outcome.saved


def draft_site(row: SheetRow, wave: Wave | None) -> Site:
    new = row.new
    assert new is not None  # noqa: S101 (the sheet is ready)
    return Site(
        name=new.name,
        kind=new.kind,
        association=new.run_by.association,
        wave=wave,
        commune=new.commune,
        department=new.department,
        publication=Publication.DRAFT,
    )
