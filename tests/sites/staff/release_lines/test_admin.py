"""The judged journey: a release is entered, its lines pasted, its 13 new sites prepared and published."""

import re

import pytest
import reversion
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labels.models import PressRelease, Wave
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Listing, Site
from tests.factories import AssociationFactory, PressReleaseFactory, SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.slow, pytest.mark.one_database]
FIGURES = (
    (13, "nouveaux PIMMS labellisés France Services"),
    (53, "PIMMS labellisés France Services au total"),
    (21, "départements où ils se trouvent"),
    (10, "régions où ils se trouvent"),
)


@pytest.fixture
def editor(client, account):
    """A member of staff with the two roles that the journey needs."""
    client.force_login(account("presse", "redaction"))
    return client


def lines_page(release) -> str:
    return reverse("admin:directory_listing_lines", args=[release.pk])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def key_of(response, name: str) -> str:
    """The key of the line whose legend has this name."""
    html = response.content.decode()
    return re.findall(r'id="line-([0-9a-f]+-\d+)">\s*<legend>[^<]*' + re.escape(name), html)[0]


def enter_release(client) -> PressRelease:
    add = reverse("admin:labels_pressrelease_add")
    form = filled(
        client.get(add),
        "pressrelease_form",
        slug="2020-10-14",
        title="13 PIMMS supplémentaires obtiennent la labellisation France Services",
        issuer="Union nationale des PIMMS",
        published_on="14/10/2020",
        figures__TOTAL_FORMS=str(len(FIGURES)),
    )
    for number, (value, caption) in enumerate(FIGURES):
        values = {"position": number + 1, "caption": caption, "value": value, "concerns_wave": "on"}
        form |= {f"figures-{number}-{name}": [each] for name, each in values.items()}
    response = client.post(add, form)
    assert response.status_code == 302, response.context["errors"]
    return PressRelease.objects.get(slug="2020-10-14")


def test_a_wave_is_prepared_and_published_from_the_second_release(editor, before_autumn, printed, pasted, client):
    former = AssociationFactory(name="PIMMS Canton de Chauffailles")
    melay = Site.objects.filter(slug="pimms-bourgogne-du-sud-melay")
    melay.update(name="PIMMS Canton de Chauffailles – Melay", association=former)
    Site.objects.filter(slug="pimms-du-narbonnais-sigean").update(name="PIMMS de Sigean")
    release = enter_release(editor)
    change = reverse("admin:labels_pressrelease_change", args=[release.pk])
    assert lines_page(release) in editor.get(change).content.decode()

    # Paste: every known site is found, what is missing is proposed, nothing is written.
    page = editor.get(lines_page(release))
    first = editor.post(lines_page(release), filled(page, "lines-form", text=pasted("2020-10-14")))
    said = text_of(first)
    assert "de sites connus : 40 ; de sites à créer : 13" in said
    sheet = first.context["sheet"]
    for row, line in zip(sheet.rows, printed["2020-10-14"], strict=True):
        assert (row.site.slug if row.site else "new") == ("new" if line["marked_new"] else line["site"][0])
    assert sheet.rows[0].why == "même nom"
    assert sheet.rows[8].why == "même nom, aux petits mots près"
    assert sheet.rows[16].why == "même commune (Melay), autre nom"
    assert sheet.rows[50].why == "même association et même commune (Sigean)"
    assert "La Cotonne" in said
    assert "Commune inconnue" in said
    # The numbers beside the figures: 13 and 53 and 21 are right, ten regions is one too many.
    verdicts = {total.caption: total.verdict for total in sheet.totals if total.figure}
    assert verdicts == {
        "lignes": "égal",
        "lignes signalées comme nouvelles": "égal",
        "départements imprimés": "égal",
        "régions imprimées": "différent (-1)",
    }
    assert Listing.objects.filter(release=release).count() == 0
    assert Site.objects.count() == 40

    # Two quarters have no commune of their name, one team has no desk, the wave has a date.
    form = filled(first, "lines-form", wave_on="2020-09-01")
    for name in ("La Cotonne", "Montreynaud"):
        form[f"commune-{key_of(first, f'Auvergne-Rhône-Alpes | Isère | PIMMS Métropole Stéphanoise - {name}')}"] = [
            "Saint-Étienne (42)"
        ]
    form[f"kind-{key_of(first, 'Île-de-France | Paris | PIMMS Paris - Paris 14e PANDA BY PIMMS')}"] = ["multisite"]
    second = editor.post(lines_page(release), form)
    assert second.context["ready"], text_of(second)
    assert "les sites sont dans 22 départements" in text_of(second)
    assert Site.objects.count() == 40

    # Save: sites in preparation, lines as printed.
    saved = editor.post(lines_page(release), filled(second, "lines-form", _save="Enregistrer"), follow=True)
    assert "53 lignes enregistrées, 13 sites créés en préparation" in text_of(saved)
    wave = Wave.objects.get(code="2020-09")
    assert (wave.publication, wave.release, wave.name) == (Publication.DRAFT, release, "Vague de septembre 2020")
    assert set(wave.sites.values_list("publication", flat=True)) == {Publication.DRAFT}
    assert wave.sites.count() == 13
    cotonne = Listing.objects.get(release=release, row=5)
    assert (cotonne.department_printed, cotonne.site.department.code) == ("Isère", "42")
    assert "Imprimée sous « Isère »" in cotonne.remark
    for stored, line in zip(Listing.objects.filter(release=release), printed["2020-10-14"], strict=True):
        names = ("row", "region_printed", "department_printed", "commune_printed", "name_printed", "marked_new")
        assert {name: getattr(stored, name) for name in names} == {name: line[name] for name in names}
    version = reversion.models.Version.objects.get_for_object(cotonne).get()
    assert version.revision.comment == "Lignes du communiqué du 14/10/2020"
    assert version.revision.user.username == "camille"

    # The public sees none of it yet.
    new = wave.sites.get(name="PIMMS Pays de l’Orne – Jœuf")
    assert client.get(new.get_absolute_url()).status_code == 404
    assert client.get("/labels/2020-09/").status_code == 404

    # Publish the release, then the wave with its sites.
    for page in (
        reverse("admin:labels_pressrelease_publish", args=[release.pk]),
        reverse("admin:labels_wave_publish", args=[wave.pk]),
    ):
        assert editor.post(page, filled(editor.get(page), _confirmed="1"), follow=True).status_code == 200
    html = client.get("/labels/2020-09/").content.decode()
    assert html.count("Jœuf") >= 1
    assert client.get(new.get_absolute_url()).status_code == 200
    assert Site.objects.labelled().count() == 53
    assert "PIMMS Métropole Stéphanoise - La Cotonne" in client.get("/communiques/2020-10-14/").content.decode()

    # Once more, the same lines: they are there already.
    again = editor.post(lines_page(release), filled(editor.get(lines_page(release)), text=pasted("2020-10-14")))
    assert "Tout est déjà là : rien à enregistrer." in text_of(again)
    assert "différent" not in text_of(again).replace("différent (-1)", "")
    assert Listing.objects.filter(release=release).count() == 53


