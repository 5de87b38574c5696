"""How the file of the desks of other bearers is built from the official list."""

from pathlib import Path

import pytest
from django.conf import settings

from sites.loading import gazetteer, other_desks
from sites.loading.fixtures import RELEASE_SITES
from tests.builders.other_desks import main
from tests.sites.staff.official_list.files import EXTRACT, records

pytestmark = pytest.mark.one_database

FIXTURES = Path(settings.FIXTURE_DIRS[0])


def test_the_file_is_what_the_builder_makes_of_the_list(tmp_path):
    others = {row.official_id: row for row in other_desks.read_desks(FIXTURES / other_desks.FILE_NAME)}
    for name in ("network", gazetteer.FILE_NAME, RELEASE_SITES):
        (tmp_path / name).symlink_to(FIXTURES / name)
    official_list = tmp_path / "liste-fs-20240801.csv"
    official_list.write_bytes(EXTRACT.read_bytes())
    main([str(official_list), f"--fixtures={tmp_path}"])
    made = other_desks.read_desks(tmp_path / other_desks.FILE_NAME)
    assert len(made) == len(records()) - 91
    for row in made:  # the extract has landlines only
        assert row in (others[row.official_id], others[row.official_id]._replace(phone=""))


def test_a_list_without_its_date_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="does not hold the date"):
        main([str(tmp_path / "liste.csv")])
    with pytest.raises(SystemExit, match=r"liste-20240801\.csv"):
        main([str(tmp_path / "liste-20240801.csv")])
