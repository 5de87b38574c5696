"""SQLite answers from the indexes that are made for it. PostgreSQL chooses by the size of the tables."""

from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client

from sites.models import Department, Site
from sites.models.distance import RADII_KM
from sites.models.records import public_figures
from sites.pages import views
from sites.search import filters
from sites.search.groups import labelled_groups

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_sqlite():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses by the size of the tables")


class Explained:
    """Asks SQLite for its plan of each query of the sites that runs."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith("SELECT") and '"directory_site"' in sql:
            execute(f"EXPLAIN QUERY PLAN {sql}", params, many, context)
            self.plans.append("; ".join(step[3] for step in context["cursor"].fetchall()))
        return execute(sql, params, many, context)


def plans_of(path: str) -> list[str]:
    client = Client()
    client.get("/pimms/")  # what all lists have in common
    with connection.execute_wrapper(explain := Explained()):
        assert client.get(path).status_code == 200
    return explain.plans


def test_counts_of_filters_are_read_off_their_index(directory):
    with connection.execute_wrapper(explain := Explained()):
        labelled_groups()
    assert explain.plans == ["SCAN directory_site USING INDEX site_labelled_facets"]


def test_a_page_of_the_list_is_found_in_order(directory):
    listed = plans_of("/pimms/?page=3")[0]
    assert listed == "SCAN directory_site USING INDEX site_public_list"


def test_of_a_large_region_too(directory, monkeypatch):
    monkeypatch.setattr(filters, "FEW", 0)
    listed = plans_of("/pimms/?region=auvergne-rhone-alpes")[0]
    assert listed == "SCAN directory_site USING INDEX site_public_list"


def test_the_newest_of_many_are_found_wave_by_wave(directory, monkeypatch):
    monkeypatch.setattr(filters, "FEW", 0)
    monkeypatch.setattr(views, "FEW", 0)
    listed = plans_of("/pimms/?tri=date&page=2")
    assert listed[0] == "SEARCH directory_site USING INDEX site_wave (wave_id=?)"
    assert not any("wave" in plan and "ORDER BY" in plan for plan in listed)


def test_the_first_sites_of_a_department_are_found_in_order(directory):
    listed = plans_of(Department.objects.get(code="38").get_absolute_url())
    assert any(plan.startswith("SEARCH directory_site USING INDEX site_department") for plan in listed)
    assert not any("ORDER BY" in plan for plan in listed)


@pytest.mark.parametrize("column", ["wave", "association"])
def test_and_those_of_a_wave_or_an_association(directory, column):
    listed = plans_of(getattr(Site.objects.labelled()[0], column).get_absolute_url())
    assert any(f"INDEX site_{column} (" in plan and "ORDER BY" not in plan for plan in listed)


def test_figures_of_all_pages_are_read_off_their_index(directory):
    with connection.execute_wrapper(explain := Explained()):
        public_figures()
    assert explain.plans == ["SCAN directory_site USING INDEX site_sums"]


def test_the_nearest_of_many_are_found_by_their_position(directory, monkeypatch):
    monkeypatch.setattr(filters, "FEW", 0)
    plans = plans_of("/pimms/?lat=45.18&lon=5.72")
    looked, found = next(pair for pair in pairwise(plans) if "ring" in pair[0])
    assert looked.count("INDEX site_public_positions (") == len(RADII_KM)
    assert "INDEX site_public_positions (" in found
