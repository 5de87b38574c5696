"""What changed from one release to the next."""

import pytest

from labels.models import PressRelease
from sites.models import Site
from sites.pages.release_comparison import compare, compare_with_release_before
from tests.factories import ListingFactory, PressReleaseFactory, SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def releases():
    return PressReleaseFactory.create_batch(2)


def printed(releases, before: str, after: str):
    """The comparison of two releases that each print one line, of the same site."""
    earlier, release = releases
    site = SiteFactory()
    old = ListingFactory(release=earlier, site=site, name_printed=before)
    new = ListingFactory(release=release, site=site, name_printed=after)
    return compare([new], earlier, [old])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PIMMS Évry", "PIMMS Evry"),
        ("PIMMS Artois-Gohelle", "PIMMS Artois Gohelle"),
        ("PIMMS Pays de l’Orne", "PIMMS PAYS DE L'ORNE"),
        ("PIMMS St-Étienne", "PIMMS Saint-Étienne"),
    ],
)
def test_spelling_alone_renames_nobody(releases, before, after):
    found = printed(releases, before, after)
    assert (len(found.unchanged), found.completed, found.renamed) == (1, [], [])


@pytest.mark.parametrize(
    ("before", "after"),
    [("PIMMS Isère", "PIMMS Isère - La Villeneuve"), ("PIMMS Isère – La Villeneuve", "PIMMS Isere")],
)
def test_place_after_a_dash_completes_the_name(releases, before, after):
    found = printed(releases, before, after)
    assert (len(found.completed), found.unchanged, found.renamed) == (1, [], [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PIMMS Villeurbanne", "PIMMS Villeurbane"),
        ("PIMMS Isère – La Villeneuve", "PIMMS ISERE - La Vilelneuve"),
        ("PIMMS Isère", "PIMMS Isèrre - La Villeneuve"),
    ],
)
def test_a_misprint_renames_nobody(releases, before, after):
    found = printed(releases, before, after)
    assert (len(found.misprinted), found.unchanged, found.completed, found.renamed) == (1, [], [], [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PIMMS Brest 1", "PIMMS Brest 2"),
        ("PIMMS Paris", "PIMMS Paris Sud"),  # no dash: another name
        ("PIMMS Canton de Chauffailles", "PIMMS Bourgogne du Sud - Melay"),
        ("PIMMS Isère - La Villeneuve", "PIMMS Isère - Villefontaine"),
    ],
)
def test_another_name_is_a_renaming(releases, before, after):
    found = printed(releases, before, after)
    assert (len(found.renamed), found.unchanged, found.completed) == (1, [], [])


def test_line_that_slipped_by_a_column_keeps_its_name(releases):
    earlier, release = releases
    old = ListingFactory(release=earlier, name_printed="PIMMS Yvelines")
    new = ListingFactory(
        release=release,
        site=old.site,
        region_printed="Yvelines",
        department_printed="PIMMS Yvelines",
        commune_printed="",
        name_printed="",
    )
    assert len(compare([new], earlier, [old]).unchanged) == 1


def test_sites_that_come_and_go(releases):
    earlier, release = releases
    gone = ListingFactory(release=earlier)
    announced = ListingFactory(release=release, marked_new=True)
    unannounced = ListingFactory(release=release)
    found = compare([announced, unannounced], earlier, [gone])
    assert (found.announced, found.unannounced, found.gone) == ([announced], [unannounced], [gone])
    assert found.new_count == 2


def test_identical_lines_are_not_told_apart(releases):
    earlier, release = releases
    cells = {
        "region_printed": "",
        "department_printed": "Finistère",
        "commune_printed": "Brest",
        "name_printed": "PIMMS Brest",
    }
    old = [ListingFactory(release=earlier, **cells) for _ in range(2)]
    new = [ListingFactory(release=release, site=line.site) for line in old]
    other = ListingFactory(release=earlier)
    new.append(ListingFactory(release=release, site=other.site, name_printed=other.name_printed))
    assert [change.line for change in compare(new, earlier, [*old, other]).uncertain] == new[:2]


def test_the_release_before_is_the_last_one_before():
    first, second, third = PressReleaseFactory.create_batch(3)
    assert PressRelease.objects.before(third) == second
    assert PressRelease.objects.before(first) is None
    assert compare_with_release_before(first, []) is None


def test_comparison_of_the_two_releases(directory):
    """Recomputed from the lines, in another way than the code does it."""
    earlier, release = (PressRelease.objects.get(slug=slug) for slug in ("2019-11-22", "2020-10-14"))
    found = compare_with_release_before(release, release.listings.with_site())
    before, after = (
        {line.site_id: line for line in each.listings.select_related("site")} for each in (earlier, release)
    )
    assert found.earlier == earlier
    assert found.gone == [] and before.keys() <= after.keys()
    assert found.new_count == 20 == len(after.keys() - before.keys())
    assert len(found.announced) == 13 == sum(line.marked_new for line in after.values())
    assert {line.site.wave.code for line in found.unannounced} == {"2020-02"}
    # The directory keeps the former name of a site, as an alias, exactly where the comparison finds a renaming.
    assert {change.line.site for change in found.renamed} == set(Site.objects.filter(aliases__isnull=False))
    assert len(found.renamed) == 9
    groups = (found.renamed, found.completed, found.unchanged)
    assert [len(group) for group in groups] == [9, 11, 13]
    assert sum(map(len, groups)) == 33 == len(before)
    assert {change.line.site.slug for change in found.uncertain} == {"pimms-brest-keredern", "pimms-brest-pontanezen"}
