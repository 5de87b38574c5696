"""A site as an electronic visiting card: vCard 4.0 (RFC 6350), which telephones take into their address book."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from django.utils.translation import gettext as _

from pimms_directory.base.phones import international
from pimms_directory.base.templatetags.french import french_time, plain_date
from sites.exchange.records.public_records import address_beside
from sites.freshness.contact_check import ContactCheck
from sites.hours.opening_hours import Day
from sites.hours.today import notices_at_desk, zone_of
from sites.models import Site

MEDIA_TYPE = "text/vcard; charset=utf-8"
LINE = 75  # octets, without the end of the line (RFC 6350, 3.2)


def vcard(site: Site, root: str) -> str:
    """Addresses of ours begin with ``root``, such as https://annuaire.example."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", *properties(site, root), "END:VCARD"]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def properties(site: Site, root: str) -> Iterator[str]:
    page = root + site.get_absolute_url()
    yield "KIND:org"
    yield f"UID:{page}"
    yield f"SOURCE:{root}{address_beside(site, '.vcf')}"
    yield f"REV:{site.modified_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"FN:{escaped(site.name)}"
    yield f"ORG:{escaped(site.association.name)}"
    yield "CATEGORIES:PIMMS,France Services"
    yield "LANG:fr"
    yield f"TZ:{zone_of(site.department.code)}"
    if site.is_fixed:
        parts = ("", "", site.street_address, site.post_town, "", site.postcode, "France")
        yield f"ADR:{';'.join(escaped(part) for part in parts)}"
    if site.phone:
        yield f'TEL;VALUE=uri;TYPE="voice,work":tel:{international(site.phone)}'
    if site.email:
        yield f"EMAIL:{escaped(site.email)}"
    if site.geo_uri:
        yield f"GEO:{site.geo_uri}"
    yield f"URL:{page}"
    if site.website:
        yield f"URL:{site.website}"
    yield f"NOTE:{escaped(note(site))}"


def note(site: Site) -> str:
    """What has no property of its own: whether it is open at all, appointments, stops, hours, how old and how sure."""
    parts = []
    if site.closed_on:
        parts.append(_("Fermé depuis le %(date)s.") % {"date": plain_date(site.closed_on)})
    else:
        parts += map(str, notices_at_desk(site.notices.all(), site.department.code))
    if site.appointment:
        parts.append(f"{site.get_appointment_display().capitalize()}.")
    parts += site.access_notes
    if site.base:
        parts.append(site.base_sentence)
    if site.area_served:
        parts.append(_("Secteur desservi : %(area)s.") % {"area": site.area_served.removesuffix(".")})
    parts += [hours_of(day) for day in ([] if site.closed_on else site.week)]
    if site.contact_checked_on:
        said = {"date": plain_date(site.contact_checked_on), "source": site.contact_source}
        texts = {
            ContactCheck.CHECKED: _("Vérifié le %(date)s. Source : %(source)s."),
            ContactCheck.NOTED: _("Relevé le %(date)s. Source : %(source)s."),
            ContactCheck.CHANGED: _("Modifié par la rédaction de l’annuaire le %(date)s."),
        }
        parts.append(texts[site.contact_check or ContactCheck.NOTED] % said)
    if site.data_note:
        parts.append(_("À savoir : %(note)s") % {"note": site.data_note})
    return "\n".join(parts)


def hours_of(day: Day) -> str:
    """``Lundi : 9 h – 12 h, 14 h – 17 h``"""
    periods = [f"{french_time(period.opens)} – {french_time(period.closes)}" for period in day.periods]
    return _("%(day)s : %(hours)s") % {"day": day.name.capitalize(), "hours": ", ".join(periods) or _("fermé")}


def escaped(value: str) -> str:
    """Whatever ends a line, as some readers take a bare carriage return: no value begins a property of its own."""
    for character in "\\,;":
        value = value.replace(character, f"\\{character}")
    return r"\n".join(value.splitlines())


def folded(line: str) -> str:
    """In pieces of 75 octets at most, each but the first after a space; no character is cut in two."""
    pieces, room = [""], LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append("")
            room = LINE - 1
        pieces[-1] += character
        room -= size
    return "\r\n ".join(pieces)
