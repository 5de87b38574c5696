"""Under which licence the data go out, and whom to name: the same words in every format.

The ``Link`` header carries both to whoever keeps the answer and not the page (RFC 8288).
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from pimms_directory.base.templatetags.french import plain_date
from sites.pages.label_count import label_count

LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
# What describes an answer to programs: a route of ours and its media type, or the address of what others publish.
Description = tuple[str, str] | str
CSVW = ("csv-metadata", "application/csvm+json")
OPENAPI = ("openapi", "application/vnd.oai.openapi+json;version=3.1")
TABLE_SCHEMA = ("table-schema", "application/json")


def sources_at(root: str) -> list[dict[str, str]]:
    """Where the data come from, with the dates that they have now."""
    count = label_count()
    releases = _(" et ").join(_("du %s") % plain_date(day) for day in count.releases)
    published = _(", communiqués de presse %s") % releases if releases else ""
    listed = f", {plain_date(count.listed_on)}" if count.listed_on else ""
    return [
        {"title": f"Union nationale des PIMMS{published}", "path": f"{root}/communiques/"},
        {"title": f"ANCT, liste officielle des France Services{listed} (Licence Ouverte 2.0)"},
        {"title": "INSEE, code officiel géographique, par @etalab/decoupage-administratif 6.0.0 (Licence Ouverte 2.0)"},
        {"title": _("DILA, annuaire de l’administration : mairies, d’où partent les distances (Licence Ouverte 2.0)")},
        {
            "title": _("GeoNames : d’autres centres de communes et d’arrondissements, autres noms (CC BY 4.0)"),
            "path": "https://www.geonames.org/",
        },
    ]


def attribution() -> str:
    """The line to copy: who publishes, after whom, as of when."""
    count = label_count()
    if not (count.years and count.listed_on):
        text = _(
            "%(name)s (%(address)s), d’après l’Union nationale des PIMMS et l’ANCT ; communes : INSEE, DILA,"
            " geo.api.gouv.fr et GeoNames (CC BY 4.0)."
        )
        return text % {"name": settings.SITE_NAME, "address": settings.PUBLIC_ORIGIN}
    text = _(
        "%(name)s (%(address)s), d’après les communiqués de l’Union nationale des PIMMS (%(years)s) et la liste"
        " officielle de l’ANCT (%(day)s) ; communes : INSEE, DILA, geo.api.gouv.fr et GeoNames (CC BY 4.0)."
    )
    return text % {
        "name": settings.SITE_NAME,
        "address": settings.PUBLIC_ORIGIN,
        "years": count.years,
        "day": plain_date(count.listed_on),
    }


def link_header(described_by: Description = "") -> str:
    """RFC 8288, with what every answer says of itself."""
    links = f'<{LICENCE["path"]}>; rel="license"'
    if isinstance(described_by, str):
        return f'{links}, <{described_by}>; rel="describedby"' if described_by else links
    route, media_type = described_by
    return f'{links}, <{settings.PUBLIC_ORIGIN}{reverse(route)}>; rel="describedby"; type="{media_type}"'
