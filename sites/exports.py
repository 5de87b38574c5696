"""The published data: what a record says in every format.

``COLUMNS`` is the one description: CSV, XLSX, the properties of GeoJSON, the records of JSON, the Table Schema, the
OpenAPI document and the table of ``/donnees/`` are made from it. An unknown value is null, or an empty cell.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any

import xlsxwriter
from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sites.hours import opening_hours
from sites.models import Listing, Site
from sites.models.records import SiteQuerySet

# Sites read from the database at a time: what a download keeps in memory, however long the list.
CHUNK = 1000
SEPARATOR = " | "
# A spreadsheet takes a cell that begins so for a formula. An apostrophe in front makes it text; cells that begin with
# apostrophes and then such a character get one too, so that taking one off always gives the value back.
FORMULA = re.compile(r"'*[=+\-@\t\r]")

LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}


@dataclass(frozen=True)
class Column:
    """One field of the published data. ``type`` and ``format`` are those of the Table Schema specification."""

    name: str
    type: str
    description: str | Promise
    value: Callable[[Site], Any]
    format: str = "default"
    constraints: Mapping[str, Any] = field(default_factory=dict)
    width: int = 16  # of the column in a workbook, in characters
    parent: str = ""  # the object that holds it in JSON, where its name is without this prefix
    listed: str = ""  # "values" or "objects": in JSON it is a list of them, in flat formats they are joined

    @property
    def key(self) -> str:
        return self.name.removeprefix(f"{self.parent}_") if self.parent else self.name

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required"))

    def read(self, site: Site, root: str) -> Any:
        """The value of a site; addresses of ours are made absolute with ``root``, such as https://annuaire.example."""
        value = self.value(site)
        if value is None or value == "":
            return None
        return root + value if self.name == "url" else value

    def read_flat(self, site: Site, root: str) -> Any:
        """The same as one cell."""
        value = self.read(site, root)
        if self.listed == "objects":
            value = [f"{line['release']}#{line['row']}" for line in value]
        return (SEPARATOR.join(value) or None) if self.listed else value


REQUIRED = {"required": True}


def degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 6)  # a tenth of a metre


def _distance(site: Site) -> float | None:
    kilometres = getattr(site, "distance_km", None)
    return None if kilometres is None else round(kilometres, 3)


def listing_object(listing: Listing) -> dict[str, Any]:
    """A printed line, without the site it means."""
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


