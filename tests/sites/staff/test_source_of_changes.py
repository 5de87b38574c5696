"""Who changes contact details or hours says from where and when; nothing new stands under an old source."""

import json
from datetime import date

import pytest
from django.utils import timezone

from pimms_directory.base.templatetags.french import french_date
from sites.models import OpeningPeriod, Site
from tests.admin_pages import admin_page
from tests.editing.test_tables import edited, upload
from tests.factories import OpeningPeriodFactory, SiteFactory
from tests.forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

LIST = "Liste officielle des France Services, ANCT, 1er août 2024 (Licence Ouverte 2.0)"
STAFF = "Rédaction de l’annuaire"


@pytest.fixture
def editor(admin_client):
    return admin_client


@pytest.fixture
def blois(editor):
    """Its form, filled and sent."""
    site = SiteFactory(
        slug="pimms-blois", phone="02 54 00 00 01", contact_source=LIST, contact_checked_on=date(2024, 8, 1)
    )
    OpeningPeriodFactory(site=site, weekday=1, opens="09:00", closes="12:00")

    def change(**typed):
        page = editor.get(admin_page(Site, "change", site.pk))
        editor.post(admin_page(Site, "change", site.pk), filled(page, "site_form", **typed))
        stored = Site.objects.get()
        return stored.contact_source, stored.contact_checked_on

    return change


def body(client, address: str) -> str:
    return b"".join(client.get(address)).decode()


PHONE = {"phone": "02 54 00 00 02"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"data_note": "Une remarque."}, (LIST, date(2024, 8, 1))),
        (PHONE, (STAFF, "today")),
        ({"opening_periods__1__1": "12h30"}, (STAFF, "today")),
        ({**PHONE, "contact_checked_on": "2025-03-01"}, (STAFF, date(2025, 3, 1))),
        ({**PHONE, "contact_source": "Appel au PIMMS"}, ("Appel au PIMMS", "today")),
        (
            {**PHONE, "contact_source": "Appel au PIMMS", "contact_checked_on": "2025-03-01"},
            ("Appel au PIMMS", date(2025, 3, 1)),
        ),
    ],
)
def test_new_values_stand_under_their_own_source(blois, typed, expected):
    source, day = expected
    assert blois(**typed) == (source, timezone.localdate() if day == "today" else day)


def test_a_second_call_is_a_source_of_its_own(blois):
    blois(**PHONE, contact_source="Appel au PIMMS", contact_checked_on="2025-03-01")
    later = blois(phone="02 54 00 00 03", contact_checked_on="2025-04-01")
    assert later == ("Appel au PIMMS", date(2025, 4, 1))


def test_every_format_says_that_staff_changed_it_and_no_longer_names_the_list(blois, client):
    blois(**PHONE)
    today = french_date(timezone.localdate())
    page = client.get("/pimms/pimms-blois/").text
    assert "modifiés par la rédaction de l’annuaire le" in page and today in page
    assert "Coordonnées ou horaires modifiés le" in page
    assert "Coordonnées et horaires modifiés le" in client.get("/integrer/pimms/pimms-blois/").text
    card = body(client, "/pimms/pimms-blois.vcf").replace("\r\n ", "")
    assert "Modifié par la rédaction de l’annuaire le" in card
    record = json.loads(body(client, "/pimms/pimms-blois.json"))
    assert (record["contact_check"], record["contact_source"]) == ("changed", STAFF)
    for address in ("/pimms.csv", "/pimms/pimms-blois/", "/pimms/pimms-blois.vcf", "/pimms/pimms-blois.json"):
        assert LIST not in body(client, address)


def test_staff_are_asked_for_the_source(blois, editor):
    blois(**PHONE)
    assert "dites d’où vous les tenez" in editor.get("/admin/").text


def test_a_table_names_no_source_of_its_own(blois, editor):
    data = edited(Site, "pimms-blois", phone="02 54 00 00 04")
    looked = upload(editor, Site, data)
    assert STAFF in looked.text, "the difference shows it before anything is written"
    editor.post(admin_page(Site, "import"), filled(looked, "confirm-form"))
    site = Site.objects.get()
    assert (site.phone, site.contact_source, site.contact_checked_on) == (
        "02 54 00 00 04",
        STAFF,
        timezone.localdate(),
    )


def test_a_table_that_names_its_source_is_believed(blois, editor):
    data = edited(Site, "pimms-blois", phone="02 54 00 00 04", contact_source="Site web du PIMMS")
    editor.post(admin_page(Site, "import"), filled(upload(editor, Site, data), "confirm-form"))
    assert Site.objects.get().contact_source == "Site web du PIMMS"


def test_hours_that_a_table_changes_are_no_longer_the_list_s(blois, editor):
    looked = upload(editor, OpeningPeriod, b"site;lundi\npimms-blois;10:00 - 12:00\n", "semaine.csv")
    editor.post(admin_page(OpeningPeriod, "import"), filled(looked, "confirm-form"))
    assert str(OpeningPeriod.objects.get()) == "lundi 10:00–12:00"
    assert Site.objects.get().contact_source == STAFF
