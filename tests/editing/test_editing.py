"""Corrections in the admin: kept with their reason, never over another's, published step by step, undone."""

from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from reversion.models import Revision, Version

from labels.models import PressRelease, Wave
from pimms_directory.editing import history
from pimms_directory.editing.publishing.publication import CHECKS, Publication
from sites.models import Listing, OpeningPeriod, Site, SiteAlias
from sites.staff.confirming import ConfirmForm
from tests.admin_pages import admin_page
from tests.editing.conftest import editor
from tests.factories import (
    KeyFigureFactory,
    ListingFactory,
    OpeningPeriodFactory,
    PostcodeFactory,
    PressReleaseFactory,
    SiteAliasFactory,
    SiteFactory,
    WaveFactory,
)
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors, pytest.mark.slow]


def address(record, page: str = "change", *args) -> str:
    return admin_page(record, page, record.pk, *args)


NO_POSITION = "Aucune position : la carte montrera le centre de la commune."


def save(client: Client, record, page=None, **typed: str):
    """Opens the page of a record, types and saves; ``page`` is one that was opened before."""
    page = page or client.get(address(record))
    return client.post(address(record), filled(page, f"{record._meta.model_name}_form", **typed))


def text(response) -> str:
    return response.content.decode()


def conflicts(response) -> list:
    return response.context["typed"].conflicts


def hours(site: Site) -> list[str]:
    return [str(period) for period in OpeningPeriod.objects.filter(site=site).order_by("weekday", "opens")]


# History


def test_a_correction_is_kept_with_who_when_what_and_why(awa, site):
    response = save(awa, site, phone="03 84 00 00 02", opening_periods__1__3="18h", _reason="Appel du PIMMS le 2 mars")
    assert response.status_code == 302
    page = text(awa.get(address(site, "history")))
    assert "awa" in page and "Motif : Appel du PIMMS le 2 mars" in page
    for expected in ("Téléphone", "03 84 00 00 01", "03 84 00 00 02", "lundi · 13:30 · 17:00", "lundi · 13:30 · 18:00"):
        assert expected in page
    assert "lundi · 09:00 · 12:00" not in page, "what did not change is not a difference"
    assert "Courriel" not in page


def test_the_state_before_the_first_change_is_kept_too(awa, site):
    save(awa, site, phone="03 84 00 00 02")
    before, after = reversed(history.versions_of(site))
    assert history.state_at(before)["phone"] == "03 84 00 00 01"
    assert before.revision.comment == "État relevé avant modification"
    assert history.state_at(after)["phone"] == "03 84 00 00 02"


def test_what_something_else_wrote_between_is_not_put_on_the_next_editor(awa, site):
    save(awa, site, phone="03 84 00 00 02")
    Site.objects.filter(pk=site.pk).update(email="autre@pimms.example")
    save(awa, site, phone="03 84 00 00 03", _reason="troisième")
    newest, between, *_older = history.steps(list(history.versions_of(site)))
    assert [change.name for change in newest.changes] == ["phone"]
    assert ([change.name for change in between.changes], between.version.revision.user) == (["email"], None)


def test_saving_nothing_new_leaves_no_trace(awa, site):
    save(awa, site, _reason="rien")
    assert [version.revision.comment for version in history.versions_of(site)] == ["État relevé avant modification"]
    assert not LogEntry.objects.exists()


def test_a_row_that_leaves_is_in_the_history(awa, site):
    save(awa, site, opening_periods__1__2="", opening_periods__1__3="", contact_source="Appel au PIMMS")
    newest, _first = history.steps(list(history.versions_of(site)))
    assert {change.name for change in newest.changes} >= {"contact_source", "opening_periods"}


def test_a_refused_form_leaves_no_revision_of_its_own(awa, site):
    assert save(awa, site, phone="12").status_code == 200
    assert [version.revision.comment for version in history.versions_of(site)] == ["État relevé avant modification"]


def test_history_costs_the_same_for_few_and_many_revisions(awa, site):
    counts = []
    for number in range(8):
        save(awa, site, phone=f"03 84 00 00 1{number}")
        if number in (1, 7):
            with CaptureQueriesContext(connection) as queries:
                awa.get(address(site, "history"))
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_going_back_restores_fields_hours_and_derived_columns_but_not_publication(awa, site, client):
    save(awa, site, phone="03 84 00 00 02", opening_periods="lundi fermé ; samedi 13h30-17h")
    assert hours(site) == ["samedi 13:30–17:00"]
    first = history.versions_of(site).last()
    page = awa.get(address(site, "return", first.pk))
    for expected in ("03 84 00 00 02", "03 84 00 00 01", "lundi · 09:00 · 12:00", "samedi · 13:30 · 17:00"):
        assert expected in text(page)
    response = awa.post(address(site, "return", first.pk), {"_reason": "c’était juste"})
    assert response.status_code == 302
    site.refresh_from_db()
    assert site.phone == "03 84 00 00 01"
    assert hours(site) == ["lundi 09:00–12:00", "lundi 13:30–17:00"]
    assert site.open_days == 1
    assert site.is_public
    newest = history.steps(list(history.versions_of(site)))[0]
    assert "c’était juste" in newest.version.revision.comment and newest.version.revision.user.username == "awa"


