"""The list around a place: what it shows, what it says, what it never does."""

import re
from datetime import date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sites.models import Commune, Site
from sites.models.distance import Point, distance_km
from sites.models.site_queries import opens_on
from sites.pages.site_list import MOST_IN_FULL, PAGE_SIZE
from tests.factories import CommuneFactory, SiteFactory
from tests.sites.models.test_distance import by_vectors, scatter
from tests.test_pages import text

pytestmark = pytest.mark.django_db


def ranked(response) -> list[tuple[str, str]]:
    """Slug and distance of each desk, in order: those of the cards, then those of the list that opens.

    Of a desk whose position is not known, its commune.
    """
    html = response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")
    return [*in_full(html), *re.findall(r'<li><a href="/pimms/([^/]+)/">[^<]*</a>, (?:à )?([^<]*)</li>', html)]


def in_full(html: str) -> list[tuple[str, str]]:
    """The same of the cards alone."""
    return [
        (
            re.search(r'href="/pimms/([^/]+)/"', card).group(1),
            re.search(r'card-distance">à ([^<]*)<', card).group(1),
        )
        for card in html.split('class="card"')[1:]
    ]


def test_nearest_list_of_a_postcode(client, directory):
    response = client.get("/pimms/", {"lieu": "38100"})
    assert ranked(response)[:3] == [
        ("pimms-isere-la-villeneuve", "2,5 km"),
        ("pimms-isere-le-pont-de-claix", "6,0 km"),
        ("pimms-isere-villefontaine", "65,4 km"),
    ]
    page = text(response)
    assert "PIMMS près de Grenoble (38)" in page
    assert "Les distances sont en ligne droite, depuis la mairie" in page
    assert "49 lieux fixes" in page
    assert "PIMMS labellisés" not in page


def test_near_desks_are_shown_in_full_and_the_others_fold(client, gazetteer):
    response = client.get("/pimms/?lieu=38100")
    assert [distance for _slug, distance in in_full(response.content.decode().replace("\u00a0", " "))] == [
        "2,5 km",
        "6,0 km",
    ]
    assert "47 autres PIMMS, à 65,4 km ou plus" in text(response)
    far = client.get("/pimms/?lieu=Ajaccio").content.decode()
    assert far.count('class="card"') == 1
    assert client.get("/pimms/?lieu=Paris").content.decode().count('class="card"') == MOST_IN_FULL
    assert client.get("/pimms/?lieu=Paris&tri=nom").content.decode().count('class="card"') == PAGE_SIZE


def test_a_search_without_a_word_says_that_it_shows_everything(client, directory):
    sentence = "Vous n’avez pas écrit de lieu. Voici tous les PIMMS."
    assert sentence in text(client.get("/pimms/?lieu="))
    assert sentence in text(client.get("/pimms/?lieu=+&jour="))
    for query in ("", "?jour=samedi&lieu=", "?lieu=Grenoble", "?page=2"):
        assert sentence not in text(client.get(f"/pimms/{query}"))


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("lieu=Grenoble", "PIMMS près de Grenoble (38)"),
        ("lieu=Orléans", "PIMMS près d’Orléans (45)"),
        ("lieu=le+havre", "PIMMS près du Havre (76)"),
        ("lieu=les+ulis", "PIMMS près des Ulis (91)"),
        ("lat=45.164&lon=5.733", "PIMMS près de vous"),
        ("lieu=45.19,+5.72", "PIMMS près de ce point"),
        ("lieu=xyzzy", "Aucune commune ne s’appelle « xyzzy »"),
        ("lieu=saint-denis", "Plusieurs lieux s’appellent « saint-denis » : lequel ?"),
        ("lieu=corse", "Corse : aucun PIMMS"),
        ("region=bretagne&jour=dimanche", "Aucun PIMMS : Région Bretagne, Ouvert le dimanche"),
        ("", "Tous les PIMMS"),
    ],
)
def test_title_and_heading_say_what_came_of_the_search(client, gazetteer, query, title):
    html = client.get(f"/pimms/?{query}").content.decode().replace("\u00a0", " ")
    assert re.search(r"<title>(.*?) · PIMMS France Services</title>", html).group(1) == title
    assert re.search(r"<h1>(.*?)</h1>", html).group(1) == title


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (datetime(2024, 9, 2, 10), "Ouvert maintenant, jusqu’à 12 h."),
        (datetime(2024, 9, 2, 13), "Aujourd’hui, lundi : 9 h – 12 h."),
        (datetime(2024, 9, 3, 10), "Fermé aujourd’hui. Ouvert le lundi."),
        (datetime(2024, 11, 11, 10), "Aujourd’hui, jour férié (Armistice) : sans doute fermé."),
        (datetime(2026, 9, 7, 10), "Aujourd’hui, lundi : 9 h – 12 h. Horaires du 1er août 2024."),
    ],
)
def test_a_card_says_when_the_desk_is_open_today(client, monkeypatch, now, line):
    site = SiteFactory(contact_checked_on=date(2024, 8, 1), contact_source="Liste officielle", phone="04 76 33 06 56")
    site.opening_periods.create(weekday=1, opens=time(9), closes=time(12))
    monkeypatch.setattr("sites.hours.today.timezone.now", lambda: now.replace(tzinfo=ZoneInfo("Europe/Paris")))
    page = text(client.get("/pimms/")).replace("\u2060", "").replace("\u00a0", " ")
    assert line in page
    assert ("Horaires du" in page) == (now.year == 2026)


