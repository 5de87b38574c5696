"""Addresses as they stand on letters, drawn by lot from the product's own data: nearly all lead to their commune."""

import csv
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from django.conf import settings

from pimms_directory.base.folding import fold
from pimms_directory.base.memo import reading
from sites.models import Commune, Site
from sites.search.typed_place import understand

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer"), pytest.mark.one_database]

FIXTURES = Path(settings.FIXTURE_DIRS[0])
STREETS = (
    "rue du Moulin",
    "rue de Paris",
    "avenue de Grenoble",
    "impasse des Lilas",
    "place de la Mairie",
    "chemin de Saint-Martin",
    "rue du Général Leclerc",
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def rows(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def leads_to(typed: str, *codes: str) -> bool:
    """Whether it leads to this commune, or to an arrondissement of this city."""
    place = understand(typed).place
    commune = place.commune if place else None
    return bool(commune) and bool(
        {commune.insee_code, commune.parent and commune.parent.insee_code}.intersection(codes)
    )


def test_every_address_of_the_network(network, subtests):
    for site in Site.objects.labelled().select_related("commune"):
        if site.address and site.postcode:
            typed = f"{site.address}, {site.postcode} {site.commune.short_name}"
            with subtests.test(typed):
                assert leads_to(typed, site.commune.insee_code)
                assert understand(typed).note == ""


def test_invented_streets_in_communes_drawn_by_lot():
    draw = Random(15)
    communes = [row for row in rows("gazetteer.csv") if row["postcodes"] and not row["parent"]]
    wrong = []
    for row in draw.sample(communes, 300):
        street = f"{draw.randrange(1, 200)} {draw.choice(STREETS)}"
        typed = f"{street}, {draw.choice(row['postcodes'].split())} {row['name']}"
        if not leads_to(typed, row["insee_code"]):
            wrong.append(typed)
    assert len(wrong) <= 3, wrong


def test_letters_to_companies():
    """The code is no commune's: the name beside it decides, in the department of the first digits."""
    draw = Random(2024)
    gazetteer = {row["insee_code"]: row for row in rows("gazetteer.csv")}
    wrong = []
    for desk in draw.sample([desk for desk in rows("other_desks.csv") if desk["insee_code"] < "97"], 300):
        town = fold(gazetteer[desk["insee_code"]]["name"]).upper()
        typed = (
            f"{desk['insee_code'][:2].replace('2A', '20').replace('2B', '20')}{draw.randrange(1000):03} {town} CEDEX"
        )
        if not leads_to(f"{typed}{draw.choice(['', ' 2', ' 09'])}", desk["insee_code"]):
            wrong.append(typed)
    assert len(wrong) <= 6, wrong


@pytest.mark.slow
def test_one_error_in_the_name_of_a_large_commune():
    draw = Random(100)
    understood: Counter[str] = Counter()
    largest = Commune.objects.filter(parent=None).order_by("-population")[:100]
    with reading():
        for commune in largest:
            typed = with_an_error(commune.name.lower(), draw)
            found = understand(typed)
            if found.place and found.place.commune == commune:
                understood["at once"] += 1
            elif found.place:  # the word is another name: the large one is offered, or the reader is told
                assert found.note or commune in [place.commune for place in found.others], typed
    assert understood["at once"] >= 90, understood


def with_an_error(name: str, draw: Random) -> str:
    """A letter added, lost, changed, or swapped with the next one."""
    at = draw.randrange(len(name) - 1)
    return draw.choice(
        [
            name[:at] + draw.choice(LETTERS) + name[at:],
            name[:at] + name[at + 1 :],
            name[:at] + draw.choice(LETTERS) + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        ]
    )
