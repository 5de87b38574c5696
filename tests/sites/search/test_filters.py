"""What the parameters of the list do, what they are told, and what each choice would give."""

import csv
import io
import json
from datetime import date

import pytest
from django.http import QueryDict
from openpyxl import load_workbook

from pimms_directory.base.memo import reading
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Listing, Site
from sites.models.lookup_tables import lookup_tables
from sites.search.filters import SiteFilter
from sites.search.messages import problems, ways_out
from tests.factories import ListingFactory, OpeningPeriodFactory, PressReleaseFactory, SiteAliasFactory, SiteFactory

pytestmark = pytest.mark.django_db


def slugs_of(query: str) -> list[str]:
    return [site.slug for site in bound(query).qs]


def bound(query: str) -> SiteFilter:
    return SiteFilter(QueryDict(query), Site.objects.labelled(), tables=lookup_tables())


@pytest.fixture
def three():
    villeneuve = SiteFactory(
        name="PIMMS Isère – La Villeneuve",
        slug="la-villeneuve",
        commune__department__code="38",
        commune__department__name="Isère",
        commune__department__slug="isere",
        commune__department__region__slug="auvergne-rhone-alpes",
        commune__name="Grenoble",
        postcode="38100",
        wave__code="2020-01",
        wave__effective_on=date(2020, 1, 1),
        association__slug="pimms-isere",
    )
    cotonne = SiteFactory(
        name="PIMMS Métropole Stéphanoise – La Cotonne",
        slug="la-cotonne",
        commune__department__code="42",
        commune__department__name="Loire",
        commune__department__slug="loire",
        commune__department__region=villeneuve.department.region,
        commune__name="Saint-Étienne",
        postcode="42100",
        wave__code="2020-09",
        wave__effective_on=date(2020, 9, 1),
    )
    bus = SiteFactory(
        mobile=True,
        name="PIMMS Rennes – PIMMS mobile",
        slug="bus-rennes",
        department__code="35",
        department__name="Ille-et-Vilaine",
        department__slug="ille-et-vilaine",
        department__region__slug="bretagne",
        wave=villeneuve.wave,
    )
    OpeningPeriodFactory(site=villeneuve, weekday=6)
    OpeningPeriodFactory(site=villeneuve, weekday=1)
    OpeningPeriodFactory(site=bus, weekday=1)
    return villeneuve, cotonne, bus


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("", ["bus-rennes", "la-cotonne", "la-villeneuve"]),
        ("region=auvergne-rhone-alpes", ["la-cotonne", "la-villeneuve"]),
        ("departement=42", ["la-cotonne"]),
        ("vague=2020-01", ["bus-rennes", "la-villeneuve"]),
        ("labellise_apres=2020-01-02", ["la-cotonne"]),
        ("labellise_apres=02/01/2020", ["la-cotonne"]),
        ("labellise_apres=02.01.2020", ["la-cotonne"]),
        ("labellise_apres=2020-01-01&labellise_avant=2020-01-01", ["bus-rennes", "la-villeneuve"]),
        ("type=mobile", ["bus-rennes"]),
        ("type=fixe", ["la-cotonne", "la-villeneuve"]),
        ("association=pimms-isere", ["la-villeneuve"]),
        ("jour=samedi", ["la-villeneuve"]),
        ("jour=lundi&type=fixe", ["la-villeneuve"]),
        ("jour=dimanche", []),
        ("q=st+etienne", ["la-cotonne"]),
        ("q=38100", ["la-villeneuve"]),
        ("q=ISERE", ["la-villeneuve"]),
        ("q=ille+et+vilaine", ["bus-rennes"]),
        ("q=villeneuve&region=bretagne", []),
        ("tri=departement", ["bus-rennes", "la-villeneuve", "la-cotonne"]),
        ("tri=date", ["la-cotonne", "bus-rennes", "la-villeneuve"]),
        ("inconnu=1&q=", ["bus-rennes", "la-cotonne", "la-villeneuve"]),
    ],
)
def test_each_parameter_narrows_or_sorts_the_list(three, query, slugs):
    assert slugs_of(query) == slugs
    assert problems(bound(query)) == []


def test_former_names_are_found(three):
    SiteAliasFactory(site=three[0], name="PIMMS du Dauphiné")
    assert slugs_of("q=dauphine") == ["la-villeneuve"]


def test_former_members_are_not_listed(three):
    three[0].label_ended_on = date(2024, 1, 1)
    three[0].save()
    assert "la-villeneuve" not in slugs_of("")


