"""What the picture of a page shows: the facts that ``sites/share_images/pictures.py`` draws, read from the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, FloatField, Func
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease, Wave
from pimms_directory.base.templatetags.french import french_date, french_number
from sites.maps.maps import OVERSEAS, frames
from sites.maps.projection import FRANCE, project
from sites.models import Association, Department, Listing, Region, Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.site_summary import Owner, SiteSummary, sites_of, summary_of
from sites.share_images.pictures import Facts, Words

OVERSEAS_REGIONS = "0"  # how the codes of those regions begin
DEFAULT_ADDRESS = "picture"

# With more sites than this, a picture shows where they are to a tenth of a degree, some five of its pixels.
MOST_PLACES = 2000

Record = Site | Wave | PressRelease | Region | Department | Association
Place = tuple[float, float]  # latitude, longitude


def picture_address(record: Any) -> str:
    """Where the picture of a record stands; that of the whole directory for anything else."""
    match record:
        case Site():
            return reverse("site-picture", args=[record.slug])
        case Wave():
            return reverse("wave-picture", args=[record.code])
        case PressRelease():
            return reverse("release-picture", args=[record.slug])
        case Region():
            return reverse("region-picture", args=[record.slug])
        case Department():
            return reverse("department-picture", args=[record.code, record.slug])
        case Association():
            return reverse("association-picture", args=[record.slug])
    return reverse(DEFAULT_ADDRESS)


def words_of(record: Any, listings: Sequence[Listing] = (), summary: SiteSummary | None = None) -> Words:
    """The words of a picture; for a release, with its lines; for a record with many sites, with what sums them up.

    No query, if the record has its department, its region and its wave at hand.
    """
    departments = summary.departments if summary else {}
    match record:
        case Site():
            return site_words(record)
        case PressRelease():
            return release_words(record, listings)
        case Wave():
            effective = _("Label effectif le %(date)s") % {"date": french_date(record.effective_on)}
            return counted(_("Label France Services"), record, departments, effective)
        case Region():
            beyond = [record.name] if record.code.startswith(OVERSEAS_REGIONS) else []
            return counted(_("Région"), record, departments, beyond=beyond)
        case Department():
            eyebrow = _("Département %(code)s") % {"code": record.code}
            beyond = [record.name] if record.code.startswith(OVERSEAS) else []
            region = [record.region.name] if record.region.name != record.name else []
            return counted(eyebrow, record, departments, *region, beyond=beyond)
        case Association():
            return counted(_("Association"), record, departments)
    return Words(
        _("Annuaire"),
        _("Le PIMMS le plus proche, et quand y aller"),
        (_("Les PIMMS labellisés France Services : adresses, horaires, dates du label, sources"),),
    )


def site_words(site: Site) -> Words:
    department = f"{site.department.name} ({site.department.code})"
    place = f"{site.place_name}, {department}" if site.commune else department
    if site.closed_on:
        badge = _("Fermé depuis le %(date)s") % {"date": french_date(site.closed_on)}
    elif site.label_ended_on:
        badge = _("Sans le label depuis le %(date)s") % {"date": french_date(site.label_ended_on)}
    else:
        badge = _("Label France Services du %(date)s") % {"date": french_date(site.wave.effective_on)}
    ended = bool(site.closed_on or site.label_ended_on)
    kind = str(Site.Kind(site.kind).label).capitalize()
    return Words(kind, site.name, (place, site.wave.name), badge=badge, ended=ended, beyond=overseas([site.department]))


def release_words(release: PressRelease, listings: Sequence[Listing]) -> Words:
    total, new = len(listings), sum(listing.marked_new for listing in listings)
    caption = ngettext("PIMMS dans la liste", "PIMMS dans la liste", total)
    if new:
        caption += ngettext(", dont %(new)s nouveau", ", dont %(new)s nouveaux", new) % {"new": french_number(new)}
    return Words(
        _("Communiqué du %(date)s") % {"date": french_date(release.published_on)},
        release.title,
        figure=french_number(total) if total else "",
        caption=caption if total else "",
        beyond=overseas(listing.site.department for listing in listings if listing.site.is_public),
    )


def counted(
    eyebrow: str, record: Owner, departments: Mapping[Department, int], *lines: str, beyond: Iterable[str] = ()
) -> Words:
    """``departments``: how many of its sites stand in each."""
    total = sum(departments.values())
    caption = ngettext("PIMMS labellisé France Services", "PIMMS labellisés France Services", total)
    return Words(
        eyebrow,
        record.name,
        (*lines, *([] if total else [_("Aucun PIMMS labellisé")])),
        figure=french_number(total) if total else "",
        caption=caption if total else "",
        beyond=overseas(departments, beyond),
    )


def overseas(departments: Iterable[Department], names: Iterable[str] = ()) -> str:
    """Names the places of a picture that the map of France does not reach."""
    beyond = {department.name for department in departments if department.code.startswith(OVERSEAS)}
    named = list(names) or sorted(beyond)
    return _("Outre-mer, hors de cette carte : %(names)s") % {"names": ", ".join(named)} if named else ""


def facts_of(record: Any) -> Facts:
    """All that the picture of a record shows, or of the whole directory for None."""
    match record:
        case Site():
            return Facts(site_words(record), points(places_of([record])), shaded=reached([record.department]))
        case PressRelease():
            return facts_of_release(record)
    return facts_of_list(record)


def facts_of_release(release: PressRelease) -> Facts:
    listings = list(release.listings.select_related("site__department", "site__commune").order_by("row"))
    new = {listing.site_id for listing in listings if listing.marked_new}
    sites = {listing.site_id: listing.site for listing in listings if listing.site.is_public}
    first = [site for pk, site in sites.items() if pk in new or not new]
    others = [site for pk, site in sites.items() if new and pk not in new]
    shaded = reached(site.department for site in sites.values())
    return Facts(words_of(release, listings), points(places_of(first)), points(places_of(others)), shaded)


def facts_of_list(record: Owner | None) -> Facts:
    summary = summary_of(record, lookup_tables())
    shaded = reached(summary.departments)
    if isinstance(record, Region):
        shaded = tuple(record.departments.order_by("code").values_list("code", flat=True))
    elif isinstance(record, Department):
        shaded = (record.code,)
    placed = sites_of(record).placed().order_by()
    columns = ("position_latitude", "position_longitude")
    if summary.total <= MOST_PLACES:
        return Facts(words_of(record, summary=summary), points(placed.values_list(*columns).distinct()), shaded=shaded)
    # Round() would count in decimal numbers on PostgreSQL, three times as long.
    tenths = [Func(F(column) * 10, function="ROUND", output_field=FloatField()) for column in columns]
    places = ((y / 10, x / 10) for y, x in placed.values_list(*tenths).distinct())
    return Facts(words_of(record, summary=summary), points(places), shaded=shaded)


def places_of(sites: Iterable[Site]) -> list[Place]:
    return [(site.position.latitude, site.position.longitude) for site in sites if site.position]


def points(places: Iterable[Place]) -> tuple[tuple[int, int], ...]:
    """Where they are on the outline; what is overseas has no point there."""
    left, top, width, height = FRANCE
    found = set()
    for latitude, longitude in places:
        x, y = map(round, project(latitude, longitude))
        if left <= x <= left + width and top <= y <= top + height:
            found.add((x, y))
    return tuple(sorted(found))


def reached(departments: Iterable[Department]) -> tuple[str, ...]:
    """The codes of those that the outline shows."""
    return tuple(sorted({department.code for department in departments} & frames().keys()))
