"""Addresses that follow from names."""

import pytest

from sites.models import Association
from sites.staff.free_slugs import free_site_slug, free_slug
from tests.factories import AssociationFactory, SiteAliasFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("PIMMS Évry – Cœur d’Essonne", "pimms-evry-coeur-d-essonne"),
        ("PIMMS de l'Huveaune", "pimms-de-l-huveaune"),
        ("???", "pimms"),
    ],
)
def test_an_address_is_spelt_as_its_name_is_searched(name, slug):
    assert free_site_slug(name) == slug


def test_a_taken_address_gets_a_number():
    site = SiteFactory(slug="pimms-evry")
    SiteAliasFactory(slug="pimms-evry-2")
    SiteFactory(slug="pimms-evry-nord")
    assert free_site_slug("PIMMS Évry") == "pimms-evry-3"
    assert free_site_slug("PIMMS Évry", site) == "pimms-evry", "its own address is free"


def test_a_long_name_leaves_room_for_the_number():
    AssociationFactory(slug="x" * 90)
    assert free_slug("x" * 300, Association.objects.all(), longest=90) == "x" * 90 + "-2"