@pytest.mark.one_database
def test_distances_agree_with_an_independent_computation(client, gazetteer, subtests):
    """From fifty communes drawn by lot: the right order, and each distance within 0.1 km."""
    desks = [(site.slug, site.position) for site in Site.objects.labelled().filter(kind="fixed")]
    codes = list(Commune.objects.exclude(latitude=None).order_by("insee_code").values_list("insee_code", flat=True))
    for code in Random(2020).sample(codes, 50):
        commune = Commune.objects.get(insee_code=code)
        origin = Point(commune.latitude, commune.longitude)
        right = sorted((by_vectors(origin, position), slug) for slug, position in desks)[:PAGE_SIZE]
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
    assert "Nous ne connaissons pas la position exacte de ce PIMMS." in page
    Site.objects.exclude(slug="pimms-melun").update(label_ended_on=date(2025, 1, 1))
    assert ranked(client.get("/pimms/?commune=38185")) == [("pimms-melun", unknown)]
    assert "Le plus proche est à Melun (position exacte inconnue) : PIMMS Melun" in text(client.get("/pimms/?lieu=38"))


@pytest.mark.parametrize(
    ("source", "start"),
    [
        ("", "la mairie"),
        ("mairie, ramenée dans le contour", "la mairie"),
        ("GeoNames", "le centre de la commune (GeoNames)"),
    ],
)
def test_the_page_says_where_distances_start(client, source, start):
    commune = CommuneFactory(centre_source=source)
    SiteFactory(commune=commune)
    page = text(client.get("/pimms/", {"commune": commune.insee_code}))
    assert f"Les distances sont en ligne droite, depuis {start}" in page


def test_a_city_offers_its_arrondissements_first(client, directory):
    html = client.get("/pimms/?commune=75056&jour=lundi").content.decode()
    offered = re.search(r'<form class="arrondissements".*?</form>', html, re.DOTALL).group()
    assert '<option value="75112">12e</option>' in offered
    assert '<input type="hidden" name="jour" value="lundi">' in offered
    assert html.index("arrondissements") < html.index('class="card"')
    assert 'class="arrondissements"' not in client.get("/pimms/?commune=75112").content.decode()


def test_commune_parameter_and_position_rank_too(client, directory):
    assert ranked(client.get("/pimms/?commune=38185"))[0] == ("pimms-isere-la-villeneuve", "2,5 km")
    response = client.get("/pimms/?lat=45.164&lon=5.733")
    assert ranked(response)[0] == ("pimms-isere-la-villeneuve", "100 m")
    assert "Les distances sont en ligne droite, depuis votre position" in text(response)


def test_filters_combine_with_a_place(client, directory):
    shown = ranked(client.get("/pimms/?lieu=38100&jour=samedi&vague=2020-01"))
    assert [slug for slug, _distance in shown][:2] == ["pimms-isere-la-villeneuve", "pimms-isere-le-pont-de-claix"]
    right = Site.objects.labelled().filter(opens_on(6)).filter(kind="fixed", wave__code="2020-01").count()
    assert len(shown) == min(right, PAGE_SIZE)


def test_pages_go_on_by_distance(client, directory):
    pages = [ranked(client.get(f"/pimms/?lieu=38100&page={number}")) for number in range(1, 6)]
    assert [len(page) for page in pages] == [10, 10, 10, 10, 9]
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
    assert f"Aucun PIMMS connu ici : {territory}." in page
    assert re.search(r"Le plus proche est à [\d, ]+ km (?:de |du |d’)", page)
    assert "Aucun PIMMS n’a tout ce que vous demandez" not in page


def test_a_kind_without_desks_shows_the_units_that_serve_the_place(client, directory):
    page = text(client.get("/pimms/?commune=62498&type=mobile"))
    assert "Aucun lieu fixe" in page
    assert "PIMMS Artois-Gohelle – PIMMS mobile" in page


