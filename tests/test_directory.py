"""The product data that the releases name: every row is valid, and every figure of theirs follows from them.

``tests/test_network.py`` looks at the sites labelled since.
``tests/sites/loading/test_gazetteer.py`` looks at the communes where there is no site.
"""

import json
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Count

from labels.models import Fact, KeyFigure, PressRelease, Wave
from pimms_directory.base.folding import fold
from sites.models import Commune, Department, Listing, Notice, OfficialList, OpeningPeriod, OtherDesk, Region, Site
from sites.models.lookup_tables import lookup_tables

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("directory"), pytest.mark.slow]


def figure(release: str, caption: str) -> int:
    """The value that a release prints, found by a word of its caption."""
    return KeyFigure.objects.get(release=release_of(release), caption__icontains=caption).value


def release_of(slug: str) -> PressRelease:
    return PressRelease.objects.get(slug=slug)


def printed(slug: str, column: str) -> set[str]:
    return set(release_of(slug).listings.values_list(column, flat=True)) - {""}


@pytest.mark.parametrize("app", ["labels", "directory"])
def test_every_row_is_valid(app):
    for model in apps.get_app_config(app).get_models():
        if model in (OfficialList, OtherDesk, Notice):  # what staff enter, and what the releases do not name
            continue
        rows = list(model.objects.all())
        assert rows, model
        for row in rows:
            row.full_clean()


def test_all_of_france_is_there():
    assert Region.objects.count() == 18
    assert Department.objects.count() == 101


def test_neighbours_know_each_other():
    pairs = set(Department.neighbours.through.objects.values_list("from_department", "to_department"))
    assert pairs == {(b, a) for a, b in pairs}
    paris = Department.objects.get(code="75")
    assert set(paris.neighbours.values_list("code", flat=True)) == {"92", "93", "94"}


def test_first_release_33_sites_in_20_departments_2_of_them_itinerant():
    lines = release_of("2019-11-22").listings
    assert lines.count() == 33 == figure("2019-11-22", "reçoivent le label")
    assert len(printed("2019-11-22", "department_printed")) == 20 == figure("2019-11-22", "départements où")
    assert lines.filter(site__kind=Site.Kind.MOBILE).count() == 2 == figure("2019-11-22", "structures itinérantes")
    assert lines.values("site").distinct().count() == 33
    assert lines.values("site__department").distinct().count() == 20


def test_second_release_53_sites_13_of_them_new():
    lines = release_of("2020-10-14").listings
    assert lines.count() == 53 == Site.objects.labelled().count()
    assert lines.filter(marked_new=True).count() == 13 == figure("2020-10-14", "nouveaux")
    assert lines.values("site").distinct().count() == 53


def test_second_release_prints_21_departments_but_the_sites_stand_in_22():
    # The shifted line has its department, Yvelines, in the column of the regions.
    assert len(printed("2020-10-14", "department_printed")) == 21
    assert len(printed("2020-10-14", "region_printed") - {"Yvelines"}) == 9
    assert sum(each.site_count > 0 for each in lookup_tables().departments.values()) == 22
    assert Site.objects.values("department__region").distinct().count() == 9


def test_three_sites_printed_under_isere_stand_in_the_loire():
    moved = Listing.objects.filter(department_printed="Isère", site__department__code="42")
    assert moved.count() == 3
    assert all("Loire" in listing.remark for listing in moved)


def test_waves_of_33_7_and_13():
    assert dict(Wave.objects.annotate(n=Count("sites")).values_list("code", "n")) == {
        "2020-01": 33,
        "2020-02": 7,
        "2020-09": 13,
    }


def test_the_seven_of_the_wave_between_are_new_in_neither_release():
    between = Site.objects.filter(wave__code="2020-02")
    assert not between.filter(listings__release__slug="2019-11-22").exists()
    assert not between.filter(listings__marked_new=True).exists()


def test_the_autumn_wave_keeps_its_three_dates():
    wave = Wave.objects.get(code="2020-09")
    dates = (wave.announced_on, wave.published_on, wave.effective_on)
    assert [f"{date:%Y-%m-%d}" for date in dates] == ["2020-09-30", "2020-10-14", "2020-09-01"]


