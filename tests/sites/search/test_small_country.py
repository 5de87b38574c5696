"""What typed words mean in a country of a few communes, where what each of them is named and how large it is decides.

``test_typed_place.py`` asks the same of all of France. Here a name is added, or one person, and the answer turns.
"""

import pytest

from sites.models import Commune, IntercommunalBody, OtherNames, Region
from sites.models.distance import Point
from sites.search.typed_place import understand
from sites.search.typed_place.places import TOWN
from sites.search.typed_place.understanding import Understanding
from tests.factories import CommuneAliasFactory, CommuneFactory, DepartmentFactory, PostcodeFactory, RegionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ALPS = ("84", "Auvergne-Rhône-Alpes")


def commune(name: str, code: str, population: int | None = 500, *postcodes: str, **values) -> Commune:
    """In the department of its code, which is made where there is none yet."""
    if "collectivity" in values:
        values["department"] = None
    else:
        values["department"] = department(code[:3] if code.startswith("97") else code[:2])
    found = CommuneFactory(name=name, insee_code=code, population=population, **values)
    for postcode in postcodes:
        PostcodeFactory(code=postcode, commune=found)
    return found


NAMES = {
    "01": "Ain",
    "13": "Bouches-du-Rhône",
    "17": "Charente-Maritime",
    "2A": "Corse-du-Sud",
    "2B": "Haute-Corse",
    "38": "Isère",
    "42": "Loire",
    "59": "Nord",
    "64": "Pyrénées-Atlantiques",
    "69": "Rhône",
    "71": "Saône-et-Loire",
    "75": "Paris",
    "93": "Seine-Saint-Denis",
    "974": "La Réunion",
}


def department(code: str):
    from sites.models import Department

    if found := Department.objects.filter(code=code).first():
        return found
    region = Region.objects.filter(code=ALPS[0]).first() if code in ("01", "38", "42", "69") else None
    if code in ("01", "38", "42", "69") and not region:
        region = RegionFactory(code=ALPS[0], name=ALPS[1])
    name = NAMES[code]
    return DepartmentFactory(code=code, name=name, **({"region": region} if region else {}))


def labels(found: Understanding) -> list[str]:
    return [place.label for place in found.others]


def meant(typed: str) -> str | None:
    place = understand(typed).place
    return place.label if place else None


@pytest.fixture
def isere():
    """Two towns and a village of one department."""
    commune("Grenoble", "38185", 158_000, "38000", "38100")
    commune("Voiron", "38563", 20_000, "38500")
    commune("La Mure", "38269", 5_000, "38350")


# Postcodes


def test_a_postcode_means_its_communes_the_largest_first(isere):
    commune("Coublevie", "38133", 5_000, "38500")
    found = understand("38500")
    assert (found.place.label, labels(found), found.note) == ("Voiron (38)", ["Coublevie (38)"], "")
    assert found.place.parameters == {"commune": "38563"}


def test_the_last_number_that_can_be_a_postcode_is_it(isere):
    assert meant("38500 38100") == "Grenoble (38)"
    assert meant("boite 12345, 38 100 Grenoble") == "Grenoble (38)"


def test_the_name_beside_a_postcode_chooses_among_its_communes(isere):
    commune("Coublevie", "38133", 5_000, "38500")
    for typed in ("38500 Coublevie", "Coublevie 38500", "3 rue des Lilas, 38500 Coublevie", "38500 coublevi"):
        found = understand(typed)
        assert (found.place.label, found.note) == ("Coublevie (38)", ""), typed
        assert labels(found) == [], typed
    assert meant("38350 mure") == "La Mure (38)", "without its article"


