"""Files that staff deposit, read without trust."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.utils.translation import gettext as _

LARGEST_BYTES = 2_000_000  # also what a form may carry from a preview to an import
LARGEST_UNPACKED = 50_000_000


class BrokenFile(ValueError):
    """Its message is a French sentence that says what is wrong and where."""


def check_size(size: int) -> None:
    """Raises ``BrokenFile``."""
    if size > LARGEST_BYTES:
        raise BrokenFile(_("Ce fichier pèse plus de %(most)d Mo : coupez-le.") % {"most": LARGEST_BYTES // 1_000_000})


def workbook_rows(data: bytes, most: int) -> list[tuple[Any, ...]]:
    """The values of the first sheet, of ``most`` rows at the most. Raises ``BrokenFile``."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
        if unpacked <= LARGEST_UNPACKED:
            sheet = load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
            return list(sheet.iter_rows(max_row=most, values_only=True))
    except Exception as error:  # a damaged workbook raises whatever its damage leads to
        raise BrokenFile(_("Ce classeur ne se lit pas : est-ce bien un fichier Excel (.xlsx) ?")) from error
    raise BrokenFile(_("Ce classeur est démesuré une fois décompressé."))
