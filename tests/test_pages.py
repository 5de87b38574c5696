"""Every public page: it answers, says what it must, costs a constant number of queries and sets no cookie."""

import html
import json
import re
from collections import Counter
from datetime import date
from functools import cache

import pytest
from django.test import Client
from django.urls import reverse

from labels.models import PressRelease, Wave
from pimms_directory import views
from pimms_directory.serving.page_cache import BUSY
from sites.exchange.embedding import embeddable
from sites.models import Association, Department, Region, Site
from sites.pages import site_summary
from sites.versions.models import DirectoryVersion
from tests.factories import (
    AssociationFactory,
    DepartmentFactory,
    KeyFigureFactory,
    ListingFactory,
    OpeningPeriodFactory,
    PressReleaseFactory,
    RegionFactory,
    SiteAliasFactory,
    SiteFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db

FIXED = [
    "home",
    "site-list",
    "region-list",
    "department-list",
    "association-list",
    "wave-list",
    "release-list",
    "help",
    "about",
    "data",
    "version-list",
    "accessibility",
    "legal-notice",
    "site-map",
    "embed",
    "offline",
    "press",
]


def text(response) -> str:
    """What a reader reads: no tags, one space between words."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode().split("<body>")[1])
    return re.sub(r"[\s\u00a0\u202f]+", " ", words).replace("&#x27;", "'")


def every_address() -> list[str]:
    records = [
        *Site.objects.all(),
        *Region.objects.all(),
        *Department.objects.all(),
        *Association.objects.all(),
        *Wave.objects.all(),
        *PressRelease.objects.all(),
        *DirectoryVersion.objects.all(),
    ]
    compared = (reverse("release-comparison", args=[release.slug]) for release in PressRelease.objects.all())
    return [*(reverse(name) for name in FIXED), *(record.get_absolute_url() for record in records), *compared]


@pytest.mark.slow
def test_every_page_of_the_directory_opens(client, directory):
    titles = {}
    for address in every_address():
        response = client.get(address)
        assert response.status_code == 200, address
        assert not response.cookies, address
        assert "Cookie" not in response.headers.get("Vary", ""), address
        html = response.content.decode()
        title = re.search(r"<title>(.*?)</title>", html, re.DOTALL).group(1)
        assert titles.setdefault(title, address) == address, f"{title} is not the title of this page alone"
        assert html.count("<h1") == 1, address
        assert f'<link rel="canonical" href="http://testserver{address}">' in html
        if address != "/":
            assert 'aria-current="page"' in html.split("<main")[0], f"{address} has no breadcrumb"
    assert len(titles) == len(FIXED) + 53 + 18 + 101 + 27 + 3 + 2 * 2 + 1


@pytest.mark.slow
@pytest.mark.one_database
def test_every_link_of_every_page_leads_somewhere(client, directory):
    answer = cache(client.get)
    for address in every_address():
        html = answer(address).content.decode()
        for link in set(re.findall(r'(?:href|action)="(/[^"#]*|#[^"]*|\?[^"]*)', html)):
            if link.startswith("#"):
                assert link == "#" or f'id="{link[1:]}"' in html, f"{address} links to {link}"
            elif not link.startswith("/static/"):
                target = (address + link if link.startswith("?") else link).replace("&amp;", "&")
                assert answer(target).status_code == 200, f"{address} links to {target}"


def test_pages_do_not_write(client, directory, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as queries:
        for address in every_address()[:40]:
            client.get(address)
    assert {query["sql"].lstrip("( ").split()[0] for query in queries} == {"SELECT"}


def full_site(**values) -> Site:
    """A site with one of everything that a page shows."""
    site = SiteFactory(**values)
    for weekday in (1, 2, 6):
        OpeningPeriodFactory(site=site, weekday=weekday)
    SiteAliasFactory(site=site)
    return site


@pytest.fixture
def pages_by_size():
    """Makes a directory of n sites under one of everything, and names its pages."""

    def make(count: int) -> list[str]:
        earlier, release = PressReleaseFactory.create_batch(2)
        wave = WaveFactory(release=release)
        department = DepartmentFactory()
        department.neighbours.add(DepartmentFactory())
        first = full_site(wave=wave, department=department)
        KeyFigureFactory(release=release)
        ListingFactory(release=release, site=first, remark="Corrigée.")
        ListingFactory(release=earlier, site=first)
        for _ in range(count - 1):
            site = full_site(wave=wave, department=department, association=first.association)
            ListingFactory(release=release, site=site, remark="Corrigée.")
            ListingFactory(release=earlier, site=site)
            KeyFigureFactory(release=release)
            full_site(wave=wave)  # another department, region and association each
        pages = [first, department, department.region, first.association, wave, release]
        return [*(reverse(name) for name in FIXED), *(page.get_absolute_url() for page in pages), "/pimms/?jour=lundi"]

    return make


@pytest.mark.slow
def test_query_counts_do_not_grow_with_the_number_of_sites(client, pages_by_size, subtests):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for size in (2, 60):  # the page of a lone site has no nearest others, and asks for no hours of theirs
        counted = []
        for address in pages_by_size(size):
            client.get(address)  # the first page after a change reads more, and keeps it
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200, address
            counted.append((address, len(queries)))
        counts.append(counted)
    assert len(counts[0]) == len(FIXED) + 7
    for (_, few), (address, many) in zip(*counts, strict=True):
        with subtests.test(address):
            assert few == many <= 10


# The site page


def test_site_page_shows_what_a_visitor_needs(client, directory):
    page = text(client.get("/pimms/pimms-isere-la-villeneuve/")).replace(" aujourd’hui", "")
    for words in (
        "97 galerie de l’Arlequin 38100 Grenoble",
        "Appeler le 04 76 33 06 56",
        "grenoble@pimmsmediation.fr",
        "Samedi 10 h – 12 h 30",
        "Dimanche fermé",
        "Isère",
        "1er janvier 2020",
        "15 novembre 2019",
        "22 novembre 2019",
        "Liste officielle des France Services, ANCT, 1er août 2024",
        "Isère | Grenoble | PIMMS Isère",
        "Téléphonez avant de venir",
    ):
        assert words in page, words


def test_a_bus_says_so_first(client, directory):
    page = text(client.get("/pimms/pimms-artois-gohelle-pimms-mobile/"))
    assert page.index("C’est un bus") < page.index("Où et quand")
    assert "Béthune" in page


def test_former_names_and_corrections_are_shown(client, directory):
    page = text(client.get("/pimms/pimms-bourgogne-du-sud-amplepuis/"))
    assert "PIMMS Canton de Chauffailles" in page
    assert "Amplepluis" in page


def test_a_former_address_redirects_for_good(client, directory):
    response = client.get("/pimms/pimms-canton-de-chauffailles-melay/")
    assert response.status_code == 301
    assert response.url == "/pimms/pimms-bourgogne-du-sud-melay/"


def test_a_closed_site_keeps_its_page_and_says_since_when(client):
    site = SiteFactory(closed_on=date(2024, 3, 1), label_ended_on=date(2024, 2, 1))
    page = text(client.get(site.get_absolute_url()))
    assert "a fermé le 1er mars 2024" in page
    assert "n’a plus le label France Services depuis le 1er février 2024" in page


def test_a_site_without_hours_or_contact_says_so(client):
    page = text(client.get(SiteFactory(phone="", email="").get_absolute_url()))
    assert "Nous ne connaissons pas les horaires" in page
    assert "Aucun contact n’est connu" in page


# The list


def test_list_shows_ten_a_page(client, directory):
    response = client.get("/pimms/")
    assert response.content.decode().count('class="card"') == 10
    assert "page 1 sur 6" in text(response)
    assert client.get("/pimms/?page=6").content.decode().count('class="card"') == 3


@pytest.mark.parametrize("page", ["0", "-1", "7", "99999999999999999999", "abc", "1.5"])
def test_a_page_that_does_not_exist_is_named(client, directory, page):
    response = client.get("/pimms/", {"page": page})
    assert response.status_code == 200
    assert f"La page « {page[:20]} » n’existe pas" in text(response)


def test_filtered_views_stay_out_of_search_engines(client, directory):
    assert b"noindex" in client.get("/pimms/?jour=lundi").content
    assert b"noindex" not in client.get("/pimms/").content


def test_pagination_keeps_the_filters_and_drops_garbage(client, directory):
    html = client.get("/pimms/?jour=lundi&x=%3Cscript%3E&region=zzz").content.decode()
    assert 'href="?jour=lundi&amp;page=2"' in html
    assert "script%3E" not in html
    assert "«\u00a0zzz\u00a0» pour «\u00a0Région\u00a0»" in html


def test_empty_list_offers_a_way_on(client, directory):
    page = text(client.get("/pimms/?region=bretagne&jour=samedi"))
    assert "Aucun PIMMS n’a tout ce que vous demandez" in page
    assert "Sans « Ouvert le : samedi » : 5 PIMMS" in page


# Territories


def test_department_without_a_site_names_its_neighbours(client, directory):
    page = text(client.get("/departements/01-ain/"))
    assert "Aucun PIMMS de ce département" in page
    assert "Rhône 9 PIMMS" in page
    assert "Isère 3 PIMMS" in page


def test_department_far_from_any_site_names_the_nearest_ring(client, directory):
    page = text(client.get("/departements/06-alpes-maritimes/"))
    assert "Drôme 1 PIMMS" in page


@pytest.mark.parametrize("address", ["/regions/corse/", "/departements/974-la-reunion/"])
def test_territory_beyond_the_sea_says_so(client, directory, address):
    page = text(client.get(address))
    assert "Aucun PIMMS labellisé n’est accessible par la terre" in page


def test_department_with_another_name_redirects(client, directory):
    response = client.get("/departements/38-autre/")
    assert (response.status_code, response.url) == (301, "/departements/38-isere/")


def test_names_sort_as_a_french_reader_expects(client, directory):
    page = text(client.get("/regions/"))
    order = ["Grand Est", "Hauts-de-France", "Île-de-France", "La Réunion"]
    assert sorted(order, key=page.index) == order


# Waves and releases


def test_wave_shows_its_three_dates_with_their_sources(client, directory):
    page = text(client.get("/labels/2020-09/"))
    for words in ("1er septembre 2020", "30 septembre 2020", "14 octobre 2020", "856 structures", "13 PIMMS"):
        assert words in page, words


def test_wave_without_release_says_so(client, directory):
    page = text(client.get("/labels/2020-02/"))
    assert "aucun ne l’annonce" in page
    assert "53 − 33 − 13 = 7" in page


def test_release_shows_figures_lines_and_corrections(client, directory):
    page = text(client.get("/communiques/2020-10-14/"))
    for words in (
        "1 784 739",
        "859",
        "53 lignes",
        "dont 13 signalées comme nouvelles",
        "Loire (42)",
        "21 départements",
    ):
        assert words in page, words


def test_release_of_2019_admits_what_cannot_be_known(client, directory):
    page = text(client.get("/communiques/2019-11-22/"))
    assert "identiques" in page
    assert "Amplepluis" in page


def test_wave_counts_its_sites_by_territory_and_links_to_each_list(client, directory):
    wave = Wave.objects.get(code="2020-01")
    response = client.get("/labels/2020-01/")
    html = response.content.decode()
    counts = Counter(wave.sites.values_list("department__code", flat=True))
    for code, count in counts.items():
        assert re.search(rf'href="/pimms/\?vague=2020-01&amp;departement={code}"[^>]*>{count}<', html)
    for slug, count in Counter(wave.sites.values_list("department__region__slug", flat=True)).items():
        assert re.search(rf'href="/pimms/\?vague=2020-01&amp;region={slug}"[^>]*>{count}<', html)
        assert f"{count} PIMMS au" in text(client.get(f"/pimms/?vague=2020-01&region={slug}"))
    assert 'href="/communiques/2019-11-22/#corrections"' in html
    assert 'href="/pimms.csv?vague=2020-01"' in html


def test_wave_quotes_the_figures_that_concern_it(client, directory):
    response = client.get("/labels/2020-09/")
    page = text(response)
    assert "13 nouveaux PIMMS labellisés France Services 13 nouveaux PIMMS ont obtenu la labellisation" in page
    assert "Le tableau marque bien 13 lignes" in page
    assert 'href="/communiques/2020-10-14/#chiffre-1"' in response.content.decode()
    assert "Contexte national : 856 structures" in page
    assert "1 784 739" not in page  # a year of activity is none of the wave's


def test_wave_without_release_says_plainly_what_its_source_is(client, directory):
    page = text(client.get("/labels/2020-02/"))
    assert "sa source est la liste officielle des France Services" in page
    assert "#corrections" not in client.get("/labels/2020-02/").content.decode()


def test_wave_tells_which_of_its_sites_lost_the_label(client):
    site = SiteFactory(label_ended_on=date(2033, 2, 1))
    SiteFactory(wave=site.wave)
    page = text(client.get(site.wave.get_absolute_url()))
    assert "2 PIMMS labellisés dans cette vague. 1 ne porte plus le label" in page
    assert "Sans label depuis le 1er février 2033" in page


def test_release_is_compared_with_the_one_before(client, directory):
    assert (
        'href="/communiques/2020-10-14/comparaison/#comparaison"'
        in client.get("/communiques/2020-10-14/").content.decode()
    )
    page = text(client.get("/communiques/2020-10-14/comparaison/"))
    assert "nouveaux 20 renommés 9 même nom, lieu précisé ou omis 11 inchangés 13 plus cités 0" in page
    assert "PIMMS Canton de Chauffailles PIMMS Bourgogne du Sud - Melay" in page
    assert "laquelle est devenue : PIMMS Brest – Kérédern , PIMMS Brest – Pontanézen" in page
    assert "4 lignes sont imprimées sous un autre département" in page
    assert "ligne 5 (Isère → Loire)" in page


def test_first_release_says_that_it_is_the_first(client, directory):
    page = text(client.get("/communiques/2019-11-22/comparaison/"))
    assert "C’est le premier communiqué que l’annuaire connaît" in page
    assert "sous un autre département" not in page


@pytest.mark.parametrize(
    "address", ["/labels/", "/communiques/2019-11-22/comparaison/", "/communiques/2020-10-14/comparaison/"]
)
def test_labels_over_time_are_drawn_beside_their_table(client, directory, address):
    response = client.get(address)
    assert 'role="img" aria-labelledby="courbe-titre"' in response.content.decode()
    rows = "1er janvier 2020 Vague de janvier 2020", "+33 33", "+7 40", "+13 53"
    assert [row for row in rows if row not in text(response)] == []


def test_release_marks_its_own_wave_on_the_chart(client, directory):
    response = client.get("/communiques/2020-10-14/comparaison/")
    assert response.content.decode().count("chart-dot-here") == 1
    assert "Vague de l’automne 2020 ce communiqué +13 53" in text(response)


# Associations


def test_association_page_answers_a_press_officer(client, directory):
    response = client.get("/associations/pimms-bourgogne-du-sud/")
    html, page = response.content.decode(), text(response)
    assert "<title>PIMMS Bourgogne du Sud\u00a0: ses 5 PIMMS labellisés France Services" in html
    for words in (
        "Cette association tient 5 PIMMS labellisés France Services au 14 octobre 2020.",
        "Départements Rhône (69), Saône-et-Loire (71)",
        "Régions Auvergne-Rhône-Alpes , Bourgogne-Franche-Comté",
        "Vague de janvier 2020 : 4, Vague de l’automne 2020 : 1",
        "Ancien nom « PIMMS Canton de Chauffailles »",
        "Ses PIMMS labellisés",
    ):
        assert words in page, words
    assert html.count('class="pin pin-site" href="/pimms/') == 5
    assert 'href="/pimms.xlsx?association=pimms-bourgogne-du-sud"' in html


def test_association_with_one_site_speaks_in_the_singular(client, directory):
    response = client.get("/associations/pimms-ambazac/")
    assert "PIMMS Ambazac\u00a0: son PIMMS labellisé France Services" in response.content.decode()
    page = text(response)
    assert "tient 1 PIMMS labellisé France Services au 14 octobre 2020." in page
    assert "Département Haute-Vienne (87)" in page
    assert "Ancien nom" not in page


def test_association_that_lost_all_labels_keeps_its_page(client):
    site = SiteFactory(closed_on=date(2024, 3, 1))
    page = text(client.get(site.association.get_absolute_url()))
    assert "Aucun PIMMS de cette association ne porte le label" in page
    assert "Fermé le 1er mars 2024" in page


def test_associations_are_listed_with_their_number_and_their_departments(client, directory):
    page = text(client.get("/associations/"))
    assert "27 associations" in page
    assert "PIMMS Bourgogne du Sud Rhône (69), Saône-et-Loire (71) 5" in page


# Citations

CITED = {
    "/pimms/pimms-isere-la-villeneuve/": (
        "« PIMMS Isère – La Villeneuve, Grenoble (38) », Annuaire des PIMMS labellisés France Services. Label France "
        "Services du 1er janvier 2020. Sources : Union nationale des PIMMS, communiqué de presse du 22 novembre 2019 ; "
        "Liste officielle des France Services, ANCT, 1er août 2024 (Licence Ouverte 2.0). Données du 1er août 2024. "
        "Réutilisation sous Licence Ouverte 2.0. http://testserver/pimms/pimms-isere-la-villeneuve/"
    ),
    "/labels/2020-02/": (
        "« Vague de février 2020 : les PIMMS labellisés France Services », Annuaire des PIMMS labellisés France "
        "Services. 7 PIMMS labellisés France Services au 1er février 2020. Source : Liste officielle des France "
        "Services, ANCT, 1er août 2024 (Licence Ouverte 2.0). Données du 1er août 2024. Réutilisation sous Licence "
        "Ouverte 2.0. http://testserver/labels/2020-02/"
    ),
    "/communiques/2020-10-14/": (
        "« Communiqué du 14 octobre 2020 : chiffres, liste et corrections », Annuaire des PIMMS labellisés France "
        "Services. Source : Union nationale des PIMMS, communiqué de presse du 14 octobre 2020 : 13 PIMMS "
        "supplémentaires obtiennent la labellisation France Services. Données du 14 octobre 2020. Corrections et "
        "décomptes de l’annuaire sous Licence Ouverte 2.0. http://testserver/communiques/2020-10-14/"
    ),
    "/associations/pimms-paris/": "« PIMMS Paris : ses 6 PIMMS labellisés France Services »",
    "/regions/bretagne/": "« PIMMS labellisés : Bretagne », Annuaire des PIMMS labellisés France Services. 5 PIMMS lab",
    "/departements/38-isere/": (
        "« PIMMS labellisés : Isère (38) », Annuaire des PIMMS labellisés France Services. 3 PIMMS labellisés"
    ),
}


@pytest.mark.parametrize("address", CITED)
def test_page_can_be_cited_without_javascript(client, directory, address):
    response = client.get(address, {"utm_source": "lettre"})
    html, page = response.content.decode(), text(response)
    assert CITED[address] in page
    assert f'readonly value="http://testserver{address}"' in html
    # No dead button: the script shows them.
    assert [tag for tag in re.findall(r"<button[^>]*data-copy[^>]*>", html) if " hidden" not in tag] == []


def test_citation_names_no_source_or_date_that_is_not_known(client):
    site = SiteFactory(contact_source="", contact_checked_on=None)
    page = text(client.get(site.get_absolute_url()))
    assert re.search(r"Label France Services du [^.]+\. Réutilisation sous Licence Ouverte 2\.0\.", page)


# The rest


def test_home_counts_what_is_there(client, directory):
    page = text(client.get("/"))
    assert "53 PIMMS labellisés" in re.sub(r"PIMMS labellisés 53", "53 PIMMS labellisés", page)
    assert "Auvergne-Rhône-Alpes 16 PIMMS" in page


def test_legal_notice_shows_the_settings_and_invents_nothing(client, settings):
    assert text(client.get("/mentions-legales/")).count("non renseigné") == 4
    settings.SITE = {"publisher": "Association X", "contact": "c@x.fr", "publication_director": "D", "host": "H"}
    page = text(client.get("/mentions-legales/"))
    assert "Association X" in page
    assert "non renseigné" not in page


@pytest.mark.parametrize("page", ["/mentions-legales/", "/a-propos/"])
def test_every_source_is_credited_with_its_licence(client, db, page):
    shown = text(client.get(page))
    for source in ("ANCT", "INSEE", "La Poste", "DGCL", "Service-Public.gouv.fr / DILA", "Admin Express", "GeoNames"):
        assert source in shown
    assert "Licence Ouverte" in shown
    assert "CC BY" in shown


@pytest.mark.parametrize(
    "address",
    ["/rien/", "/pimms/rien/", "/regions/rien/", "/departements/99-rien/", "/labels/1/", "/communiques/x/", "/%00/"],
)
def test_unknown_address_gets_a_helpful_404(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "Cette page n’existe pas" in text(response)


def test_all_unknown_addresses_get_the_same_page_which_has_no_address_of_its_own(client):
    page = client.get("/rien/").content
    for address in ("/wp-login.php?x=1", "/pimms/rien/", "/departements/99-rien/"):
        assert client.get(address).content == page
    assert b"canonical" not in page
    assert b"og:url" not in page
    assert b"http://testserver/apercu.png" in page
    assert client.get("/rien/", headers={"host": "localhost"}).content == page


def test_nothing_that_identifies_a_page_comes_from_the_request(client, directory):
    """Whoever asks, by whatever name and scheme: canonical address, previews, permalinks, files, feeds are the same."""
    site = Site.objects.labelled().first()
    addresses = [
        "/",
        "/pimms/",
        site.get_absolute_url(),
        "/labels/2020-01/",
        "/donnees/",
        "/sitemap.xml",
        "/robots.txt",
    ]
    addresses += ["/pimms.csv", "/pimms.json", "/datapackage.json", "/openapi.json", "/flux.atom"]
    for address in (*addresses, "/regions/bretagne/flux.atom", f"{site.get_absolute_url()[:-1]}.vcf"):
        usual, odd = client.get(address), client.get(address, headers={"host": "localhost:8443"}, secure=True)
        assert odd.getvalue() == usual.getvalue(), address


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("/", "/"),
        ("/pimms/?lieu=Lyon+8&x=%C3%A9", "/pimms/?lieu=Lyon+8&x=%C3%A9"),
        ("/x//evil.example", "/x//evil.example"),
    ],
)
def test_other_names_of_the_server_lead_to_the_public_one(client, settings, address, wanted):
    settings.REDIRECT_TO_ORIGIN, settings.PUBLIC_ORIGIN = True, "https://annuaire.example"
    settings.ALLOWED_HOSTS = ["annuaire.example", "www.annuaire.example"]
    for host, secure in (("www.annuaire.example", True), ("annuaire.example", False), ("annuaire.example:8443", True)):
        response = client.get(address, headers={"host": host}, secure=secure)
        assert (response.status_code, response.headers["Location"]) == (301, f"https://annuaire.example{wanted}")
    posted = client.post("/admin/login/", headers={"host": "www.annuaire.example"}, secure=True)
    assert (posted.status_code, posted.headers["Location"]) == (308, "https://annuaire.example/admin/login/")
    assert client.get("/", headers={"host": "evil.example"}, secure=True).status_code == 400
    file = client.get("/pimms.csv", headers={"host": "www.annuaire.example"}, secure=True)
    assert (file.status_code, file.headers["Access-Control-Allow-Origin"]) == (301, "*")
    assert client.options("/pimms.csv", headers={"host": "www.annuaire.example"}, secure=True).status_code == 204
    assert client.get("/", headers={"host": "annuaire.example"}, secure=True).status_code == 200
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200


def test_refused_for_too_many_requests_says_so(client):
    response = client.get("/pimms/?q=x", **{BUSY: True})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "Trop de personnes" in text(response)


def test_an_error_of_ours_gets_a_plain_page(monkeypatch):
    from pimms_directory import views

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(views.About, "get_context_data", fail)
    response = Client(raise_request_exception=False).get("/a-propos/")
    assert response.status_code == 500
    assert "Ce n’est pas votre faute" in text(response)


@pytest.mark.parametrize("address", ["/", "/pimms/", "/communes.json", "/rien/"])
def test_stale_cookies_change_nothing_on_public_pages(client, directory, address):
    client.cookies.load({"sessionid": "stale", "csrftoken": "stale", "messages": "stale"})
    response = client.get(address)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_public_pages_are_read_only(method):
    client = Client(enforce_csrf_checks=True)
    for address in ("/", "/pimms/", "/communes.json"):
        assert getattr(client, method)(address).status_code == 405


@pytest.mark.ignore_template_errors
def test_a_form_of_the_admin_without_its_token_is_explained_in_french():
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "Ce formulaire a expiré" in text(response)


def test_pages_carry_the_security_headers(client):
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_probes_may_send_any_host(client, db):
    response = client.get("/readyz", headers={"host": "10.0.0.7"})
    assert (response.status_code, response.content) == (200, b"ok\n")
    response = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert response.status_code == 200
    assert set(response.json()) == {"status", "version", "revision"}
    assert response.headers["Cache-Control"] == "no-store"


def test_readyz_says_what_a_half_migrated_database_lacks(client, db):
    from django.db.migrations.recorder import MigrationRecorder

    last = MigrationRecorder.Migration.objects.filter(app="directory").order_by("-name").first()
    last.delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content.decode() == f"migrations are missing: directory.{last.name}\n"


def test_readyz_says_when_the_database_was_never_migrated(client, db):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.all().delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert b"directory.0001_initial" in response.content


def test_readyz_takes_a_newer_database_as_during_an_upgrade(client, db):
    """The version before serves on while the next one has migrated: not ready, it would take the whole site away."""
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.create(app="directory", name="9999_of_the_next_version")
    assert client.get("/readyz").status_code == 200


def test_readyz_says_when_the_database_does_not_answer(client, monkeypatch):
    from django.db import OperationalError, connection

    def fail():
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", fail)
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


# Pages about many sites


@pytest.fixture
def many(monkeypatch) -> list[Site]:
    """Five sites of one wave and one association in two departments, where pages list two at most."""
    monkeypatch.setattr(site_summary, "MOST_SHOWN", 2)
    region, wave, association = RegionFactory(), WaveFactory(), AssociationFactory()
    here, there = (DepartmentFactory(code=code, region=region) for code in ("38", "42"))
    checked = {"contact_source": "Enquête", "contact_checked_on": date(2034, 5, 6)}
    given = {"wave": wave, "association": association}
    sites = [SiteFactory(name=f"PIMMS {letter}", slug=letter, department=here, **given) for letter in "abcd"]
    last = SiteFactory(name="PIMMS Z", slug="z", department=there, **given, **checked)
    SiteFactory(name="PIMMS Y", slug="y", department=here, **given, closed_on=date(2024, 3, 1))
    return [*sites, last]


@pytest.mark.parametrize("kind", ["department", "region", "association", "wave"])
def test_a_page_about_many_sites_shows_the_first_and_the_figures_of_all(client, many, kind):
    owner = many[0].department.region if kind == "region" else getattr(many[0], kind)
    total = {"department": 4, "region": 5, "association": 5, "wave": 6}[kind]
    response = client.get(owner.get_absolute_url())
    html = response.content.decode()
    assert len(re.findall('class="(?:card|line)"', html)) == 2 + (kind == "association")  # and the one that closed
    assert f"Voir tous les {total}, au-delà des 2 premiers" in html
    assert f"{total} PIMMS labellisés" in text(response)
    embedded = client.get(f"/integrer{owner.get_absolute_url()}").content.decode()
    assert embedded.count('class="card"') == 2
    assert f"Voir tous les {total}, au-delà des 2 premiers" in embedded
    if kind != "department":
        cited = re.search(r'id="citation-texte">([^<]*)', html).group(1)
        assert "Enquête" in cited, "the site with this source is not among the first"
        assert "Données du 6\u00a0mai 2034." in cited
        assert {"/departements/38", "/departements/42"} <= set(re.findall(r"/departements/\d+", html))


def test_the_map_of_too_many_sites_counts_them_by_department(client, many):
    html = client.get(many[0].association.get_absolute_url()).content.decode()
    titles = re.findall(r"<title>([^<]*)</title>", html.split('class="map-frame"')[1])
    names = [f"{many[0].department.name}\u00a0: 4 PIMMS", f"{many[4].department.name}\u00a0: 1 PIMMS"]
    assert titles[:2] == sorted(names)


def test_the_map_of_a_department_with_too_many_leads_to_all_of_them(client, many):
    department = many[0].department
    html = client.get(department.get_absolute_url()).content.decode()
    ((address, title),) = re.findall(r'<a class="pin [^"]*" href="([^"]*)"[^>]*><title>([^<]*)</title>', html)
    assert (address, title) == ("/pimms/?departement=38", f"{department.name}\u00a0: 4 PIMMS")


def test_a_list_to_choose_from_ends_where_nobody_would_read_it(client, many, monkeypatch):
    chosen = many[0].get_absolute_url()
    assert f'<option value="{many[1].get_absolute_url()}"' in client.get("/integrer/").content.decode()
    assert many[1].name in text(client.get("/plan-du-site/"))
    monkeypatch.setattr(embeddable, "MOST_CHOICES", 5)
    monkeypatch.setattr(views, "MOST_LINKS", 5)
    SiteFactory()
    html = client.get(f"/integrer/?fiche={chosen}").content.decode()
    assert f'<option value="{chosen}" selected' in html
    assert f'<option value="{many[1].get_absolute_url()}"' not in html
    assert many[1].name not in text(client.get("/plan-du-site/"))


def test_associations_tell_where_they_are(client, many):
    page = text(client.get("/associations/"))
    here, there = sorted((many[0].department, many[4].department), key=lambda each: each.slug)
    assert f"{many[0].association.name} {here.name} ({here.code}), {there.name} ({there.code}) 5" in page


def test_figures_of_a_page_follow_an_edit(client, many):
    address = many[0].department.get_absolute_url()
    assert "4 PIMMS labellisés" in text(client.get(address))
    Site.objects.filter(pk=many[1].pk).update(closed_on=date(2024, 3, 1))
    assert "3 PIMMS labellisés" in text(client.get(address))


FORMATS = "{0.__class__} {site.pk} %(count)s %s %d ${HOME} {{ request.user }} {% debug %}"


def test_a_name_that_looks_like_a_format_or_a_template_stays_text(client):
    site = SiteFactory(name=FORMATS)
    shown = html.escape(FORMATS)
    for address in (site.get_absolute_url(), "/pimms/", "/flux.atom"):
        assert shown in b"".join(client.get(address)).decode(), address
    (record,) = json.loads(b"".join(client.get("/pimms.json")))["results"]
    assert record["name"] == FORMATS


def test_what_is_typed_is_decoded_once(client, directory):
    for typed, shown in (("%253Cb%253E", "%3Cb%3E"), ("%26lt%3Bb%26gt%3B", "&amp;lt;b&amp;gt;"), ("%2526", "%26")):
        page = client.get("/pimms/", QUERY_STRING=f"q={typed}").text
        assert f'value="{shown}"' in page, typed
        assert "<b>" not in page.partition("<main")[2].partition("</form>")[0]
