"""Maps of a region or a department with a marker for each site, or for a few too near each other; and of one desk."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import dist
from typing import cast

from django.utils.translation import gettext as _

from sites.maps.counted_maps import list_narrowed, page_of
from sites.maps.outline import View, frames, project, view_of
from sites.maps.page_map import (
    MOST_MARKERS,
    TARGET,
    Marker,
    PageMap,
    Position,
    legend_of,
    moved_apart,
    named_count,
    points_of_sites,
    units_per_pixel,
    with_towns,
)
from sites.models import Department, Site
from sites.models.distance import Point

Cluster = list[Site]  # the sites that share a marker


def site_map(sites: Sequence[Site], departments: Sequence[Department]) -> PageMap | None:
    """The departments of a region, or a single one, with each site; None where the outline does not reach."""
    view = view_of(each.code for each in departments)
    if view is None:
        return None
    whole_region = len(departments) > 1
    clusters = clusters_of(sites, view, whole_region)
    markers = [_marker_of(cluster, whole_region) for cluster in clusters]
    return PageMap(
        title=_("Carte : emplacement des PIMMS"),
        view=view,
        markers=with_towns(moved_apart(markers, view), view),
        legend=legend_of(markers, _("Plusieurs PIMMS proches")),
        shaded=tuple(each.code for each in departments if each.code in frames()),
        unplaced=tuple(site for site in sites if not site.position),
        points=points_of_sites(sites),
    )


def desk_map(site: Site) -> PageMap | None:
    """One desk in its department; its marker leads to a map of the streets around it."""
    view = view_of([site.department.code]) if site.position else None
    if view is None:
        return None
    x, y = _position(site)
    label = _("%(name)s : voir le plan sur OpenStreetMap") % {"name": site.name}
    marker = Marker(label, site.map_url, 1, "site", x, y, (x, y), scale=units_per_pixel(view), town=site.place_name)
    if site.point:
        title = _("Carte : le PIMMS dans son département")
    else:
        title = _("Carte : le centre de la commune, car la position exacte du PIMMS n’est pas connue")
    shaded, points = (site.department.code,), points_of_sites([site])
    return PageMap(title, view, with_towns([marker], view), shaded=shaded, points=points)


def clusters_of(sites: Iterable[Site], view: View, whole_region: bool) -> list[Cluster]:
    """The sites with a place, those together that the map has no room to keep apart.

    On the map of a department each site has its marker as long as they are few; on that of a region,
    sites of one department that would overlap share one, which leads to the department.
    """
    placed = [site for site in sites if site.position]
    if not whole_region and len(placed) <= MOST_MARKERS:
        return [[site] for site in placed]
    reach = units_per_pixel(view) * TARGET * (1 if whole_region else 2)
    by_department: dict[str, list[Cluster]] = defaultdict(list)
    for site in placed:
        clusters = by_department[site.department.code]
        near = next((cluster for cluster in clusters if dist(_position(site), _position(cluster[0])) < reach), None)
        if near:
            near.append(site)
        else:
            clusters.append([site])
    return [cluster for clusters in by_department.values() for cluster in clusters]


def _position(site: Site) -> Position:
    point = cast(Point, site.position)  # only asked of placed sites
    return project(point.latitude, point.longitude)


def _marker_of(cluster: Cluster, whole_region: bool) -> Marker:
    """Of a single site, which leads to its page, or of several, in the middle of them."""
    first = cluster[0]
    if len(cluster) == 1:
        x, y = _position(first)
        label = f"{first.name}, {first.place_name}"
        return Marker(label, first.get_absolute_url(), 1, "site", x, y, (x, y), town=first.place_name)
    x, y = (sum(values) / len(cluster) for values in zip(*map(_position, cluster), strict=True))
    towns = Counter(site.post_town for site in cluster if site.post_town)
    town = towns.most_common(1)[0][0] if towns else first.place_name
    address_of = page_of if whole_region else list_narrowed()
    label = named_count(_("Autour de %(town)s") % {"town": town}, len(cluster))
    return Marker(label, address_of(first.department), len(cluster), "count", x, y, town=town)
