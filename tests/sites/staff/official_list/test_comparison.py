"""The list beside the directory: new, changed, gone, known, doubtful. The extract is the real list's network."""

import os
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sites.models import Commune, Site
from sites.staff.drafts import wave_name
from sites.staff.official_list.applying import apply
from sites.staff.official_list.comparison import compare
from sites.staff.official_list.site_values import known_differences
from sites.staff.official_list.values import label
from tests.factories import SiteFactory
from tests.sites.staff.official_list.files import LIST_DAY, NEXT_DAY, edited, only_changed

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def entry_of(comparison, official_id):
    return next(entry for entry in comparison.entries if entry.official_id == official_id)


def differences_of(comparison, official_id, *, known=False):
    """By field; those that the directory chose only if they are asked for."""
    return {each.field: each for each in entry_of(comparison, official_id).differences if known or not each.known}


def test_the_list_of_2024_brings_38_sites_and_no_correction(listed, kept_list):
    comparison = compare(kept_list())
    assert len(comparison.entries) == 91
    assert len(comparison.new) == 38
    assert (comparison.changed, comparison.gone) == ([], [])
    assert len(comparison.known) + len(comparison.unchanged) == 53
    assert not [each for entry in comparison.known for each in entry.differences if each.is_ticked]


def test_errors_of_the_list_that_the_directory_corrected_are_known(listed, kept_list):
    comparison = compare(kept_list())
    corrected = {("62", "postcode"), ("953", "postcode"), ("955", "postcode"), ("956", "postcode")}
    corrected |= {("374", "point"), ("454", "point"), ("552", "email")}
    for official_id, field in corrected:
        difference = differences_of(comparison, official_id, known=True)[field]
        assert difference.known
        assert not difference.is_ticked


def test_every_known_difference_is_one_of_the_list_of_2024(listed, network, kept_list):
    comparison = compare(kept_list())
    assert not comparison.ticked
    assert not comparison.new
    found = {(each.official_id, each.field, each.new.text) for each in comparison.differences if each.known}
    assert found == set(known_differences())


def test_the_same_errors_in_the_next_list_stay_unticked(listed, kept_list):
    """There the directory is older than the list: only the errors themselves speak."""
    comparison = compare(kept_list(edited(), NEXT_DAY))
    ticked = {each.field for entry in comparison.changed for each in entry.differences if each.is_ticked}
    assert ticked == {"checked"}
    assert len([entry for entry in comparison.changed if entry.site]) == 53


def test_an_error_that_nobody_knew_is_flagged(listed, kept_list):
    data = edited("158", code_postal="69008", mail="france@pimmsmedition.fr", telephone="04 82", h_lundi="9h-8h")
    found = differences_of(compare(kept_list(data, NEXT_DAY)), "158")
    assert {name for name, each in found.items() if not each.is_ticked} == {
        "postcode",
        "email",
        "phone",
        "hours_1",
        "checked",
    }
    assert not found["phone"].new.is_readable
    assert not found["hours_1"].new.is_readable
    assert "D’autres différences sont à regarder d’abord." in found["checked"].doubts


def test_a_newer_list_proposes_what_changed_field_by_field(listed, kept_list):
    data = edited(
        "158", telephone="04 82 32 64 99", h_lundi="9h-12h", h_samedi="09:00 - 12:00", adresse="131 Avenue de la Gare",
        latitude="44.443", longitude="4.705",
    )  # fmt: skip
    found = differences_of(compare(kept_list(data, NEXT_DAY)), "158")
    assert {name: (each.old, each.new.text) for name, each in found.items() if name != "checked"} == {
        "phone": ("04 82 32 64 12", "04 82 32 64 99"),
        "address": ("130 avenue de la Gare", "131 avenue de la Gare"),
        "point": ("44.443440 ; 4.704757", "44.443000 ; 4.705000"),
        "hours_1": ("08:00 - 12:30 / 13:30 - 16:30", "09:00 - 12:00"),
        "hours_6": ("", "09:00 - 12:00"),
    }
    assert all(each.is_ticked for each in found.values())


def test_a_text_too_long_for_its_field_is_shown_and_never_taken(listed, kept_list):
    found = differences_of(compare(kept_list(only_changed("158", adresse="rue " * 60), NEXT_DAY)), "158")
    assert "Plus de 200 caractères." in found["address"].doubts
    assert not found["address"].new.is_readable


def test_a_move_whose_point_stayed_is_doubtful(listed, kept_list):
    found = differences_of(compare(kept_list(edited("158", adresse="1 rue Neuve"), NEXT_DAY)), "158")
    assert found["address"].doubts == ("L’adresse change, mais le point de la liste est resté le même.",)


def test_a_record_checked_since_is_not_overridden(listed, kept_list):
    Site.objects.filter(official_id="158").update(phone="04 82 32 64 99")
    Site.objects.filter(official_id="212").update(phone="")
    comparison = compare(kept_list())
    edit = differences_of(comparison, "158")["phone"]
    assert edit.doubts == ("La fiche est du 1er\u00a0août 2024, cette liste n’est pas plus récente.",)
    assert differences_of(comparison, "212")["phone"].is_ticked, "a blank may be filled"


def test_what_a_list_said_before_is_no_news(listed, kept_list):
    """An edit since the last list that was taken up outlives the next list that repeats the old value."""
    apply(kept_list(), keys=None)
    Site.objects.filter(official_id="158").update(phone="04 82 32 64 99")
    found = differences_of(compare(kept_list(edited("240", adresse="x"), NEXT_DAY)), "158")
    assert found["phone"].doubts == ("La liste du 1er\u00a0août 2024 le disait déjà, et l’annuaire ne l’a pas repris.",)


