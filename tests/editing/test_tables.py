"""Tables out and in: a round trip changes nothing, an edit is seen before it is made, what is wrong is named."""

import csv
import io
import re
import tracemalloc
from datetime import time
from urllib.parse import urlencode

import pytest
import reversion
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from labels.models import KeyFigure, Wave
from pimms_directory.base import spreadsheets
from pimms_directory.base.spreadsheets import LARGEST_BYTES, BrokenFile
from pimms_directory.editing import history
from pimms_directory.editing.publishing.publication import Publication
from pimms_directory.editing.tables import files as tables
from pimms_directory.editing.tables.resources import resource_for
from sites.models import Commune, CommuneAlias, Department, OpeningPeriod, Site
from tests.admin_pages import MODELS, admin_page
from tests.factories import (
    AssociationFactory,
    CommuneAliasFactory,
    KeyFigureFactory,
    NoticeFactory,
    OpeningPeriodFactory,
    SiteFactory,
    WaveFactory,
)
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def upload(client, model, data: bytes, name: str = "tableau.csv"):
    return client.post(admin_page(model, "import"), {"file": SimpleUploadedFile(name, data)})


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def edited(model, key: str, **values: str) -> bytes:
    """An export of which one row has other values."""
    rows = rows_of(tables.export(model, "csv"))
    for row in rows[1:]:
        if key in row:
            for name, value in values.items():
                row[rows[0].index(resource_for(model).label(name))] = value
    return tables.as_csv(rows).encode()


def everything() -> dict:
    tables_of = [*MODELS, Department.neighbours.through]
    return {model: list(model._default_manager.order_by("pk").values()) for model in tables_of}


@pytest.mark.slow
@pytest.mark.one_database
def test_every_table_goes_out_and_comes_back_unchanged(admin_client, directory):
    NoticeFactory(site=Site.objects.first(), ends_at=time(14))  # the data come without one
    before = everything()
    for model in MODELS:
        assert model in admin.site._registry
        for kind in ("csv", "xlsx"):
            data = admin_client.get(admin_page(model, "export", kind)).content
            response = upload(admin_client, model, data, f"tableau.{kind}")
            found = response.context["preview"]
            assert (found.problems, found.changes) == ([], []), model
            assert found.unchanged == (Site if model is OpeningPeriod else model).objects.count()
    assert everything() == before


def test_an_edited_value_is_seen_then_imported(admin_client, directory):
    other = Site.objects.get(slug="pimms-blois")
    data = edited(Site, "pimms-melun", phone="01 02 03 04 05", name="PIMMS de Melun")
    looked = upload(admin_client, Site, data, "corrections.csv")
    html = looked.content.decode()
    assert "01 02 03 04 05" in html
    assert [change.record for change in looked.context["preview"].changes] == ["PIMMS de Melun"]
    assert Site.objects.get(slug="pimms-melun").phone != "01 02 03 04 05", "nothing before it is confirmed"
    done = admin_client.post(admin_page(Site, "import"), filled(looked, "confirm-form"), follow=True)
    assert "Fiches ajoutées : 0 ; modifiées : 1 ; sans changement : 52." in done.content.decode()
    site = Site.objects.get(slug="pimms-melun")
    assert (site.phone, site.name) == ("01 02 03 04 05", "PIMMS de Melun")
    assert " de melun" in site.search_text
    assert site.aliases.filter(name="PIMMS Melun").exists(), "a new name keeps the former one"
    newest = reversion.models.Version.objects.get_for_object(site).first()
    assert newest.revision.comment == "Import de tableau : corrections.csv"
    assert newest.revision.user.is_superuser
    assert reversion.models.Version.objects.get_for_object(site).count() == 2, "with what was before"
    assert not reversion.models.Version.objects.get_for_object(other).exists()


def test_a_preview_that_came_true_otherwise_is_shown_again(admin_client):
    site = SiteFactory(phone="01 02 03 04 05")
    looked = upload(admin_client, Site, edited(Site, site.slug, phone="01 02 03 04 06"))
    Site.objects.update(phone="09 09 09 09 09")
    again = admin_client.post(admin_page(Site, "import"), filled(looked, "confirm-form"))
    assert "Ce qui serait importé a changé" in again.content.decode()
    assert Site.objects.get().phone == "09 09 09 09 09"