def test_a_postcode_beside_the_name_of_another_commune(isere):
    found = understand("38100 voiron")
    assert (found.place.label, labels(found)) == ("Voiron (38)", ["Grenoble (38)"]), "the name, in one department"
    assert found.note == "Le code postal 38100 n’est pas celui de «\u00a0voiron\u00a0»."
    assert understand("F-38100 voiron").note == found.note, "the country is no address"
    assert understand("3 rue des Lilas 38100 voiron").note == "", "an address is sure of its name"
    commune("Mâcon", "71270", 33_000, "71000")
    found = understand("mâcon 38100")
    assert (found.place.label, labels(found)) == ("Grenoble (38)", ["Mâcon (71)"]), "the code, elsewhere"
    assert found.note == (
        "Le code postal 38100 n’est pas celui de «\u00a0macon\u00a0». Voici les communes qui ont ce code."
    )
    found = understand("38100 zzzzzz")
    assert (found.place.label, labels(found), found.note) == ("Grenoble (38)", [], "")


def test_a_former_commune_beside_the_postcode_of_a_neighbour(isere):
    CommuneAliasFactory(commune=Commune.objects.get(insee_code="38563"), name="Paviot")
    found = understand("38100 paviot")
    assert (found.place.label, labels(found)) == ("Voiron (38)", ["Grenoble (38)"])


def test_a_namesake_in_the_department_of_the_postcode_is_not_overlooked(isere):
    """Both are called Paladru today or before; the postcode is that of the one that took it in."""
    heir = commune("Villages du Lac", "38292", 2_000, "38850")
    CommuneAliasFactory(commune=heir, name="Chirens")
    assert meant("38850 chirens") == "Villages du Lac (38)"
    commune("Chirens", "38105", 2_300, "38851")
    found = understand("38850 chirens")
    assert (found.place.label, labels(found)) == ("Chirens (38)", ["Villages du Lac (38)"])


def test_a_code_that_no_commune_has_leads_to_its_department(isere):
    found = understand("38999")
    assert (found.place.label, found.place.parameters) == ("Isère (38), département", {"lieu": "38"})
    assert found.note == "Aucune commune n’a le code postal 38999. Voici le département de ses premiers chiffres."
    for code in ("2A", "2B", "974"):
        department(code)
    assert meant("20199") == "Corse-du-Sud (2A), département"
    assert meant("20200") == "Haute-Corse (2B), département"
    assert meant("97499") == "La Réunion (974), département"
    assert meant("99999") is None
    commune("Bourgoin-Jallieu", "38053", 28_000)
    found = understand("99123 bourgoin cedex")
    assert (found.place.label, found.note) == ("Bourgoin-Jallieu (38)", ""), "the name alone is left"
    found = understand("38999 mâcon")
    assert (found.place.label, labels(found)) == ("Isère (38), département", [])
    commune("Mâcon", "71270", 33_000, "71000")
    assert labels(understand("38999 mâcon")) == ["Mâcon (71)"]


def test_codes_of_companies_lead_to_the_name_within_the_department(isere):
    assert meant("38027 grenoble cedex 1") == "Grenoble (38)"
    assert meant("38027 GRENOBLE CEDEX") == "Grenoble (38)"
    assert meant("38100 cedex voiron") == "Voiron (38)", "even where a commune has that code"
    commune("Voiron-le-Haut", "71999", 50_000)
    assert meant("38509 voiron le haut cedex") == "Voiron (38)", "not elsewhere"
    assert meant("38359 centre hospitalier la mure cedex") == "La Mure (38)"
    commune("Villefontaine", "38553", 19_000)
    assert meant("38099 ville neuve cedex") == "Isère (38), département"


@pytest.mark.parametrize("code", ["2A", "2B"])
def test_letters_to_either_part_of_corsica_have_the_same_digits(code):
    commune("Ajaccio", f"{code}004", 75_000)
    assert meant("20700 ajaccio cedex 9") == f"Ajaccio ({code})"


def test_one_digit_too_many(isere):
    found = understand("380000")
    assert (found.place.label, found.note) == (
        "Grenoble (38)",
        "«\u00a0380000\u00a0» a un chiffre de trop. Voici le code postal le plus proche.",
    )
    assert meant("385500") == "Voiron (38)"
    assert meant("338500") is None, "the first two digits are the department's, and right"
    commune("Rives", "38337", 20_000, "38550")
    assert labels(understand("385500")) == ["Rives (38)", "Voiron (38)"], "none of them is likelier"


