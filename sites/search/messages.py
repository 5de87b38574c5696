"""What readers are told about a list that left out a value, or that has nothing for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sites.models import Site
from sites.search.filters import PLACE, Chip, SiteFilter
from sites.search.needs import NEEDS
from sites.search.typed_need import PARAMETER

LONGEST_VALUE = 60  # characters of a bad value that a message repeats

DATE_HINT = gettext_lazy("écrivez une date comme 31/01/2020")
LENGTH_HINT = gettext_lazy("écrivez au plus %(n)s caractères")
DEGREES_HINT = gettext_lazy("écrivez un nombre comme 45.188")
NUMBER_HINT = gettext_lazy("écrivez un nombre entier")
HINTS = {
    "labellise_apres": DATE_HINT,
    "labellise_avant": DATE_HINT,
    "q": LENGTH_HINT,
    "lieu": LENGTH_HINT,
    "lat": DEGREES_HINT,
    "lon": DEGREES_HINT,
    "limit": NUMBER_HINT,
    "offset": NUMBER_HINT,
}


def problems(found: SiteFilter) -> list[str]:
    """A sentence for each value that was left out."""
    if not found.is_bound:
        return []
    sentences = [_problem(found, name) for name in found.form.errors]
    if found.is_half_a_position:
        sentences.append(_("Il faut « lat » et « lon » ensemble. Nous n’utilisons pas cette position."))
    return sentences


def nothing_typed(found: SiteFilter) -> list[str]:
    """A sentence for a search without a word: the list then shows everything."""
    if found.active or (found.data or {}).get("lieu", "no search").strip():
        return []
    return [_("Vous n’avez pas écrit de lieu. Voici tous les PIMMS.")]


def unknown_need(asked: QueryDict) -> list[str]:
    """A sentence for a need that nobody knows, which an address was changed to ask for."""
    value = asked.get(PARAMETER, "").replace("\0", "�")
    if not value or value in NEEDS:
        return []
    return [_("« %(value)s » pour « Besoin » : cette valeur est inconnue.") % {"value": value[:LONGEST_VALUE]}]


def _problem(found: SiteFilter, name: str) -> str:
    return _("« %(value)s » pour « %(label)s » : %(hint)s. Ce filtre n’est pas appliqué.") % {
        "value": shown(found.data[name]),
        "label": found.filters[name].label,
        "hint": hint_for(found, name),
    }


def hint_for(found: SiteFilter, name: str) -> str:
    """How a value of this parameter is written; that it is unknown, where there is a list of them."""
    if name in HINTS:
        return str(HINTS[name]) % {"n": found.filters[name].extra.get("max_length")}
    return _("cette valeur est inconnue")


def shown(value: str) -> str:
    """What somebody sent, fit for a message."""
    value = value.replace("\0", "�")
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"


@dataclass(frozen=True)
class WayOut:
    """Out of an empty result: a filter to drop, or the only one to keep, and what the list then gives."""

    chip: Chip
    query: str
    count: int
    keeps: bool


def ways_out(found: SiteFilter) -> list[WayOut]:
    """For an empty result: the filters whose removal alone gives sites; failing that, those that alone do."""
    chips = dict(zip(found.active, found.chips, strict=True))
    dropping = [
        WayOut(chip, chip.query, _count([found.active[other] for other in chips if other != name]), keeps=False)
        for name, chip in chips.items()
    ]
    if any(way.count for way in dropping):
        return [way for way in dropping if way.count]
    keeping = [
        WayOut(chip, _query_with_only(found, name), _count([found.active[name]]), keeps=True)
        for name, chip in chips.items()
    ]
    return [way for way in keeping if way.count]


def _count(conditions: Iterable[Q]) -> int:
    return Site.objects.labelled().filter(*conditions).count()


def _query_with_only(found: SiteFilter, name: str) -> str:
    kept = PLACE if name == "lieu" else (name,)
    return f"?{urlencode({key: value for key, value in found.query.items() if key in kept})}"
