"""What is new, as Atom (RFC 4287): labels by wave, and records that changed since they were added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from labels.models import Wave
from pimms_directory.base.memo import kept
from pimms_directory.base.redirects import moved_to
from pimms_directory.base.templatetags.french import french_date
from sites.models import Department, Region, Site
from sites.models.lookup_tables import reference
from sites.models.records import SiteQuerySet
from sites.models.territories import departments_inside
from sites.search.facets import Wanted, tally

LENGTH = 60
MOST_CHANGED = 1000  # kept for the feeds of all places
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
    if site.closed_on:
        title = _("%(name)s a fermé le %(date)s") % {"name": site.name, "date": french_date(site.closed_on)}
    elif site.label_ended_on:
        title = _("%(name)s n’a plus le label France Services depuis le %(date)s") % {
            "name": site.name,
            "date": french_date(site.label_ended_on),
        }
    else:
        title = _("La fiche de %(name)s a changé") % {"name": site.name}
    return Entry(
        site=site,
        key=f"site:{site.pk}:changed",
        title=title,
        summary=_("%(place)s, %(department)s. Fiche modifiée le %(date)s.")
        % {
            "place": site.place_name,
            "department": site.department,
            "date": french_date(timezone.localdate(site.modified_at)),
        },
        updated=min(site.modified_at, now),
    )


@kept(8)
def newest(place: Department | Region | None) -> tuple[list[int], list[int]]:
    """The keys of the sites that were labelled last, and of those that changed last; of all places for None.

    Two queries at most, and those of the counts.
    """
    sites = Site.objects.public()
    inside: list[int] | None = None
    within: tuple[tuple[str, str], ...] = ()
    match place:
        case Region():
            inside, within = departments_inside(place), (("region", place.slug),)
        case Department():
            inside, within = [place.pk], (("departement", place.code),)
    if inside is not None:
        sites = sites.filter(department__in=inside)
    # Only the waves that fill the feed, often one, in which the sites stand in order: to sort all takes long.
    waves = filling(tally(Wanted(within=within)).waves)
    days = {wave.effective_on for wave in waves}
    order = ("slug",) if len(days) == 1 else ("-wave__effective_on", "slug")
    labelled = sites.filter(wave__in=waves).order_by(*order).values_list("pk", flat=True)
    last = changed_last()
    if inside is not None and len(last) == MOST_CHANGED:  # perhaps not all that this place needs
        last = list(changed(sites).values_list("pk", "department")[:LENGTH])
    return list(labelled[:LENGTH]), [pk for pk, department in last if inside is None or department in inside][:LENGTH]


@kept(1)
def changed_last() -> list[tuple[int, int]]:
    """The keys of the sites of all places that changed last, each with that of its department.

    SQLite compares the two times of each site: where few changed, once for all feeds.
    """
    return list(changed(Site.objects.public()).values_list("pk", "department")[:MOST_CHANGED])


def changed(sites: SiteQuerySet) -> SiteQuerySet:
    """Those that changed since they were added, the last one first."""
    return sites.filter(modified_at__gt=F("added_at") + STILL_ADDING).order_by("-modified_at", "slug")


def filling(counts: Mapping[int, int]) -> list[Wave]:
    """The newest waves that together have enough sites for a feed, by how many of each there are; else all."""
    found: list[Wave] = []
    total, last = 0, date.max
    for wave in sorted(reference().waves.values(), key=lambda wave: wave.effective_on, reverse=True):
        if total >= LENGTH and wave.effective_on < last:
            break
        found.append(wave)
        total, last = total + counts.get(wave.pk, 0), wave.effective_on
    return found


def entries(place: Department | Region | None, now: datetime) -> list[Entry]:
    """The newest of both kinds. One query while the data stand."""
    labelled, changed = newest(place)
    sites = Site.objects.select_related("wave__release", "department", "commune").in_bulk({*labelled, *changed})
    found = [
        *(label_entry(sites[pk], now) for pk in labelled),
        *(change_entry(sites[pk], now) for pk in changed),
    ]
    return sorted(found, key=lambda entry: (-entry.updated.timestamp(), entry.site.slug, entry.key))[:LENGTH]


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
        return _("PIMMS France Services : nouveautés")

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


class RegionFeed(DirectoryFeed):
    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Region:
        return get_object_or_404(Region, slug=kwargs["slug"])

    def title(self, place: Region) -> str:
        return _("PIMMS France Services, %(region)s : nouveautés") % {"region": place.name}

    def link(self, place: Region) -> str:
        return place.get_absolute_url()

    def feed_guid(self, place: Region) -> str:
        return tag_uri(f"feed:region:{place.code}")


class DepartmentFeed(DirectoryFeed):
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        department = get_object_or_404(Department, code=kwargs["code"].upper())
        if (kwargs["code"], kwargs["slug"]) != (department.code, department.slug):
            return moved_to(request, reverse("department-feed", args=[department.code, department.slug]))
        return super().__call__(request, department)

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Department:
        return args[0]

    def title(self, place: Department) -> str:
        return _("PIMMS France Services, %(department)s : nouveautés") % {"department": place}

    def link(self, place: Department) -> str:
        return place.get_absolute_url()

    def feed_guid(self, place: Department) -> str:
        return tag_uri(f"feed:department:{place.code}")
