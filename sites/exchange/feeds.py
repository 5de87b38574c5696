"""What is new, as Atom (RFC 4287): labels, waves, press releases, and records that changed since they were added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease, Wave
from pimms_directory.base.addresses import moved_to
from pimms_directory.base.templatetags.french import after_de, french_date
from sites.exchange.citing.citation import author
from sites.exchange.licence import LICENCE
from sites.exchange.records.public_records import address_beside, public_record
from sites.hours.today import zone_of
from sites.models import Department, Notice, Region, Site
from sites.models.site import STILL_ADDING
from sites.models.site_queries import SiteQuerySet

LENGTH = 60


def midnight(day: date) -> datetime:
    """The beginning of a day, Europe/Paris."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Entry:
    key: str  # the same for ever, made of slugs and codes
    title: str
    summary: str
    link: str
    published: datetime
    updated: datetime
    category: str = ""


def label_entry(site: Site, now: datetime) -> Entry:
    wave = site.wave
    names = {"name": site.name, "date": french_date(wave.effective_on)}
    if midnight(wave.effective_on) > now:
        title = _("%(name)s recevra le label France Services le %(date)s") % names
    else:
        title = _("%(name)s reçoit le label France Services") % names
    known = known_since(wave, now) or min(site.added_at, now)
    return Entry(
        key=f"site:{site.first_slug or site.slug}:label:{wave.code}",
        title=title,
        summary=_("%(place)s. %(wave)s, label effectif le %(date)s.")
        % {"place": where(site), "wave": wave.name, **names},
        link=site.get_absolute_url(),
        published=known,
        updated=known,
        category=wave.name,
    )


def known_since(wave: Wave, now: datetime) -> datetime | None:
    """When the label takes effect or, until then, when it became known."""
    days = (wave.effective_on, wave.published_on, wave.announced_on)
    return next((midnight(day) for day in days if day and midnight(day) <= now), None)


def where(site: Site) -> str:
    """``Lyon 8e, Rhône (69)``; ``Gard (30)`` for what has no desk."""
    if site.commune is None:
        return str(site.department)
    return _("%(place)s, %(department)s") % {"place": site.place_name, "department": site.department}


def change_entry(site: Site, now: datetime) -> Entry:
    ended_on = site.closed_on or site.label_ended_on
    if site.closed_on:
        title = _("%(name)s a fermé le %(date)s")
    elif site.label_ended_on:
        title = _("%(name)s n’a plus le label France Services depuis le %(date)s")
    else:
        title = _("La fiche %(of_name)s a changé")
    return Entry(
        key=f"site:{site.first_slug or site.slug}:changed",
        title=title % {"name": site.name, "of_name": after_de(site.name), "date": ended_on and french_date(ended_on)},
        summary=_("%(place)s. Fiche modifiée le %(date)s.")
        % {"place": where(site), "date": french_date(timezone.localdate(site.modified_at))},
        link=site.get_absolute_url(),
        published=min(site.added_at, now),  # of the record: it may change again, under the same key
        updated=min(site.modified_at, now),
        category=site.wave.name,
    )


def notice_entry(notice: Notice, now: datetime) -> Entry:
    """Under the same key for as long as it is shown; a new wording brings it up again."""
    site = notice.site
    shown = notice.shown.replace(tzinfo=zone_of(site.department.code))
    return Entry(
        key=f"site:{site.first_slug or site.slug}:notice:{notice.kind}:{notice.begins_on}",
        title=_("%(name)s : %(kind)s") % {"name": site.name, "kind": notice.get_kind_display()},
        summary=_("%(place)s. %(notice)s") % {"place": where(site), "notice": notice},
        link=site.get_absolute_url(),
        published=shown,
        updated=min(max(shown, notice.modified_at), now),
        category=site.wave.name,
    )


def wave_entry(wave: Wave, total: int, known: datetime) -> Entry:
    text = ngettext(
        "%(total)s PIMMS de l’annuaire, label effectif le %(date)s.",
        "%(total)s PIMMS de l’annuaire, label effectif le %(date)s.",
        total,
    )
    return Entry(
        key=f"wave:{wave.code}",
        title=_("Labels France Services : %(wave)s") % {"wave": wave.name},
        summary=text % {"total": total, "date": french_date(wave.effective_on)},
        link=wave.get_absolute_url(),
        published=known,
        updated=known,
        category=wave.name,
    )


