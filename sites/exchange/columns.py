"""The published data: what a record says in every format.

``COLUMNS`` is the one description: CSV, XLSX, the properties of GeoJSON, the records of JSON, the Table Schema, the
OpenAPI document and the table of ``/donnees/`` are made from it. An unknown value is null, or an empty cell.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sites.hours.opening_hours import Stretch, opening_hours
from sites.models import Listing, OpeningPeriod, Site, SiteAlias
from sites.models.site_display import site_address, street_address
from sites.models.site_queries import SiteQuerySet

# Sites read from the database at a time: what a download keeps in memory, however long the list.
CHUNK = 200
SEPARATOR = " | "
# A spreadsheet takes a cell that begins so for a formula. An apostrophe in front makes it text; cells that begin with
# apostrophes and then such a character get one too, so that taking one off always gives the value back.
FORMULA = re.compile(r"'*[=+\-@\t\r]")

LICENCE = {
    "name": "etalab-2.0",
    "title": "Licence Ouverte 2.0",
    "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}


# What is read of a site, by the names of the ORM: plain values, many times cheaper than instances of models.
Record = Mapping[str, Any]


def as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Column:
    """One field of the published data. ``type`` and ``format`` are those of the Table Schema specification."""

    name: str
    type: str
    description: str | Promise
    reads: tuple[str, ...]  # the fields of a record that ``value`` makes it of
    format: str = "default"
    constraints: Mapping[str, Any] = field(default_factory=dict)
    width: int = 16  # of the column in a workbook, in characters
    parent: str = ""  # the object that holds it in JSON, where its name is without this prefix
    listed: str = ""  # "values" or "objects": in JSON it is a list of them, in flat formats they are joined
    value: Callable[..., Any] = as_it_is

    @property
    def key(self) -> str:
        return self.name.removeprefix(f"{self.parent}_") if self.parent else self.name

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required"))

    def read(self, record: Record, root: str) -> Any:
        """The value of a site; addresses of ours are made absolute with ``root``, such as https://annuaire.example."""
        value = self.value(*[record[key] for key in self.reads])
        if value is None or value == "":
            return None
        return root + value if self.name == "url" else value

    def read_flat(self, record: Record, root: str) -> Any:
        """The same as one cell."""
        value = self.read(record, root)
        if self.listed == "objects":
            value = [f"{line['release']}#{line['row']}" for line in value]
        return (SEPARATOR.join(value) or None) if self.listed else value


REQUIRED = {"required": True}


def degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 6)  # a tenth of a metre


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
        ("slug",),
        "uri",
        {"required": True, "unique": True},
        40,
        value=site_address,
    ),
    Column(
        "slug",
        "string",
        _("Identifiant du PIMMS dans l’annuaire ; s’il change, l’ancienne adresse redirige."),
        ("slug",),
        constraints={"required": True, "unique": True},
        width=36,
    ),
    Column("name", "string", _("Nom du PIMMS."), ("name",), constraints=REQUIRED, width=44),
    Column(
        "former_names",
        "string",
        _("Anciens noms, séparés par « | »."),
        ("aliases",),
        listed="values",
        width=28,
        value=lambda names: list(dict.fromkeys(names)),
    ),
    Column(
        "association",
        "string",
        _("Nom de l’association qui tient le PIMMS."),
        ("association__name",),
        constraints=REQUIRED,
        width=30,
    ),
    Column(
        "kind",
        "string",
        _("Type : fixed (lieu fixe), mobile (bus) ou multisite (équipe qui se déplace)."),
        ("kind",),
        constraints={"required": True, "enum": list(Site.Kind.values)},
        width=10,
    ),
    Column(
        "wave",
        "string",
        _("Code de la vague de labellisation, année et mois."),
        ("wave__code",),
        constraints={"required": True, "pattern": r"\d{4}-\d{2}"},
        width=10,
    ),
    Column(
        "labelled_on",
        "date",
        _("Date d’effet du label France Services."),
        ("wave__effective_on",),
        constraints=REQUIRED,
        width=12,
    ),
    Column("label_ended_on", "date", _("Fin du label ; vide tant qu’il est porté."), ("label_ended_on",)),
    Column(
        "official_id",
        "string",
        _("Identifiant id_fs de la liste officielle de l’ANCT."),
        ("official_id",),
        constraints={"unique": True},
        width=12,
    ),
    Column(
        "region_code",
        "string",
        _("Code INSEE de la région."),
        ("department__region__code",),
        constraints=REQUIRED,
        width=12,
        parent="region",
    ),
    Column(
        "region_name",
        "string",
        _("Nom de la région."),
        ("department__region__name",),
        constraints=REQUIRED,
        width=26,
        parent="region",
    ),
    Column(
        "department_code",
        "string",
        _("Code INSEE du département."),
        ("department__code",),
        constraints=REQUIRED,
        parent="department",
    ),
    Column(
        "department_name",
        "string",
        _("Nom du département."),
        ("department__name",),
        constraints=REQUIRED,
        width=22,
        parent="department",
    ),
    Column(
        "commune_insee_code",
        "string",
        _("Code INSEE de la commune ; vide pour ce qui n’a pas de lieu fixe."),
        ("commune__insee_code",),
        constraints={"pattern": r"\d[\dAB]\d{3}"},
        parent="commune",
    ),
    Column(
        "commune_name",
        "string",
        _("Nom de la commune ; vide pour ce qui n’a pas de lieu fixe."),
        ("commune__name",),
        width=24,
        parent="commune",
    ),
    Column(
        "address",
        "string",
        _("Numéro et voie, puis complément."),
        ("address", "address_complement"),
        width=36,
        value=street_address,
    ),
    Column(
        "postcode",
        "string",
        _("Code postal."),
        ("postcode",),
        constraints={"pattern": r"\d{5}"},
        width=10,
    ),
    Column(
        "latitude",
        "number",
        _("Latitude du lieu, en degrés WGS 84 ; vide si elle n’est pas sûre."),
        ("latitude",),
        constraints={"minimum": -90, "maximum": 90},
        width=11,
        value=degrees,
    ),
    Column(
        "longitude",
        "number",
        _("Longitude du lieu, en degrés WGS 84 ; vide si elle n’est pas sûre."),
        ("longitude",),
        constraints={"minimum": -180, "maximum": 180},
        width=11,
        value=degrees,
    ),
    Column("phone", "string", _("Téléphone, en cinq paires de chiffres."), ("phone",)),
    Column("email", "string", _("Courriel du service."), ("email",), "email", width=36),
    Column("website", "string", _("Site web."), ("website",), "uri", width=28),
    Column(
        "opening_hours",
        "string",
        _("Horaires dans la syntaxe opening_hours d’OpenStreetMap, heure de Paris, hors jours fériés."),
        ("opening_periods",),
        width=48,
        value=opening_hours,
    ),
    Column(
        "contact_checked_on",
        "date",
        _("Date à laquelle les coordonnées et les horaires ont été relevés."),
        ("contact_checked_on",),
    ),
    Column("contact_source", "string", _("Source des coordonnées."), ("contact_source",), width=40),
    Column(
        "distance_km",
        "number",
        _("Distance à vol d’oiseau du lieu demandé, en kilomètres ; vide si aucun lieu n’est demandé."),
        ("distance_km",),
        constraints={"minimum": 0},
        width=12,
        value=lambda kilometres: None if kilometres is None else round(kilometres, 3),
    ),
    Column(
        "listings",
        "string",
        _("Lignes des communiqués qui nomment ce PIMMS : date du communiqué, « # », rang ; séparées par « | »."),
        ("listings",),
        listed="objects",
        width=32,
    ),
)


# What a site has many of: each with the key of the site, for those whose keys are given.


def _aliases(sites: Iterable[int]) -> Iterable[tuple[int, str]]:
    return SiteAlias.objects.filter(site__in=sites).order_by("slug").values_list("site", "name")


def _opening_periods(sites: Iterable[int]) -> Iterable[tuple[int, Stretch]]:
    periods = OpeningPeriod.objects.filter(site__in=sites).order_by().values_list("site", "weekday", "opens", "closes")
    return ((site, (weekday, opens, closes)) for site, weekday, opens, closes in periods)


def _listings(sites: Iterable[int]) -> Iterable[tuple[int, dict[str, Any]]]:
    listings = Listing.objects.public().filter(site__in=sites).select_related("release")
    return ((each.site_id, listing_object(each)) for each in listings.order_by("release__published_on", "row"))


