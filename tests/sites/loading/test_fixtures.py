import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from reversion.models import Revision, Version

from labels.models import Wave
from pimms_directory.editing import history
from sites.loading import other_desks
from sites.models import Department, OpeningPeriod, OtherDesk, Site
from tests.factories import OtherDeskFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def fixtures(settings, cut_fixtures) -> Path:
    """What is loaded here: ``test_gazetteer`` loads all of France."""
    settings.FIXTURE_DIRS = [cut_fixtures]
    return cut_fixtures


@pytest.fixture
def loaded(network):
    """The directory in its loaded state."""


def load(*options: str, **more) -> str:
    out = StringIO()
    call_command("load_directory", *options, stdout=out, **more)
    return out.getvalue()


def snapshot() -> list[tuple]:
    return [
        *Site.objects.order_by("pk").values_list(),
        *OpeningPeriod.objects.order_by("pk").values_list(),
        *OtherDesk.objects.order_by("pk").values_list(),
        *Department.neighbours.through.objects.order_by("pk").values_list(),
    ]


def test_an_empty_database_is_filled():
    assert "records added" in load()
    assert Site.objects.count() == 91
    assert OtherDesk.objects.exists()


def test_the_releases_can_be_had_alone():
    load("--releases-only")
    assert Site.objects.count() == 53
    assert Wave.objects.count() == 3
    assert not OtherDesk.objects.exists()
    assert load("--releases-only").startswith("0 records added, 0 differences")


def test_an_empty_database_is_filled_with_the_releases_alone():
    load("--if-empty", "--releases-only")
    assert Site.objects.count() == 53
    assert "nothing changed" in load("--if-empty", "--releases-only")


def test_what_was_labelled_since_comes_to_the_releases_without_a_question(directory):
    before = list(Site.objects.order_by("pk").values_list())
    assert ", 0 differences overwritten" in load()
    assert Site.objects.count() == 91
    assert list(Site.objects.order_by("pk").values_list())[:53] == before
    assert load().startswith("0 records added, 0 differences")


def test_the_releases_alone_leave_the_other_sites_as_they_are(loaded):
    Site.objects.filter(slug="pimms-bordeaux").update(phone="05 00 00 00 00")
    assert load("--releases-only").startswith("0 records added, 0 differences")
    assert Site.objects.get(slug="pimms-bordeaux").phone == "05 00 00 00 00"


def test_an_edit_of_a_site_labelled_since_is_kept(loaded):
    Site.objects.filter(slug="pimms-bordeaux").update(phone="05 00 00 00 00")
    with pytest.raises(CommandError, match="pimms-bordeaux: phone is '05 00 00 00 00' in the database"):
        load()
    load("--overwrite")
    assert Site.objects.get(slug="pimms-bordeaux").phone == "05 56 85 85 45"


def test_a_deleted_site_labelled_since_does_not_come_back_by_itself(loaded):
    Site.objects.get(slug="pimms-bordeaux").delete()
    with pytest.raises(CommandError, match="pimms-bordeaux: not in the database"):
        load()
    assert not Site.objects.filter(slug="pimms-bordeaux").exists()


def test_other_desks_are_those_of_the_file(loaded):
    before = list(OtherDesk.objects.order_by("official_id").values_list("official_id", "name", "phone"))
    first, second = OtherDesk.objects.all()[:2]
    OtherDesk.objects.filter(pk=first.pk).update(phone="01 00 00 00 00")
    second.delete()
    OtherDeskFactory(commune=first.commune)
    assert load().startswith("1 records added, 0 differences")
    assert list(OtherDesk.objects.order_by("official_id").values_list("official_id", "name", "phone")) == before


def test_other_desks_of_an_unknown_commune_are_named(tmp_path, fixtures):
    folder = tmp_path / "fixtures"
    shutil.copytree(fixtures, folder)
    path = folder / other_desks.FILE_NAME
    rows = other_desks.read_desks(path)
    other_desks.write_desks(path, [rows[0]._replace(insee_code="99999")])
    with pytest.raises(CommandError, match="names no commune by 99999"):
        load(fixtures=folder)
    path.write_text(path.read_text().replace("2024-08-01", "août"))
    with pytest.raises(CommandError, match=r"other_desks\.csv, line 2"):
        load(fixtures=folder)
    path.write_text("official_id,name\n")
    with pytest.raises(CommandError, match="the columns are not"):
        load(fixtures=folder)


def test_a_second_run_changes_nothing(loaded):
    before = snapshot()
    assert load().startswith("0 records added, 0 differences overwritten")
    assert snapshot() == before


@pytest.mark.one_database
def test_if_empty_leaves_a_filled_database_alone(loaded):
    Site.objects.filter(slug="pimms-blois").update(phone="02 00 00 00 00")
    assert "nothing changed" in load("--if-empty")


