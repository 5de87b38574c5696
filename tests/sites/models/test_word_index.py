"""The index of words: the same sites as by reading every text, whatever way the texts change, and it is used."""

import random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pimms_directory.base.folding import search_words
from sites.models import Commune, OpeningPeriod, Site, word_index
from sites.search.groups import found_by, labelled_groups
from tests.benchmarks import synthetic
from tests.factories import OpeningPeriodFactory, SiteFactory

pytestmark = pytest.mark.django_db


def by_reading(query: str) -> set[int]:
    texts = Site.objects.values_list("pk", "search_text")
    return {pk for pk, text in texts if all(f" {word}" in text for word in search_words(query))}


def by_index(query: str) -> set[int]:
    return set(Site.objects.search(query).values_list("pk", flat=True))


def has(word: str) -> list[str]:
    return list(Site.objects.filter(search_text__has_words=[word]).values_list("name", flat=True))


def prefixes(count: int) -> list[str]:
    """One, two or three beginnings of words of the texts, a letter off now and then."""
    chance = random.Random(7)
    words = sorted({word for text in Site.objects.values_list("search_text", flat=True) for word in text.split()})

    def prefix() -> str:
        word = chance.choice(words)
        return word[: chance.randint(1, len(word))] + chance.choice(("", "", "", "", "z", "9"))

    return [" ".join(prefix() for _ in range(chance.choice((1, 1, 2, 3)))) for _ in range(count)]


def test_it_finds_what_reading_every_text_finds(directory):
    synthetic.save(synthetic.invented(150, seed=2))
    queries = prefixes(400)
    for query in queries:
        assert by_index(query) == by_reading(query), query
    assert sum(bool(by_index(query)) for query in queries) > 100


@pytest.mark.parametrize("query", ["p", "pim", "pimms", "Médiation France Services", "pimms de france"])
def test_words_of_every_site_find_every_site(directory, query):
    assert by_index(query) == by_reading(query) == by_index("")


@pytest.mark.parametrize("query", ["de", "l", "le", "d l", "zzz", "38", "pimms melun"])
def test_little_and_missing_words_are_found_as_by_reading(directory, query):
    assert by_index(query) == by_reading(query)


@pytest.mark.parametrize("query", ["z" * 5_000, " ".join(f"w{number}" for number in range(600)), "and or not near"])
def test_any_number_and_length_of_words_is_no_error(query):
    SiteFactory()
    assert by_index(query) == set()


def test_it_follows_every_way_in_which_a_text_changes():
    site, other = SiteFactory.create_batch(2)
    Site.objects.filter(pk=site.pk).update(search_text=" quelimane ")
    assert has("queli") == [site.name]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE directory_site SET search_text = ' beira ' WHERE id = %s", [site.pk])
    assert (has("quelimane"), has("beira")) == ([], [site.name])
    other.search_text = " beira tete "
    Site.objects.bulk_update([other], ["search_text"])
    assert len(has("beira")) == 2
    Site.objects.filter(pk=other.pk).delete()
    assert (has("beira"), has("tete")) == ([site.name], [])
    other.pk = None
    Site.objects.bulk_create([other])
    assert has("tete") == [other.name]


def test_what_is_rolled_back_is_not_found():
    site = SiteFactory()
    with transaction.atomic():
        Site.objects.update(search_text=" quelimane ")
        assert has("quelimane") == [site.name]
        transaction.set_rollback(True)
    assert has("quelimane") == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps an index with its table")
def test_migrate_puts_back_a_lost_trigger_and_builds_the_index_anew():
    site = SiteFactory()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER site_words_update")
        Site.objects.update(search_text=" quelimane ")
        assert has("quelimane") == []
        word_index.install()
        assert has("quelimane") == [site.name]
        Site.objects.update(search_text=" beira ")
        assert (has("quelimane"), has("beira")) == ([], [site.name])
        cursor.execute("INSERT INTO site_words (site_words, rank) VALUES ('integrity-check', 1)")


def test_a_database_from_before_gets_the_index_of_the_sites_it_has():
    site = SiteFactory(name="PIMMS de Quelimane")
    connection.check_constraints()  # PostgreSQL makes no index while some wait for the end of the transaction
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP INDEX site_words")
        else:
            for name in word_index.TRIGGERS:
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute("DROP TABLE site_words")
    word_index.install()
    assert has("quelimane") == [site.name]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(word_index.READY, [word_index.NAME])
            assert cursor.fetchone()


def test_a_search_asks_the_index_and_reads_no_other_site(directory):
    """PostgreSQL would rather read some fifty rows than any index: it is asked what it would do with many."""
    synthetic.save(synthetic.invented(1_000, seed=3))
    synthetic.refresh_statistics()
    for word in ("aurillac", "mairie"):  # a town, and what many sites have
        plan = Site.objects.labelled().search(word)[:20].explain()
        assert word_index.NAME in plan
        assert "Seq Scan on directory_site" not in plan
        assert "SCAN directory_site" not in plan
        assert "directory_site_slug" not in plan  # the index that PostgreSQL would read from its start


def test_counts_are_not_read_through_a_cursor(directory):
    """PostgreSQL plans those for their first rows: it would read all sites in the order of the groups."""
    with CaptureQueriesContext(connection) as queries:
        labelled_groups()
        assert found_by(("gare",)).keys
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"] * 3


def test_names_of_communes_are_looked_up_by_their_beginning(directory):
    plan = Commune.objects.filter(search_name__startswith="gren").explain()
    if connection.vendor == "sqlite":
        assert "search_name>? AND search_name<?" in plan
    assert Commune.objects.filter(search_name__startswith="GREN").count() == 0
    assert "grenoble" in Commune.objects.filter(search_name__startswith="gren").values_list("search_name", flat=True)


@pytest.mark.ignore_template_errors
def test_hours_are_found_by_their_site_in_the_admin(admin_client):
    wanted = OpeningPeriodFactory(site__name="PIMMS de Quelimane")
    OpeningPeriodFactory()
    address = reverse("admin:directory_openingperiod_changelist")
    for query, found in (("quéli", [wanted]), ("zanzibar", []), ("’", list(OpeningPeriod.objects.all()))):
        result = admin_client.get(address, {"q": query}).context["cl"].queryset
        assert set(result) == set(found)


def test_a_word_takes_two_queries(directory, django_assert_num_queries):
    """Who has it, and what groups them."""
    with django_assert_num_queries(2):
        groups = found_by(("melun",)).groups
    assert groups.count(groups.all) >= 1


def test_a_word_that_nobody_has_takes_one(directory, django_assert_num_queries):
    with django_assert_num_queries(1):
        groups = found_by(("xyzzy",)).groups
    assert groups.count(groups.all) == 0
