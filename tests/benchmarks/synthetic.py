"""Sites that do not exist, spread over France as its people are; and the State's whole list, taken as it stands.

For measuring and trying out only: ``make_sites.py`` writes them into a database that has no directory yet.
Nobody can be reached by what is invented here: telephone numbers are of the ranges that ARCEP keeps for fiction
(decision 2018-0881), mail addresses of a domain that RFC 2606 keeps for examples, and each record says what it is.
"""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from itertools import accumulate, islice
from math import cos, radians, sqrt
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.db import connection
from django.utils.text import slugify

from labels.models import Wave
from sites.models import Association, Commune, Department, Postcode, Site

BATCH = 2_000  # sites in memory at once
NOTE = "Fiche fictive, faite pour mesurer l’annuaire : ce lieu n’existe pas."
NOTE_OF_LIST = "Ligne de la liste officielle, reprise sans contrôle pour mesurer l’annuaire."
SOURCE = "Données fictives"

T = TypeVar("T")
Hours = tuple[tuple[time, time], ...]
Week = dict[int, Hours]  # by ISO weekday

QUARTERS = (
    *("Centre", "Gare", "Hôtel de Ville", "Vieux Port", "Les Tilleuls", "Bellevue", "La Prairie", "Beau Soleil"),
    *("Jean Moulin", "Saint-Exupéry", "Les Glycines", "Croix-Rouge", "La Fontaine", "Mairie annexe", "Le Moulin"),
    *("Sainte-Anne", "Grand Parc", "Les Écoles", "République", "Europe"),
)
STREETS = (
    *("rue de la République", "place de la Mairie", "avenue Jean-Jaurès", "rue des Écoles", "rue Victor-Hugo"),
    *("place de l’Église", "boulevard de la Gare", "rue du Général-de-Gaulle", "allée des Tilleuls", "rue Pasteur"),
)
# How often, in a hundred: about as in the official list of August 2024.
KINDS = {Site.Kind.FIXED: 88, Site.Kind.MULTISITE: 7, Site.Kind.MOBILE: 5}
OPEN_DAYS = {"12345": 73, "123456": 13, "23456": 8, "1245": 2, "2345": 2, "12456": 1, "": 1}
MORNINGS = {(900, 1200): 60, (830, 1200): 20, (900, 1230): 15, (830, 1230): 5}
AFTERNOONS = {(1400, 1700): 40, (1330, 1700): 35, (1330, 1730): 15, (1400, 1800): 10}
# The ranges kept for fiction, by the zone of the region.
FICTION = ("01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49")
ZONES = {
    region: zone
    for zone, regions in enumerate(("11", "24 28 52 53", "27 32 44", "84 93 94", "75 76"))
    for region in regions.split()
}
WAVES = [date(year, month, 1) for year in range(2021, 2025) for month in (1, 4, 7, 10)][:14]
# Departments with more inhabitants have two associations.
CROWDED = 1_000_000


class Stretch(NamedTuple):
    weekday: int
    opens: time
    closes: time


class Draft(NamedTuple):
    """A site that is not saved yet, and its hours."""

    site: Site
    stretches: list[Stretch]


def draft(site: Site, week: Mapping[int, Hours]) -> Draft:
    """With the columns that follow from others: ``SiteQuerySet.refresh_computed_columns`` writes each row anew."""
    stretches = [Stretch(weekday, *hours) for weekday, day in week.items() for hours in day]
    site.pk = 0  # relations of a site without a key cannot be asked for
    site._prefetched_objects_cache = {"aliases": [], "opening_periods": stretches}  # type: ignore[attr-defined]
    site.search_text = site.build_search_text()
    site.is_public = site.build_is_public()
    site.open_days = site.build_open_days()
    site.position_latitude, site.position_longitude = site.build_position()
    site.pk = None
    return Draft(site, stretches)


def save(drafts: Iterable[Draft]) -> int:
    """Writes them in batches; returns how many they were."""
    drafts = iter(drafts)
    count = 0
    while batch := list(islice(drafts, BATCH)):
        Site.objects.bulk_create([each.site for each in batch])
        save_hours([(each.site.pk, *stretch) for each in batch for stretch in each.stretches])
        count += len(batch)
    return count


def save_hours(rows: Sequence[tuple[int, int, time, time]]) -> None:
    """Nearly a million for 100,000 sites: as model instances they would take longer than all the rest."""
    insert = "INSERT INTO directory_openingperiod (site_id, weekday, opens, closes)"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = [list(column) for column in zip(*rows, strict=True)]
            values = "SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::time[], %s::time[])"
            cursor.execute(f"{insert} {values}", arrays)
        else:
            texts = [(site, weekday, opens.isoformat(), closes.isoformat()) for site, weekday, opens, closes in rows]
            cursor.executemany(f"{insert} VALUES (%s, %s, %s, %s)", texts)