def waves_with_long_sources(count: int) -> list[list[str]]:
    """30 kB each, which a form that is not sent as a file would make 90."""
    months = [(2030 + number // 12, number % 12 + 1) for number in range(count)]
    rows = [[f"{year}-{month:02d}", "Vague", "2020-01-01", "é" * 15_000] for year, month in months]
    return [["code", "name", "effective_on", "source"], *rows]


def test_a_large_table_is_confirmed_by_the_form_as_a_browser_sends_it(admin_client):
    looked = upload(admin_client, Wave, tables.as_csv(waves_with_long_sources(40)).encode())
    form = re.search(r'<form[^>]*id="confirm-form"[^>]*>', looked.content.decode())[0]
    data = filled(looked, "confirm-form")
    if 'enctype="multipart/form-data"' in form:
        done = admin_client.post(admin_page(Wave, "import"), data)
    else:
        urlencoded = "application/x-www-form-urlencoded"
        done = admin_client.post(admin_page(Wave, "import"), urlencode(data, doseq=True), content_type=urlencoded)
    assert done.status_code == 302
    assert Wave.objects.count() == 40


@pytest.mark.one_database
def test_a_workbook_that_no_form_could_carry_is_refused_before_the_preview(admin_client):
    data = tables.as_workbook(waves_with_long_sources(70))
    assert len(data) < LARGEST_BYTES, "small as long as it is compressed"
    html = upload(admin_client, Wave, data, "vagues.xlsx").content.decode()
    assert "Ce tableau pèse plus de 2 Mo une fois écrit en CSV" in html and "confirm-form" not in html


@pytest.mark.one_database
def test_a_workbook_that_unpacks_to_too_much_is_refused(admin_client, monkeypatch):
    monkeypatch.setattr(spreadsheets, "LARGEST_UNPACKED", 1000)
    html = upload(admin_client, Wave, tables.as_workbook([["code"], ["2020-01"]]), "vagues.xlsx").content.decode()
    assert "une fois décompressé : coupez-le" in html


def test_an_import_publishes_nothing(admin_client):
    site = SiteFactory(publication=Publication.DRAFT)
    data = edited(Site, site.slug, publication="published", phone="01 02 03 04 05")
    fresh = tables.export(Site, "csv").decode("utf-8-sig").splitlines()[1].replace(site.slug, "tout-neuf", 1)
    data += fresh.replace(site.official_id, "neuf").replace("en préparation", "publié").encode()
    admin_client.post(admin_page(Site, "import"), filled(upload(admin_client, Site, data), "confirm-form"))
    assert {each.slug: each.publication for each in Site.objects.all()} == {
        site.slug: Publication.DRAFT,
        "tout-neuf": Publication.DRAFT,
    }
    assert not Site.objects.filter(is_public=True).exists()


def test_derived_columns_and_owners_follow(admin_client):
    period = OpeningPeriodFactory(weekday=1)
    data = f"site,lundi,dimanche\n{period.site.slug},,09:00 - 12:00\n".encode()
    admin_client.post(
        admin_page(OpeningPeriod, "import"), filled(upload(admin_client, OpeningPeriod, data), "confirm-form")
    )
    site = Site.objects.get()
    assert site.open_days == 0b1000000
    assert reversion.models.Version.objects.get_for_object(site).count() == 2
    commune = site.commune
    data = edited(Commune, commune.insee_code, name="Jœuf")
    admin_client.post(admin_page(Commune, "import"), filled(upload(admin_client, Commune, data), "confirm-form"))
    assert Commune.objects.get(pk=commune.pk).search_name == "joeuf"
    assert "joeuf" in Site.objects.get().search_text


def week_of(site: Site) -> list[str]:
    return [str(period) for period in site.opening_periods.order_by("weekday", "opens")]


@pytest.fixture
def desk() -> Site:
    site = SiteFactory(slug="pimms-dole", name="PIMMS Dole")
    for weekday, opens, closes in ((1, "09:00", "12:00"), (1, "14:00", "17:00"), (3, "09:00", "12:00")):
        OpeningPeriodFactory(site=site, weekday=weekday, opens=opens, closes=closes)
    return site


def test_hours_go_out_as_a_row_a_site_and_a_week_replaces_a_week(admin_client, desk):
    SiteFactory(slug="sans-horaires", name="Sans horaires")
    assert rows_of(tables.export(OpeningPeriod, "csv")) == [
        ["Site", "Nom", "Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche"],
        ["pimms-dole", "PIMMS Dole", "09:00 - 12:00 / 14:00 - 17:00", "", "09:00 - 12:00", "", "", "", ""],
        ["sans-horaires", "Sans horaires", *[""] * 7],
    ]
    data = edited(OpeningPeriod, "pimms-dole", lundi="9h30-12h et 14h-17h", mercredi="", samedi="9h-midi")
    looked = upload(admin_client, OpeningPeriod, data, "horaires.csv")
    (change,) = looked.context["preview"].changes
    assert change.record == "PIMMS Dole" and change.changes == [
        ("Lundi", "09:00 - 12:00 / 14:00 - 17:00", "09:30 - 12:00 / 14:00 - 17:00"),
        ("Mercredi", "09:00 - 12:00", ""),
        ("Samedi", "", "09:00 - 12:00"),
    ]
    assert week_of(desk) == ["lundi 09:00–12:00", "lundi 14:00–17:00", "mercredi 09:00–12:00"], "nothing is written yet"
    kept = desk.opening_periods.get(weekday=1, opens="14:00").pk
    done = admin_client.post(admin_page(OpeningPeriod, "import"), filled(looked, "confirm-form"), follow=True)
    assert "Fiches ajoutées : 0 ; modifiées : 1 ; sans changement : 1." in done.content.decode()
    assert week_of(desk) == ["lundi 09:30–12:00", "lundi 14:00–17:00", "samedi 09:00–12:00"]
    assert desk.opening_periods.filter(pk=kept).exists(), "what stays is not touched"
    newest = reversion.models.Version.objects.get_for_object(desk).first()
    assert newest.revision.comment == "Import de tableau : horaires.csv"
    again = upload(admin_client, OpeningPeriod, data).context["preview"]
    assert (again.changes, again.problems, again.unchanged) == ([], [], 2)


def test_a_day_that_closes_by_table_is_in_the_history_and_can_return(admin_client, desk):
    looked = upload(admin_client, OpeningPeriod, edited(OpeningPeriod, "pimms-dole", mercredi="fermé"))
    admin_client.post(admin_page(OpeningPeriod, "import"), filled(looked, "confirm-form"))
    newest, first = history.steps(list(history.versions_of(desk)))
    assert newest.changes[-1].before == ["mercredi · 09:00 · 12:00"]
    history.go_back(first.version)
    assert "mercredi 09:00–12:00" in week_of(desk)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            "site,mardi\npimms-dole,9-12h\n",
            "Ligne 2, colonne « Mardi » : « 9-12h » n’est pas un horaire lisible.",
        ),
        (
            "site,mardi\npimms-dole,9h-12h/11h-13h\n",
            "Ligne 2, colonne « Mardi » : Des heures se chevauchent",
        ),
        ("site,mardi\nnulle-part,9h-12h\n", "Ligne 2, colonne « Site » : « nulle-part » ne désigne aucun site."),
        ("site,mardi\npimms-dole,\npimms-dole,\n", "Ligne 3 : même clé que la ligne 2 : pimms-dole."),
    ],
)
def test_hours_that_cannot_be_are_named_with_line_column_and_value(admin_client, desk, data, sentence):
    before = week_of(desk)
    response = upload(admin_client, OpeningPeriod, data.encode())
    assert any(sentence in problem for problem in response.context["preview"].problems), response.context["preview"]
    assert "confirm-form" not in response.content.decode() and week_of(desk) == before