@pytest.fixture
def release():
    return PressReleaseFactory()


LINE = "Région\tIsère\tÉchirolles\tPIMMS Neuf\tx"


def test_other_roles_do_not_enter(client, account, release):
    client.force_login(account("redaction"))
    assert client.get(lines_page(release)).status_code == 403
    assert client.post(lines_page(release), {"text": LINE, "first_row": "1"}).status_code == 403


def test_the_press_alone_saves_lines_but_creates_no_site(client, account, release):
    client.force_login(account("presse"))
    site = SiteFactory(name="PIMMS Connu")
    page = filled(client.get(lines_page(release)), "lines-form", text=f"R\tD\tC\tPIMMS Connu\t\n{LINE}")
    response = client.post(lines_page(release), page)
    assert "demandez le rôle Rédaction" in text_of(response)
    page["text"] = ["R\tD\tC\tPIMMS Connu\t"]
    looked = client.post(lines_page(release), page)
    client.post(lines_page(release), filled(looked, "lines-form", _save="1"))
    assert Listing.objects.get().site == site


def test_nothing_typed_is_lost_beside_a_bad_line(editor, release):
    text = f"{LINE}\nR\tD\tC\tPIMMS B\tpeut-être"
    response = editor.post(lines_page(release), filled(editor.get(lines_page(release)), "lines-form", text=text))
    assert "Ligne 2, colonne « nouveau »" in text_of(response)
    assert filled(response, "lines-form")["text"] == [text]
    assert not response.context["ready"]
    saved = editor.post(lines_page(release), filled(response, "lines-form", _save="1"))
    assert "Rien n’est enregistré." in text_of(saved)
    assert not Listing.objects.exists()


def test_what_was_not_looked_at_is_not_saved(editor, release):
    SiteFactory(name="PIMMS Un")
    other = SiteFactory(name="PIMMS Deux")
    line = "R\tD\tC\tPIMMS Un\t"
    looked = editor.post(lines_page(release), filled(editor.get(lines_page(release)), "lines-form", text=line))
    form = filled(looked, "lines-form", _save="1")
    key = next(name for name in form if name.startswith("other-"))
    changed = editor.post(lines_page(release), form | {key: ["pimms deux"]})
    assert "Ce qui serait enregistré a changé" in text_of(changed)
    assert not Listing.objects.exists()
    editor.post(lines_page(release), filled(changed, "lines-form", _save="1"))
    assert Listing.objects.get().site == other