# INSEE codes


def test_an_insee_code_is_said_to_be_none_of_the_post(isere):
    found = understand("38185")
    assert found.place.label == "Grenoble (38)"
    assert found.note == "38185 n’est pas un code postal. C’est le code INSEE de Grenoble (38)."
    assert meant("38185 et 38563") != "Grenoble (38)"
    commune("Ajaccio", "2A004", 75_000)
    assert understand("2a004").note == "2A004 n’est pas un code postal. C’est le code INSEE d’Ajaccio (2A)."


def test_the_insee_code_of_a_former_commune(isere):
    grenoble = Commune.objects.get(insee_code="38185")
    CommuneAliasFactory(commune=grenoble, name="38999", kind="code")
    found = understand("38999")
    assert found.place.label == "Grenoble (38)"
    assert found.note == "38999 est le code INSEE d’une ancienne commune, aujourd’hui Grenoble (38)."
    CommuneAliasFactory(commune=grenoble, name="38998", kind="former")
    assert meant("38998") == "Isère (38), département", "a name of digits is no code"


# Names


def test_of_two_communes_of_a_name_the_one_half_as_large_again_is_meant():
    large, small = commune("Melay", "71291", 1_500), commune("Melay", "38999", 1_000)
    found = understand("melay")
    assert (found.place.commune, labels(found), found.must_choose) == (large, ["Melay (38)"], False)
    Commune.objects.filter(pk=small.pk).update(population=1_001)
    found = understand("melay")
    assert (found.place, labels(found), found.must_choose) == (None, ["Melay (71)", "Melay (38)"], True)
    assert (found.note, found.shown) == ("", "melay")
    Commune.objects.update(population=None)
    assert understand("melay").must_choose, "nobody knows which is larger"
    assert meant("melay 38") == meant("melay (38)") == meant("melay isère") == "Melay (38)"


def test_a_name_that_is_not_in_the_department_typed(isere):
    department("69")
    found = understand("grenoble 69")
    assert (found.place, labels(found), found.must_choose) == (None, ["Grenoble (38)"], True)
    assert found.note == "Aucune commune ne porte ce nom ici\u00a0: Rhône."
    assert meant("grenoble auvergne rhone alpes") == "Grenoble (38)"
    assert meant("zzzzzz 69") is None


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("mure 38", "La Mure (38)"),
        ("paviot 38", "Voiron (38)"),
        ("grenob 38", "Grenoble (38)"),
        ("12 rue du moulin la mure 38", "La Mure (38)"),
        ("voir 38", "Voiron (38)"),
        ("saint martin isere", "Saint-Martin-d'Hères (38)"),
    ],
)
def test_in_its_department_a_name_may_be_incomplete(isere, typed, label):
    CommuneAliasFactory(commune=Commune.objects.get(insee_code="38563"), name="Paviot")
    commune("Saint-Martin-d'Hères", "38421", 38_000)
    assert meant(typed) == label


def test_a_name_that_goes_on_is_meant_where_its_town_is_ten_times_larger():
    village = commune("Évry", "71999", 1_000)
    town = commune("Évry-Courcouronnes", "93228", 10_000)
    found = understand("évry")
    assert (found.place.commune, labels(found)) == (town, ["Évry (71)"])
    Commune.objects.filter(pk=village.pk).update(population=1_001)
    found = understand("évry")
    assert (found.place.commune, labels(found)) == (village, ["Évry-Courcouronnes (93)"])


def test_with_its_article_a_name_means_the_one_that_has_it():
    commune("Baule", "71998", 2_000)
    commune("La Baule-Escoublac", "17999", 16_000)
    assert meant("baule") == "Baule (71)"
    assert meant("la baule") == "La Baule-Escoublac (17)"


