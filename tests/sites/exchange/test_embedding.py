"""Embedding: the code for other sites, the pages that they may frame and no other, and oEmbed."""

import json
import re
from collections import defaultdict
from datetime import date
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from hypothesis import given
from hypothesis import strategies as st

from labels.models import PressRelease, Wave
from sites.exchange.embedding import embeddable
from sites.models import Association, Department, Region, Site
from sites.share_images.facts import SIZE
from tests.factories import AssociationFactory, DepartmentFactory, OpeningPeriodFactory, SiteFactory, WaveFactory
from tests.test_pages import every_address, text
from tests.test_robustness import values

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def one_of_each() -> list[embeddable.Embeddable]:
    return [
        Site.objects.get(slug="pimms-isere-la-villeneuve"),
        Site.objects.filter(kind=Site.Kind.MOBILE).first(),
        Region.objects.get(slug="bretagne"),
        Region.objects.get(slug="normandie"),
        Department.objects.get(code="2A"),
        Department.objects.get(code="38"),
        Association.objects.get(slug="pimms-paris"),
        Wave.objects.get(code="2020-09"),
        PressRelease.objects.get(slug="2020-10-14"),
    ]


def code_of(response) -> str:
    return unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", response.content.decode(), re.DOTALL).group(1))


# The page that builds the code


def test_the_code_is_built_for_every_kind_of_record(client, directory):
    for record in one_of_each():
        response = client.get("/integrer/", {"fiche": record.get_absolute_url()})
        code, page = code_of(response), f"http://testserver{record.get_absolute_url()}"
        frame = dict(re.findall(r'(\w+)="([^"]*)"', code.split("><a ")[0]))
        assert frame["src"] == f"http://testserver/integrer{record.get_absolute_url()}"
        assert unescape(frame["title"]) == embeddable.title_of(record)
        assert (frame["loading"], frame["height"], frame["style"]) == ("lazy", "560", "width:100%;border:0")
        assert frame["referrerpolicy"] == "no-referrer"
        assert f'<a href="{page}">' in code
        assert "<script" not in code
        html = response.content.decode()
        assert f'<iframe class="embed-preview" src="/integrer{record.get_absolute_url()}"' in html
        assert f'<option value="{record.get_absolute_url()}" selected>' in html
        assert client.get(frame["src"]).status_code == 200


def test_the_form_offers_every_record_that_can_be_embedded(client, directory):
    html = client.get("/integrer/").content.decode()
    assert "<textarea" not in html
    offered = re.findall(r'<option value="(/[^"]+)"', html)
    records = [address for address in every_address() if resolve(address).view_name in embeddable.ROUTES]
    assert sorted(offered) == sorted(records)
    assert all(embeddable.record_at(address).get_absolute_url() == address for address in offered[::9])


@pytest.mark.parametrize(
    "fiche",
    [
        "http://testserver/departements/2A-corse-du-sud/",
        "https://TESTSERVER/departements/2a-corse-du-sud?x=1#y",
        "/DEPARTEMENTS//2a-corse-du-sud",
        "/departements/2A-autre-nom/",
    ],
)
def test_the_code_is_built_from_any_way_to_write_an_address(client, directory, fiche):
    assert 'src="http://testserver/integrer/departements/2A-corse-du-sud/"' in code_of(
        client.get("/integrer/", {"fiche": fiche})
    )


@pytest.mark.parametrize(
    "fiche",
    ["rien", "/rien/", "/", "/a-propos/", "/admin/", "https://autre.example/regions/bretagne/", "http://[", "\0"],
)
def test_what_cannot_be_embedded_is_named(client, directory, fiche):
    response = client.get("/integrer/", {"fiche": fiche})
    page = text(response)
    assert f"« {fiche} » pour « Que voulez-vous intégrer ? »".replace("\0", "�") in page
    assert "<textarea" not in response.content.decode()
    assert "noindex" in response.content.decode()


@pytest.mark.parametrize("height", ["0", "199", "1201", "-5", "haut", "9" * 5000, "\0", "nan"])
def test_a_bad_height_is_named_and_replaced(client, directory, height):
    response = client.get("/integrer/", {"fiche": "/regions/bretagne/", "hauteur": height})
    assert "pour « Hauteur, en pixels » : écrivez un nombre entier de pixels, de 200 à 1200." in text(response)
    assert 'height="560"' in code_of(response)
    assert 'height="700"' in code_of(client.get("/integrer/?fiche=/regions/bretagne/&hauteur=700"))


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from(["fiche", "hauteur", "url", "maxwidth", "maxheight", "format"]), values)))
def test_any_query_string_gets_an_answer(directory, pairs):
    query = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in pairs)
    assert Client().get("/integrer/", QUERY_STRING=query).status_code == 200
    assert Client().get("/oembed.json", QUERY_STRING=query).status_code in (400, 404, 501)