@pytest.mark.parametrize(
    ("query", "value", "label"),
    [
        ("region=atlantide", "atlantide", "Région"),
        ("departement=99", "99", "Département"),
        ("departement=%00", "�", "Département"),
        ("vague=1999-01", "1999-01", "Date du label"),
        ("labellise_apres=hier", "hier", "Label reçu à partir du"),
        ("labellise_avant=31/13/2020", "31/13/2020", "Label reçu jusqu’au"),
        ("type=fusee", "fusee", "Type"),
        ("association=x", "x", "Association"),
        ("jour=fête", "fête", "Ouvert le"),
        ("tri=hasard", "hasard", "Tri"),
        (f"q={'a' * 101}", "a" * 60 + "…", "Recherche"),
        ("q=%00", "�", "Recherche"),
    ],
)
def test_a_bad_value_is_named_and_left_out(three, query, value, label):
    result = bound(f"{query}&jour=samedi" if "jour" not in query else query)
    [problem] = problems(result)
    assert f"«\u00a0{value}\u00a0»" in problem
    assert f"«\u00a0{label}\u00a0»" in problem
    assert [site.slug for site in result.qs] == (
        ["la-villeneuve"] if "jour" not in query else ["bus-rennes", "la-cotonne", "la-villeneuve"]
    )


def test_the_last_of_repeated_keys_counts(three):
    assert slugs_of("departement=38&departement=42") == ["la-cotonne"]


def choices(result: SiteFilter, name: str) -> dict[str, int]:
    """What the form offers: the values of a filter and their counts."""
    [facet] = [facet for facet in result.facets if facet.name == name]
    assert all(choice.text.endswith(f" ({choice.count})") for choice in facet.choices)
    return {choice.value: choice.count for choice in facet.choices}


def test_each_choice_carries_the_count_it_would_give_under_the_other_filters(three):
    result = bound("region=auvergne-rhone-alpes&vague=2020-01")
    assert choices(result, "region") == {"auvergne-rhone-alpes": 1, "bretagne": 1}
    assert choices(result, "vague") == {"2020-01": 1, "2020-09": 1}
    assert choices(result, "departement") == {"38": 1}
    assert choices(result, "jour") == {"lundi": 1, "samedi": 1}
    assert choices(result, "type") == {"fixe": 1}


@pytest.mark.parametrize("query", ["", "jour=lundi", "type=fixe&q=pimms", "region=bretagne&jour=samedi"])
def test_the_count_of_a_choice_is_what_following_it_gives(three, query):
    result = bound(query)
    for facet in result.facets:
        for value, count in choices(result, facet.name).items():
            followed = QueryDict(query, mutable=True)
            followed[facet.name] = value
            assert len(slugs_of(followed.urlencode())) == count, (facet.name, value)


def test_a_chosen_value_without_result_stays_among_the_choices(three):
    result = bound("departement=42&jour=samedi")
    assert choices(result, "departement") == {"38": 1, "42": 0}
    assert choices(result, "jour") == {"samedi": 0}
    [days] = [facet for facet in result.facets if facet.name == "jour"]
    assert (days.chosen, [choice.text for choice in days.choices]) == ("samedi", ["Samedi (0)"])


def test_facets_cost_nothing_while_the_data_stand(three, django_assert_num_queries):
    with reading():
        assert bound("type=fixe&jour=lundi").facets
    with django_assert_num_queries(1), reading():  # the revision
        result = bound("type=fixe&jour=lundi")
        assert choices(result, "type") == {"fixe": 1, "mobile": 1}
    three[2].delete()
    with reading():
        assert choices(bound("type=fixe&jour=lundi"), "type") == {"fixe": 1}


@pytest.mark.parametrize("query", ["", "jour=lundi", "q=pimms&vague=2020-01"])
def test_facets_take_one_query_for_three_sites_and_for_sixty(three, django_assert_num_queries, query):
    for more in (0, 57):
        SiteFactory.create_batch(more, wave=three[0].wave)
        result = bound(query)
        with django_assert_num_queries(1):
            assert result.facets


def test_counts_are_those_of_the_list_whatever_is_chosen(three):
    SiteFactory(name="Sans position", commune=None, wave=three[0].wave, department=three[0].department)
    around = "lat=45&lon=5"
    for query in ("lieu=38", "lieu=isère&type=fixe", around, f"{around}&jour=samedi", "q=cotonne"):
        result = bound(query)
        assert sum(choices(result, "vague").values()) == len(result.qs), query


