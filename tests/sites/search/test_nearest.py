"""The list around a place: what it shows, what it says, what it never does."""

import re
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sites.models import Commune, Site
from sites.models.distance import Point, distance_km
from sites.models.site_queries import opens_on
from tests.factories import CommuneFactory, SiteFactory
from tests.sites.models.test_distance import by_vectors, scatter
from tests.test_pages import text

pytestmark = pytest.mark.django_db


def ranked(response) -> list[tuple[str, str]]:
    """Slug and distance of each card, in order; of a desk whose position is not known, its commune."""
    cards = response.content.decode().split('<article class="card">')[1:]
    return [
        (
            re.search(r'href="/pimms/([^/]+)/"', card).group(1),
            re.search(r'card-distance">à ([^<]*)<', card).group(1).replace("\u00a0", " ").replace("\u202f", " "),
        )
        for card in cards
    ]


def test_nearest_list_of_a_postcode(client, directory):
    response = client.get("/pimms/", {"lieu": "38100"})
    assert ranked(response)[:3] == [
        ("pimms-isere-la-villeneuve", "2,5 km"),
        ("pimms-isere-le-pont-de-claix", "6,0 km"),
        ("pimms-isere-villefontaine", "65,4 km"),
    ]
    page = text(response)
    assert "Depuis Grenoble (38)" in page
    assert "à vol d’oiseau depuis la mairie" in page
    assert "49 lieux fixes" in page


@pytest.mark.one_database
def test_distances_agree_with_an_independent_computation(client, gazetteer, subtests):
    """From fifty communes drawn by lot: the right order, and each distance within 0.1 km."""
    desks = [(site.slug, site.position) for site in Site.objects.labelled().filter(kind="fixed")]
    codes = list(Commune.objects.exclude(latitude=None).order_by("insee_code").values_list("insee_code", flat=True))
    for code in Random(2020).sample(codes, 50):
        commune = Commune.objects.get(insee_code=code)
        origin = Point(commune.latitude, commune.longitude)
        right = sorted((by_vectors(origin, position), slug) for slug, position in desks)[:20]
        with subtests.test(str(commune)):
            shown = ranked(client.get("/pimms/", {"commune": code}))
            assert [slug for slug, _distance in shown] == [slug for _distance, slug in right]
            for (_slug, written), (distance, _same) in zip(shown, right, strict=True):
                if "position exacte inconnue" in written:
                    continue
                number, unit = written.rsplit(" ", 1)
                kilometres = float(number.replace(",", ".").replace(" ", "")) / (1000 if unit == "m" else 1)
                assert abs(kilometres - distance) <= (0.5 if distance >= 99.95 else 0.051)


def test_every_desk_stands_near_the_centre_of_its_commune(directory):
    """Zero wrong pins. The farthest is Montreynaud, 5.1 km north of the centre of Saint-Étienne."""
    for site in Site.objects.exclude(latitude=None).select_related("commune"):
        centre = Point(site.commune.latitude, site.commune.longitude)
        assert distance_km(site.point, centre) < 5.2, site


def test_stale_coordinates_are_not_used(directory):
    for slug in ("pimms-melun", "pimms-artois-gohelle-bruay-la-buissiere"):
        site = Site.objects.select_related("commune").get(slug=slug)
        assert site.point is None
        assert site.position == Point(site.commune.latitude, site.commune.longitude)


def test_no_distance_is_invented(client, directory):
    """A desk whose point is only its commune's centre keeps its rank and names the commune."""
    unknown = "Melun (position exacte inconnue)"
    assert ranked(client.get("/pimms/?commune=77288"))[0] == ("pimms-melun", unknown)
    montargis = Site.objects.get(commune__name="Montargis")
    assert ("pimms-melun", unknown) in ranked(client.get(montargis.get_absolute_url()))
    page = text(client.get("/pimms/pimms-melun/"))
    assert "Distances à vol d’oiseau depuis le centre de la commune (Melun), faute de position exacte." in page
    Site.objects.exclude(slug="pimms-melun").update(label_ended_on=date(2025, 1, 1))
    assert "Le plus proche, PIMMS Melun, est à Melun (position exacte inconnue)." in text(
        client.get("/pimms/?commune=38185")
    )
    assert "Le plus proche est à Melun (position exacte inconnue) : PIMMS Melun" in text(client.get("/pimms/?lieu=38"))


