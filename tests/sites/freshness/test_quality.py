"""The score of a record, and what its date is worth: in the admin, in JSON, on pages."""

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from sites.freshness.contact_check import contact_check
from sites.freshness.quality import Facts, quality
from sites.models import Site
from sites.staff.confirming import ConfirmForm
from tests.factories import OpeningPeriodFactory, SiteFactory

TODAY = date(2026, 11, 29)
WHOLE = {"is_fixed": True, "has_address": True, "has_phone": True, "has_email": True, "has_hours": True}


def as_json(response) -> dict:
    return json.loads(response.getvalue())


def score(days: int | None = 0, **facts: bool) -> float:
    checked_on = None if days is None else TODAY - timedelta(days=days)
    return quality(Facts(**(WHOLE | facts), checked_on=checked_on), TODAY).score


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, 1), (182, 1), (183, 1), (456, 5.5 / 6), (729, 5 / 6), (730, 5 / 6), (5000, 5 / 6), (None, 5 / 6)],
)
def test_a_date_counts_for_six_months_then_less_until_two_years(days, expected):
    assert score(days) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"has_address": False}, 5 / 6),
        ({"has_hours": False}, 5 / 6),
        ({"has_phone": False}, 5 / 6),
        ({"has_phone": False, "has_email": False}, 3 / 6),
        ({"is_fixed": False, "has_address": False, "has_hours": False}, 1),
        ({"is_fixed": False, "has_email": False}, 3 / 4),
    ],
)
def test_the_score_is_the_mean_of_the_criteria_that_apply(facts, expected):
    assert score(**facts) == round(expected, 2)


def test_what_keeps_a_score_down_is_said():
    found = quality(Facts(**(WHOLE | {"has_email": False}), checked_on=date(2026, 1, 1)), TODAY)
    assert [(each.name, each.reason) for each in found.reasons] == [
        ("courriel_bien_defini", "Aucun courriel."),
        ("date_maj_recente", "Date de plus de six mois."),
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", None),
        ("Liste officielle des France Services, ANCT, 1er août 2024", "noted"),
        ("site web du PIMMS", "noted"),
        ("d’après le maire", "noted"),
        ("Appel téléphonique au PIMMS, accueil", "checked"),
        ("appel au PIMMS", "checked"),
        ("Visite sur place", "checked"),
    ],
)
def test_the_source_tells_whether_somebody_asked_the_desk(source, expected):
    assert contact_check(source) == expected


def test_every_source_that_staff_choose_is_one_or_the_other():
    checks = {value: contact_check(value) for value, _label in ConfirmForm.SOURCES if value}
    assert [value for value, check in checks.items() if check == "checked"] == [
        "Appel téléphonique au PIMMS",
        "Courriel du PIMMS",
        "Visite sur place",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("source", "check", "verb"),
    [("Liste officielle", "noted", "relevés"), ("Appel téléphonique au PIMMS", "checked", "vérifiés")],
)
def test_noted_and_checked_are_two_things_everywhere(client, source, check, verb):
    site = SiteFactory(slug="pimms-dole", contact_source=source, contact_checked_on=date(2026, 3, 1))
    OpeningPeriodFactory(site=site)
    page = client.get("/pimms/pimms-dole/").content.decode()
    assert f"Horaires {verb} le " in page and f"{source}, {verb} le " in page
    assert as_json(client.get("/pimms/pimms-dole.json"))["contact_check"] == check
    assert f",{check}" in client.get("/pimms.csv").getvalue().decode()
    card = client.get("/pimms/pimms-dole.vcf").getvalue().decode().replace("\r\n ", "")
    assert f"{verb.removesuffix('s').capitalize()} le 1er mars 2026. Source : {source}." in card
    assert f"Coordonnées et horaires {verb} le" in client.get("/integrer/pimms/pimms-dole/").content.decode()


@pytest.mark.django_db
def test_json_has_the_score_of_today_and_tables_have_none(client, monkeypatch):
    site = SiteFactory(slug="pimms-dole", phone="", email="dole@pimms.example", address="1 rue X")
    OpeningPeriodFactory(site=site)
    Site.objects.update(contact_source="Appel", contact_checked_on=timezone.localdate())
    expected = {
        "score": 0.83,
        "reasons": [{"criterion": "telephone_bien_defini", "score": 0.0, "text": "Aucun téléphone."}],
    }
    assert as_json(client.get("/pimms/pimms-dole.json"))["quality"] == expected
    answer = client.get("/pimms.json")
    assert as_json(answer)["results"][0]["quality"] == expected
    assert "quality" not in as_json(client.get("/pimms.geojson"))["features"][0]["properties"]
    assert "quality" not in client.get("/pimms.csv").getvalue().decode().splitlines()[0].split(",")
    later = timezone.now() + timedelta(days=400)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert client.get("/pimms.json", headers={"If-None-Match": answer["ETag"]}).status_code == 200
    assert as_json(client.get("/pimms/pimms-dole.json"))["quality"]["score"] == 0.77


@pytest.mark.django_db
def test_the_page_of_the_data_says_the_rule_and_the_average(client):
    SiteFactory(phone="", email="dole@pimms.example", contact_checked_on=timezone.localdate(), contact_source="Appel")
    page = client.get("/donnees/").content.decode()
    assert "0,67 sur 1" in page and "score_qualite.py" in page
    Site.objects.all().delete()
    assert "sur 1" not in client.get("/donnees/").content.decode()


@pytest.mark.django_db
def test_page_list_and_admin_give_the_same_score(client, admin_client, directory):
    records = as_json(client.get("/pimms.json"))["results"]
    for site in Site.objects.labelled():
        (record,) = [each for each in records if each["slug"] == site.slug]
        assert record["quality"]["score"] == site.quality.score
        assert [each["text"] for each in record["quality"]["reasons"]] == [each.reason for each in site.quality.reasons]
    assert "83 % Date de plus de deux ans." in admin_client.get("/admin/directory/site/").content.decode()