def test_a_return_names_the_hour_that_the_history_shows(awa, site):
    save(awa, site, phone="03 84 00 00 02")
    version = Version.objects.get_for_object(site).last()
    Revision.objects.filter(pk=version.revision_id).update(date_created=datetime(2025, 7, 1, 22, 30, tzinfo=UTC))
    awa.post(address(site, "return", version.pk))
    assert "Retour à la version du 02/07/2025 00:30" in text(awa.get(address(site, "history")))


def test_going_back_before_a_renaming_keeps_an_address_that_was_public_for_a_day(awa, site, client):
    save(awa, site, name="PIMMS du Jura")
    Revision.objects.update(date_created=F("date_created") - timedelta(days=1))
    save(awa, site, name="PIMMS du Jurra")
    save(awa, site, name="PIMMS Dolle")
    first = history.versions_of(site).last()
    asked = text(awa.get(address(site, "return", first.pk)))
    assert "PIMMS du Jurra" in asked, "a former name that will go is said"
    awa.post(address(site, "return", first.pk))
    assert client.get("/pimms/pimms-dole/").status_code == 200
    moved = client.get("/pimms/pimms-du-jura/").headers
    assert (moved["Location"], moved["Cache-Control"]) == ("/pimms/pimms-dole/", "no-cache")
    assert [alias.name for alias in site.aliases.all()] == ["PIMMS du Jura"]
    assert {client.get(f"/pimms/pimms-{name}/").status_code for name in ("du-jurra", "dolle")} == {404}


def test_a_renaming_undone_at_once_leaves_no_former_name(awa, site):
    save(awa, site, name="PIMMS Dôle-sur-Mer")
    awa.post(address(site, "return", history.versions_of(site).last().pk))
    assert not site.aliases.exists()


def test_a_version_that_breaks_a_rule_today_is_refused_in_words(awa, site):
    save(awa, site, name="PIMMS du Jura", slug="pimms-du-jura")
    first = history.versions_of(site).last()
    SiteAlias.objects.all().delete()
    SiteFactory(slug="pimms-dole")
    response = awa.post(address(site, "return", first.pk))
    assert "Cette version ne peut pas revenir telle quelle" in text(response)
    site.refresh_from_db()
    assert site.slug == "pimms-du-jura"


def test_a_deleted_record_returns_with_its_rows_and_out_of_sight(awa, site, client):
    SiteAliasFactory(site=site, name="PIMMS de la Place", slug="pimms-de-la-place")
    awa.post(address(site, "delete"), filled(awa.get(address(site, "delete")), _reason="saisi par erreur"))
    assert not Site.objects.exists() and not OpeningPeriod.objects.exists()
    page = awa.get(admin_page(Site, "deleted"))
    assert "PIMMS Dole" in text(page) and "awa" in text(page) and "Suppression. saisi par erreur" in text(page)
    version = history.deleted(Site).get()
    assert "03 84 00 00 01" in text(awa.get(admin_page(Site, "recover", version.pk)))
    assert awa.post(admin_page(Site, "recover", version.pk)).status_code == 302
    back = Site.objects.get(pk=site.pk)
    assert (back.phone, back.publication) == ("03 84 00 00 01", Publication.WITHDRAWN)
    assert hours(back) == ["lundi 09:00–12:00", "lundi 13:30–17:00"]
    assert back.aliases.get().slug == "pimms-de-la-place"
    assert client.get("/pimms/pimms-dole/").status_code == 410
    assert not history.deleted(Site).exists()


def test_records_deleted_together_can_all_return(awa):
    sites = [SiteFactory(), SiteFactory()]
    data = {"action": "delete_selected", "_selected_action": [site.pk for site in sites], "post": "yes"}
    awa.post(admin_page(Site), data)
    assert not Site.objects.exists()
    assert history.deleted(Site).count() == 2


