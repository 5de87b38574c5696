"""Every page and every format says of a notice what the page of the site says, for as long as it says so."""

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from sites.models import Notice, Site
from tests.factories import NoticeFactory, OpeningPeriodFactory, SiteFactory
from tests.sites.exchange.test_structured_data import documents, problem
from tests.sites.exchange.test_vcard import unescaped, values

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NOW = datetime(2026, 8, 3, 10, tzinfo=UTC)  # a Monday
CLOSED = "Fermé du 4 au 15 août 2026 à 12 h. Appelez la mairie."


@pytest.fixture
def clock(monkeypatch):
    moment = [NOW]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    return moment


@pytest.fixture
def site(clock) -> Site:
    site = SiteFactory(wave__effective_on=date(2020, 1, 1), contact_checked_on=date(2026, 7, 1))
    for weekday in range(1, 6):
        OpeningPeriodFactory(site=site, weekday=weekday, opens=time(9), closes=time(17))
    NoticeFactory(site=site, ends_at=time(12), text="Appelez la mairie.")
    NoticeFactory(
        site=site, kind="hours", hours="9h-12h / 14h-16h", begins_on=date(2026, 8, 16), ends_on=date(2026, 8, 28)
    )
    NoticeFactory(
        site=site, kind="note", text="Prêt de tablettes.", begins_on=date(2026, 10, 1), ends_on=date(2026, 10, 1)
    )
    return site


def words(response) -> str:
    return response.getvalue().decode().replace("\u00a0", " ")


@pytest.mark.parametrize(
    "address", ["/pimms/{}/", "/pimms/", "/integrer/pimms/{}/", "/regions/{region}/", "/associations/{association}/"]
)
def test_pages_say_it_from_the_day_it_is_shown_to_its_end(client, clock, site, address):
    path = address.format(site.slug, region=site.department.region.slug, association=site.association.slug)
    assert "Fermé du 4 au 15 août 2026 à 12 h.</strong> Appelez la mairie." in words(client.get(path))
    assert "Autres horaires du 16 au 28 août 2026 : 9 h – 12 h et 14 h – 16 h." in words(client.get(path))
    assert "tablettes" not in words(client.get(path))  # prepared for October
    clock[0] = datetime(2026, 8, 15, 9, 59, 59, tzinfo=UTC)
    assert "Fermé du 4 au 15" in words(client.get(path))
    clock[0] = datetime(2026, 8, 15, 10, 0, tzinfo=UTC)
    assert "Fermé du 4 au 15" not in words(client.get(path))
    clock[0] = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
    assert "Le 1er octobre 2026 :</strong> Prêt de tablettes." in words(client.get(path))


def test_a_desk_that_is_closed_by_a_notice_is_not_called_open(client, clock, site):
    assert "Ouvert maintenant, jusqu’à 17 h." in words(client.get("/pimms/"))
    clock[0] = datetime(2026, 8, 5, 10, tzinfo=UTC)
    for path in ("/pimms/", site.get_absolute_url()):
        page = words(client.get(path))
        assert "Ouvert maintenant" not in page
        assert "Fermé du 4 au 15 août 2026 à 12 h." in page
    clock[0] = datetime(2026, 8, 18, 13, tzinfo=UTC)  # three in the afternoon, by other hours
    assert "Ouvert maintenant, jusqu’à 16 h." in words(client.get("/pimms/"))


def test_other_languages_say_closures_and_leave_sentences_in_french(client, site):
    page = words(client.get(f"/en{site.get_absolute_url()}"))
    assert "Closed from 4 August to 15 August 2026 at 12:00." in page
    assert '<bdi lang="fr" dir="ltr">Appelez la mairie.</bdi>' in page


def test_files_list_what_the_page_shows(client, site):
    closed = {
        "kind": "closed",
        "begins": "2026-08-04",
        "ends": "2026-08-15T12:00",
        "hours": None,
        "text": "Appelez la mairie.",
        "summary": CLOSED,
    }
    (record,) = json.loads(words(client.get("/pimms.json")))["results"]
    assert record["notices"][0] == closed
    assert record["notices"][1]["hours"] == "09:00-12:00,14:00-16:00"
    assert len(record["notices"]) == 2
    cell = "closed 2026-08-04/2026-08-15T12:00 Appelez la mairie. | hours 2026-08-16/2026-08-28 09:00-12:00,14:00-16:00"
    (row,) = csv.DictReader(io.StringIO(words(client.get("/pimms.csv"))))
    assert row["notices"] == cell
    (feature,) = json.loads(words(client.get("/pimms.geojson")))["features"]
    assert feature["properties"]["notices"] == cell
    assert record["opening_hours"] == "Mo-Fr 09:00-17:00; PH off"
    for address in ("/pimms.mediation-numerique.json", "/pimms.data-inclusion.json"):
        assert CLOSED in words(client.get(address))


def test_structured_data_have_special_hours(client, site):
    desk = documents(client, site.get_absolute_url())["LocalBusiness"]
    assert problem(json.dumps({"@context": "https://schema.org", **desk})) == ""
    assert [
        (each["validFrom"], each["validThrough"], each["opens"], each["closes"], len(each.get("dayOfWeek", [])))
        for each in desk["specialOpeningHoursSpecification"]
    ] == [
        ("2026-08-15", "2026-08-15", "00:00", "00:00", 0),  # a holiday, and a Saturday
        ("2026-08-04", "2026-08-14", "00:00", "00:00", 0),
        ("2026-08-16", "2026-08-28", "09:00", "12:00", 5),
        ("2026-08-16", "2026-08-28", "14:00", "16:00", 5),
    ]


def test_the_visiting_card_the_kept_copy_and_the_feed_say_it(client, clock, site):
    assert CLOSED in unescaped(values(client, site)["NOTE"][0]).replace("\u00a0", " ")
    (desk,) = json.loads(words(client.get("/hors-ligne.json")))["desks"]
    assert desk["notices"][0] == {"text": CLOSED, "ends": "2026-08-15T12:00:00+02:00"}
    feed = words(client.get("/flux.atom"))
    assert f":site:{site.slug}:notice:closed:2026-08-04</id>" in feed
    assert CLOSED in feed
    clock[0] = datetime(2026, 8, 15, 10, tzinfo=UTC)
    assert "notice:closed" not in words(client.get("/flux.atom"))


def test_a_copy_is_out_of_date_when_a_notice_comes(client, clock, site):
    before = json.loads(words(client.get("/hors-ligne.json")))["version"]
    clock[0] = datetime(2026, 10, 1, 6, tzinfo=UTC)
    assert json.loads(words(client.get("/hors-ligne.json")))["version"] != before


def test_a_desk_that_closed_for_good_says_nothing_more(client, site):
    Site.objects.update(closed_on=date(2026, 8, 1))
    for path in (site.get_absolute_url(), f"/integrer{site.get_absolute_url()}", "/flux.atom"):
        assert "Appelez la mairie" not in words(client.get(path))
    assert json.loads(words(client.get(f"{site.get_absolute_url()[:-1]}.json")))["notices"] == []


def test_a_notice_changes_the_record(clock, site):
    clock[0] += timedelta(hours=1)
    Notice.objects.get(kind="note").delete()
    site.refresh_from_db()
    assert site.modified_at == clock[0]
