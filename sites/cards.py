"""The cards of lists: written once for each site, and kept while the data stand.

Writing its cards takes a page longer than all else that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape  # Django's own first asks whether a text is lazy: ours is not

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pimms_directory.derived import Shelf
from pimms_directory.templatetags.french import french_distance, time_tag
from sites.maps import MapPoint, point_of
from sites.models import Site
from sites.models.records import CARD
from sites.reference import reference

MOST = 300  # some 2 kB each

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


def write(wanted: Mapping[Key, Site]) -> dict[Key, Card]:
    """One query if a site was loaded without what a card shows, and those of ``reference()``."""
    bare = {site.pk for site in wanted.values() if not site.get_deferred_fields().isdisjoint(CARD)}
    loaded = Site.objects.for_cards().in_bulk(bare) if bare else {}
    tables = reference()
    cards = {}
    for key, given in wanted.items():
        site = loaded.get(given.pk, given)
        site.department = tables.departments[site.department_id]
        if wave := tables.waves.get(site.wave_id):  # one that is not published is read with its site
            site.wave = wave
        cards[key] = card(site, key[1])
    return cards


def card(site: Site, level: int) -> Card:
    """Without a template: a page writes up to sixty, and one of 100,000 sites rarely finds them written."""
    name, address = escape(site.name), escape(site.get_absolute_url())
    around = site.department.name if site.commune else site.department.region.name
    after = [f'<p class="card-place">{escape(site.place_name)} <span class="muted">· {escape(around)}</span></p>']
    if site.closed_on:
        after.append(f'<p><span class="badge">{_("Fermé le")} {time_tag(site.closed_on)}</span></p>')
    elif site.label_ended_on:
        after.append(f'<p><span class="badge">{_("Sans label depuis le")} {time_tag(site.label_ended_on)}</span></p>')
    after.append(f'<p class="card-address">{_where(site)}</p>')
    facts = [f'<li class="muted">{_("Label du")} {time_tag(site.wave.effective_on)}</li>']
    if site.is_fixed:
        there = f'{_("Y aller")}<span class="visually-hidden"> : {name}</span>'
        facts.insert(0, f'<li><a href="{escape(site.directions_url)}" rel="external">{there}</a></li>')
    if site.phone:
        facts.insert(0, f'<li><a href="{escape(site.phone_uri)}">{escape(site.phone)}</a></li>')
    if days := site.open_days_text:
        facts.insert(0, f"<li>{_('Ouvert %(days)s') % {'days': escape(days)}}</li>")
    after.append(f'<ul class="card-facts">{"".join(facts)}</ul></article>')
    title = f'<h{level} class="card-title"><a href="{address}">{name}</a></h{level}>'
    return Card(f'<article class="card">{title}', "\n".join(after), point_of(site))


def _where(site: Site) -> str:
    if site.is_fixed:
        return escape(site.postal_address)
    if site.is_mobile:
        area = f": {escape(site.area_served)}" if site.area_served else ""
        return f"<strong>{_('Bus')}</strong> {area}"
    return f"<strong>{_('Multisite')}</strong> {_(': plusieurs lieux d’accueil')}"


shelf = Shelf(MOST, write)


def list_items(sites: Iterable[Site], level: int) -> SafeString:
    """The cards of some sites, of which only the keys and distances need be loaded, as ``<li>`` elements."""
    wanted = {(site.pk, level): site for site in sites}
    cards = shelf.take(wanted)
    items = (f"<li>{cards[key].at(getattr(site, 'distance_km', None))}</li>\n" for key, site in wanted.items())
    return mark_safe("".join(items))  # noqa: S308 (escaped above)


def points(sites: Iterable[Site], level: int) -> list[MapPoint]:
    """Where these sites stand on a detailed map, without those that have no place."""
    return [card.point for card in shelf.take({(site.pk, level): site for site in sites}).values() if card.point]