def test_a_table_from_before_names_had_a_kind_goes_in(admin_client):
    quarter = CommuneAliasFactory(kind=CommuneAlias.Kind.QUARTER)
    code = quarter.commune.insee_code
    assert rows_of(tables.export(CommuneAlias, "csv"))[1] == [code, quarter.name, "quartier"]
    data = f"commune,name\n{code},{quarter.name}\n{code},Autrefois\n".encode()
    admin_client.post(
        admin_page(CommuneAlias, "import"), filled(upload(admin_client, CommuneAlias, data), "confirm-form")
    )
    kinds = dict(CommuneAlias.objects.values_list("name", "kind"))
    assert kinds == {quarter.name: CommuneAlias.Kind.QUARTER, "Autrefois": CommuneAlias.Kind.FORMER_NAME}


def test_neighbours_are_a_list_of_codes(admin_client, directory):
    assert "01 05 07 26 42 69 73" in tables.export(Department, "csv").decode()
    data = b"code,neighbours\n38,26 69\n"
    looked = upload(admin_client, Department, data)
    (change,) = looked.context["preview"].changes
    assert change.changes == [("Départements limitrophes", "01 05 07 26 42 69 73", "26 69")]
    admin_client.post(admin_page(Department, "import"), filled(looked, "confirm-form"))
    codes = Department.objects.get(code="38").neighbours.order_by("code").values_list("code", flat=True)
    assert list(codes) == ["26", "69"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"phone": "12"}, "Ligne 2, colonne « Téléphone » :"),
        ({"wave": "1999-01"}, "Ligne 2, colonne « Vague » : « 1999-01 » ne désigne aucun"),
        ({"wave": ""}, "Ligne 2, colonne « Vague » :"),
        ({"closed_on": "hier"}, "Ligne 2, colonne « Fermé le » : « hier »"),
        ({"latitude": "beaucoup"}, "Ligne 2, colonne « Latitude » : « beaucoup »"),
        ({"latitude": "nan"}, "Ligne 2, colonne « Latitude » : « nan » : ce n’est pas un nombre."),
        ({"latitude": "1e999"}, "Ligne 2, colonne « Latitude » : « 1e999 » : ce n’est pas un nombre."),
        ({"kind": "fusée"}, "Ligne 2, colonne « Type » :"),
        ({"longitude": ""}, "Latitude et longitude vont ensemble"),
        ({"name": ""}, "Ligne 2, colonne « Nom » :"),
        ({"official_id": "trop-long-pour-un-identifiant"}, "Ligne 2, colonne « Identifiant officiel »"),
    ],
)
def test_a_bad_row_is_named_with_its_field(admin_client, values, sentence):
    site = SiteFactory()
    response = upload(admin_client, Site, edited(Site, site.slug, **values))
    problems = response.context["preview"].problems
    assert any(sentence in problem for problem in problems), problems
    assert "confirm-form" not in response.content.decode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Ce fichier est vide."),
        (b"%PDF-1.7", "n’est pas un CSV, quel que soit son nom : son contenu est du type PDF"),
        (b"PK\x03\x04abc", "Ce classeur ne se lit pas"),
        (b"slug,nom\nx,\x81", "Ligne 2 : l’encodage"),
        (b"slug,colour\nx,y", "Colonne inconnue : « colour »"),
        (b"name\nx", "Il manque la colonne « Adresse »"),
        (b"slug,name,name\nx,y,z", "Deux colonnes"),
        (b"slug,name\nx", "Ligne 2 : 1 colonne au lieu de 2"),
        (b'slug,name\nx,"y', "Ligne 2 : la ligne est coupée"),
        (b"slug,name\n", "aucune ligne"),
        (b"slug,name\n" + b"x,y\n" * (tables.MOST_ROWS + 1), "plus de 5000 lignes"),
        (b"slug,name\n" + b"\n" * 1_000_000, "aucune ligne"),
        (b",".join(b"c%d" % number for number in range(20_000)) + b"\n", "plus de 200 colonnes"),
        (b"x" * (LARGEST_BYTES + 1), "pèse plus de"),
    ],
)
@pytest.mark.one_database
def test_a_broken_file_is_refused_in_words(admin_client, data, sentence):
    assert sentence in upload(admin_client, Site, data).content.decode()


