"""What leaves the site of releases and waves: quotations with their addresses, tables, and indexes of all records."""

import csv
import io
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labels.models import Fact, KeyFigure, PressRelease
from pimms_directory.base import memo
from pimms_directory.editing.publishing.publication import Publication
from sites.exchange.downloads.formats import NAMES
from sites.exchange.records.release_record import FactRecord, FigureRecord
from sites.exchange.records.tables import CLAIMS
from sites.models import Association, Department, Region
from tests.factories import FactFactory, KeyFigureFactory, ListingFactory, PressReleaseFactory, SiteFactory, WaveFactory

pytestmark = pytest.mark.django_db

SLUGS = ("2019-11-22", "2020-10-14")
INDEXES = {
    "/regions.json": Region.objects.all(),
    "/departements.json": Department.objects.all(),
    "/associations.json": Association.objects.all(),
    "/labels.json": None,
    "/communiques.json": PressRelease.objects.all(),
}


def as_json(client, address: str):
    response = client.get(address)
    assert response.status_code == 200, address
    return json.loads(response.getvalue())


def csv_rows(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline=""), strict=True))


def anchors(html: str) -> dict[str, str]:
    """What stands at each anchor of figures and facts."""
    return dict(re.findall(r'<li id="((?:chiffre|fait)-\d+)">(.*?)</li>', html, re.DOTALL))


# The page


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("slug", SLUGS)
def test_each_figure_and_fact_has_an_anchor_where_its_quotation_stands(client, slug):
    release = PressRelease.objects.get(slug=slug)
    found = anchors(client.get(f"/communiques/{slug}/").content.decode())
    records = [*release.figures.all(), *release.facts.all()]
    assert list(found) == [record.anchor for record in records]
    for record in records:
        quoted = re.search("<q>(.*)</q>", found[record.anchor])[1].replace("&#x27;", "'").replace("&quot;", '"')
        assert quoted == record.quotation
        assert record.place.lower() in found[record.anchor].lower()
        assert f'href="#{record.anchor}"' in found[record.anchor]


@pytest.mark.usefixtures("directory")
def test_page_says_where_the_text_comes_from_and_how_to_check_it(client):
    release = PressRelease.objects.get(slug="2019-11-22")
    page = client.get("/communiques/2019-11-22/").content.decode()
    assert "ne connaît pas d’adresse publique" in page
    assert "lu pour l’annuaire le 22\xa0novembre 2026" in page
    assert release.text_sha256 in page
    for anchor in ("faits", "texte"):
        assert f'href="#{anchor}"' in page and f'id="{anchor}"' in page


def test_a_release_of_which_nothing_was_read_promises_nothing(client):
    release = PressReleaseFactory()
    KeyFigureFactory(release=release, position=1)
    page = client.get(release.get_absolute_url()).content.decode()
    assert "Ce que dit le communiqué" not in page
    assert "<q>" not in page
    assert "SHA-256" not in page
    assert f'href="{release.source_url}" rel="external"' in page


# Its JSON


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("slug", SLUGS)
def test_json_of_a_release_quotes_what_its_page_quotes(client, slug):
    record = as_json(client, f"/communiques/{slug}.json")
    release = PressRelease.objects.get(slug=slug)
    assert record["text_sha256"] == release.text_sha256
    assert (record["consulted_on"], record["source_url"]) == ("2026-11-22", None)
    for name, objects in (("figures", release.figures.all()), ("facts", release.facts.all())):
        assert [each["quotation"] for each in record[name]] == [each.quotation for each in objects]
        assert [each["url"] for each in record[name]] == [f"{record['url']}#{each.anchor}" for each in objects]
        assert all(each["place"] for each in record[name])


# Its tables


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("slug", SLUGS)
def test_lines_of_a_release_as_csv_are_those_of_its_json(client, slug):
    response = client.get(f"/communiques/{slug}.csv")
    assert response["Content-Disposition"] == f'attachment; filename="communique-{slug}.csv"'
    expected = [
        {**line, "row": str(line["row"]), "marked_new": str(line["marked_new"]).lower()}
        for line in as_json(client, f"/communiques/{slug}.json")["listings"]
    ]
    assert csv_rows(response) == expected


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("slug", SLUGS)
def test_figures_and_facts_as_csv_are_those_of_the_json(client, slug):
    response = client.get(f"/communiques/{slug}.chiffres.csv")
    assert response["Content-Disposition"] == f'attachment; filename="communique-{slug}-chiffres.csv"'
    record = as_json(client, f"/communiques/{slug}.json")
    kinds = {"figure": record["figures"], "fact": record["facts"]}
    expected = [{"kind": kind, **each} for kind, records in kinds.items() for each in records]
    rows = csv_rows(response)
    assert [{name: row[name] for name in each} for row, each in zip(rows, expected, strict=True)] == [
        {name: str(value) for name, value in each.items()} for each in expected
    ]


def test_the_table_of_figures_and_facts_leaves_no_field_out():
    assert set(CLAIMS) == {"kind", *FigureRecord.__annotations__, *FactRecord.__annotations__}