def test_names_that_only_go_on_are_offered_the_largest_first():
    commune("Saint-Ouen-sur-Seine", "93070", 50_000)
    commune("Saint-Ouen-l'Aumône", "71997", 24_000)
    CommuneAliasFactory(commune=commune("Vallées", "71996", 30_000), name="Saint-Ouen")
    found = understand("saint ouen")
    assert found.place.label == "Saint-Ouen-sur-Seine (93)"
    assert labels(found) == ["Vallées (71)", "Saint-Ouen-l'Aumône (71)"]


def test_beside_a_village_and_a_former_commune_the_town_of_nearly_this_name_is_offered(isere):
    near = commune("Voirons", "71995", TOWN - 1)
    assert labels(understand("voirons")) == ["Voiron (38)"]
    Commune.objects.filter(pk=near.pk).update(population=TOWN)
    assert labels(understand("voirons")) == [], "a town is no misspelling"
    CommuneAliasFactory(commune=Commune.objects.get(insee_code="38269"), name="Grenobles")
    assert labels(understand("grenobles")) == ["Grenoble (38)"]


def test_a_page_offers_eight_more(isere):
    for number in range(11):
        commune(f"Saint-Martin-{number}", f"38{900 + number}", 100 + number)
    found = understand("saint mart 38")
    assert (found.place.label, len(found.others)) == ("Saint-Martin-10 (38)", 8)


def test_a_town_is_meant_before_the_territory_of_its_name_and_a_village_after(isere):
    town = commune("Loire", "42999", TOWN)
    department("42")
    found = understand("loire")
    assert (found.place.label, labels(found)) == ("Loire (42)", ["Loire (42), département"])
    Commune.objects.filter(pk=town.pk).update(population=TOWN - 1)
    found = understand("loire")
    assert (found.place.label, labels(found)) == ("Loire (42), département", ["Loire (42)"])


def test_a_former_commune_leads_to_the_one_that_took_it_in(isere):
    voiron = Commune.objects.get(insee_code="38563")
    CommuneAliasFactory(commune=voiron, name="Paviot-le-Haut")
    assert meant("paviot le haut") == meant("paviot") == "Voiron (38)"
    CommuneAliasFactory(commune=Commune.objects.get(insee_code="38269"), name="Paviot-le-Haut")
    found = understand("paviot le haut")
    assert found.must_choose
    assert labels(found) == ["Voiron (38)", "La Mure (38)"], "however much larger one is"


def test_names_in_other_languages_are_said(isere):
    OtherNames.objects.create(
        commune=Commune.objects.get(insee_code="38185"), names="Grasanòbol", search_names="|grasanobol|"
    )
    found = understand("Grasanòbol")
    assert (found.place.label, found.note) == (
        "Grenoble (38)",
        "«\u00a0grasanobol\u00a0» est un autre nom de Grenoble.",
    )


def test_towns_that_merged_are_found_by_their_second_name():
    commune("Évry-Courcouronnes", "93228", 60_000)
    commune("Fort-de-France", "38972", 80_000)
    assert meant("courcouronnes") == "Évry-Courcouronnes (93)"
    assert meant("france") is None
    commune("Valmont-Prey", "71994", TOWN)
    assert meant("prey") == "Valmont-Prey (71)"


def test_stations_ask_where_a_town_has_their_name():
    paris = commune("Paris", "75056", 2_100_000)
    twelfth = commune("Paris 12e Arrondissement", "75112", 140_000, parent=paris)
    CommuneAliasFactory(commune=twelfth, name="Gare de Lyon", kind="quarter")
    assert meant("gare de lyon") == "Paris 12e Arrondissement (75)"
    commune("Lyon", "69123", 520_000)
    found = understand("la gare de lyon")
    assert (found.must_choose, labels(found)) == (True, ["Paris 12e Arrondissement (75)", "Lyon (69)"])


# Arrondissements


