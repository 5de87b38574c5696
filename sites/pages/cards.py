"""The cards of lists: written once for each site, and kept while the data stand.

Writing its cards takes a page longer than all else that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape  # Django's own first asks whether a text is lazy: ours is not

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pimms_directory.base.memo import Shelf
from pimms_directory.base.templatetags.french import french_distance, time_tag
from sites.maps.maps import MapPoint, point_of
from sites.models import Site
from sites.models.lookup_tables import reference
from sites.models.site_display import Brief

MOST = 100  # some 3 kB each; a page shows up to sixty


@dataclass(frozen=True, slots=True)
class Card:
    name: str
    address: str  # of the site's page
    title: str
    facts: str
    point: MapPoint | None

    def at(self, distance: str, level: int) -> str:
        """With a heading of this level, and how far the site is, if that is known."""
        title = f'<h{level} class="card-title">{self.title}</h{level}>'
        return f'<article class="card">{title}{distance}{self.facts}</article>'


@dataclass(frozen=True)
class Words:
    """What all cards say, translated once for those of a page."""

    closed: str
    ended: str
    labelled: str
    go: str
    open: str
    bus: str
    multisite: str

    @classmethod
    def translated(cls) -> Words:
        return cls(
            closed=_("Fermé le"),
            ended=_("Sans label depuis le"),
            labelled=_("Label du"),
            go=_("Y aller"),
            open=_("Ouvert %(days)s"),
            bus=f"<strong>{_('Bus')}</strong>",
            multisite=f"<strong>{_('Multisite')}</strong> {_(': plusieurs lieux d’accueil')}",
        )


def write(wanted: Mapping[int, Site | Brief]) -> dict[int, Card]:
    """By primary key. One query if a site was not loaded in brief, and those of ``reference()``."""
    briefs = {key: site for key, site in wanted.items() if isinstance(site, Brief)}
    if others := wanted.keys() - briefs.keys():
        loaded = Site.objects.filter(pk__in=others).order_by().in_brief(reference().departments)
        briefs |= {site.pk: site for site in loaded}
    words = Words.translated()
    return {key: card(site, words) for key, site in briefs.items()}


def card(site: Brief, words: Words) -> Card:
    """Without a template: a page writes up to sixty, and one of 100,000 sites rarely finds them written."""
    name, address = escape(site.name), site.get_absolute_url()
    around = site.department.name if site.commune_name else site.department.region.name
    parts = [f'<p class="card-place">{escape(site.place_name)} <span class="muted">· {escape(around)}</span></p>']
    if site.closed_on:
        parts.append(f'<p><span class="badge">{words.closed} {time_tag(site.closed_on)}</span></p>')
    elif site.label_ended_on:
        parts.append(f'<p><span class="badge">{words.ended} {time_tag(site.label_ended_on)}</span></p>')
    parts.append(f'<p class="card-address">{_where(site, words)}</p>')
    facts = []
    if days := site.open_days_text:
        facts.append(f"<li>{words.open % {'days': escape(days)}}</li>")
    if site.phone:
        facts.append(f'<li><a href="{escape(site.phone_uri)}">{escape(site.phone)}</a></li>')
    if site.is_fixed:
        there = f'{words.go}<span class="visually-hidden"> : {name}</span>'
        facts.append(f'<li><a href="{escape(site.directions_url)}" rel="external">{there}</a></li>')
    facts.append(f'<li class="muted">{words.labelled} {time_tag(site.labelled_on)}</li>')
    parts.append(f'<ul class="card-facts">{"".join(facts)}</ul>')
    title = f'<a href="{escape(address)}">{name}</a>'
    return Card(site.name, address, title, "\n".join(parts), point_of(site))


def _where(site: Brief, words: Words) -> str:
    if site.is_fixed:
        return escape(site.postal_address)
    if site.is_mobile:
        return f"{words.bus} {f': {escape(site.area_served)}' if site.area_served else ''}"
    return words.multisite


shelf = Shelf(MOST, write)


def of(sites: Iterable[Site | Brief]) -> Iterable[Card]:
    """In their order; only the keys of the sites need be loaded."""
    return shelf.take({site.pk: site for site in sites}).values()


def list_items(sites: Iterable[Site | Brief], level: int) -> SafeString:
    """The cards of some sites as ``<li>`` elements."""
    sites = list(sites)
    away = _("à")
    items = []
    for site, card in zip(sites, of(sites), strict=True):
        distance = getattr(site, "distance_km", None)
        shown = "" if distance is None else f'<p class="card-distance">{away} {french_distance(distance)}</p>'
        items.append(f"<li>{card.at(shown, level)}</li>\n")
    return mark_safe("".join(items))  # noqa: S308 (escaped above)


def links(sites: Iterable[Site | Brief]) -> list[tuple[str, str]]:
    """Their names and addresses."""
    return [(card.name, card.address) for card in of(sites)]


def points(sites: Iterable[Site | Brief]) -> list[MapPoint]:
    """Where these sites stand on a detailed map, without those that have no place."""
    return [card.point for card in of(sites) if card.point]
