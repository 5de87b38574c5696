"""Taking over what was ticked: all or nothing, nothing unseen, and nothing twice."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.forms.models import model_to_dict

from labels.models import Wave
from sites.models import Association, OfficialList, OpeningPeriod, Site
from sites.staff.official_list import applying
from sites.staff.official_list.applying import apply
from sites.staff.official_list.comparison import compare
from tests.sites.staff.official_list.files import EXTRACT, LIST_DAY, NEXT_DAY, edited, only_changed

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def snapshot():
    """All that an import may touch."""
    return [
        [model_to_dict(record) for record in model.objects.order_by("pk")]
        for model in (Site, OpeningPeriod, Association, Wave)
    ]


def test_the_list_of_2024_is_taken_over_and_a_second_run_finds_nothing(listed, kept_list):
    before = {site.official_id: model_to_dict(site) for site in Site.objects.all()}
    outcome = apply(kept_list(), keys=None)
    assert (len(outcome.created), len(outcome.changed), outcome.refused) == (38, 0, [])
    assert Site.objects.count() == 91
    assert all(model_to_dict(Site.objects.get(official_id=official_id)) == site for official_id, site in before.items())
    for site in Site.objects.all():
        site.full_clean()
    comparison = compare(kept_list())
    assert (comparison.ticked, comparison.new) == ([], [])
    untouched = snapshot()
    assert apply(kept_list(), keys=None).taken == []
    assert snapshot() == untouched
    assert len(OfficialList.objects.get().journal) == 1


def test_a_new_site_has_what_the_list_says(listed, kept_list):
    apply(kept_list(only_changed("2748")), keys=None)
    site = Site.objects.get(official_id="2748")
    assert (site.name, site.slug, site.association.slug) == (
        "PIMMS Isère – Vizille",
        "pimms-isere-vizille",
        "pimms-isere",
    )
    assert (site.commune.insee_code, site.department.code, site.postcode) == ("38562", "38", "38220")
    assert (site.latitude, site.longitude, site.position_latitude) == (45.07876, 5.769056, 45.07876)
    assert "vizille" in site.search_text
    assert site.contact_checked_on == LIST_DAY
    wave = site.wave
    assert (wave.code, wave.name, wave.effective_on.isoformat()) == ("2022-07", "Vague de juillet 2022", "2022-07-01")
    assert wave.source == (
        "Liste officielle des France Services, ANCT, 1er août 2024 (Licence Ouverte 2.0), "
        "qui donne le 1er juillet 2022 comme date du label."
    )


def test_a_new_site_has_its_hours(listed, kept_list):
    apply(kept_list(only_changed("1940")), keys=None)
    site = Site.objects.get(official_id="1940")
    assert [str(period) for period in site.opening_periods.filter(weekday__in=(2, 5))] == [
        "mardi 09:00–12:00",
        "mardi 13:00–17:00",
        "vendredi 09:00–16:30",
    ]
    assert site.open_days == 0b11111


def test_a_bus_has_a_base_and_no_desk(listed, kept_list):
    apply(kept_list(only_changed("1839")), keys=None)
    bus = Site.objects.get(official_id="1839")
    assert (bus.kind, bus.base, bus.address, bus.commune, bus.phone) == (
        "mobile", "2 place de la Gare, 87240 Ambazac", "", None, "",
    )  # fmt: skip


def test_only_what_is_ticked_is_taken(listed, kept_list):
    data = edited("158", telephone="04 82 32 64 99", h_lundi="09:00 - 12:00", h_mardi="")
    official_list = kept_list(data, NEXT_DAY)
    keys = {each.field: each.key for each in compare(official_list).differences if each.official_id == "158"}
    outcome = apply(official_list, {keys["hours_1"], keys["hours_2"], keys["checked"]})
    site = Site.objects.get(official_id="158")
    assert site.phone == "04 82 32 64 12"
    assert [str(period) for period in site.opening_periods.filter(weekday__lte=2)] == ["lundi 09:00–12:00"]
    assert site.open_days == 0b11101
    assert site.contact_checked_on == LIST_DAY, "the phone is still open"
    assert "la date de vérification n’est pas reprise" in outcome.refused[0]
    assert site.modified_at > Site.objects.get(official_id="234").modified_at


def test_a_value_of_a_list_does_not_stand_under_a_call(listed, kept_list):
    Site.objects.filter(official_id="158").update(contact_source="Appel au PIMMS", contact_checked_on=date(2025, 3, 1))
    official_list = kept_list(edited("158", telephone="04 82 32 64 99"), NEXT_DAY)
    (key,) = (each.key for each in compare(official_list).differences if each.key.startswith("158.phone"))
    apply(official_list, {key})
    site = Site.objects.get(official_id="158")
    assert (site.phone, site.contact_checked_on) == ("04 82 32 64 99", NEXT_DAY)
    assert site.contact_source.startswith("Liste officielle des France Services")


def test_a_record_in_full_agreement_is_checked_on_the_list_s_day_by_nobody_here(listed, kept_list, admin_user):
    Site.objects.filter(official_id="158").update(contact_checked_by=admin_user)
    apply(kept_list(only_changed("158", telephone="04 82 32 64 99"), NEXT_DAY), keys=None)
    site = Site.objects.get(official_id="158")
    assert (site.phone, site.contact_checked_on) == ("04 82 32 64 99", NEXT_DAY)
    assert site.contact_source == "Liste officielle des France Services, ANCT, 4 novembre 2024 (Licence Ouverte 2.0)"
    assert site.contact_checked_by is None


def test_a_commune_brings_its_department(listed, kept_list):
    cells = {
        "insee_com": "38562",
        "lib_com": "Vizille",
        "code_postal": "38220",
        "latitude": "45.07",
        "longitude": "5.77",
    }
    data = only_changed("158", **cells)
    apply(kept_list(data, NEXT_DAY), keys=None)
    site = Site.objects.get(official_id="158")
    assert (site.commune.name, site.department.code, site.postcode) == ("Vizille", "38", "38220")


def test_an_edit_since_the_display_is_not_overwritten(listed, kept_list):
    official_list = kept_list(edited("158", telephone="04 82 32 64 99", prise_rdv="Non"), NEXT_DAY)
    keys = {each.key for each in compare(official_list).differences if each.official_id == "158" and each.is_ticked}
    Site.objects.filter(official_id="158").update(phone="04 00 00 00 01")
    outcome = apply(official_list, keys)
    site = Site.objects.get(official_id="158")
    assert site.phone == "04 00 00 00 01"
    assert site.appointment == "none", "what nobody touched is taken"
    assert outcome.refused[0] == (
        "PIMMS Portes de Provence – Donzère, téléphone : la fiche a changé depuis l’affichage ; "
        "rien n’a été repris ici."
    )


def test_a_site_made_since_the_display_is_not_made_twice(listed, kept_list):
    official_list = kept_list(only_changed("2748"))
    keys = {each.key for each in compare(official_list).ticked}
    apply(official_list, keys)
    outcome = apply(official_list, keys)
    assert Site.objects.filter(official_id="2748").count() == 1
    assert (outcome.taken, len(outcome.refused)) == ([], len(keys))


def test_values_of_a_new_site_need_the_site(listed, kept_list):
    official_list = kept_list(only_changed("2748"))
    keys = {each.key for each in compare(official_list).ticked if each.field != "site"}
    outcome = apply(official_list, keys)
    assert outcome.refused == ["PIMMS Isère – Vizille : cochez aussi « nouveau site » pour en reprendre les valeurs."]
    assert Site.objects.count() == 53


@pytest.mark.parametrize("key", ["", "158", "158.phone.", "999999.phone.0123456789ab", ".." * 50, "158.slug.x"])
def test_invented_keys_take_nothing(listed, kept_list, key):
    before = snapshot()
    outcome = apply(kept_list(), {key})
    assert outcome.refused
    assert snapshot() == before


def test_an_unreadable_value_cannot_be_taken_by_its_key(listed, kept_list):
    official_list = kept_list(edited("158", telephone="non"), NEXT_DAY)
    phone = next(
        each for each in compare(official_list).differences if each.field == "phone" and not each.new.is_readable
    )
    assert apply(official_list, {phone.key}).taken == []


def test_a_record_that_would_not_be_valid_is_refused_and_the_others_are_taken(listed, kept_list):
    """A point in Vizille with the commune left in Donzère."""
    data = edited("158", insee_com="38562", lib_com="Vizille", code_postal="38220", latitude="45.07", longitude="5.77")
    official_list = kept_list(data, NEXT_DAY)
    found = {(each.official_id, each.field): each.key for each in compare(official_list).differences}
    before = model_to_dict(Site.objects.get(official_id="158"))
    outcome = apply(official_list, {found["158", "point"], found["62", "checked"]})
    assert re.fullmatch(
        r"Ligne \d+ : .*Ce point est à \d+ km du centre de Donzère.* Rien n’en a été repris\.", *outcome.refused
    )
    assert [site.official_id for site in outcome.changed] == ["62"]
    assert model_to_dict(Site.objects.get(official_id="158")) == before
    assert Site.objects.get(official_id="62").contact_checked_on == NEXT_DAY


def test_an_import_that_fails_at_its_end_leaves_everything_as_it_was(listed, kept_list, monkeypatch):
    official_list = kept_list()
    before = snapshot()

    def fail(*args):
        raise RuntimeError("at the very end")

    monkeypatch.setattr(applying, "record", fail)
    with pytest.raises(RuntimeError):
        apply(official_list, keys=None)
    assert snapshot() == before


def test_what_was_taken_is_recorded_with_its_source(listed, kept_list, admin_user):
    official_list = kept_list(only_changed("158", telephone="04 82 32 64 99"), NEXT_DAY)
    key = next(each.key for each in compare(official_list).differences if each.field == "phone" and each.is_ticked)
    apply(official_list, {key}, by=admin_user)
    official_list.refresh_from_db()
    assert official_list.journal[0]["by"] == admin_user.get_username()
    assert official_list.changes == [
        {
            "site": "pimms-portes-de-provence-donzere",
            "field": "phone",
            "before": "04 82 32 64 12",
            "after": "04 82 32 64 99",
        }
    ]


def test_only_the_network_s_rows_are_stored(listed, kept_list):
    rows = kept_list().content["rows"]
    assert len(rows) == 91
    assert not [cells for _line, cells in rows if "pimms" not in (cells["lib_fs"] + cells["mail"]).lower()]


KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from sites.staff.official_list import applying
if sys.argv[1] == "prepare":
    call_command("migrate", verbosity=0)
    call_command("load_directory", "--releases-only", "--fixtures", sys.argv[2], verbosity=0)
else:
    applying.record = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
    call_command("import_official_list", sys.argv[2], "--apply", "--date", "2024-11-04")
"""


def test_a_killed_import_leaves_the_records_as_they_were(tmp_path, cut_fixtures):
    """All is written and nothing committed when the process dies."""
    path = tmp_path / "directory.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{path}",
        "DJANGO_SETTINGS_MODULE": "pimms_directory.settings",
    }

    def run(*arguments):
        command = [sys.executable, "-c", KILLED, *map(str, arguments)]
        return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, timeout=120)

    def contents():
        with closing(sqlite3.connect(path)) as database:  # “with” alone would leave it open
            return [
                database.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()  # noqa: S608
                for table in ("directory_site", "directory_openingperiod", "labels_wave", "directory_officiallist")
            ]

    prepared = run("prepare", cut_fixtures)
    assert prepared.returncode == 0, prepared.stderr
    before = contents()
    assert len(before[0]) == 53
    assert run("import", Path(EXTRACT)).returncode == -signal.SIGKILL
    assert contents() == before