def test_operators_add_up_to_859_where_the_release_announces_856():
    carriers = KeyFigure.objects.filter(release__slug="2020-10-14", caption__icontains="porté")
    assert sorted(carriers.values_list("value", flat=True)) == [11, 19, 131, 154, 544]
    total = KeyFigure.objects.get(release__slug="2020-10-14", value=856)
    assert sum(carriers.values_list("value", flat=True)) == 859
    assert "859" in total.note
    assert "859" in release_of("2020-10-14").caveat


def test_every_printed_figure_is_kept():
    values = {slug: set(release_of(slug).figures.values_list("value", flat=True)) for slug in printed_figures()}
    for slug, figures in printed_figures().items():
        assert figures <= values[slug], slug


def printed_figures() -> dict[str, set[int]]:
    return {
        "2019-11-22": {
            *(33, 2, 460, 66, 1_000_000, 2_000_000, 53, 25, 20, 9),
            *(1_829_881, 943_000, 968, 18_000, 450, 201, 64),
        },
        "2020-10-14": {13, 53, 856, 674, 11, 154, 131, 19, 544, 68, 1_784_739, 1_252_766},
    }


def test_the_two_brest_lines_of_2019_are_identical_and_the_page_says_so():
    lines = Listing.objects.filter(release__slug="2019-11-22", commune_printed="Brest")
    assert {line.printed for line in lines} == {"Finistère | Brest | PIMMS Brest (Vivre la Ville)"}
    assert len(lines) == 2
    assert all(line.remark for line in lines)


def test_known_wrong_postcodes_are_corrected_and_noted():
    for commune, postcode in (
        ("Bron", "69500"),
        ("Villeurbanne", "69100"),
        ("Vaulx-en-Velin", "69120"),
        ("Narbonne", "11100"),
    ):
        site = Site.objects.get(commune__name=commune)
        assert site.postcode == postcode
        assert site.data_note


def test_every_desk_has_a_postcode_of_its_commune():
    for site in Site.objects.filter(kind=Site.Kind.FIXED).select_related("commune"):
        assert site.commune.postcodes.filter(code=site.postcode).exists(), site


def test_stale_coordinates_are_left_out_and_noted():
    for commune in ("Bruay-la-Buissière", "Melun"):
        site = Site.objects.get(commune__name=commune)
        assert site.latitude is None
        assert site.data_note


def test_no_misspelt_mail_domain():
    assert {email.rpartition("@")[2] for email in Site.objects.values_list("email", flat=True) if email} == {
        "pimmsmediation.fr",
        "pimms.org",
    }


def test_four_entries_are_no_desk():
    others = Site.objects.exclude(kind=Site.Kind.FIXED)
    assert others.count() == 4
    assert others.filter(kind=Site.Kind.MOBILE).count() == 3
    assert all(site.base and not site.address for site in others)


def test_every_contact_has_a_date_and_a_source():
    for site in Site.objects.all():
        assert f"{site.contact_checked_on:%Y-%m-%d}" == "2024-08-01"
        assert "ANCT" in site.contact_source


def test_hours_are_known_for_all_but_the_team_without_a_desk():
    without = Site.objects.exclude(pk__in=OpeningPeriod.objects.values("site"))
    assert [site.kind for site in without] == [Site.Kind.MULTISITE]


def test_search_columns_are_filled_by_the_loader():
    assert not Site.objects.filter(search_text="").exists()
    assert all(commune.search_name == fold(commune.name) for commune in Commune.objects.all())


def test_fixtures_are_readable_as_a_diff():
    for path in (each for each in Path(settings.FIXTURE_DIRS[0]).rglob("*") if each.is_file()):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\\u[0-9a-f]{4}", text), f"{path.name} escapes its letters"
        assert '"pk"' not in text, f"{path.name} carries database keys"
        if path.suffix != ".csv":
            records = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
            assert records


# The tables of the releases as their text has them: tests/data/communique-….txt

DATA = Path(__file__).parent / "data"


def words_of(text: str) -> str:
    return " ".join(text.split())


def sentences_of(slug: str) -> str:
    return words_of((DATA / f"communique-{slug}-phrases.txt").read_text("utf-8"))