@pytest.mark.parametrize(
    ("source", "start"),
    [
        ("", "depuis la mairie :"),
        ("mairie, ramenée dans le contour", "depuis la mairie :"),
        ("GeoNames", "depuis le centre de la commune (GeoNames) :"),
    ],
)
def test_the_page_says_where_distances_start(client, source, start):
    commune = CommuneFactory(centre_source=source)
    SiteFactory(commune=commune)
    assert f"Distances à vol d’oiseau {start}" in text(client.get("/pimms/", {"commune": commune.insee_code}))


def test_a_city_offers_its_arrondissements_first(client, directory):
    html = client.get("/pimms/?commune=75056&jour=lundi").content.decode()
    offered = re.search(r'<nav class="arrondissements".*?</nav>', html, re.DOTALL).group()
    assert 'href="?jour=lundi&amp;commune=75112"><span class="visually-hidden">Paris </span>12e</a>' in offered
    assert html.index("arrondissements") < html.index('<article class="card">')
    assert 'class="arrondissements"' not in client.get("/pimms/?commune=75112").content.decode()


def test_commune_parameter_and_position_rank_too(client, directory):
    assert ranked(client.get("/pimms/?commune=38185"))[0] == ("pimms-isere-la-villeneuve", "2,5 km")
    response = client.get("/pimms/?lat=45.164&lon=5.733")
    assert ranked(response)[0] == ("pimms-isere-la-villeneuve", "100 m")
    assert "Depuis votre position" in text(response)


def test_filters_combine_with_a_place(client, directory):
    shown = ranked(client.get("/pimms/?lieu=38100&jour=samedi&vague=2020-01"))
    assert [slug for slug, _distance in shown][:2] == ["pimms-isere-la-villeneuve", "pimms-isere-le-pont-de-claix"]
    assert len(shown) == Site.objects.labelled().filter(opens_on(6)).filter(kind="fixed", wave__code="2020-01").count()


def test_pages_go_on_by_distance(client, directory):
    pages = [ranked(client.get(f"/pimms/?lieu=38100&page={number}")) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 20, 9]
    assert len({slug for page in pages for slug, _distance in page}) == 49


def test_another_order_keeps_the_distances(client, directory):
    shown = ranked(client.get("/pimms/?lieu=38100&tri=nom"))
    assert [slug for slug, _distance in shown] == sorted(slug for slug, _distance in shown)


@pytest.mark.parametrize("query", ["lieu=38100&tri=date", "lieu=38100&page=2", "lieu=38100&tri=nom&page=2"])
def test_the_first_of_another_order_is_not_called_the_nearest(client, directory, query):
    assert "Le plus proche" not in text(client.get(f"/pimms/?{query}"))


def test_counts_under_a_place_are_what_following_them_gives(client, directory):
    html = client.get("/pimms/?lieu=38100").content.decode()
    for name, value, count in (
        ("region", "bretagne", 4),
        ("departement", "75", 5),
        ("vague", "2020-01", 31),
        ("jour", "lundi", 49),
        ("type", "fixe", 49),
    ):
        assert re.search(rf'<option value="{value}"[^>]*>[^<]*\({count}\)</option>', html), (name, value)
        assert f"{count} lieux fixes" in text(client.get(f"/pimms/?lieu=38100&{name}={value}"))


@pytest.mark.parametrize(
    ("typed", "territory"), [("corse", "Corse"), ("974", "La Réunion"), ("normandie", "Normandie"), ("01", "Ain")]
)
def test_a_territory_without_a_site_says_how_far_the_nearest_is(client, gazetteer, typed, territory):
    page = text(client.get("/pimms/", {"lieu": typed}))
    assert f"Aucun PIMMS labellisé dans ce territoire : {territory}." in page
    assert re.search(r"Le plus proche est à [\d, ]+ km à vol d’oiseau", page)
    assert "Aucun PIMMS ne répond à tous ces critères" not in page


def test_a_kind_without_desks_shows_the_units_that_serve_the_place(client, directory):
    page = text(client.get("/pimms/?commune=62498&type=mobile"))
    assert "Aucun guichet fixe" in page
    assert "PIMMS Artois-Gohelle – PIMMS mobile" in page


