"""A database of the version before other names, the network's later sites and town halls, edited since by its staff."""

import json
from collections.abc import Iterator
from datetime import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from labels.models import Fact, KeyFigure, PressRelease, Wave
from pimms_directory.editing import history
from pimms_directory.editing.publishing.publication import Publication
from sites.loading import gazetteer
from sites.loading.fixtures import GAZETTEER, load
from sites.models import (
    Association,
    Commune,
    CommuneAlias,
    IntercommunalBody,
    OpeningPeriod,
    OtherDesk,
    OtherNames,
    Site,
    SiteAlias,
)
from tests.backups.test_backups import Operator, database
from tests.factories import SiteFactory, WaveFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EDITABLE = (Site, OpeningPeriod, SiteAlias, Association, Wave, CommuneAlias)
BREST, SAINT_ETIENNE, BLOIS = "29019", "42218", "41018"


def upgrade(folder: Path, *options: str) -> str:
    """What ``make run`` and a release do after ``migrate``."""
    out = StringIO()
    call_command("load_directory", "--if-empty", *options, fixtures=folder, stdout=out)
    return out.getvalue()


def rows(*models) -> list[tuple]:
    return [row for model in models for row in model.objects.order_by("pk").values_list()]


@pytest.fixture
def landed(directory, cut_fixtures) -> Path:
    """What this version brings is not there yet, and the centres are others; returns the fixtures to load."""
    CommuneAlias.objects.exclude(kind=CommuneAlias.Kind.FORMER_NAME).delete()
    for model in (OtherNames, IntercommunalBody):
        model.objects.all().delete()
    Commune.objects.update(latitude=F("latitude") + 0.01, centre_source="")
    return cut_fixtures


def edit(record, editor, **values) -> None:
    """As a form of the admin does."""
    history.keep_baseline(record)
    with history.revision(editor, "Correction"):
        for name, value in values.items():
            setattr(record, name, value)
        record.save()


def test_what_the_database_never_had_comes_without_a_question(landed):
    before = rows(Site)
    communes = Commune.objects.exclude(latitude=None).count()
    line, *more = upgrade(landed).splitlines()
    assert not more
    assert f" {communes} centres of communes renewed" in line
    for brought in (" 38 directory.Site", " 10 labels.Wave", f" {OtherDesk.objects.count()} directory.OtherDesk"):
        assert brought in line
    for model in (OtherNames, IntercommunalBody, CommuneAlias):
        assert f" {model.__name__}" in line.replace("directory.", "")
    assert set(CommuneAlias.objects.values_list("kind", flat=True)) == set(CommuneAlias.Kind.values)
    assert Commune.objects.get(insee_code=BREST).latitude == 48.3917
    assert (Site.objects.count(), Wave.objects.count()) == (91, 13)
    after = {row[0]: row for row in rows(Site)}
    position = [column.attname for column in Site._meta.concrete_fields].index("position_latitude")
    for row in before:  # a site without a point stands where its commune does
        assert row[:position] == after[row[0]][:position]


def test_a_second_load_changes_nothing(landed):
    upgrade(landed)
    before = rows(*EDITABLE, Commune, OtherDesk, OtherNames)
    assert "nothing changed" in upgrade(landed)
    assert (
        load(landed).summary().startswith("0 records added, 0 differences overwritten, 0 centres of communes renewed")
    )
    assert rows(*EDITABLE, Commune, OtherDesk, OtherNames) == before


def test_without_edits_a_whole_load_asks_nothing_either(landed):
    assert not load(landed).conflicts
    assert Site.objects.count() == 91


def test_no_edit_is_lost(landed, account):
    editor = account("administration")
    edit(Site.objects.get(slug="pimms-blois"), editor, phone="02 00 00 00 00")
    Site.objects.get(slug="pimms-evry").opening_periods.all().delete()
    edit(Commune.objects.get(insee_code=BLOIS), editor, name="Blois-la-Belle")
    saint_etienne = Commune.objects.get(insee_code=SAINT_ETIENNE)
    history.keep_baseline(saint_etienne)
    with history.revision(editor, "Noms"):
        saint_etienne.aliases.create(name="Sainté")
        saint_etienne.aliases.get(name="Rochetaillée").delete()
        history.keep(saint_etienne)
    draft = SiteFactory(publication=Publication.DRAFT)
    known, names = rows(Site, OpeningPeriod, SiteAlias), set(saint_etienne.aliases.values_list("name"))

    out = upgrade(landed)

    columns = [column.attname for column in Site._meta.concrete_fields].index("position_latitude")
    after = {row[:columns] for row in rows(Site, OpeningPeriod, SiteAlias)}
    assert {row[:columns] for row in known} <= after
    assert not Site.objects.get(slug="pimms-evry").opening_periods.exists()
    assert not Site.objects.get(pk=draft.pk).is_public
    former = saint_etienne.aliases.filter(kind=CommuneAlias.Kind.FORMER_NAME)
    assert set(former.values_list("name")) == names
    assert f"Commune {BLOIS}: name is 'Blois-la-Belle' in the database" in out
    assert f"CommuneAlias {SAINT_ETIENNE}/Rochetaillée: not in the database" in out
    # Their centres nobody typed.
    for code in (BLOIS, SAINT_ETIENNE):
        assert Commune.objects.get(insee_code=code).latitude == centre_in(landed, code)
    assert Commune.objects.get(insee_code=BLOIS).search_name == "blois la belle"
    assert Site.objects.count() == 92
    assert "nothing changed" in upgrade(landed)


