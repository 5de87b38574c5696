"""What the picture of a page shows: the facts that ``sites/pictures.py`` draws, read from the records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease, Wave
from pimms_directory.templatetags.french import french_date, french_number
from sites.maps import OVERSEAS, frames
from sites.models import Association, Department, Listing, Region, Site
from sites.pictures import Facts, Words
from sites.projection import FRANCE, project

OVERSEAS_REGIONS = "0"  # how the codes of those regions begin
DEFAULT_ADDRESS = "picture"

Record = Site | Wave | PressRelease | Region | Department | Association


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


def members_of(record: Any) -> list[Any]:
    """The sites that a picture marks; of a release, its lines. One query, none for a site."""
    places = ("department", "commune")
    match record:
        case Site():
            return [record]
        case PressRelease():
            listings = Listing.objects.filter(release=record).order_by("row")
            return list(listings.select_related(*(f"site__{place}" for place in places)))
        case Wave():
            sites = Site.objects.public().filter(wave=record)
        case Region():
            sites = Site.objects.labelled().filter(department__region=record)
        case Department():
            sites = Site.objects.labelled().filter(department=record)
        case Association():
            sites = Site.objects.labelled().filter(association=record)
        case _:
            sites = Site.objects.labelled()
    return list(sites.select_related(*places).order_by("slug"))


def words_of(record: Any, members: Sequence[Any]) -> Words:
    """The words of a picture. No query, if the record has its department, its region and its wave at hand."""
    match record:
        case Site():
            return site_words(record)
        case Wave():
            effective = _("Label effectif le %(date)s") % {"date": french_date(record.effective_on)}
            return counted(_("Label France Services"), record.name, members, effective)
        case PressRelease():
            return release_words(record, members)
        case Region():
            beyond = [record.name] if record.code.startswith(OVERSEAS_REGIONS) else []
            return counted(_("Région"), record.name, members, beyond=beyond)
        case Department():
            eyebrow = _("Département %(code)s") % {"code": record.code}
            beyond = [record.name] if record.code.startswith(OVERSEAS) else []
            region = [record.region.name] if record.region.name != record.name else []
            return counted(eyebrow, record.name, members, *region, beyond=beyond)
        case Association():
            return counted(_("Association"), record.name, members)
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
    return Words(kind, site.name, (place, site.wave.name), badge=badge, ended=ended, beyond=overseas([site]))


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
        beyond=overseas([listing.site for listing in listings]),
    )


def counted(eyebrow: str, title: str, sites: Sequence[Site], *lines: str, beyond: Iterable[str] = ()) -> Words:
    total = len(sites)
    caption = ngettext("PIMMS labellisé France Services", "PIMMS labellisés France Services", total)
    return Words(
        eyebrow,
        title,
        (*lines, *([] if total else [_("Aucun PIMMS labellisé")])),
        figure=french_number(total) if total else "",
        caption=caption if total else "",
        beyond=overseas(sites, beyond),
    )


def overseas(sites: Iterable[Site], names: Iterable[str] = ()) -> str:
    """Names the places of a picture that the map of France does not reach."""
    beyond = {site.department.name for site in sites if site.department.code.startswith(OVERSEAS)}
    named = list(names) or sorted(beyond)
    return _("Outre-mer, hors de cette carte : %(names)s") % {"names": ", ".join(named)} if named else ""


def facts_of(record: Any) -> Facts:
    """All that the picture of a record shows, or of the whole directory for None. Two queries at most."""
    members = members_of(record)
    words = words_of(record, members)
    if isinstance(record, PressRelease):
        new = {listing.site_id for listing in members if listing.marked_new}
        sites = {listing.site_id: listing.site for listing in members}
        first = [site for pk, site in sites.items() if pk in new or not new]
        others = [site for pk, site in sites.items() if new and pk not in new]
        return Facts(words, points(first), points(others), departments(sites.values()))
    shaded = departments(members)
    if isinstance(record, Region):
        shaded = tuple(record.departments.order_by("code").values_list("code", flat=True))
    elif isinstance(record, Department):
        shaded = (record.code,)
    return Facts(words, points(members), shaded=shaded)


def points(sites: Iterable[Site]) -> tuple[tuple[int, int], ...]:
    """Where sites stand on the outline; those overseas or without a position have no point there."""
    left, top, width, height = FRANCE
    found = set()
    for site in sites:
        if site.position and site.department.code in frames():
            x, y = map(round, project(site.position.latitude, site.position.longitude))
            if left <= x <= left + width and top <= y <= top + height:
                found.add((x, y))
    return tuple(sorted(found))


def departments(sites: Iterable[Site]) -> tuple[str, ...]:
    return tuple(sorted({site.department.code for site in sites} & frames().keys()))
