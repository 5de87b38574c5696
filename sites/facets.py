"""How many sites each choice of each filter would give, in one pass over the labelled sites.

The database groups the sites by all that the filters offer at once, in the order of an index, which costs
about the same whatever is chosen; the few groups are added up here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, F, Value

from labels.models import Wave
from sites.hours import WEEKDAY_SLUGS
from sites.models import Association, Department, Site
from sites.models.records import SiteQuerySet

KINDS = {"fixe": Site.Kind.FIXED, "mobile": Site.Kind.MOBILE, "multisite": Site.Kind.MULTISITE}
KIND_SLUGS = {str(kind): slug for slug, kind in KINDS.items()}
DESK = KIND_SLUGS[Site.Kind.FIXED]


@dataclass(frozen=True, order=True)
class Option:
    """A value of a filter, as addresses write it; options sort as the reader expects."""

    sort: str
    value: str
    label: str = ""


@dataclass(frozen=True)
class Group:
    """Sites that no filter tells apart: the options they have for each filter, and how many they are."""

    options: Mapping[str, tuple[Option, ...]]
    count: int

    def misses(self, chosen: Mapping[str, str]) -> list[str]:
        """The filters whose chosen value these sites do not have."""
        return [name for name, value in chosen.items() if not self.is_of(name, value)]

    def is_of(self, name: str, value: str) -> bool:
        """Whether these sites have this value of a filter."""
        return any(option.value == value for option in self.options[name])


def groups(sites: SiteQuerySet) -> list[Group]:
    """The sites of a set, grouped. Two queries."""
    counted = (
        sites.select_related(None)
        .prefetch_related(None)
        .order_by()
        .values_list("department", "wave", "association", "kind", "open_days")
        .annotate(n=Count("pk"))
    )
    names = _names()
    return [
        Group(
            {
                "region": names["region", department],
                "departement": names["departement", department],
                "vague": names["vague", wave],
                "association": names["association", association],
                "type": (Option(kind, KIND_SLUGS[kind]),),
                "jour": tuple(
                    Option(str(day), slug) for day, slug in enumerate(WEEKDAY_SLUGS) if open_days & (1 << day)
                ),
            },
            count,
        )
        for department, wave, association, kind, open_days, count in counted
    ]


def _names() -> dict[tuple[str, int], tuple[Option]]:
    """The option of each record that sites refer to, by filter and key. One query."""

    def rows(queryset: Any, filter_name: str, value: str, label: str, sort: str, **more: str) -> Any:
        columns = {"value": value, "label": label, "sort": sort, "above": "", "above_label": ""} | more
        expressions = {
            f"{name}_": F(path) if path else Value("", output_field=CharField()) for name, path in columns.items()
        }
        named = queryset.order_by().annotate(filter_=Value(filter_name), **expressions)
        return named.values_list("filter_", "pk", *expressions)

    found: dict[tuple[str, int], tuple[Option]] = {}
    departments = rows(
        Department.objects, "departement", "code", "name", "slug", above="region__slug", above_label="region__name"
    )
    waves = rows(Wave.objects, "vague", "code", "name", "code")
    associations = rows(Association.objects, "association", "slug", "name", "slug")
    for name, key, value, label, sort, above, above_label in departments.union(waves, associations, all=True):
        found[name, key] = (Option(sort, value, f"{label} ({value})" if name == "departement" else label),)
        if above:
            found["region", key] = (Option(above, above, above_label),)
    return found


def count_options(grouped: list[Group], chosen: Mapping[str, str], name: str) -> list[tuple[Option, int]]:
    """Each option of a filter with the sites it would give under the other chosen values, in their order."""
    counts: Counter[Option] = Counter()
    for group in grouped:
        if all(missed == name for missed in group.misses(chosen)):
            for option in group.options[name]:
                counts[option] += group.count
    return sorted(counts.items())
