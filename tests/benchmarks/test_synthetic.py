"""Sites for measuring: as valid as real ones, in no danger of being taken for them, and never among them."""

import re

import pytest

from labels.models import Wave
from sites.models import OpeningPeriod, Site
from tests.benchmarks import synthetic
from tests.benchmarks.make_sites import make_sites
from tests.factories import SiteFactory

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

COLUMNS = (
    "id_fs,insee_dep,lib_fs,adresse,complement_adresse,insee_com,code_postal,lib_com,latitude,longitude,mail,telephone,"
    "h_lundi,h_mardi,h_mercredi,h_jeudi,h_vendredi,h_samedi,prise_rdv,format_fs,labellisation_fs"
)
ROWS = (
    "t1,38,France services de Test,1 rue d’Essai,,38185,38000,Grenoble,45.18,5.72,x@example.org,04.65.71.00.01,"
    "09:00 - 12:00 / 11:00 - 17:00,,,,13:30 - 17:00,,Oui,Fixe,Espace labellisé 15/01/2021",
    "t2,69,Bus de Test,2 rue d’Essai,,69384,69004,Lyon,45.77,4.83,,06 00 00 00 00,"
    ",,,,,,Non,Bus_équivalent,Espace labellisé 01/01/2020",
)


def invented_sites():
    return Site.objects.filter(data_note__startswith="Fiche fictive")


@pytest.fixture
def many(directory):
    synthetic.save(synthetic.invented(200, seed=1))


def test_the_directory_is_filled_up_to_the_number(db, cut_fixtures):
    make_sites(60, fixtures=cut_fixtures)
    assert Site.objects.count() == 60
    assert invented_sites().count() == 7


def test_every_invented_record_is_valid_and_its_derived_columns_are_right(many):
    assert Site.objects.refresh_computed_columns() == 0
    assert invented_sites().values("wave").distinct().count() > 10
    for site in invented_sites().with_place():
        site.full_clean(validate_unique=False)
    for period in OpeningPeriod.objects.filter(site__in=invented_sites()).select_related("site")[::50]:
        period.full_clean()


def test_nobody_can_be_reached_by_an_invented_record_which_is_found_by_its_commune(many):
    for site in invented_sites():
        assert re.match(r"01 99 00|02 61 91|03 53 01|04 65 71|05 36 49", site.phone)
        assert site.email.endswith("@example.org")
    desk = invented_sites().filter(kind="fixed").with_place()[0]
    assert desk in Site.objects.search(f"{desk.commune.name} {desk.address}")


def test_the_same_seed_makes_the_same_sites(directory):
    def records(seed):
        return [
            (each.site.slug, each.site.point, each.site.phone, each.stretches) for each in synthetic.invented(30, seed)
        ]

    assert records(1) == records(1)
    assert records(1) != records(2)


def test_a_database_with_sites_is_refused(db, cut_fixtures):
    site = SiteFactory()
    with pytest.raises(SystemExit, match="has sites already"):
        make_sites(60, fixtures=cut_fixtures)
    assert list(Site.objects.all()) == [site]


def test_production_is_refused(db, settings, cut_fixtures):
    settings.PRODUCTION = True
    with pytest.raises(SystemExit, match="PIMMS_MODE=local"):
        make_sites(60, fixtures=cut_fixtures)
    assert not Site.objects.exists()


def test_rows_of_the_official_list_become_sites(db, cut_fixtures, tmp_path):
    known = "158,26,Déjà là,,,26116,26290,Donzère,,,,,,,,,,,Non,Fixe,Espace labellisé 01/01/2020"
    file = tmp_path / "list.csv"
    file.write_text("\n".join((COLUMNS, *ROWS, known)), encoding="utf-8")
    make_sites(official_list=file, fixtures=cut_fixtures)
    assert Site.objects.count() == 55
    desk, bus = Site.objects.get(official_id="t1"), Site.objects.get(official_id="t2")
    assert (desk.phone, desk.email, desk.wave) == ("04 65 71 00 01", "", Wave.objects.get(code="2021-01"))
    assert desk.commune.name == "Grenoble"
    assert desk.open_days == 0b10001
    assert desk.opening_periods.count() == 2  # what overlaps is left out
    assert (bus.kind, bus.latitude, bus.phone, bus.wave.code) == ("mobile", None, "", "2020-01")
    for site in (desk, bus):
        site.full_clean(validate_unique=False)
