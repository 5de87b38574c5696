"""Which site of the directory a printed line means, with the reason in words and the others it could be.

A name is strong evidence, a place alone is weak: the weak is offered, and chosen by itself only where nothing else
answers as well and the release does not call the line new. What stays open is for the editor.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from pimms_directory.base.folding import fold, misprint
from pimms_directory.base.templatetags.french import french_date
from sites.models import Listing, Site
from sites.models.sources import DASH
from sites.staff.drafts import significant_words
from sites.staff.official_list.site_values import names_of
from sites.staff.release_lines.reading import PastedLine

# How much a reason weighs. A line that is marked new is a known site by its name only.
SAME_NAME, SAME_WORDS, SAME_PRINT, FORMER_NAME, MISPRINT, SAME_RUNNER_AND_PLACE, SAME_PLACE, PART_OF_NAME = (
    100, 95, 92, 90, 87, 70, 60, 50,
)  # fmt: skip
SAME_RUNNER = 30
MISPRINTED_PLACE = 4  # how much less a place weighs that is misprinted
BY_NAME = 85
ENOUGH = 55
IN_COMMUNE, IN_DEPARTMENT = 6, 2
ALTERNATIVES = 6
BRACKETS = re.compile(r"\s*\(.*\)")
WORD = re.compile(r"\w+")
BARE_NUMBER = re.compile(r"^(\d{1,2})$")


@dataclass(frozen=True)
class Candidate:
    """``misprint``: the words that differ by one slip, as printed and as in the directory."""

    site: Site
    weight: int
    why: str
    misprint: tuple[str, str] | None = None


@dataclass
class Match:
    """``best`` is taken by itself; of several that answer equally well none is."""

    candidates: list[Candidate]
    best: Candidate | None = None
    open_question: str = ""


class _Known:
    """A site with all that a line may be compared with."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.name = fold(site.name)
        self.words = significant_words(site.name)
        self.former = {fold(alias.name): alias.name for alias in site.aliases.all()}
        self.former_words = {significant_words(alias.name): alias.name for alias in site.aliases.all()}
        self.runner = significant_words(site.association.name)
        self.communes = {place_words(name) for name in names_of(site.commune)} if site.commune else set()
        self.place = self.words[len(self.runner) :] if self.words[: len(self.runner)] == self.runner else self.words
        self.departments = {fold(site.department.name), fold(site.department.region.name)}
        self.printed: dict[tuple[str, tuple[str, ...]], Listing] = {}


class _Printed:
    """A line as it is compared."""

    def __init__(self, listing: Listing) -> None:
        name = listing.name_as_printed
        self.printed, self.commune_printed = name, listing.commune_printed
        self.name, self.words = fold(name), significant_words(name)
        before, *after = DASH.split(name, maxsplit=1)
        self.runner = significant_words(before)
        place = BRACKETS.sub("", after[0]) if after else ""  # "Sigean (Corbières Méditerranée)" is in Sigean
        self.place = place_words(place)
        self.commune = place_words(listing.commune_printed)
        self.territories = {fold(listing.department_printed), fold(listing.region_printed)} - {""}


def place_words(name: str) -> tuple[str, ...]:
    """``pont claix`` for "Le Pont-de-Claix"; "Paris 15" is the 15th arrondissement."""
    return tuple(BARE_NUMBER.sub(r"\1e", word) for word in significant_words(name))


def sites_to_match() -> Iterable[Site]:
    sites = Site.objects.select_related("association", "wave", "department__region", "commune__parent")
    return sites.prefetch_related("aliases", "commune__aliases").order_by("slug")


def match(lines: Iterable[PastedLine], sites: Iterable[Site], printed_before: Iterable[Listing]) -> dict[str, Match]:
    """By the key of each line. ``printed_before``: the lines of other releases, newest first."""
    known = {site.pk: _Known(site) for site in sites}
    for listing in printed_before:
        if listing.site_id in known:
            as_printed = (listing.folded_name, place_words(listing.commune_printed))
            known[listing.site_id].printed.setdefault(as_printed, listing)
    matches = {}
    for line in lines:
        printed = _Printed(line.listing)
        weighed = [found for each in known.values() if (found := weigh(printed, each))]
        weighed.sort(key=lambda candidate: (-candidate.weight, candidate.site.slug))
        matches[line.key] = choose(weighed[:ALTERNATIVES], BY_NAME if line.listing.marked_new else ENOUGH)
    leave_shared_open(matches)
    return matches


def weigh(line: _Printed, known: _Known) -> Candidate | None:
    weight, why, slip = *evidence(line, known), None
    if weight < SAME_RUNNER_AND_PLACE and (found := misprinted(line, known)) and found[0] > weight:
        weight, slip = found
        why = _("à une lettre près : « %(printed)s » imprimé, « %(known)s » dans l’annuaire") % {
            "printed": slip[0],
            "known": slip[1],
        }
    if not weight:
        return None
    if line.commune and line.commune in known.communes:
        weight += IN_COMMUNE
    elif line.commune and known.communes and weight < SAME_NAME:
        weight -= IN_COMMUNE
    if line.territories & known.departments:
        weight += IN_DEPARTMENT
    return Candidate(known.site, weight, why, slip)