def test_a_bus_is_shown_beside_and_never_ranked(client, directory):
    response = client.get("/pimms/?commune=62498")
    assert not any("mobile" in slug for slug, _distance in ranked(response))
    page = text(response)
    assert "Bus et équipes du département et de ses voisins" in page
    assert "PIMMS Artois-Gohelle – PIMMS mobile (bus, Pas-de-Calais)" in page


@pytest.mark.parametrize(
    ("typed", "territory"), [("Ajaccio", "Corse"), ("97400", "La Réunion"), ("Basse-Terre", "Guadeloupe")]
)
def test_beyond_the_sea_it_says_so_and_how_far(client, gazetteer, typed, territory):
    page = text(client.get("/pimms/", {"lieu": typed}))
    assert f"Aucun PIMMS connu ici : {territory}." in page
    assert "la carte officielle des France Services" in page


def test_a_commune_without_a_centre_says_what_is_missing(client, gazetteer):
    page = text(client.get("/pimms/?lieu=papeete"))
    assert "Papeete (Polynésie française)" in page
    assert "Nous ne savons pas où est cette commune sur la carte" in page
    assert "Voir tous les PIMMS" in page


def test_a_misspelt_name_leads_on(client, gazetteer):
    response = client.get("/pimms/?lieu=grenobel&jour=samedi")
    assert "« grenobel » n’est pas une commune. Voici Grenoble." in text(response)
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
    assert "Ou bien :" in text(response)
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
    assert "La page du département : Isère (38)" in page
    assert "3 PIMMS au" in page


def test_a_department_without_a_site_names_its_neighbours(client, directory):
    page = text(client.get("/pimms/?lieu=01"))
    assert "Aucun PIMMS connu ici : Ain." in page
    assert "Rhône 9 PIMMS" in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("lat=91&lon=2", "« 91 » pour « Latitude »"),
        ("lat=nan&lon=2", "« nan » pour « Latitude »"),
        ("lat=45,2&lon=5,7", "« 45,2 » pour « Latitude »"),
        ("lat=45.2", "Il faut « lat » et « lon » ensemble"),
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
            assert len(ranked(client.get("/pimms/?lieu=38100"))) == PAGE_SIZE
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18


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
    assert (
        'href="geo:45.164080,5.732875?q=45.164080,5.732875(PIMMS%20Is%C3%A8re%20%E2%80%93%20La%20Villeneuve)"' in html
    )
    address = "97+galerie+de+l%E2%80%99Arlequin%2C+38100+Grenoble"
    assert f"openstreetmap.org/directions?to={address}" in html
    assert f"google.com/maps/dir/?api=1&amp;destination={address}&amp;travelmode=transit" in html
    assert "celle de l’adresse" in html
    html = client.get("/pimms/pimms-melun/").content.decode()
    assert "geo:" not in html
    assert "openstreetmap.org/directions?to=269+rue+du+Mar%C3%A9chal+Juin%2C+77000+Melun" in html
    assert "Nous ne connaissons pas la position exacte" in html


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
        ("2026-11-23T10:00", "Ouvert maintenant, jusqu’à 12 h."),
        ("2026-11-23T12:30", "Fermé maintenant. Ouvre aujourd’hui à 13 h 30."),
        ("2026-11-23T18:00", "Fermé maintenant. Ouvre demain à 9 h."),
        ("2026-11-21T10:00", "Fermé maintenant. Ouvre lundi à 9 h."),
    ],
)
def test_fresh_hours_tell_whether_the_desk_is_open_now(client, directory, monkeypatch, moment, words):
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr("sites.hours.today.timezone.now", lambda: now)
    site = Site.objects.get(slug="pimms-quimper-cornouaille")  # every weekday 9–12 and 13.30–17.30
    Site.objects.filter(pk=site.pk).update(contact_checked_on=date(2026, 6, 1))
    assert words in text(client.get(site.get_absolute_url()))


def test_old_hours_do_not_say_whether_the_desk_is_open_now(client, directory, monkeypatch):
    now = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr("sites.hours.today.timezone.now", lambda: now)
    page = text(client.get("/pimms/pimms-quimper-cornouaille/"))
    assert "maintenant" not in page
    assert "Aujourd’hui, lundi : 9 h – 12 h et 13 h 30 – 17 h 30" in page
    assert "Horaires relevés le 1er août 2024 . Téléphonez avant de venir" in page
    assert "Lundi aujourd’hui" in page


def test_a_public_holiday_is_named_on_its_day(client, directory, monkeypatch):
    now = datetime(2026, 7, 14, 10, tzinfo=ZoneInfo("Europe/Paris"))
    monkeypatch.setattr("sites.hours.today.timezone.now", lambda: now)
    assert "Jour férié : Fête nationale" in text(client.get("/pimms/pimms-quimper-cornouaille/"))
