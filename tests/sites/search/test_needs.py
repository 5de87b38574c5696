"""Needs among the words typed, on the list, on the home page and on the page that tells what a PIMMS is for."""

import re

import pytest
from django.urls import reverse

from pimms_directory.base.folding import fold
from sites.models import Commune, CommuneAlias, IntercommunalBody, OtherNames
from sites.models.lookup_tables import lookup_tables
from sites.pages.help.facts import PARTS, SUBJECTS
from sites.pages.help.sources import SOURCES
from sites.search.needs import ALL, OFTEN_ASKED
from sites.search.typed_need import MENTION, need_in
from tests.factories import CommuneFactory, SiteFactory

EVERY_WORD = [(words, need) for need in ALL for words in need.words]


def html(response) -> str:
    assert response.status_code == 200
    return re.sub(r"[\u00a0\u202f]", " ", response.content.decode())


# What is typed, the need that is meant and the words that are left for the place.
TYPED = {
    "carte grise": ("carte-grise", ""),
    "CARTES GRISES": ("carte-grise", ""),
    "j’ai perdu mon permis de conduire": ("permis-de-conduire", ""),
    "refaire ma carte d'identité": ("carte-d-identite", ""),
    "Impôts": ("impots", ""),
    "un courrier que je ne comprends pas": ("courrier", ""),
    "carte grise moto": ("carte-grise", ""),
    "carte grise Grenoble": ("carte-grise", "grenoble"),
    "Grenoble carte grise": ("carte-grise", "grenoble"),
    "CAF à Lyon": ("caf", "lyon"),
    "la caf de marseille": ("caf", "marseille"),
    "RSA Nice": ("rsa", "nice"),
    "38100 caf": ("caf", "38100"),
    "caf 93": ("caf", "93"),
    "retraite près de Saint-Denis": ("retraite", "saint denis"),
    "impôts Paris 18e": ("impots", "paris 18e"),
    "APL La Rochelle": ("apl", "rochelle"),
    "Pont de Claix carte grise": ("carte-grise", "pont de claix"),
    "carte grise à Grenobel": ("carte-grise", "grenobel"),
}
PLACES = (
    *("Grenoble", "Saint-Martin", "38100", "Le 93", "mairie de Lyon", "18 rue des Tamaris Beauzelle", "45.19, 5.72"),
    *(
        "Arnac-la-Poste",
        "87160 Arnac la Poste",
        "Mesnil-Lettre (10)",
        "rue de la Poste, Lyon",
        "22 Rue du Palais de Justice, 77120 Coulommiers",
        "place de la Justice Nice",
    ),
    *("", "\0", "caf " * 50),
)


@pytest.mark.django_db
@pytest.mark.usefixtures("gazetteer")
def test_a_need_is_told_from_a_place():
    found = {typed: need_in(typed) for typed in TYPED}
    assert {typed: (need and need.slug, words) for typed, (need, words) in found.items()} == TYPED


@pytest.mark.django_db
@pytest.mark.usefixtures("gazetteer")
def test_places_stay_places():
    assert {typed: need_in(typed) for typed in PLACES} == {typed: (None, typed) for typed in PLACES}


@pytest.mark.django_db
@pytest.mark.parametrize(("words", "need"), EVERY_WORD, ids=[words for words, _need in EVERY_WORD])
def test_each_need_is_found_by_each_of_its_words(words, need):
    assert need_in(words) == (need, "")
    assert need_in(f"pour {words.upper()} ?") == (need, "")


@pytest.mark.django_db
@pytest.mark.usefixtures("gazetteer")
def test_no_need_shadows_a_name_of_a_place():
    """Two communes have words of a need in their name; the search knows them (``PLACES``)."""
    names = {
        *Commune.objects.values_list("search_name", flat=True),
        *CommuneAlias.objects.values_list("search_name", flat=True),
        *(fold(name) for name in IntercommunalBody.objects.values_list("name", flat=True)),
        *(name for names in OtherNames.objects.values_list("search_names", flat=True) for name in names.split("|")),
        *(fold(each.name) for each in lookup_tables().departments.values()),
        *(fold(each.name) for each in lookup_tables().regions.values()),
    }
    assert {name for name in names if MENTION.search(name)} == {"arnac la poste", "mesnil lettre"}


def test_no_two_needs_share_a_word_or_an_address():
    assert len({fold(words) for words, _need in EVERY_WORD}) == len(EVERY_WORD)
    assert len({need.slug for need in ALL}) == len(ALL) >= 20


MAP_LINK = "https://www.openstreetmap.org/search?query=caf#map=17/45.188/5.724"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "slug", "place"),
    [
        (MAP_LINK, None, MAP_LINK),
        ("https://www.google.com/maps/place/Palais+de+Justice/@45.188,5.724,17z", None, None),
        ("45.1, 5.7 caf", None, None),
        ("palais de justice", "justice", ""),
        ("demande de carte grise près de chez moi", "carte-grise", ""),
    ],
)
def test_a_point_is_no_need_and_what_is_left_is_no_place(typed, slug, place):
    need, rest = need_in(typed)
    assert (need and need.slug) == slug
    assert rest == (typed if place is None else place)


