"""Names for sites that the directory lacks, after those it has: ``PIMMS Isère – Vizille``.

The official list writes "France services Pimms Médiation Isère - Vizille". Both a proposed name and a proposed
association are shown to the editor before anything is made of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from pimms_directory.base.folding import LITTLE_WORDS, fold
from sites.models import Association, Site
from sites.staff.official_list.values import typeset

PREFIX = re.compile(
    r"^(?:bus\s+)?france\s+services?(?:\s+(?:itinérante?|multi-?sites?))?(?:\s+pimms\b)?(?:\s+m[ée]diation\b)*"
    r"(?:\s+itinérante?\b)?\s*(?:[-–]\s*)?(?:de\s+|d’\s*)?",
    re.IGNORECASE,
)
SUFFIXES = {Site.Kind.FIXED: "", Site.Kind.MOBILE: " – PIMMS mobile", Site.Kind.MULTISITE: " – équipe itinérante"}


@dataclass(frozen=True)
class Proposal:
    """The association of a new site: one of ours, or the name of one to create; ``why`` is the rule that found it."""

    name: str
    association: Association | None
    why: str


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
    new: dict[tuple[str, ...], str] = {}
    proposals = {}
    # The shorter first: "PIMMS Bordeaux" may run "PIMMS Bordeaux-Les Aubiers", never the other way round.
    for name in sorted(set(names), key=lambda name: (len(significant_words(name)), name)):
        before_dash = name.partition(" – ")[0]
        words, all_words = significant_words(before_dash), significant_words(name)
        beginning = max((key for key in ours if key and key == all_words[: len(key)]), key=len, default=())
        longer = [key for key in ours if words and key[: len(words)] == words]
        begun = max((key for key in new if key and key == all_words[: len(key)]), key=len, default=())
        if words in ours:
            proposals[name] = Proposal(ours[words].name, ours[words], _("même nom avant le tiret"))
        elif beginning:
            proposals[name] = Proposal(ours[beginning].name, ours[beginning], _("le nom du site commence par le sien"))
        elif begun:
            proposals[name] = Proposal(new[begun], None, _("nouvelle, avec un autre site de cette liste"))
        elif len(longer) == 1:
            proposals[name] = Proposal(ours[longer[0]].name, ours[longer[0]], _("la seule dont le nom commence ainsi"))
        else:
            new[words] = before_dash[:100]
            proposals[name] = Proposal(new[words], None, _("nouvelle : nom avant le tiret"))
    return proposals


def with_association(name: str, association_name: str) -> str:
    """The name of a site with its association’s spelling: the list writes ``Isere``, the directory ``Isère``."""
    before_dash, dash, rest = name.partition(" – ")
    if significant_words(before_dash) != significant_words(association_name):
        return name
    return f"{association_name}{dash}{rest}"