def test_a_bus_is_shown_beside_and_never_ranked(client, directory):
    response = client.get("/pimms/?commune=62498")
    assert not any("mobile" in slug for slug, _distance in ranked(response))
    page = text(response)
    assert "Dans ce secteur, sans guichet fixe" in page
    assert "PIMMS Artois-Gohelle – PIMMS mobile (bus, Pas-de-Calais)" in page


@pytest.mark.parametrize(
    ("typed", "territory"), [("Ajaccio", "Corse"), ("97400", "La Réunion"), ("Basse-Terre", "Guadeloupe")]
)
def test_beyond_the_sea_it_says_so_and_how_far(client, gazetteer, typed, territory):
    page = text(client.get("/pimms/", {"lieu": typed}))
    assert f"Aucun PIMMS labellisé dans ce territoire : {territory}." in page
    assert re.search(r"Le plus proche, PIMMS .*, est à [\d ]+ km à vol d’oiseau", page)
    assert "la carte officielle des France Services" in page


def test_a_commune_without_a_centre_says_what_is_missing(client, gazetteer):
    page = text(client.get("/pimms/?lieu=papeete"))
    assert "Papeete (Polynésie française)" in page
    assert "la source ne donne pas la position de cette commune" in page
    assert "Voir tous les PIMMS labellisés" in page


def test_a_misspelt_name_leads_on(client, gazetteer):
    response = client.get("/pimms/?lieu=grenobel&jour=samedi")
    assert "Résultats pour Grenoble ; « grenobel » n’est pas une commune." in text(response)
    assert ranked(response)
    response = client.get("/pimms/?lieu=beuazelle&jour=samedi")  # a village is only offered
    assert "Aucune commune ne s’appelle « beuazelle »" in text(response)
    assert 'href="?jour=samedi&amp;commune=31056"' in response.content.decode()
    assert ranked(response) == []


def test_a_shared_name_asks(client, gazetteer):
    response = client.get("/pimms/?lieu=saint-denis")
    assert "Plusieurs lieux s’appellent « saint-denis » : lequel ?" in text(response)
    assert 'href="?commune=93066"' in response.content.decode()


def test_a_shared_postcode_gives_results_and_the_others(client, gazetteer):
    response = client.get("/pimms/?lieu=71340")
    assert ranked(response)
    assert "Ou bien : " in text(response)
    assert 'href="?commune=71291"' in response.content.decode()


def test_words_that_are_no_place_may_be_searched_in_names(client, gazetteer):
    html = client.get("/pimms/?lieu=panda").content.decode()
    assert 'href="/pimms/?q=panda"' in html
    assert "PANDA by PIMMS" in client.get("/pimms/?q=panda").content.decode()


def test_a_quarter_is_ranked_from_its_commune(client, gazetteer):
    assert ranked(client.get("/pimms/?lieu=la+duchère"))[0][0] == "pimms-lyon-metropole-lyon-9e-vaise"
    assert ranked(client.get("/pimms/?lieu=Vaulx-en-Velin"))[0][0] == "pimms-lyon-metropole-vaulx-en-velin"


def test_a_department_typed_narrows_the_list(client, directory):
    page = text(client.get("/pimms/?lieu=isère"))
    assert "Département : Isère (38)" in page
    assert "3 PIMMS labellisés" in page


def test_a_department_without_a_site_names_its_neighbours(client, directory):
    page = text(client.get("/pimms/?lieu=01"))
    assert "Aucun PIMMS labellisé dans ce territoire : Ain." in page
    assert "Rhône 9 PIMMS" in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("lat=91&lon=2", "« 91 » pour « Latitude »"),
        ("lat=nan&lon=2", "« nan » pour « Latitude »"),
        ("lat=45,2&lon=5,7", "« 45,2 » pour « Latitude »"),
        ("lat=45.2", "« lat » et « lon » vont ensemble"),
        ("commune=99999", "« 99999 » pour « Commune »"),
        (f"lieu={'x' * 401}", "pour « Lieu » : écrivez au plus 400 caractères"),
    ],
)
def test_a_bad_place_is_named(client, directory, query, sentence):
    response = client.get(f"/pimms/?{query}")
    assert response.status_code == 200
    assert sentence in text(response)


