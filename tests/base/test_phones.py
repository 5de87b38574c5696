"""Telephone numbers as a telephone dials them from anywhere."""

import pytest

from pimms_directory.base.phones import e164, international

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("04 76 33 06 56", "+33476330656"),
        ("06 39 98 00 01", "+33639980001"),
        ("09 70 12 34 56", "+33970123456"),
        ("08 00 12 34 56", "+33800123456"),  # the same all over France: free, and in no place
        ("05 90 41 12 34", "+590590411234"),  # Guadeloupe
        ("06 90 41 12 34", "+590690411234"),
        ("05 96 60 12 34", "+596596601234"),  # Martinique
        ("05 94 25 12 34", "+594594251234"),  # French Guiana
        ("02 62 12 34 56", "+262262123456"),  # Réunion
        ("02 63 12 34 56", "+262263123456"),
        ("06 92 12 34 56", "+262692123456"),
        ("02 69 61 12 34", "+262269611234"),  # Mayotte
        ("06 39 20 12 34", "+262639201234"),
        ("05 08 41 12 34", "+508411234"),  # Saint-Pierre-et-Miquelon
        ("accueil", "accueil"),
    ],
)
def test_each_part_of_france_has_its_country_code(number, dialled):
    assert e164(number) == (dialled if dialled.startswith("+") else None)
    assert international(number) == dialled