RELATED = {"aliases": _aliases, "opening_periods": _opening_periods, "listings": _listings}
FIELDS = sorted({name for column in COLUMNS for name in column.reads} - {*RELATED, "distance_km"})


def read(sites: SiteQuerySet) -> Iterator[Record]:
    """All that ``COLUMNS`` reads of these sites, in their order: four queries for each chunk of them."""
    names = [*FIELDS, *({"distance_km"} & set(sites.query.annotations))]
    rows = sites.values_list("pk", *names).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        related = {name: _grouped(lines([key for key, *_values in chunk])) for name, lines in RELATED.items()}
        for key, *values in chunk:
            lists = {name: lines[key] for name, lines in related.items()}
            yield {"distance_km": None, **dict(zip(names, values, strict=True)), **lists}


def _grouped(lines: Iterable[tuple[int, Any]]) -> Mapping[int, list[Any]]:
    groups = defaultdict(list)
    for key, line in lines:
        groups[key].append(line)
    return groups


def site_object(record: Record, root: str, *, ranked: bool = False) -> dict[str, Any]:
    """A record of JSON; ``distance_km`` only where the list has a place."""
    found: dict[str, Any] = {}
    for column in COLUMNS:
        value = column.read(record, root)
        if column.parent:
            found.setdefault(column.parent, {})[column.key] = value
        elif ranked or column.name != "distance_km":
            found[column.key] = value
    if record["commune__insee_code"] is None:
        found["commune"] = None
    return found


# The formats. Each writes to a binary file and keeps one chunk of sites in memory.


def encoder(indent: int | None = None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, indent=indent, default=str)  # dates, and texts to be translated


def write_list(
    file: IO[bytes], head: Mapping[str, Any], key: str, items: Iterable[Any], indent: int | None = None
) -> None:
    """A JSON object whose last member is a long array; as the whole would be encoded, without having it whole."""
    encode = encoder(indent).encode
    before, after = encode({**head, key: []}).rsplit("]", 1)
    margin = "\n" + 2 * (indent or 0) * " "
    file.write(before.encode())
    separator = ""
    for item in items:
        file.write((separator + margin + encode(item).replace("\n", margin)).encode())
        separator = ","
    if separator or not indent:
        file.write(b"\n" + (indent or 0) * b" ")
    file.write(f"]{after}\n".encode())


def write_json(file: IO[bytes], records: Iterable[Record], root: str, head: Mapping[str, Any], *, ranked: bool) -> None:
    write_list(file, head, "results", (site_object(record, root, ranked=ranked) for record in records))


def write_geojson(
    file: IO[bytes], records: Iterable[Record], root: str, head: Mapping[str, Any], *, ranked: bool
) -> None:
    """RFC 7946; ``geometry`` is null where the point of the desk itself is not known."""
    features = (_feature(record, root, ranked) for record in records)
    write_list(file, {"type": "FeatureCollection", **head}, "features", features)


def _feature(record: Record, root: str, ranked: bool) -> dict[str, Any]:
    columns = (column for column in COLUMNS if ranked or column.name != "distance_km")
    properties = {column.name: column.read_flat(record, root) for column in columns}
    point = [properties["longitude"], properties["latitude"]]
    return {
        "type": "Feature",
        "id": record["slug"],
        "geometry": None if None in point else {"type": "Point", "coordinates": point},
        "properties": properties,
    }


def defused(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, with an apostrophe in front; anything else unchanged."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def rows(records: Iterable[Record], root: str) -> Iterator[list[Any]]:
    for record in records:
        yield [defused(column.read_flat(record, root)) for column in COLUMNS]


def write_csv(file: IO[bytes], records: Iterable[Record], root: str) -> None:
    """RFC 4180, in UTF-8 without a byte order mark."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in COLUMNS])
    writer.writerows(rows(records, root))
    text.detach()


def write_xlsx(file: IO[bytes], records: Iterable[Record], root: str, today: date) -> None:
    """A workbook of one sheet: dates are dates, the header stays in view and filters the columns."""
    import xlsxwriter  # 2 MB, for workbooks alone

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
    for last, row in enumerate(rows(records, root), start=1):
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