def test_the_chip_of_a_place_removes_all_of_it(client, directory):
    html = client.get("/pimms/?lieu=x&commune=38185&lat=1&lon=1&jour=lundi").content.decode()
    assert 'class="chip" href="?jour=lundi"' in html
    assert 'href="?jour=lundi&amp;' not in html.split('class="chip"')[1]


@pytest.mark.slow
def test_queries_do_not_grow_with_the_number_of_sites(client, directory):
    counts = []
    for more in (0, 3000):
        if more:
            scatter(more)
        with CaptureQueriesContext(connection) as queries:
            assert len(ranked(client.get("/pimms/?lieu=38100"))) == 20
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 17


def test_communes_json(client, gazetteer):
    response = client.get("/communes.json", {"q": "gren"})
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body["count"] == len(body["results"]) == 10
    assert body["results"][0] == {
        "type": "commune",
        "insee_code": "38185",
        "name": "Grenoble",
        "department": {"code": "38", "name": "Isère"},
        "label": "Grenoble (38)",
        "parameters": {"commune": "38185"},
    }
    assert client.get("/communes.json", {"q": "bretagne"}).json()["results"][0] == {
        "type": "region",
        "insee_code": None,
        "name": "Bretagne",
        "department": None,
        "label": "Bretagne, région",
        "parameters": {"lieu": "Bretagne"},
    }
    assert client.get("/communes.json").json() == {"count": 0, "results": []}
    assert client.get("/communes.json", {"q": "papeete"}).json()["results"][0]["department"] is None


# The page of one site


def test_site_page_tells_the_way(client, directory):
    html = client.get("/pimms/pimms-isere-la-villeneuve/").content.decode()
    assert 'href="geo:45.164080,5.732875"' in html
    assert "openstreetmap.org/directions?to=45.164080%2C5.732875" in html
    assert "celle de l’adresse" in html
    html = client.get("/pimms/pimms-melun/").content.decode()
    assert "geo:" not in html
    assert "openstreetmap.org/directions?to=269+rue+du+Mar%C3%A9chal+Juin%2C+77000+Melun" in html
    assert "le centre de la commune, faute de coordonnées sûres" in html


def test_site_page_names_the_three_nearest_others(client, directory):
    shown = ranked(client.get("/pimms/pimms-isere-la-villeneuve/"))
    assert [slug for slug, _distance in shown] == [
        "pimms-isere-le-pont-de-claix",
        "pimms-isere-villefontaine",
        "pimms-lyon-metropole-bron",
    ]


def test_post_town_of_an_arrondissement(client, directory):
    assert "75012 Paris<" in re.sub(r"\s*<", "<", client.get("/pimms/pimms-paris-sud-est-12e/").content.decode())


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23T10:00", "Ouvert en ce moment , jusqu’à 12 h"),
        ("2026-11-23T12:30", "Fermé en ce moment , ouvre aujourd’hui à 13 h 30"),
        ("2026-11-23T18:00", "Fermé en ce moment , ouvre demain à 9 h"),
        ("2026-11-21T10:00", "Fermé en ce moment , ouvre lundi à 9 h"),
    ],
)
def test_fresh_hours_tell_whether_the_desk_is_open_now(client, directory, monkeypatch, moment, words):
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr("sites.pages.site_detail.timezone.localtime", lambda *_args: now)
    site = Site.objects.get(slug="pimms-quimper-cornouaille")  # every weekday 9–12 and 13.30–17.30
    Site.objects.filter(pk=site.pk).update(contact_checked_on=date(2026, 6, 1))
    assert words in text(client.get(site.get_absolute_url()))


def test_old_hours_do_not_say_whether_the_desk_is_open_now(client, directory, monkeypatch):
    now = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr("sites.pages.site_detail.timezone.localtime", lambda *_args: now)
    page = text(client.get("/pimms/pimms-quimper-cornouaille/"))
    assert "en ce moment" not in page
    assert "Horaires relevés le 1er août 2024 : téléphonez avant de vous déplacer" in page
    assert "Lundi aujourd’hui" in page


def test_a_public_holiday_is_named_on_its_day(client, directory, monkeypatch):
    now = datetime(2026, 7, 14, 10, tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr("sites.pages.site_detail.timezone.localtime", lambda *_args: now)
    assert "Jour férié : Fête nationale" in text(client.get("/pimms/pimms-quimper-cornouaille/"))
