from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone

from pimms_directory.base.folding import search_words
from sites.models import Association, Commune, Department, OpeningPeriod, Site
from sites.models.lookup_tables import lookup_tables
from sites.models.site_queries import opens_on
from sites.search.typed_place.places import name_begins
from tests.factories import (
    AssociationFactory,
    CommuneFactory,
    DepartmentFactory,
    ListingFactory,
    OpeningPeriodFactory,
    PostcodeFactory,
    RegionFactory,
    SiteAliasFactory,
    SiteFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db


def found(query: str) -> list[str]:
    return [site.name for site in Site.objects.search(query)]


# Searching


@pytest.mark.parametrize(
    "query",
    [
        "Saint-Étienne",
        "saint etienne",
        "ST ETIENNE",
        "St-Étienne",
        "étienne",
        "etien",
        "pimms de saint étienne",
        "42000",
        "42",
        "Loire",
        "loire rhone",
        "république",
        "Métropole",
        "Stéphanoise",
        "Loire 42",
        "  saint   etienne  ",
        "étienne, saint",
    ],
)
def test_search_finds_a_site_however_it_is_spelt(query):
    region = RegionFactory(name="Auvergne-Rhône-Alpes")
    department = DepartmentFactory(name="Loire", code="42", region=region)
    SiteFactory(
        name="PIMMS de Saint-Étienne",
        association=AssociationFactory(name="PIMMS Métropole Stéphanoise"),
        commune=CommuneFactory(name="Saint-Étienne", department=department),
        address="3 place de la République",
        postcode="42000",
    )
    SiteFactory(name="PIMMS de Bron", commune__name="Bron", commune__department__name="Rhône", address="1 rue Zola")
    assert found(query) == ["PIMMS de Saint-Étienne"]


@pytest.mark.parametrize("query", ["8e", "8ème", "8 e", "lyon 8", "Lyon 8ème"])
def test_search_takes_ordinals_in_every_spelling(query):
    SiteFactory(name="PIMMS de Lyon 8e", commune__name="Lyon 8e Arrondissement")
    assert found(query) == ["PIMMS de Lyon 8e"]


@pytest.mark.parametrize("query", ["ain", "tienne", "int"])
def test_search_compares_beginnings_of_words_only(query):
    SiteFactory(name="PIMMS de Saint-Étienne")
    assert found(query) == []


def test_search_wants_every_word():
    SiteFactory(name="PIMMS de Lyon 8e", commune__name="Lyon")
    SiteFactory(name="PIMMS de Lyon 7e", commune__name="Lyon")
    assert found("lyon 7e") == ["PIMMS de Lyon 7e"]
    assert found("lyon zanzibar") == []


def test_search_knows_former_names_and_finds_a_site_once():
    site = SiteFactory(name="PIMMS Bourgogne du Sud")
    SiteAliasFactory(site=site, name="PIMMS Canton de Chauffailles")
    SiteAliasFactory(site=site, name="PIMMS de Chauffailles")
    assert found("Chauffailles") == ["PIMMS Bourgogne du Sud"]


def test_search_finds_a_bus_by_its_base_and_by_its_department():
    SiteFactory(mobile=True, name="Bus PIMMS", base="Rennes", department__name="Ille-et-Vilaine")
    assert found("rennes") == found("ille et vilaine") == ["Bus PIMMS"]


def words_begin(query: str) -> set[int]:
    """The sites that it should find, by reading every text."""
    texts = Site.objects.values_list("pk", "search_text")
    return {pk for pk, text in texts if all(f" {word}" in text for word in search_words(query))}


@pytest.mark.parametrize("query", ["p", "pim", "pimms", "Médiation France Services", "pimms de france"])
def test_search_for_words_of_every_site_finds_every_site(directory, query):
    found = set(Site.objects.search(query).values_list("pk", flat=True))
    assert found == words_begin(query) == set(Site.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["de", "l", "le", "d l", "zzz", "38", "pimms melun", "mairie", "rue g", "st e"])
def test_search_finds_what_reading_every_text_finds(directory, query):
    assert set(Site.objects.search(query).values_list("pk", flat=True)) == words_begin(query)


@pytest.mark.parametrize("query", ["z" * 5_000, " ".join(f"w{number}" for number in range(600)), "and or not near"])
def test_search_takes_any_number_and_length_of_words(query):
    SiteFactory()
    assert list(Site.objects.search(query)) == []


@pytest.mark.parametrize("query", ["", "   ", "’ -", "\x00"])
def test_search_without_a_word_leaves_everything(query):
    SiteFactory.create_batch(2)
    assert Site.objects.search(query).count() == 2


@pytest.mark.parametrize("query", ["%", "_", "100%", "\\", "a\x00b", "'; --", "é" * 2_000])
def test_search_survives_any_text(query):
    SiteFactory(name="PIMMS de Bron")
    list(Site.objects.search(query))


# The folded columns follow every edit


def test_search_text_follows_the_site():
    site = SiteFactory(name="PIMMS d’Aurillac", address="1 rue des Carmes")
    site.name, site.address = "PIMMS du Cantal", "2 rue des Forgerons"
    site.save()
    assert found("carmes") == []
    assert found("forgerons") == found("cantal") == ["PIMMS du Cantal"]
    assert found("aurillac") == ["PIMMS du Cantal"], "its former name is kept by itself"


def test_search_text_follows_association_commune_department_and_region():
    site = SiteFactory(name="PIMMS n° 1")
    related = (site.association, site.commune, site.department, site.department.region)
    for record, name in zip(related, ("Passerelle", "Figeac", "Cantal", "Gascogne"), strict=True):
        assert found(name) == []
        record.name = name
        record.save()
        assert found(name) == ["PIMMS n° 1"]


def test_search_text_follows_former_names_added_and_removed():
    site = SiteFactory()
    alias = SiteAliasFactory(site=site, name="PIMMS de Sigean")
    assert found("sigean") == [site.name]
    alias.delete()
    assert found("sigean") == []


def test_search_text_follows_a_former_name_given_to_another_site():
    wrong, right = SiteFactory.create_batch(2)
    alias = SiteAliasFactory(site=wrong, name="PIMMS de Sigean")
    alias.site = right
    alias.save()
    assert found("sigean") == [right.name]


def test_refreshing_mends_stale_texts_and_tells_how_many():
    stale, _fresh = SiteFactory.create_batch(2)
    Site.objects.filter(pk=stale.pk).update(search_text="")
    assert Site.objects.refresh_computed_columns() == 1
    assert Site.objects.refresh_computed_columns() == 0


def test_refreshing_takes_the_same_queries_for_one_site_and_for_sixty(django_assert_num_queries):
    for count in (1, 59):
        SiteFactory.create_batch(count)
        Site.objects.update(search_text="")
        with django_assert_num_queries(4):  # sites, former names, update
            Site.objects.refresh_computed_columns()


def test_commune_name_is_folded_when_saved():
    commune = CommuneFactory(name="L’Haÿ-les-Roses")
    assert commune.search_name == "l hay les roses"
    commune.name = "Évry-Courcouronnes"
    commune.save()
    assert Commune.objects.get().search_name == "evry courcouronnes"


# QuerySet verbs


def test_labelled_leaves_out_sites_that_closed_or_lost_the_label():
    SiteFactory(name="ouvert")
    SiteFactory(label_ended_on=date(2024, 1, 1))
    SiteFactory(closed_on=date(2024, 1, 1))
    assert [site.name for site in Site.objects.labelled()] == ["ouvert"]


def test_open_on_finds_each_site_that_opens_that_day_once():
    site = SiteFactory()
    OpeningPeriodFactory(site=site, weekday=6, opens=time(9), closes=time(12))
    OpeningPeriodFactory(site=site, weekday=6, opens=time(14), closes=time(17))
    OpeningPeriodFactory(weekday=5)
    assert list(Site.objects.filter(opens_on(6))) == [site]
    assert list(Site.objects.filter(opens_on(7))) == []


@pytest.mark.slow
def test_list_with_place_and_hours_takes_three_queries_for_one_site_and_for_sixty(django_assert_num_queries):
    for count in (1, 59):
        for site in SiteFactory.create_batch(count):
            OpeningPeriodFactory.create_batch(4, site=site)
        with django_assert_num_queries(3):
            for site in Site.objects.with_place().with_hours():
                assert not site.today.notices
                assert site.association.name
                assert site.wave.name
                assert site.department.region.name
                assert site.place_name
                assert len(site.week) == 7


@pytest.mark.parametrize(
    ("table", "create"),
    [
        ("departments", lambda **values: SiteFactory(**values).department),
        ("regions", lambda **values: SiteFactory(**values).department.region),
    ],
)
def test_site_counts_count_labelled_sites_only(table, create):
    busy = create()
    SiteFactory(
        association=Association.objects.get(sites__isnull=False),
        department=Department.objects.get(sites__isnull=False),
    )
    quiet = create(closed_on=date(2024, 1, 1))
    ended = create(label_ended_on=date(2024, 1, 1))
    counts = {pk: record.site_count for pk, record in getattr(lookup_tables(), table).items()}
    assert counts == {busy.pk: 2, quiet.pk: 0, ended.pk: 0}


def test_names_sort_as_a_french_reader_expects():
    for name in (
        "Zuydcoote",
        "Évry",
        "Dole",
        "Echirolles",
        "Œuilly",
        "Saint-Denis",
        "Saint Émilion",
        "L’Isle",
        "Lille",
    ):
        CommuneFactory(name=name)
    assert [commune.name for commune in Commune.objects.all()] == [
        "Dole", "Echirolles", "Évry", "L’Isle", "Lille", "Œuilly", "Saint-Denis", "Saint Émilion", "Zuydcoote",
    ]  # fmt: skip


def test_sites_sort_by_slug_byte_by_byte_on_every_database():
    for slug in ("pimms-de-lyon", "pimms-delle", "pimms-a", "pimms-1", "pimms-de"):
        SiteFactory(slug=slug)
    slugs = [site.slug for site in Site.objects.all()]
    assert slugs == sorted(slugs)
    assert [site.slug for site in Site.objects.order_by(Upper("slug"))] == sorted(slugs, key=str.upper)


# Natural keys, with which fixtures refer to records


@pytest.mark.parametrize(
    "factory",
    [
        RegionFactory,
        DepartmentFactory,
        CommuneFactory,
        PostcodeFactory,
        AssociationFactory,
        SiteFactory,
        OpeningPeriodFactory,
        SiteAliasFactory,
        ListingFactory,
    ],
)
def test_natural_key_leads_back_to_its_record(factory):
    factory()
    record = factory()
    assert type(record)._default_manager.get_by_natural_key(*record.natural_key()) == record


def test_site_answers_to_the_slug_that_it_once_had():
    site = SiteFactory()
    SiteAliasFactory(site=site, slug="pimms-de-sigean")
    SiteAliasFactory(site=site, slug="pimms-du-narbonnais")
    assert Site.objects.get_by_natural_key("pimms-de-sigean") == site
    assert Site.objects.get_by_natural_key(site.slug) == site


# Records in words


def test_former_address_may_not_be_the_present_one_of_a_site():
    site = SiteFactory(slug="pimms-de-bron")
    with pytest.raises(ValidationError) as refusal:
        SiteAliasFactory.build(site=site, slug="pimms-de-bron").full_clean()
    assert refusal.value.message_dict == {"slug": ["« pimms-de-bron » est l’adresse actuelle d’un site."]}


def test_phone_link_carries_the_country_code():
    assert SiteFactory(phone="04 76 33 06 56").phone_uri == "tel:+33476330656"


def test_place_is_the_commune_or_the_department_of_what_has_no_desk():
    assert SiteFactory(commune__name="Bron").place_name == "Bron"
    assert SiteFactory(mobile=True, department__name="Gard").place_name == "Gard"


def test_week_is_empty_when_no_hours_are_known():
    site = SiteFactory()
    assert site.week == []
    OpeningPeriodFactory(site=site, weekday=3, opens=time(9), closes=time(12))
    assert [len(day.periods) for day in Site.objects.get(pk=site.pk).week] == [0, 0, 1, 0, 0, 0, 0]


def test_kinds_are_told_apart():
    assert SiteFactory().is_fixed
    assert SiteFactory(mobile=True).is_mobile
    team = SiteFactory(multisite=True)
    assert not team.is_fixed
    assert not team.is_mobile


def test_records_introduce_themselves_in_french():
    site = SiteFactory(
        name="PIMMS de Bron",
        commune__name="Bron",
        commune__department__code="69",
        commune__department__name="Rhône",
    )
    assert str(site) == "PIMMS de Bron"
    assert str(site.commune) == "Bron (69)"
    assert str(site.department) == "Rhône (69)"
    assert str(OpeningPeriodFactory(weekday=1, opens=time(9), closes=time(12, 30))) == "lundi 09:00–12:30"
    assert str(ListingFactory(row=4, site=site)) == "4 · PIMMS de Bron"


@pytest.mark.parametrize("factory", [RegionFactory, DepartmentFactory, AssociationFactory, SiteFactory])
def test_address_of_a_page_carries_slugs_and_no_key(factory):
    record = factory()
    assert record.get_absolute_url().rstrip("/").endswith(record.slug)


def test_names_of_communes_are_looked_up_by_their_beginning(directory):
    assert Commune.objects.filter(name_begins("GREN")).count() == 0
    assert "grenoble" in Commune.objects.filter(name_begins("gren")).values_list("search_name", flat=True)


@pytest.mark.ignore_template_errors
def test_hours_are_found_by_their_site_in_the_admin(admin_client):
    wanted = OpeningPeriodFactory(site__name="PIMMS de Quelimane")
    OpeningPeriodFactory()
    address = reverse("admin:directory_openingperiod_changelist")
    for query, found in (("quéli", [wanted]), ("zanzibar", []), ("’", list(OpeningPeriod.objects.all()))):
        result = admin_client.get(address, {"q": query}).context["cl"].queryset
        assert set(result) == set(found)


def test_site_counts_of_waves_include_sites_that_closed_since():
    wave, other = WaveFactory.create_batch(2)
    SiteFactory(wave=wave)
    SiteFactory(wave=wave, closed_on=date(2031, 1, 1))
    counts = {pk: wave.site_count for pk, wave in lookup_tables().waves.items()}
    assert counts == {wave.pk: 2, other.pk: 0}


def test_a_label_counts_from_its_day_on(client):
    """A published wave of tomorrow: its sites have pages, and no list, count or file has them until then."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    site = SiteFactory(
        wave=WaveFactory(effective_on=tomorrow, announced_on=timezone.localdate(), announced_source="CITP")
    )
    other = SiteFactory()
    assert [each.slug for each in Site.objects.labelled()] == [other.slug]
    page = client.get(site.get_absolute_url()).content.decode()
    assert "Ce PIMMS aura le label France Services le" in page
    for address in ("/pimms/", "/pimms.csv", "/pimms.json", "/regions.json", site.department.get_absolute_url()):
        response = client.get(address)
        content = (response.getvalue() if response.streaming else response.content).decode()
        assert site.name not in content, address
    site.wave.effective_on = timezone.localdate()
    site.wave.save()
    assert site.name in client.get("/pimms.csv").getvalue().decode()
    assert "aura le label" not in client.get(site.get_absolute_url()).content.decode()


@pytest.mark.parametrize("field", ["contact_checked_on", "label_ended_on", "closed_on"])
def test_days_to_come_of_a_site_are_refused(field):
    site = SiteFactory()
    setattr(site, field, timezone.localdate() + timedelta(days=1))
    site.contact_source = "Appel"
    with pytest.raises(ValidationError) as refusal:
        site.full_clean()
    assert list(refusal.value.message_dict) == [field]
