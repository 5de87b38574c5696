"""Dated versions: what the list said on a day is served byte for byte for ever, and each says what changed."""

import hashlib
import json
import subprocess
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import etree

from pimms_directory.editing import history
from pimms_directory.editing.publishing.publication import Publication
from pimms_directory.editing.tables import files as tables
from sites.models import Association, Site
from sites.versions.keeping import keep_version
from sites.versions.models import DirectoryVersion, VersionFile
from tests.admin_pages import admin_page
from tests.factories import SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

BASELINE = "/donnees/versions/2020-10-14/"
FILES = ("pimms.csv", "pimms.json", "pimms.geojson")
RENAMED, CHANGED, REMOVED = "pimms-melun", "pimms-blois", "pimms-poitiers"


@pytest.fixture
def clock(monkeypatch):
    """``clock(2026, 11, 30, 9)`` is the hour in Paris from then on."""

    def turn(*parts: int) -> None:
        now = datetime(*parts, tzinfo=ZoneInfo("Europe/Paris"))
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    turn(2026, 11, 30, 9)
    return turn


@pytest.fixture
def staff(client, admin_user):
    """Posts the form of a site: each time as somebody who has just logged in, for a clock that may have moved."""

    class Staff:
        def open(self, address: str):
            client.force_login(admin_user)
            return client.get(address)

        def edit(self, slug: str, /, **typed: str) -> None:
            site = Site.objects.get(slug=slug)
            page = self.open(admin_page(Site, "change", site.pk))
            answer = client.post(admin_page(Site, "change", site.pk), filled(page, "site_form", **typed))
            assert answer.status_code == 302

        def confirm(self, name: str, slug: str, **more: str) -> None:
            address = admin_page(Site, name, Site.objects.get(slug=slug).pk)
            self.open(address)
            assert client.post(address, more).status_code == 302

        def withdraw(self, slug: str) -> None:
            self.confirm("withdraw", slug, _confirmed="1")

        def delete(self, slug: str) -> None:
            self.confirm("delete", slug, post="yes")

    return Staff()


def days() -> list[str]:
    return [str(version.day) for version in DirectoryVersion.objects.all()]


def read(client, address: str) -> bytes:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.getvalue()


def live(client) -> dict[str, bytes]:
    return {name: read(client, f"/{name}") for name in FILES}


def stored(client, day: str) -> dict[str, bytes]:
    return {name: read(client, f"/donnees/versions/{day}/{name}") for name in FILES}


def changes(client, day: str) -> dict:
    return json.loads(read(client, f"/donnees/versions/{day}/changements.json"))


def named(found: dict) -> dict[str, list[str]]:
    return {kind: [site["id"] for site in found[kind]] for kind in ("added", "removed", "renamed", "changed")}


# What is kept, and when


def test_the_data_that_were_loaded_are_the_first_version(client, directory):
    version = DirectoryVersion.objects.get()
    assert (str(version), version.count, version.changes) == ("2020-10-14", 53, None)
    assert stored(client, "2020-10-14") == live(client)


def test_an_edit_a_withdrawal_and_a_renaming_leave_the_version_of_the_day_before_as_it_was(
    client, directory, clock, staff
):
    staff.edit("pimms-evry", phone="02 37 00 00 01")
    before = live(client)
    clock(2026, 11, 30, 23, 59)
    assert stored(client, "2026-11-30") == before
    clock(2026, 12, 1, 0, 1)
    staff.edit(CHANGED, phone="02 54 00 00 02")
    staff.withdraw(REMOVED)
    staff.edit(RENAMED, name="PIMMS de Seine-et-Marne", slug="pimms-seine-et-marne")
    after = live(client)
    clock(2026, 12, 2, 8)
    staff.edit("pimms-evry", phone="02 37 00 00 03")
    assert days() == ["2026-12-02", "2026-12-01", "2026-11-30", "2020-10-14"]
    assert stored(client, "2026-11-30") == before
    assert stored(client, "2026-12-01") == after != before
    assert stored(client, "2026-12-02") == live(client) != after
    found = changes(client, "2026-12-01")
    assert named(found) == {"added": [], "removed": [REMOVED], "renamed": [RENAMED], "changed": [CHANGED]}
    assert found["since"] == "2026-11-30"
    (change,) = found["changed"]
    fields = [each for each in change["fields"] if not each["field"].startswith("contact_")]
    assert [(each["field"], each["after"], each["label"]) for each in fields] == [
        ("phone", "02 54 00 00 02", "Téléphone"),
        ("phone_international", "+33254000002", "Le même téléphone au format international E.164"),
    ], "beside the source, which is now the staff"
    (renamed,) = found["renamed"]
    assert renamed["before"] == {"slug": RENAMED, "name": "PIMMS Melun"}
    assert (renamed["slug"], renamed["url"][-28:]) == ("pimms-seine-et-marne", "/pimms/pimms-seine-et-marne/")
    (removed,) = found["removed"]
    assert (removed["url"], removed["reason"]) == (None, "n’est plus dans l’annuaire")
    assert named(changes(client, "2026-12-02"))["changed"] == ["pimms-evry"]


