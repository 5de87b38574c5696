"""Maps that show how many sites each department has: of all France, of a list, of a wave, of too many sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from operator import methodcaller

from django.urls import reverse
from django.utils.translation import gettext as _

from labels.models import Wave
from pimms_directory.base.memo import memo_by_revision
from sites.maps.outline import FRANCE, OVERSEAS, View, frames, view_of
from sites.maps.page_map import (
    MOST_MARKERS,
    MOST_POINTS,
    LegendLine,
    MapPoint,
    Marker,
    PageMap,
    legend_of,
    moved_apart,
    named_count,
    points_of_departments,
    points_of_sites,
)
from sites.models import Department, Region, Site
from sites.models.lookup_tables import LookupTables

ILE_DE_FRANCE = "11"  # eight departments where two markers have room

AddressOf = Callable[[Department | Region], str]  # where the marker of a territory leads
page_of: AddressOf = methodcaller("get_absolute_url")


@memo_by_revision(maxsize=1, speaks=True)
def country_map(tables: LookupTables) -> PageMap:
    """France with all labelled sites; a marker leads to the page of its department."""
    counts = tuple((each.code, each.site_count) for each in tables.departments.values())
    page_map = list_map(counts, tables, filtered=False)
    placed = Site.objects.labelled().placed().select_related("commune", "department")
    return replace(page_map, points=points_of_sites(placed[: MOST_POINTS + 1]) or page_map.points)


@memo_by_revision(maxsize=16, speaks=True)
def list_map(counts: tuple[tuple[str, int], ...], tables: LookupTables, *, filtered: bool) -> PageMap:
    """France with the sites of a list, counted by code of their department.

    A marker leads to the page of its department. On a ``filtered`` list it says what narrows the list to it:
    ``departement=38``; lists that have the same counts share the map, and the template writes their other filters.
    """
    departments = tables.by_parameter["departement"]
    counted = {departments[code]: count for code, count in counts if count and code in departments}
    overseas = tuple(each for code, each in departments.items() if code.startswith(OVERSEAS))
    overseas_with_sites = tuple(each for each in overseas if each in counted)
    title = _("Carte de France : nombre de PIMMS par département")
    return replace(
        _counted_map(title, FRANCE, counted, narrowing if filtered else page_of),
        overseas=overseas_with_sites or (() if filtered else overseas),
        overseas_have_sites=bool(overseas_with_sites),
    )


def territory_map(counts: Mapping[Department, int]) -> PageMap | None:
    """Some departments with the number of sites of each, where ``site_map`` would have to show too many.

    The marker of a single one leads to the list: its page shows no more of them.
    """
    view = view_of(each.code for each in counts)
    if view is None:
        return None
    address_of = list_narrowed() if len(counts) == 1 else page_of
    return _counted_map(_("Carte : nombre de PIMMS par département"), view, counts, address_of)


def _counted_map(title: str, view: View, counts: Mapping[Department, int], address_of: AddressOf) -> PageMap:
    shown = on_outline(counts)
    markers = markers_of(shown, address_of)
    return PageMap(
        title=title,
        view=view,
        markers=moved_apart(markers, view),
        legend=legend_of(markers, _("Nombre de PIMMS, bus compris ; chaque numéro est un lien")),
        shaded=tuple(each.code for each in shown),
        points=points_of_departments(shown),
    )


def wave_map(
    wave: Wave,
    counts: Mapping[Department, int],
    tables: LookupTables,
    waves: Iterable[Wave],
    points: tuple[MapPoint, ...] | None = None,
) -> PageMap:
    """France with the sites of one wave in its colour, and the departments that only other waves reached.

    ``counts`` are the numbers of its sites; ``points`` those of the detailed map, departments if None.
    """
    shown = on_outline(counts)
    by_other_waves = (each for each in tables.departments.values() if each.site_count and each not in counts)
    elsewhere = on_outline({each: each.site_count for each in by_other_waves})
    colour = f"wave-{[each.pk for each in waves].index(wave.pk) % 3 + 1}"
    ours = markers_of(shown, list_narrowed(f"vague={wave.code}&"), colour)
    others = markers_of(elsewhere, page_of, "other")
    legend = [LegendLine(colour, wave.name, str(sum(counts.values())))]
    if others:
        legend.append(LegendLine("other", _("Départements où le label est venu par d’autres vagues"), "2"))
    return PageMap(
        title=_("Carte de France : %(wave)s, nombre de PIMMS par département") % {"wave": wave.name},
        view=FRANCE,
        markers=moved_apart([*ours, *others], FRANCE),
        legend=tuple(legend),
        shaded=tuple(each.code for each in shown),
        points=points_of_departments(shown) if points is None else points,
    )


def on_outline(counts: Mapping[Department, int]) -> dict[Department, int]:
    """Those of the departments that the outline reaches."""
    return {each: count for each, count in counts.items() if each.code in frames()}


def markers_of(counts: Mapping[Department, int], address_of: AddressOf, kind: str = "count") -> list[Marker]:
    """A marker for each department, but one for all of Île-de-France, and one for each region when they are many."""
    by_region: dict[Region, list[Department]] = defaultdict(list)
    for department in counts:
        by_region[department.region].append(department)
    markers = []
    for region, departments in by_region.items():
        together = region.code == ILE_DE_FRANCE or len(counts) > MOST_MARKERS
        if together and len(departments) > 1:
            markers.append(_marker_of(region, departments, counts, address_of, kind))
        else:
            markers += [_marker_of(each, [each], counts, address_of, kind) for each in departments]
    return sorted(markers, key=lambda marker: marker.label)


def _marker_of(
    territory: Department | Region,
    departments: list[Department],
    counts: Mapping[Department, int],
    address_of: AddressOf,
    kind: str,
) -> Marker:
    """In the middle of the departments that it stands for."""
    count = sum(counts[each] for each in departments)
    centres = [frames()[each.code].centre for each in departments]
    x, y = (sum(values) / len(centres) for values in zip(*centres, strict=True))
    return Marker(named_count(territory.name, count), address_of(territory), count, kind, x, y)


def narrowing(territory: Department | Region) -> str:
    """What narrows a list to a territory: ``departement=38``."""
    return f"departement={territory.code}" if isinstance(territory, Department) else f"region={territory.slug}"


def list_narrowed(query: str = "") -> AddressOf:
    """A list in each territory: ``vague=2020-01&`` → ``/pimms/?vague=2020-01&departement=38``."""
    return lambda territory: f"{reverse('site-list')}?{query}{narrowing(territory)}"
