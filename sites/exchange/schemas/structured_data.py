"""What the page of a site says to machines in the vocabulary of schema.org, as JSON-LD.

Plain functions from a record to a dictionary; ``root`` makes our addresses absolute, such as https://annuaire.example.
A desk is a ``LocalBusiness``, which has a place and belongs to an organisation. A bus or a visiting team is a
``Service``: it has an area, and neither an address nor a point that somebody would be sent to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from labels.models import Fact, KeyFigure, PressRelease
from pimms_directory.base.phones import international
from sites.exchange.citing.citation import Citation, citation_of
from sites.exchange.licence import LICENCE
from sites.exchange.records.site_record import degrees
from sites.hours.notices import CLOSED, NOTE, hours_on
from sites.hours.opening_hours import week
from sites.hours.today import notices_at_desk
from sites.hours.typed_hours import OpenHours
from sites.models import Association, Department, Notice, Site

Thing = dict[str, Any]

VOCABULARY = "https://schema.org"
LANGUAGE = "fr"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def thing(type_name: str, **properties: Any) -> Thing:
    """An object of the vocabulary, without the properties whose value is not known."""
    known = {name: value for name, value in properties.items() if value not in (None, "", [])}
    return {"@type": type_name, **known}


def page_thing(citation: Citation, **more: Any) -> Thing:
    """The page of a record, as it is quoted."""
    directory = thing("Organization", name=citation.author, url=f"{settings.PUBLIC_ORIGIN}/")
    return thing(
        "WebPage",
        name=citation.title,
        url=citation.address,
        inLanguage=LANGUAGE,
        author=directory,
        publisher=directory,
        datePublished=citation.issued,
        dateModified=citation.modified,
        citation=list(citation.sources),
        license=LICENCE["path"],
        **more,
    )


def release_thing(release: PressRelease, citation: Citation) -> Thing:
    """Our page about a release of somebody else, with what it quotes of it word for word."""
    issuer = thing("Organization", name=release.issuer)
    told: list[KeyFigure | Fact] = [*release.figures.all(), *release.facts.all()]
    quotations = [
        thing(
            "Quotation",
            name=str(quoted),
            text=quoted.quotation,
            creator=issuer,
            url=f"{citation.address}#{quoted.anchor}",
        )
        for quoted in told
        if quoted.quotation
    ]
    report = thing(
        "Report",
        name=release.title,
        url=release.source_url,
        datePublished=release.published_on,
        author=issuer,
        publisher=issuer,
        hasPart=quotations,
    )
    return page_thing(citation, mainEntity=report)


def site_thing(site: Site, root: str) -> Thing:
    return _desk(site, root) if site.is_fixed else _service(site, root)


def _desk(site: Site, root: str) -> Thing:
    point = site.point
    return thing(
        "LocalBusiness",
        **_named(site, root),
        address=site.commune
        and thing(
            "PostalAddress",
            streetAddress=site.street_address,
            postalCode=site.postcode,
            addressLocality=site.commune.post_town,
            addressRegion=site.department.region.name,
            addressCountry="FR",
        ),
        geo=point and thing("GeoCoordinates", latitude=degrees(point.latitude), longitude=degrees(point.longitude)),
        **_contact(site),
        openingHoursSpecification=_opening_hours(site),
        specialOpeningHoursSpecification=_special_hours(site),
        parentOrganization=_association(site.association, root),
        dissolutionDate=site.closed_on,
    )


def _service(site: Site, root: str) -> Thing:
    ended = site.closed_on and thing(
        "Offer", availability=f"{VOCABULARY}/Discontinued", availabilityEnds=site.closed_on
    )
    contact = _contact(site)
    return thing(
        "Service",
        **_named(site, root),
        serviceType=_("Accueil et aide aux démarches, sans guichet fixe"),
        availableChannel=contact and thing("ServiceChannel", servicePhone=thing("ContactPoint", **contact)),
        hoursAvailable=_opening_hours(site) + _special_hours(site),
        provider=_association(site.association, root),
        offers=ended or None,
    )


def _named(site: Site, root: str) -> Thing:
    """What both kinds have."""
    names = [site.official_name, *(alias.name for alias in site.aliases.all())]
    url = root + site.get_absolute_url()
    return {
        "name": site.name,
        "alternateName": [name for name in dict.fromkeys(names) if name and name != site.name],
        "description": " ".join(filter(None, (site.access_note, site.base_sentence))),
        "url": url,
        "mainEntityOfPage": page_thing(citation_of(site), correction=site.data_note),
        "identifier": site.official_id
        and thing(
            "PropertyValue",
            propertyID="id_fs",
            name=_("Identifiant de la liste officielle des France Services (ANCT)"),
            value=site.official_id,
        ),
        "sameAs": site.website,
        "areaServed": [*([site.area_served] if site.area_served else []), _department(site.department, root)],
        "hasCertification": _label(site, root),
    }


def _contact(site: Site) -> Thing:
    contact = {"telephone": site.phone and international(site.phone), "email": site.email}
    return {name: value for name, value in contact.items() if value}


def _department(department: Department, root: str) -> Thing:
    region = department.region
    return thing(
        "AdministrativeArea",
        name=department.name,
        url=root + department.get_absolute_url(),
        containedInPlace=thing("AdministrativeArea", name=region.name, url=root + region.get_absolute_url()),
    )


def _association(association: Association, root: str) -> Thing:
    return thing("NGO", name=association.name, url=root + association.get_absolute_url())


def _label(site: Site, root: str) -> Thing:
    wave = site.wave
    carried = not (site.label_ended_on or site.closed_on) and wave.effective_on <= timezone.localdate()
    return thing(
        "Certification",
        name="France Services",
        url=root + wave.get_absolute_url(),
        issuedBy=thing("GovernmentOrganization", name=_("État français")),
        datePublished=wave.announced_on or wave.published_on,
        validFrom=wave.effective_on,
        expires=site.label_ended_on,
        certificationStatus=f"{VOCABULARY}/Certification{'Active' if carried else 'Inactive'}",
    )


def _opening_hours(site: Site) -> list[Thing]:
    """One entry for the days that share an opening and a closing time; none once the site has closed."""
    days_by_hours: dict[tuple[time, time], list[str]] = {}
    for day in [] if site.closed_on else site.week:
        for period in day.periods:
            days = days_by_hours.setdefault((period.opens, period.closes), [])
            days.append(f"{VOCABULARY}/{DAYS[day.weekday - 1]}")
    return [
        thing("OpeningHoursSpecification", dayOfWeek=days, opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")
        for (opens, closes), days in days_by_hours.items()
    ]


def _special_hours(site: Site) -> list[Thing]:
    """Closures and other hours that the page shows: an entry for days that are alike.

    “Closed” is written as open from midnight to midnight: https://developers.google.com/search/docs/appearance/structured-data/local-business
    A day of which a closure takes a part has the hours that remain.
    """
    shown = [] if site.closed_on else notices_at_desk(site.notices.all(), site.department.code)
    return [each for notice in shown if notice.kind != NOTE for each in _special(notice, site)]


def _special(notice: Notice, site: Site) -> Iterator[Thing]:
    first, last = notice.begins_on, notice.ends_on
    in_part = {day for day, at in ((first, notice.begins_at), (last, notice.ends_at)) if at}
    for day in sorted(in_part):
        yield from _hours_from(
            day, day, hours_on(day, week(site.opening_periods.all()), [notice], site.department.code)
        )
    first += timedelta(days=first in in_part)
    last -= timedelta(days=last in in_part)
    if first <= last:
        days = (
            []
            if notice.kind == CLOSED or first == last
            else sorted({each.weekday for each in site.opening_periods.all()})
        )
        yield from _hours_from(first, last, notice.stretches, days)


def _hours_from(first: date, last: date, hours: Iterable[OpenHours], weekdays: Iterable[int] = ()) -> Iterator[Thing]:
    for opens, closes in list(hours) or [OpenHours(time.min, time.min)]:
        yield thing(
            "OpeningHoursSpecification",
            dayOfWeek=[f"{VOCABULARY}/{DAYS[weekday - 1]}" for weekday in weekdays],
            opens=f"{opens:%H:%M}",
            closes=f"{closes:%H:%M}",
            validFrom=first,
            validThrough=last,
        )