def test_a_row_changed_on_its_own_page_is_in_the_history_of_its_site(awa, site):
    period = OpeningPeriod.objects.filter(site=site).last()
    assert save(awa, period, closes="18:30", _reason="horaires d’été").status_code == 302
    newest = history.steps(list(history.versions_of(site)))[0]
    assert [(change.name, change.after) for change in newest.changes] == [
        ("opening_periods", ["lundi · 13:30 · 18:30"])
    ]
    awa.post(address(period, "delete"), {"post": "yes"})
    newest = history.steps(list(history.versions_of(site)))[0]
    assert newest.changes[0].before == ["lundi · 13:30 · 18:30"]


def test_releases_and_departments_have_a_history_as_well(admin_client):
    figure = KeyFigureFactory(release=PressReleaseFactory(), caption="médiateurs", value=12)
    save(admin_client, figure.release, figures__0__value="13")
    newest = history.steps(list(history.versions_of(figure.release)))[0]
    assert newest.changes[0].label == "Chiffres clés"
    department = SiteFactory().department
    neighbour = SiteFactory().department
    save(admin_client, department, neighbours=str(neighbour.pk))
    newest = history.steps(list(history.versions_of(department)))[0]
    assert newest.changes[0].after == [str(neighbour)]
    first = history.versions_of(department).last()
    admin_client.post(address(department, "return", first.pk))
    assert not department.neighbours.exists()


def test_history_and_return_ask_for_permission(django_user_model, awa, site):
    save(awa, site, phone="03 84 00 00 02")
    version = history.versions_of(site).last()
    reader = editor(django_user_model, "lea", "directory.view_site")
    assert reader.get(address(site, "history")).status_code == 200
    assert "Revenir à" not in text(reader.get(address(site, "history")))
    assert reader.post(address(site, "return", version.pk)).status_code == 403
    assert reader.get(admin_page(Site, "deleted")).status_code == 403
    nobody = editor(django_user_model, "zoe")
    assert nobody.get(address(site, "history")).status_code == 403
    other = SiteFactory()
    assert awa.get(address(other, "return", version.pk)).status_code == 404


# Two editors at once


def test_the_second_to_save_sees_the_others_change_and_nothing_is_overwritten(awa, bob, site):
    opened = bob.get(address(site))
    save(awa, site, phone="03 84 00 00 02", email="accueil@pimms.example", _reason="appel")
    response = save(bob, site, opened, phone="03 84 00 00 03", website="https://dole.example/", _reason="site web")
    assert response.status_code == 200
    page = text(response)
    assert "Rien n’est encore enregistré" in page and "awa" in page and "« appel »" in page
    for shown in ("03 84 00 00 01", "03 84 00 00 02", "03 84 00 00 03", "accueil@pimms.example"):
        assert shown in page
    assert {each.difference.name: each.is_taken for each in conflicts(response)} == {
        "phone": False,
        "email": True,
        "contact_checked_on": True,
        "contact_source": True,  # awa named none
    }
    site.refresh_from_db()
    assert (site.phone, site.website) == ("03 84 00 00 02", ""), "nothing is saved before it was seen"

    assert bob.post(address(site), filled(response, "site_form")).status_code == 302
    site.refresh_from_db()
    assert (site.phone, site.email, site.website) == (
        "03 84 00 00 03",
        "accueil@pimms.example",
        "https://dole.example/",
    )
    newest = history.steps(list(history.versions_of(site)))[0]
    assert (newest.version.revision.user.username, newest.version.revision.comment) == ("bob", "site web")
    assert {change.name for change in newest.changes} == {"phone", "website"}


def test_the_others_value_can_be_taken_field_by_field(awa, bob, site):
    opened = bob.get(address(site))
    without_position = {"latitude": "", "longitude": "", "_accepted": NO_POSITION}
    save(awa, site, phone="03 84 00 00 02", kind="fixed", appointment="none", **without_position)
    response = save(bob, site, opened, phone="03 84 00 00 03", appointment="possible", access_note="Sonnez.")
    assert [each.difference.name for each in conflicts(response) if not each.is_taken] == ["phone", "appointment"]
    response = bob.post(address(site), filled(response, "site_form", _take="phone"))
    assert response.status_code == 200
    assert Site.objects.get(pk=site.pk).access_note == "", "taking a value saves nothing"
    response = bob.post(address(site), filled(response, "site_form", _take="appointment"))
    assert bob.post(address(site), filled(response, "site_form")).status_code == 302
    site.refresh_from_db()
    assert (site.phone, site.appointment, site.latitude) == ("03 84 00 00 02", "none", None)
    assert site.access_note == "Sonnez."