@pytest.fixture
def lyon():
    city = commune("Lyon", "69123", 520_000, "69003", "69008")
    commune("Lyon 3e Arrondissement", "69383", 100_000, "69003", parent=city)
    commune("Lyon 8e Arrondissement", "69388", 85_000, "69008", parent=city)
    paris = commune("Paris", "75056", 2_100_000)
    commune("Paris 8e Arrondissement", "75108", 35_000, parent=paris)
    commune("Paris 17e Arrondissement", "75117", 160_000, parent=paris)
    commune("Paris 20e Arrondissement", "75120", 190_000, parent=paris)
    return city


@pytest.mark.parametrize(
    "typed",
    ["lyon 8", "Lyon 8e", "lyon VIII", "lyon huit", "8e arrondissement de lyon", "le 8e à lyon", "69008", "69008 Lyon",
     "12 rue de Rennes lyon 8e", "12 rue de Rennes 8e arrondissement de Lyon", "lyon cedex 08"],
)  # fmt: skip
def test_an_arrondissement_in_many_words(lyon, typed):
    assert meant(typed) == "Lyon 8e Arrondissement (69)"


def test_an_arrondissement_offers_its_city_and_a_number_too_high_means_it(lyon):
    assert labels(understand("lyon 8")) == ["Lyon (69)"]
    assert meant("lyon 10") == meant("lyon 0") == "Lyon (69)"
    assert meant("paris 20") == "Paris 20e Arrondissement (75)"
    assert meant("paris 21") == "Paris (75)"
    assert understand("arrondissement").others == [], "no part of a name"


def test_a_number_alone_is_that_of_the_largest_arrondissement_or_is_asked(lyon):
    found = understand("le 8e")
    assert (found.place.label, labels(found)) == ("Lyon 8e Arrondissement (69)", ["Paris 8e Arrondissement (75)"])
    Commune.objects.filter(insee_code="75108").update(population=80_000)
    assert understand("8e arrondissement").must_choose
    assert meant("20e") == "Paris 20e Arrondissement (75)"


def test_a_city_in_the_name_of_another_commune_has_no_arrondissement(lyon):
    commune("Chazelles-sur-Lyon", "42059", 5_000)
    assert meant("chazelles sur lyon 3") != "Lyon 3e Arrondissement (69)"
    assert meant("12 rue de lyon 3") != "Lyon 3e Arrondissement (69)"


def test_ordinals_of_two_words(lyon):
    assert meant("paris dix septième") == meant("paris dix-septième") == "Paris 17e Arrondissement (75)"


def test_marseille_as_the_field_shows_it_is_no_arrondissement():
    city = commune("Marseille", "13055", 870_000)
    commune("Marseille 13e Arrondissement", "13213", 90_000, parent=city)
    assert meant("Marseille (13)") == "Marseille (13)"
    assert meant("marseille 13") == "Marseille 13e Arrondissement (13)"


def test_a_quarter_that_two_cities_have_is_that_of_the_one_named(lyon):
    CommuneAliasFactory(commune=Commune.objects.get(insee_code="69388"), name="Bellevue", kind="quarter")
    CommuneAliasFactory(commune=commune("Nantes", "17109", 900_000), name="Bellevue", kind="quarter")
    assert meant("lyon bellevue") == "Lyon 8e Arrondissement (69)"


# Territories


def test_a_department_by_its_code_or_its_name_in_many_words(isere):
    for typed in (
        "38",
        "le 38",
        "dpt 38",
        "Isère",
        "l'Isère",
        "département de l'Isère",
        "38 isère",
        "isère 38",
        "trois huit",
    ):
        assert meant(typed) == "Isère (38), département", typed
    department("93")
    for typed in ("le 93", "neuf trois", "quatre vingt treize", "département n° 93"):
        assert meant(typed) == "Seine-Saint-Denis (93), département", typed
    department("01")
    assert meant("1") == meant("01") == "Ain (01), département"


def test_a_region_and_what_it_was_called(isere):
    for typed in ("Auvergne-Rhône-Alpes", "rhone alpes", "région Auvergne", "AURA", "la région auvergne"):
        found = understand(typed)
        assert (found.place.label, found.place.parameters) == (ALPS[1], {"lieu": ALPS[1]}), typed