def misprinted(line: _Printed, known: _Known) -> tuple[int, tuple[str, str]] | None:
    """How much a name or place weighs that one slip tells apart. Of a line from elsewhere it is offered, not chosen."""
    elsewhere = line.territories and not any(
        printed == name or misprint(printed, name) for printed in line.territories for name in known.departments
    )
    for name, spelling in ((known.name, known.site.name), *known.former.items()):
        words = name, " ".join(significant_words(name))
        found = misprint(line.name, words[0]) or misprint(" ".join(line.words), words[1])
        if found:
            slip = as_written(found[0], line.printed), as_written(found[1], spelling)
            return PART_OF_NAME if elsewhere else MISPRINT, slip
    if line.runner and (line.runner == known.runner or misprint(" ".join(line.runner), " ".join(known.runner))):
        return misprinted_place(line, known)
    return None


def misprinted_place(line: _Printed, known: _Known) -> tuple[int, tuple[str, str]] | None:
    """Of a site of the same association: one slip in the name of its commune, or in that of the association."""
    commune = known.site.commune.short_name if known.site.commune else ""
    place = line.place or line.commune
    weight = SAME_RUNNER_AND_PLACE - MISPRINTED_PLACE
    if place in known.communes and (found := misprint(" ".join(line.runner), " ".join(known.runner))):
        return weight, (as_written(found[0], line.printed), as_written(found[1], known.site.association.name))
    for name in known.communes if line.runner == known.runner else ():
        if found := misprint(" ".join(place), " ".join(name)):
            return weight, (
                as_written(found[0], f"{line.printed} {line.commune_printed}"),
                as_written(found[1], commune),
            )
    return None


def as_written(words: str, text: str) -> str:
    """The words that fold to these in a text, with their accents and capitals: “Métropole” of ``metropole``."""
    found = WORD.findall(text)
    size = len(words.split())
    runs = (" ".join(found[number : number + size]) for number in range(len(found)))
    return next((run for run in runs if fold(run) == words), words)


def evidence(line: _Printed, known: _Known) -> tuple[int, str]:
    """The strongest reason, and how it is said."""
    at_the_place = bool(line.place and line.place in known.communes)
    in_the_commune = bool(line.commune and line.commune in known.communes)
    same_runner = bool(line.runner) and line.runner == known.runner
    if line.name == known.name:
        return SAME_NAME, _("même nom")
    if line.words and line.words == known.words:
        return SAME_WORDS, _("même nom, aux petits mots près")
    if earlier := known.printed.get((line.name, line.commune)):
        day = french_date(earlier.release.published_on)
        return SAME_PRINT, _("imprimé ainsi dans le communiqué du %(day)s") % {"day": day}
    if former := known.former.get(line.name) or known.former_words.get(line.words):
        where = _(", et même commune") if in_the_commune else ""
        return FORMER_NAME, _("ancien nom « %(name)s »%(where)s") % {"name": former, "where": where}
    commune = known.site.commune.short_name if known.site.commune else ""
    if same_runner and (at_the_place or (in_the_commune and not line.place)):
        return SAME_RUNNER_AND_PLACE, _("même association et même commune (%(commune)s)") % {"commune": commune}
    if at_the_place or in_the_commune:
        return SAME_PLACE, _("même commune (%(commune)s), autre nom") % {"commune": commune}
    if line.place and line.place == known.place and line.territories & known.departments:
        return SAME_PLACE, _("même lieu après le tiret, autre association")
    if is_part(line.words, known.words) and line.territories & known.departments:
        return PART_OF_NAME, _("un nom contient l’autre, même département")
    if same_runner:
        return SAME_RUNNER, _("même association")
    return 0, ""


def is_part(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether all words of one are among those of the other, and more than a bare “PIMMS”."""
    return bool(one and other) and (set(one) <= set(other) or set(other) <= set(one))


def choose(candidates: list[Candidate], least: int) -> Match:
    match = Match(candidates)
    best = [each for each in candidates if each.weight == candidates[0].weight >= least]
    if len(best) == 1:
        match.best = best[0]
    elif best:
        names = _(" et ").join(f"« {each.site.name} »" for each in best)
        match.open_question = _("%(names)s répondent aussi bien : à vous de choisir.") % {"names": names}
    return match


def leave_shared_open(matches: dict[str, Match]) -> None:
    """A site is meant by one line: the one that says it more clearly, or by none until the editor has chosen."""
    by_site: dict[int, list[tuple[Match, Candidate]]] = defaultdict(list)
    for found in matches.values():
        if found.best:
            by_site[found.best.site.pk].append((found, found.best))
    for rivals in by_site.values():
        weights = [best.weight for _found, best in rivals]
        for found, best in rivals:
            if best.weight < max(weights) or weights.count(best.weight) > 1:
                found.open_question = _("Une autre ligne répond aussi à « %(name)s ».") % {"name": best.site.name}
                found.best = None