def test_a_third_change_after_the_first_was_seen_is_shown_too(awa, bob, site):
    opened = bob.get(address(site))
    save(awa, site, phone="03 84 00 00 02")
    response = save(bob, site, opened, phone="03 84 00 00 03")
    answer = filled(response, "site_form")
    save(awa, site, phone="03 84 00 00 04")
    response = bob.post(address(site), answer)
    assert response.status_code == 200 and "03 84 00 00 04" in text(response)
    site.refresh_from_db()
    assert site.phone == "03 84 00 00 04"


def test_the_same_change_made_twice_asks_nothing(awa, bob, site):
    opened = bob.get(address(site))
    save(awa, site, area_served="Le Jura")
    assert save(bob, site, opened, area_served="Le Jura", website="https://dole.example/").status_code == 302
    site.refresh_from_db()
    assert site.website == "https://dole.example/"


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"_take": "opening_periods"}, ["lundi 09:00–12:30", "mardi 10:00–11:00"]),
        ({}, ["lundi 09:00–12:00", "lundi 13:30–18:00", "samedi 09:00–12:00"]),
    ],
    ids=["theirs", "mine"],
)
def test_hours_are_kept_or_taken_as_a_whole(awa, bob, site, choice, expected):
    opened = bob.get(address(site))
    save(
        awa,
        site,
        opening_periods__1__1="12h30",
        opening_periods__1__2="",
        opening_periods__1__3="",
        opening_periods__2__0="10h",
        opening_periods__2__1="11h",
    )
    response = save(
        bob,
        site,
        opened,
        phone="03 84 00 00 09",
        opening_periods__1__3="18:00",
        opening_periods__6__0="09:00",
        opening_periods__6__1="12:00",
    )
    assert "mardi · 10:00 · 11:00" in text(response), "the other’s rows stand above the form"
    data = filled(response, "site_form", **choice)
    assert (data["opening_periods-1-3"], data["opening_periods-6-0"]) == (["18:00"], ["09:00"]), "one’s own are in it"
    response = bob.post(address(site), data)
    if choice:
        response = bob.post(address(site), filled(response, "site_form"))
    assert response.status_code == 302, response.context["errors"]
    assert hours(site) == expected
    site.refresh_from_db()
    assert site.phone == "03 84 00 00 09"


def test_rows_that_only_the_other_changed_are_taken_over(awa, bob, site):
    opened = bob.get(address(site))
    save(awa, site, opening_periods="lundi 9h-12h30")
    response = save(bob, site, opened, phone="03 84 00 00 09")
    taken = {each.difference.name: each.is_taken for each in conflicts(response)}
    assert taken == dict.fromkeys(("contact_checked_on", "contact_source", "opening_periods"), True)
    assert bob.post(address(site), filled(response, "site_form")).status_code == 302
    assert hours(site) == ["lundi 09:00–12:30"]


def test_the_same_row_added_twice_is_stored_once(awa, bob, site):
    row = {"opening_periods__3__0": "9h", "opening_periods__3__1": "12h"}
    opened = bob.get(address(site))
    save(awa, site, **row)
    response = save(bob, site, opened, **row, opening_periods__1__1="11h30")
    assert bob.post(address(site), filled(response, "site_form")).status_code == 302
    assert hours(site) == ["lundi 09:00–11:30", "lundi 13:30–17:00", "mercredi 09:00–12:00"]


def test_rows_typed_beside_another_conflict_stay_typed(awa, bob, site):
    opened = bob.get(address(site))
    save(awa, site, phone="03 84 00 00 02")
    response = save(bob, site, opened, opening_periods__1__0="", opening_periods__1__1="", opening_periods__1__3="16x")
    response = bob.post(address(site), filled(response, "site_form"))
    assert response.status_code == 200 and "Lundi : « 16x » n’est pas une heure." in unescape(text(response))
    assert bob.post(address(site), filled(response, "site_form", opening_periods__1__3="16h")).status_code == 302
    assert hours(site) == ["lundi 13:30–16:00"]
    site.refresh_from_db()
    assert site.phone == "03 84 00 00 02"


def test_what_is_typed_wrong_stays_in_the_form(awa, bob, site):
    opened = bob.get(address(site))
    save(awa, site, phone="03 84 00 00 02")
    response = save(bob, site, opened, phone="douze", email="pas une adresse", access_note="Sonnez.")
    response = bob.post(address(site), filled(response, "site_form"))
    assert response.status_code == 200
    for typed in ("douze", "pas une adresse", "Sonnez."):
        assert typed in text(response)
    form = filled(response, "site_form", phone="03 84 00 00 05", email="")
    assert bob.post(address(site), form).status_code == 302
    site.refresh_from_db()
    assert (site.phone, site.access_note) == ("03 84 00 00 05", "Sonnez.")


