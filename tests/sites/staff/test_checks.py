"""What the page before publishing says of a site, a wave or a release: each sentence, and from where on it is said."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pimms_directory.editing.publishing.publication import Publication, problems
from sites.freshness.contact_check import STAFF
from sites.models import Site
from sites.staff.checks import (
    DOUBTFUL_KM,
    contact_problems,
    hours_problems,
    place_problems,
    source_problems,
    with_checked,
)
from tests.factories import (
    AssociationFactory,
    CommuneFactory,
    DepartmentFactory,
    KeyFigureFactory,
    ListingFactory,
    OpeningPeriodFactory,
    PostcodeFactory,
    PressReleaseFactory,
    SiteFactory,
    WaveFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

KM = 1 / 111.195  # degrees of latitude
MOBILE = "06 39 98 00 00"  # of the numbers that are kept for films


def said(record) -> list[str]:
    return [problem.text for problem in problems(record)]


def blocking(record) -> list[str]:
    return [problem.text for problem in problems(record) if problem.blocking]


@pytest.fixture
def site() -> Site:
    """Nothing is wrong with it."""
    department = DepartmentFactory(name="Jura")
    site = SiteFactory(
        name="PIMMS de Dole",
        official_name="France services Grévy",
        association=AssociationFactory(name="Ouest Médiation"),
        commune=CommuneFactory(name="Dole", department=department),
        department=department,
        postcode="39100",
        contact_checked_on=timezone.localdate(),
    )
    PostcodeFactory(code="39100", commune=site.commune)
    OpeningPeriodFactory(site=site, weekday=1, opens=time(7), closes=time(21))
    return site


def test_of_a_site_without_fault_nothing_is_said(site):
    assert problems(site) == []
    bus = SiteFactory(mobile=True, contact_checked_on=timezone.localdate())
    assert problems(bus) == [], "a bus needs neither address nor hours"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"address": ""}, "Aucune adresse postale."),
        ({"postcode": ""}, "Aucun code postal."),
        ({"latitude": None, "longitude": None}, "Aucune position : la carte montrera le centre de la commune."),
        ({"phone": "", "email": ""}, "Ni téléphone ni courriel."),
        ({"contact_source": ""}, "Aucune source pour les coordonnées et les horaires."),
        ({"contact_source": "", "contact_checked_on": None}, "Aucune source pour les coordonnées et les horaires."),
        ({"contact_checked_on": None}, "La date de vérification des coordonnées manque."),
        ({"phone": MOBILE}, f"Le téléphone {MOBILE} est un mobile, peut-être celui d’une personne."),
        (
            {"email": "Accueil@Orange.fr"},
            "Le courriel Accueil@Orange.fr est d’une messagerie grand public, peut-être celle d’une personne.",
        ),
        (
            {"email": "Prenom.Nom@pimms.example"},
            "Le courriel Prenom.Nom@pimms.example semble nominatif (prénom et nom).",
        ),
        (
            {"access_note": f"Appelez le {MOBILE}."},
            f"La précision « Appelez le {MOBILE}. » contient un numéro de mobile ou une adresse de courriel.",
        ),
    ],
)
def test_what_is_missing_or_personal_is_said_and_does_not_stop(site, values, sentence):
    for name, value in values.items():
        setattr(site, name, value)
    assert said(site) == [sentence]
    assert blocking(site) == []


@pytest.mark.parametrize("values", [{"phone": ""}, {"email": ""}])
def test_one_way_to_reach_a_desk_is_enough(site, values):
    for name, value in values.items():
        setattr(site, name, value)
    assert said(site) == []


@pytest.mark.parametrize("mailbox", ["prenom.belair", "prenom.dole", "prenom.jura", "prenom.ouest", "prenom.grevy"])
def test_a_mailbox_called_after_the_site_or_its_place_is_nobodys(site, mailbox):
    site.name = "PIMMS Bel-Air"
    site.email = f"{mailbox}@pimms.example"
    assert said(site) == []


def test_postcodes_of_the_commune_are_named_where_it_has_another_one(site):
    PostcodeFactory(code="39000", commune=site.commune)
    site.postcode = "01000"
    assert said(site) == ["Le code postal 01000 n’est pas celui de Dole (39000, 39100)."]
    site.commune.postcodes.all().delete()
    assert said(site) == [], "nothing is known to compare it with"


def test_a_point_far_from_its_commune_is_doubtful_and_farther_still_refused(site):
    centre = site.commune.latitude
    site.latitude = centre + (DOUBTFUL_KM - 0.1) * KM
    assert said(site) == []
    site.latitude = centre + (DOUBTFUL_KM + 0.1) * KM
    assert said(site) == ["Le point est à 7 km du centre de Dole : sans doute hors de la commune."]
    site.latitude = centre + 29.9 * KM
    assert blocking(site) == []
    site.latitude = centre + 30.1 * KM
    assert blocking(site) == ["Le point est à 30 km du centre de Dole : sans doute hors de la commune."]
    site.commune.latitude = site.commune.longitude = None
    assert said(site) == [], "nothing is known to compare it with"


def test_a_desk_is_in_a_commune_of_its_department(site):
    site.department = DepartmentFactory(name="Vosges")
    assert blocking(site) == ["Dole est dans le département « Jura », pas « Vosges »."]
    site.commune = None
    assert blocking(site) == said(site) == ["Un lieu fixe est dans une commune, et aucune n’est donnée."]


def test_a_team_on_the_road_starts_somewhere():
    team = SiteFactory(multisite=True, base="", contact_checked_on=timezone.localdate())
    assert said(team) == ["Ni guichet ni point d’attache : on ne saura pas d’où part cette équipe."]
    assert blocking(team) == []


def test_looking_at_many_sites_costs_no_more_queries_than_at_one(site, django_assert_num_queries):
    SiteFactory(commune=CommuneFactory(name="Tavaux", department=site.department))
    with django_assert_num_queries(4):
        sites = list(with_checked(Site.objects.all()))
    assert len(sites) == 2
    with django_assert_num_queries(0):
        for each in sites:
            assert list(contact_problems(each)) == []
            assert [problem.text for problem in (*place_problems(each), *hours_problems(each))] in (
                [],
                ["Aucun horaire."],
            )


def test_hours_early_or_late_are_said_in_the_order_of_the_week(site):
    OpeningPeriodFactory(site=site, weekday=3, opens=time(14), closes=time(21, 30))
    OpeningPeriodFactory(site=site, weekday=3, opens=time(6, 30), closes=time(9))
    OpeningPeriodFactory(site=site, weekday=2, opens=time(6, 59), closes=time(12))
    assert said(site) == [
        "Horaire inhabituel : mardi 06:59–12:00.",
        "Horaire inhabituel : mercredi 06:30–09:00.",
        "Horaire inhabituel : mercredi 14:00–21:30.",
    ]
    assert blocking(site) == []
    site.opening_periods.all().delete()
    assert said(site) == ["Aucun horaire."]


def test_two_sites_of_one_name_are_told_apart_by_their_place(site):
    SiteFactory(name="PIMMS de Dole et environs")
    assert said(site) == [], "a longer name is another one"
    SiteFactory(name="Pimms de DOLE", commune__name="Tavaux")
    SiteFactory(name="PIMMS de Dole", mobile=True, department__name="Doubs")
    with CaptureQueriesContext(connection) as two:
        sentences = said(site)
    assert len(sentences) == 2
    assert sentences[0].startswith("Un autre site s’appelle déjà « PIMMS de Dole » (Tavaux (")
    assert sentences[1].startswith("Un autre site s’appelle déjà « PIMMS de Dole » (Doubs (")
    SiteFactory(name="PIMMS de Dole", mobile=True)
    with CaptureQueriesContext(connection) as three:
        assert len(said(site)) == 3
    assert len(two) == len(three), "their places come with them"


@pytest.mark.parametrize(("most", "sentence"), [(30, "30 jours"), (1, "1 jour")])
def test_what_was_checked_too_long_ago_comes_with_time(site, settings, most, sentence):
    settings.RECORD_MAX_AGE_DAYS = most
    site.contact_checked_on = timezone.localdate() - timedelta(days=most)
    assert problems(site) == []
    site.contact_checked_on -= timedelta(days=1)
    [problem] = problems(site)
    assert problem.text == f"Coordonnées à confirmer : elles ont plus de {sentence}."
    assert problem.of_age and not problem.blocking


def test_what_stops_comes_first(site):
    site.address = ""
    site.wave = WaveFactory(name="Vague d’essai", publication=Publication.DRAFT)
    assert said(site) == [
        "La vague « Vague d’essai » n’est pas publiée : publiez-la d’abord.",
        "Aucune adresse postale.",
    ]
    assert blocking(site) == said(site)[:1]


def test_where_staff_took_a_correction_from_is_asked_in_the_list_of_what_is_to_be_done_alone(site):
    assert list(source_problems(site)) == []
    site.contact_source = STAFF
    assert problems(site) == []
    [problem] = source_problems(site)
    assert problem.text == "Coordonnées ou horaires modifiés par la rédaction : dites d’où vous les tenez."
    assert not problem.blocking


def test_a_wave_says_what_the_public_will_not_see_yet():
    site = SiteFactory(wave__release=PressReleaseFactory(), wave__effective_on=timezone.localdate())
    wave = site.wave
    assert problems(wave) == []
    wave.effective_on += timedelta(days=1)
    [sentence] = said(wave)
    assert sentence.startswith("Label effectif le ")
    assert sentence.endswith(
        f" {wave.effective_on.year} : d’ici là, ses sites ont une page et ne comptent pas comme labellisés."
    )
    wave.effective_on = timezone.localdate()
    wave.release = PressReleaseFactory(title="Trois sites", publication=Publication.DRAFT)
    assert said(wave) == [f"Le communiqué « {wave.release} » n’est pas publié : la vague paraîtra sans lui."]
    wave.release = None
    site.delete()
    assert said(wave) == ["Aucun site dans cette vague."]
    assert blocking(wave) == []


def test_a_release_waits_for_its_day_and_says_what_it_lacks():
    release = PressReleaseFactory(published_on=timezone.localdate(), source_url="")
    lacking = [
        "Aucune adresse pour lire le communiqué d’origine.",
        "Aucun chiffre clé.",
        "Aucune ligne : la liste imprimée n’est pas encore saisie.",
    ]
    assert said(release) == lacking
    assert blocking(release) == []
    release.published_on += timedelta(days=1)
    first, *rest = said(release)
    assert first.startswith("Daté du ") and first.endswith(
        f" {release.published_on.year}, qui est à venir : à publier ce jour-là."
    )
    assert rest == lacking
    assert blocking(release) == [first]
    release.published_on, release.source_url = timezone.localdate(), "https://presse.example/"
    KeyFigureFactory(release=release)
    ListingFactory(release=release)
    assert problems(release) == []
