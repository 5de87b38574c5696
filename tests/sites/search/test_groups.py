"""What words find, and what stands far down a list, comes from memory: the same pages as from the database."""

import pytest
from django.test import Client

from pimms_directory.base.memo import forget, reading
from sites.models import Site
from sites.search import filters, groups, pagination
from sites.search.facets import Wanted, keys_by_name, tally
from sites.search.groups import COLUMNS, Groups, Roll, found_by, in_order, labelled, labelled_groups, unplaced
from sites.search.pagination import ByNamePaginator
from tests.benchmarks import synthetic

pytestmark = pytest.mark.django_db

QUERIES = [
    "page=7",
    "region=bretagne&page=2",
    "jour=samedi",
    "vague=2021-01&labellise_avant=2021-12-31",
    "lieu=Bretagne",
    "departement=38&tri=nom",
    "q=mairie",
    "q=Mairie&page=2",
    "q=mairie&page=999",
    "q=mairie&tri=nom",
    "q=rue&region=auvergne-rhone-alpes",
    "q=rue&departement=38",
    "q=rue&vague=2019-11&jour=lundi&type=fixe",
    "q=rue&labellise_apres=2020-01-01",
    "q=rue+mairie",
    "q=rue&lieu=Isère",
    "q=rue&lieu=Grenoble",
    "q=rue&lieu=Grenoble&tri=nom",
    "q=rue&lieu=Xyzzy",
    "q=zzz",
    "q=pimms",
    f"q={'x' * 99}",
]


@pytest.fixture
def many(directory, monkeypatch):
    """Some hundreds of sites, of which a few count as many."""
    synthetic.save(synthetic.invented(400, seed=5))
    monkeypatch.setattr(groups, "MANY", 0)
    monkeypatch.setattr(pagination, "FAR", 0)


def page(query: str) -> bytes:
    forget()
    return Client().get(f"/pimms/?{query}").content


@pytest.mark.parametrize("query", QUERIES)
def test_a_page_is_the_one_that_the_database_gives(many, monkeypatch, query):
    in_memory = page(query)
    monkeypatch.setattr(groups, "MANY", 10_000)
    monkeypatch.setattr(pagination, "FAR", 10_000)
    assert page(query) == in_memory
    monkeypatch.setattr(filters.SiteFilter, "by_name", None)
    assert page(query) == in_memory


def test_pages_by_name_are_cut_from_what_was_found(many):
    second = Client().get("/pimms/?q=mairie&page=2").context["page_obj"]
    assert isinstance(second.paginator, ByNamePaginator)
    assert [site.slug for site in second] == list(
        Site.objects.labelled().search("mairie").values_list("slug", flat=True)[20:40]
    )


def test_the_labelled_sites_are_known_by_their_slugs_and_groups(many):
    roll = labelled()
    rows = list(in_order(Site.objects.labelled()))
    assert list(roll.keys) == [key for key, *_values in rows]
    numbers = [roll.groups.number(tuple(values)) for _key, *values in rows]
    assert list(roll.numbers) == numbers


def test_a_site_that_was_edited_after_the_groups_were_counted_is_left_out(many):
    """Until the page learns that the data changed, and is made again."""
    counted = labelled_groups()
    edited, other = Site.objects.labelled()[:2]
    Site.objects.filter(pk=edited.pk).update(open_days=127)
    roll = Roll.of(in_order(Site.objects.labelled()), counted)
    assert edited.pk not in roll.keys
    assert other.pk in roll.keys


def test_counts_of_some_groups_are_those_of_their_sites(many):
    """However many sites each has."""
    kept = list(labelled().keys)[::3]
    some = labelled().only(kept)
    anew = Roll.of(in_order(Site.objects.filter(pk__in=kept)))
    assert list(some.keys) == list(anew.keys)
    for column in COLUMNS:
        assert some.groups.counts(column, some.groups.all) == anew.groups.counts(column, anew.groups.all)


def test_sites_without_the_label_are_not_found(many):
    gone = Site.objects.labelled().search("rue").first()
    before = found_by(("rue",)).groups
    Site.objects.filter(pk=gone.pk).update(closed_on="2024-01-01")
    after = found_by(("rue",)).groups
    assert after.count(after.all) == before.count(before.all) - 1
    assert gone.pk not in keys_by_name(Wanted(words=("rue",)), 0, 1_000)


def test_desks_without_a_position_are_counted_among_those_found(many):
    lost = Site.objects.labelled().filter(kind="fixed").search("rue").first()
    Site.objects.filter(pk=lost.pk).update(position_latitude=None, position_longitude=None)
    assert tally(Wanted(words=("rue",), unplaced=True)).total == 1
    lost_desks = Site.objects.labelled().filter(kind="fixed", position_latitude=None)
    assert list(unplaced().keys) == list(lost_desks.order_by("slug").values_list("pk", flat=True))
    assert tally(Wanted(unplaced=True)).total == lost_desks.count()


def test_a_word_that_many_have_is_looked_up_once(many, django_assert_num_queries):
    with reading():
        assert labelled().groups.options
        with django_assert_num_queries(1):
            assert found_by(("rue",)).keys
            assert keys_by_name(Wanted(words=("rue",)), 0, 20)


def test_sizes_of_groups_add_up(many):
    """By their binary digits."""
    sizes = {number: number + 1 for number in range(0, 40, 3)}
    some = labelled_groups().with_sizes(sizes)
    assert some.count(some.all) == sum(sizes.values())
    for number, size in sizes.items():
        assert some.count(1 << number) == size


def test_nothing_is_found_among_nothing():
    nothing = Roll.of([])
    assert list(nothing.only([1, 2]).keys) == []
    assert list(nothing.within(0)) == []
    assert Groups([]).with_sizes({}).all == 0