def test_a_value_that_the_list_no_longer_gives_is_not_erased_unseen(listed, kept_list):
    data = edited("158", telephone="", h_lundi="")
    found = differences_of(compare(kept_list(data, NEXT_DAY)), "158")
    assert found["phone"].doubts == found["hours_1"].doubts == ("La liste ne donne plus rien ici.",)
    assert found["phone"].new.is_readable


def test_a_site_that_left_the_list_is_gone(listed, kept_list):
    Site.objects.filter(official_id="63").update(closed_on=LIST_DAY)
    gone = compare(kept_list(edited(without=("62", "63")))).gone
    assert [site.official_id for site in gone] == ["62"], "one that closed is no news"


def test_a_new_site_is_shown_whole(listed, kept_list):
    creation = entry_of(compare(kept_list()), "2748").differences[0]
    assert creation.field == "site"
    for part in (
        "PIMMS Isère – Vizille",
        "association : PIMMS Isère",
        "Vague de juillet 2022, nouvelle",
        "Vizille (38)",
    ):
        assert part in creation.new.text
    bus = differences_of(compare(kept_list()), "1839")
    assert bus["base"].new.text == "2 place de la Gare, 87240 Ambazac"
    assert "address" not in bus


def test_doubts_of_the_new_sites(listed, kept_list):
    comparison = compare(kept_list())
    mobile = differences_of(comparison, "2057")
    assert mobile["phone"].new.personal
    assert mobile["email"].new.personal
    assert len(mobile["email"].doubts) == 2, "misspelt and a person's"
    assert not differences_of(comparison, "1453")["hours_2"].new.is_readable
    assert differences_of(comparison, "1961")["postcode"].doubts


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"insee_com": "29019"}, "le code INSEE 29019 est celui de Brest, pas celui de « Vizille »"),
        ({"insee_com": "38999", "code_postal": "38000"}, "Commune inconnue : code INSEE « 38999 »"),
        ({"insee_com": "", "lib_com": ""}, "Commune inconnue"),
        ({"format_fs": "Péniche"}, "Type inconnu : « Péniche »"),
        ({"labellisation_fs": "Espace labellisé 31/02/2021"}, "Date du label illisible"),
        ({"labellisation_fs": ""}, "Date du label illisible"),
        ({"labellisation_fs": "Espace labellisé 15/01/2020"}, "Une autre vague porte déjà le code 2020-01"),
    ],
)
def test_a_new_site_that_is_not_certain_is_a_problem_and_no_proposal(listed, kept_list, cells, problem):
    entry = entry_of(compare(kept_list(only_changed("2748", **cells))), "2748")
    assert problem in entry.problems[0]
    assert entry.differences == []


def test_a_commune_without_code_is_found_by_name_and_postcode(listed, kept_list):
    entry = entry_of(compare(kept_list(only_changed("2748", insee_com=""))), "2748")
    assert entry.new_site.commune == Commune.objects.get(insee_code="38562")


def test_two_days_of_one_month_cannot_both_be_its_wave(listed, kept_list):
    data = edited("2659", labellisation_fs="Espace labellisé 21/04/2022")
    comparison = compare(kept_list(data))
    problems = [problem for entry in comparison.new for problem in entry.problems]
    assert problems
    assert all("Deux dates de label le même mois" in problem for problem in problems)


def test_what_an_import_does_not_change_is_said(listed, kept_list):
    data = edited(
        "580", format_fs="Fixe", labellisation_fs="Espace labellisé 01/03/2020", insee_com="38185", lib_com="Grenoble"
    )
    problems = " ".join(entry_of(compare(kept_list(data)), "580").problems)
    for part in (
        "Type : « bus » dans l’annuaire, « Fixe »",
        "Date du label : 1er",
        "Département : Ille-et-Vilaine (35)",
    ):
        assert part in problems


def test_a_site_without_official_id_in_the_same_commune_may_be_the_same(listed, kept_list):
    vizille = Commune.objects.get(insee_code="38562")
    SiteFactory(name="PIMMS de Vizille", official_id=None, commune=vizille, department=vizille.department)
    comparison = compare(kept_list())
    creation = entry_of(comparison, "2748").differences[0]
    assert creation.doubts == ("L’annuaire a déjà « PIMMS de Vizille », sans identifiant officiel.",)
    assert comparison.unlisted == 1


def test_queries_do_not_grow_with_the_list(listed, kept_list):
    counts = []
    for data in (only_changed("2748"), edited()):
        official_list = kept_list(data)
        with CaptureQueriesContext(connection) as queries:
            compare(official_list)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 15


def test_label_dates_and_wave_names():
    assert label("Espace labellisé 15/01/2021").since.isoformat() == "2021-01-15"
    assert label("15/01") is None
    assert label("n’importe / quoi / ici / x") is None
    assert wave_name(LIST_DAY) == "Vague d’août 2024"
    assert wave_name(NEXT_DAY) == "Vague de novembre 2024"


@pytest.mark.skipif(
    "OFFICIAL_LIST" not in os.environ, reason="OFFICIAL_LIST names no copy of the list of 1 August 2024"
)
def test_the_whole_list_of_2024(listed, kept_list):
    official_list = kept_list(Path(os.environ["OFFICIAL_LIST"]).read_bytes())
    comparison = compare(official_list)
    assert (official_list.row_count, len(comparison.entries), len(comparison.new)) == (2_845, 91, 38)
    assert (comparison.changed, comparison.gone) == ([], [])