# The page that asks where


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?besoin=carte-grise", "?lieu=carte+grise", "?lieu=refaire+ma+carte+grise&page=3"])
def test_a_need_alone_is_answered_and_asked_where(client, query):
    SiteFactory()
    page = html(client.get(f"/pimms/{query}"))
    assert "on vous aide à faire la demande sur internet, dans toutes les France Services" in page
    assert 'href="/a-quoi-ca-sert/#papiers"' in page
    assert "Où êtes-vous" in page and 'name="lieu"' in page
    assert '<input type="hidden" name="besoin" value="carte-grise">' in page
    assert "Aucune commune" not in page
    assert page.count('class="card"') == 0
    assert 'content="noindex, follow"' in page
    # The first thing to fill in is the place: nothing but the link to what is done stands before it.
    main = page.split("<main")[1]
    assert re.findall(r'<(?:a|button|input(?! type="hidden"))[^>]*', main)[1].startswith("<input")


@pytest.mark.django_db
def test_other_filters_are_kept_while_the_place_is_asked(client):
    page = html(client.get("/pimms/?besoin=caf&jour=samedi&q="))
    assert '<input type="hidden" name="jour" value="samedi">' in page
    assert 'name="q"' not in page


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?lieu=carte+grise+Grenoble", "?besoin=carte-grise&lieu=Grenoble"])
def test_a_need_with_a_place_shows_the_desks_there(client, query):
    grenoble = CommuneFactory(name="Grenoble", latitude=45.187, longitude=5.726, population=150_000)
    site = SiteFactory(commune=grenoble, latitude=45.19, longitude=5.72)
    page = html(client.get(f"/pimms/{query}"))
    assert site.name in page
    assert "on vous aide à faire la demande sur internet" in page
    assert "n’est pas une commune" not in page
    main = page.split("<main")[1]
    assert main.index("on vous aide à faire la demande") < main.index(site.get_absolute_url())


@pytest.mark.django_db
def test_every_way_from_a_list_keeps_the_need(client, gazetteer):
    """To another page, without a filter, at another place of that name, or by the form."""
    for query in ("?besoin=caf&lieu=Lyon&jour=samedi", "?lieu=caf+lyon&jour=samedi", "?lieu=CAF+saint-denis"):
        page = html(client.get(f"/pimms/{query}"))
        ways = re.findall(r'href="(\?[^"]*)"', page.partition("<main")[2].partition("list-map")[0])
        assert len(ways) > 1, query
        assert {way for way in ways if "besoin=caf" not in way} == set(), query
        assert '<input type="hidden" name="besoin" value="caf">' in page


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["?besoin=rien", "?besoin=%00&lieu=Lyon", f"?besoin={'x' * 500}"])
def test_a_need_that_nobody_knows_is_named(client, query):
    page = html(client.get(f"/pimms/{query}"))
    assert "pour « Besoin »" in page
    assert "Où êtes-vous" not in page


@pytest.mark.django_db
def test_a_need_asks_without_looking_for_sites(client, django_assert_max_num_queries):
    client.get("/pimms/?besoin=caf")
    with django_assert_max_num_queries(1):
        client.get("/pimms/?besoin=caf")


@pytest.mark.django_db
def test_needs_can_be_tapped_on_the_home_page(client):
    page = html(client.get("/"))
    for need in OFTEN_ASKED:
        assert f'href="/pimms/?besoin={need.slug}"' in page
    assert 'href="/a-quoi-ca-sert/"' in page


# What a PIMMS is for


@pytest.fixture
def help_page(client, db):
    return client.get(reverse("help")).content.decode()


def test_every_statement_has_its_sources_and_every_source_its_statement():
    facts = [fact for part in PARTS for fact in part.facts]
    keys = [source.key for source in SOURCES]
    assert len(set(keys)) == len(keys)
    assert {key for fact in facts for key in fact.sources} == set(keys)
    advice = [str(fact.text) for fact in facts if not fact.sources]
    assert len(advice) == 3, advice  # what to bring, and when: told to be advice
    assert all(str(source.date) for source in SOURCES)
    assert all(re.match(r"https?://|/", source.url) for source in SOURCES)


def test_every_need_has_its_paragraph():
    assert {need.topic for need in ALL} <= {part.slug for part in SUBJECTS}


def test_the_page_says_each_statement_with_the_numbers_of_its_sources(help_page):
    for part in PARTS:
        assert f'id="{part.slug}"' in help_page
    marks = {int(number) for number in re.findall(r'href="#source-(\d+)"', help_page)}
    assert marks == set(range(1, len(SOURCES) + 1))
    for number, source in enumerate(SOURCES, 1):
        assert f'<li id="source-{number}"><a href="{source.url}">' in help_page


def test_its_sentences_are_short():
    texts = [str(fact.text) for part in PARTS for fact in part.facts] + [str(need.answer) for need in ALL]
    sentences = [sentence for each in texts for sentence in re.split(r"(?<=[.?!:])\s", each)]
    assert max(len(sentence.split()) for sentence in sentences) <= 20


def test_it_names_no_person(help_page):
    assert not re.search(r"\bM(?:me|\.)\s+[A-Z]", help_page)


def test_pages_and_machines_lead_to_it(client, db, help_page):
    address = f'href="{reverse("help")}"'
    assert client.get("/a-propos/").content.decode().count(address) == 1  # the menu
    assert address in client.get("/plan-du-site/").content.decode()
    assert f"<loc>http://testserver{reverse('help')}</loc>" in client.get("/sitemap.xml").content.decode()
    assert re.search(r'<meta name="description" property="og:description" content="[^"]{50,160}">', help_page)