def centre_in(folder: Path, code: str) -> float | None:
    return next(r.latitude for r in gazetteer.read_rows(folder / gazetteer.FILE_NAME) if r.insee_code == code)


def test_a_centre_that_staff_typed_stays(landed, account):
    editor = account("administration")
    edit(Commune.objects.get(insee_code=BREST), editor, latitude=48.4, longitude=-4.5, centre_source="relevé")
    entered = Commune.objects.get(insee_code=BLOIS)
    with history.revision(editor, "Saisie"):  # its history begins with an editor
        history.keep(entered)
    out = upgrade(landed)
    brest = Commune.objects.get(insee_code=BREST)
    assert (brest.latitude, brest.longitude, brest.centre_source) == (48.4, -4.5, "relevé")
    assert Commune.objects.get(insee_code=BLOIS).latitude == entered.latitude
    assert f"Commune {BREST}: latitude is 48.4 in the database, 48.3917 in the fixtures" in out
    assert Commune.objects.get(insee_code=SAINT_ETIENNE).latitude == centre_in(landed, SAINT_ETIENNE)


def test_a_commune_that_staff_deleted_stays_away_with_all_that_is_said_of_it(landed):
    Commune.objects.get(insee_code="33063").delete()
    report = load(landed, GAZETTEER, keeps_edits=True)
    assert report.missing == ["directory.Commune 33063: not in the database"]
    assert not report.failed
    assert not Commune.objects.filter(insee_code="33063").exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"slug": "pimms-bordeaux"},
        {"slug": "pimms-bordeaux-centre", "official_id": "1284"},
    ],
)
def test_a_site_that_staff_entered_already_is_named_and_not_doubled(landed, typed):
    entered = SiteFactory(name="PIMMS Bordeaux Centre", publication=Publication.DRAFT, **typed)
    OpeningPeriod.objects.create(site=entered, weekday=1, opens=time(8), closes=time(18))
    before = Site.objects.filter(pk=entered.pk).values().get(), list(entered.opening_periods.values())

    out = upgrade(landed)

    assert "directory.Site pimms-bordeaux, official number 1284: “PIMMS Bordeaux Centre”" in out
    assert "stands already and stays as it is; the fixtures’ site is left out" in out
    assert (Site.objects.filter(pk=entered.pk).values().get(), list(entered.opening_periods.values())) == before
    assert Site.objects.count() == 91
    assert Site.objects.filter(slug="pimms-bordeaux-les-aubiers").exists()
    # Whoever loads everything is asked, and --overwrite knows the site again.
    with pytest.raises(CommandError, match=r"Site pimms-bordeaux: name is 'PIMMS Bordeaux Centre' in the database"):
        call_command("load_directory", fixtures=landed)
    call_command("load_directory", "--overwrite", fixtures=landed, stdout=StringIO())
    assert Site.objects.get(pk=entered.pk).phone == "05 56 85 85 45"
    assert Site.objects.count() == 91


def test_no_wave_and_no_association_comes_without_its_site(landed):
    """The only one of its wave stands in another, under the name that staff chose."""
    SiteFactory(official_id="2178", wave=WaveFactory(code="2021-99"))
    upgrade(landed)
    assert not Wave.objects.filter(code="2021-10").exists()
    assert not Association.objects.filter(slug="pimms-seine-eure").exists()
    assert Wave.objects.filter(sites=None).count() == 0


def test_a_wave_that_staff_entered_takes_its_sites_and_keeps_its_words(landed):
    wave = WaveFactory(code="2021-01", name="Vague saisie")
    assert "labels.Wave 2021-01: name is 'Vague saisie' in the database" in upgrade(landed)
    wave.refresh_from_db()
    assert (wave.name, wave.sites.count()) == ("Vague saisie", 6)


@pytest.fixture
def unquoted(directory) -> None:
    """Loaded by the version before quotations."""
    Fact.objects.all().delete()
    KeyFigure.objects.update(quotation="", place="")
    PressRelease.objects.update(consulted_on=None, text_sha256="")


def test_releases_get_the_quotations_that_they_never_had(landed, unquoted):
    figures = rows(KeyFigure)
    out = upgrade(landed)
    assert " 31 figures and releases got their quotations." in out
    assert f" {Fact.objects.count()} labels.Fact" in out
    assert not KeyFigure.objects.filter(quotation="").exists()
    assert not PressRelease.objects.filter(text_sha256="").exists()
    assert [row[:8] for row in rows(KeyFigure)] == [row[:8] for row in figures]
    newest = history.versions_of(PressRelease.objects.get(slug="2020-10-14"))[0]
    assert "Chargement des données" in newest.revision.comment
    assert "nothing changed" in upgrade(landed)
    assert load(landed).summary().startswith("0 records added, 0 differences")


