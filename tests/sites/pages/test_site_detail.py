"""The page of a site: a citizen's needs first, the press's in a part of their own, nothing twice."""

import re
from datetime import UTC, date, datetime, time
from html import unescape
from urllib.parse import unquote

import pytest

from sites.models import Site
from tests.factories import (
    CommuneFactory,
    DepartmentFactory,
    ListingFactory,
    OpeningPeriodFactory,
    RegionFactory,
    SiteFactory,
)

pytestmark = pytest.mark.django_db


def words_of(html: str) -> str:
    main = html.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def page_of(client, site: Site) -> str:
    """With plain spaces where French typography has no-break ones before signs."""
    return re.sub(r"(?<=«)\u00a0|\u00a0(?=[»:;!?])", " ", client.get(site.get_absolute_url()).content.decode())


def link(html: str, text: str) -> str:
    """Where the link with these words leads."""
    for address, inside in re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL):
        if text in re.sub(r"<[^>]+>", "", inside):
            return unescape(address)
    raise AssertionError(f"no link « {text} »")


@pytest.fixture
def at(monkeypatch):
    def stop_the_clock(text: str) -> None:
        now = datetime.fromisoformat(text).replace(tzinfo=UTC)
        monkeypatch.setattr("sites.hours.today.timezone.now", lambda: now)

    return stop_the_clock


def test_the_page_is_in_the_order_of_a_citizens_questions(client, directory):
    words = words_of(page_of(client, Site.objects.get(slug="pimms-isere-la-villeneuve")))
    order = (
        *("PIMMS Isère – La Villeneuve", "Label, sources et citation", "97 galerie de l’Arlequin", "Aujourd’hui,"),
        *("Appeler le", "Y aller", "Horaires de la semaine", "Garder ou envoyer", "D’autres PIMMS"),
        *("Label France Services", "Ce que les communiqués impriment", "Citer cette page"),
    )
    places = [words.index(each) for each in order]
    assert places == sorted(places)


def test_the_part_for_the_press_is_linked_from_the_top(client):
    html = page_of(client, ListingFactory().site)
    assert link(html, "Label, sources et citation") == "#label-et-sources"
    press = html.partition('id="label-et-sources"')[2]
    for heading in ('id="label"', 'id="sources"', 'id="citer"', 'class="printed"', "Association"):
        assert heading in press
        assert heading not in html.removesuffix(press)


def lead_of(html: str) -> str:
    found = re.search(r'<p class="lead">(.*?)</p>', html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found[1])).strip()


def test_a_department_is_named_once(client):
    region = RegionFactory(name="Bretagne")
    department = DepartmentFactory(name="Ille-et-Vilaine", region=region)
    assert lead_of(page_of(client, SiteFactory(mobile=True, department=department))) == "Ille-et-Vilaine Bretagne"
    commune = CommuneFactory(name="Retiers", department=department)
    assert lead_of(page_of(client, SiteFactory(commune=commune))) == "Retiers Ille-et-Vilaine"
    paris = DepartmentFactory(name="Paris", region=RegionFactory(name="Île-de-France"))
    assert lead_of(page_of(client, SiteFactory(commune=CommuneFactory(name="Paris", department=paris)))) == (
        "Paris Île-de-France"
    )
    island = DepartmentFactory(name="La Réunion", region=RegionFactory(name="La Réunion"))
    assert lead_of(page_of(client, SiteFactory(mobile=True, department=island))) == "La Réunion"


def test_a_bus_says_where_and_when_it_stops(client, network):
    html = page_of(client, Site.objects.get(slug="pimms-lorient-pimms-mobile"))
    stops = re.search(r'<ul class="stops">(.*?)</ul>', html, re.DOTALL)[1]
    days = re.findall(r"<li[^>]*>(\w+) : ", stops)
    assert days == ["Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi"]
    words = words_of(html)
    assert words.count("Kervénanec, rue Maurice Thorez") == 1
    assert "D’où part le bus (ce n’est pas un arrêt) 17 boulevard Cosmao-Dumanoir, 56100 Lorient" in words
    assert "Y aller" not in words


def test_what_has_no_desk_leads_to_those_of_its_department(client):
    bus = SiteFactory(mobile=True, department__name="Vosges")
    html = page_of(client, bus)
    assert link(html, "Les PIMMS du département : Vosges") == bus.department.get_absolute_url()
    assert '<div class="map">' not in html


def test_a_desk_without_a_telephone_is_written_to(client):
    html = page_of(client, SiteFactory(phone="", email="un@pimms.example"))
    assert link(html, "Écrire à") == "mailto:un@pimms.example"
    assert html.partition("<main")[2].count('href="mailto:un@pimms.example"') == 1


