"""What a site has many of, by the key of the site, a query for each, however many sites; and how records say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypedDict, TypeVar

from django.utils.translation import gettext_noop as _

from sites.exchange.schemas.json_schema import about
from sites.hours.opening_hours import Stretch, day_hours
from sites.hours.today import notices_at_desk
from sites.models import Listing, Notice, OpeningPeriod, SiteAlias

T = TypeVar("T")


def former_names(sites: list[int]) -> Mapping[int, list[str]]:
    return by_site(SiteAlias.objects.filter(site__in=sites).order_by("slug").values_list("site", "name"))


def opening_periods(sites: list[int]) -> Mapping[int, list[Stretch]]:
    periods = OpeningPeriod.objects.filter(site__in=sites).order_by().values_list("site", "weekday", "opens", "closes")
    return by_site((site, (weekday, opens, closes)) for site, weekday, opens, closes in periods)


def notices(sites: list[int]) -> Mapping[int, list[Notice]]:
    return by_site((each.site_id, each) for each in Notice.objects.not_over().filter(site__in=sites))


def public_listings(sites: list[int]) -> Mapping[int, list[Listing]]:
    listings = Listing.objects.public().filter(site__in=sites).select_related("release")
    return by_site((each.site_id, each) for each in listings.order_by("release__published_on", "row"))


def by_site(pairs: Iterable[tuple[int, T]]) -> Mapping[int, list[T]]:
    groups: defaultdict[int, list[T]] = defaultdict(list)
    for site, value in pairs:
        groups[site].append(value)
    return groups


# A line of a press release, as printed.
class PrintedLine(TypedDict):
    release: Annotated[str, about(_("Communiqué : sa date."))]
    row: Annotated[int, about(minimum=0)]
    region_printed: str
    department_printed: str
    commune_printed: str
    name_printed: str
    marked_new: bool
    remark: str


def printed_line(listing: Listing) -> PrintedLine:
    return {
        "release": listing.release.slug,
        "row": listing.row,
        "region_printed": listing.region_printed,
        "department_printed": listing.department_printed,
        "commune_printed": listing.commune_printed,
        "name_printed": listing.name_printed,
        "marked_new": listing.marked_new,
        "remark": listing.remark,
    }


# The dated notices that the page of a site shows at that moment, and no others

MOMENT = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$"


class NoticeRecord(TypedDict):
    kind: Annotated[
        str, about(_("closed (fermé), hours (autres horaires) ou note (information)."), enum=Notice.Kind.values)
    ]
    begins: Annotated[str, about(_("Premier jour, ou jour et heure, à l’horloge du lieu."), pattern=MOMENT)]
    ends: Annotated[str, about(_("Dernier jour, inclus, ou jour et heure, à l’horloge du lieu."), pattern=MOMENT)]
    hours: Annotated[
        str | None,
        about(
            _(
                "Les autres horaires, comme « 09:00-12:00,14:00-17:00 ». Sur plusieurs jours, ils valent pour ceux où"
                " le PIMMS ouvre d’habitude, hors jours fériés ; sur un seul, pour ce jour quel qu’il soit."
            )
        ),
    ]
    text: Annotated[str | None, about(_("La phrase du PIMMS."))]
    summary: Annotated[str, about(_("Ce qu’en dit la fiche, en français : « Fermé du 4 au 15 août 2026. »"))]


Notices = Annotated[
    list[NoticeRecord],
    about(
        _(
            "Fermetures et annonces que la fiche montre en ce moment : sorte, premier et dernier jour (ou moment),"
            " heures, phrase ; séparées par « | ». opening_hours reste la semaine ordinaire."
        )
    ),
]


def notice_records(notices: Iterable[Notice], site: Mapping[str, Any]) -> list[NoticeRecord]:
    """Of a row of ``site_record.FIELDS``; none of a desk that closed for good."""
    shown = [] if site["closed_on"] else notices_at_desk(notices, site["department__code"])
    return [notice_record(notice) for notice in shown]


def notice_record(notice: Notice) -> NoticeRecord:
    begins, ends = notice.begins.isoformat(timespec="minutes"), notice.ends.isoformat(timespec="minutes")
    return {
        "kind": notice.kind,
        "begins": begins if notice.begins_at else notice.begins_on.isoformat(),
        "ends": ends if notice.ends_at else notice.ends_on.isoformat(),
        "hours": day_hours(notice.stretches) or None,
        "text": notice.text or None,
        "summary": str(notice).replace("\u00a0", " "),
    }


def notice_cell(notice: NoticeRecord) -> str:
    """In one column of a table: ``closed 2026-08-04/2026-08-15``."""
    parts = (notice["kind"], f"{notice['begins']}/{notice['ends']}", notice["hours"], notice["text"])
    return " ".join(filter(None, parts))
