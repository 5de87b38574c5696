"""How the page of a record is quoted: the one description behind its title, its sentence, its files and its head.

One function for each kind of record. The date is that of what the page says, never the day of a visit: a page may
come from a cache. Without a publisher in the settings, the directory speaks in its own name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease, Wave
from pimms_directory.base.templatetags.french import french_date
from sites.exchange.records.public_records import Record
from sites.models import Association, Department, Region, Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.site_summary import SiteSummary, summary_of

BIBTEX, RIS, CSL = ".bib", ".ris", ".csl.json"
FILES = (
    (BIBTEX, "BibTeX", "application/x-bibtex"),
    (RIS, "RIS", "application/x-research-info-systems"),
    (CSL, "CSL-JSON", "application/vnd.citationstyles.csl+json"),
)


class CitationFile(NamedTuple):
    path: str
    label: str
    media_type: str


@dataclass(frozen=True)
class Citation:
    path: str  # of the page, which lasts
    title: str
    sources: tuple[str, ...]
    issued: date | None  # the day of what the page says
    statement: str = ""  # the fact for which the page is quoted, as a sentence
    modified: date | None = None  # when staff last changed the record, if they did
    licence: str = ""

    @property
    def address(self) -> str:
        return str(settings.PUBLIC_ORIGIN) + self.path

    @property
    def author(self) -> str:
        return author()

    @property
    def rights(self) -> str:
        return self.licence or _("Réutilisation sous Licence Ouverte 2.0")

    @property
    def note(self) -> str:
        """What no field of a bibliography has."""
        parts = [self.statement] if self.statement else []
        if self.sources:
            heading = ngettext("Source :", "Sources :", len(self.sources))
            parts.append(f"{heading} {_(' ; ').join(self.sources)}.")
        if self.issued:
            parts.append(_("Données du %(date)s.") % {"date": french_date(self.issued)})
        return " ".join([*parts, f"{self.rights}."])

    @property
    def sentence(self) -> str:
        quoted = _("« %(title)s », %(site)s.") % {"title": self.title, "site": settings.SITE_NAME}
        return f"{quoted} {self.note} {self.address}"

    @property
    def files(self) -> list[CitationFile]:
        return [CitationFile(self.path.removesuffix("/") + ending, *kind) for ending, *kind in FILES]


def author() -> str:
    """Who answers for what pages and feeds say."""
    return str(settings.SITE["publisher"] or settings.SITE_NAME)


def citation_of(record: Record, summary: SiteSummary | None = None) -> Citation:
    """``summary``: that of the page about many sites, where it is made already."""
    match record:
        case Site():
            return of_site(record)
        case PressRelease():
            return of_release(record)
    summary = summary or summary_of(record, lookup_tables())
    match record:
        case Wave():
            return of_wave(record, summary)
        case Association():
            return of_association(record, summary)
    return of_territory(record, summary)


def of_site(site: Site) -> Citation:
    return Citation(
        path=site.get_absolute_url(),
        title=f"{site.name}, {site.place_name} ({site.department.code})",
        statement=_("Label France Services du %(date)s.") % {"date": french_date(site.wave.effective_on)},
        sources=known(announcement(site.wave), site.contact_source),
        issued=site.contact_checked_on,
        modified=timezone.localdate(site.changed_at) if site.changed_at else None,
    )


def of_release(release: PressRelease) -> Citation:
    return Citation(
        path=release.get_absolute_url(),
        title=_("Communiqué du %(date)s : chiffres, liste et corrections")
        % {"date": french_date(release.published_on)},
        sources=(f"{named(release)} : {release.title}",),
        issued=release.published_on,
        licence=_("Corrections et décomptes de l’annuaire sous Licence Ouverte 2.0"),
    )


def of_wave(wave: Wave, summary: SiteSummary) -> Citation:
    statement = ngettext(
        "%(total)s PIMMS labellisé France Services au %(date)s.",
        "%(total)s PIMMS labellisés France Services au %(date)s.",
        summary.total,
    )
    return Citation(
        path=wave.get_absolute_url(),
        title=_("%(wave)s : les PIMMS labellisés France Services") % {"wave": wave.name},
        statement=statement % {"total": summary.total, "date": french_date(wave.effective_on)},
        sources=known(announcement(wave), *summary.sources),
        issued=summary.checked_on,
    )


def of_association(association: Association, summary: SiteSummary) -> Citation:
    title = _("%(name)s : aucun PIMMS labellisé aujourd’hui")
    if summary.total:
        title = ngettext(
            "%(name)s : son PIMMS labellisé France Services",
            "%(name)s : ses %(total)s PIMMS labellisés France Services",
            summary.total,
        )
    return Citation(
        path=association.get_absolute_url(),
        title=title % {"name": association.name, "total": summary.total},
        sources=summary.sources,
        issued=summary.checked_on,
    )


def of_territory(place: Region | Department, summary: SiteSummary) -> Citation:
    statement = ngettext(
        "%(total)s PIMMS labellisé France Services.", "%(total)s PIMMS labellisés France Services.", summary.total
    )
    return Citation(
        path=place.get_absolute_url(),
        title=_("PIMMS labellisés : %(name)s") % {"name": place},  # a department with its code
        statement=statement % {"total": summary.total},
        sources=summary.sources,
        issued=summary.checked_on,
    )


def announcement(wave: Wave) -> str:
    return named(wave.public_release) if wave.public_release else ""


def named(release: PressRelease) -> str:
    names = {"issuer": release.issuer, "date": french_date(release.published_on)}
    return _("%(issuer)s, communiqué de presse du %(date)s") % names


def known(*sources: str) -> tuple[str, ...]:
    return tuple(filter(None, sources))
