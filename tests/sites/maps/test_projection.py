"""The projection against PROJ."""

import pyproj
import pytest

from sites.maps.outline import lambert93, project, unproject

pytestmark = pytest.mark.one_database

PLACES = [(latitude, longitude) for latitude in range(41, 52) for longitude in range(-6, 11)]


@pytest.mark.parametrize(("latitude", "longitude"), PLACES)
def test_projection_agrees_with_proj_within_a_metre(latitude, longitude):
    reference = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True).transform(longitude, latitude)
    assert lambert93(latitude, longitude) == pytest.approx(reference, abs=1)


@pytest.mark.parametrize(("latitude", "longitude"), PLACES)
def test_projection_has_a_way_back(latitude, longitude):
    assert unproject(*project(latitude, longitude)) == pytest.approx((latitude, longitude), abs=1e-9)
