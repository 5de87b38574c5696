"""What the picture of a page shows: its words and its points, read from the record of the page; and its address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease, Wave
from pimms_directory.base.templatetags.french import french_date, french_number
from sites.exchange.records.public_records import Record, address_beside
from sites.maps.outline import FRANCE, OVERSEAS, frames, project
from sites.models import Association, Department, Listing, Region, Site
from sites.pages.label_count import label_count
from sites.pages.site_summary import Owner, sites_of

SIZE = (1200, 630)  # pixels: what the networks that show previews ask for
OVERSEAS_REGIONS = "0"  # how the codes of those regions begin
NO_SITES: Mapping[Department, int] = {}

Position = tuple[float, float]  # latitude, longitude
OutlinePoint = tuple[int, int]  # in units of the maps


@dataclass(frozen=True)
class PictureText:
    """The words of a picture."""

    eyebrow: str  # what kind of page
    title: str
    lines: tuple[str, ...] = ()
    figure: str = ""
    caption: str = ""  # of the figure
    badge: str = ""
    ended: bool = False  # the badge tells of an end
    beyond: str = ""  # what stands where the map does not reach

    @property
    def alt(self) -> str:
        """The same for those who do not see it."""
        figure = f"{self.figure} {self.caption}".strip()
        parts = (f"{self.eyebrow} : {self.title}", *self.lines, figure, self.badge, self.beyond)
        sentences = " ".join(f"{part.rstrip('.')}." for part in parts if part)
        beside = _("À côté, une carte de France.") if self.beyond else _("À côté, une carte de France montre où.")
        return f"{sentences} {beside}"


@dataclass(frozen=True)
class PictureFacts:
    """All that a picture shows."""

    text: PictureText
    points: tuple[OutlinePoint, ...] = ()
    others: tuple[OutlinePoint, ...] = ()  # points that stand back
    shaded: tuple[str, ...] = ()  # codes of departments


def picture_address(record: Record | None) -> str:
    """Where the picture of a record stands; that of the whole directory for None."""
    return address_beside(record, ".png") if record else reverse("picture")


def text_of(
    record: Record | None, listings: Sequence[Listing] = (), counts: Mapping[Department, int] = NO_SITES
) -> PictureText:
    """The words of a picture. For a release, its lines must be given; for a page of many sites, ``counts_of()`` them.

    No query but those of ``label_count()``, if the record has its department, its region and its wave at hand.
    """
    match record:
        case Site():
            return text_of_site(record)
        case PressRelease():
            return text_of_release(record, listings)
        case Wave():
            effective = _("Label effectif le %(date)s") % {"date": french_date(record.effective_on)}
            return text_with_count(_("Label France Services"), record, counts, effective)
        case Region():
            beyond = [record.name] if record.code.startswith(OVERSEAS_REGIONS) else []
            return text_with_count(_("Région"), record, counts, beyond=beyond)
        case Department():
            eyebrow = _("Département %(code)s") % {"code": record.code}
            beyond = [record.name] if record.code.startswith(OVERSEAS) else []
            region = [record.region.name] if record.region.name != record.name else []
            return text_with_count(eyebrow, record, counts, *region, beyond=beyond)
        case Association():
            return text_with_count(_("Association"), record, counts)
    return PictureText(
        _("Annuaire"),
        _("Le PIMMS le plus proche, et quand y aller"),
        (_("Les PIMMS labellisés France Services : adresses, horaires, dates du label, sources"),),
    )


def text_of_site(site: Site) -> PictureText:
    department = f"{site.department.name} ({site.department.code})"
    place = f"{site.place_name}, {department}" if site.commune else department
    if site.closed_on:
        badge = _("Fermé depuis le %(date)s") % {"date": french_date(site.closed_on)}
    elif site.label_ended_on:
        badge = _("Sans le label depuis le %(date)s") % {"date": french_date(site.label_ended_on)}
    elif site.label_is_to_come:
        badge = _("Label à venir le %(date)s") % {"date": french_date(site.wave.effective_on)}
    else:
        badge = _("Label France Services du %(date)s") % {"date": french_date(site.wave.effective_on)}
    ended = bool(site.closed_on or site.label_ended_on)
    kind = str(Site.Kind(site.kind).label).capitalize()
    return PictureText(
        kind, site.name, (place, site.wave.name), badge=badge, ended=ended, beyond=overseas_note([site.department])
    )


def text_of_release(release: PressRelease, listings: Sequence[Listing]) -> PictureText:
    total, new = len(listings), sum(listing.marked_new for listing in listings)
    caption = ngettext("PIMMS dans la liste", "PIMMS dans la liste", total)
    if new:
        caption += ngettext(", dont %(new)s nouveau", ", dont %(new)s nouveaux", new) % {"new": french_number(new)}
    return PictureText(
        _("Communiqué du %(date)s") % {"date": french_date(release.published_on)},
        release.title,
        figure=french_number(total) if total else "",
        caption=caption if total else "",
        beyond=overseas_note(listing.site.department for listing in listings if listing.site.is_public),
    )


def text_with_count(
    eyebrow: str, record: Owner, counts: Mapping[Department, int], *lines: str, beyond: Iterable[str] = ()
) -> PictureText:
    """With the number of sites that the page of the record lists; ``counts`` are those of each department."""
    total = sum(counts.values())
    caption = ngettext("PIMMS labellisé France Services", "PIMMS labellisés France Services", total)
    if not isinstance(record, Wave):  # a wave has a line with its own date
        caption += label_count().day
    return PictureText(
        eyebrow,
        record.name,
        (*lines, *([] if total else [_("Aucun PIMMS labellisé")])),
        figure=french_number(total) if total else "",
        caption=caption if total else "",
        beyond=overseas_note(counts, beyond),
    )


def overseas_note(departments: Iterable[Department], names: Iterable[str] = ()) -> str:
    """Names the places of a picture that the map of France does not reach."""
    beyond = {department.name for department in departments if department.code.startswith(OVERSEAS)}
    named = list(names) or sorted(beyond)
    return _("Outre-mer, hors de cette carte : %(names)s") % {"names": ", ".join(named)} if named else ""


def facts_of(record: Record | None) -> PictureFacts:
    """All that the picture of a record shows, or of the whole directory for None."""
    match record:
        case Site():
            return PictureFacts(
                text_of_site(record),
                points_on_outline(positions_of([record])),
                shaded=codes_on_outline([record.department]),
            )
        case PressRelease():
            return facts_of_release(record)
    return facts_of_sites(record)


def facts_of_release(release: PressRelease) -> PictureFacts:
    listings = list(release.listings.select_related("site__department", "site__commune").order_by("row"))
    new = {listing.site_id for listing in listings if listing.marked_new}
    sites = {listing.site_id: listing.site for listing in listings if listing.site.is_public}
    first = [site for pk, site in sites.items() if pk in new or not new]
    others = [site for pk, site in sites.items() if new and pk not in new]
    shaded = codes_on_outline(site.department for site in sites.values())
    return PictureFacts(
        text_of(release, listings),
        points_on_outline(positions_of(first)),
        points_on_outline(positions_of(others)),
        shaded,
    )


def facts_of_sites(record: Owner | None) -> PictureFacts:
    counts = counts_of(record)
    shaded = codes_on_outline(counts)
    if isinstance(record, Region):
        shaded = tuple(record.departments.order_by("code").values_list("code", flat=True))
    elif isinstance(record, Department):
        shaded = (record.code,)
    rows = sites_of(record).placed().order_by().values_list("position_latitude", "position_longitude")
    positions = cast(Iterable[Position], rows)  # those of placed sites are never null
    return PictureFacts(text_of(record, counts=counts), points_on_outline(positions), shaded=shaded)


def counts_of(record: Owner | None) -> dict[Department, int]:
    """How many of the sites on the page of a record stand in each department. One query."""
    departments = Department.objects.filter(sites__in=sites_of(record).order_by()).order_by("slug")
    counted: Any = departments.annotate(count=Count("sites"))
    return {each: each.count for each in counted}


def positions_of(sites: Iterable[Site]) -> list[Position]:
    """Of those that have a place."""
    return [(site.position.latitude, site.position.longitude) for site in sites if site.position]


def points_on_outline(positions: Iterable[Position]) -> tuple[OutlinePoint, ...]:
    """Where these positions are on the outline; what is overseas has no point there."""
    left, top, width, height = FRANCE
    found = set()
    for latitude, longitude in positions:
        x, y = map(round, project(latitude, longitude))
        if left <= x <= left + width and top <= y <= top + height:
            found.add((x, y))
    return tuple(sorted(found))


def codes_on_outline(departments: Iterable[Department]) -> tuple[str, ...]:
    """The codes of the departments that the outline shows."""
    return tuple(sorted({department.code for department in departments} & frames().keys()))
