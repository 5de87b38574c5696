"""Where the point of one record lies, for staff who check it."""

import pytest

from sites.maps.position_check import position_check
from tests.factories import CommuneFactory, DepartmentFactory, SiteFactory

pytestmark = pytest.mark.one_database


def test_it_says_how_far_the_point_is_from_the_centre_of_the_commune(db):
    department = DepartmentFactory(code="41", name="Loir-et-Cher")
    commune = CommuneFactory(department=department, latitude=47.5, longitude=1.3)
    check = position_check(SiteFactory(department=department, commune=commune, latitude=47.6, longitude=1.3))
    assert check.kilometres == pytest.approx(11.1, abs=0.1)
    _whole, around = check.pictures
    left, top, width, height = around.view
    for x, y in (check.point, check.centre):
        assert left < x < left + width and top < y < top + height, "both stand on the picture"


def test_without_outline_or_point_it_says_what_it_can(db):
    overseas = DepartmentFactory(code="974", name="La Réunion")
    commune = CommuneFactory(department=overseas, latitude=-21.1, longitude=55.5)
    check = position_check(SiteFactory(department=overseas, commune=commune, latitude=-21.1, longitude=55.5))
    assert (check.kilometres, check.pictures) == (0, ())
    nowhere = SiteFactory(department=overseas, commune=commune, latitude=None, longitude=None)
    assert position_check(nowhere).kilometres is None