def refresh_statistics() -> None:
    """How common values are and, on PostgreSQL, for which rows an index may answer alone.

    It finds out by itself, but minutes after. A transaction must be over.
    """
    vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)" if vacuum else "ANALYZE")


class Names:
    """Gives each site a name and a slug of its own."""

    def __init__(self) -> None:
        self.used = Counter(Site.objects.values_list("slug", flat=True))

    def of(self, name: str) -> tuple[str, str]:
        name = name[:140]
        slug = slugify(name.replace("’", " ").replace("'", " "))[:110]
        self.used[slug] += 1
        number = self.used[slug]
        return (name, slug) if number == 1 else (f"{name} ({number})", f"{slug}--{number}")


class Owners:
    """The associations and waves that drafts refer to, made when they are first asked for."""

    def __init__(self) -> None:
        self.associations = {each.slug: each for each in Association.objects.all()}
        self.waves = {each.code: each for each in Wave.objects.all()}

    def association(self, department: Department, *, second: bool = False) -> Association:
        slug = f"fictive-{department.slug}{'-metropole' if second else ''}"
        if slug not in self.associations:
            name = f"PIMMS {department.name}{' Métropole' if second else ''}"
            self.associations[slug] = Association.objects.create(slug=slug, name=name)
        return self.associations[slug]

    def wave(self, day: date) -> Wave:
        code = f"{day:%Y-%m}"
        if code not in self.waves:
            self.waves[code] = Wave.objects.create(code=code, name=f"Vague {code}", effective_on=day, source=SOURCE)
        return self.waves[code]


def pick(chance: random.Random, weights: Mapping[T, int]) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]


