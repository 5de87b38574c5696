"""A row that no official id ties to a site: an editor says which site it is, sees what that changes, and takes it."""

import re

import pytest
from django.urls import reverse

from sites.models import Site
from sites.staff.official_list.applying import apply
from sites.staff.official_list.comparison import compare
from tests.factories import SiteFactory
from tests.sites.staff.official_list.files import NEXT_DAY, edited, only_changed, records
from tests.sites.staff.official_list.test_admin import ticked

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.slow, pytest.mark.one_database]
NEW = "2748"  # Vizille: in the list, not yet in the directory of the releases


@pytest.fixture
def vizille(listed):
    """Entered by hand, without its official id."""
    from sites.models import Commune

    commune = Commune.objects.get(insee_code="38562")
    return SiteFactory(name="PIMMS de Vizille", commune=commune, department=commune.department, official_id=None)


def entry(comparison, official_id=NEW):
    return next(each for each in comparison.entries if each.official_id == official_id)


def keys(entry, *fields):
    return {each.key for each in entry.differences if each.field in fields}


def test_a_tie_is_shown_as_a_difference_then_kept_so_that_the_next_list_matches(vizille, kept_list):
    official_list = kept_list(only_changed(NEW), NEXT_DAY)
    ties = {NEW: vizille.pk}
    found = entry(compare(official_list, ties))
    assert found.site == vizille
    tie = found.differences[0]
    assert (tie.label, tie.old, tie.new.text, tie.is_ticked) == ("identifiant officiel", "", NEW, True)
    vizille.refresh_from_db()
    assert vizille.official_id is None, "nothing is written before the choice"

    outcome = apply(official_list, keys(found, "official_id", "phone"), ties=ties)
    assert outcome.refused == []
    vizille.refresh_from_db()
    assert vizille.official_id == NEW
    assert vizille.phone == next(row["telephone"] for row in records() if row["id_fs"] == NEW)
    assert vizille.name == "PIMMS de Vizille"
    later = compare(kept_list(only_changed(NEW, telephone="04 76 00 00 09"), NEXT_DAY.replace(month=12)))
    assert entry(later).site == vizille
    assert later.new == []


def test_values_are_not_taken_without_the_tie(vizille, kept_list):
    official_list, ties = kept_list(only_changed(NEW), NEXT_DAY), {NEW: vizille.pk}
    outcome = apply(official_list, keys(entry(compare(official_list, ties)), "phone"), ties=ties)
    assert outcome.taken == []
    assert outcome.refused == [
        "PIMMS de Vizille : cochez aussi « identifiant officiel » pour en reprendre les valeurs."
    ]


def test_a_site_of_another_row_is_refused(vizille, kept_list):
    data = edited()
    donzere = Site.objects.get(official_id="158")
    refused = entry(compare(kept_list(data, NEXT_DAY), {NEW: donzere.pk}))
    assert refused.site is None
    assert f"« {donzere.name} » est déjà rattaché à cette liste (n° 158), ou n’a plus de label." in refused.problems
    assert refused.new_site, "it can still become a new site"


@pytest.mark.parametrize("key", [0, 10**12])
def test_a_site_that_is_gone_is_refused(vizille, kept_list, key):
    assert "Le site choisi n’existe plus." in entry(compare(kept_list(only_changed(NEW)), {NEW: key})).problems


def test_one_site_is_not_tied_to_two_rows_nor_a_tied_row_to_another(vizille, kept_list):
    official_list = kept_list(edited(), NEXT_DAY)
    other = next(each.official_id for each in compare(official_list).new if each.official_id != NEW)
    found = compare(official_list, {NEW: vizille.pk, other: vizille.pk, "158": vizille.pk})
    assert entry(found, NEW).site == vizille
    line = entry(found, NEW).row.line
    assert f"« PIMMS de Vizille » est déjà rattaché à la ligne {line}." in entry(found, other).problems
    assert entry(found, "158").site.official_id == "158"


def test_a_tie_that_somebody_else_made_meanwhile_is_refused(vizille, kept_list):
    official_list, ties = kept_list(edited(), NEXT_DAY), {NEW: vizille.pk}
    chosen = keys(entry(compare(official_list, ties)), "official_id", "phone")
    Site.objects.filter(pk=vizille.pk).update(official_id=NEW)
    outcome = apply(official_list, chosen, ties=ties)
    assert [difference.field for _site, difference in outcome.taken] == ["phone"], "the row is that site's by now"
    assert any("la fiche a changé depuis l’affichage" in sentence for sentence in outcome.refused)


def test_a_site_whose_number_the_list_no_longer_has_is_offered_with_a_doubt(listed, kept_list):
    donzere = Site.objects.get(official_id="158")
    data = edited("158", id_fs="9158")
    official_list = kept_list(data, NEXT_DAY)
    found = entry(compare(official_list, {"9158": donzere.pk}), "9158")
    assert found.may_be[0] == donzere
    assert found.differences[0].old == "158"
    assert not found.differences[0].is_ticked
    assert donzere not in compare(official_list, {"9158": donzere.pk}).gone
    apply(official_list, keys(found, "official_id"), ties={"9158": donzere.pk})
    donzere.refresh_from_db()
    assert donzere.official_id == "9158"


def test_the_screen_shows_the_tie_before_it_takes_it_and_keeps_the_ticks(admin_client, vizille, kept_list):
    address = kept_list(edited(), NEXT_DAY).get_absolute_url()
    html = admin_client.get(address).content.decode()
    option = re.search(r'<select name="tie-2748".*?</select>', html, re.DOTALL)[0]
    assert option.index("un site que l’annuaire n’a pas") < option.index("PIMMS de Vizille")
    kept = [key for key in ticked(html) if not key.startswith(f"{NEW}.")][:2]
    shown = admin_client.post(address, {"take": kept, f"tie-{NEW}": vizille.pk}).content.decode()
    assert "Rien n’est encore écrit" in shown
    assert f'<input type="hidden" name="tied" value="{NEW}.{vizille.pk}">' in shown
    proposed = [key for key in ticked(shown) if key.startswith(f"{NEW}.")]
    assert {key for key in ticked(shown) if not key.startswith(f"{NEW}.")} == set(kept)
    assert proposed[0].startswith(f"{NEW}.official_id.")
    vizille.refresh_from_db()
    assert vizille.official_id is None

    done = {"take": proposed, f"tie-{NEW}": vizille.pk, "tied": f"{NEW}.{vizille.pk}"}
    assert "Sites créés : 0 ; modifiés : 1" in admin_client.post(address, done).content.decode()
    vizille.refresh_from_db()
    assert vizille.official_id == NEW
    again = admin_client.get(address).content.decode()
    assert f'name="tie-{NEW}"' not in again
    assert reverse("admin:directory_site_change", args=[vizille.pk]) in again


def test_a_tie_can_be_taken_back_on_the_screen(admin_client, vizille, kept_list):
    address = kept_list(only_changed(NEW), NEXT_DAY).get_absolute_url()
    back = admin_client.post(address, {f"tie-{NEW}": "", "tied": f"{NEW}.{vizille.pk}"}).content.decode()
    assert "Sites nouveaux</a> : 1<" in back
    assert Site.objects.filter(official_id=NEW).count() == 0