def test_no_cell_is_computed(client):
    release = PressReleaseFactory()
    FactFactory(release=release, statement="=1+1", quotation="@SUM(A1)")
    ListingFactory(release=release, row=1, site=SiteFactory(), name_printed="+33", remark="-1")
    (fact,) = csv_rows(client.get(f"/communiques/{release.slug}.chiffres.csv"))
    assert (fact["statement"], fact["quotation"]) == ("'=1+1", "'@SUM(A1)")
    (line,) = csv_rows(client.get(f"/communiques/{release.slug}.csv"))
    assert (line["name_printed"], line["remark"]) == ("'+33", "'-1")


def test_a_line_names_no_record_that_is_not_public(client):
    release = PressReleaseFactory()
    ListingFactory(release=release, row=1, site=SiteFactory(publication=Publication.DRAFT), name_printed="PIMMS")
    (line,) = csv_rows(client.get(f"/communiques/{release.slug}.csv"))
    assert line["site"] == ""


@pytest.mark.usefixtures("directory")
def test_sites_of_a_wave_as_csv_are_rows_of_the_list(client):
    response = client.get("/labels/2020-09.csv")
    assert response["Content-Disposition"] == 'attachment; filename="labels-2020-09.csv"'
    rows = csv_rows(response)
    assert list(rows[0]) == NAMES
    assert rows == csv_rows(client.get("/pimms.csv?vague=2020-09"))
    assert len(rows) == as_json(client, "/labels/2020-09.json")["count"]


def test_sites_of_a_wave_as_csv_are_those_of_its_page_whose_label_ended_too(client):
    site = SiteFactory(label_ended_on="2031-01-01")
    assert [row["slug"] for row in csv_rows(client.get(f"/labels/{site.wave.code}.csv"))] == [site.slug]


@pytest.mark.parametrize("ending", [".csv", ".chiffres.csv"])
def test_tables_of_what_is_not_public_are_refused_like_the_page(client, ending):
    for publication, status in ((Publication.DRAFT, 404), (Publication.WITHDRAWN, 410)):
        release = PressReleaseFactory(publication=publication)
        response = client.get(f"/communiques/{release.slug}{ending}")
        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"
    assert client.get(f"/communiques/rien{ending}").status_code == 404


def test_the_table_of_a_wave_is_refused_like_its_page(client):
    assert client.get(f"/labels/{WaveFactory(publication=Publication.DRAFT).code}.csv").status_code == 404
    assert client.get(f"/labels/{WaveFactory(publication=Publication.WITHDRAWN).code}.csv").status_code == 410
    assert client.get("/labels/2020-99.csv").status_code == 404


@pytest.mark.usefixtures("directory")
def test_pages_lead_to_their_tables(client):
    page = client.get("/communiques/2020-10-14/").content.decode()
    assert 'href="/communiques/2020-10-14.csv"' in page
    assert 'href="/communiques/2020-10-14.chiffres.csv"' in page
    assert 'href="/labels/2020-09.csv"' in client.get("/labels/2020-09/").content.decode()
    assert "/communiques.json" in client.get("/donnees/").content.decode()


# Indexes


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("address", INDEXES)
def test_an_index_names_all_and_counts_as_each_record_does(client, address):
    index = as_json(client, address)
    assert index["count"] == len(index["results"])
    if (records := INDEXES[address]) is not None:
        assert index["count"] == records.count()
    assert index["counted_on"] == as_json(client, "/pimms.json?limit=1")["counted_on"]
    for entry in index["results"][:12]:
        record = as_json(client, entry["url"].replace("http://testserver", "").rstrip("/") + ".json")
        assert {name: record[name] for name in entry.keys() - {"site_count"}} == {
            name: value for name, value in entry.items() if name != "site_count"
        }
        assert entry["site_count"] == record.get("count", len(record.get("listings", ())))


@pytest.mark.parametrize("address", INDEXES)
def test_an_index_asks_as_much_of_60_records_as_of_one(client, address):
    def asked() -> int:
        memo.forget()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            as_json(client, address)
        return len(queries)

    def add() -> None:
        release = PressReleaseFactory()
        ListingFactory(release=release, row=1, site=SiteFactory(wave=WaveFactory(release=release)))

    add()
    one = asked()
    for _ in range(20):
        add()
    assert asked() == one


@pytest.mark.parametrize("address", ["/communiques/{}.csv", "/communiques/{}.chiffres.csv", "/communiques/{}.json"])
def test_what_a_release_gives_asks_as_much_of_20_rows_as_of_one(client, address):
    def asked(rows: int) -> int:
        release = PressReleaseFactory()
        for row in range(rows):
            KeyFigureFactory(release=release)
            FactFactory(release=release)
            ListingFactory(release=release, row=row + 1, site=SiteFactory())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address.format(release.slug)).status_code == 200
        return len(queries)

    assert asked(20) == asked(1)


def test_figures_and_facts_have_anchors_of_their_positions():
    assert KeyFigure(position=3).anchor == "chiffre-3"
    assert Fact(position=3).anchor == "fait-3"


@pytest.mark.parametrize(
    "address",
    [
        *("/departements.json", "/labels.json", "/labels/2020-09.csv", "/communiques/2020-10-14.csv"),
        "/communiques/2020-10-14.chiffres.csv",
    ],
)
def test_files_that_take_no_parameters_refuse_one(client, directory, address):
    response = client.get(address, {"region": "bretagne"})
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["errors"][0]["parameter"] == "region"
    assert client.get(address, {"utm_source": "lettre"}).status_code == 200