def test_a_name_that_the_other_changed_keeps_the_address_it_brought(awa, bob, site):
    opened = bob.get(address(site))
    save(awa, site, name="PIMMS du Jura")
    response = save(bob, site, opened, phone="03 84 00 00 02")
    assert bob.post(address(site), filled(response, "site_form")).status_code == 302
    site.refresh_from_db()
    assert (site.name, site.slug, site.phone) == ("PIMMS du Jura", "pimms-du-jura", "03 84 00 00 02")


def test_what_was_typed_for_a_record_deleted_meanwhile_is_shown(awa, bob, site):
    opened = bob.get(address(site))
    awa.post(address(site, "delete"), {"post": "yes"})
    response = save(bob, site, opened, phone="03 84 00 00 03")
    assert response.status_code == 200
    assert "03 84 00 00 03" in text(response) and admin_page(Site, "deleted") in text(response)


def test_a_line_deleted_meanwhile_has_no_name_to_call_it_by(admin_client):
    line = ListingFactory()
    opened = admin_client.get(address(line))
    Listing.objects.all().delete()
    response = save(admin_client, line, opened, remark="Décalée.")
    assert "Décalée." in text(response) and "Cette fiche n’existe plus" in text(response)


def test_a_forged_or_broken_state_is_a_conflict_and_no_error(bob, site):
    page = bob.get(address(site))
    response = save(bob, site, page, _opened="n’importe quoi", phone="03 84 00 00 07")
    assert response.status_code == 200 and "Rien n’est encore enregistré" in text(response)


def test_figures_of_a_release_and_waves_are_guarded_too(admin_client):
    figure = KeyFigureFactory(release=PressReleaseFactory(), value=12)
    opened = admin_client.get(address(figure.release))
    save(admin_client, figure.release, figures__0__value="13")
    response = save(admin_client, figure.release, opened, figures__0__value="14")
    assert "Rien n’est encore enregistré" in text(response)
    response = admin_client.post(address(figure.release), filled(response, "pressrelease_form"))
    assert response.status_code == 302
    figure.refresh_from_db()
    assert figure.value == 14


# Publishing


def draft_wave(**values) -> Wave:
    wave = WaveFactory(publication=Publication.DRAFT, code="2031-09", effective_on=date(2021, 9, 1), **values)
    for number in (1, 2):
        site = SiteFactory(wave=wave, publication=Publication.DRAFT, slug=f"nouveau-{number}")
        PostcodeFactory(code=site.postcode, commune=site.commune)
        OpeningPeriodFactory(site=site)
    return wave


def test_what_is_added_in_the_admin_begins_unpublished(awa, site, client):
    place = {"association": site.association_id, "wave": site.wave_id, "department": site.department_id}
    page = awa.get(admin_page(Site, "add"))
    data = filled(page, "site_form", name="PIMMS Neuf", slug="pimms-neuf", kind="mobile", base="Dépôt") | {
        key: [str(value)] for key, value in place.items()
    }
    response = awa.post(admin_page(Site, "add"), data)
    assert response.status_code == 302, response.context["errors"]
    added = Site.objects.get(slug="pimms-neuf")
    assert added.publication == Publication.DRAFT and not added.is_public
    assert client.get("/pimms/pimms-neuf/").status_code == 404


def test_a_draft_is_previewed_on_its_real_page_by_staff_alone(awa, client, django_user_model):
    site = SiteFactory(publication=Publication.DRAFT, slug="nouveau", phone="03 84 00 00 08")
    page = awa.get(address(site, "preview"))
    assert page.status_code == 200 and page.templates[0].name == "sites/pages/site_detail.html"
    assert "Aperçu, non publié" in text(page) and "03 84 00 00 08" in text(page)
    assert "no-store" in page.headers["Cache-Control"] and "private" in page.headers["Cache-Control"]
    assert client.get(address(site, "preview")).status_code == 302
    assert editor(django_user_model, "zoe").get(address(site, "preview")).status_code == 403
    assert address(site, "preview") in text(awa.get(address(site)))


def test_waves_and_releases_are_previewed_with_what_is_prepared_with_them(admin_client):
    wave = draft_wave(release=PressReleaseFactory(publication=Publication.DRAFT))
    ListingFactory(release=wave.release, site=wave.sites.first(), name_printed="Imprimé ainsi")
    assert "PIMMS n° 1" in text(admin_client.get(address(wave, "preview")))
    assert "Imprimé ainsi" in text(admin_client.get(address(wave.release, "preview")))