def test_chips_say_what_is_active_and_remove_one_filter_each(three):
    chips = bound("region=bretagne&jour=lundi&labellise_avant=2020-01-01&tri=date&x=1").chips
    assert [(chip.label, chip.value) for chip in chips] == [
        ("Région", next(chip.value for chip in chips if chip.label == "Région")),
        ("Label reçu jusqu’au", "1er\u00a0janvier 2020"),
        ("Ouvert le", "lundi"),
    ]
    assert chips[2].query == "?region=bretagne&labellise_avant=2020-01-01&tri=date"


def test_an_empty_result_says_which_filter_to_drop(three):
    ways = ways_out(bound("region=bretagne&jour=samedi"))
    assert [(way.chip.label, way.count, way.keeps) for way in ways] == [("Région", 1, False), ("Ouvert le", 1, False)]


def test_an_empty_result_that_no_single_filter_explains_says_which_to_keep(three):
    ways = ways_out(bound("region=bretagne&jour=samedi&q=introuvable"))
    assert [(way.chip.label, way.count, way.keeps) for way in ways] == [("Région", 1, True), ("Ouvert le", 1, True)]


# The sites that a release names


@pytest.mark.parametrize(("slug", "number"), [("2019-11-22", 33), ("2020-10-14", 53)])
def test_a_release_names_its_sites_and_no_other(network, slug, number):
    named = set(Listing.objects.filter(release__slug=slug).values_list("site__slug", flat=True))
    found = slugs_of(f"communique={slug}")
    assert len(found) == number
    assert set(found) == named
    counted = {
        name: sum(choice.count for choice in choices) for name, choices in bound(f"communique={slug}").counts.items()
    }
    assert counted["vague"] == counted["region"] == counted["departement"] == counted["type"] == number
    assert "communique" not in counted, "the form does not offer it"


def test_a_release_goes_with_the_other_filters(network):
    assert len(slugs_of("communique=2020-10-14&vague=2020-09")) == 13
    assert len(slugs_of("communique=2020-10-14&vague=2020-02")) == 7
    assert len(slugs_of("communique=2019-11-22&vague=2020-01")) == 33
    assert slugs_of("communique=2020-10-14&labellise_apres=2020-10-01") == []
    assert slugs_of("communique=2020-10-14&departement=33") == []


def test_a_release_that_prints_a_site_twice_lists_it_once():
    release = PressReleaseFactory(published_on=date(2031, 5, 1))
    line = ListingFactory(release=release)
    ListingFactory(release=release, site=line.site)
    SiteFactory()
    found = bound("communique=2031-05-01")
    assert found.qs.count() == 1
    assert [choice.count for choice in found.counts["region"]] == [1]


def test_a_release_is_a_chip_by_its_date_that_the_form_keeps(client, network):
    (chip,) = bound("communique=2020-10-14").chips
    assert (chip.label, chip.value, chip.query) == ("Communiqué", "14\u00a0octobre 2020", "?")
    page = client.get("/pimms/?communique=2020-10-14").content.decode()
    assert '<input type="hidden" name="communique" value="2020-10-14">' in page
    assert 'name="communique"' not in client.get("/pimms/").content.decode()
    assert "communique=2020-10-14&amp;page=2" in page
    assert '/pimms.csv?communique=2020-10-14"' in page


@pytest.mark.parametrize("value", ["2020", "2020-10-15", "PIMMS", "2020-10-14x"])
def test_a_release_that_does_not_exist_is_named(network, value):
    [problem] = problems(bound(f"communique={value}"))
    said = f"« {value} » pour « Communiqué » : cette valeur est inconnue. Ce filtre n’est pas appliqué."
    assert problem.replace("\u00a0", " ") == said
    assert len(slugs_of(f"communique={value}")) == 91


def test_a_release_that_is_not_published_is_unknown():
    line = ListingFactory(release__publication=Publication.DRAFT)
    assert len(problems(bound(f"communique={line.release.slug}"))) == 1


@pytest.mark.parametrize(("slug", "number"), [("2019-11-22", 33), ("2020-10-14", 53)])
def test_every_format_has_the_sites_of_a_release(client, network, slug, number):
    def file(name: str) -> bytes:
        return b"".join(client.get(f"/pimms.{name}?communique={slug}").streaming_content)

    assert len(list(csv.DictReader(io.StringIO(file("csv").decode("utf-8-sig"))))) == number
    found = json.loads(file("json"))
    assert found["count"] == len(found["results"]) == number
    assert all(slug in {line["release"] for line in site["listings"]} for site in found["results"])
    assert len(json.loads(file("geojson"))["features"]) == number
    assert load_workbook(io.BytesIO(file("xlsx"))).active.max_row == number + 1
