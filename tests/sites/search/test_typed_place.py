"""What readers type, and the place it means. All of France is there: inserting it takes a second or two,
so each test goes through a table of cases."""

import pytest

from pimms_directory.base.memo import reading
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
    "bonjour j'habite a Sevran dans le 93 et je cherche le pimms le plus proche pour mes papiers, merci": "93071",
    "Grenoble, Auvergne-Rhône-Alpes, France": "38185",
    "5PHW+3C Grenoble": "38185",
    # quarters, stations and other things that stand in a commune
    "Lyon Part-Dieu": "69383",
    "gare lyon part dieu": "69383",
    "la Duchère": "69389",
    "Vaise": "69389",
    "pontanezen": "29019",
    "quartier de montreynaud": "42218",
    "croix rousse": "69384",
    "la defense": "92062",
    "juan-les-pins": "06004",
    "Saint-Denis Pleyel": "93066",
    "gare de l'est": "75110",
    "gare montparnasse": "75115",
    "gare de Grenoble": "38185",
    # names in other languages and of other times
    "Naoned": "44109",
    "Portivechju": "2A247",
    "Straßburg": "67482",
    "باريس": "75056",
    "Марсель": "13055",
    "chalons sur marne": "51108",
    "wallis": "98613",
    # intercommunal bodies: their largest commune, with a note
    "plaine commune": "93066",
    "Saint-Étienne Métropole": "42218",
    "Grand Longwy": "54323",
    "grand lyon": "69123",
    # addresses with a postcode
    "12 rue du Moulin, 44260 Bouée": "44019",
    "12 rue de Savenay, 44260 Bouée, France": "44019",
    "10 rue Thiers F-38100 GRENOBLE": "38185",
    "12 rue des Lilas 38000 Grenoble (Isère)": "38185",
    "12 rue du Moulin 59260 Hellemmes": "59350",
    "38100 grenobel": "38185",
    "44260 bouuee": "44019",
    "69003lyon": "69383",
    "Place de l'Église Saint-Martin, 12170 Durenque": "12092",
    # … of another commune of the department: the name decides
    "29 rue du Général Leclerc, 65170 Campan": "65123",
    # addresses without
    "18 rue des Tamaris Beauzelle": "31056",
    "rue de Paris, Brest": "29019",
    "avenue de Grenoble, Nice": "06088",
    "5 allée des tilleuls, Bouée (44)": "44019",
    "9 avenue de Grenoble, Ri (61)": "61349",
    "79 rue du Moulin, D'Huison-Longueville (91)": "91198",
    "10 rue Oberkampf paris 11eme": "75111",
    # codes of companies
    "33077 bordeaux cedex": "33063",
    "30033 NIMES CEDEX 9": "30189",
    "31040 Toulouse": "31555",
    "28385 BU CEDEX": "28064",
    "42600 CHAZELLES SUR LYON CEDEX 5": "42059",
    "92055 Paris La Défense Cedex": "92062",
    "20700 Ajaccio cedex 9": "2A004",
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
    "paris quinzième": "75115",
    "le 18e à paris": "75118",
    "marseille 15eme arrdt": "13215",
    "dans le 20e": "75120",
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
    "38185": "38185",
    "59298": "59350",
    # misspelt, and clear
    "grenobel": "38185",
    "marseile": "13055",
    "villeurbane": "69266",
    "monpelier": "34172",
    "Ville neuve d'Ascq": "59009",
    "sain etienne": "42218",
    "380000": "38185",
    # as it sounds
    "bordo": "33063",
    "kalé": "62193",
    "kimper": "29232",
}
TERRITORIES = {
    "38": "Isère (38), département",
    "le 93": "Seine-Saint-Denis (93), département",
    "neuf trois": "Seine-Saint-Denis (93), département",
    "dpt 38": "Isère (38), département",
    "38 isère": "Isère (38), département",
    "95 val d'oise": "Val-d'Oise (95), département",
    "ille et vilaine 35": "Ille-et-Vilaine (35), département",
    "departement du rhone": "Rhône (69), département",
    "pays basque": "Pyrénées-Atlantiques (64), département",
    "région Auvergne": "Auvergne-Rhône-Alpes",
    "AURA": "Auvergne-Rhône-Alpes",
    "HDF": "Hauts-de-France",
    "BFC": "Bourgogne-Franche-Comté",
    "région parisienne": "Île-de-France",
    "banlieue parisienne": "Île-de-France",
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
# What is typed, and the point: latitude and longitude.
POINTS = {
    "45.19, 5.72": (45.19, 5.72),
    "45.19 5.72": (45.19, 5.72),
    "45,19 5,72": (45.19, 5.72),
    "45,19 ; 5,72": (45.19, 5.72),
    "latitude 48,5 ; longitude -4,25": (48.5, -4.25),
    "48°51'24\"N 2°21'07\"E": (48.85667, 2.35194),
    "48° 24′ 00″ N, 4° 30′ 00″ O": (48.4, -4.5),
    "geo:45.19,5.72": (45.19, 5.72),
    "geo:45.19,5.72;u=35": (45.19, 5.72),
    "https://www.openstreetmap.org/?mlat=45.1885&mlon=5.7245#map=15/45.1/5.7": (45.1885, 5.7245),
    "https://www.openstreetmap.org/#map=15/45.1885/5.7245": (45.1885, 5.7245),
    "https://www.google.com/maps/place/Mairie/@45.1,5.7,17z/data=!3m1!4b1!8m2!3d45.18!4d5.73": (45.18, 5.73),
    "https://maps.google.com/?q=45.18%2C5.73": (45.18, 5.73),
    "https://maps.apple.com/?ll=45.18,5.73": (45.18, 5.73),
}


def test_a_commune_is_understood(subtests):
    for typed, code in COMMUNES.items():
        with subtests.test(typed), reading():
            place = understand(typed).place
            assert place is not None
            assert place.commune is not None, place.label
            assert place.commune.insee_code == code, place.label


@pytest.mark.slow
def test_what_the_field_shows_means_the_same_place_again(subtests):
    """The list writes the place it understood into the field, for the next search."""
    for typed in COMMUNES:
        with subtests.test(typed), reading():
            place = understand(typed).place
            assert understand(place.label).place == place


def test_a_department_or_region_is_understood(subtests):
    for typed, label in TERRITORIES.items():
        with subtests.test(typed):
            assert understand(typed).place.label == label


def test_a_point_is_read(subtests):
    for typed, (latitude, longitude) in POINTS.items():
        with subtests.test(typed):
            place = understand(typed).place
            assert place.point == Point(latitude, longitude)
            assert place.parameters == {"lat": str(latitude), "lon": str(longitude)}


def test_what_only_looks_like_a_point_is_none(subtests):
    for typed in ("12,5 kg", "95.5, 5.72", "https://maps.app.goo.gl/abc", "1.5 2", "geo:"):
        with subtests.test(typed):
            assert understand(typed).place is None


def test_a_misspelling_is_said_and_other_near_names_are_offered():
    found = understand("grenobel")
    assert found.note == "«\u00a0grenobel\u00a0» n’est pas une commune. Voici Grenoble."
    assert "Toulouse (31)" in [place.label for place in understand("mulouse").others]


def test_of_two_towns_as_near_it_asks():
    found = understand("sain-denis")
    assert found.must_choose
    assert [place.label for place in found.others][:2] == ["Saint-Denis (974)", "Saint-Denis (93)"]
    assert understand("saint-dnis").must_choose
    assert understand("saint-dnis").note == "«\u00a0saint dnis\u00a0» n’est pas une commune."


def test_a_village_may_be_a_town_misspelt():
    assert understand("canens").place.label == "Canens (31)"
    assert "Cannes (06)" in [place.label for place in understand("canens").others]
    assert "Nantes (44)" in [place.label for place in understand("mantes").others]


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
    assert "n’est pas celui de «\u00a0rennes\u00a0»" in understand("rennes 75001").note
    assert "12345" in understand("12345").note
    assert understand("38100").note == understand("Grenoble").note == ""
    assert "C’est le code INSEE de Grenoble (38)" in understand("38185").note
    assert "ancienne commune, aujourd’hui Lille (59)" in understand("59298").note
    assert understand("38100 voiron").note == "Le code postal 38100 n’est pas celui de «\u00a0voiron\u00a0»."
    assert "un chiffre de trop" in understand("380000").note
    assert "Est Ensemble est un groupe de communes" in understand("est ensemble").note
    assert len(understand("est ensemble").others) == 8
    assert len(understand(f"Grenoble {'et bien plus loin ' * 20}").note) < 200


def test_an_address_that_fits_gets_no_note(subtests):
    for typed in (
        "12 rue de Paris, 44260 Bouée",
        "avenue de Grenoble, Nice",
        "33077 bordeaux cedex",
        "F-38100 Grenoble",
    ):
        with subtests.test(typed):
            assert understand(typed).note == ""


def test_words_that_are_no_place_are_only_suggested():
    for typed in (
        "France",
        "panda",
        "saida",
        "provence",
        "dauphiné",
        "côte d’azur",
        "Alger",
        "près de chez moi",
        "ici",
    ):
        assert understand(typed).place is None


def test_where_none_is_likelier_it_asks():
    found = understand("saint-denis")
    assert found.must_choose
    assert [place.label for place in found.others][:2] == ["Saint-Denis (974)", "Saint-Denis (93)"]


def test_a_public_building_asks_as_the_bare_name_does(subtests):
    for typed in ("mairie de saint denis", "hopital de saint denis", "la gare de Saint-Denis"):
        with subtests.test(typed):
            assert understand(typed).others == understand("saint-denis").others
    assert {place.label for place in understand("gare de lyon").others} >= {
        "Paris 12e Arrondissement (75)",
        "Lyon (69)",
    }
    assert {place.label for place in understand("mezieres").others} >= {"Mézières-sur-Seine (78)"}


def test_a_street_called_after_a_town_is_no_town():
    assert understand("rue de Brest").place is None


def test_garbage_is_not_understood_and_not_an_error(subtests):
    for typed in ("", "   ", "de la", "xyzzyq", "%%", "00000", "99999", "🚌", "\0", "'; DROP TABLE", "a" * 500, "("):
        with subtests.test(typed):
            assert understand(typed).place is None


def test_long_garbage_does_not_last_for_ever_and_is_no_error(subtests):
    """Patterns with many optional parts never end where the same letters can be shared out in many ways."""
    parts = (
        "4.5 ",
        " ",
        "a.",
        "a-",
        "https://a/",
        "45°",
        "45° 11' ",
        "lat ",
        "gps ",
        "1 ",
        "pres de ",
        "paris ",
        "region ",
    )
    for typed in (
        *(start + part * (390 // len(part)) + "x" for part in parts for start in ("", "4.5")),
        *("paris dixasept", "dix.neuf lyon", "marseille dix  huit", "le 99e", "lyon ²"),
    ):
        with subtests.test(typed[:30]), reading():
            understand(typed[:400])


def test_a_commune_has_its_centre_and_a_collectivity_none():
    assert understand("38100").place.point == Point(45.1866, 5.7363)
    assert understand("papeete").place.point is None


def test_no_reading_costs_many_queries(django_assert_max_num_queries):
    for typed in ("38100", "saint-denis", "grenobel", "Grenoble, Isère", "paris 18", "xyzzyq"):
        with reading(), django_assert_max_num_queries(40):
            understand(typed)
