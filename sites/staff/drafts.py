"""Records in preparation that an import makes: how they are named, addressed and saved.

Names follow those that the directory has: ``PIMMS Isère – Vizille`` for the official list's "France services Pimms
Médiation Isère - Vizille". A proposed name and association are shown to the editor before anything is made of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labels.models import Wave
from pimms_directory.base.folding import LITTLE_WORDS, fold
from pimms_directory.base.templatetags.french import after_de
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Association, Site
from sites.staff.free_slugs import free_site_slug, free_slug

PREFIX = re.compile(
    r"^(?:bus\s+)?france\s+services?(?:\s+(?:itinérante?|multi-?sites?))?(?:\s+pimms\b)?(?:\s+m[ée]diation\b)*"
    r"(?:\s+itinérante?\b)?\s*(?:[-–]\s*)?(?:de\s+|d’\s*)?",
    re.IGNORECASE,
)
SUFFIXES = {Site.Kind.FIXED: "", Site.Kind.MOBILE: " – PIMMS mobile", Site.Kind.MULTISITE: " – équipe itinérante"}


@dataclass(frozen=True)
class Proposal:
    """The association of a new site: one of ours, or an unsaved one; ``why`` is the rule that found it."""

    association: Association
    why: str


def one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def typeset(text: str) -> str:
    return one_line(text).replace("'", "’")


def site_name(official_name: str, kind: str, spellings: Iterable[str]) -> str:
    """``spellings``: names of the commune and the like, which the list often writes without accents or hyphens."""
    known = {fold(spelling): typeset(spelling) for spelling in spellings}
    place = PREFIX.sub("", typeset(official_name)).strip() or typeset(official_name)
    parts = [known.get(fold(part), part) for part in re.split(r"\s+[-–]\s+", place)]
    return f"PIMMS {' – '.join(parts)}{SUFFIXES[Site.Kind(kind)]}"[:150]


def significant_words(name: str) -> tuple[str, ...]:
    return tuple(word for word in fold(name).split() if word not in LITTLE_WORDS | {"pimms", "mediation"})


def propose(names: Iterable[str], associations: Iterable[Association]) -> dict[str, Proposal]:
    """For each name of a site, the association that runs it.

    It is named before the first dash. One of the directory's has that name, or begins the site's name, or is the
    only one that begins with it; otherwise it is new, and may run other sites of the same list.
    """
    ours = {significant_words(association.name): association for association in associations}
    new: dict[tuple[str, ...], Association] = {}
    proposals = {}
    # The shorter first: "PIMMS Bordeaux" may run "PIMMS Bordeaux-Les Aubiers", never the other way round.
    for name in sorted(set(names), key=lambda name: (len(significant_words(name)), name)):
        before_dash = name.partition(" – ")[0]
        words, all_words = significant_words(before_dash), significant_words(name)
        beginning = max((key for key in ours if key and key == all_words[: len(key)]), key=len, default=())
        longer = [key for key in ours if words and key[: len(words)] == words]
        begun = max((key for key in new if key and key == all_words[: len(key)]), key=len, default=())
        if words in ours:
            proposals[name] = Proposal(ours[words], _("même nom avant le tiret"))
        elif beginning:
            proposals[name] = Proposal(ours[beginning], _("le nom du site commence par le sien"))
        elif begun:
            proposals[name] = Proposal(new[begun], _("nouvelle, avec un autre site de cette liste"))
        elif len(longer) == 1:
            proposals[name] = Proposal(ours[longer[0]], _("la seule dont le nom commence ainsi"))
        else:
            new[words] = Association(name=before_dash[:100])
            proposals[name] = Proposal(new[words], _("nouvelle : nom avant le tiret"))
    return proposals


def with_association(name: str, association_name: str) -> str:
    """The name of a site with its association’s spelling: the list writes ``Isere``, the directory ``Isère``."""
    before_dash, dash, rest = name.partition(" – ")
    if significant_words(before_dash) != significant_words(association_name):
        return name
    return f"{association_name}{dash}{rest}"


def draft_wave(day: date, **values: Any) -> Wave:
    """Unsaved. ``day``: from which its sites carry the label."""
    code, name = f"{day:%Y-%m}", wave_name(day)
    return Wave(code=code, name=name, effective_on=day, publication=Publication.DRAFT, **values)


def wave_name(day: date) -> str:
    """``Vague de janvier 2021``, ``Vague d’avril 2021``."""
    return _("Vague %(of_month)s") % {"of_month": after_de(date_format(day, "F Y"))}


class RefusedRecord(ValueError):
    """Its message is a French sentence: a record that an import would write breaks a rule. Nothing was written."""


@dataclass
class Outcome:
    """The records that an import wrote. ``refusal`` is a sentence with places for ``record`` and ``reasons``."""

    refusal: Any
    saved: list[models.Model] = field(default_factory=list)

    def check(self, record: models.Model, where: str = "", exclude: Iterable[str] = ()) -> None:
        """``where`` stands before the refusal. Raises ``RefusedRecord``."""
        try:
            record.full_clean(exclude=set(exclude))
        except ValidationError as error:
            values = {"record": record, "reasons": " ".join(error.messages)}
            raise RefusedRecord(where + self.refusal % values) from error

    def save(self, record: models.Model, where: str = "") -> None:
        self.check(record, where)
        record.save()
        self.saved.append(record)

    def save_site(self, site: Site, where: str = "") -> None:
        """With its association and its wave, if no other new site has brought them already; all of them or none."""
        if site.association.pk is None:
            site.association.slug = free_slug(site.association.name, Association.objects.all(), longest=90)
        if not site.slug:
            site.slug = free_site_slug(site.name)
        site.association, site.wave = site.association, site.wave  # takes the keys that they have by now
        brought = {name: record for name in ("association", "wave") if (record := getattr(site, name)).pk is None}
        for record in brought.values():
            self.check(record, where)
        self.check(site, where, exclude=brought)
        for name, record in brought.items():
            self.save(record, where)
            setattr(site, name, record)
        self.save(site, where)