def test_a_wave_is_published_with_the_sites_prepared_for_it(admin_client, client):
    wave = draft_wave()
    page = admin_client.get(address(wave, "publish"))
    assert "Publier aussi les 2 fiches" in text(page)
    assert client.get("/labels/2031-09/").status_code == 404
    assert admin_client.post(address(wave, "publish"), filled(page, _reason="communiqué paru")).status_code == 302
    html = text(client.get("/labels/2031-09/"))
    assert "PIMMS n° 1" in html and "PIMMS n° 2" in html
    newest = history.steps(list(history.versions_of(wave.sites.first())))[0]
    assert (newest.version.revision.comment, newest.changes[0].after) == ("Publication. communiqué paru", ["publié"])


def test_a_wave_may_be_published_before_its_sites(admin_client, client):
    wave = draft_wave()
    data = filled(admin_client.get(address(wave, "publish")))
    data.pop("_with_others")
    admin_client.post(address(wave, "publish"), data)
    assert "PIMMS n° 1" not in text(client.get("/labels/2031-09/"))
    assert Site.objects.filter(publication=Publication.DRAFT).count() == 2


def test_publishing_asks_nothing_of_who_may_not_change_the_sites(django_user_model):
    press = editor(django_user_model, "presse", "labels.view_wave", "labels.change_wave")
    wave = draft_wave()
    press.post(address(wave, "publish"), filled(press.get(address(wave, "publish"))) | {"_with_others": ["on"]})
    assert Wave.objects.get(pk=wave.pk).is_public
    assert not Site.objects.public().exists()
    reader = editor(django_user_model, "lea", "labels.view_wave")
    assert reader.get(address(wave, "publish")).status_code == 403
    assert reader.post(address(wave, "withdraw"), {"_confirmed": "1"}).status_code == 403


BROKEN = [
    ({"wave__publication": "draft"}, "n’est pas publiée : publiez-la d’abord", True),
    ({"commune": None, "department": True, "address": "", "postcode": ""}, "est dans une commune", True),
    ({"postcode": "01000"}, "Le code postal 01000 n’est pas celui d", False),
    ({"latitude": 44.0, "longitude": 1.0}, "km du centre d’", True),
    ({"offset": 0.1}, "sans doute hors de la commune", False),
    ({"contact_source": "", "contact_checked_on": None}, "Aucune source", False),
    ({"phone": "", "email": ""}, "Ni téléphone ni courriel", False),
    ({"email": "pas une adresse"}, "adresse de courriel valide", True),
    ({"mobile": True, "base": ""}, "d’où part cette équipe", False),
]


@pytest.mark.parametrize(("values", "said", "blocking"), BROKEN, ids=lambda value: str(value)[:40])
def test_checks_say_what_is_missing_or_doubtful(awa, client, values, said, blocking):
    values = dict(values)
    offset = values.pop("offset", 0)
    if values.get("department"):
        values["department"] = SiteFactory().department
    site = SiteFactory(publication=Publication.DRAFT, slug="nouveau", **values)
    if offset:
        Site.objects.filter(pk=site.pk).update(latitude=site.latitude + offset)
    if site.commune:
        PostcodeFactory(code=site.commune.insee_code, commune=site.commune)
    page = awa.get(address(site, "publish"))
    assert said in text(page)
    assert ("Bloquant" in text(page)) == blocking
    awa.post(address(site, "publish"), {"_confirmed": "1"})
    assert client.get("/pimms/nouveau/").status_code == (404 if blocking else 200)


def test_a_site_without_fault_has_nothing_to_say(awa, client):
    site = SiteFactory(
        publication=Publication.DRAFT, slug="nouveau", contact_checked_on=timezone.localdate() - timedelta(days=9)
    )
    PostcodeFactory(code=site.postcode, commune=site.commune)
    OpeningPeriodFactory(site=site)
    assert "Rien à signaler" in text(awa.get(address(site, "publish")))
    assert client.get("/pimms/nouveau/").status_code == 404, "looking at the checks publishes nothing"


def test_several_are_published_at_once_but_for_the_blocked(awa):
    good, bad = (
        SiteFactory(publication=Publication.DRAFT),
        SiteFactory(publication=Publication.DRAFT, wave=draft_wave()),
    )
    data = {"action": "publish_selected", "_selected_action": [good.pk, bad.pk]}
    page = awa.post(admin_page(Site), data)
    assert "Les fiches qui ont un problème bloquant ne seront pas publiées" in text(page)
    assert not Site.objects.public().exists()
    awa.post(admin_page(Site), filled(page))
    assert list(Site.objects.public()) == [good]