def missing_pieces(quotation: str, text: str) -> list[str]:
    """The pieces between cuts that do not stand in the text, one after the other."""
    missing, start = [], 0
    for piece in map(str.strip, quotation.split("[…]")):
        found = text.find(piece, start)
        if not piece or found < 0:
            missing.append(piece)
        start = max(found, start)
    return missing


@pytest.mark.parametrize("model", [KeyFigure, Fact])
def test_every_quotation_stands_in_its_release_word_by_word(model, subtests):
    for record in model.objects.select_related("release"):
        with subtests.test(str(record)):
            assert record.place
            assert missing_pieces(record.quotation, sentences_of(record.release.slug)) == []
    text = sentences_of("2020-10-14")
    assert missing_pieces("Sur ces 856 sites labellisés : […] 155 par des associations", text)
    assert missing_pieces("544 par des collectivités territoriales. […] Sur ces 856 sites", text)


NUMBERS_IN_WORDS = {9: "neufs", 1_000_000: "un million", 2_000_000: "deux millions"}


def test_every_figure_stands_in_its_quotation(subtests):
    for each in KeyFigure.objects.all():
        with subtests.test(str(each)):
            words = NUMBERS_IN_WORDS.get(each.value, f"{each.value:,}".replace(",", " "))
            assert re.search(rf"(?<!\d){words}(?!\d)", each.quotation)
            assert each.qualifier.lower() in each.quotation.lower()


def test_every_release_says_which_text_was_read_and_when():
    sums = re.findall(r"`([0-9a-f]{64})`", (DATA / "README.md").read_text("utf-8"))
    assert list(PressRelease.objects.order_by("published_on").values_list("text_sha256", flat=True)) == sums
    assert {f"{release.consulted_on:%Y-%m-%d}" for release in PressRelease.objects.all()} == {"2026-11-22"}


def test_what_the_releases_say_beside_figures_and_lines_is_kept():
    said = " ".join(Fact.objects.values_list("statement", flat=True))
    for words in (
        *("accord-cadre", "12 novembre 2019", "signataire", "cahier des charges", "1er juillet 2019", "audit externe"),
        *("Premier ministre", "15 novembre 2019", "460", "30 septembre 2020", "franchise sociale", "1998", "QPV"),
        *("quartiers prioritaires", "XP X60-600", "CGET"),
    ):
        assert words in said, words
    (printed,) = Fact.objects.filter(quotation__contains="https://www.cget.gouv.fr/")
    assert "ne dit pas si elle répond encore" in printed.note


def test_every_line_of_2019_is_kept_as_printed():
    """The text has no columns, and a department only where it begins: read one after the other, all words agree."""
    heading, *printed_lines, title = (DATA / "communique-2019-11-22.txt").read_text("utf-8").splitlines()
    words, department = "", ""
    for line in release_of("2019-11-22").listings.order_by("row"):
        begins = line.department_printed != department
        department = line.department_printed
        words += f"{department if begins else ''} {line.commune_printed} {line.name_printed} "
    assert words.split() == " ".join(printed_lines).split()
    assert heading == "DÉPARTEMENT COMMUNE NOM DU PIMMS"
    assert int(re.search(r"\d+", title)[0]) == 33 == release_of("2019-11-22").listings.count()


def test_every_line_of_2020_is_kept_as_printed():
    title, _heading, *rows = (DATA / "communique-2020-10-14.txt").read_text("utf-8").splitlines()
    found, region = [], ""
    for row in rows:
        printed_region, department, name = (cell.strip() for cell in row.strip("|").split("|"))
        region = printed_region or region
        name = name.replace(" ^e ,", "e,").replace(" ^e", "e")  # how the text writes a raised letter
        found.append((region, department, name.removesuffix(" *"), name.endswith("*")))
    columns = ("region_printed", "department_printed", "name_printed", "marked_new")
    assert list(release_of("2020-10-14").listings.order_by("row").values_list(*columns)) == found
    assert len(found) == 53
    assert sum(new for *_cells, new in found) == 13 == int(re.search(r"\d+", title)[0])
    of_2019 = set(release_of("2019-11-22").listings.values_list("site", flat=True))
    in_neither = release_of("2020-10-14").listings.filter(marked_new=False).exclude(site__in=of_2019)
    assert in_neither.count() == 7