def test_what_is_prepared_makes_no_version(client, directory, clock, staff):
    SiteFactory(slug="en-preparation", publication=Publication.DRAFT)
    keep_version()
    before = days()
    staff.edit("en-preparation", phone="02 37 00 00 01")
    assert days() == before
    staff.confirm("publish", "en-preparation", _confirmed="1")
    assert named(changes(client, "2026-11-30"))["added"] == ["en-preparation"]


def test_edits_of_a_day_that_cancel_out_leave_no_version(client, directory, clock, staff):
    stood = Site.objects.get(slug=CHANGED).data_note
    staff.edit(CHANGED, data_note="Autre chose.")
    assert days() == ["2026-11-30", "2020-10-14"]
    staff.edit(CHANGED, data_note=stood)
    assert days() == ["2020-10-14"]
    assert stored(client, "2020-10-14") == live(client)


def test_the_version_of_today_is_replaced_until_midnight(client, directory, clock, staff):
    for phone in ("02 54 00 00 02", "02 54 00 00 03"):
        staff.edit(CHANGED, phone=phone)
    assert days() == ["2026-11-30", "2020-10-14"]
    assert stored(client, "2026-11-30") == live(client)
    assert changes(client, "2026-11-30")["changed"][0]["fields"][0]["after"] == "02 54 00 00 03"


def test_a_deletion_and_a_return_make_versions(client, directory, clock, staff):
    SiteFactory(slug="de-trop")
    keep_version()
    clock(2026, 12, 1, 9)
    staff.delete("de-trop")
    assert named(changes(client, "2026-12-01"))["removed"] == ["de-trop"]
    assert stored(client, "2026-12-01") == live(client)
    clock(2026, 12, 2, 9)
    address = admin_page(Site, "recover", history.deleted(Site).get().pk)
    staff.open(address)
    client.post(address)
    assert days() == ["2026-12-01", "2026-11-30", "2020-10-14"], "it returns out of sight"
    staff.confirm("publish", "de-trop", _confirmed="1")
    assert named(changes(client, "2026-12-02"))["added"] == ["de-trop"]


def test_going_back_in_the_history_makes_a_version(client, directory, clock, staff):
    staff.edit(CHANGED, phone="02 54 00 00 02")
    clock(2026, 12, 1, 9)
    site = Site.objects.get(slug=CHANGED)
    first = history.versions_of(site).last()
    address = admin_page(Site, "return", site.pk, first.pk)
    staff.open(address)
    assert client.post(address).status_code == 302
    assert days()[0] == "2026-12-01"
    assert stored(client, "2026-12-01")["pimms.csv"] == stored(client, "2020-10-14")["pimms.csv"]


def test_a_table_that_is_imported_makes_a_version(client, directory, clock, staff):
    text = tables.export(Site, "csv").decode("utf-8-sig")
    old = Site.objects.get(slug=CHANGED).phone
    assert text.count(old) == 1
    file = SimpleUploadedFile("tableau.csv", text.replace(old, "02 54 00 00 09").encode())
    staff.open(admin_page(Site))
    looked = client.post(admin_page(Site, "import"), {"file": file})
    assert days() == ["2020-10-14"], "looking changes nothing"
    client.post(admin_page(Site, "import"), filled(looked, "confirm-form"))
    assert named(changes(client, "2026-11-30"))["changed"] == [CHANGED]


def test_the_name_of_an_association_changes_all_its_sites(client, directory, clock, staff):
    association = Association.objects.get(slug="pimms-isere")
    page = staff.open(admin_page(Association, "change", association.pk))
    client.post(
        admin_page(Association, "change", association.pk), filled(page, "association_form", name="PIMMS des Alpes")
    )
    found = changes(client, "2026-11-30")["changed"]
    assert {each["field"] for site in found for each in site["fields"]} == {"association"}
    assert len(found) == association.sites.labelled().count() > 1