def release_entry(release: PressRelease) -> Entry:
    published = midnight(release.published_on)
    return Entry(
        key=f"release:{release.slug}",
        title=_("Communiqué : %(title)s") % {"title": release.title},
        summary=release.summary or release.issuer,
        link=release.get_absolute_url(),
        published=published,
        updated=published,
    )


def entries(place: Department | Region | None, now: datetime) -> list[Entry]:
    """The newest of all kinds; of a territory, those of its sites. Keys are sorted much sooner than rows."""
    sites = public_sites_of(place).values_list("pk", flat=True)
    labelled = sites.order_by("-wave__effective_on", "slug")[:LENGTH]
    changed = sites.filter(modified_at__gt=F("added_at") + STILL_ADDING).order_by("-modified_at", "slug")[:LENGTH]
    records = Site.objects.select_related("wave__release", "department", "commune").in_bulk({*labelled, *changed})
    found = [
        *(label_entry(records[pk], now) for pk in labelled),
        *(change_entry(records[pk], now) for pk in changed),
        *(notice_entry(notice, now) for notice in shown_notices(place)),
        *([] if place else announcements(now)),
    ]
    return sorted(found, key=lambda entry: (-entry.updated.timestamp(), entry.key))[:LENGTH]


def shown_notices(place: Department | Region | None) -> list[Notice]:
    sites = public_sites_of(place).filter(closed_on=None)
    return Notice.objects.filter(site__in=sites).select_related("site__wave", "site__commune").shown_now()


def announcements(now: datetime) -> Iterator[Entry]:
    """Waves and press releases: two queries."""
    waves = Wave.objects.public().select_related("release").order_by("code")
    for wave in waves.annotate(total=Count("sites", filter=Q(sites__is_public=True))):
        if known := known_since(wave, now):  # or no source dates it yet
            yield wave_entry(wave, wave.total, known)
    for release in PressRelease.objects.public().order_by("slug"):
        if midnight(release.published_on) <= now:
            yield release_entry(release)


def public_sites_of(place: Department | Region | None) -> SiteQuerySet:
    match place:
        case Region():
            return Site.objects.public().filter(department__region=place)
        case Department():
            return Site.objects.public().filter(department=place)
    return Site.objects.public()


class AtomFeed(Atom1Feed):
    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Django writes summaries as HTML; ours are text, which every reader shows as it stands."""
        super().add_item_elements(handler, item | {"description": None})
        handler.addQuickElement("summary", item["description"])

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
        return _("%(site)s : nouveautés") % {"site": settings.SITE_NAME}

    def subtitle(self, place: Any) -> str:
        return _("Labels reçus, vague par vague, communiqués et fiches modifiées.")

    def link(self, place: Any) -> str:
        return settings.PUBLIC_ORIGIN + reverse("site-list")

    def feed_url(self, place: Any) -> str:
        return settings.PUBLIC_ORIGIN + reverse("feed")

    def feed_guid(self, place: Any) -> str:
        return tag_uri("feed")

    def author_name(self, place: Any) -> str:
        return author()

    def feed_copyright(self, place: Any) -> str:
        return _("Données sous %(licence)s, %(address)s") % {
            "licence": LICENCE["title"],
            "address": LICENCE["path"],
        }

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().__call__(request, *args, **kwargs)
        response.headers.pop("Last-Modified", None)  # that of the newest entry says nothing of one that went
        return response

    def items(self, place: Any) -> list[Entry]:
        return entries(place, timezone.now())

    def item_title(self, entry: Entry) -> str:
        return entry.title

    def item_description(self, entry: Entry) -> str:
        return entry.summary

    def item_link(self, entry: Entry) -> str:
        return settings.PUBLIC_ORIGIN + entry.link

    def item_pubdate(self, entry: Entry) -> datetime:
        return entry.published

    def item_guid(self, entry: Entry) -> str:
        return tag_uri(entry.key)

    def item_updateddate(self, entry: Entry) -> datetime:
        return entry.updated

    def item_categories(self, entry: Entry) -> list[str]:
        return [entry.category] if entry.category else []


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
        return _("%(site)s, %(territory)s : nouveautés") % {"site": settings.SITE_NAME, "territory": place}

    def link(self, place: Department | Region) -> str:
        return settings.PUBLIC_ORIGIN + place.get_absolute_url()

    def feed_url(self, place: Department | Region) -> str:
        return settings.PUBLIC_ORIGIN + address_beside(place, "/flux.atom")

    def feed_guid(self, place: Department | Region) -> str:
        return tag_uri(f"feed:{self.route}:{place.code}")
