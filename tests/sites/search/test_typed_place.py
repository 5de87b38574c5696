"""What readers type, and the place it means. All of France is there: inserting it takes a second or two,
so each test goes through a table of cases."""

import pytest

from sites.models.distance import Point
from sites.search.typed_place import understand

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]

# What is typed, and the INSEE code of the commune that is meant.
COMMUNES = {
    # postcodes
    "38100": "38185",
    " 38 100 ": "38185",
    "71170": "71120",
    "20000": "2A004",
    "97400": "97411",
    "38000 Grenoble": "38185",
    "Grenoble 38000": "38185",
    "71340 Melay": "71291",
    "69008 Lyon": "69388",
    "42100 saint etienne": "42218",
    # names in any spelling
    "Grenoble": "38185",
    "GRENOBLE": "38185",
    "st etienne": "42218",
    "St-Étienne": "42218",
    "saint-etienne": "42218",
    "Ste Foy les Lyon": "69202",
    "rochelle": "17300",
    "la rochelle": "17300",
    "havre": "76351",
    "le havre": "76351",
    "Pont de Claix": "38317",
    "l'hay les roses": "94038",
    "L’Haÿ-les-Roses": "94038",
    "Issy l'Eveque": "71239",
    "joeuf": "54280",
    "Jœuf": "54280",
    "villefranche sur saone": "69264",
    "chalon saone": "71076",
    "bourg en bresse": "01053",
    "mureaux": "78440",
    "Noumea": "98818",
    # homonyms: the largest, by far
    "Melay": "71291",
    "Évry": "91228",
    "Evry": "91228",
    "clermont": "63113",
    "Montreuil": "93048",
    "st pierre": "97416",
    # homonyms, told apart
    "Melay (52)": "52318",
    "Melay 71": "71291",
    "melay haute marne": "52318",
    "Grenoble (38)": "38185",
    "Grenoble, Isère": "38185",
    "saint-denis 93": "93066",
    "saint-denis (974)": "97411",
    "clermont (60)": "60157",
    "Papeete (Polynésie française)": "98735",
    # names that go on, and the department that tells them apart
    "st-ouen 93": "93070",
    "clermont 63": "63113",
    "evry 91": "91228",
    "Boulogne (62)": "62160",
    "boulogne 92": "92012",
    "Le Puy (43)": "43157",
    "la seyne 83": "83126",
    "vitry 94": "94081",
    "villefranche 69": "69264",
    "villefranche": "69264",
    "Clermont puy de dome": "63113",
    "saint denis de la réunion": "97411",
    "Rennes bretagne": "35238",
    "Rennes, France": "35238",
    "77000 Vaux": "77487",
    # other words around
    "à Lyon": "69123",
    "près de Lyon": "69123",
    "Lyon Part-Dieu": "69123",
    "12 rue de la paix paris": "75056",
    # arrondissements
    "paris18": "75118",
    "Paris XVIII": "75118",
    "Paris dans le 15e": "75115",
    "paris 18": "75118",
    "Paris 18e": "75118",
    "paris 1er": "75101",
    "PARIS 12ÈME": "75112",
    "Paris 18e Arrondissement": "75118",
    "Paris 18e Arrondissement (75)": "75118",
    "12e arrondissement de Paris": "75112",
    "lyon 8eme": "69388",
    "Lyon 8e": "69388",
    "marseille 3": "13203",
    "75018": "75118",
    "75116": "75116",
    "69009": "69389",
    # whole cities
    "paris": "75056",
    "Lyon": "69123",
    "Lyon cedex": "69123",
    "Lyon cedex 03": "69383",
    "PARIS CEDEX 15": "75115",
    "75342 Paris cedex 07": "75107",
    "paris 25": "75056",
    # former communes
    "Courcouronnes": "91228",
    # INSEE codes that are no postcodes
    "2A004": "2A004",
}
TERRITORIES = {
    "38": "Isère (38), département",
    "1": "Ain (01), département",
    "2a": "Corse-du-Sud (2A), département",
    "974": "La Réunion (974), département",
    "isere": "Isère (38), département",
    "ISÈRE": "Isère (38), département",
    "loire": "Loire (42), département",
    "pas de calais": "Pas-de-Calais (62), département",
    "val d'oise": "Val-d'Oise (95), département",
    "bretagne": "Bretagne",
    "ile de france": "Île-de-France",
    "corse": "Corse",
    "12345": "Aveyron (12), département",
    "guadeloupe": "Guadeloupe (971), département",
    "paca": "Provence-Alpes-Côte d'Azur",
    "alsace": "Grand Est",
    "bourgogne": "Bourgogne-Franche-Comté",
}
MISSPELT = {
    "grenobel": "Grenoble (38)",
    "marseile": "Marseille (13)",
    "villeurbane": "Villeurbanne (69)",
    "poitier": "Poitiers (86)",
    "kimper": "Quimper (29)",
    "sain etienne": "Saint-Étienne (42)",
    "havvre": "Le Havre (76)",
}


