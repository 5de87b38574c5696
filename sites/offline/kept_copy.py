"""What a reader keeps for airplane mode: the desks, and the communes that distances are counted from.

``static/offline.js`` reads it. Desks are few and have named values; the communes are 35,000 and stand in columns,
a third of the size.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple, TypedDict

from django.db.models import Count, Max
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pimms_directory.base.templatetags.french import french_date, french_time
from sites.hours.notices import DatedNotice
from sites.hours.opening_hours import Day
from sites.hours.today import zone_of
from sites.models import Commune, Department, Notice, Postcode, Site

LARGEST = 9  # a digit


class NoticeCopy(TypedDict):
    text: str
    ends: str  # the moment, with its offset: nothing is shown from then on


class DeskCopy(TypedDict):
    slug: str
    name: str
    place: str  # the commune, or the department of a bus
    address: str
    area: str  # that a bus or a team serves
    phone: str
    phone_uri: str
    appointment: str
    notices: list[NoticeCopy]
    hours: list[str]  # of seven days, Monday first; none where no hours are known
    checked_on: str
    labelled_on: str
    latitude: float | None  # where rankings put it; None for a bus or a team
    longitude: float | None
    is_exact: bool  # or else this is the centre of its commune
    serves: list[str]  # the codes of the departments that a bus or a team may come to


class CommunesCopy(TypedDict):
    """Those of a department or collectivity, one column each way: the first name goes with the first postcodes."""

    code: str
    name: str
    names: str  # between vertical bars
    postcodes: str  # the same, with a space between those of one commune
    latitudes: list[int | None]  # in thousandths of a degree: a hundred metres
    longitudes: list[int | None]
    sizes: str  # a digit each, which grows with the number of people: the largest come first in an answer


class CommuneRow(NamedTuple):
    pk: int
    name: str
    latitude: float | None
    longitude: float | None
    population: int | None


class KeptCopy(TypedDict):
    version: str
    desks: list[DeskCopy]
    departments: list[CommunesCopy]


def kept_copy() -> KeptCopy:
    """Nine queries, whatever the number of sites."""
    sites = Site.objects.labelled().with_place().with_hours().order_by("slug")
    around = departments_around()
    return {
        "version": version(),
        "desks": [copy_of_desk(site, around[site.department_id]) for site in sites],
        "departments": copy_of_communes(),
    }


def version() -> str:
    """When a published record last changed, how many there are, as some are withdrawn, and which notice came last. A
    copy of another version is out of date."""
    known = Site.objects.public().aggregate(last=Max("modified_at"), total=Count("pk"))
    if not known["last"]:
        return ""
    newest = max(
        (each.shown for each in Notice.objects.filter(site__in=Site.objects.labelled()).shown_now()), default=""
    )
    return f"{known['last'].isoformat()} {known['total']} {newest}"


def departments_around() -> dict[int, list[str]]:
    """The code of each department with those of its neighbours, by its key."""
    departments = Department.objects.prefetch_related("neighbours")
    return {each.pk: sorted([each.code, *(other.code for other in each.neighbours.all())]) for each in departments}


def copy_of_desk(site: Site, around: list[str]) -> DeskCopy:
    position = site.position
    return {
        "slug": site.slug,
        "name": site.name,
        "place": site.place_name,
        "address": site.postal_address if site.is_fixed else "",
        "area": site.area_served,
        "phone": site.phone,
        "phone_uri": site.phone_uri if site.phone else "",
        "appointment": capfirst(site.get_appointment_display()) if site.appointment else "",
        "notices": [copy_of_notice(each, site) for each in site.today.notices],
        "hours": [hours_of(day) for day in site.week],
        "checked_on": french_date(site.contact_checked_on),
        "labelled_on": french_date(site.wave.effective_on),
        "latitude": position.latitude if position else None,
        "longitude": position.longitude if position else None,
        "is_exact": site.point is not None,
        "serves": [] if site.is_fixed else around,
    }


def copy_of_notice(notice: DatedNotice, site: Site) -> NoticeCopy:
    ends = notice.ends.replace(tzinfo=zone_of(site.department.code))
    return {"text": str(notice), "ends": ends.isoformat()}


def hours_of(day: Day) -> str:
    """``9 h – 12 h et 14 h – 17 h``"""
    periods = [f"{french_time(period.opens)} – {french_time(period.closes)}" for period in day.periods]
    return f" {_('et')} ".join(periods) or _("fermé")


def copy_of_communes() -> list[CommunesCopy]:
    postcodes: dict[int, list[str]] = defaultdict(list)
    for code, commune in Postcode.objects.order_by("code").values_list("code", "commune"):
        postcodes[commune].append(code)
    groups: dict[tuple[str, str], list[CommuneRow]] = defaultdict(list)
    # Plain values: records take twice the time.
    rows = Commune.objects.order_by("search_name", "insee_code").values_list(
        *("department__code", "department__name", "collectivity"), *CommuneRow._fields
    )
    for code, name, collectivity, *row in rows:
        groups[(code, name) if code else ("", collectivity)].append(CommuneRow(*row))
    return [
        {
            "code": code,
            "name": name,
            "names": "|".join(each.name for each in communes),
            "postcodes": "|".join(" ".join(postcodes[each.pk]) for each in communes),
            "latitudes": [thousandths(each.latitude) for each in communes],
            "longitudes": [thousandths(each.longitude) for each in communes],
            "sizes": "".join(size(each.population or 0) for each in communes),
        }
        for (code, name), communes in sorted(groups.items())
    ]


def thousandths(degrees: float | None) -> int | None:
    return None if degrees is None else round(degrees * 1000)


def size(people: int) -> str:
    """One digit more means four times as many people."""
    return str(min(LARGEST, people.bit_length() // 2))
