"""How many sites each choice of each filter would give under the other filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.memo import memo_by_revision
from pimms_directory.base.templatetags.french import french_date
from sites.hours.opening_hours import WEEKDAY_SLUGS, WEEKDAYS
from sites.models import Site
from sites.models.lookup_tables import LookupTables

# The filters that offer choices with counts, in the order of the form, and the columns that tell what a site has.
COLUMNS = {
    "region": "department__region",
    "departement": "department",
    "vague": "wave",
    "jour": "open_days",
    "type": "kind",
    "association": "association",
}
FACETS = tuple(COLUMNS)

# How addresses write the kinds of sites and the weekdays, and how pages call them.
KINDS = {"fixe": Site.Kind.FIXED, "mobile": Site.Kind.MOBILE, "multisite": Site.Kind.MULTISITE}
KIND_NAMES = {"fixe": _("Lieu fixe"), "mobile": _("Bus"), "multisite": _("Équipe qui se déplace")}
DAY_NAMES = {slug: name for slug, (_number, name) in zip(WEEKDAY_SLUGS, WEEKDAYS, strict=True)}


@dataclass(frozen=True, slots=True)
class Choice:
    value: str  # as addresses write it
    text: str  # ``Isère (38) (12)``: what it is called and its count
    count: int


@dataclass(frozen=True)
class Facet:
    """A filter as the form shows it."""

    name: str
    label: str
    choices: Collection[Choice]
    chosen: str | None


Groups = list[tuple[dict[str, tuple[str, ...]], int]]


@memo_by_revision(maxsize=16, speaks=True)
def facet_counts(condition: Q, chosen: tuple[tuple[str, str], ...], tables: LookupTables) -> dict[str, list[Choice]]:
    """The choices of each facet that give something.

    ``condition`` is what all counts have in common: words, dates, a place. ``chosen`` are the values of facets by
    name. A group of sites that has all of them counts for every facet. One that lacks a single value counts for the
    facet of that value alone, whose choices are counted as if none was chosen.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for values, size in grouped_sites(condition, tables):
        lacking = [name for name, value in chosen if value not in values[name]]
        if len(lacking) <= 1:
            for name in lacking or FACETS:
                for value in values[name]:
                    counts[name][value] += size
    dates = {wave.code: french_date(wave.effective_on) for wave in tables.waves.values()}
    labels = {**tables.by_parameter, "vague": dates, "jour": DAY_NAMES, "type": KIND_NAMES}
    return {name: _choices(labels[name], counts[name]) for name in FACETS}


@memo_by_revision(maxsize=4)
def grouped_sites(condition: Q, tables: LookupTables) -> Groups:
    """The labelled sites that no facet tells apart: what they have for each facet, and how many they are. One query.

    ``({"region": ("bretagne",), "departement": ("29",), "jour": ("lundi", "mardi"), …}, 3)``
    """
    rows = Site.objects.labelled().filter(condition).order_by().values_list(*COLUMNS.values()).annotate(Count("pk"))
    values_of = _values_by_key(tables)
    return [
        ({name: values_of[name][key] for name, key in zip(COLUMNS, keys, strict=True)}, size) for *keys, size in rows
    ]


def _choices(labels: Mapping[str, Any], counts: Counter[str]) -> list[Choice]:
    return [choice(value, str(label), counts[value]) for value, label in labels.items() if counts[value]]


def choice(value: str, label: str, count: int) -> Choice:
    return Choice(value, f"{capfirst(label)} ({count})", count)


def _values_by_key(tables: LookupTables) -> dict[str, Mapping[Any, tuple[str, ...]]]:
    """What a site has for each facet, by what stands in its column: ``{"jour": {3: ("lundi", "mardi")}, …}``."""
    return {
        "region": {pk: (each.slug,) for pk, each in tables.regions.items()},
        "departement": {pk: (each.code,) for pk, each in tables.departments.items()},
        "vague": {pk: (each.code,) for pk, each in tables.waves.items()},
        "jour": {
            open_days: tuple(slug for day, slug in enumerate(WEEKDAY_SLUGS) if open_days >> day & 1)
            for open_days in range(128)
        },
        "type": {kind: (slug,) for slug, kind in KINDS.items()},
        "association": {pk: (each.slug,) for pk, each in tables.associations.items()},
    }
