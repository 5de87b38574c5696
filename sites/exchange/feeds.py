"""What is new, as Atom (RFC 4287): labels by wave, and records that changed since they were added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from pimms_directory.base.addresses import moved_to
from pimms_directory.base.templatetags.french import french_date
from sites.exchange.public_records import address_beside, public_record
from sites.models import Department, Region, Site
from sites.models.site_queries import SiteQuerySet

LENGTH = 60
# What follows within the hour belongs to entering the record, not to changing it.
STILL_ADDING = timedelta(hours=1)


def midnight(day: date) -> datetime:
    """The beginning of a day, Europe/Paris."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Entry:
    site: Site
    key: str
    title: str
    summary: str
    updated: datetime


def label_entry(site: Site, now: datetime) -> Entry:
    """Dated when the label takes effect or, until then, when it became known."""
    wave = site.wave
    known = (midnight(day) for day in (wave.effective_on, wave.published_on, wave.announced_on) if day)
    names = {"name": site.name, "date": french_date(wave.effective_on)}
    if midnight(wave.effective_on) > now:
        title = _("%(name)s recevra le label France Services le %(date)s") % names
    else:
        title = _("%(name)s reçoit le label France Services") % names
    return Entry(
        site=site,
        key=f"site:{site.pk}:label:{wave.code}",
        title=title,
        summary=_("%(place)s, %(department)s. %(wave)s, label effectif le %(date)s.")
        % {"place": site.place_name, "department": site.department, "wave": wave.name, **names},
        updated=next((moment for moment in known if moment <= now), min(site.added_at, now)),
    )


def change_entry(site: Site, now: datetime) -> Entry:
    ended_on = site.closed_on or site.label_ended_on
    if site.closed_on:
        title = _("%(name)s a fermé le %(date)s")
    elif site.label_ended_on:
        title = _("%(name)s n’a plus le label France Services depuis le %(date)s")
    else:
        title = _("La fiche de %(name)s a changé")
    return Entry(
        site=site,
        key=f"site:{site.pk}:changed",
        title=title % {"name": site.name, "date": ended_on and french_date(ended_on)},
        summary=_("%(place)s, %(department)s. Fiche modifiée le %(date)s.")
        % {
            "place": site.place_name,
            "department": site.department,
            "date": french_date(timezone.localdate(site.modified_at)),
        },
        updated=min(site.modified_at, now),
    )


def entries(place: Department | Region | None, now: datetime) -> list[Entry]:
    """The newest of both kinds, of all places for None. Three queries: keys are sorted much sooner than rows."""
    sites = public_sites_of(place).values_list("pk", flat=True)
    labelled = sites.order_by("-wave__effective_on", "slug")[:LENGTH]
    changed = sites.filter(modified_at__gt=F("added_at") + STILL_ADDING).order_by("-modified_at", "slug")[:LENGTH]
    records = Site.objects.select_related("wave__release", "department", "commune").in_bulk({*labelled, *changed})
    found = [
        *(label_entry(records[pk], now) for pk in labelled),
        *(change_entry(records[pk], now) for pk in changed),
    ]
    return sorted(found, key=lambda entry: (-entry.updated.timestamp(), entry.site.slug, entry.key))[:LENGTH]


def public_sites_of(place: Department | Region | None) -> SiteQuerySet:
    match place:
        case Region():
            return Site.objects.public().filter(department__region=place)
        case Department():
            return Site.objects.public().filter(department=place)
    return Site.objects.public()


class AtomFeed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """An empty feed did not change just now: it is as old as the label."""
        return super().latest_post_date() if self.items else midnight(date(2020, 1, 1))


def tag_uri(path: str) -> str:
    """RFC 4151: the same for ever, whatever the host, the address or the name become."""
    return f"tag:{settings.FEED_AUTHORITY}:{path}"


class DirectoryFeed(Feed):
    feed_type = AtomFeed
    language = "fr"

    def title(self, place: Any) -> str:
        return _("PIMMS France Services : nouveautés")

    def subtitle(self, place: Any) -> str:
        return _("Labels reçus, vague par vague, et fiches modifiées.")

    def link(self, place: Any) -> str:
        return reverse("site-list")

    def feed_guid(self, place: Any) -> str:
        return tag_uri("feed")

    def author_name(self, place: Any) -> str:
        return settings.SITE["publisher"] or _("Annuaire des PIMMS France Services")

    def items(self, place: Any) -> list[Entry]:
        return entries(place, timezone.now())

    def item_title(self, entry: Entry) -> str:
        return entry.title

    def item_description(self, entry: Entry) -> str:
        return escape(entry.summary)

    def item_link(self, entry: Entry) -> str:
        return entry.site.get_absolute_url()

    def item_guid(self, entry: Entry) -> str:
        return tag_uri(entry.key)

    def item_updateddate(self, entry: Entry) -> datetime:
        return entry.updated

    def item_categories(self, entry: Entry) -> list[str]:
        return [entry.site.wave.name]


class TerritoryFeed(DirectoryFeed):
    """What is new in a region or a department, as the route of its page says."""

    def __init__(self, route: str) -> None:
        self.route = route

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        place = public_record(self.route, **kwargs)
        address = address_beside(place, "/flux.atom")
        return super().__call__(request, place) if request.path == address else moved_to(request, address)

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Department | Region:
        return args[0]

    def title(self, place: Department | Region) -> str:
        if isinstance(place, Region):
            return _("PIMMS France Services, %(region)s : nouveautés") % {"region": place.name}
        return _("PIMMS France Services, %(department)s : nouveautés") % {"department": place}

    def link(self, place: Department | Region) -> str:
        return place.get_absolute_url()

    def feed_guid(self, place: Department | Region) -> str:
        return tag_uri(f"feed:{self.route}:{place.code}")