def test_the_clock_of_the_department_decides_what_the_page_says(client, at):
    desk = SiteFactory(commune__department=DepartmentFactory(code="971"), contact_checked_on=date(2026, 11, 1))
    OpeningPeriodFactory(site=desk, weekday=1, opens=time(8), closes=time(12))
    at("2026-11-23T11:59")
    assert "Aujourd’hui, lundi : 8 h – 12 h Fermé maintenant. Ouvre aujourd’hui à 8 h." in (
        words_of(page_of(client, desk)).replace("\N{NO-BREAK SPACE}", " ")
    )
    at("2026-11-23T12:00")
    assert "Ouvert maintenant, jusqu’à 12 h" in words_of(page_of(client, desk)).replace("\N{NO-BREAK SPACE}", " ")
    at("2026-11-24T03:00")
    assert "Aujourd’hui, lundi" in words_of(page_of(client, desk))
    embedded = client.get(f"/integrer{desk.get_absolute_url()}").content.decode()
    assert "Lundi aujourd’hui" in words_of(embedded)
    at("2026-11-24T04:00")
    assert "Aujourd’hui, mardi : fermé." in words_of(page_of(client, desk))


def test_a_holiday_is_probably_a_day_off(client, at):
    desk = OpeningPeriodFactory(weekday=2).site
    at("2026-07-14T10:00")
    assert "Aujourd’hui, mardi, est un jour férié : Fête nationale. Ce PIMMS est sans doute fermé." in words_of(
        page_of(client, desk)
    )


def test_a_quotation_is_escaped_once(client):
    desk = SiteFactory(name="PIMMS d’Issy-l'Évêque & Cie")
    assert "&amp;#x27;" not in page_of(client, desk)
    assert "PIMMS d’Issy-l&#x27;Évêque &amp; Cie" in page_of(client, desk).partition('id="citation-texte"')[2]


def test_a_closed_desk_has_no_hours(client):
    desk = SiteFactory(closed_on=date(2024, 9, 1), appointment="sans")
    OpeningPeriodFactory(site=desk)
    page = words_of(page_of(client, desk))
    assert "Horaires" not in page
    assert "sans rendez-vous" not in page.lower()


def test_a_closed_desk_has_no_today(client):
    desk = OpeningPeriodFactory(site__closed_on=date(2024, 3, 1)).site
    assert "Aujourd’hui," not in words_of(page_of(client, desk))


def test_the_map_shows_the_point_and_leads_to_the_streets(client, directory):
    html = page_of(client, Site.objects.get(slug="pimms-isere-la-villeneuve"))
    assert html.count('<a class="pin') == 1
    assert "https://www.openstreetmap.org/?mlat=45.164080&amp;mlon=5.732875" in html.partition('<a class="pin')[2][:120]
    assert "la position exacte du PIMMS n’est pas connue" not in html
    melun = page_of(client, Site.objects.get(slug="pimms-melun"))
    assert "Carte : le centre de la commune, car la position exacte du PIMMS n’est pas connue" in melun


def test_the_page_can_be_sent_without_a_script(client):
    desk = SiteFactory(name="PIMMS & Cie", address="1 rue de l’Été", phone="04 76 33 06 56")
    html = page_of(client, desk)
    sms, whatsapp = (unquote(link(html, f"Envoyer par {way}")) for way in ("SMS", "WhatsApp"))
    message = f"PIMMS & Cie, {desk.postal_address}, 04 76 33 06 56\nhttp://testserver{desk.get_absolute_url()}"
    assert sms == f"sms:?&body={message}"
    assert whatsapp == f"https://wa.me/?text={message}"
    assert link(html, "Ajouter à mes contacts") == f"/pimms/{desk.slug}.vcf"


# An error is reported


@pytest.fixture
def contact(settings):
    def write(value: str) -> None:
        settings.SITE = {**settings.SITE, "contact": value}

    return write


def test_an_error_is_reported_to_the_contact_of_the_site(client, contact):
    contact("annuaire@pimms.example")
    desk = SiteFactory(name="PIMMS & Cie", modified_at=datetime(2026, 3, 3, 14, 5, tzinfo=UTC))
    address = link(page_of(client, desk), "Signaler une erreur")
    assert address.startswith("mailto:annuaire@pimms.example?subject=")
    assert "Erreur sur la page «\u00a0PIMMS & Cie\u00a0»" in unquote(address)
    assert f"http://testserver{desk.get_absolute_url()}\r\nVersion de la fiche : 3 mars 2026 à 15 h 05" in unquote(
        address
    ).replace("\u00a0", " ")


@pytest.mark.parametrize("value", ["", "01 23 45 67 89"])
def test_an_error_is_reported_to_the_desk_where_the_site_has_no_mail_address(client, contact, value):
    contact(value)
    assert link(page_of(client, SiteFactory(email="un@pimms.example")), "Signaler").startswith(
        "mailto:un@pimms.example?"
    )
    assert "Signaler une erreur" not in page_of(client, SiteFactory(email=""))