@pytest.mark.one_database
def test_an_edit_is_listed_and_kept(loaded):
    Site.objects.filter(slug="pimms-blois").update(phone="02 00 00 00 00")
    before = snapshot()
    with pytest.raises(CommandError) as refusal:
        load()
    assert "directory.Site pimms-blois: phone is '02 00 00 00 00' in the database, '02 54 45 34 54'" in str(
        refusal.value
    )
    assert snapshot() == before


def test_overwrite_takes_the_fixtures(loaded):
    Site.objects.filter(slug="pimms-blois").update(phone="02 00 00 00 00")
    assert "1 differences overwritten" in load("--overwrite")
    assert Site.objects.get(slug="pimms-blois").phone == "02 54 45 34 54"
    assert load().startswith("0 records added, 0 differences")


@pytest.mark.one_database
def test_a_deletion_is_an_edit_too(loaded):
    Site.objects.get(slug="pimms-blois").opening_periods.filter(weekday=2).delete()
    with pytest.raises(CommandError, match=r"pimms-blois/2/09:00:00: not in the database"):
        load()
    assert "2 records added" in load("--overwrite")


def test_changed_hours_are_replaced_as_a_week(loaded):
    """A period that opens at another time would overlap the one that the fixtures bring back."""
    site = Site.objects.get(slug="pimms-blois")
    period = site.opening_periods.get(weekday=2, opens="09:00")
    OpeningPeriod.objects.filter(pk=period.pk).update(opens="08:30")
    with pytest.raises(CommandError, match=r"mardi 08:30–12:00 is only in the database"):
        load()
    load("--overwrite")
    assert [f"{p.opens:%H:%M}" for p in site.opening_periods.filter(weekday=2)] == ["09:00", "13:30"]


@pytest.mark.one_database
def test_changed_relations_are_listed(loaded):
    Department.objects.get(code="75").neighbours.add(Department.objects.get(code="13"))
    with pytest.raises(CommandError, match="neighbours differ"):
        load()
    load("--overwrite")
    assert not Department.objects.get(code="75").neighbours.filter(code="13").exists()


@pytest.mark.one_database
def test_long_lists_of_differences_are_cut_short(loaded):
    Site.objects.update(access_note="changed")
    with pytest.raises(CommandError, match=r"\n  … and 41 more\n"):
        load()


@pytest.mark.one_database
def test_a_renamed_site_is_recognised_by_its_alias(loaded):
    site = Site.objects.get(slug="pimms-blois")
    site.aliases.create(name=site.name, slug="pimms-blois")
    site.slug, site.name = "pimms-du-blesois", "PIMMS du Blésois"
    site.save()
    with pytest.raises(CommandError, match=r"slug is 'pimms-du-blesois'"):
        load()
    assert Site.objects.filter(slug__contains="blois").count() == 0


@pytest.mark.one_database
def test_records_that_staff_added_stay(loaded):
    site = Site.objects.get(slug="pimms-blois")
    site.pk, site.official_id, site.slug = None, None, "pimms-nouveau"
    site.save()
    assert load().startswith("0 records added")
    load("--overwrite")
    assert Site.objects.filter(slug="pimms-nouveau").exists()


def test_a_record_that_cannot_be_saved_stops_everything(loaded):
    number = Site.objects.get(slug="pimms-blois").official_id
    Site.objects.filter(slug="pimms-blois").update(official_id=None)
    Site.objects.filter(slug="pimms-bordeaux").update(official_id=number)
    before = snapshot()
    with pytest.raises(CommandError, match="Mend the records named above first"):
        load("--overwrite")
    assert snapshot() == before


@pytest.mark.one_database
def test_unreadable_fixtures_are_named(tmp_path, fixtures):
    folder = tmp_path / "fixtures"
    shutil.copytree(fixtures, folder)
    path = folder / "sites.json"
    records = json.loads(path.read_text())
    records[0]["fields"]["wave"] = ["1999-01"]
    path.write_text(json.dumps(records))
    with pytest.raises(CommandError, match="1999-01"):
        load(fixtures=folder)
    path.unlink()
    with pytest.raises(CommandError, match=r"sites\.json"):
        load(fixtures=folder)
    assert not Site.objects.exists()


@pytest.mark.one_database
def test_a_first_load_needs_no_history():
    load()
    assert not Revision.objects.exists()


@pytest.mark.one_database
def test_what_fixtures_overwrite_is_in_the_history_with_their_name(loaded):
    site = Site.objects.get(slug="pimms-blois")
    Site.objects.filter(pk=site.pk).update(phone="02 00 00 00 00")
    site.opening_periods.first().delete()
    load("--overwrite")
    newest, before = history.steps(list(history.versions_of(site)))
    assert {change.name for change in newest.changes} == {"phone", "opening_periods"}
    assert newest.version.revision.comment == "Chargement des données de référence (fixtures)"
    assert history.state_at(before.version)["phone"] == "02 00 00 00 00"
    assert {version.object_id for version in Version.objects.get_for_model(Site)} == {str(site.pk)}
