"""The number of labelled sites, its day, and what pages, pictures and formats say of it: with the product data whole,
with the releases alone, with one site and with none."""

import json
import re
from datetime import date

import pytest

from labels.models import Wave
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Listing, Site
from sites.pages.label_count import LabelCount, label_count, years_of
from tests.factories import ListingFactory, PressReleaseFactory, SiteFactory, WaveFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

OF_ALL = "91 PIMMS labellisés au 1er août 2024, dont 53 annoncés par les communiqués de 2019 et 2020"
OF_THE_RELEASES = "53 PIMMS labellisés au 14 octobre 2020, annoncés par les communiqués de 2019 et 2020"


def plain(text: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def text(client, address: str) -> str:
    """What a reader and a search engine read."""
    return plain(re.sub(r"</?(?!meta)[^>]*>", " ", client.get(address).content.decode()))


def body(client, address: str) -> str:
    response = client.get(address)
    return plain((b"".join(response.streaming_content) if response.streaming else response.content).decode())


# The product data


def test_all_91_are_counted_with_their_day_and_the_53_of_the_releases(network):
    count = label_count()
    assert (count.total, count.announced, count.others) == (91, 53, 38)
    assert count.total == Site.objects.labelled().count()
    assert count.announced == Listing.objects.values("site").distinct().count()
    newest = Site.objects.labelled().filter(listings=None).order_by("-contact_checked_on").first()
    assert count.counted_on == count.listed_on == newest.contact_checked_on == date(2024, 8, 1)
    assert count.counted_on > Wave.objects.order_by("effective_on").last().effective_on
    assert plain(count.sentence) == OF_ALL


def test_home_counts_all_91(client, network):
    page = text(client, "/")
    assert page.count(OF_ALL) == 2, "the page, and its description for search engines and networks"
    by_wave = page.partition("Par date du label")[2].partition("D’où viennent")[0]
    waves = [wave.sites.count() for wave in Wave.objects.all()]
    assert [int(number) for number in re.findall(r"(\d+) PIMMS ", by_wave)] == waves
    assert waves[:3] == [33, 7, 13]
    assert sum(waves) == 91
    assert "L’Union nationale des PIMMS a annoncé 53 de ces labels (2019 et 2020). " in page
    assert "38 autres sont seulement dans la liste officielle des France Services." in page
    assert "La liste officielle (ANCT, 1er août 2024) donne les adresses" in page


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/a-propos/", OF_ALL),
        ("/a-propos/", "38 PIMMS sont seulement dans cette liste. Aucun communiqué ne les nomme."),
        ("/mentions-legales/", "liste des France Services, ANCT, 1er août 2024, Licence Ouverte 2.0."),
        ("/donnees/", OF_ALL),
        (
            "/donnees/",
            "de l’Union nationale des PIMMS (2019 et 2020) et la liste officielle de l’ANCT (1er août 2024) ; communes",
        ),
        ("/communiques/", OF_ALL),
        ("/labels/", OF_ALL),
        ("/regions/", OF_ALL),
        ("/departements/", "avec le nombre de PIMMS labellisés France Services au 1er août 2024"),
        ("/associations/", "avec leurs PIMMS labellisés France Services au 1er août 2024"),
        ("/pimms/", "91 PIMMS au 1er août 2024 page 1 sur 10"),
        ("/pimms/", 'content="91 PIMMS labellisés France Services au 1er août 2024 dans cette liste'),
        ("/regions/nouvelle-aquitaine/", "5 PIMMS labellisés France Services dans la région au 1er août 2024."),
        ("/departements/33-gironde/", "2 PIMMS labellisés France Services dans le département au 1er août 2024."),
        ("/departements/33-gironde/", 'content="Gironde : 2 PIMMS labellisés France Services au 1er août 2024, avec'),
        ("/departements/01-ain/", "ne porte le label France Services au 1er août 2024."),
        ("/associations/pimms-paris/", "PIMMS labellisés France Services au 1er août 2024."),
    ],
)
def test_counts_carry_their_day(client, network, address, words):
    assert words in text(client, address)


def test_descriptions_for_machines_carry_the_day(client, network):
    package = json.loads(body(client, "/datapackage.json"))
    assert package["description"].startswith(f"{OF_ALL}. Les champs : ")
    assert [plain(source["title"]) for source in package["sources"][:2]] == [
        "Union nationale des PIMMS, communiqués de presse du 22 novembre 2019 et du 14 octobre 2020",
        "ANCT, liste officielle des France Services, 1er août 2024 (Licence Ouverte 2.0)",
    ]
    assert f"dates de label et sources. {OF_ALL}." in body(client, "/donnees/")
    for name in ("json", "geojson"):
        found = json.loads(body(client, f"/pimms.{name}"))
        assert (found["count"], found["counted_on"]) == (91, "2024-08-01")
    preview = text(client, "/departements/33-gironde/")
    assert "2 PIMMS labellisés France Services au 1er août 2024. À côté, une carte" in preview