def test_a_department_by_the_name_of_a_part():
    department("64")
    assert meant("pays basque") == meant("Béarn") == "Pyrénées-Atlantiques (64), département"


def test_of_a_region_and_a_department_of_one_name_the_word_said_is_meant(isere):
    RegionFactory(name="Isère", slug="region-isere")
    assert meant("région isère") == "Isère"
    assert meant("département de l'isère") == meant("isère département") == "Isère (38), département"


def test_a_territory_misspelt_by_one_letter(isere):
    department("71")
    found = understand("saone et loir")
    assert found.place.label == "Saône-et-Loire (71), département"
    assert found.note == "«\u00a0saone et loir\u00a0» n’est pas une commune. Voici Saône-et-Loire (71), département."
    assert meant("saone et loi") is None
    assert meant("auvergn") == ALPS[1]
    assert meant("isore") is None, "a short word is near too many names"


def test_a_collectivity_means_its_largest_commune():
    commune("Papeete", "98735", 26_000, collectivity="Polynésie française", latitude=None, longitude=None)
    commune("Faaa", "98715", 29_000, collectivity="Polynésie française")
    assert meant("polynésie française") == meant("la polynesie francaise") == "Faaa (Polynésie française)"
    assert meant("papeete polynésie française") == "Papeete (Polynésie française)"
    assert understand("papeete").place.point is None


def body(name: str, code: str, *communes: str) -> None:
    IntercommunalBody.objects.create(
        code=code,
        name=name,
        search_name=IntercommunalBody.without_legal_form(name),
        commune_codes=" ".join(communes),
    )


def test_an_intercommunal_body_means_its_largest_commune_and_offers_all(isere):
    for number in range(12):
        commune(f"Village {number}", f"38{900 + number}", 100 + number)
    body("CA du Pays Voironnais", "1", "38563", *(f"38{900 + number}" for number in range(12)))
    for typed in ("pays voironnais", "CA du Pays Voironnais", "communauté d'agglomération du pays voironnais"):
        found = understand(typed)
        assert found.place.label == "Voiron (38)"
        assert len(found.others) == 12
        assert found.note == ("CA du Pays Voironnais est un groupe de communes. Voici la plus grande, puis les autres.")
    body("CC du Pays Voironnais", "2", "38269")
    found = understand("pays voironnais")
    assert (found.must_choose, labels(found)) == (True, ["Voiron (38)", "La Mure (38)"])
    assert found.note == (
        "Plusieurs groupes de communes portent ce nom\u00a0: CA du Pays Voironnais, CC du Pays Voironnais."
    )
    assert meant("cc du pays voironnais") == "La Mure (38)", "its whole name"


# Misspelt


def test_a_town_misspelt_is_found_and_a_village_is_suggested(isere):
    found = understand("grenobel")
    assert (found.place.label, found.note) == (
        "Grenoble (38)",
        "«\u00a0grenobel\u00a0» n’est pas une commune. Voici Grenoble.",
    )
    assert meant("voirom") == "Voiron (38)"
    commune("Pontcharra", "38314", TOWN - 1)
    found = understand("pontchara")
    assert found.place is None
    assert [place.label for place in found.suggestions] == ["Pontcharra (38)"]
    Commune.objects.filter(insee_code="38314").update(population=TOWN)
    assert meant("pontchara") == "Pontcharra (38)"


def test_of_a_short_name_only_a_city_is_meant_when_it_is_misspelt():
    commune("Nîmes", "38189", 50_000)
    assert meant("nimme") == "Nîmes (38)"
    Commune.objects.update(population=49_999)
    assert meant("nimme") is None


def test_the_longer_a_name_the_more_of_it_may_be_wrong():
    for name in ("Grandfon", "Grandfonx", "Grandfontaines"):
        Commune.objects.all().delete()
        commune(name, "38999", TOWN)
        wrong = f"{'b' if len(name) < 9 else 'bb'}{name.lower()[1 if len(name) < 9 else 2 :]}"
        assert meant(wrong) == f"{name} (38)"
    assert meant("bbbndfontaines") == "Grandfontaines (38)"
    assert meant("bbbndfontaine") is None
    Commune.objects.all().delete()
    commune("Grandfon", "38999", TOWN)
    assert meant("bbandfon") is None