def test_lines_saved_before_are_shown_and_never_written_over(editor, release):
    site = SiteFactory(name="PIMMS Un")
    stored = Listing.objects.create(release=release, row=1, site=site, name_printed="PIMMS Hun")
    page = filled(editor.get(lines_page(release)), "lines-form", text="R\tD\tC\tPIMMS Un\t")
    response = editor.post(lines_page(release), page)
    assert "nom « PIMMS Hun » → « PIMMS Un »" in text_of(response)
    moved = editor.post(lines_page(release), page | {"first_row": ["2"], "_save": ["1"]})
    assert "est déjà le site de la ligne 1" in text_of(moved)
    assert list(Listing.objects.all()) == [stored]


def test_a_workbook_or_a_csv_stands_in_the_same_place(editor, release):
    SiteFactory(name="PIMMS Un")
    upload = SimpleUploadedFile("lignes.csv", "Région;Département;Nom\nR;D;PIMMS Un\n".encode())
    page = filled(editor.get(lines_page(release)), "lines-form")
    response = editor.post(lines_page(release), page | {"file": upload})
    assert response.context["ready"]
    assert "PIMMS Un" in filled(response, "lines-form")["text"][0]
    broken = editor.post(lines_page(release), page | {"file": SimpleUploadedFile("l.csv", b"%PDF-1.7")})
    assert "du type PDF" in text_of(broken)


def test_an_existing_code_of_a_wave_is_said(directory, editor, release):
    page = filled(editor.get(lines_page(release)), "lines-form", wave="new")
    page |= {"text": ["Région\tDépartement\tNom\tNouveau\n\tIsère\tPIMMS Neuf - Grenoble\tx"]}
    response = editor.post(lines_page(release), page | {"wave_on": ["2020-09-01"]})
    assert "porte déjà le code 2020-09 : choisissez-la." in text_of(response)


@pytest.mark.parametrize(
    "posted", [{}, {"text": ""}, {"text": LINE, "first_row": "x"}, {"text": LINE, "wave": "9" * 30}]
)
def test_odd_forms_are_answered_in_words(editor, release, posted):
    response = editor.post(lines_page(release), posted)
    assert response.status_code == 200
    assert response.context["form"].errors


def test_odd_choices_are_no_error(editor, release):
    page = filled(editor.get(lines_page(release)), "lines-form", text=LINE)
    key = key_of(editor.post(lines_page(release), page), "Région | Isère")
    for value in ("9" * 30, "²", "x", "-1"):
        response = editor.post(lines_page(release), page | {f"choice-{key}": [value], "_save": ["1"]})
        assert response.status_code == 200
    assert not Listing.objects.exists()


def test_the_screen_costs_the_same_for_many_lines(editor, release):
    for number in range(30):
        SiteFactory(name=f"PIMMS Numéro {number}")
    page = filled(editor.get(lines_page(release)), "lines-form")
    counts = []
    for count in (1, 30):
        text = "\n".join(f"R\tD\tC\tPIMMS Numéro {number}\t" for number in range(count))
        with CaptureQueriesContext(connection) as queries:
            assert editor.post(lines_page(release), page | {"text": [text]}).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_misprint_ties_aloud_and_leaves_the_name(editor, directory):
    """Nothing is silent: the doubt says both words, the public remark says what is printed, no name is added."""
    release = PressReleaseFactory(slug="2027-01-05")
    site = Site.objects.get(slug="pimms-lyon-metropole-villeurbanne")
    page = editor.get(lines_page(release))
    text = "Auvergne-Rhône-Alpes\tRhône\t\tPIMMS Lyon Métropole - Villeurbane"
    looked = editor.post(lines_page(release), filled(page, "lines-form", text=text, columns="rdcn"))
    said = text_of(looked)
    assert "Imprimé « Villeurbane » ; l’annuaire écrit « Villeurbanne » et garde ce nom. Est-ce bien ce site ?" in said
    form = filled(looked, "lines-form")
    assert [value for name, value in form.items() if name.startswith("remark-")] == [
        ["« Villeurbane » est imprimé pour « Villeurbanne »."]
    ]
    assert editor.post(lines_page(release), form | {"_save": ["1"]}).status_code == 302
    listing = Listing.objects.get(release=release)
    assert (listing.site, listing.name_printed) == (site, "PIMMS Lyon Métropole - Villeurbane")
    site.refresh_from_db()
    assert site.name == "PIMMS Lyon Métropole – Villeurbanne"
    assert not site.aliases.filter(name__contains="Villeurbane").exists()
    listing_of_page = editor.get(site.get_absolute_url()).content.decode()
    assert "anciennement" not in listing_of_page.lower()