def test_a_refused_form_keeps_nothing(client, directory, clock, staff):
    site = Site.objects.get(slug=CHANGED)
    page = staff.open(admin_page(Site, "change", site.pk))
    answer = client.post(admin_page(Site, "change", site.pk), filled(page, "site_form", phone="douze"))
    assert answer.status_code == 200
    assert days() == ["2020-10-14"]


@pytest.mark.slow
def test_loading_twice_keeps_one_version_and_loading_over_edits_another(directory, cut_fixtures, clock):
    for _time in range(2):
        call_command("load_directory", "--releases-only", fixtures=cut_fixtures, verbosity=0)
    assert days() == ["2020-10-14"]
    Site.objects.filter(slug=CHANGED).update(phone="02 54 00 00 02")
    with pytest.raises(CommandError):
        call_command("load_directory", "--releases-only", fixtures=cut_fixtures, verbosity=0)
    assert days() == ["2020-10-14"]
    keep_version()
    clock(2026, 12, 1, 9)
    call_command("load_directory", "--releases-only", "--overwrite", fixtures=cut_fixtures, verbosity=0)
    assert days() == ["2026-12-01", "2026-11-30", "2020-10-14"]


@pytest.mark.slow
def test_a_database_of_before_gets_its_first_version_by_a_start(client, directory, cut_fixtures, clock, staff):
    """``make run`` and every release load with ``--if-empty``, before anybody edits."""
    DirectoryVersion.objects.all().delete()
    call_command("load_directory", "--if-empty", "--releases-only", fixtures=cut_fixtures, verbosity=0)
    assert days() == ["2020-10-14"]
    staff.edit(CHANGED, phone="02 54 00 00 02")
    DirectoryVersion.objects.all().delete()
    clock(2026, 12, 24, 9)
    call_command("load_directory", "--if-empty", "--releases-only", fixtures=cut_fixtures, verbosity=0)
    assert days() == ["2026-11-30"], "staff edited it then"
    assert stored(client, "2026-11-30") == live(client)


def test_a_clock_that_was_put_back_writes_nothing_into_the_past(client, directory, clock, staff):
    staff.edit(CHANGED, data_note="Autre chose.")
    clock(2026, 11, 20, 9)
    staff.edit(CHANGED, data_note="Encore autre chose.")
    assert days() == ["2026-11-30", "2020-10-14"]


def test_a_new_field_of_the_files_is_told_once_and_not_of_every_site(client, directory, clock):
    version = DirectoryVersion.objects.get()
    found = json.loads(version.files.get(kind="json").content)
    for record in found["results"]:
        del record["data_note"]
    older = VersionFile.of(version, "json", json.dumps(found).encode())
    version.files.filter(kind="json").update(sha256=older.sha256, packed=older.packed)
    keep_version()
    told = changes(client, "2026-11-30")
    assert named(told) == {"added": [], "removed": [], "renamed": [], "changed": []}
    assert told["new_fields"] == ["data_note"]
    assert told["summary"] == "Aucune fiche n’a changé, les fichiers si. Nouveaux champs\u00a0: data_note."


def test_an_identifier_is_never_that_of_two_sites(directory, clock, staff):
    staff.edit(RENAMED, name="PIMMS de Seine-et-Marne", slug="pimms-seine-et-marne")
    renamed = Site.objects.get(slug="pimms-seine-et-marne")
    renamed.aliases.filter(slug=RENAMED).delete()  # staff give its former address to another one
    assert SiteFactory(slug=RENAMED).first_slug == f"{RENAMED}-2"
    assert renamed.first_slug == RENAMED


# What is served


def test_a_past_version_may_be_kept_for_ever_and_that_of_today_not(client, directory, clock, staff):
    staff.edit(CHANGED, phone="02 54 00 00 02")
    for name in FILES:
        past, today = client.get(BASELINE + name), client.get(f"/donnees/versions/2026-11-30/{name}")
        assert "immutable" in past["Cache-Control"] and "max-age=31536000" in past["Cache-Control"]
        assert "immutable" not in today["Cache-Control"]
        assert past["ETag"] == f'"{hashlib.sha256(past.content).hexdigest()}"'
        assert f'filename="pimms-2020-10-14.{name.partition(".")[2]}"' in past["Content-Disposition"]
        assert past["Content-Type"] == client.get(f"/{name}")["Content-Type"]
        assert past["Access-Control-Allow-Origin"] == "*"
        known = client.get(BASELINE + name, headers={"if-none-match": past["ETag"]})
        assert (known.status_code, known.content) == (304, b"")


