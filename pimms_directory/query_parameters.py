"""What each public address reads from its query string: all that tells two of its pages apart.

A route that is missing here is never kept by the page cache.
"""

from sites.exchange.views import ExportFilter
from sites.search.filters import SiteFilter

LIST = frozenset(SiteFilter.base_filters)
NOTHING: frozenset[str] = frozenset()

READ: dict[str, frozenset[str]] = {
    "site-list": LIST | {"page"},
    **dict.fromkeys(("site-csv", "site-xlsx", "site-geojson"), LIST),
    "site-json": frozenset(ExportFilter.base_filters),
    "commune-suggestions": frozenset({"q"}),
    "sitemap": frozenset({"p"}),
    "embed": frozenset({"fiche", "hauteur"}),
    "oembed": frozenset({"url", "maxwidth", "maxheight", "format"}),
    **dict.fromkeys(
        (
            *("home", "about", "accessibility", "legal-notice", "site-map", "data"),
            *("region-list", "region", "region-record", "region-feed"),
            *("department-list", "department", "department-record", "department-feed"),
            *("association-list", "association", "association-record"),
            *("site", "site-record", "wave-list", "wave", "wave-record", "release-list", "release", "release-record"),
            *("embedded-site", "embedded-region", "embedded-department", "embedded-association", "embedded-wave"),
            *("picture", "site-picture", "region-picture", "department-picture"),
            *("association-picture", "wave-picture", "release-picture"),
            *("favicon", "apple-touch-icon", "web-manifest"),
            *("feed", "robots-txt", "security-txt", "table-schema", "data-package", "openapi"),
        ),
        NOTHING,
    ),
}

# Where a reader stands: answered, and forgotten.
NEVER_KEPT = frozenset({"lat", "lon"})
