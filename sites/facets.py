"""How many sites each choice of each filter would give, in one pass over the labelled sites.

The database groups the sites by all that the filters offer at once, in the order of an index, which costs
about the same whatever is chosen; the few groups are added up here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from labels.models import Wave
from pimms_directory.derived import kept
from sites.hours import WEEKDAY_SLUGS
from sites.models import Association, Department, Site
from sites.reference import reference

KINDS = {"fixe": Site.Kind.FIXED, "mobile": Site.Kind.MOBILE, "multisite": Site.Kind.MULTISITE}
KIND_SLUGS = {str(kind): slug for slug, kind in KINDS.items()}
DESK = KIND_SLUGS[Site.Kind.FIXED]


@dataclass(frozen=True, order=True)
class Option:
    """A value of a filter, as addresses write it; options sort as the reader expects."""

    sort: str
    value: str
    label: str = ""


# By the bits of Site.open_days.
DAYS = [
    tuple(Option(str(day), slug) for day, slug in enumerate(WEEKDAY_SLUGS) if bits & (1 << day))
    for bits in range(1 << len(WEEKDAY_SLUGS))
]


@dataclass(frozen=True)
class Group:
    """Sites that no filter tells apart: the options they have for each filter, since when, and how many they are."""

    department: int  # its primary key
    open_days: int
    options: Mapping[str, tuple[Option, ...]]
    labelled_on: date
    count: int

    def misses(self, chosen: Mapping[str, str]) -> list[str]:
        """The filters whose chosen value these sites do not have."""
        return [name for name, value in chosen.items() if not self.is_of(name, value)]

    def is_of(self, name: str, value: str) -> bool:
        """Whether these sites have this value of a filter."""
        for option in self.options[name]:  # noqa: SIM110 (asked for hundreds of times a page: half the time of any())
            if option.value == value:
                return True
        return False


@kept(128)
def labelled_groups(words: str = "", *, placed: bool = True) -> list[Group]:
    """The labelled sites that have some words, or those desks among them whose position is unknown, grouped.

    One query, and none while the data stay the same.
    """
    sites = Site.objects.labelled().search(words)
    if not placed:
        sites = sites.filter(kind=Site.Kind.FIXED, position_latitude=None)
    tables = reference()
    counted = (
        sites.order_by().values_list("department", "wave", "association", "kind", "open_days").annotate(n=Count("pk"))
    )
    return [
        Group(
            department,
            open_days,
            _options(tables.departments[department], tables.waves[wave], tables.associations[association])
            | {"type": (Option(kind, KIND_SLUGS[kind]),), "jour": DAYS[open_days]},
            tables.waves[wave].effective_on,
            count,
        )
        for department, wave, association, kind, open_days, count in counted
    ]


def _options(department: Department, wave: Wave, association: Association) -> dict[str, tuple[Option, ...]]:
    region = department.region
    return {
        "region": (Option(region.slug, region.slug, region.name),),
        "departement": (Option(department.slug, department.code, str(department)),),
        "vague": (Option(wave.code, wave.code, wave.name),),
        "association": (Option(association.slug, association.slug, association.name),),
    }


def count_options(grouped: list[Group], chosen: Mapping[str, str], name: str) -> list[tuple[Option, int]]:
    """Each option of a filter with the sites it would give under the other chosen values, in their order."""
    others = {other: value for other, value in chosen.items() if other != name}
    options: dict[str, Option] = {}
    counts: Counter[str] = Counter()
    for group in grouped:
        if not group.misses(others):
            for option in group.options[name]:
                options[option.value] = option
                counts[option.value] += group.count
    return [(option, counts[option.value]) for option in sorted(options.values())]
