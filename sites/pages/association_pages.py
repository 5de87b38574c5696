"""``/associations/``: who runs the sites."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.views.generic import DetailView, ListView

from pimms_directory.base.folding import fold
from sites.models import Association, Department, Site, SiteAlias
from sites.models.lookup_tables import LookupTables, lookup_tables
from sites.pages.site_summary import MOST_SHOWN, summarize, summary_of
from sites.pages.territory_counts import by_region


@dataclass(frozen=True)
class Reach:
    """An association, with the number of its labelled sites and where they stand."""

    association: Association
    count: int
    departments: tuple[Department, ...]  # by name


def reaches(tables: LookupTables) -> list[Reach]:
    """Of all associations, by name. One query."""
    pairs = set(Site.objects.labelled().order_by().values_list("association", "department").distinct())
    departments: dict[int, list[Department]] = defaultdict(list)
    for association, department in sorted(pairs, key=lambda pair: tables.departments[pair[1]].slug):
        departments[association].append(tables.departments[department])
    return [Reach(each, each.site_count, tuple(departments[pk])) for pk, each in tables.associations.items()]


class AssociationList(ListView):
    template_name = "sites/pages/association_list.html"
    context_object_name = "reaches"

    def get_queryset(self) -> list[Reach]:  # type: ignore[override]
        return reaches(lookup_tables())


class AssociationDetail(DetailView):
    queryset = Association.objects.public()
    template_name = "sites/pages/association_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tables = lookup_tables()
        summary = summary_of(self.object, tables)
        regions = by_region(summary.departments)
        return super().get_context_data(
            summary=summary,
            former=summarize(self.object.sites.no_longer_labelled(), tables),
            former_names=names_before(self.object),
            regions=regions,
            departments=[department for region in regions for department, _count in region.departments],
            waves=[(wave, summary.waves[pk]) for pk, wave in tables.waves.items() if pk in summary.waves],
            list_query=QueryDict(f"association={self.object.slug}"),
            **kwargs,
        )


def names_before(association: Association) -> list[tuple[str, list[Site]]]:
    """Former names of its labelled sites, each with the sites that had it."""
    aliases = SiteAlias.objects.filter(site__in=association.sites.labelled().order_by().values("pk"))
    names: dict[str, list[Site]] = {}
    for alias in aliases.select_related("site").only("name", "site__name", "site__slug").order_by("slug")[:MOST_SHOWN]:
        names.setdefault(alias.name, []).append(alias.site)
    for sites in names.values():
        sites.sort(key=lambda site: site.slug)
    return sorted(names.items(), key=lambda pair: fold(pair[0]))
