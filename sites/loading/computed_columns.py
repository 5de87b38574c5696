"""The columns of a site that follow from others: refreshed after edits (signals.py), fixtures and imports."""

from __future__ import annotations

from sites.models import Site
from sites.models.site_queries import SiteQuerySet

COMPUTED_COLUMNS = ("search_text", "open_days", "position_latitude", "position_longitude", "is_public")


def refresh_computed_columns(sites: SiteQuerySet[Site]) -> int:
    """Recomputes the columns that follow from others; returns how many rows changed."""
    stale = []
    sites = sites.select_related("association", "department__region", "commune", "wave")
    for site in sites.prefetch_related("aliases", "opening_periods"):
        before = [getattr(site, column) for column in COMPUTED_COLUMNS]
        site.search_text = site.build_search_text()
        site.open_days = site.build_open_days()
        site.position_latitude, site.position_longitude = site.build_position()
        site.is_public = site.build_is_public()
        if before != [getattr(site, column) for column in COMPUTED_COLUMNS]:
            stale.append(site)
    Site.objects.bulk_update(stale, COMPUTED_COLUMNS, batch_size=500)
    return len(stale)
