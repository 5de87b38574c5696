"""The workbook of a list: a sheet of its sites, and one that says what they are, after whom, and what columns mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pimms_directory.base.templatetags.french import plain_date
from sites.exchange.citing.citation import author
from sites.exchange.downloads.formats import COLUMNS, rows
from sites.exchange.licence import LICENCE, attribution, sources_at
from sites.exchange.records.site_record import SiteRecord
from sites.pages.label_count import label_count
from sites.search.filters import SiteFilter

# Of the columns, in characters; 16 where nothing is said.
WIDTHS = {
    10: "kind wave postcode closed_on",
    11: "latitude longitude",
    12: "labelled_on official_id region_code distance_km",
    22: "department_name",
    24: "commune_name",
    26: "region_name",
    28: "former_names website",
    30: "association",
    32: "listings",
    36: "slug address email",
    40: "url contact_source",
    44: "name official_name base",
    48: "opening_hours area_served access_note data_note",
}
WIDTH_BY_NAME = {name: width for width, names in WIDTHS.items() for name in names.split()}
TYPES = {"string": gettext_lazy("texte"), "number": gettext_lazy("nombre"), "date": gettext_lazy("date")}


@dataclass(frozen=True)
class About:
    """What the second sheet says before the columns: its title, and lines of a name and what it is."""

    title: str
    lines: list[tuple[str, str]]


def about(found: SiteFilter, count: int) -> About:
    """Nothing in it tells of the day of the download: the same list is the same file."""
    counted_on = label_count().counted_on
    query = found.query_without("lat", "lon").urlencode()  # whoever gets the file need not know where somebody stands
    address = settings.PUBLIC_ORIGIN + reverse("site-xlsx") + (f"?{query}" if query else "")
    filters = "\n".join(_("%(name)s : %(value)s") % {"name": each.label, "value": each.value} for each in found.chips)
    return About(
        _("PIMMS labellisés France Services"),
        [
            (_("Contenu"), _("Une ligne par PIMMS qui porte le label France Services, dans l’ordre de la liste.")),
            (_("Nombre de PIMMS"), str(count)),
            (_("Date des données"), plain_date(counted_on) if counted_on else ""),
            (_("Filtres demandés"), filters or _("Aucun : la liste entière.")),
            (_("Adresse de ce fichier"), address),
            (_("Licence"), LICENCE["title"]),
            (_("Adresse de la licence"), LICENCE["path"]),
            (_("Ligne à citer"), attribution()),
            *((_("Source"), source["title"]) for source in sources_at(settings.PUBLIC_ORIGIN)),
        ],
    )


def write_xlsx(file: IO[bytes], sites: Iterable[SiteRecord], said: About, day: date) -> None:
    import xlsxwriter  # 2 MB, for workbooks alone

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(file, options)
    workbook.set_properties(
        {
            "title": said.title,
            "author": author(),
            "subject": _("Adresses, coordonnées, horaires, dates de label et sources"),
            "keywords": "PIMMS, France Services",
            "comments": f"{LICENCE['title']}, {LICENCE['path']}\n{attribution()}",
            # The day of the data: it would otherwise be the time of writing, and the same list another file each time.
            "created": datetime.combine(day, time()),
        }
    )
    write_sites(workbook, sites)
    write_about(workbook, said)
    workbook.close()


def write_sites(workbook: Any, sites: Iterable[SiteRecord]) -> None:
    """Dates are dates, the header stays in view and filters the columns."""
    sheet = workbook.add_worksheet("PIMMS")
    dates, header = workbook.add_format({"num_format": "dd/mm/yyyy"}), workbook.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(COLUMNS):
        sheet.set_column(index, index, max(WIDTH_BY_NAME.get(column.name, 16), len(column.name) + 3))
        sheet.write_string(0, index, column.name, header)
    last = 0
    for last, row in enumerate(rows(sites), start=1):
        for index, value in enumerate(row):
            write_cell(sheet, last, index, value, dates)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)


def write_about(workbook: Any, said: About) -> None:
    sheet = workbook.add_worksheet(_("À propos"))
    bold, wrapped = workbook.add_format({"bold": True, "valign": "top"}), workbook.add_format({"text_wrap": True})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 100)
    sheet.set_column(2, 2, 10)
    sheet.write_string(0, 0, said.title, bold)
    for number, (name, value) in enumerate(said.lines, start=2):
        sheet.write_string(number, 0, name, bold)
        sheet.write_string(number, 1, value, wrapped)
    start = len(said.lines) + 3
    for index, name in enumerate((_("Colonne"), _("Sens"), _("Type"))):
        sheet.write_string(start, index, name, bold)
    for number, column in enumerate(COLUMNS, start=start + 1):
        sheet.write_string(number, 0, column.name, bold)
        sheet.write_string(number, 1, _(column.description), wrapped)
        sheet.write_string(number, 2, str(TYPES[column.type]))


def write_cell(sheet: Any, row: int, column: int, value: Any, dates: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, datetime.combine(value, time()), dates)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, value)
