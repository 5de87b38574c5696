"""What the head of a page says to those who show a link to it."""

from datetime import date

import pytest
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import SiteFactory
from tests.sites.share_images.helpers import Head, opened
from tests.test_pages import FIXED

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

RECORDS = {
    "/pimms/pimms-isere-la-villeneuve/": "/pimms/pimms-isere-la-villeneuve.png",
    "/pimms/pimms-artois-gohelle-pimms-mobile/": "/pimms/pimms-artois-gohelle-pimms-mobile.png",
    "/labels/2020-02/": "/labels/2020-02.png",
    "/communiques/2020-10-14/": "/communiques/2020-10-14.png",
    "/regions/bretagne/": "/regions/bretagne.png",
    "/regions/corse/": "/regions/corse.png",
    "/departements/2A-corse-du-sud/": "/departements/2A-corse-du-sud.png",
    "/departements/974-la-reunion/": "/departements/974-la-reunion.png",
    "/associations/pimms-paris/": "/associations/pimms-paris.png",
}


def test_every_kind_of_page_carries_complete_tags(client, directory):
    addresses = {reverse(name): "/apercu.png" for name in FIXED} | RECORDS
    descriptions = {}
    for address, expected in (addresses | {"/rien/": "/apercu.png"}).items():
        head = Head(client.get(address).content.decode())
        if address == "/rien/":  # the same page for all that is not there: it has no address of its own
            assert "og:url" not in head.meta
            assert "canonical" not in head.links
        else:
            assert head.only("og:url") == head.links["canonical"][0] == f"http://testserver{address}"
        assert head.only("og:image") == f"http://testserver{expected}"
        assert head.title == f"{head.only('og:title')} · PIMMS France Services"
        assert head.only("og:description") == head.only("description")
        assert 60 <= len(head.only("description")) <= 220, head.only("description")
        assert descriptions.setdefault(head.only("description"), address) == address
        assert head.only("og:image:alt").endswith(".")
        assert "  " not in head.only("og:image:alt") + head.title
        fixed = {
            "og:type": "article" if address in RECORDS else "website",
            "og:site_name": "Annuaire des PIMMS labellisés France Services",
            "og:locale": "fr_FR",
            "og:image:width": "1200",
            "og:image:height": "630",
            "twitter:card": "summary_large_image",
        }
        assert {name: head.only(name) for name in fixed} == fixed
        response = client.get(expected)
        assert response.status_code == 200
        opened(response.getvalue())


def test_tags_of_a_filtered_list_lead_to_the_list(client, directory):
    head = Head(client.get("/pimms/?region=bretagne").content.decode())
    assert head.only("og:url") == "http://testserver/pimms/"
    assert "Bretagne" in head.only("og:title")
    assert head.only("description").startswith("5 PIMMS")


def test_a_name_with_quotes_and_brackets_stays_text(client):
    site = SiteFactory(name='PIMMS "L’Été" <b> & fils')
    html = client.get(site.get_absolute_url()).content.decode()
    assert Head(html).only("og:title").startswith('PIMMS "L’Été" <b> & fils,')
    assert "<b>" not in html


def test_the_tags_cost_no_query_where_the_page_has_the_sites(client, directory):
    for address in RECORDS:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        repeated = [
            query["sql"] for query in queries if 'FROM "directory_site"' in query["sql"] and "JOIN" in query["sql"]
        ]
        assert len(set(repeated)) == len(repeated), address


def test_capture_renders_once():
    times = []
    template = Template("{% capture as x %}\n {{ f }}  b\n{% endcapture %}[{{ x }}|{{ x }}]")
    assert (
        template.render(Context({"f": lambda: times.append(1) or "<é>\u00a0"}))
        == "[&lt;é&gt;\u00a0 b|&lt;é&gt;\u00a0 b]"
    )
    assert len(times) == 1


def test_the_description_of_a_closed_site_says_so(client):
    site = SiteFactory(closed_on=date(2024, 3, 1))
    description = Head(client.get(site.get_absolute_url()).content.decode()).only("description")
    assert "fermé depuis le 1er\u00a0mars 2024" in description
    site = SiteFactory(label_ended_on=date(2034, 3, 1))
    description = Head(client.get(site.get_absolute_url()).content.decode()).only("description")
    assert "sans le label France Services depuis le 1er\u00a0mars 2034" in description