def test_names_in_other_languages_may_be_misspelt_if_they_are_long(isere):
    voiron = Commune.objects.get(insee_code="38563")
    OtherNames.objects.create(commune=voiron, names="Voyronum|Voyrona", search_names="|voyronum|voyrona|")
    assert meant("voyronun") == "Voiron (38)"
    assert meant("voyrnna") is None


def test_as_it_sounds(isere):
    for name, code in (("Bordeaux", "17063"), ("Quimper", "17232"), ("Calais", "59193")):
        commune(name, code, 60_000)
    assert (meant("bordo"), meant("kimper"), meant("kalé")) == ("Bordeaux (17)", "Quimper (17)", "Calais (59)")


def test_what_sounds_so_comes_before_what_is_a_letter_away():
    commune("Nîmes", "38189", 150_000)
    commune("Nice", "38088", 340_000)
    assert meant("nime") == "Nîmes (38)"


def test_two_letters_are_no_misspelling(isere):
    found = understand("gr")
    assert (found.place, found.suggestions) == (None, [])


def test_what_is_suggested_has_the_words_or_nearly_and_is_not_long():
    for number in range(9):
        commune(f"Saint-{'abcdefghi'[number] * 3}-en-Dauphine", f"38{900 + number}", 100 + number)
    assert [place.label for place in understand("iii dauphine").suggestions] == ["Saint-iii-en-Dauphine (38)"]
    suggested = [place.label for place in understand("dauphine").suggestions]
    assert suggested[:2] == ["Saint-iii-en-Dauphine (38)", "Saint-hhh-en-Dauphine (38)"], "the largest first"
    assert len(suggested) == 6
    assert understand("en d").suggestions == [], "little words are in many names"


def test_the_nearest_names_are_suggested_then_the_largest():
    for number, letter in enumerate("abcdefg"):
        commune(f"Montbr{letter}x", f"38{900 + number}", 100 + number)
    commune("Montbroq", "38910", 10)
    suggested = [place.label for place in understand("montbroz").suggestions]
    assert suggested == [f"Montbr{name} (38)" for name in ("oq", "gx", "fx", "ex", "dx", "cx")]
    Commune.objects.filter(insee_code="38910").update(name="Montbrjqq", search_name="montbrjqq", population=9_999)
    suggested = [place.label for place in understand("montbroz").suggestions]
    assert suggested == [f"Montbr{name} (38)" for name in ("gx", "fx", "ex", "dx", "cx", "bx")]


# Among other words


def test_a_town_among_other_words_is_said_to_be_found_there(isere):
    found = understand("bonjour je voudrais un rendez vous grenoble merci")
    assert found.place.label == "Grenoble (38)"
    assert found.note.endswith("n’est pas une commune. Nous avons trouvé celle-ci dans vos mots.")
    assert understand("12 rue des lilas grenoble").note == ""
    assert meant("avenue de grenoble") is None
    assert meant("avenue de grenoble voiron") == "Voiron (38)"
    assert meant("12 rue des lilas la mure") == meant("la mure 12 rue des lilas") == "La Mure (38)"
    assert meant("bonjour mure merci") is None, "a village that nothing points to"
    commune("Biol", "38044", 1_400)
    assert meant("aide a biol merci") == "Biol (38)"
    assert meant("biol merci") is None


def test_one_letter_is_no_name_among_other_words(isere):
    commune("Y", "71829", 90)
    assert meant("y") == "Y (71)"
    assert meant("12 rue des lilas y") is None


def test_words_that_lead_to_a_place_are_left_out(isere):
    for typed in ("près de Grenoble", "à Grenoble", "mairie de Grenoble", "Grenoble, France"):
        found = understand(typed)
        assert (found.place.label, found.note) == ("Grenoble (38)", ""), typed
    assert found.place.department.code == "38"


