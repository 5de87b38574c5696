"""The CSV file of the official list, read without trust: an ``OfficialList``, or a French sentence."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pimms_directory.base.folding import fold
from pimms_directory.base.spreadsheets import BrokenFile, decode, delimiter_of, is_formula, whole_csv_rows
from pimms_directory.base.templatetags.french import french_date
from sites.models import OfficialList, Site
from sites.staff.official_list.cells import clean, plain_code

# The list of 2024 has 1.2 MB for 2,845 rows: eight times that is no list any more.
LARGEST_BYTES = 10_000_000
# A mail domain that this many rows use is somebody's real domain, not a slip of the pen.
FREQUENT = 10
# Of its rows: a file with more that cannot be read has another fault than a slip in one of them.
MOST_LEFT_OUT = 0.05
MOST_FAULTS = 2_000  # of however many rows: millions of broken ones are not all told of first

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
WORDS = frozenset(("commentaire", "adresse", "complement_adresse"))
LIST_ITEM = re.compile(r"-\w")  # a dash in front of a remark is no formula
# What people and programs write below a table, and how many cells it fills at the most.
FOOTNOTE = re.compile(r"(?:sous )?total|nombre|source|mise? a jour|extrait|extraction|export|donnees|liste|fin\b|note")
MOST_OF_A_FOOTNOTE = 3
MOST_ABOVE_TITLES = 10  # lines
OFFICIAL_ID = re.compile(r"[0-9A-Za-z_-]{1,12}")
ISO_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")


class NoRow(BrokenFile):
    """A line of a table that is about it, such as a total: no sign that the file breaks off."""


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
    """What is kept of a file: the rows that concern the directory, and three facts about all of them."""

    rows: list[ListRow]
    count: int
    frequent_domains: list[str]
    left_out: list[str]  # a sentence for each row that cannot be read


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
        content={"rows": read.rows, "frequent_domains": read.frequent_domains, "left_out": read.left_out},
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
    """The rows of the network and those whose official id is in ``also``. Raises ``BrokenFile``.

    A row that cannot be read is left out with a sentence; a file that breaks off, or has many such rows, is no list.
    """
    check_size(len(data))
    kept: list[ListRow] = []
    left_out: list[str] = []
    domains: Counter[str] = Counter()
    lines: dict[str, int] = {}
    broken: BrokenFile | None = None
    for found in rows_in(unicodedata.normalize("NFC", decode(data).lstrip("\ufeff"))):
        if len(left_out) > MOST_FAULTS:
            raise BrokenFile(left_out[0])
        if isinstance(found, NoRow):
            left_out.append(str(found))
            continue
        broken = found if isinstance(found, BrokenFile) else repeated(found, lines)
        if broken:
            left_out.append(str(broken))
            continue
        row = cast(ListRow, found)
        lines[row.official_id] = row.line
        if domain := row.cells["mail"].rpartition("@")[2].lower():
            domains[domain] += 1
        if row.is_of_network or row.official_id in also:
            kept.append(row)
    if broken or len(left_out) > MOST_LEFT_OUT * len(lines):  # the last row, or many
        raise BrokenFile(left_out[-1] if broken else left_out[0])
    if not lines:
        raise BrokenFile(_("Ce fichier n’a que sa ligne de titres : aucune structure."))
    if not any(row.is_of_network for row in kept):
        raise BrokenFile(_("Rien n’y concerne un PIMMS. Lignes lues : %(count)d."), count=len(lines))
    frequent = sorted(domain for domain, count in domains.items() if count >= FREQUENT)
    return ReadList(kept, len(lines), frequent, left_out)


def rows_in(text: str) -> Iterator[ListRow | BrokenFile]:
    """Each row, or why it cannot be read; spreadsheets add columns and rows without anything in them."""
    line = line_of_titles(text)
    rows = ((number, cells) for number, cells in whole_csv_rows(text, ",") if number >= line)
    _line, header = next(rows, (line, []))
    header = without_blank_end(header)
    positions = check_header(line, header)
    for line, whole in rows:
        cells = without_blank_end(whole)
        if not cells or cells == header:  # files that were put together have their titles twice
            continue
        if FOOTNOTE.match(fold(cells[0])) and sum(map(bool, cells)) <= MOST_OF_A_FOOTNOTE:
            said = _("Ligne %(line)d : « %(text)s » n’est pas une structure.")
            yield NoRow(said, line=line, text=" ".join(filter(None, cells))[:60])
            continue
        if len(cells) > len(header) or len(whole) < len(header):
            said = ngettext(
                "Ligne %(line)d : %(found)d colonne au lieu de %(expected)d. Elle est coupée ou mal guillemetée.",
                "Ligne %(line)d : %(found)d colonnes au lieu de %(expected)d. Elle est coupée ou mal guillemetée.",
                len(whole),
            )
            yield BrokenFile(said, line=line, found=len(whole), expected=len(header))
            continue
        found = {name: clean(whole[position]) for name, position in positions.items()}
        row = ListRow(line, found | {name: plain_code(found[name]) for name in ("id_fs", "insee_com")})
        yield problem_of(row) or row


def line_of_titles(text: str) -> int:
    """Below blank lines, a heading and what is for Excel alone (``sep=,``). Raises ``BrokenFile``."""
    above = list(enumerate(text.split("\n", MOST_ABOVE_TITLES)[:MOST_ABOVE_TITLES], start=1))
    filled = [(line, content) for line, content in above if content.strip(" \r,") and not content.startswith("sep=")]
    line, content = next((each for each in filled if "id_fs" in each[1].lower()), (filled or above)[0])
    check_delimiter(line, content)
    return line


def title(text: str) -> str:
    return re.sub(r"[\s-]+", "_", clean(text).lower())


def without_blank_end(cells: list[str]) -> list[str]:
    """``["a", "", "b", " ", ""]`` → ``["a", "", "b"]``"""
    last = max((number for number, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return cells[:last]


def repeated(row: ListRow, lines: Mapping[str, int]) -> BrokenFile | None:
    if row.official_id not in lines:
        return None
    said = _("Ligne %(line)d, colonne id_fs : l’identifiant « %(id)s » est déjà celui de la ligne %(first)d.")
    return BrokenFile(said, line=row.line, id=row.official_id, first=lines[row.official_id])


def check_delimiter(line: int, titles: str) -> None:
    """Who saved the list again with another delimiter lost the zeros in front of codes, too."""
    shown = {";": "« ; »", "\t": _("des tabulations"), "|": "« | »"}
    if (delimiter := delimiter_of(titles)) in shown:
        text = _("Ligne %(line)d : les colonnes sont séparées par %(found)s, pas par des virgules : prenez l’original.")
        raise BrokenFile(text, line=line, found=shown[delimiter])


def check_header(line: int, header: list[str]) -> dict[str, int]:
    """Where each column of ``COLUMNS`` stands; others may come and go."""
    names = [title(name) for name in header]
    if missing := [name for name in COLUMNS if name not in names]:
        raise BrokenFile(_("Ligne %(line)d : il manque les colonnes %(names)s."), line=line, names=", ".join(missing))
    if doubled := [name for name in COLUMNS if names.count(name) > 1]:
        raise BrokenFile(_("Ligne %(line)d : deux colonnes s’appellent %(name)s."), line=line, name=doubled[0])
    return {name: names.index(name) for name in COLUMNS}


def problem_of(row: ListRow) -> BrokenFile | None:
    if not row.official_id:
        return BrokenFile(_("Ligne %(line)d, colonne id_fs : l’identifiant manque."), line=row.line)
    if not OFFICIAL_ID.fullmatch(row.official_id):
        text = _("Ligne %(line)d, colonne id_fs : « %(value)s » n’est pas un identifiant.")
        return BrokenFile(text, line=row.line, value=row.official_id[:40])
    for name, value in row.cells.items():
        if is_formula(value) and not (name in WORDS and LIST_ITEM.match(value)):
            said = _("Ligne %(line)d, colonne %(name)s : « %(value)s » est une formule de tableur, pas une valeur.")
            return BrokenFile(said, line=row.line, name=name, value=value[:40])
    return None