COLUMNS = (
    Column(
        "url",
        "string",
        _("Adresse permanente de la fiche."),
        Site.get_absolute_url,
        "uri",
        {"required": True, "unique": True},
        40,
    ),
    Column(
        "slug",
        "string",
        _("Identifiant du PIMMS dans l’annuaire ; s’il change, l’ancienne adresse redirige."),
        lambda site: site.slug,
        constraints={"required": True, "unique": True},
        width=36,
    ),
    Column("name", "string", _("Nom du PIMMS."), lambda site: site.name, constraints=REQUIRED, width=44),
    Column(
        "former_names",
        "string",
        _("Anciens noms, séparés par « | »."),
        lambda site: list(dict.fromkeys(alias.name for alias in site.aliases.all())),
        listed="values",
        width=28,
    ),
    Column(
        "association",
        "string",
        _("Nom de l’association qui tient le PIMMS."),
        lambda site: site.association.name,
        constraints=REQUIRED,
        width=30,
    ),
    Column(
        "kind",
        "string",
        _("Type : fixed (lieu fixe), mobile (bus) ou multisite (équipe qui se déplace)."),
        lambda site: site.kind,
        constraints={"required": True, "enum": list(Site.Kind.values)},
        width=10,
    ),
    Column(
        "wave",
        "string",
        _("Code de la vague de labellisation, année et mois."),
        lambda site: site.wave.code,
        constraints={"required": True, "pattern": r"\d{4}-\d{2}"},
        width=10,
    ),
    Column(
        "labelled_on",
        "date",
        _("Date d’effet du label France Services."),
        lambda site: site.wave.effective_on,
        constraints=REQUIRED,
        width=12,
    ),
    Column("label_ended_on", "date", _("Fin du label ; vide tant qu’il est porté."), lambda site: site.label_ended_on),
    Column(
        "official_id",
        "string",
        _("Identifiant id_fs de la liste officielle de l’ANCT."),
        lambda site: site.official_id,
        constraints={"unique": True},
        width=12,
    ),
    Column(
        "region_code",
        "string",
        _("Code INSEE de la région."),
        lambda site: site.department.region.code,
        constraints=REQUIRED,
        width=12,
        parent="region",
    ),
    Column(
        "region_name",
        "string",
        _("Nom de la région."),
        lambda site: site.department.region.name,
        constraints=REQUIRED,
        width=26,
        parent="region",
    ),
    Column(
        "department_code",
        "string",
        _("Code INSEE du département."),
        lambda site: site.department.code,
        constraints=REQUIRED,
        parent="department",
    ),
    Column(
        "department_name",
        "string",
        _("Nom du département."),
        lambda site: site.department.name,
        constraints=REQUIRED,
        width=22,
        parent="department",
    ),
    Column(
        "commune_insee_code",
        "string",
        _("Code INSEE de la commune ; vide pour ce qui n’a pas de lieu fixe."),
        lambda site: site.commune and site.commune.insee_code,
        constraints={"pattern": r"\d[\dAB]\d{3}"},
        parent="commune",
    ),
    Column(
        "commune_name",
        "string",
        _("Nom de la commune ; vide pour ce qui n’a pas de lieu fixe."),
        lambda site: site.commune and site.commune.name,
        width=24,
        parent="commune",
    ),
    Column(
        "address",
        "string",
        _("Numéro et voie, puis complément."),
        lambda site: site.street_address,
        width=36,
    ),
    Column(
        "postcode",
        "string",
        _("Code postal."),
        lambda site: site.postcode,
        constraints={"pattern": r"\d{5}"},
        width=10,
    ),
    Column(
        "latitude",
        "number",
        _("Latitude du lieu, en degrés WGS 84 ; vide si elle n’est pas sûre."),
        lambda site: degrees(site.latitude),
        constraints={"minimum": -90, "maximum": 90},
        width=11,
    ),
    Column(
        "longitude",
        "number",
        _("Longitude du lieu, en degrés WGS 84 ; vide si elle n’est pas sûre."),
        lambda site: degrees(site.longitude),
        constraints={"minimum": -180, "maximum": 180},
        width=11,
    ),
    Column("phone", "string", _("Téléphone, en cinq paires de chiffres."), lambda site: site.phone),
    Column("email", "string", _("Courriel du service."), lambda site: site.email, "email", width=36),
    Column("website", "string", _("Site web."), lambda site: site.website, "uri", width=28),
    Column(
        "opening_hours",
        "string",
        _("Horaires dans la syntaxe opening_hours d’OpenStreetMap, heure de Paris, hors jours fériés."),
        lambda site: opening_hours(site.opening_periods.all()),
        width=48,
    ),
    Column(
        "contact_checked_on",
        "date",
        _("Date à laquelle les coordonnées et les horaires ont été relevés."),
        lambda site: site.contact_checked_on,
    ),
    Column("contact_source", "string", _("Source des coordonnées."), lambda site: site.contact_source, width=40),
    Column(
        "distance_km",
        "number",
        _("Distance à vol d’oiseau du lieu demandé, en kilomètres ; vide si aucun lieu n’est demandé."),
        _distance,
        constraints={"minimum": 0},
        width=12,
    ),
    Column(
        "listings",
        "string",
        _("Lignes des communiqués qui nomment ce PIMMS : date du communiqué, « # », rang ; séparées par « | »."),
        lambda site: [listing_object(listing) for listing in site.listings.all()],
        listed="objects",
        width=32,
    ),
)


def complete(sites: SiteQuerySet) -> SiteQuerySet:
    """With everything that ``COLUMNS`` reads, in four queries."""
    listings = Listing.objects.public().select_related("release").order_by("release__published_on", "row")
    return sites.with_place().with_hours().prefetch_related("aliases", Prefetch("listings", listings))