# Embedded pages


def test_embedded_pages_say_what_their_full_page_says_and_lead_there(client, directory):
    for record in one_of_each():
        address = embeddable.embedded_path(record)
        assert resolve(address).view_name == f"embedded-{resolve(record.get_absolute_url()).view_name}"
        response = client.get(address)
        html = response.content.decode()
        assert f'<link rel="canonical" href="http://testserver{record.get_absolute_url()}">' in html
        assert '<meta name="robots" content="noindex">' in html
        assert '<base target="_top">' in html
        assert f'<a href="http://testserver{record.get_absolute_url()}">' in html
        assert re.findall("<script[^>]*>", html) == ['<script type="module" src="/static/embedded.js">']
        assert not response.cookies
        if not isinstance(record, Site | PressRelease):
            listed = re.findall(r'class="card-title"><a href="([^"]+)"', html)
            full = client.get(record.get_absolute_url()).content.decode()
            assert listed == re.findall(r'class="(?:card-title|line)"><a href="([^"]+)"', full)
            if not listed:
                assert "Aucun PIMMS n’y porte aujourd’hui le label" in text(response)


def test_an_embedded_site_has_what_a_visitor_needs(client, directory):
    page = text(client.get("/integrer/pimms/pimms-isere-la-villeneuve/"))
    for words in (
        "97 galerie de l’Arlequin, 38100 Grenoble",
        "Appeler le 04 76 33 06 56",
        "10 h – 12 h 30",
        "Label France Services du 1er janvier 2020",
        "relevés le 1er août 2024",
    ):
        assert words in page, words
    assert "C’est un bus" in text(client.get("/integrer/pimms/pimms-artois-gohelle-pimms-mobile/"))


def test_a_frame_follows_a_renaming(client, directory):
    moved = {
        "/integrer/pimms/pimms-canton-de-chauffailles-melay/": "/integrer/pimms/pimms-bourgogne-du-sud-melay/",
        "/integrer/departements/38-autre/": "/integrer/departements/38-isere/",
        "/Integrer/Regions/Bretagne": "/integrer/regions/bretagne/",
    }
    for former, address in moved.items():
        response = client.get(former)
        assert (response.status_code, response.url) == (301, address)
        assert client.get(address).status_code == 200
    for kind in ("pimms", "regions", "associations", "labels"):
        assert client.get(f"/integrer/{kind}/rien/").status_code == 404
    assert client.get("/integrer/departements/99-rien/").status_code == 404


def test_a_frame_says_who_closed_or_lost_the_label(client):
    wave = WaveFactory()
    closed = SiteFactory(closed_on=date(2024, 3, 1), wave=wave)
    ended = SiteFactory(label_ended_on=date(2024, 2, 1), wave=wave, department=closed.department)
    assert "a fermé le 1er mars 2024" in text(client.get(embeddable.embedded_path(closed)))
    assert "n’a plus le label France Services depuis le 1er février 2024" in text(
        client.get(embeddable.embedded_path(ended))
    )
    listed = text(client.get(embeddable.embedded_path(wave)))
    assert "Fermé le 1er mars 2024" in listed
    assert "Sans label depuis le 1er février 2024" in listed
    assert closed.name not in text(client.get(embeddable.embedded_path(closed.department)))


def test_embedded_pages_alone_may_be_framed(client, directory):
    for record in one_of_each():
        headers = client.get(embeddable.embedded_path(record)).headers
        assert "X-Frame-Options" not in headers
        assert "frame-ancestors" not in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
    others = [
        "/integrer/",
        "/integrer/pimms/rien/",
        "/rien/",
        "/oembed.json",
        "/donnees/",
        "/pimms/?q=x",
        "/admin/login/",
    ]
    for address in [*others, *(record.get_absolute_url() for record in one_of_each())]:
        headers = client.get(address).headers
        assert headers["X-Frame-Options"] == "DENY", address
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, address
        assert ("frame-src 'self'" in policy) == (address == "/integrer/")
    assert client.post("/integrer/regions/bretagne/").status_code == 405


