"""What can be asked of the sites: ``Site.objects.labelled().search("mairie").nearest_to(point)``."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import F, FloatField, Prefetch, Q, Value
from django.utils import timezone

from pimms_directory.base.folding import search_words
from sites.models.distance import Point, distance_from
from sites.models.opening_times import OpeningPeriod
from sites.models.site_display import Kind
from sites.models.territories import Department

S = TypeVar("S", bound=models.Model)  # ``Site``: its module imports this one
COMPUTED_COLUMNS = ("search_text", "open_days", "position_latitude", "position_longitude", "is_public")

# … once it has begun: see ``labelled_today``.
LABELLED = Q(is_public=True, label_ended_on=None, closed_on=None)


class SiteQuerySet(models.QuerySet[S]):
    def get_by_natural_key(self, slug: str) -> S:
        """The site of this slug, or the one that once had it: fixtures outlive a renaming."""
        return self.filter(slug=slug).first() or self.get(aliases__slug=slug)

    # Which of them

    def public(self) -> SiteQuerySet[S]:
        """Those that the public sees, closed ones included: published, in a published wave."""
        return self.filter(is_public=True)

    def labelled(self) -> SiteQuerySet[S]:
        """Of these, those that carry the label today and have not closed: what every list shows."""
        return self.filter(labelled_today())

    def no_longer_labelled(self) -> SiteQuerySet[S]:
        return self.public().exclude(label_ended_on=None, closed_on=None)

    def search(self, query: str) -> SiteQuerySet[S]:
        return self.filter(has_words(query))

    def placed(self) -> SiteQuerySet[S]:
        """The desks whose position is known: those that can be ranked by distance."""
        return self.filter(position_latitude__isnull=False)

    def serving(self, department: Department) -> SiteQuerySet[S]:
        """Buses and visiting teams of a department or of one that borders on it."""
        around = Department.objects.filter(Q(pk=department.pk) | Q(neighbours=department.pk))
        return self.filter(kind__in=(Kind.MOBILE, Kind.MULTISITE), department__in=around.values("pk"))

    # In which order

    def nearest_to(self, origin: Point) -> SiteQuerySet[S]:
        """The desks of this set, nearest first, with ``distance_km``: the great-circle distance from a point."""
        distance = distance_from(origin, "position_latitude", "position_longitude")
        return self.placed().annotate(distance_km=distance).order_by("distance_km", "slug")  # type: ignore[return-value]

    # With what beside them

    def with_place(self) -> SiteQuerySet[S]:
        return self.select_related("association", "wave", "department__region", "commune")

    def read_cards(self) -> list[S]:
        """These in their order, with all that a card shows (``_card.html``).

        Four queries: to put whole rows in order takes many times longer than their keys, and hours are other rows.
        """
        by_distance = "distance_km" in self.query.annotations
        distances = dict(self.values_list("pk", F("distance_km") if by_distance else Value(None, FloatField())))
        cards = self.model._default_manager.select_related("wave", "department__region", "commune")
        sites = cards.prefetch_related("opening_periods", "notices").in_bulk(distances)
        for pk, distance in distances.items():
            sites[pk].distance_km = distance  # type: ignore[attr-defined]
        return [sites[pk] for pk in distances]

    def with_hours(self) -> SiteQuerySet[S]:
        periods = OpeningPeriod.objects.order_by("weekday", "opens")
        return self.prefetch_related(Prefetch("opening_periods", periods), "notices")

    # What is written

    def mark_modified(self) -> int:
        """Says that these records changed now. Their hours and former names belong to them."""
        return self.update(modified_at=timezone.now())

    def refresh_computed_columns(self) -> int:
        """After edits (signals.py), fixtures and imports; returns how many rows changed."""
        stale = []
        sites: Any = self.with_place().prefetch_related("aliases", "opening_periods")
        for site in sites:
            before = [getattr(site, column) for column in COMPUTED_COLUMNS]
            site.search_text = site.build_search_text()
            site.open_days = site.build_open_days()
            site.position_latitude, site.position_longitude = site.build_position()
            site.is_public = site.build_is_public()
            if before != [getattr(site, column) for column in COMPUTED_COLUMNS]:
                stale.append(site)
        type(self)(self.model).bulk_update(stale, COMPUTED_COLUMNS, batch_size=500)
        return len(stale)


def labelled_today() -> Q:
    """A wave may be published before its label takes effect."""
    return LABELLED & Q(wave__effective_on__lte=timezone.localdate())


def has_words(query: str) -> Q:
    """The search text has, for every word of the query, a word that begins with it: all its words follow a space."""
    return Q(*(Q(search_text__contains=f" {word}") for word in search_words(query)))


def opens_on(weekday: int) -> Q:
    """At least once on this ISO weekday: ``open_days`` has a bit for each, from 1 for Monday to 64 for Sunday."""
    return Q(open_days__in=[days for days in range(128) if days >> (weekday - 1) & 1])
