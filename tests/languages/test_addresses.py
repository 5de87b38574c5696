"""The address of a page says its language, and nothing else does."""

import re

import pytest
from django.utils import translation

from pimms_directory.base.languages import ALL, BY_CODE, language_of, path_in
from pimms_directory.query_parameters import NEVER_KEPT, READ
from pimms_directory.serving.page_cache import PageCache
from sites.models import Site

pytestmark = pytest.mark.usefixtures("languages")
OTHERS = [each for each in ALL if not each.is_french]


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.code)
@pytest.mark.parametrize("path", ["/", "/pimms/", "/pimms/?lieu=Lyon", "/a-quoi-ca-sert/", "/a-propos/", "SITE"])
def test_citizens_pages_stand_below_each_language(client, directory, language, path):
    path = Site.objects.public().first().get_absolute_url() if path == "SITE" else path
    response = client.get(f"/{language.code}{path}")
    html = response.content.decode()
    assert response.status_code == 200
    assert f'<html lang="{language.tag}"' in html
    assert ('dir="rtl">' in html.partition("<head>")[0]) == (language.direction == "rtl")
    assert "Accept-Language" not in response.get("Vary", "")


@pytest.mark.parametrize("path", ["/regions/", "/labels/", "/donnees/", "/hors-ligne/", "/admin/", "/sitemap.xml"])
def test_other_pages_are_french_alone(client, directory, path):
    response = client.get(f"/en{path}")
    assert response.status_code == 404
    assert '<html lang="en">' in response.content.decode()


def test_data_have_no_language(client, directory):
    response = client.get("/en/pimms.csv")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_an_unknown_language_is_a_page_that_does_not_exist(client, db):
    for path in ("/de/", "/fr/pimms/", "/english/"):
        assert client.get(path).status_code == 404
        assert '<html lang="fr">' in client.get(path).content.decode()


def test_neither_browser_nor_cookie_chooses_the_language(client, directory):
    client.cookies["django_language"] = "en"
    response = client.get("/pimms/", headers={"accept-language": "en,ar"})
    assert '<html lang="fr">' in response.content.decode()
    assert response.get("Vary", "Accept-Encoding") == "Accept-Encoding"
    assert "Content-Language" not in response


def test_another_spelling_leads_to_the_page(client, directory):
    for path in ("/en", "/EN/", "/en//pimms", "/EN/PIMMS/"):
        assert client.get(path).status_code == 301
        assert client.get(path).headers["Location"] in ("/en/", "/en/pimms/")


def test_paths_in_other_languages(languages):
    assert language_of("/en/pimms/") == BY_CODE["en"]
    assert language_of("/ensemble/").is_french
    assert path_in(BY_CODE["ar"], "/en/pimms/") == "/ar/pimms/"
    assert path_in(BY_CODE["fr"], "/fr-facile/") == "/"
    assert path_in(BY_CODE["fr-facile"], "/pimms/x/") == "/fr-facile/pimms/x/"


def test_each_page_names_itself_and_the_same_page_in_every_language(client, directory):
    html = client.get("/en/pimms/").content.decode()
    assert '<link rel="canonical" href="http://testserver/en/pimms/">' in html
    named = dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="http://testserver([^"]+)">', html))
    assert named == {each.tag: path_in(each, "/pimms/") for each in ALL} | {"x-default": "/pimms/"}
    assert "hreflang" not in client.get("/regions/").content.decode().partition("</head>")[0]


def test_the_menu_leads_to_the_same_page_with_the_same_query(client, directory):
    html = client.get("/en/pimms/?lieu=Lyon&page=2").content.decode()
    assert 'href="/ar/pimms/?lieu=Lyon&amp;page=2" hreflang="ar" lang="ar" dir="rtl"' in html
    assert 'href="/pimms/?lieu=Lyon&amp;page=2" hreflang="fr"' in html
    assert 'href="/en/" hreflang="en"' in client.get("/regions/").content.decode()


def test_a_page_in_another_language_keeps_it(client, directory):
    """Its links lead to pages of its language, or say that they leave it."""
    paths = ("/", "/pimms/", "/pimms/?lieu=Grenoble", "/pimms/?lieu=xyzzy", "/a-quoi-ca-sert/", "/a-propos/")
    for path in (*paths, Site.objects.public().first().get_absolute_url()):
        body = client.get(f"/en{path}").content.decode().partition("<body>")[2]
        for tag in re.findall(r'<(?:a|form)\b[^>]*(?:href|action)="/[^>]*>', body):
            leaves = "hreflang=" in tag or 'type="text/vcard"' in tag
            assert leaves or re.search(r'(?:href|action)="/en/', tag), (path, tag)
        assert 'data-suggestions="/en/communes.json"' in body


def test_each_page_says_that_nobody_reviewed_its_translation(client, directory, settings):
    with translation.override("en"):
        sentence = translation.gettext("Cette traduction n’a pas été relue par un traducteur.")
    with translation.override("fr-facile"):
        easy = translation.gettext("Ces pages en français facile n’ont pas été relues par des personnes concernées.")
    assert sentence in client.get("/en/").content.decode()
    assert easy in client.get("/fr-facile/").content.decode()
    settings.TRANSLATION_REVIEWED = ["en", "fr-facile"]
    assert sentence not in client.get("/en/").content.decode()
    assert easy not in client.get("/fr-facile/").content.decode()


def test_the_sitemap_has_each_page_in_each_language(client, directory):
    xml = client.get("/sitemap.xml").content.decode()
    for language in ALL:
        address = f"http://testserver{path_in(language, '/pimms/')}"
        assert f"<loc>{address}</loc>" in xml
        assert f'hreflang="{language.tag}" href="{address}"' in xml
    assert "http://testserver/en/regions/" not in xml
    assert xml.count("<loc>http://testserver/regions/</loc>") == 1


def test_robots_leave_out_searches_in_each_language(client, directory):
    text = client.get("/robots.txt").content.decode()
    assert all(f"Disallow: {path_in(each, '/pimms/')}?*" in text for each in ALL)


def test_the_page_cache_keeps_each_language_apart(settings, directory):
    cache = PageCache(lambda *_: [], 1_000_000, READ, NEVER_KEPT)
    french = cache.public_address("/pimms/", "lieu=Lyon&x=1")
    english = cache.public_address("/en/pimms/", "x=1&lieu=Lyon")
    assert french and english and french != english
    assert english.query == "lieu=Lyon"
    assert cache.public_address("/en/regions/", "") is None


def test_pictograms_stand_on_easy_french_pages_alone(client, directory):
    assert "pictograms.svg#heures" in client.get("/fr-facile/pimms/").content.decode()
    assert "pictograms" not in client.get("/pimms/").content.decode()
    assert "pictograms" not in client.get("/en/pimms/").content.decode()
