"""Which site of the directory a row means where no official id tells: an editor says so, and sees what that changes.

A tie is the primary key of a site by the official id of a row. It lasts once the site has taken over that id.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from sites.models import Commune, Site
from sites.staff.official_list.reading import ListRow

Ties = Mapping[str, int]


def posted_ties(posted: Mapping[str, str]) -> dict[str, int]:
    """From the controls ``tie-<official id>`` of a form."""
    chosen = {name.removeprefix("tie-"): value for name, value in posted.items() if name.startswith("tie-")}
    return {official_id: int(value) for official_id, value in chosen.items() if value.isdecimal() and len(value) < 18}


def free_sites(sites: list[Site], rows: list[ListRow]) -> list[Site]:
    """Those that no row of the list names: without an official id, or with one that the list no longer has."""
    listed = {row.official_id for row in rows}
    return [site for site in sites if site.official_id not in listed and not site.label_ended_on and not site.closed_on]


def check_ties(ties: Ties, rows: list[ListRow], sites: list[Site]) -> tuple[dict[str, Site], dict[str, str]]:
    """The site of each row that may be tied; and for the others why not, in a sentence."""
    free = {site.pk: site for site in free_sites(sites, rows)}
    known = {site.pk: site for site in sites}
    lines = {row.official_id: row.line for row in rows}
    owners = {site.official_id: site for site in sites if site.official_id}
    tied: dict[str, Site] = {}
    refused: dict[str, str] = {}
    for official_id, key in ties.items():
        site = known.get(key)
        if site is None:
            refused[official_id] = _("Le site choisi n’existe plus.")
        elif owner := owners.get(official_id):
            text = _("Cette ligne est déjà celle du site « %(site)s ».")
            refused[official_id] = text % {"site": owner.name}
        elif other := next((each for each, taken in tied.items() if taken.pk == key), ""):
            text = _("« %(site)s » est déjà rattaché à la ligne %(line)d.")
            refused[official_id] = text % {"site": site.name, "line": lines[other]}
        elif key not in free:
            text = _("« %(site)s » est déjà rattaché à cette liste (n° %(id)s), ou n’a plus de label.")
            refused[official_id] = text % {"site": site.name, "id": site.official_id or "–"}
        elif official_id in lines:
            tied[official_id] = site
    return tied, refused


def likeliest_first(sites: list[Site], commune: Commune | None) -> list[Site]:
    """Those of the commune of a row, then those of its department, then the others."""
    place = (commune.pk, commune.department_id) if commune else (None, None)
    return sorted(sites, key=lambda site: (site.commune_id != place[0], site.department_id != place[1], site.slug))