def site_object(site: Site, root: str, *, ranked: bool = False) -> dict[str, Any]:
    """A record of JSON; ``distance_km`` only where the list has a place."""
    record: dict[str, Any] = {}
    for column in COLUMNS:
        value = column.read(site, root)
        if column.parent:
            record.setdefault(column.parent, {})[column.key] = value
        elif ranked or column.name != "distance_km":
            record[column.key] = value
    if site.commune is None:
        record["commune"] = None
    return record


# The formats. Each writes to a binary file and keeps one chunk of sites in memory.


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)


def write_list(file: IO[bytes], head: Mapping[str, Any], key: str, items: Iterable[Any]) -> None:
    """A JSON object whose last member is a long array."""
    file.write(f"{_json(head)[:-1]}{', ' if head else ''}{_json(key)}: [".encode())
    for index, item in enumerate(items):
        file.write(f"{',' if index else ''}\n{_json(item)}".encode())
    file.write(b"\n]}\n")


def write_json(file: IO[bytes], sites: Iterable[Site], root: str, head: Mapping[str, Any], *, ranked: bool) -> None:
    write_list(file, head, "results", (site_object(site, root, ranked=ranked) for site in sites))


def write_geojson(file: IO[bytes], sites: Iterable[Site], root: str, head: Mapping[str, Any], *, ranked: bool) -> None:
    """RFC 7946; ``geometry`` is null where the point of the desk itself is not known."""
    write_list(
        file, {"type": "FeatureCollection", **head}, "features", (_feature(site, root, ranked) for site in sites)
    )


def _feature(site: Site, root: str, ranked: bool) -> dict[str, Any]:
    point = site.point
    return {
        "type": "Feature",
        "id": site.slug,
        "geometry": point and {"type": "Point", "coordinates": [degrees(point.longitude), degrees(point.latitude)]},
        "properties": {
            column.name: column.read_flat(site, root) for column in COLUMNS if ranked or column.name != "distance_km"
        },
    }


def defused(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, with an apostrophe in front; anything else unchanged."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def rows(sites: Iterable[Site], root: str) -> Iterator[list[Any]]:
    for site in sites:
        yield [defused(column.read_flat(site, root)) for column in COLUMNS]


def write_csv(file: IO[bytes], sites: Iterable[Site], root: str) -> None:
    """RFC 4180, in UTF-8 without a byte order mark."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([column.name for column in COLUMNS])
    writer.writerows(rows(sites, root))
    text.detach()


def write_xlsx(file: IO[bytes], sites: Iterable[Site], root: str, today: date) -> None:
    """A workbook of one sheet: dates are dates, the header stays in view and filters the columns."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(file, options)
    # Named, because it would otherwise be the time of writing, and the same list another file each time.
    workbook.set_properties({"created": datetime.combine(today, time())})
    sheet = workbook.add_worksheet("PIMMS")
    dates, header = workbook.add_format({"num_format": "dd/mm/yyyy"}), workbook.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(COLUMNS):
        sheet.set_column(index, index, max(column.width, len(column.name) + 3))
        sheet.write_string(0, index, column.name, header)
    last = 0
    for last, row in enumerate(rows(sites, root), start=1):
        for index, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(last, index, datetime.combine(value, time()), dates)
            elif isinstance(value, int | float):
                sheet.write_number(last, index, value)
            elif value is not None:
                sheet.write_string(last, index, value)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    workbook.close()


# The descriptions


def table_schema() -> dict[str, Any]:
    """Table Schema of the CSV. Specification: https://specs.frictionlessdata.io/table-schema/"""
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "fields": [
            {
                "name": column.name,
                "type": column.type,
                "format": column.format,
                "description": str(column.description),
                **({"constraints": dict(column.constraints)} if column.constraints else {}),
            }
            for column in COLUMNS
        ],
        "primaryKey": ["slug"],
        "missingValues": [""],
    }


def data_package(title: str, description: str, sources: list[dict[str, str]]) -> dict[str, Any]:
    """Data Package of the CSV. Specification: https://specs.frictionlessdata.io/data-package/"""
    return {
        "name": "pimms-france-services",
        "title": title,
        "description": description,
        "licenses": [LICENCE],
        "sources": sources,
        "resources": [
            {
                "name": "pimms",
                "path": "pimms.csv",  # beside this document
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\r\n"},
                "schema": table_schema(),
            }
        ],
    }