def test_a_commune_is_understood(subtests):
    for typed, code in COMMUNES.items():
        with subtests.test(typed):
            place = understand(typed).place
            assert place is not None
            assert place.commune is not None, place.label
            assert place.commune.insee_code == code, place.label


@pytest.mark.slow
def test_what_the_field_shows_means_the_same_place_again(subtests):
    """The list writes the place it understood into the field, for the next search."""
    for typed in COMMUNES:
        with subtests.test(typed):
            place = understand(typed).place
            assert understand(place.label).place == place


def test_a_department_or_region_is_understood(subtests):
    for typed, label in TERRITORIES.items():
        with subtests.test(typed):
            assert understand(typed).place.label == label


def test_a_misspelt_name_gets_suggestions(subtests):
    for typed, label in MISSPELT.items():
        with subtests.test(typed):
            found = understand(typed)
            if found.place is None:
                assert label in [place.label for place in found.suggestions][:3]
            else:  # the beginning of a name is enough
                assert found.place.label == label


def test_the_other_meanings_are_offered():
    assert [place.label for place in understand("melay").others] == ["Melay (52)"]
    assert "Saint-Ouen-l'Aumône (95)" in [place.label for place in understand("saint ouen").others]
    assert "Évry (89)" in [place.label for place in understand("évry").others]
    assert "Melay (71)" in [place.label for place in understand("71340").others]
    assert [place.label for place in understand("paris 18").others] == ["Paris (75)"]
    assert [place.label for place in understand("vienne").others] == ["Vienne (86), département"]


def test_a_department_that_has_no_such_commune_is_not_forgotten():
    found = understand("Grenoble 69")
    assert found.must_choose
    assert [place.label for place in found.others] == ["Grenoble (38)"]
    assert "Rhône" in found.note


def test_what_does_not_fit_is_said():
    assert "n’est pas celui de « rennes »" in understand("rennes 75001").note
    assert "12345" in understand("12345").note
    assert understand("38100").note == understand("Grenoble").note == ""


def test_words_that_are_no_place_are_only_suggested():
    for typed in ("France", "panda", "saida"):
        assert understand(typed).place is None


def test_where_none_is_likelier_it_asks():
    found = understand("saint-denis")
    assert found.must_choose
    assert [place.label for place in found.others][:2] == ["Saint-Denis (974)", "Saint-Denis (93)"]


def test_garbage_is_not_understood_and_not_an_error(subtests):
    for typed in ("", "   ", "de la", "xyzzyq", "%%", "00000", "99999", "🚌", "\0", "'; DROP TABLE", "a" * 500, "("):
        with subtests.test(typed):
            assert understand(typed).place is None


def test_a_commune_has_its_centre_and_a_collectivity_none():
    assert understand("38100").place.point == Point(45.1866, 5.7363)
    assert understand("papeete").place.point is None


def test_no_reading_costs_many_queries(django_assert_max_num_queries):
    for typed in ("38100", "saint-denis", "grenobel", "Grenoble, Isère", "paris 18", "xyzzyq"):
        with django_assert_max_num_queries(40):
            understand(typed)
