"""How many sites stand in each region and department."""

import pytest

from labels.models import Wave
from sites.models.lookup_tables import lookup_tables
from sites.pages.site_summary import summarize
from sites.pages.territory_counts import by_department, by_region
from tests.factories import DepartmentFactory, SiteFactory

pytestmark = pytest.mark.django_db


def test_sites_are_counted_by_region_and_department(directory):
    wave = Wave.objects.get(code="2020-01")
    regions = by_region(summarize(wave.sites.all(), lookup_tables()).departments)
    assert sum(each.count for each in regions) == 33
    assert [each.region.slug for each in regions] == sorted(each.region.slug for each in regions)
    for each in regions:
        assert each.count == wave.sites.filter(department__region=each.region).count()
        assert [(dep, wave.sites.filter(department=dep).count()) for dep, _count in each.departments] == list(
            each.departments
        )


def test_a_site_that_is_printed_twice_counts_once():
    site = SiteFactory(department=DepartmentFactory())
    (only,) = by_region(by_department([site, site]))
    assert (only.count, only.departments) == (1, ((site.department, 1),))
