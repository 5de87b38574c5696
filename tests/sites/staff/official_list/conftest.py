from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from tests.sites.staff.official_list.files import EXTRACT, LIST_DAY, records


@pytest.fixture(scope="session")
def communes_of_extract():
    """The rows of the gazetteer for the communes that the extract names."""
    from sites.loading import gazetteer

    codes = {row["insee_com"] for row in records()}
    rows = {row.insee_code: row for row in gazetteer.read_rows(Path(settings.FIXTURE_DIRS[0]) / gazetteer.FILE_NAME)}
    codes |= {rows[code].parent for code in codes if code in rows} - {""}
    return [row for code, row in rows.items() if code in codes]


@pytest.fixture
def listed(directory, communes_of_extract) -> None:
    """The product data, with the communes of the whole extract."""
    from sites.loading import gazetteer
    from sites.loading.report import Report

    gazetteer.load_rows(communes_of_extract, Report())


@pytest.fixture
def kept_list(db):
    """Saves a file as an official list, of the extract's own day unless told."""

    from sites.staff.official_list.reading import from_file, keep

    def save(data: bytes | None = None, day: date = LIST_DAY):
        name = f"liste-fs-{day:%Y%m%d}.csv"
        return keep(from_file(name, data or EXTRACT.read_bytes(), None))

    return save
