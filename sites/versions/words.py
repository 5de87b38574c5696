"""The changes of a version as people read them, with what the directory says of these sites today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pimms_directory.base.templatetags.french import french_date
from sites.exchange.downloads.formats import COLUMNS
from sites.models import Site
from sites.versions.changes import Changes, Named
from sites.versions.models import DirectoryVersion

DESCRIPTIONS = {column.name: column.description for column in COLUMNS}
END = re.compile(r"\s*(?:[,;:(]|\.(?=\s|$)|$)")  # of what a description calls its field


class SitesToday:
    """Of the sites that versions name, those that the public may see today: one query, however many."""

    def __init__(self, ids: Iterable[str]) -> None:
        columns = ("slug", "first_slug", "closed_on", "label_ended_on")
        sites = Site.objects.public().only(*columns) if set(ids) else ()
        self.sites = {site.first_slug or site.slug: site for site in sites}

    def address(self, site: Named) -> str:
        """Of its page; empty where there is none any more."""
        found = self.sites.get(site["id"])
        return found.get_absolute_url() if found else ""

    def reason(self, site: Named) -> str:
        """Why it may have left the list, as far as its record says so now."""
        found = self.sites.get(site["id"])
        if found is None:
            return _("n’est plus dans l’annuaire")
        if found.closed_on:
            return _("a fermé le %(date)s") % {"date": french_date(found.closed_on)}
        if found.label_ended_on:
            return _("n’a plus le label depuis le %(date)s") % {"date": french_date(found.label_ended_on)}
        return _("est revenu depuis")


@dataclass(frozen=True)
class FieldLine:
    field: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class SiteLine:
    """A site of a list of changes."""

    name: str
    address: str
    note: str = ""
    fields: tuple[FieldLine, ...] = ()


@dataclass(frozen=True)
class VersionWords:
    """All that a page says of the changes of one version."""

    version: DirectoryVersion
    today: SitesToday

    @cached_property
    def changes(self) -> Changes | None:
        return self.version.changes

    @property
    def added(self) -> list[SiteLine]:
        return [self.line(site) for site in self.of("added")]

    @property
    def removed(self) -> list[SiteLine]:
        return [self.line(site, self.today.reason(site)) for site in self.of("removed")]

    @property
    def renamed(self) -> list[SiteLine]:
        return [self.line(site, former(site)) for site in self.of("renamed")]

    @property
    def changed(self) -> list[SiteLine]:
        return [self.line(site, fields=tuple(map(field_line, site["fields"]))) for site in self.of("changed")]

    def of(self, kind: str) -> list[Any]:
        found: Mapping[str, Any] = self.changes or {}
        return found.get(kind, [])

    def line(self, site: Named, note: str = "", fields: tuple[FieldLine, ...] = ()) -> SiteLine:
        return SiteLine(site["name"], self.today.address(site), note, fields)

    @property
    def summary(self) -> str:
        """``1 PIMMS ajouté. 2 fiches modifiées.``"""
        if self.changes is None:
            return _("Première version.")
        return " ".join(self.counts()) or self.of_files

    def counts(self) -> Iterator[str]:
        texts = {
            "added": ngettext("%(number)s PIMMS ajouté.", "%(number)s PIMMS ajoutés.", len(self.of("added"))),
            "removed": ngettext(
                "%(number)s PIMMS sorti de la liste.", "%(number)s PIMMS sortis de la liste.", len(self.of("removed"))
            ),
            "renamed": ngettext("%(number)s PIMMS renommé.", "%(number)s PIMMS renommés.", len(self.of("renamed"))),
            "changed": ngettext("%(number)s fiche modifiée.", "%(number)s fiches modifiées.", len(self.of("changed"))),
        }
        yield from (text % {"number": len(self.of(kind))} for kind, text in texts.items() if self.of(kind))

    @property
    def of_files(self) -> str:
        """Where no record changed."""
        sentences = [_("Aucune fiche n’a changé, les fichiers si.")]
        if names := self.of("new_fields"):
            sentences.append(_("Nouveaux champs : %(names)s.") % {"names": ", ".join(names)})
        if names := self.of("gone_fields"):
            sentences.append(_("Champs disparus : %(names)s.") % {"names": ", ".join(names)})
        return " ".join(sentences)

    @property
    def in_full(self) -> str:
        """The same with names, for a feed."""
        if self.changes is None or not list(self.counts()):
            return self.summary
        return " ".join(
            text % {"names": " ; ".join(lines)}
            for text, lines in (
                (_("Ajouté : %(names)s."), [line.name for line in self.added]),
                (_("Sorti de la liste : %(names)s."), [noted(line) for line in self.removed]),
                (_("Renommé : %(names)s."), [noted(line) for line in self.renamed]),
                (_("Modifié : %(names)s."), [with_fields(line) for line in self.changed]),
            )
            if lines
        )


def words_of(versions: Iterable[DirectoryVersion]) -> list[VersionWords]:
    """One query for all of them."""
    listed = list(versions)
    ids = {site["id"] for version in listed for kind in KINDS for site in (version.changes or {}).get(kind, [])}
    today = SitesToday(ids)
    return [VersionWords(version, today) for version in listed]


KINDS = ("added", "removed", "renamed", "changed")


def former(site: Mapping[str, Any]) -> str:
    before = site["before"]
    if before["name"] == site["name"]:
        return _("l’adresse finissait par « %(slug)s », elle finit par « %(new)s »") % {
            "slug": before["slug"],
            "new": site["slug"],
        }
    return _("s’appelait « %(name)s »") % {"name": before["name"]}


def field_line(change: Mapping[str, Any]) -> FieldLine:
    return FieldLine(change["field"], label_of(change["field"]), written(change["before"]), written(change["after"]))


def label_of(field: str) -> str:
    """How the description of a column begins: ``Courriel du service``; its name where there is none any more."""
    return END.split(_(DESCRIPTIONS[field]), maxsplit=1)[0] if field in DESCRIPTIONS else field


def written(value: Any) -> str:
    return _("vide") if value in (None, "") else _("« %(value)s »") % {"value": value}


def noted(line: SiteLine) -> str:
    return _("%(name)s (%(note)s)") % {"name": line.name, "note": line.note}


def with_fields(line: SiteLine) -> str:
    labels = ", ".join(field.label for field in line.fields)
    return _("%(name)s (%(note)s)") % {"name": line.name, "note": labels}
