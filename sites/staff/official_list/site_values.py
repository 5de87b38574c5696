"""The values of one site, by the name of a field: as a row of the list gives them, and as the directory has them.

What rows are compared with is read in a constant number of queries, whatever their number: see ``Lookups``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from labels.models import Wave
from pimms_directory.base.folding import fold
from pimms_directory.base.templatetags.french import after_de, french_date, plain_date
from sites.freshness.contact_check import OFFICIAL_LIST
from sites.hours.typed_hours import day_text
from sites.models import Commune, CommuneAlias, OfficialList, Site
from sites.models.distance import Point, distance_km
from sites.staff.drafts import draft_wave
from sites.staff.official_list import values
from sites.staff.official_list.cells import is_damaged
from sites.staff.official_list.reading import DAY_COLUMNS, ListRow, stored_rows
from sites.staff.official_list.ties import Ties, check_ties, free_sites
from sites.staff.official_list.values import Value

# What the directory set aside or reworded when it first took over the list of 1 August 2024, and why.
KNOWN_DIFFERENCES = Path(__file__).with_name("known_differences.json")
# Compared without regard to case, accents and punctuation: there the directory has its own typography.
TYPESET = frozenset(("address", "address_complement", "base", "access_note"))
# Columns of a limited length that take whatever the list writes.
FREE_TEXTS = frozenset(("official_name", "base", "address", "address_complement", "email"))


class Lookups:
    """What all rows are compared with."""

    def __init__(self, official_list: OfficialList, ties: Ties) -> None:
        self.published_on = official_list.published_on
        day = plain_date(self.published_on)
        self.source = f"{OFFICIAL_LIST}, ANCT, {day} (Licence Ouverte 2.0)"
        self.rows = stored_rows(official_list)
        self.frequent_domains = frozenset(official_list.content["frequent_domains"])
        self.sites = list(Site.objects.with_place().with_hours())
        tied, self.refused_ties = check_ties(ties, self.rows, self.sites)
        self.by_id = {site.official_id: site for site in self.sites if site.official_id} | tied
        self.free_sites = free_sites(self.sites, self.rows)
        self.waves = {wave.effective_on: wave for wave in Wave.objects.all()}
        self.wave_codes = {wave.code for wave in self.waves.values()}
        self.new_waves: dict[str, Wave] = {}
        self.communes = Communes(self.rows)
        points = [(row, values.point(row.cells["latitude"], row.cells["longitude"], None).value) for row in self.rows]
        self.points = [(row, point) for row, point in points if isinstance(point, Point)]
        earlier = OfficialList.objects.applied_before(self.published_on, official_list.sha256)
        self.earlier = {row.official_id: row for row in stored_rows(earlier)} if earlier else {}
        self.earlier_day = french_date(earlier.published_on) if earlier else ""
        self.known = known_differences()

    def new_wave(self, day: date) -> Wave:
        """The unsaved one of that month, for all its new sites."""
        text = _("%(source)s, qui donne le %(day)s comme date du label.")
        wave = draft_wave(day, source=text % {"source": self.source, "day": plain_date(day)})
        return self.new_waves.setdefault(wave.code, wave)


class Communes:
    """The communes that rows name: by INSEE code, or else by a name and postcode that only one has.

    The code decides, however the name is written (``ARRAS CEDEX``, ``Paris 18``), but against the name of another one.
    """

    def __init__(self, rows: list[ListRow]) -> None:
        codes = {row.cells["insee_com"] for row in rows}
        found = Commune.objects.select_related("department__region").prefetch_related("postcodes", "aliases")
        self.by_code = {commune.insee_code: commune for commune in found.filter(insee_code__in=codes)}
        names = {fold(row.cells["lib_com"]) for row in rows if not self.is_called_so(row)}
        named = found.filter(Q(search_name__in=names) | Q(aliases__search_name__in=names)).distinct()
        self.named = list(named) if names else []

    def of(self, row: ListRow) -> Commune | None:
        """None where code, name and postcode do not point to one commune: see ``problem``."""
        name = fold(row.cells["lib_com"])
        if commune := self.by_code.get(row.cells["insee_com"]):
            others = {each.pk for each in self.are_called(name)} - {commune.parent_id}  # “Paris” of an arrondissement
            return commune if self.is_called_so(row) or not others else None
        postcode = row.cells["code_postal"]
        candidates = [
            commune for commune in self.are_called(name) if postcode in {each.code for each in commune.postcodes.all()}
        ]
        return candidates[0] if len(candidates) == 1 else None

    def is_called_so(self, row: ListRow) -> bool:
        """Whether the name in a row is one of the commune with its code."""
        commune, name = self.by_code.get(row.cells["insee_com"]), fold(row.cells["lib_com"])
        return commune is not None and (not name or name in names_of(commune))

    def are_called(self, name: str) -> list[Commune]:
        return [commune for commune in self.named if name in names_of(commune)]

    def problem(self, row: ListRow) -> str:
        cells = row.cells
        if commune := self.by_code.get(cells["insee_com"]):
            text = _("Commune : le code INSEE %(code)s est celui %(of_commune)s, pas celui de « %(name)s ».")
            names = {"of_commune": after_de(commune.short_name), "name": cells["lib_com"]}
            return text % {"code": cells["insee_com"], **names}
        text = _("Commune inconnue : code INSEE « %(code)s », nom « %(name)s », code postal « %(postcode)s ».")
        return text % {"code": cells["insee_com"], "name": cells["lib_com"], "postcode": cells["code_postal"]}


def names_of(commune: Commune) -> set[str]:
    former = [each.name for each in commune.aliases.all() if each.kind == CommuneAlias.Kind.FORMER_NAME]
    return {fold(name) for name in (commune.name, commune.short_name, *former)}


def known_differences() -> Mapping[tuple[str, str, str], str]:
    """The reason for each (official id, field, text of the list) that the directory set aside on purpose."""
    records = json.loads(KNOWN_DIFFERENCES.read_text(encoding="utf-8"))
    return {(each["official_id"], each["field"], each["listed"]): each["why"] for each in records}


def listed_values(row: ListRow, kind: str, commune: Commune | None, lookups: Lookups) -> dict[str, Value]:
    """What a row says of a site of a ``kind``."""
    cells = row.cells
    surroundings = [cells["lib_fs"], cells["lib_com"]]
    if commune and commune.department:
        surroundings.append(commune.department.name)
    address, complement = values.address(cells["adresse"]), values.address(cells["complement_adresse"])
    found: dict[str, Value] = {"official_name": values.plain(cells["lib_fs"])}
    if kind == Site.Kind.FIXED:
        found |= {
            **({"commune": Value(commune, commune.short_name)} if commune else {}),
            "address": address,
            "address_complement": complement,
            "postcode": values.postcode(cells["code_postal"], commune),
            "point": listed_point(row, commune, lookups),
        }
    else:
        town = f"{cells['code_postal']} {commune.post_town if commune else cells['lib_com']}".strip()
        parts = [address.text, complement.text, town]
        found["base"] = values.plain(", ".join(part for part in parts if part))
    note = values.note(cells["commentaire"])
    found |= {
        "phone": values.phone(cells["telephone"]),
        "email": values.email(cells["mail"], lookups.frequent_domains, surroundings),
        "appointment": values.appointment(cells["prise_rdv"], note.text),
        "access_note": note,
        **{f"hours_{number}": values.day(cells[name]) for number, name in enumerate(DAY_COLUMNS, start=1)},
    }
    return {name: that_fits(name, value) for name, value in found.items()}


def listed_point(row: ListRow, commune: Commune | None, lookups: Lookups) -> Value:
    """With a doubt where another row of the network has the same point at another address."""
    value = values.point(row.cells["latitude"], row.cells["longitude"], commune)
    for other, there in lookups.points if isinstance(value.value, Point) else ():
        near = distance_km(value.value, there) < values.SAME_POINT_KM
        if near and not same_street(row.cells["adresse"], other.cells["adresse"]):
            text = _("L’entrée %(id)s de la liste a le même point à une autre adresse : %(address)s.")
            doubt = text % {"id": other.official_id, "address": other.cells["adresse"]}
            return replace(value, doubts=(*value.doubts, doubt))
    return value


def same_street(one: str, other: str) -> bool:
    """``Le Quadri - 47 avenue des Pays-Bas`` and ``47 Avenue des Pays-Bas`` are one door."""
    folded = fold(one), fold(other)
    return folded[0] in folded[1] or folded[1] in folded[0]


def that_fits(name: str, value: Value) -> Value:
    """A value longer than its column cannot be taken: it would stop the whole import. Nor one that lost letters."""
    if is_damaged(value.text):
        return Value(
            None, value.text, (_("Des lettres se sont perdues dans ce fichier, ou c’est une erreur de tableur."),)
        )
    longest = getattr(Site._meta.get_field(name), "max_length", None) if name in FREE_TEXTS else None
    if longest and len(value.text) > longest:
        return Value(None, value.text, (_("Plus de %(longest)d caractères.") % {"longest": longest},))
    return value


def present_value(site: Site, name: str) -> tuple[Any, str]:
    """What the directory has, as a value and as shown."""
    if name == "point":
        return site.point or "", values.point_text(site.point) if site.point else ""
    if name == "commune":
        return site.commune, site.commune.short_name if site.commune else ""
    if name == "appointment":
        return site.appointment, str(site.get_appointment_display()) if site.appointment else ""
    if name.startswith("hours_"):
        weekday = int(name.removeprefix("hours_"))
        periods = tuple((each.opens, each.closes) for each in site.opening_periods.all() if each.weekday == weekday)
        return periods, day_text(periods)
    return getattr(site, name), getattr(site, name)


def is_same(name: str, present: Any, shown: str, value: Value) -> bool:
    if name in TYPESET:
        return fold(shown) == fold(value.text)
    if name == "point" and isinstance(present, Point) and isinstance(value.value, Point):
        return distance_km(present, value.value) < values.SAME_POINT_KM
    return value.is_readable and present == value.value