def test_the_checksums_are_those_of_the_files_as_they_are_saved(client, directory, tmp_path):
    for name in FILES:
        response = client.get(BASELINE + name)
        saved = response["Content-Disposition"].split('filename="')[1].rstrip('"')
        (tmp_path / saved).write_bytes(response.content)
    sums = client.get(BASELINE + "SHA256SUMS")
    assert sums["Content-Type"] == "text/plain; charset=utf-8"
    (tmp_path / "SHA256SUMS").write_bytes(sums.content)
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout.count(b": OK")) == (0, 3)


@pytest.mark.parametrize("name", ["", *FILES, "changements.json", "SHA256SUMS"])
def test_days_without_a_version_lead_to_the_one_before_for_good(client, directory, clock, staff, name):
    staff.edit(CHANGED, phone="02 54 00 00 02")
    clock(2026, 12, 5, 9)
    assert client.get(f"/donnees/versions/2026-11-29/{name}").status_code == 301
    for day, leads_to in (("2026-11-29", BASELINE), ("2026-12-04", "/donnees/versions/2026-11-30/")):
        assert client.get(f"/donnees/versions/{day}/{name}").headers["Location"] == leads_to + name
    for day in ("2026-12-05", "2026-12-06", "9999-12-31", "2020-10-13", "0001-01-01", "2024-02-31", "0000-00-00"):
        answer = client.get(f"/donnees/versions/{day}/{name}")
        assert answer.status_code == 404, day
        if name:
            assert answer["Content-Type"] == "application/problem+json"
            assert json.loads(answer.content)["status"] == 404
    sentence = client.get(f"/donnees/versions/2020-10-13/{name}").content.decode()
    assert "La première version est du 14\u00a0octobre 2020." in sentence
    sentence = client.get(f"/donnees/versions/2026-12-05/{name}").content.decode()
    assert "la version la plus récente est du 30\u00a0novembre 2026." in sentence


def test_a_directory_without_a_version_says_so(client):
    assert "Il n’y a pas encore de version datée." in client.get("/donnees/versions/").content.decode()
    assert json.loads(read(client, "/donnees/versions.json")) == {"count": 0, "versions": []}
    assert client.get("/donnees/versions/2024-08-01/").status_code == 404
    assert client.get("/donnees/versions/flux.atom").status_code == 200


def test_a_file_of_a_version_has_no_filters(client, directory):
    for address in (BASELINE + "pimms.csv", BASELINE + "changements.json", "/donnees/versions.json"):
        assert client.get(address, {"region": "bretagne"}).status_code == 400
        assert client.get(address, {"utm_source": "lettre"}).status_code == 200


def test_the_index_names_all_files_with_their_checksums(client, directory, clock, staff):
    staff.edit(CHANGED, phone="02 54 00 00 02")
    found = json.loads(read(client, "/donnees/versions.json"))
    assert [(each["date"], each["provisional"], each["count"]) for each in found["versions"]] == [
        ("2026-11-30", True, 53),
        ("2020-10-14", False, 53),
    ]
    assert found["versions"][0]["changes"] == {"added": 0, "removed": 0, "renamed": 0, "changed": 1}
    for version in found["versions"]:
        for file in version["files"].values():
            content = read(client, file["url"].removeprefix(settings.PUBLIC_ORIGIN))
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])


def test_the_pages_tell_of_changes_and_link_only_what_the_public_may_see(client, directory, clock, staff):
    name = Site.objects.get(slug=REMOVED).name
    staff.edit(CHANGED, phone="02 54 00 00 02")
    staff.withdraw(REMOVED)
    listed = client.get("/donnees/versions/").content.decode()
    assert "1 PIMMS sorti de la liste. 1 fiche modifiée." in listed and "Provisoire jusqu’à minuit." in listed
    page = client.get("/donnees/versions/2026-11-30/").content.decode()
    assert "peut encore changer jusqu’à minuit" in page
    assert f"{name}, n’est plus dans l’annuaire" in page
    assert f'href="/pimms/{CHANGED}/"' in page and f'href="/pimms/{REMOVED}/"' not in page
    assert "→ «\u00a002 54 00 00 02\u00a0»" in page
    clock(2026, 12, 1, 9)
    page = client.get("/donnees/versions/2026-11-30/").content.decode()
    assert "provisoire" not in page.lower() and "Ces fichiers ne changent plus" in page


