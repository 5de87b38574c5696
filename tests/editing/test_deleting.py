"""What was public and is deleted answers 410 at all its addresses; the page that asks to confirm says so first."""

import json
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from reversion.models import Revision

from labels.models import PressRelease, Wave
from pimms_directory.editing import history
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Association, Site, SiteAlias
from tests.admin_pages import admin_page
from tests.factories import (
    AssociationFactory,
    OpeningPeriodFactory,
    PressReleaseFactory,
    SiteAliasFactory,
    SiteFactory,
    WaveFactory,
)
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

BESIDE = {
    Site: (".json", ".vcf", ".png", ".bib", ".ris", ".csl.json"),
    Wave: (".json", ".csv", ".png", ".ris"),
    PressRelease: (".json", ".csv", ".chiffres.csv", ".png", ".ris"),
    Association: (".json", ".png", ".ris"),
}


def addresses_of(record) -> list[str]:
    page = record.get_absolute_url()
    beside = [page.rstrip("/") + ending for ending in BESIDE[type(record)]]
    return [page, f"/integrer{page}", *beside]


def delete(admin_client, record) -> None:
    page = admin_page(type(record), "delete", record.pk)
    assert admin_client.post(page, filled(admin_client.get(page))).status_code == 302


@pytest.fixture(params=[SiteFactory, WaveFactory, PressReleaseFactory, AssociationFactory])
def record(request):
    return request.param()


def test_a_deleted_record_answers_that_it_is_gone_in_every_format(admin_client, client, record):
    addresses = addresses_of(record)
    if not isinstance(record, Association):  # which has a page while it runs a site
        assert {client.get(address).status_code for address in addresses} == {200}
    delete(admin_client, record)
    answers = {address: client.get(address) for address in addresses}
    assert {address: answer.status_code for address, answer in answers.items()} == dict.fromkeys(addresses, 410)
    assert "retirée de l’annuaire" in answers[addresses[0]].content.decode()
    as_json = next(answer for address, answer in answers.items() if address.endswith(".json"))
    assert json.loads(as_json.content)["title"] == "Gone"


def test_former_names_other_languages_and_what_is_below_a_page_are_gone_with_it(admin_client, client):
    site, release = SiteFactory(slug="pimms-dole"), PressReleaseFactory(slug="2031-02-03")
    SiteAliasFactory(site=site, slug="pimms-de-la-place")
    delete(admin_client, site)
    delete(admin_client, release)
    for address in (
        *("/en/pimms/pimms-dole/", "/pimms/pimms-de-la-place/", "/integrer/pimms/pimms-de-la-place/"),
        *("/pimms/pimms-de-la-place.json", "/communiques/2031-02-03/comparaison/"),
    ):
        assert client.get(address).status_code == 410, address
    for address in ("/pimms/pimms-dole/rien/", "/pimms/pimms-dol/", "/labels/pimms-dole/"):
        assert client.get(address).status_code == 404, address


def test_the_address_that_a_wave_had_while_it_was_public_is_gone_too(admin_client, client):
    wave = WaveFactory(code="2031-05")
    history.keep_baseline(wave)
    wave.code = "2031-06"
    wave.save()
    delete(admin_client, wave)
    assert [client.get(f"/labels/{code}/").status_code for code in ("2031-05", "2031-06")] == [410, 410]


def test_an_association_whose_only_public_site_is_deleted_had_a_page(admin_client, client):
    site = SiteFactory()
    page = site.association.get_absolute_url()
    assert client.get(page).status_code == 200
    delete(admin_client, site)
    assert client.get(page).status_code == 410


def test_nobody_learns_of_a_deleted_draft(admin_client, client):
    drafts = [
        SiteFactory(publication=Publication.DRAFT),
        SiteFactory(wave=WaveFactory(publication=Publication.DRAFT)),
        PressReleaseFactory(publication=Publication.DRAFT),
    ]
    for draft in drafts:
        assert "page est publique" not in admin_client.get(admin_page(type(draft), "delete", draft.pk)).text
        delete(admin_client, draft)
        assert {client.get(address).status_code for address in addresses_of(draft)} == {404}


def test_a_new_record_takes_the_address_over(admin_client, client):
    delete(admin_client, SiteFactory(slug="pimms-dole"))
    assert client.get("/pimms/pimms-dole/").status_code == 410
    newer = SiteFactory(slug="pimms-dole", publication=Publication.DRAFT)
    assert client.get("/pimms/pimms-dole/").status_code == 410, "a draft is nobody's page"
    newer.publication = Publication.PUBLISHED
    newer.save()
    for address in addresses_of(newer):
        assert client.get(address).status_code == 200, address


def test_a_former_address_of_another_record_leads_there_again(admin_client, client):
    delete(admin_client, SiteFactory(slug="pimms-dole"))
    SiteAliasFactory(site__slug="pimms-du-jura", slug="pimms-dole")
    assert client.get("/pimms/pimms-dole/").headers["Location"] == "/pimms/pimms-du-jura/"


def test_a_withdrawn_record_is_gone_from_the_frames_of_other_sites_too(client, record):
    if isinstance(record, Association):
        return
    record.publication = Publication.WITHDRAWN
    record.save()
    assert {address: client.get(address).status_code for address in addresses_of(record)} == dict.fromkeys(
        addresses_of(record), 410
    )


