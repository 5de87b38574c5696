"""The admin's screens: deposit, compare, tick, take over."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from pimms_directory.editing.publishing.publication import Publication
from sites.models import OfficialList, Site
from tests.sites.staff.official_list.files import EXTRACT, NEXT_DAY, edited, only_changed
from tests.staff.test_login import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.slow, pytest.mark.one_database]
ADD = "/admin/directory/officiallist/add/"


def upload(client, data: bytes, name: str = "liste-fs-20240801.csv", **fields):
    return client.post(ADD, {"file": SimpleUploadedFile(name, data, "text/csv"), **fields})


def ticked(html: str) -> list[str]:
    return re.findall(r'name="take" value="([^"]+)"[^>]* checked', html)


@pytest.fixture
def editor_client(client, django_user_model):
    """Somebody who may change sites and nothing else."""
    editor = django_user_model.objects.create_user("redaction", is_staff=True)
    editor.user_permissions.add(Permission.objects.get(codename="change_site"))
    client.force_login(editor)
    return client


def test_the_journey_from_the_file_to_the_records(admin_client, listed):
    assert "Comparer avec la liste officielle" in admin_client.get(ADD).content.decode()
    page = admin_client.get(upload(admin_client, EXTRACT.read_bytes()).url)
    html = page.content.decode()
    assert "Sites nouveaux</a> : 38<" in html
    assert "Ne la cochez que si elle est publique" in html
    keys = ticked(html)
    assert len(keys) > 400
    assert not [key for key in keys if key.startswith("2057.email")]
    assert Site.objects.count() == 53, "nothing is written before the choice"

    result = admin_client.post(page.request["PATH_INFO"], {"take": keys}).content.decode()
    assert "Sites créés : 38 ; modifiés : 0" in result
    assert Site.objects.count() == 91
    assert LogEntry.objects.filter(change_message__contains="liste officielle").count() == 38

    again = admin_client.get(page.request["PATH_INFO"]).content.decode()
    assert ticked(again) == []
    assert "proposées : 0" in again
    assert "Déjà repris de cette liste" in again


def test_the_comparison_shows_old_and_new_with_links(admin_client, listed):
    html = upload(admin_client, edited("158", telephone="04 82 32 64 99"), "liste-20241104.csv")
    html = admin_client.get(html.url).content.decode()
    site = Site.objects.get(official_id="158")
    assert f'href="{reverse("admin:directory_site_change", args=[site.pk])}"' in html
    row = html[html.index('name="take" value="158.phone.') :].partition("</tr>")[0]
    assert "04 82 32 64 12" in row
    assert "04 82 32 64 99" in row
    assert "Différence connue" in html


def test_what_was_ticked_while_the_session_ended_is_ticked_again_and_not_taken(client, account, listed):
    account("redaction")
    log_in(client)
    data = edited("158", telephone="04 82 32 64 99", adresse="2 rue Neuve")
    opened = client.get(ADD)
    address = upload(client, data, "liste-20241104.csv").url
    page = client.get(address)
    key = next(key for key in ticked(page.content.decode()) if key.startswith("158.phone."))
    mark = page.context["typed_by"]
    Session.objects.all().delete()
    client.post(address, {"take": key, "_typed_by": mark})
    again = client.get(log_in(client, after=address).url).content.decode()
    assert ticked(again) == [key]
    assert Site.objects.get(official_id="158").phone == "04 82 32 64 12"
    Session.objects.all().delete()
    upload(client, data, published_on="04/11/2024", _typed_by=opened.context["typed_by"])
    again = client.get(log_in(client, after=ADD).url).content.decode()
    assert "04/11/2024" in again and "Le fichier est à choisir de nouveau." in again


def test_one_ticked_value_is_taken_and_nothing_else(admin_client, listed):
    address = upload(
        admin_client, edited("158", telephone="04 82 32 64 99", adresse="2 rue Neuve"), "liste-20241104.csv"
    ).url
    key = next(key for key in ticked(admin_client.get(address).content.decode()) if key.startswith("158.phone."))
    admin_client.post(address, {"take": key})
    site = Site.objects.get(official_id="158")
    assert (site.phone, site.address) == ("04 82 32 64 99", "130 avenue de la Gare")


def test_another_editor_s_change_is_refused_and_named(admin_client, listed):
    address = upload(admin_client, only_changed("158", telephone="04 82 32 64 99"), "liste-20241104.csv").url
    key = next(key for key in ticked(admin_client.get(address).content.decode()) if key.startswith("158.phone."))
    Site.objects.filter(official_id="158").update(phone="04 00 00 00 01")
    html = admin_client.post(address, {"take": key}).content.decode()
    assert "téléphone : la fiche a changé depuis l’affichage" in html
    assert Site.objects.get(official_id="158").phone == "04 00 00 00 01"


def test_no_box_at_all_takes_nothing(admin_client, directory):
    address = upload(admin_client, only_changed("158")).url
    assert "Aucune case n’était cochée" in admin_client.post(address, follow=True).content.decode()


def test_an_impossible_choice_is_said_and_nothing_written(admin_client, listed):
    cells = {"insee_com": "38562", "lib_com": "Vizille", "latitude": "45.07", "longitude": "5.77"}
    address = upload(admin_client, only_changed("158", **cells), "liste-20241104.csv").url
    key = next(key for key in ticked(admin_client.get(address).content.decode()) if key.startswith("158.point."))
    assert "Rien n’en a été repris." in admin_client.post(address, {"take": key}, follow=True).content.decode()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("liste-fs-20240801.csv", b"%PDF-1.7", "du type PDF"),
        ("liste-fs-20240801.csv", b"", "Ce fichier est vide"),
        ("liste-fs-20240801.csv", b"x" * 10_000_001, "Ce fichier pèse 10 Mo"),
        ("liste-fs-20240801.csv", EXTRACT.read_bytes()[:-300], "est coupée, ou un guillemet"),
        ("liste.csv", EXTRACT.read_bytes(), "Le nom du fichier ne dit pas la date"),
    ],
)
def test_a_broken_file_is_refused_on_the_form(admin_client, directory, name, data, sentence):
    response = upload(admin_client, data, name)
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert not OfficialList.objects.exists()


def test_a_form_without_a_file_or_with_an_odd_date(admin_client, db):
    assert "obligatoire" in admin_client.post(ADD).content.decode()
    assert (
        "Saisissez une date valide" in upload(admin_client, EXTRACT.read_bytes(), published_on="hier").content.decode()
    )


def test_the_same_file_twice_is_one_list(admin_client, directory):
    assert upload(admin_client, EXTRACT.read_bytes()).url == upload(admin_client, EXTRACT.read_bytes()).url
    assert OfficialList.objects.count() == 1


def test_the_date_of_the_form_wins(admin_client, directory):
    upload(admin_client, EXTRACT.read_bytes(), published_on="2024-11-04")
    assert OfficialList.objects.get().published_on == NEXT_DAY


@pytest.mark.parametrize("codename", ["change_wave", "view_site"])
def test_only_those_who_may_change_sites_may_compare(client, django_user_model, directory, kept_list, codename):
    address = kept_list().get_absolute_url()
    staff = django_user_model.objects.create_user("presse", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(staff)
    for page in (ADD, address):
        assert client.get(page).status_code == 403
        assert client.post(page, {"take": "x"}).status_code == 403
    assert "officiallist" not in client.get("/admin/").content.decode()


def test_nobody_unknown_comes_in(client, directory, kept_list):
    for page in (ADD, kept_list().get_absolute_url()):
        assert client.get(page).status_code == 302


def test_an_editor_who_may_not_add_sites_cannot(editor_client, listed, kept_list):
    official_list = kept_list(only_changed("2748"))
    address = official_list.get_absolute_url()
    assert ticked(editor_client.get(address).content.decode()) == []
    from sites.staff.official_list.comparison import compare

    keys = [each.key for each in compare(official_list).ticked]
    assert editor_client.post(address, {"take": keys}).status_code == 403
    assert not Site.objects.filter(official_id="2748").exists()


def test_writers_prepare_a_wave_by_the_list_and_change_none(client, account, listed, kept_list):
    """What it says comes from the list alone, and it waits for who may publish it."""
    client.force_login(account("redaction"))
    address = kept_list(only_changed("2748")).get_absolute_url()
    client.post(address, {"take": ticked(client.get(address).content.decode())})
    wave = Site.objects.get(official_id="2748").wave
    assert (wave.code, wave.publication) == ("2022-07", Publication.DRAFT)
    for page in ("change", "publish"):
        assert client.post(reverse(f"admin:labels_wave_{page}", args=[wave.pk]), {"name": "x"}).status_code == 403


def test_the_history_page_lists_the_lists(admin_client, directory, kept_list):
    official_list = kept_list()
    html = admin_client.get("/admin/directory/officiallist/?q=liste").content.decode()
    assert official_list.name in html
    assert admin_client.get("/admin/directory/officiallist/0/change/").status_code == 404
    assert admin_client.get("/admin/directory/officiallist/x/change/").status_code == 404


def test_a_list_that_was_taken_from_cannot_be_deleted(admin_client, directory, kept_list):
    official_list = kept_list()
    delete = reverse("admin:directory_officiallist_delete", args=[official_list.pk])
    assert admin_client.get(delete).status_code == 200
    OfficialList.objects.update(applied_at=official_list.uploaded_at)
    assert admin_client.get(delete).status_code == 403


def test_lists_are_deleted_together_but_for_those_that_were_taken_from(admin_client, directory, kept_list):
    kept_list()
    kept_list(edited("158", telephone="04 82 32 64 99"), NEXT_DAY)
    page = reverse("admin:directory_officiallist_changelist")
    lists = list(OfficialList.objects.values_list("pk", flat=True))
    action = {"action": "delete_selected", "_selected_action": lists, "post": "yes"}
    OfficialList.objects.filter(pk=lists[0]).update(applied_at=timezone.now())
    assert admin_client.post(page, action).status_code == 403
    assert OfficialList.objects.count() == 2
    admin_client.post(page, action | {"_selected_action": lists[1:]})
    assert list(OfficialList.objects.values_list("pk", flat=True)) == lists[:1]


def test_the_pages_hold_no_inline_style_or_script(admin_client, directory, kept_list):
    html = admin_client.get(kept_list().get_absolute_url()).content.decode()
    main = html[html.index('id="content"') :]
    assert " style=" not in main
    assert "<script" not in main.partition("</form>")[0]