@pytest.mark.slow
def test_query_counts_do_not_grow_with_the_number_of_sites(client, subtests):
    department, association, wave = DepartmentFactory(), AssociationFactory(), WaveFactory()
    counts = defaultdict(list)
    for size in (1, 60):
        for _ in range(size):
            OpeningPeriodFactory(site=SiteFactory(department=department, association=association, wave=wave))
        for record in (department, department.region, association, wave):
            address = embeddable.embedded_path(record)
            client.get(address)  # the first after a change also reads the lookup tables
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200, address
            counts[address].append(len(queries))
    for address, (few, many) in counts.items():
        with subtests.test(address):
            # The revision, the record, the sums, the releases, the keys of the first sites, these, hours and notices.
            assert few == many <= 8


# oEmbed


def oembed(client, **parameters):
    response = client.get("/oembed.json", parameters)
    content = response.getvalue() if response.streaming else response.content
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Content-Type"] == (
        "application/json" if response.status_code == 200 else "application/problem+json"
    )
    return response, json.loads(content)


def test_every_page_of_a_record_announces_its_oembed_answer(client, directory):
    for record in one_of_each():
        html = client.get(f"{record.get_absolute_url()}?x=y").content.decode()
        link = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', html).group(1)
        parts = urlsplit(unescape(link))
        assert (parts.scheme, parts.netloc, parts.path) == ("http", "testserver", "/oembed.json")
        address = f"http://testserver{record.get_absolute_url()}"
        assert parse_qs(parts.query) == {"url": [address]}
        response, found = oembed(client, url=address)
        assert response.status_code == 200
        assert found["title"] == embeddable.title_of(record)
        assert found["html"] == code_of(client.get("/integrer/", {"fiche": record.get_absolute_url()}))
        assert (found["version"], found["type"]) == ("1.0", "rich")
        assert (found["width"], found["height"]) == (600, 560)
        assert "max-age=" in response["Cache-Control"]
        assert (
            client.get("/oembed.json", {"url": address}, headers={"if-none-match": response["ETag"]}).status_code == 304
        )
    for address in ("/", "/pimms/", "/a-propos/", "/communiques/"):
        assert "json+oembed" not in client.get(address).content.decode()


def test_oembed_keeps_to_the_limits_of_who_asks(client, directory):
    address = "http://testserver/regions/bretagne/"
    found = oembed(client, url=address, maxwidth="400", maxheight="300")[1]
    assert (found["width"], found["height"]) == (400, 300)
    assert "thumbnail_url" not in found  # it would be wider
    assert 'width="400" height="300" style="max-width:100%;border:0"' in found["html"]
    found = oembed(client, url=address, maxwidth="9999", maxheight="9999", format="json")[1]
    assert (found["width"], found["height"]) == (600, 560)
    assert (found["thumbnail_width"], found["thumbnail_height"]) == SIZE
    assert found["thumbnail_url"] == "http://testserver/regions/bretagne.png"
    assert client.get("/regions/bretagne.png").status_code == 200


def test_oembed_of_a_former_address_shows_the_new_one(client, directory):
    found = oembed(client, url="https://testserver/pimms/pimms-canton-de-chauffailles-melay")[1]
    assert 'src="http://testserver/integrer/pimms/pimms-bourgogne-du-sud-melay/"' in found["html"]


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({}, 400, "« » pour « url »"),
        ({"url": "regions/bretagne"}, 400, "« regions/bretagne » pour « url »"),
        ({"url": "http://["}, 400, "« http://[ » pour « url »"),
        ({"url": "\0"}, 400, "« � » pour « url »"),
        ({"url": "http://testserver/regions/bretagne/", "maxwidth": "0"}, 400, "« 0 » pour « maxwidth »"),
        ({"url": "http://testserver/regions/bretagne/", "maxheight": "grand"}, 400, "« grand » pour « maxheight »"),
        ({"url": "http://testserver/regions/atlantide/"}, 404, "« url »"),
        ({"url": "http://testserver/a-propos/"}, 404, "« url »"),
        ({"url": "http://autre.example/regions/bretagne/"}, 404, "« url »"),
        ({"url": "http://testserver@autre.example/regions/bretagne/"}, 404, "« url »"),
        ({"url": "http://testserver/regions/bretagne/", "format": "xml"}, 501, "« xml » pour « format »"),
    ],
)
def test_oembed_refuses_with_a_sentence(client, directory, parameters, status, words):
    response, found = oembed(client, **parameters)
    assert response.status_code == status
    assert (found["status"], response["Content-Type"]) == (status, "application/problem+json")
    (error,) = found["errors"]
    assert words in error["detail"].replace("\u00a0", " ").replace("«  »", "« »")