def test_addresses_that_lead_nowhere_ask_the_history_once_for_each_revision(client, django_assert_max_num_queries):
    client.get("/pimms/rien/")
    with django_assert_max_num_queries(3):
        client.get("/pimms/rien-non-plus/")


# The warning


def test_deleting_a_public_site_names_its_addresses_and_what_they_will_answer(admin_client):
    site = SiteFactory(slug="pimms-dole")
    SiteAliasFactory(site=site, slug="pimms-de-la-place")
    html = admin_client.get(admin_page(Site, "delete", site.pk)).text
    for expected in (
        "ces 2 pages sont publiques",
        "http://testserver/pimms/pimms-dole/</a> (publiée avant que l’historique ne soit tenu)",
        "http://testserver/pimms/pimms-de-la-place/</a>",
        "répondront que la page a été retirée (410)",
    ):
        assert expected in html, expected
    site.publication = Publication.DRAFT
    site.save()
    assert admin_client.get(admin_page(Site, "delete", site.pk)).text.count("410") == 0


def test_the_warning_says_since_when_a_page_is_public(admin_client):
    wave = WaveFactory(code="2031-05", publication=Publication.DRAFT)
    history.keep_baseline(wave)
    for minute, publication in enumerate(("published", "withdrawn", "published", "published")):
        wave.publication = publication
        with history.revision():
            wave.save()
        Revision.objects.filter(pk=Revision.objects.latest("pk").pk).update(
            date_created=datetime(2026, 3, 1 + minute, 23, 30, tzinfo=UTC)
        )
    assert "(publiée le 4\u00a0mars 2026)" in admin_client.get(admin_page(Wave, "delete", wave.pk)).text


def test_deleting_several_at_once_warns_as_well(admin_client):
    public, draft = SiteFactory(), SiteFactory(publication=Publication.DRAFT)
    data = {"action": "delete_selected", "_selected_action": [public.pk, draft.pk]}
    html = admin_client.post(admin_page(Site), data).text
    assert "cette page est publique" in html and public.get_absolute_url() in html
    assert f"/{draft.slug}/" not in html


def test_what_has_no_page_of_its_own_is_deleted_without_warning(admin_client):
    period = OpeningPeriodFactory()
    assert "publique" not in admin_client.get(admin_page(type(period), "delete", period.pk)).text
    alias = SiteAliasFactory()
    assert admin_client.get(reverse("admin:directory_sitealias_delete", args=[alias.pk])).status_code == 200
    assert SiteAlias.objects.exists()


# Deleted while somebody works on it


@pytest.fixture
def opened(admin_client):
    """``opened(record, **typed)`` is the form of a record as it was opened, with what was typed since."""

    def open_(record, **typed: str):
        page = admin_client.get(admin_page(type(record), "change", record.pk))
        return filled(page, f"{record._meta.model_name}_form", **typed)

    return open_


def test_what_was_typed_of_a_deleted_site_is_shown_in_words(admin_client, opened):
    site = SiteFactory(slug="pimms-dole", phone="03 84 00 00 01")
    OpeningPeriodFactory(site=site, weekday=1, opens="09:00", closes="12:00")
    association = AssociationFactory(name="PIMMS du Jura")
    typed = opened(
        site,
        phone="03 84 00 00 02",
        association=str(association.pk),
        kind="mobile",
        opening_periods__1__1="11:30",
        contact_checked_on="pas une date",
    )
    page = admin_page(Site, "change", site.pk)
    delete(admin_client, site)
    html = admin_client.post(page, typed).text
    for expected in (
        "supprimée pendant que vous y travailliez",
        "03 84 00 00 02",
        "PIMMS du Jura",
        "bus",
        "lundi · 09:00 · 11:30",
        "pas une date",
    ):
        assert expected in html, expected
    for unwanted in ("opening_periods-", ">mobile<", f"<td>{association.pk}</td>", "Code postal"):
        assert unwanted not in html, unwanted


def test_who_had_typed_nothing_is_told_so(admin_client, opened):
    wave = WaveFactory()
    typed, page = opened(wave), admin_page(Wave, "change", wave.pk)
    delete(admin_client, wave)
    html = admin_client.post(page, typed).text
    assert "Vous n’y aviez encore rien changé" in html and "Après" not in html


def test_a_choice_that_was_deleted_meanwhile_is_named(admin_client, opened):
    site, association = SiteFactory(), AssociationFactory(name="PIMMS du Jura")
    typed = opened(site, association=str(association.pk))
    delete(admin_client, association)
    html = admin_client.post(admin_page(Site, "change", site.pk), typed).text
    assert "Choisissez-en un autre : PIMMS du Jura (supprimé depuis)." in html


def test_the_history_names_what_was_deleted_since(admin_client, django_user_model):
    camille = django_user_model.objects.create_user("camille", is_staff=True)
    site = SiteFactory(association__name="PIMMS du Jura", contact_checked_by=camille)
    history.keep_baseline(site)
    former, site.association, site.contact_checked_by = site.association, AssociationFactory(name="Autre"), None
    with history.revision():
        site.save()
    delete(admin_client, former)
    admin_client.post(f"/admin/auth/user/{camille.pk}/delete/", {"post": "yes"})
    html = admin_client.get(admin_page(Site, "history", site.pk)).text
    assert "PIMMS du Jura (supprimé depuis)" in html and "camille (supprimé depuis)" in html