def test_what_staff_made_of_a_figure_or_a_release_stays_without_a_quotation(landed, unquoted, account):
    editor = account("administration")
    figure = KeyFigure.objects.get(release__slug="2020-10-14", position=1)
    edit(figure, editor, value=14)
    release = PressRelease.objects.get(slug="2019-11-22")
    edit(release, editor, text_sha256="0" * 64)
    KeyFigure.objects.get(release__slug="2019-11-22", position=2).delete()
    out = upgrade(landed)
    figure.refresh_from_db()
    release.refresh_from_db()
    assert (figure.value, figure.quotation, release.text_sha256) == (14, "", "0" * 64)
    assert "labels.KeyFigure 2020-10-14/1: was edited and stays as it is, without quotation" in out
    assert "labels.PressRelease 2019-11-22: was edited and stays as it is, without consulted_on" in out
    assert KeyFigure.objects.count() == 28
    assert KeyFigure.objects.filter(quotation="").count() == 1


def test_facts_that_staff_deleted_do_not_come_back(landed):
    upgrade(landed)
    Fact.objects.all().delete()
    assert "nothing changed" in upgrade(landed)
    assert not Fact.objects.exists()


def test_a_release_that_staff_deleted_gets_no_facts(landed, unquoted):
    release = PressRelease.objects.get(slug="2020-10-14")
    Wave.objects.filter(release=release).update(release=None)
    release.listings.all().delete()
    release.delete()
    upgrade(landed)
    assert set(Fact.objects.values_list("release__slug", flat=True)) == {"2019-11-22"}


# What the version before reads and writes, by its own models.
BEFORE = """
from django.db import connection
from django.db.migrations.loader import MigrationLoader
apps = MigrationLoader(connection).project_state(("directory", "0001_initial")).apps
models = {
    model._meta.label: model._base_manager
    for model in apps.get_models(include_auto_created=True)
    if model._meta.app_label in ("labels", "directory")
}
"""
EDITS = """
models["directory.Site"].filter(slug="pimms-blois").update(phone="02 00 00 00 00")
models["directory.CommuneAlias"].get(name="Rochetaillée").delete()
commune = models["directory.Commune"].get(insee_code="42218")
models["directory.CommuneAlias"].create(commune=commune, name="Sainté", search_name="sainte")
site = models["directory.Site"].get(slug="pimms-blois")
site.pk, site.slug, site.official_id = None, "pimms-bordeaux", None
site.publication, site.is_public = "draft", False
site.save()
models["directory.Commune"].update(latitude=46)
"""
DUMP = """
import json
rows = {label: list(manager.order_by("pk").values()) for label, manager in models.items()}
for site in rows["directory.Site"]:  # what follows from other columns and rows, among these its commune's centre
    del site["position_latitude"], site["position_longitude"], site["open_days"], site["search_text"]
print(json.dumps(rows, default=str))
"""


@pytest.fixture
def operator(tmp_path) -> Iterator[Operator]:
    for address in database(tmp_path, "upgrade"):
        yield Operator(address, tmp_path)


def test_the_commands_of_an_upgrade_lose_nothing(operator, cut_fixtures):
    def load_directory(*options: str) -> str:
        return operator.manage("load_directory", *options, "--fixtures", cut_fixtures)

    def before(script: str) -> str:
        return operator.manage("shell", "--no-imports", "--command", BEFORE + script)

    operator.manage("migrate", "--noinput", "--verbosity=0")
    load_directory("--releases-only")
    operator.sql("DELETE FROM directory_communealias WHERE kind <> 'former'")
    operator.manage("migrate", "directory", "0001", "--noinput", "--verbosity=0")
    before(EDITS)
    landed = json.loads(before(DUMP))
    assert len(landed["directory.Site"]) == 54

    operator.manage("migrate", "--noinput", "--verbosity=0")
    assert json.loads(before(DUMP)) == landed
    out = load_directory("--if-empty")
    assert " 37 directory.Site" in out
    assert "directory.Site pimms-bordeaux, official number 1284: “PIMMS Blois” (pimms-bordeaux" in out
    upgraded = json.loads(before(DUMP))
    for label in ("directory.Site", "directory.CommuneAlias", "directory.OpeningPeriod", "labels.Wave"):
        assert not [row for row in landed[label] if row not in upgraded[label]], label
    assert "Rochetaillée" not in {row["name"] for row in upgraded["directory.CommuneAlias"]}
    assert "nothing changed" in load_directory("--if-empty")
    # The version before serves on, and its staff add names.
    before("""models["directory.CommuneAlias"].create(commune_id=models["directory.Commune"].first().pk, name="Ici")""")
    assert operator.sql("SELECT kind FROM directory_communealias WHERE name = 'Ici'") == [("former",)]