def clock(hhmm: int) -> time:
    return time(hhmm // 100, hhmm % 100)


# Invented


def invented(count: int, seed: int) -> Iterator[Draft]:
    """So many sites, the same ones for the same seed and gazetteer; more of them where more people live."""
    # For measuring, not for secrets.
    chance = random.Random(seed)
    names, owners = Names(), Owners()
    communes = inhabited()
    weights = list(accumulate(commune.population or 0 for commune in communes))
    postcodes = dict(Postcode.objects.order_by("-code").values_list("commune", "code"))
    people: Counter[str] = Counter()
    for commune in communes:
        people[commune.department.code] += commune.population or 0  # type: ignore[union-attr]
    for commune in chance.choices(communes, cum_weights=weights, k=count):
        second = people[commune.department.code] > CROWDED and chance.random() < 0.4  # type: ignore[union-attr]
        yield invent(chance, commune, postcodes.get(commune.pk, ""), names, owners, second=second)


def inhabited() -> list[Commune]:
    """Communes and arrondissements in a department, with a centre and people."""
    whole = Commune.objects.filter(arrondissements__isnull=False).values("pk")
    known = Commune.objects.filter(department__isnull=False, latitude__isnull=False, population__gt=0)
    return list(known.exclude(pk__in=whole).select_related("department__region").order_by("insee_code"))


def invent(
    chance: random.Random, commune: Commune, postcode: str, names: Names, owners: Owners, *, second: bool
) -> Draft:
    department = commune.department
    assert department is not None
    kind = pick(chance, KINDS)
    quarter = {Site.Kind.MOBILE: "Bus", Site.Kind.MULTISITE: "Permanences"}.get(kind) or chance.choice(QUARTERS)
    name, slug = names.of(f"PIMMS {commune.short_name} – {quarter}")
    wave = chance.choice(list(WAVES))
    street = f"{chance.randint(1, 120)} {chance.choice(STREETS)}"
    place = f"{street}, {postcode} {commune.post_town}"
    desk = kind == Site.Kind.FIXED
    latitude, longitude = point_near(chance, commune) if desk else (None, None)
    zone = FICTION[ZONES.get(department.region.code, 1)]
    number = chance.randrange(10_000)
    site = Site(
        slug=slug,
        name=name,
        association=owners.association(department, second=second),
        kind=kind,
        wave=owners.wave(wave),
        label_ended_on=date(2025, 6, 30) if chance.random() < 0.01 else None,
        department=department,
        commune=commune if desk else None,
        address=street if desk else "",
        postcode=postcode if desk else "",
        latitude=latitude,
        longitude=longitude,
        base="" if desk else place,
        area_served="" if desk else f"{commune.short_name} et ses environs",
        phone=f"{zone} {number // 100:02} {number % 100:02}",
        email=f"{slug[:50]}@example.org",
        website=f"https://{slug[:50].rstrip('-')}.example.org/" if chance.random() < 0.3 else "",
        appointment=pick(chance, {Site.Appointment.NONE: 65, Site.Appointment.POSSIBLE: 35}),
        contact_checked_on=date(2024, 8, 1),
        contact_source=SOURCE,
        data_note=NOTE,
    )
    return draft(site, invent_week(chance))


def point_near(chance: random.Random, commune: Commune) -> tuple[float | None, float | None]:
    """Around the centre, farther out in larger communes; for one in ten, no point of its own is known."""
    latitude, longitude = commune.latitude, commune.longitude
    if chance.random() < 0.1 or latitude is None or longitude is None:
        return None, None
    spread = min(3.0, 0.3 + sqrt(commune.population or 0) / 200)  # kilometres
    north, east = chance.gauss(0, spread) / 111.2, chance.gauss(0, spread) / 111.2 / cos(radians(latitude))
    return round(latitude + north, 6), round(longitude + east, 6)


def invent_week(chance: random.Random) -> Week:
    days = pick(chance, OPEN_DAYS)
    opens, closes = pick(chance, MORNINGS)
    morning = (clock(opens), clock(closes))
    opens, closes = pick(chance, AFTERNOONS)
    afternoon = (clock(opens), clock(closes))
    shut = pick(chance, {"": 60, "5": 20, "3": 10, "24": 10})  # afternoons behind closed doors
    return {int(day): (morning,) if day == "6" or day in shut else (morning, afternoon) for day in days}


# The official list

DAYS = ("h_lundi", "h_mardi", "h_mercredi", "h_jeudi", "h_vendredi", "h_samedi")
STRETCH = re.compile(r"(\d{1,2}):(\d\d) *- *(\d{1,2}):(\d\d)")
FORMATS = {"Multisites": Site.Kind.MULTISITE, "Itinérante": Site.Kind.MULTISITE, "Bus_équivalent": Site.Kind.MOBILE}


def rows_of_list(path: Path) -> Iterator[Draft]:
    """A site for each row of the official list that the directory does not have: all France Services, of any network.

    Nothing is checked as an import would. Mail addresses, which may be a person's, stay in the file.
    """
    names, owners = Names(), Owners()
    present = set(Site.objects.values_list("official_id", flat=True))
    departments = {each.code: each for each in Department.objects.select_related("region")}
    communes = {each.insee_code: each for each in Commune.objects.select_related("department")}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["id_fs"] not in present and row["insee_dep"] in departments:
                yield of_row(row, departments[row["insee_dep"]], communes.get(row["insee_com"]), names, owners)


def of_row(row: dict[str, str], department: Department, commune: Commune | None, names: Names, owners: Owners) -> Draft:
    kind = FORMATS.get(row["format_fs"], Site.Kind.FIXED)
    name, slug = names.of(row["lib_fs"])
    desk = kind == Site.Kind.FIXED
    place = f"{row['adresse']}, {row['code_postal']} {row['lib_com']}"
    day, month, year = re.findall(r"\d+", row["labellisation_fs"])[:3]
    digits = re.sub(r"\D", "", row["telephone"])
    landline = re.fullmatch(r"0[1-589]\d{8}", digits)
    site = Site(
        slug=slug,
        name=name,
        official_name=row["lib_fs"][:200],
        official_id=row["id_fs"],
        association=owners.association(department),
        kind=kind,
        wave=owners.wave(date(int(year), int(month), int(day))),
        department=department,
        commune=commune if desk else None,
        address=row["adresse"][:200] if desk else "",
        address_complement=row["complement_adresse"][:200],
        postcode=row["code_postal"] if desk else "",
        latitude=float(row["latitude"]) if desk and row["latitude"] else None,
        longitude=float(row["longitude"]) if desk and row["latitude"] else None,
        base="" if desk else place[:200],
        phone=" ".join(digits[at : at + 2] for at in range(0, 10, 2)) if landline else "",
        appointment=Site.Appointment.POSSIBLE if row["prise_rdv"] == "Oui" else Site.Appointment.NONE,
        contact_checked_on=date(2024, 8, 1),
        contact_source="Liste officielle des France Services, ANCT (Licence Ouverte 2.0)",
        data_note=NOTE_OF_LIST,
    )
    return draft(site, {number: hours(row[column]) for number, column in enumerate(DAYS, start=1)})


def hours(text: str) -> Hours:
    """Its stretches in order; what overlaps the one before is left out."""
    kept: list[tuple[time, time]] = []
    for cells in sorted(STRETCH.findall(text)):
        opens, closes = time(int(cells[0]), int(cells[1])), time(int(cells[2]), int(cells[3]))
        if opens < closes and (not kept or kept[-1][1] <= opens):
            kept.append((opens, closes))
    return tuple(kept)
