"""Maps that show how many sites each department has: of all France, of a list, of a wave, of too many sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from labels.models import Wave
from pimms_directory.base.memo import memo_by_revision
from sites.maps.frames import OVERSEAS, frames, view_of
from sites.maps.page_map import MOST_MARKERS, LegendLine, Marker, PageMap, legend_of, moved_apart, named_count
from sites.maps.points import MOST_POINTS, MapPoint, points_of_departments, points_of_sites
from sites.maps.projection import FRANCE
from sites.models import Department, Region, Site
from sites.models.lookup_tables import LookupTables

ILE_DE_FRANCE = "11"  # eight departments where two markers have room

AddressOf = Callable[[Department | Region], str]  # where the marker of a territory leads


@memo_by_revision(maxsize=1)
def country_map(tables: LookupTables) -> PageMap:
    """France with all labelled sites; a marker leads to the page of its department."""
    counts = {each.code: each.site_count for each in tables.departments.values()}
    placed = Site.objects.labelled().placed().select_related("commune", "department")
    return _map_of_france(counts, tables, page_of, points_of_sites(placed[: MOST_POINTS + 1]))


def list_map(counts: Mapping[str, int], tables: LookupTables, *, filtered: bool) -> PageMap:
    """France with the sites of a list, counted by code of their department.

    A marker leads to the page of its department. On a ``filtered`` list it says what narrows the list to it:
    ``departement=38``; lists that have the same counts share the map, and the template writes their other filters.
    """
    return _map_of_france(counts, tables, narrowing if filtered else page_of, (), filtered=filtered)


def _map_of_france(
    counts: Mapping[str, int],
    tables: LookupTables,
    address_of: AddressOf,
    points: Iterable[MapPoint],
    *,
    filtered: bool = False,
) -> PageMap:
    departments = tables.by_parameter["departement"]
    on_outline = {
        departments[code]: count for code, count in counts.items() if count and code in frames() and code in departments
    }
    markers = markers_of(on_outline, address_of)
    overseas = tuple(each for code, each in departments.items() if code.startswith(OVERSEAS))
    overseas_with_sites = tuple(each for each in overseas if counts.get(each.code))
    return PageMap(
        title=_("Carte de France : nombre de PIMMS labellisés par département"),
        view=FRANCE,
        markers=moved_apart(markers, FRANCE),
        legend=legend_of(markers, _("Nombre de PIMMS, bus compris ; chaque numéro est un lien")),
        shaded=tuple(each.code for each in on_outline),
        overseas=overseas_with_sites or (() if filtered else overseas),
        overseas_have_sites=bool(overseas_with_sites),
        points=tuple(points) or points_of_departments(on_outline),
    )


def wave_map(
    wave: Wave,
    counts: Mapping[Department, int],
    tables: LookupTables,
    waves: Iterable[Wave],
    points: Iterable[MapPoint] | None = None,
) -> PageMap:
    """France with the sites of one wave in its colour, and the departments that only other waves reached.

    ``counts`` are the numbers of its sites; ``points`` those of the detailed map, departments if None.
    """
    on_outline = {each: count for each, count in counts.items() if each.code in frames()}
    reached = {each.code for each in counts}
    elsewhere = {
        each: each.site_count
        for each in tables.departments.values()
        if each.site_count and each.code in frames() and each.code not in reached
    }
    colour = f"wave-{[each.pk for each in waves].index(wave.pk) % 3 + 1}"
    ours = markers_of(on_outline, list_narrowed(QueryDict(f"vague={wave.code}")), colour)
    others = markers_of(elsewhere, page_of, "other")
    legend = [LegendLine(colour, wave.name, str(sum(counts.values())))]
    if others:
        legend.append(LegendLine("other", _("Départements où le label est venu par d’autres vagues"), "2"))
    return PageMap(
        title=_("Carte de France : %(wave)s, nombre de PIMMS par département") % {"wave": wave.name},
        view=FRANCE,
        markers=moved_apart([*ours, *others], FRANCE),
        legend=tuple(legend),
        shaded=tuple(each.code for each in on_outline),
        points=points_of_departments(on_outline) if points is None else tuple(points),
    )


def territory_map(counts: Mapping[Department, int]) -> PageMap | None:
    """Some departments with the number of sites of each, where ``site_map`` would have to show too many.

    The marker of a single one leads to the list: its page shows no more of them.
    """
    view = view_of(each.code for each in counts)
    if view is None:
        return None
    on_outline = {each: count for each, count in counts.items() if each.code in frames()}
    markers = markers_of(on_outline, list_narrowed(QueryDict()) if len(counts) == 1 else page_of)
    return PageMap(
        title=_("Carte : nombre de PIMMS par département"),
        view=view,
        markers=moved_apart(markers, view),
        legend=legend_of(markers, _("Nombre de PIMMS, bus compris ; chaque numéro est un lien")),
        shaded=tuple(each.code for each in on_outline),
        points=points_of_departments(on_outline),
    )


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


def page_of(territory: Department | Region) -> str:
    return territory.get_absolute_url()


def narrowing(territory: Department | Region) -> str:
    """What narrows a list to a territory: ``departement=38``."""
    return f"departement={territory.code}" if isinstance(territory, Department) else f"region={territory.slug}"


def list_narrowed(query: QueryDict) -> AddressOf:
    """The same list in another territory: ``?jour=lundi&page=2`` → ``/pimms/?jour=lundi&departement=38``."""
    others = {key: str(query[key]) for key in query if key not in ("page", "region", "departement")}
    start = f"{reverse('site-list')}?{urlencode(others)}{'&' if others else ''}"
    return lambda territory: start + narrowing(territory)
