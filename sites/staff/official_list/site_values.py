"""The values of one site, by the name of a field: as a row of the list gives them, and as the directory has them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pimms_directory.base.folding import fold
from sites.hours.typed_hours import day_text
from sites.models import Commune, Site
from sites.models.distance import Point, distance_km
from sites.staff.official_list import values
from sites.staff.official_list.lookups import Lookups
from sites.staff.official_list.reading import DAY_COLUMNS, ListRow
from sites.staff.official_list.values import Value

# Compared without regard to case, accents and punctuation: there the directory has its own typography.
TYPESET = frozenset(("address", "address_complement", "base", "access_note"))
# Columns of a limited length that take whatever the list writes.
FREE_TEXTS = frozenset(("official_name", "base", "address", "address_complement", "email"))


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
    if isinstance(value.value, Point):
        for other, there in lookups.points:
            if (
                isinstance(there, Point)
                and distance_km(value.value, there) < values.SAME_POINT_KM
                and not same_street(row.cells["adresse"], other.cells["adresse"])
            ):
                text = _("L’entrée %(id)s de la liste a le même point à une autre adresse : %(address)s.")
                doubt = text % {"id": other.official_id, "address": other.cells["adresse"]}
                return Value(value.value, value.text, (*value.doubts, doubt))
    return value


def same_street(one: str, other: str) -> bool:
    """``Le Quadri - 47 avenue des Pays-Bas`` and ``47 Avenue des Pays-Bas`` are one door."""
    folded = fold(one), fold(other)
    return folded[0] in folded[1] or folded[1] in folded[0]


def that_fits(name: str, value: Value) -> Value:
    """A value longer than its column cannot be taken: it would stop the whole import."""
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
