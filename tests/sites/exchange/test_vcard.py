"""A desk for the address book: vCard 4.0 (RFC 6350), read again by the rules of that document."""

import re
from datetime import date, time

import pytest

from sites.exchange.records.vcard import folded
from sites.models import Site
from tests.factories import OpeningPeriodFactory, SiteAliasFactory, SiteFactory

pytestmark = pytest.mark.django_db


def read_card(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Name, parameters and value of each line, unfolded."""
    assert text.endswith("\r\n")
    lines = re.sub(r"\r\n ", "", text).removesuffix("\r\n").split("\r\n")
    assert (lines[0], lines[1], lines[-1]) == ("BEGIN:VCARD", "VERSION:4.0", "END:VCARD")
    properties = []
    for line in lines[1:-1]:
        head, value = re.fullmatch(r'((?:"[^"]*"|[^":])+):(.*)', line).groups()
        name, *parameters = head.split(";")
        properties.append((name, dict(each.split("=") for each in parameters), value))
    return properties


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def values(client, site: Site) -> dict[str, list[str]]:
    answer = client.get(f"/pimms/{site.slug}.vcf")
    assert answer.status_code == 200
    found: dict[str, list[str]] = {}
    for name, _parameters, value in read_card(b"".join(answer).decode()):
        found.setdefault(name, []).append(value)
    return found


def test_a_card_holds_what_the_page_says(client):
    desk = SiteFactory(
        name="PIMMS du Lac ; l’Été, 1",
        address="2 rue des Lilas",
        address_complement="bâtiment B, porte 3",
        phone="04 76 33 06 56",
        email="lac@pimms.example",
        website="https://lac.example/",
        latitude=45.164080,
        longitude=5.732875,
        appointment="possible",
        access_note="Le jeudi, sur rendez-vous.",
        commune__name="Grenoble",
        postcode="38100",
    )
    OpeningPeriodFactory(site=desk, weekday=1, opens=time(9), closes=time(12, 30))
    OpeningPeriodFactory(site=desk, weekday=1, opens=time(14), closes=time(17))
    card = values(client, desk)
    assert unescaped(card["FN"][0]) == desk.name
    assert unescaped(card["ORG"][0]) == desk.association.name
    assert card["ADR"] == [r";;2 rue des Lilas\, bâtiment B\, porte 3;Grenoble;;38100;France"]
    assert card["TEL"] == ["tel:+33476330656"]
    assert card["EMAIL"] == ["lac@pimms.example"]
    assert card["GEO"] == ["geo:45.164080,5.732875"]
    page = f"http://testserver/pimms/{desk.slug}/"
    assert card["URL"] == [page, "https://lac.example/"]
    assert card["UID"] == [page]
    assert card["SOURCE"] == [f"http://testserver/pimms/{desk.slug}.vcf"]
    assert card["KIND"] == ["org"]
    assert card["TZ"] == ["Europe/Paris"]
    note = unescaped(card["NOTE"][0]).replace("\N{NO-BREAK SPACE}", " ").split("\n")
    assert note[:3] == ["Rendez-vous possible.", "Le jeudi, sur rendez-vous.", "Lundi : 9 h – 12 h 30, 14 h – 17 h"]
    assert note[3] == "Mardi : fermé"
    assert note[-1] == "Relevé le 1er août 2024. Source : Liste officielle des France Services."


def test_a_card_says_where_a_bus_comes_from_and_what_was_corrected(client):
    bus = SiteFactory(
        mobile=True, base="2 rue des Lilas, 38100 Grenoble", area_served="Le Trièves", data_note="Sans les arrêts."
    )
    note = unescaped(values(client, bus)["NOTE"][0]).replace("\N{NO-BREAK SPACE}", " ").split("\n")
    assert "Point d’attache, sans accueil : 2 rue des Lilas, 38100 Grenoble." in note
    assert "Secteur desservi : Le Trièves." in note
    assert note[-1] == "À savoir : Sans les arrêts."


def test_a_bus_has_no_address_on_its_card(client):
    card = values(client, SiteFactory(mobile=True, phone="", email="", website="", latitude=None, longitude=None))
    assert not {"ADR", "GEO", "TEL", "EMAIL"} & set(card)


def test_a_closed_desk_says_so_and_has_no_hours(client):
    desk = OpeningPeriodFactory(site__closed_on=date(2024, 3, 1)).site
    note = values(client, desk)["NOTE"][0]
    assert note.startswith("Fermé depuis le 1er mars 2024.")
    assert "Lundi" not in note


def test_a_telephone_knows_what_it_is(client):
    desk = SiteFactory()
    answer = client.get(f"/pimms/{desk.slug}.vcf")
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith(f'inline; filename="{desk.slug}-')
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["ETag"]


def test_a_former_name_leads_to_the_card_and_a_withdrawn_desk_has_none(client):
    alias = SiteAliasFactory(slug="autrefois")
    answer = client.get("/pimms/autrefois.vcf")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/pimms/{alias.site.slug}.vcf")
    assert client.get("/pimms/jamais.vcf").status_code == 404
    withdrawn = SiteFactory(publication="withdrawn")
    assert client.get(f"/pimms/{withdrawn.slug}.vcf").status_code == 410


def test_every_desk_of_the_network_has_a_card(client, network):
    for site in Site.objects.labelled():
        card = values(client, site)
        assert unescaped(card["FN"][0]) == site.name
        assert len(card["NOTE"]) == 1


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\u2028", "\u2029"])
def test_no_text_of_a_desk_begins_a_line_of_its_own(client, end):
    desk = SiteFactory(name=f"PIMMS{end}TEL:0800", access_note=f"Un{end}BEGIN:VCARD")
    card = client.get(f"/pimms/{desk.slug}.vcf")
    lines = b"".join(card).decode().splitlines()
    assert not [line for line in lines[1:] if line.startswith(("TEL:0800", "BEGIN"))]
    assert unescaped(values(client, desk)["FN"][0]) == "PIMMS\nTEL:0800"


def test_long_lines_are_folded_between_characters():
    line = "NOTE:" + "é" * 100
    pieces = folded(line).split("\r\n")
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert all(piece.startswith(" ") for piece in pieces[1:])
    assert "".join([pieces[0], *(piece[1:] for piece in pieces[1:])]) == line