def test_withdrawing_and_publishing_again(awa, site, client):
    page = awa.get(address(site, "withdraw"))
    awa.post(address(site, "withdraw"), filled(page, _reason="doublon"))
    assert client.get("/pimms/pimms-dole/").status_code == 410
    assert "Retrait. doublon" in text(awa.get(address(site, "history")))
    awa.post(address(site, "publish"), {"_confirmed": "1"})
    assert client.get("/pimms/pimms-dole/").status_code == 200
    awa.post(admin_page(Site), {"action": "withdraw_selected", "_selected_action": [site.pk], "_confirmed": "1"})
    assert client.get("/pimms/pimms-dole/").status_code == 410


# Renaming


def test_a_new_name_brings_its_address_and_keeps_the_former_ones(awa, site, client):
    assert save(awa, site, name="PIMMS du Jura dolois").status_code == 302
    page = text(client.get("/pimms/pimms-du-jura-dolois/"))
    assert "Anciens noms" in page and "PIMMS Dole" in page
    for former, now in (("/pimms/pimms-dole/", "/pimms/pimms-du-jura-dolois/"),):
        assert (client.get(former).status_code, client.get(former).headers["Location"]) == (301, now)
    assert client.get("/pimms/pimms-dole.json").headers["Location"] == "/pimms/pimms-du-jura-dolois.json"
    assert "pimms-du-jura-dolois" in text(client.get("/pimms/?q=pimms+dole"))


def test_the_address_may_stay_when_the_name_changes(awa, site, client):
    save(awa, site, name="Espace jurassien", keep_slug="on")
    page = text(client.get("/pimms/pimms-dole/"))
    assert "Espace jurassien" in page and "Anciens noms" in page and "PIMMS Dole" in page
    assert "pimms-dole" in text(client.get("/pimms/?q=pimms+dole"))


def test_an_address_that_the_editor_writes_is_taken(awa, site, client):
    save(awa, site, name="PIMMS du Jura", slug="jura")
    assert client.get("/pimms/pimms-dole/").headers["Location"] == "/pimms/jura/"


def test_a_new_name_takes_no_other_sites_address(awa, site):
    SiteFactory(slug="pimms-du-jura")
    save(awa, site, name="PIMMS du Jura")
    site.refresh_from_db()
    assert site.slug == "pimms-du-jura-2"


def test_a_corrected_accent_is_no_renaming(awa, site):
    save(awa, site, name="Pimms Dôle")
    assert not site.aliases.exists()


# While somebody else saves: between the reading of a record and its writing, another request may come


@pytest.fixture
def meanwhile(monkeypatch):
    """``meanwhile(act)`` acts once, after the records were read and before they are changed."""

    def prepare(act):
        done = []

        def once():
            if not done:
                done.append(act())

        monkeypatch.setitem(CHECKS, Site, lambda site: once() or iter(()))
        clean = ConfirmForm.clean
        monkeypatch.setattr(ConfirmForm, "clean", lambda form: once() or clean(form))

    return prepare


CHANGED_ALONE = [
    ("publish_selected", {}, {"publication": "published"}),
    ("confirm_selected", {"source": "Visite sur place", "day": "2024-02-01"}, {"contact_checked_on": date(2024, 2, 1)}),
]


@pytest.mark.parametrize(("action", "typed", "expected"), CHANGED_ALONE, ids=lambda value: str(value)[:20])
def test_what_another_saves_meanwhile_stays(awa, meanwhile, action, typed, expected):
    site = SiteFactory(publication=Publication.DRAFT, phone="03 84 00 00 01")
    meanwhile(lambda: Site.objects.filter(pk=site.pk).update(phone="03 84 00 00 09"))
    data = {"action": action, "_selected_action": [site.pk], "_confirmed": "1"}
    assert awa.post(admin_page(Site), data | typed).status_code == 302
    stored = Site.objects.filter(pk=site.pk).values("phone", *expected).get()
    assert stored == {"phone": "03 84 00 00 09"} | expected


@pytest.mark.parametrize(("action", "typed", "expected"), CHANGED_ALONE, ids=lambda value: str(value)[:20])
def test_what_another_deletes_meanwhile_stays_deleted(awa, meanwhile, action, typed, expected):
    kept, gone = SiteFactory(publication=Publication.DRAFT), SiteFactory(publication=Publication.DRAFT, name="Parti")
    meanwhile(lambda: Site.objects.filter(pk=gone.pk).delete())
    data = {"action": action, "_selected_action": [kept.pk, gone.pk], "_confirmed": "1"}
    html = text(awa.post(admin_page(Site), data | typed, follow=True))
    assert "« Parti » n’existe plus" in html and "1 fiche " in html
    assert Site.objects.filter(**expected).get() == kept
    assert not Site.objects.filter(name="Parti").exists()


# Freshness