def test_why_a_site_left_is_said_as_its_record_has_it_now(client, directory, clock, staff):
    staff.edit(REMOVED, closed_on="2026-11-29")
    staff.edit(CHANGED, label_ended_on="2026-11-28")
    reasons = {each["id"]: (each["reason"], bool(each["url"])) for each in changes(client, "2026-11-30")["removed"]}
    assert reasons == {
        REMOVED: ("a fermé le 29\u00a0novembre 2026", True),
        CHANGED: ("n’a plus le label depuis le 28\u00a0novembre 2026", True),
    }


def test_the_feed_has_an_entry_for_each_version_with_its_changes_in_words(client, directory, clock, staff):
    staff.edit(CHANGED, phone="02 54 00 00 02")
    staff.edit(RENAMED, name="PIMMS de Seine-et-Marne")
    feed = etree.fromstring(read(client, "/donnees/versions/flux.atom"))
    names = {"a": "http://www.w3.org/2005/Atom"}
    entries = [
        [entry.findtext(f"a:{name}", namespaces=names) for name in ("id", "title", "summary")]
        for entry in feed.findall("a:entry", names)
    ]
    assert [entry[0].rpartition(":version:")[2] for entry in entries] == ["2026-11-30", "2020-10-14"]
    assert entries[0][1] == "53 PIMMS au 30 novembre 2026"
    assert "Renommé\u00a0: PIMMS de Seine-et-Marne (s’appelait «\u00a0PIMMS Melun\u00a0»)." in entries[0][2]
    assert "(Téléphone, " in entries[0][2]
    assert entries[1][2] == "Première version."


def test_lists_and_feeds_ask_the_same_number_of_questions_however_many_versions(client, directory, clock, staff):
    counts = []
    for day in (1, 8):
        for number in range(day, day + 6):
            clock(2026, 12, number, 9)
            staff.edit(CHANGED, phone=f"02 54 00 00 {number:02}")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            for address in ("/donnees/versions/", "/donnees/versions.json", "/donnees/versions/flux.atom"):
                read(client, address)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_version_costs_a_save_a_known_number_of_questions(directory, clock):
    with CaptureQueriesContext(connection) as asked:
        keep_version()
    assert len(asked) <= 40


def test_the_download_of_today_is_named_by_the_day_since_which_it_says_the_same(client, directory, clock, staff):
    def name(address: str) -> str:
        return client.get(address)["Content-Disposition"].split('filename="')[1].rstrip('"')

    assert name("/pimms.csv") == "pimms-2020-10-14.csv"
    assert name("/pimms.csv?region=bretagne&tri=date") == "pimms-2020-10-14-bretagne.csv"
    assert name("/pimms.json?region=bretagne&type=fixe&limit=3") == "pimms-2020-10-14-bretagne-fixe-limit-3.json"
    assert name("/pimms.geojson?lat=48.1&lon=-1.6") == "pimms-2020-10-14-autour.geojson"
    assert name("/pimms.json?lieu=48.1,-1.6") == "pimms-2020-10-14-autour.json"
    assert name("/pimms.json?lieu=melun&jour=samedi") == "pimms-2020-10-14-melun-77-samedi.json"
    assert name("/pimms.csv?q=Évry%22;%0d%0aX: y") == "pimms-2020-10-14-evry-x-y.csv"
    assert name("/pimms.csv?q=Київ") == "pimms-2020-10-14-q.csv"
    longest = name("/pimms.csv?q=" + "une longue recherche " * 4)
    assert len(longest) < 80 and longest.startswith("pimms-2020-10-14-une-longue-recherche-")
    staff.edit(CHANGED, phone="02 54 00 00 02")
    assert name("/pimms.csv") == "pimms-2026-11-30.csv"
    assert name("/pimms.mediation-numerique.csv") == "pimms.mediation-numerique-2026-11-30.csv"


def test_an_export_without_any_version_is_named_by_the_day_of_its_count(client, directory):
    DirectoryVersion.objects.all().delete()
    assert 'filename="pimms-2020-10-14.csv"' in client.get("/pimms.csv")["Content-Disposition"]
    Site.objects.all().update(publication=Publication.DRAFT, is_public=False)
    assert f'filename="pimms-{date.today()}.csv"' in client.get("/pimms.csv")["Content-Disposition"]
