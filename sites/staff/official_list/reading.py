"""The CSV file of the official list, read without trust: typed rows with their line, or a French sentence."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from pimms_directory.base.uploads import BrokenFile

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
# What other files begin with, whatever their name says.
SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP, XLSX, ODS"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"\x1f\x8b", "GZIP"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"<", "HTML, XML"),
    (b"{", "JSON"),
)
# What French is written with. Other characters in a file that is not UTF-8 mean another encoding than cp1252.
FRENCH = frozenset("àâäæçéèêëîïôöœùûüÿñÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸÑ«»’‘“”–—…°·•€²³ªº§´`¨\u00a0\u00ad")
# "=" and "@" make a spreadsheet compute; so does a sign that no number follows.
FORMULA = re.compile(r"\s*(?:[=@]|[+-](?![\d\s.,(-]|$))")
OFFICIAL_ID = re.compile(r"[0-9A-Za-z_-]{1,12}")
ISO_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")


class Row(NamedTuple):
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
class Reading:
    """What is kept of a file: the rows that concern the directory, and two facts about all of them."""

    rows: tuple[Row, ...]
    count: int
    frequent_domains: tuple[str, ...]
    sha256: str


def check_size(size: int) -> None:
    if size > LARGEST_BYTES:
        raise BrokenFile(
            _("Ce fichier pèse %(size)d Mo ; la liste officielle en pèse un ou deux, au plus %(most)d sont lus.")
            % {"size": size // 1_000_000, "most": LARGEST_BYTES // 1_000_000}
        )


def date_in_name(name: str) -> date | None:
    """``liste-fs-20240801.csv`` is of 1 August 2024."""
    for parts in ISO_DATE.findall(name):
        try:
            return date(*(int(part) for part in parts))
        except ValueError:
            continue
    return None


def read(data: bytes, also: Collection[str] = ()) -> Reading:
    """The rows of the network and those whose official id is in ``also``. Raises ``BrokenFile``."""
    check_size(len(data))
    text = decode(data)
    kept = []
    domains: Counter[str] = Counter()
    lines: dict[str, int] = {}
    for row in parse(text):
        if row.official_id in lines:
            raise BrokenFile(
                _("Ligne %(line)d, colonne id_fs : l’identifiant « %(id)s » est déjà celui de la ligne %(first)d.")
                % {"line": row.line, "id": row.official_id, "first": lines[row.official_id]}
            )
        lines[row.official_id] = row.line
        if domain := row.cells["mail"].rpartition("@")[2].lower():
            domains[domain] += 1
        if row.is_of_network or row.official_id in also:
            kept.append(row)
    if not lines:
        raise BrokenFile(_("Ce fichier n’a que sa ligne de titres : aucune structure."))
    if not any(row.is_of_network for row in kept):
        raise BrokenFile(_("Aucune des %(count)d lignes ne concerne un PIMMS.") % {"count": len(lines)})
    frequent = tuple(sorted(domain for domain, count in domains.items() if count >= FREQUENT))
    return Reading(tuple(kept), len(lines), frequent, hashlib.sha256(data).hexdigest())


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, with or without a mark, or in the encoding of Windows."""
    if not data.strip():
        raise BrokenFile(_("Ce fichier est vide."))
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    for signature, kind in SIGNATURES:
        if start.startswith(signature):
            raise BrokenFile(
                _("Ce fichier n’est pas un CSV, quel que soit son nom : son contenu est du type %(kind)s.")
                % {"kind": kind}
            )
    if (position := data.find(b"\0")) >= 0:
        raise BrokenFile(
            _("Ligne %(line)d : le fichier contient un octet nul. Ce n’est pas un texte, ou il est abîmé.")
            % {"line": line_of(data, position)}
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return decode_windows(data, error.start)


def decode_windows(data: bytes, position: int) -> str:
    """For a file that is not UTF-8 from ``position`` on. Raises ``BrokenFile`` where it is not cp1252 either."""
    line = line_of(data, position)
    if not data[:position].isascii():  # UTF-8 until then: one broken place, not another encoding
        raise BrokenFile(
            _("Ligne %(line)d : un caractère n’est pas en UTF-8, alors que le début du fichier l’est. Il est abîmé.")
            % {"line": line}
        )
    unknown = _("Ligne %(line)d : l’encodage n’est ni UTF-8 ni celui de Windows (cp1252). Enregistrez-le en UTF-8.")
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise BrokenFile(unknown % {"line": line_of(data, error.start)}) from None
    for number, content in enumerate(text.split("\n"), start=1):
        if not content.isascii() and any(ord(each) > 127 and each not in FRENCH for each in content):
            raise BrokenFile(unknown % {"line": number})
    return text


def line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def parse(text: str) -> Iterator[Row]:
    check_delimiter(text.partition("\n")[0])
    reader: Any = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next_cells(reader, line=1)
    positions = check_header(header)
    while True:
        line = reader.line_num + 1  # where the row begins: a quoted cell may run over several lines
        cells = next_cells(reader, line)
        if cells is None:
            return
        if not cells:  # an empty line
            continue
        if len(cells) != len(header or ()):
            raise BrokenFile(
                _("Ligne %(line)d : %(found)d colonnes au lieu de %(expected)d. Elle est coupée ou mal guillemetée.")
                % {"line": line, "found": len(cells), "expected": len(header or ())}
            )
        row = Row(line, {name: cells[position].strip() for name, position in positions.items()})
        check_cells(row)
        yield row


def check_delimiter(titles: str) -> None:
    for delimiter, shown in ((";", "« ; »"), ("\t", _("des tabulations")), ("|", "« | »")):
        if titles.count(delimiter) > titles.count(","):
            raise BrokenFile(
                _("Ligne 1 : les colonnes sont séparées par %(found)s, pas par des virgules : prenez l’original.")
                % {"found": shown}
            )


def next_cells(reader: Any, line: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error:
        raise BrokenFile(
            _("Ligne %(line)d : la ligne est coupée, ou un guillemet n’y est pas refermé.") % {"line": line}
        ) from None


def check_header(header: list[str] | None) -> dict[str, int]:
    """Where each column of ``COLUMNS`` stands; others may come and go."""
    names = [name.strip().lower() for name in header or ()]
    if missing := [name for name in COLUMNS if name not in names]:
        raise BrokenFile(_("Ligne 1 : il manque les colonnes %(names)s.") % {"names": ", ".join(missing)})
    if doubled := [name for name in COLUMNS if names.count(name) > 1]:
        raise BrokenFile(_("Ligne 1 : deux colonnes s’appellent %(name)s.") % {"name": doubled[0]})
    return {name: names.index(name) for name in COLUMNS}


def check_cells(row: Row) -> None:
    if not row.official_id:
        raise BrokenFile(_("Ligne %(line)d, colonne id_fs : l’identifiant manque.") % {"line": row.line})
    if not OFFICIAL_ID.fullmatch(row.official_id):
        raise BrokenFile(
            _("Ligne %(line)d, colonne id_fs : « %(value)s » n’est pas un identifiant.")
            % {"line": row.line, "value": row.official_id[:40]}
        )
    for name, value in row.cells.items():
        if FORMULA.match(value):
            raise BrokenFile(
                _("Ligne %(line)d, colonne %(name)s : « %(value)s » est une formule de tableur, pas une valeur.")
                % {"line": row.line, "name": name, "value": value[:40]}
            )
