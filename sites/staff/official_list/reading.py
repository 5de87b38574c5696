"""The CSV file of the official list, read without trust: an ``OfficialList``, or a French sentence."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from pimms_directory.base.spreadsheets import BrokenFile, decode, delimiter_of, is_formula, whole_csv_rows
from pimms_directory.base.templatetags.french import french_date
from sites.models import OfficialList, Site

# The list of 2024 has 1.2 MB for 2,845 rows: eight times that is no list any more.
LARGEST_BYTES = 10_000_000
# A mail domain that this many rows use is somebody's real domain, not a slip of the pen.
FREQUENT = 10

DAY_COLUMNS = ("h_lundi", "h_mardi", "h_mercredi", "h_jeudi", "h_vendredi", "h_samedi")
COLUMNS = (
    "id_fs",
    "lib_fs",
    "adresse",
    "complement_adresse",
    "insee_com",
    "code_postal",
    "lib_com",
    "latitude",
    "longitude",
    "mail",
    "telephone",
    *DAY_COLUMNS,
    "prise_rdv",
    "commentaire",
    "format_fs",
    "labellisation_fs",
)
OFFICIAL_ID = re.compile(r"[0-9A-Za-z_-]{1,12}")
ISO_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")


class ListRow(NamedTuple):
    """One line of the list: the cells of ``COLUMNS``, without the spaces around them."""

    line: int
    cells: dict[str, str]

    @property
    def official_id(self) -> str:
        return self.cells["id_fs"]

    @property
    def is_of_network(self) -> bool:
        _mailbox, _at, domain = self.cells["mail"].rpartition("@")
        return "pimms" in self.cells["lib_fs"].lower() or "pimms" in domain.lower()


@dataclass(frozen=True)
class ReadList:
    """What is kept of a file: the rows that concern the directory, and two facts about all of them."""

    rows: list[ListRow]
    count: int
    frequent_domains: list[str]


def from_file(name: str, data: bytes, published_on: date | None) -> OfficialList:
    """Unsaved. Without a date the name must hold one. Raises ``BrokenFile``."""
    published_on = published_on or date_in_name(name)
    if published_on is None:
        raise BrokenFile(
            _("Le nom du fichier ne dit pas la date de la liste, comme dans « liste-fs-20240801.csv » : indiquez-la.")
        )
    if published_on > timezone.localdate():
        raise BrokenFile(_("La liste serait du %(day)s, qui est à venir."), day=french_date(published_on))
    known_ids = {official_id for official_id in Site.objects.values_list("official_id", flat=True) if official_id}
    read = read_official_list(data, known_ids)
    return OfficialList(
        name=name[-200:],
        published_on=published_on,
        sha256=hashlib.sha256(data).hexdigest(),
        row_count=read.count,
        content={"rows": read.rows, "frequent_domains": read.frequent_domains},
    )


def keep(official_list: OfficialList) -> OfficialList:
    """Saves a list, or takes up the record of the same file with what it was read as now."""
    columns = ("name", "published_on", "row_count", "content", "uploaded_by")
    stored, _created = OfficialList.objects.update_or_create(
        sha256=official_list.sha256, defaults={column: getattr(official_list, column) for column in columns}
    )
    return stored


def stored_rows(official_list: OfficialList) -> list[ListRow]:
    return [ListRow(line, cells) for line, cells in official_list.content["rows"]]


def check_size(size: int) -> None:
    if size > LARGEST_BYTES:
        text = _("Ce fichier pèse %(size)d Mo ; la liste officielle en pèse un ou deux, au plus %(most)d sont lus.")
        raise BrokenFile(text, size=size // 1_000_000, most=LARGEST_BYTES // 1_000_000)


def date_in_name(name: str) -> date | None:
    """``liste-fs-20240801.csv`` is of 1 August 2024."""
    for parts in ISO_DATE.findall(name):
        try:
            return date(*(int(part) for part in parts))
        except ValueError:
            continue
    return None


def read_official_list(data: bytes, also: Collection[str] = ()) -> ReadList:
    """The rows of the network and those whose official id is in ``also``. Raises ``BrokenFile``."""
    check_size(len(data))
    kept = []
    domains: Counter[str] = Counter()
    lines: dict[str, int] = {}
    for row in rows_in(decode(data)):
        if row.official_id in lines:
            said = _("Ligne %(line)d, colonne id_fs : l’identifiant « %(id)s » est déjà celui de la ligne %(first)d.")
            raise BrokenFile(said, line=row.line, id=row.official_id, first=lines[row.official_id])
        lines[row.official_id] = row.line
        if domain := row.cells["mail"].rpartition("@")[2].lower():
            domains[domain] += 1
        if row.is_of_network or row.official_id in also:
            kept.append(row)
    if not lines:
        raise BrokenFile(_("Ce fichier n’a que sa ligne de titres : aucune structure."))
    if not any(row.is_of_network for row in kept):
        raise BrokenFile(_("Aucune des %(count)d lignes ne concerne un PIMMS."), count=len(lines))
    return ReadList(kept, len(lines), sorted(domain for domain, count in domains.items() if count >= FREQUENT))


def rows_in(text: str) -> Iterator[ListRow]:
    check_delimiter(text.partition("\n")[0])
    rows = whole_csv_rows(text, ",")
    _line, header = next(rows, (1, []))
    positions = check_header(header)
    for line, cells in rows:
        if not cells:  # an empty line
            continue
        if len(cells) != len(header):
            said = _("Ligne %(line)d : %(found)d colonnes au lieu de %(expected)d. Elle est coupée ou mal guillemetée.")
            raise BrokenFile(said, line=line, found=len(cells), expected=len(header))
        row = ListRow(line, {name: cells[position].strip() for name, position in positions.items()})
        check_cells(row)
        yield row


def check_delimiter(titles: str) -> None:
    """Who saved the list again with another delimiter lost the zeros in front of codes, too."""
    shown = {";": "« ; »", "\t": _("des tabulations"), "|": "« | »"}
    if (delimiter := delimiter_of(titles)) in shown:
        text = _("Ligne 1 : les colonnes sont séparées par %(found)s, pas par des virgules : prenez l’original.")
        raise BrokenFile(text, found=shown[delimiter])


def check_header(header: list[str]) -> dict[str, int]:
    """Where each column of ``COLUMNS`` stands; others may come and go."""
    names = [name.strip().lower() for name in header]
    if missing := [name for name in COLUMNS if name not in names]:
        raise BrokenFile(_("Ligne 1 : il manque les colonnes %(names)s."), names=", ".join(missing))
    if doubled := [name for name in COLUMNS if names.count(name) > 1]:
        raise BrokenFile(_("Ligne 1 : deux colonnes s’appellent %(name)s."), name=doubled[0])
    return {name: names.index(name) for name in COLUMNS}


def check_cells(row: ListRow) -> None:
    if not row.official_id:
        raise BrokenFile(_("Ligne %(line)d, colonne id_fs : l’identifiant manque."), line=row.line)
    if not OFFICIAL_ID.fullmatch(row.official_id):
        text = _("Ligne %(line)d, colonne id_fs : « %(value)s » n’est pas un identifiant.")
        raise BrokenFile(text, line=row.line, value=row.official_id[:40])
    for name, value in row.cells.items():
        if is_formula(value):
            said = _("Ligne %(line)d, colonne %(name)s : « %(value)s » est une formule de tableur, pas une valeur.")
            raise BrokenFile(said, line=row.line, name=name, value=value[:40])