def test_records_are_confirmed_with_a_source(awa, site, client, django_user_model):
    page = awa.post(admin_page(Site), {"action": "confirm_selected", "_selected_action": [site.pk]})
    assert "PIMMS Dole" in text(page)
    missing = awa.post(admin_page(Site), filled(page, source="", detail=""))
    assert "Dites d’où vous le tenez" in text(missing)
    response = awa.post(admin_page(Site), filled(page, source="Appel téléphonique au PIMMS", detail="accueil"))
    assert response.status_code == 302
    site.refresh_from_db()
    assert site.contact_checked_on == timezone.localdate()
    assert site.contact_source == "Appel téléphonique au PIMMS, accueil"
    assert site.contact_checked_by == django_user_model.objects.get(username="awa")
    assert "awa" in text(awa.get(address(site)))
    for public in ("/pimms/pimms-dole/", "/pimms/pimms-dole.json"):
        answer = client.get(public).getvalue().decode()
        assert "accueil" in answer and "awa" not in answer
    assert "Confirmé : toujours exact" in text(awa.get(address(site, "history")))


def test_a_confirmation_is_not_of_tomorrow(awa, site):
    page = awa.post(admin_page(Site), {"action": "confirm_selected", "_selected_action": [site.pk]})
    tomorrow = timezone.localdate() + timedelta(days=1)
    response = awa.post(admin_page(Site), filled(page, source="Visite sur place", day=tomorrow.isoformat()))
    assert "n’est pas encore venu" in text(response)


def test_who_changes_the_date_of_a_check_is_who_checked(awa, site, django_user_model):
    save(awa, site, phone="03 84 00 00 02")
    site.refresh_from_db()
    assert site.contact_checked_by is None
    save(awa, site, contact_checked_on="01/03/2025")
    site.refresh_from_db()
    assert site.contact_checked_by.get_username() == "awa"


def test_the_first_page_lists_what_waits_for_whom_may_see_it(awa, django_user_model):
    old = SiteFactory(name="PIMMS Oublié", contact_checked_on=None)
    SiteFactory(name="PIMMS Préparé", publication=Publication.DRAFT)
    PressReleaseFactory(title="Communiqué préparé", publication=Publication.DRAFT)
    html = text(awa.get("/admin/"))
    unverified = html[html.index('id="a-verifier"') :]
    assert "PIMMS Oublié" in unverified and "jamais vérifié" in unverified
    unpublished = html[html.index('id="non-publies"') : html.index('id="controles"')]
    assert "PIMMS Préparé" in unpublished and "Communiqué préparé" not in unpublished
    assert "Aucun horaire." in html[html.index('id="controles"') : html.index('id="a-verifier"')]
    assert address(old) in html
    press = editor(django_user_model, "presse", "labels.view_pressrelease")
    html = text(press.get("/admin/"))
    assert "Communiqué préparé" in html and "PIMMS" not in html[html.index('id="non-publies"') :]
    assert 'id="non-publies"' not in text(editor(django_user_model, "zoe").get("/admin/"))


@pytest.mark.parametrize("permission", ["directory.view_site", "directory.change_site"])
def test_the_whole_list_of_the_unverified_begins_like_its_first_lines(django_user_model, permission):
    """Who may act on sites has a column of boxes in front of the others."""
    for name, day in (("B", "2024-01-01"), ("A", "2025-01-01"), ("C", None), ("D", "2023-01-01")):
        SiteFactory(name=name, contact_checked_on=day)
    client = editor(django_user_model, "presse", permission)
    work = {each.key: each for each in client.get("/admin/").context["work"]}["a-verifier"]
    listed = client.get(work.more).context["cl"].result_list
    assert [site.name for site in listed] == [item.label for item in work.items] == ["C", "D", "B", "A"]


@pytest.mark.slow
def test_the_first_page_costs_the_same_with_many_sites(awa):
    counts = []
    for size in (2, 30):
        for _each in range(size):
            OpeningPeriodFactory(site=SiteFactory(contact_checked_on=None, wave=Wave.objects.first() or WaveFactory()))
            SiteFactory(publication=Publication.DRAFT)
        with CaptureQueriesContext(connection) as queries:
            awa.get("/admin/")
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 1  # the number of the unpublished is asked for once they are many


def test_nothing_is_recorded_by_looking(awa, site):
    for page in ("change", "history", "preview", "publish", "withdraw"):
        awa.get(address(site, page))
    assert not Revision.objects.exists() and not Version.objects.exists()


def test_only_published_releases_are_left_to_the_public():
    draft = PressReleaseFactory(publication=Publication.DRAFT)
    shown = PressReleaseFactory()
    assert [release.slug for release in PressRelease.objects.public()] == [shown.slug] != [draft.slug]