@pytest.mark.one_database
def test_rows_beyond_the_limit_are_not_kept_first():
    tracemalloc.start()
    try:
        with pytest.raises(BrokenFile, match="plus de 5000 lignes"):
            tables.read_table(b"a\n" + b";\n" * 600_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000


@pytest.mark.one_database
def test_a_table_that_excel_saved_is_read(admin_client):
    """With semicolons, in the encoding of Windows."""
    response = upload(admin_client, AssociationFactory._meta.model, "slug;name\nsete;PIMMS de Sète\n".encode("cp1252"))
    (change,) = response.context["preview"].changes
    assert change.changes[-1][2] == "PIMMS de Sète"


@pytest.mark.one_database
def test_titles_and_choices_are_those_of_the_admin(admin_client):
    SiteFactory(kind=Site.Kind.FIXED, appointment=Site.Appointment.NONE)
    titles, row = rows_of(tables.export(Site, "csv"))
    assert titles[:2] == ["Adresse", "Nom"] and "Complément d’adresse" in titles
    said = dict(zip(titles, row, strict=True))
    assert (said["Publication"], said["Type"], said["Rendez-vous"]) == ("publié", "lieu fixe", "sans rendez-vous")
    KeyFigureFactory(concerns_wave=True)
    assert rows_of(tables.export(KeyFigure, "csv"))[1][-1] == "oui"


@pytest.mark.parametrize(
    "titles",
    ["slug,kind,appointment", "Adresse,Type,Rendez-vous", "ADRESSE , type,rendez vous", "adresse,kind,Rendez-vous"],
)
@pytest.mark.parametrize("values", ["mobile,possible", "bus,rendez-vous possible", "BUS,Rendez vous possible"])
def test_titles_and_choices_are_read_in_french_and_by_their_technical_names(admin_client, titles, values):
    site = SiteFactory(multisite=True)
    data = f"{titles}\n{site.slug},{values}\n".encode()
    (change,) = upload(admin_client, Site, data).context["preview"].changes
    assert change.changes[:2] == [
        ("Type", "équipe qui se déplace", "bus"),
        ("Rendez-vous", "", "rendez-vous possible"),
    ]


def test_a_choice_that_says_nothing_may_be_written_out(admin_client):
    site = SiteFactory(appointment=Site.Appointment.NONE)
    data = f"Adresse,Rendez-vous\n{site.slug},non renseigné\n".encode()
    looked = upload(admin_client, Site, data)
    admin_client.post(admin_page(Site, "import"), filled(looked, "confirm-form"))
    assert Site.objects.get().appointment == Site.Appointment.UNKNOWN


@pytest.mark.one_database
def test_a_title_twice_in_two_languages_is_refused(admin_client):
    assert "Deux colonnes s’appellent « Nom »" in upload(admin_client, Site, b"slug,name,Nom\nx,y,z").text


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_two_titles_of_a_table_are_the_same(model):
    resource = resource_for(model)
    titles = [resource.label(name) for name in resource.fields]
    assert resource.technical_names(titles) == list(resource.fields)


def test_the_same_key_twice_is_refused(admin_client):
    AssociationFactory(slug="une")
    response = upload(admin_client, AssociationFactory._meta.model, b"slug,name\nune,A\nune,B\n")
    assert response.context["preview"].problems == ["Ligne 3 : même clé que la ligne 2 : une."]


@pytest.mark.one_database
def test_formulas_leave_as_text_and_come_back(admin_client):
    Association = AssociationFactory._meta.model
    names = ["=1+1", "+33 des champs", "@x", "-2,5", "'=quoted", "plain"]
    for number, name in enumerate(names):
        AssociationFactory(slug=f"a{number}", name=name)
    data = tables.export(Association, "csv")
    assert [row[1] for row in rows_of(data)[1:]] == ["'=1+1", "'+33 des champs", "'@x", "-2,5", "''=quoted", "plain"]
    sheet = load_workbook(io.BytesIO(tables.export(Association, "xlsx"))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert upload(admin_client, Association, data).context["preview"].changes == []


@pytest.mark.parametrize(("roles", "status"), [((), 403), (("presse",), 403), (("redaction",), 200)])
def test_only_who_adds_and_changes_may(client, account, roles, status):
    client.force_login(account(*roles))
    assert client.get(admin_page(Site, "import")).status_code == status
    assert client.get(admin_page(Site, "export", "csv")).status_code == status
    assert client.post(admin_page(Site, "import"), {"_table": "slug\nx"}).status_code == status
    assert client.get(admin_page(Commune, "export", "csv")).status_code == 403


@pytest.mark.one_database
def test_the_list_leads_to_them_and_the_pages_hold_no_script_of_their_own(admin_client):
    WaveFactory()
    html = admin_client.get(admin_page(Site, "changelist")).content.decode()
    assert admin_page(Site, "import") in html
    assert admin_page(Site, "export", "xlsx") in html
    html = admin_client.get(admin_page(Site, "import")).content.decode()
    main = html[html.index('id="content"') :]
    assert " style=" not in main
    assert "<script" not in main.partition("</form>")[0]
    assert admin_client.get(admin_page(Site, "export", "pdf")).status_code == 404


def test_a_day_is_read_as_spreadsheets_of_the_french_write_it(admin_client):
    site = SiteFactory(contact_checked_on=None, contact_source="Appel au PIMMS")
    looked = upload(admin_client, Site, edited(Site, site.slug, contact_checked_on="28/11/2025"))
    assert looked.context["preview"].problems == []
    admin_client.post(admin_page(Site, "import"), filled(looked, "confirm-form"))
    site.refresh_from_db()
    assert f"{site.contact_checked_on}" == "2025-11-28"
