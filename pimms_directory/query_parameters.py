"""What each public address reads from its query string: all that tells two of its pages apart.

A route that is missing here is never kept by the page cache.
"""

from sites.search.filters import SiteFilter
from sites.search.typed_need import PARAMETER

LIST = frozenset(SiteFilter.base_filters)
NOTHING: frozenset[str] = frozenset()
EVERYTHING = None  # a file refuses a parameter that it does not know, also an empty one
RECORDS = ("region", "department", "association", "site", "wave", "release")
KINDS = ("list", "record", "citation", "picture")

READ: dict[str, frozenset[str] | None] = {
    **dict.fromkeys(RECORDS, NOTHING),
    **dict.fromkeys((f"{record}-{kind}" for record in RECORDS for kind in KINDS), NOTHING),
    **dict.fromkeys((f"{record}-index" for record in RECORDS if record != "site"), EVERYTHING),
    "site-vcard": NOTHING,
    **dict.fromkeys(("wave-csv", "release-csv", "release-figures-csv"), EVERYTHING),
    "release-comparison": NOTHING,
    **dict.fromkeys((f"embedded-{record}" for record in RECORDS), NOTHING),
    **dict.fromkeys(("home", "help", "about", "accessibility", "legal-notice", "site-map", "data", "picture"), NOTHING),
    **dict.fromkeys(("feed", "region-feed", "department-feed", "robots-txt", "security-txt"), NOTHING),
    **dict.fromkeys(("table-schema", "csv-metadata", "data-package", "openapi"), NOTHING),
    **dict.fromkeys(("catalogue-json-ld", "catalogue-turtle"), NOTHING),
    **dict.fromkeys(("press", "press-svg", "press-png"), NOTHING),
    **dict.fromkeys(("favicon", "apple-touch-icon", "web-manifest"), NOTHING),
    **dict.fromkeys(("offline", "offline-copy", "service-worker"), NOTHING),
    "site-list": LIST | {"page", PARAMETER},
    **dict.fromkeys(("site-csv", "site-excel-csv", "site-xlsx", "site-json", "site-geojson"), EVERYTHING),
    **dict.fromkeys(("version-list", "version", "version-feed"), NOTHING),
    **dict.fromkeys(
        ("version-index", "version-csv", "version-json", "version-geojson", "version-changes", "version-checksums"),
        EVERYTHING,
    ),
    **dict.fromkeys(("site-mediation-csv", "site-mediation-json", "site-inclusion-json"), EVERYTHING),
    "commune-suggestions": frozenset({"q"}),
    "sitemap": frozenset({"p"}),
    "embed": frozenset({"fiche", "hauteur"}),
    "oembed": frozenset({"url", "maxwidth", "maxheight", "format"}),
}

# Where a reader stands: answered, and forgotten.
NEVER_KEPT = frozenset({"lat", "lon"})
