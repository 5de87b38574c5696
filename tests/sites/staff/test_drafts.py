"""Names for sites that the directory lacks, and the association that runs them."""

import pytest

from sites.models import Association
from sites.staff import drafts

pytestmark = pytest.mark.one_database

OURS = [
    Association(pk=key, name=f"PIMMS {name}")
    for key, name in enumerate(("Isère", "Brest", "Lyon Métropole", "du Narbonnais", "Noisy-le-Grand"), start=1)
]


@pytest.mark.parametrize(
    ("official_name", "kind", "spellings", "name"),
    [
        ("France services Pimms Médiation de Nogent-sur-Oise", "fixed", [], "PIMMS Nogent-sur-Oise"),
        ("France services Pimms Médiation du Narbonnais - Sigean", "fixed", [], "PIMMS du Narbonnais – Sigean"),
        ("Bus France services Pimms Médiation Sevran", "mobile", [], "PIMMS Sevran – PIMMS mobile"),
        ("Bus France services Pimms Médiation - Noisy Le Grand", "mobile", [], "PIMMS Noisy Le Grand – PIMMS mobile"),
        ("France services itinérante Pimms Médiation Rennes", "multisite", [], "PIMMS Rennes – équipe itinérante"),
        ("France services Pimms Médiation itinérante Brest", "multisite", [], "PIMMS Brest – équipe itinérante"),
        ("France services multisites Pimms Médiation Melun", "multisite", [], "PIMMS Melun – équipe itinérante"),
        ("France services Pimms Médiation Mediation Isere - Vizille", "fixed", [], "PIMMS Isere – Vizille"),
        ("France services de Vernouillet", "fixed", ["Vernouillet"], "PIMMS Vernouillet"),
        ("France services Pimms Médiation de Saint Denis", "fixed", ["Saint-Denis"], "PIMMS Saint-Denis"),
        ("Maison de Melay", "fixed", [], "PIMMS Maison de Melay"),
    ],
)
def test_names_follow_those_of_the_directory(official_name, kind, spellings, name):
    assert drafts.site_name(official_name, kind, spellings) == name


@pytest.mark.parametrize(
    ("name", "association", "why"),
    [
        ("PIMMS Isere – Vizille", "PIMMS Isère", "même nom avant le tiret"),
        ("PIMMS Noisy Le Grand – PIMMS mobile", "PIMMS Noisy-le-Grand", "même nom avant le tiret"),
        ("PIMMS Brest-Quatre Moulins", "PIMMS Brest", "le nom du site commence par le sien"),
        ("PIMMS Lyon – PIMMS mobile", "PIMMS Lyon Métropole", "la seule dont le nom commence ainsi"),
        ("PIMMS Narbonnais", "PIMMS du Narbonnais", "même nom avant le tiret"),
        ("PIMMS Arras", "PIMMS Arras", "nouvelle : nom avant le tiret"),
        ("PIMMS Bresle", "PIMMS Bresle", "nouvelle : nom avant le tiret"),
    ],
)
def test_the_association_is_one_of_ours_or_new(name, association, why):
    proposal = drafts.propose([name], OURS)[name]
    assert (proposal.association.name, proposal.why) == (association, why)
    assert (proposal.association.pk is None) == why.startswith("nouvelle")


def test_two_new_sites_share_a_new_association_in_any_order():
    names = ["PIMMS Bordeaux-Les Aubiers", "PIMMS Bordeaux"]
    for order in (names, names[::-1]):
        assert {proposal.association.name for proposal in drafts.propose(order, OURS).values()} == {"PIMMS Bordeaux"}


def test_an_association_lends_its_spelling():
    assert drafts.with_association("PIMMS Isere – Vizille", "PIMMS Isère") == "PIMMS Isère – Vizille"
    assert drafts.with_association("PIMMS Brest-Quatre Moulins", "PIMMS Brest") == "PIMMS Brest-Quatre Moulins"