def test_of_a_long_letter_only_the_town_is_read_and_that_is_said(isere):
    assert understand("mon cher grenoble isère").note == ""
    assert "Nous avons trouvé celle-ci dans vos mots." in understand(f"{'bonjour ' * 12}grenoble isère").note


def test_the_end_of_an_address_may_be_the_beginning_of_a_town():
    commune("Bourgoin-Jallieu", "38053", 28_000)
    found = understand("2 place du stade bourgoin")
    assert found.place.label == "Bourgoin-Jallieu (38)"
    assert found.note == (
        "«\u00a02 place du stade bourgoin\u00a0» n’est pas une commune. Nous avons trouvé celle-ci dans vos mots."
    )
    assert meant("2 rue de bourgoin") is None


def test_a_beginning_means_a_town_and_a_word_alone_is_nearly_whole(isere):
    commune("Chalon-sur-Saône", "71076", TOWN)
    assert meant("chalon saone") == "Chalon-sur-Saône (71)"
    assert understand("chalon saone").note == ""
    assert meant("grenob") is None, "too short to be sure"
    commune("Villeurbanne", "69266", 150_000)
    assert meant("villeurba") == "Villeurbanne (69)"
    assert meant("villeurb") is None, "too much is missing"
    found = understand("grenobl")
    assert (found.place.label, found.note) == (
        "Grenoble (38)",
        "«\u00a0grenobl\u00a0» n’est pas une commune. Voici Grenoble.",
    )
    Commune.objects.filter(insee_code="71076").update(population=TOWN - 1)
    assert meant("chalon saone") is None


# Points


@pytest.mark.parametrize(
    ("typed", "point"),
    [
        ("45.123456, 5.654321", Point(45.12346, 5.65432)),
        ("-21,1 ; 55,5", Point(-21.1, 55.5)),
        ("45°30' 5°15'", Point(45.5, 5.25)),
        ("45°30'36\" N, 5°15'36\" O", Point(45.51, -5.26)),
        ("21.1 S 55.5 E", Point(-21.1, 55.5)),
        ("48.4 N 4.5 W", Point(48.4, -4.5)),
        ("https://www.openstreetmap.org/#map=15/45.1885/5.7245", Point(45.1885, 5.7245)),
        ("coordonnées GPS : 45.19, 5.72", Point(45.19, 5.72)),
        ("(45.19, 5.72)", Point(45.19, 5.72)),
        ("−21.1, 55.5", Point(-21.1, 55.5)),
        ("https://cartes.gouv.fr/explorer?c=5.72,45.19&z=12", Point(45.19, 5.72)),
        ("https://maps.example/place/45%C2%B030'36.0%22N+5%C2%B015'36.0%22E/", Point(45.51, 5.26)),
        ("90.0, 180.0", Point(90.0, 180.0)),
    ],
)
def test_a_point_in_many_spellings(typed, point):
    found = understand(typed)
    assert found.place.point == point
    assert found.place.label == f"point {point.latitude}, {point.longitude}"
    assert found.typed == typed
    assert found.place.parameters == {"lat": str(point.latitude), "lon": str(point.longitude)}


@pytest.mark.parametrize(
    "typed", ["90.1, 5.7", "45.1, 180.1", "45, 5.7", "45.1, 5", "https://maps.example/", "mairie 45.19, 5.72"]
)
def test_no_point(typed):
    assert understand(typed).place is None


# What a page repeats


def test_long_words_are_repeated_in_part():
    typed = "x" * 61
    assert understand(typed).shown == "x" * 59 + "…"
    assert understand(typed[:60]).shown == typed[:60]


def test_where_the_reader_is_says_only_the_device(isere):
    for typed in ("ici", "près de chez moi", "autour de moi", "grenoble près de moi"):
        found = understand(typed)
        assert (found.place, found.others, found.suggestions) == (None, [], []), typed
