"""The cards of lists: written once for each site, and kept while the data stand.

Writing its cards takes a page longer than all else that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pimms_directory.derived import Shelf
from pimms_directory.templatetags.french import french_distance
from sites.maps import MapPoint, point_of
from sites.models import Site

SLOT = mark_safe("<!--distance-->")  # where the distance goes, which depends on who asks
MOST = 3000  # some 2 kB each

Key = tuple[int, int]  # a site's primary key, and the level of the card's heading


@dataclass(frozen=True)
class Card:
    before: str
    after: str
    point: MapPoint | None

    def at(self, distance_km: float | None) -> str:
        distance = ""
        if distance_km is not None:
            distance = f'<p class="card-distance">{_("à")} {french_distance(distance_km)}</p>'
        return f"{self.before}{distance}{self.after}"


def write(keys: Sequence[Key]) -> dict[Key, Card]:
    """Two queries."""
    sites = Site.objects.with_place().with_hours().in_bulk({pk for pk, _level in keys})
    template = get_template("sites/_card.html")
    written = {}
    for pk, level in keys:
        html = template.render({"site": sites[pk], "level": level, "distance": SLOT})
        before, after = html.split(SLOT)
        written[pk, level] = Card(before, after, point_of(sites[pk]))
    return written


shelf = Shelf(MOST, write)


def list_items(sites: Iterable[Site], level: int) -> SafeString:
    """The cards of some sites, of which only the keys and distances need be loaded, as ``<li>`` elements."""
    sites = list(sites)
    cards = shelf.take([(site.pk, level) for site in sites])
    distances = [getattr(site, "distance_km", None) for site in sites]
    items = (f"<li>{card.at(distance)}</li>\n" for card, distance in zip(cards, distances, strict=True))
    return mark_safe("".join(items))  # noqa: S308 (rendered by templates)


def points(sites: Iterable[Site], level: int) -> list[MapPoint]:
    """Where these sites stand on a detailed map, without those that have no place."""
    return [card.point for card in shelf.take([(site.pk, level) for site in sites]) if card.point]