@pytest.mark.parametrize(("wave", "number"), [("2020-01", 33), ("2020-02", 7), ("2020-09", 13)])
def test_waves_of_the_releases_count_what_they_did(client, network, wave, number):
    assert f"{number} PIMMS labellisés dans cette vague." in text(client, f"/labels/{wave}/")


@pytest.mark.parametrize(
    ("slug", "lines"), [("2019-11-22", "33 lignes"), ("2020-10-14", "53 lignes, dont 13 signalées")]
)
def test_releases_count_their_own_lines(client, network, slug, lines):
    page = client.get(f"/communiques/{slug}/").content.decode()
    assert lines in page
    assert f'href="/pimms/?communique={slug}"' in page
    page = client.get(f"/communiques/{slug}/comparaison/").content.decode()
    totals = re.findall(r'<td class="number">(\d+)</td></tr>', page.partition('id="courbe-legende"')[2])
    assert totals == ["33", "40", "53"], "the chart ends with the last wave that a release announces"


def test_nothing_said_of_a_site_labelled_since_presumes_a_release(client, network):
    for site in Site.objects.filter(listings=None).select_related("wave"):
        page = text(client, site.get_absolute_url())
        assert "Aucun communiqué ne nomme ce PIMMS." in page
        assert "Publié le" not in page
        embedded = text(client, f"/integrer{site.get_absolute_url()}")
        assert "Source : liste officielle de l’ANCT (Licence Ouverte 2.0)." in embedded
        assert "communiqué" not in embedded
    wave = text(client, "/labels/2022-07/")
    assert "Aucun communiqué n’annonce cette vague : sa source est la liste officielle" in wave


# The releases alone, one site, none


def test_the_releases_alone_read_correctly(client, directory):
    page = text(client, "/")
    assert page.count(OF_THE_RELEASES) == 2
    assert "autres ne le sont" not in page
    assert "2024" not in page.partition("D’où viennent")[0]
    assert "53 PIMMS au 14 octobre 2020 page 1 sur 6" in text(client, "/pimms/")
    assert "seulement dans cette liste" not in text(client, "/a-propos/")
    assert label_count().listed_on == date(2024, 8, 1), "from where the addresses come"


def test_an_empty_directory_counts_nothing(client):
    for address in ("/", "/a-propos/", "/mentions-legales/", "/donnees/", "/pimms/", "/communiques/", "/labels/"):
        page = text(client, address)
        assert " au :" not in page
        assert " au ." not in page
        assert "()" not in page
        assert "None" not in page
    assert "Aucun PIMMS labellisé." in text(client, "/")
    assert json.loads(body(client, "/pimms.json"))["counted_on"] is None
    assert label_count() == LabelCount(0, 0, (), None, None)


def test_one_site_is_spoken_of_in_the_singular(client):
    wave = WaveFactory(effective_on=date(2022, 1, 1))
    site = SiteFactory(wave=wave, contact_checked_on=date(2023, 5, 2))
    assert plain(label_count().sentence) == "1 PIMMS labellisé au 2 mai 2023"
    assert "1 PIMMS labellisé au 2 mai 2023." in text(client, "/")
    ListingFactory(site=site, release=PressReleaseFactory(published_on=date(2021, 12, 1)))
    assert plain(label_count().sentence) == "1 PIMMS labellisé au 1er janvier 2022, annoncé par le communiqué de 2021"
    other = SiteFactory(wave=wave, contact_checked_on=date(2023, 5, 2))
    sentence = "2 PIMMS labellisés au 2 mai 2023, dont 1 annoncé par le communiqué de 2021"
    assert plain(label_count().sentence) == sentence
    assert "(2021). 1 autre est seulement dans la liste officielle" in text(client, "/")
    Site.objects.filter(pk=other.pk).update(contact_source="Appel au PIMMS")
    assert label_count().counted_on == date(2022, 1, 1), "a call tells when a desk opens, not who is labelled"


def test_the_day_is_that_of_the_last_label_that_ended():
    wave = WaveFactory(effective_on=date(2022, 1, 1))
    SiteFactory(wave=wave, contact_checked_on=date(2023, 5, 2))
    SiteFactory(wave=wave, label_ended_on=date(2025, 3, 4))
    assert plain(label_count().sentence) == "1 PIMMS labellisé au 4 mars 2025"


def test_a_release_that_is_not_published_announces_nobody():
    release = PressReleaseFactory(published_on=date(2021, 12, 1), publication=Publication.DRAFT)
    ListingFactory(release=release, site__wave__effective_on=date(2022, 1, 1))
    assert label_count().announced == 0
    assert not label_count().releases


@pytest.mark.parametrize(
    ("years", "words"),
    [([], ""), ([2019], "2019"), ([2020, 2020], "2020"), ([2019, 2020, 2027], "2019, 2020 et 2027")],
)
def test_years_are_listed_as_the_french_do(years, words):
    assert years_of(date(year, 1, 1) for year in years) == words
