"""What is proposed to a reader who is still typing. All of France is there: see ``test_typed_place.py``."""

import json
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pimms_directory.base.memo import reading
from sites.search.suggestions import suggest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]


def labels(typed: str) -> list[str]:
    return [suggestion.label for suggestion in suggest(typed)]


def test_suggestions_begin_with_the_largest_that_begins_so():
    assert labels("gren")[0] == "Grenoble (38)"
    assert labels("st et")[0] == "Saint-Étienne (42)"
    assert labels("havr")[0] == "Le Havre (76)"
    assert labels("3810")[0] == "Grenoble (38)"
    assert labels("mont")[0] == "Montpellier (34)"  # Mont is a village


def test_suggestions_that_begin_so_come_before_those_that_contain_it():
    found = labels("claix")
    assert found[0] == "Claix (38)"
    assert "Le Pont-de-Claix (38)" in found


def test_suggestions_are_ten_at_most_and_none_for_garbage():
    assert len(labels("saint")) == 10
    for typed in ("", "1", "🚌", "\0", "99999", "zzzz", "de la"):
        assert labels(typed) == []


def test_arrondissements_come_only_once_their_number_is_begun():
    assert labels("paris 1")[:2] == ["Paris 1er Arrondissement (75)", "Paris 10e Arrondissement (75)"]
    assert labels("paris 18") == ["Paris 18e Arrondissement (75)"]
    assert labels("18e paris")[0] == "Paris 18e Arrondissement (75)"
    assert labels("75018") == ["Paris 18e Arrondissement (75)", "Paris (75)"]
    for typed in ("par", "paris", "750"):
        assert labels(typed)[0] == "Paris (75)"
    assert not [label for typed in ("par", "paris", "lyon") for label in labels(typed) if re.search(r"^\w+ \d", label)]


# What is typed, and what is proposed first.
FIRST = {
    # departments and regions, as people say them
    "38": "Isère (38), département",
    "2a": "Corse-du-Sud (2A), département",
    "971": "Guadeloupe (971), département",
    "ise": "Isère (38), département",
    "loire": "Loire (42), département",
    "garonne": "Haute-Garonne (31), département",
    "breta": "Bretagne, région",
    "alsac": "Grand Est, région",
    "idf": "Île-de-France, région",
    "paris": "Paris (75)",  # a town comes before a territory of its name
    "vienne": "Vienne (38)",
    # former names, quarters, other names, bodies
    "seynod": "Seynod, aujourd’hui Annecy (74)",
    "pierrefitte sur s": "Pierrefitte-sur-Seine, aujourd’hui Saint-Denis (93)",
    "minguet": "Les Minguettes (quartier), Vénissieux (69)",
    "roazh": "Roazhon (autre nom), Rennes (35)",
    "plaine co": "Plaine Commune, groupe de communes",
    "pays de bit": "CC du Pays de Bitche, groupe de communes",
    # codes
    "38185": "Grenoble (38), code INSEE 38185",
    "2a004": "Ajaccio (2A), code INSEE 2A004",
    "74268": "Annecy (74), ancien code INSEE 74268",
    # whatever else the search understands
    "12 rue de la paix paris": "Paris (75)",
    "le 93": "Seine-Saint-Denis (93), département",
    "45.19, 5.72": "point 45.19, 5.72",
    "monpel": "Montpellier (34)",
    "monpellier": "Montpellier (34)",
    "toucr": "Tourcoing (59)",
    "kimper": "Quimper (29)",
    "bordaux": "Bordeaux (33)",
}


def test_each_suggestion_says_what_it_is(subtests):
    for typed, label in FIRST.items():
        with subtests.test(typed):
            assert labels(typed)[0].replace("\u00a0", " ") == label


def test_a_commune_is_proposed_once():
    found = [
        suggestion.parameters for typed in ("annecy", "herblay", "rennes", "75018") for suggestion in suggest(typed)
    ]
    assert len(found) == len({json.dumps(each) for each in found})


def test_what_is_proposed_can_be_asked_for(subtests):
    for typed in FIRST:
        suggestion = suggest(typed)[0]
        with subtests.test(typed):
            answer = Client().get(f"/pimms/?{urlencode(suggestion.parameters)}")
            understanding = answer.context["understanding"]
            assert (
                understanding.place.parameters == suggestion.parameters or suggestion.place.label in understanding.note
            )


def test_a_key_costs_a_handful_of_queries():
    for typed in ("gren", "mont", "38", "38100", "paris 1", "seynod", "roazh"):
        with reading():
            suggest(typed)  # the tables of territories are read once
            with CaptureQueriesContext(connection) as queries:
                suggest(typed)
        assert len(queries) <= 6, (typed, len(queries))
