"""The downloads: every format names what the page shows, in the same order, and is what its description says."""

import csv
import gc
import io
import json
import re
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from random import Random
from urllib.parse import urlencode
from wsgiref.util import FileWrapper

import openpyxl
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from frictionless import Package
from geojson_pydantic import FeatureCollection
from hypothesis import given
from jsonschema import Draft202012Validator

from labels.models import PressRelease
from pimms_directory.serving.page_cache import BUSY
from sites.exchange.downloads.formats import COLUMNS, flattened, json_text
from sites.exchange.downloads.national_schemas import SOURCE
from sites.exchange.records.site_record import SiteRecord, site_records
from sites.exchange.schemas.json_schema import object_of
from sites.exchange.schemas.openapi.records import DISTANCES, schemas
from sites.hours.opening_hours import HOLIDAYS_OFF, WEEKDAY_SLUGS, Stretch, opening_hours
from sites.models import Association, Department, OpeningPeriod, Region, Site
from sites.models.site_display import SENTENCE_END
from sites.search.filters import SiteFilter
from sites.search.needs import OFTEN_ASKED
from tests.factories import (
    DepartmentFactory,
    ListingFactory,
    OpeningPeriodFactory,
    RegionFactory,
    SiteAliasFactory,
    SiteFactory,
)
from tests.test_robustness import encode, queries

pytestmark = pytest.mark.django_db

NATIONAL = ("/pimms.mediation-numerique.csv", "/pimms.mediation-numerique.json", "/pimms.data-inclusion.json")
LISTS = ("/pimms.csv", "/pimms.xlsx", "/pimms.json", "/pimms.geojson")
EXCEL = "/pimms.excel.csv"
SITE_KEYS = [
    *("url", "slug", "name", "former_names", "association", "kind", "wave", "labelled_on", "label_ended_on"),
    *("official_id", "region", "department", "commune", "address", "postcode", "latitude", "longitude", "phone"),
    *("email", "website", "opening_hours", "contact_checked_on", "contact_source", "listings"),
    *("official_name", "closed_on", "base", "area_served", "position_quality", "phone_international", "appointment"),
    *("access_note", "data_note", "id", "contact_check", "notices"),
]


NOTES = ("data_note", "access_note", "base", "area_served", "official_name", "appointment")


def body(response) -> bytes:
    return response.getvalue()


def csv_rows(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(response).decode(), newline=""), strict=True))


def excel_rows(response) -> list[dict[str, str]]:
    """As a French Excel reads them: text that stands in a formula, and apart from it no formula."""
    rows = csv.DictReader(io.StringIO(body(response).decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
    return [{name: excel_cell(value) for name, value in row.items()} for row in rows]


def excel_cell(value: str) -> str:
    text = re.fullmatch(r'="([^"=]*)"', value)
    assert text or re.fullmatch(r"-\d+,\d+", value) or value[:1] not in tuple("=+-@\t\r"), value
    return text.group(1) if text else value


def sheet(response):
    return openpyxl.load_workbook(io.BytesIO(body(response))).active


def sheet_rows(response) -> list[dict]:
    header, *lines = sheet(response).iter_rows(values_only=True)
    return [dict(zip(header, line, strict=True)) for line in lines]


def as_json(client, address: str, **parameters):
    response = client.get(address, parameters)
    assert response.status_code == 200, address
    return json.loads(body(response))


def slugs_of_pages(client, query: str) -> list[str]:
    """The desks of all pages, in order: those of the cards, then those of the list that opens."""
    slugs: list[str] = []
    number = 1
    while True:
        response = client.get(f"/pimms/?{query}&page={number}")
        cards = response.content.decode().split('class="card"')[1:]
        slugs += [re.search(r'href="/pimms/([^/]+)/"', card).group(1) for card in cards]
        slugs += re.findall(r'<li><a href="/pimms/([^/]+)/">[^<]*</a>, ', response.content.decode())
        if not response.context["page_obj"].has_next():
            return slugs
        number += 1


def queries_of_the_data() -> list[str]:
    """40 combinations of what the directory has: no answer is written down here."""
    random, sites = Random(2020), Site.objects.labelled()
    values: dict[str, list[str]] = {
        "q": ["pimms", *(site.place_name for site in sites.with_place()[:5])],
        "region": column(sites, "department__region__slug"),
        "departement": column(sites, "department__code"),
        "vague": column(sites, "wave__code"),
        "labellise_apres": column(sites, "wave__effective_on"),
        "labellise_avant": column(sites, "wave__effective_on"),
        "type": ["fixe", "mobile", "multisite"],
        "association": column(sites, "association__slug"),
        "communique": column(PressRelease.objects.public(), "slug"),
        "jour": list(WEEKDAY_SLUGS),
        "tri": ["nom", "departement", "date"],
        "lieu": [*column(sites.exclude(postcode=""), "postcode"), *column(sites, "department__name")],
        "commune": column(sites.exclude(commune=None), "commune__insee_code"),
    }
    queries: list[dict[str, str]] = [{}, {"lat": "48.1", "lon": "-1.6"}, *({"tri": order} for order in values["tri"])]
    queries += [{name: random.choice(of_name)} for name, of_name in values.items()]
    while len(queries) < 40:
        names = random.sample(sorted(values), random.choice((2, 2, 3)))
        queries.append({name: random.choice(values[name]) for name in names})
    return [urlencode(query) for query in queries]


def column(records, name: str) -> list[str]:
    return sorted({str(value) for value in records.values_list(name, flat=True)})


# The same sites everywhere


def test_every_format_names_what_the_pages_show_in_their_order_with_the_same_notes(client, directory, subtests):
    lengths = set()
    for query in queries_of_the_data():
        with subtests.test(query):
            shown = [told(Site.objects.get(slug=slug).__dict__) for slug in slugs_of_pages(client, query)]
            found = as_json(client, f"/pimms.json?{query}")
            if found.get("place", {}) is None:  # to be chosen: what cannot say so gives no file
                assert {client.get(f"{address}?{query}").status_code for address in NATIONAL} == {400}
                tables = ("/pimms.csv", "/pimms.xlsx", EXCEL)
                assert {client.get(f"{address}?{query}").status_code for address in tables} == {400}
            else:
                assert [told(row) for row in csv_rows(client.get(f"/pimms.csv?{query}"))] == shown
                assert [told(row) for row in sheet_rows(client.get(f"/pimms.xlsx?{query}"))] == shown
                assert [told(row) for row in excel_rows(client.get(f"{EXCEL}?{query}"))] == shown
                slugs = [site["slug"] for site in shown]
                for address in NATIONAL:
                    named = nationally(client, f"{address}?{query}")
                    assert [each["id"].removeprefix(f"{SOURCE}--") for each in named] == slugs
                    for site, each in zip(shown, named, strict=True):
                        assert all(site[name] in said_of(each) for name in NOTES if name != "appointment")
            assert [told(site) for site in found["results"]] == shown
            assert found["count"] == len(shown)
            features = as_json(client, f"/pimms.geojson?{query}")["features"]
            assert [told(feature["properties"]) for feature in features] == shown
            lengths.add(len(shown))
    assert len(lengths) > 8


def nationally(client, address: str) -> list[dict]:
    return csv_rows(client.get(address)) if ".csv" in address else as_json(client, address)


def said_of(place: dict) -> str:
    return place.get("presentation_detail") or place["description"]


def told(site) -> dict[str, str]:
    return {name: site[name] or "" for name in ("slug", *NOTES)}


def test_formats_agree_on_every_value(client, directory):
    rows = csv_rows(client.get("/pimms.csv?lieu=38100"))
    collection = as_json(client, "/pimms.geojson", lieu="38100")
    found = as_json(client, "/pimms.json", lieu="38100")
    books = sheet_rows(client.get("/pimms.xlsx?lieu=38100"))
    assert len(rows) == 49
    for row, feature, site, cells in zip(rows, collection["features"], found["results"], books, strict=True):
        properties = feature["properties"]
        assert list(row) == list(properties) == list(cells)
        assert row == {name: "" if value is None else str(value) for name, value in properties.items()}
        for name, cell in cells.items():
            plain = cell.date().isoformat() if isinstance(cell, datetime) else cell
            assert plain == properties[name], name
        assert site["region"] == {"code": row["region_code"], "name": row["region_name"]}
        assert site["commune"] == {"insee_code": row["commune_insee_code"], "name": row["commune_name"]}
        assert " | ".join(site["former_names"]) == row["former_names"]


@pytest.mark.one_database
def test_every_format_says_what_the_page_of_a_site_says(client, directory):
    rows = {row["slug"]: row for row in csv_rows(client.get("/pimms.csv"))}
    for site in Site.objects.labelled().with_place():
        record = as_json(client, f"{site.get_absolute_url()[:-1]}.json")
        html = unescape(client.get(site.get_absolute_url()).content.decode())
        row = rows[site.slug]
        for name in NOTES:
            assert (record[name] or "") == row[name] == getattr(site, name)
            if name not in ("official_name", "appointment"):
                assert all(sentence in html for sentence in SENTENCE_END.split(row[name]))
        assert row["phone_international"] == (f"+33{site.phone[1:].replace(' ', '')}" if site.phone else "")
        assert row["position_quality"] == ("exact" if site.point else "commune" if site.is_fixed else "")
        if site.commune:
            assert row["commune_name"] == record["commune"]["name"] == site.place_name
        if row["opening_hours"]:
            assert row["opening_hours"].endswith(HOLIDAYS_OFF)
    assert rows["pimms-paris-panda-by-pimms"]["base"] == "181 avenue Daumesnil, 75012 Paris"
    assert "Lyon 8e" in {row["commune_name"] for row in rows.values()}


def test_a_closed_desk_says_so_in_its_record(client):
    site = SiteFactory(closed_on=date(2024, 3, 1))
    assert as_json(client, f"{site.get_absolute_url()[:-1]}.json")["closed_on"] == "2024-03-01"


def test_list_has_a_link_to_each_format_with_its_filters(client, directory):
    html = client.get("/pimms/?jour=samedi&page=2&region=zzz").content.decode()
    for address in LISTS:
        assert f'href="{address}?jour=samedi"' in html
    html = client.get(f"/pimms/?departement=38&besoin={OFTEN_ASKED[0].slug}").content.decode()
    for address in LISTS:
        assert f'href="{address}?departement=38"' in html


# JSON


def test_json_of_a_site_has_the_keys_of_the_contract(client, directory):
    site = as_json(client, "/pimms/pimms-isere-la-villeneuve.json")
    assert list(site) == [*SITE_KEYS, "quality"]
    assert site["url"] == "http://testserver/pimms/pimms-isere-la-villeneuve/"
    assert site["opening_hours"].endswith("; Sa 10:00-12:30; PH off")
    assert site["labelled_on"] == "2020-01-01"
    assert site["region"] == {"code": "84", "name": "Auvergne-Rhône-Alpes"}
    assert {line["release"] for line in site["listings"]} == {"2019-11-22", "2020-10-14"}
    around = as_json(client, "/pimms.json", lieu="38100")
    assert set(around["results"][0]) == {*SITE_KEYS, "quality", *DISTANCES}
    assert around["results"][0]["distance_km"] == pytest.approx(2.5, abs=0.06)
    assert around["place"]["commune"] == {"insee_code": "38185", "name": "Grenoble"}
    assert "place" not in as_json(client, "/pimms.json")


def test_a_desk_whose_position_is_not_known_has_no_distance(client, directory):
    desk, *_others = as_json(client, "/pimms.json", lieu="melun")["results"]
    assert (desk["slug"], desk["distance_km"], desk["distance_from_commune_km"]) == ("pimms-melun", None, 0)
    feature, *_others = as_json(client, "/pimms.geojson", lieu="melun")["features"]
    assert feature["properties"]["distance_km"] is None
    row, second, *_others = csv_rows(client.get("/pimms.csv?lieu=melun"))
    assert (row["distance_km"], row["distance_from_commune_km"]) == ("", "0.0")
    assert float(second["distance_km"]) > 0
    assert second["distance_from_commune_km"] == ""


@pytest.mark.parametrize("address", ["/pimms.json", "/pimms.geojson"])
def test_what_the_page_says_of_a_place_stands_in_the_formats(client, gazetteer, address):
    place = as_json(client, address, lieu="Bordeaux", jour="samedi")["place"]
    assert place["note"] is None
    assert {"label": "Bordeaux-Saint-Clair (76)", "query": "?jour=samedi&commune=76117"} in place["others"]
    noted = as_json(client, address, lieu="38100 Lyon")
    assert noted["place"]["note"] in client.get("/pimms/?lieu=38100+Lyon").content.decode()
    asked = as_json(client, address, lieu="saint-denis")
    assert asked["place"] is None
    assert {"label": "Saint-Denis (93)", "query": "?commune=93066"} in asked["others"]
    assert "précisez lequel" in asked["problems"][0]
    assert "others" not in as_json(client, address)


def test_a_bus_has_no_commune(client, directory):
    bus = as_json(client, "/pimms.json", type="mobile")["results"][0]
    assert (bus["commune"], bus["latitude"], bus["address"], bus["position_quality"]) == (None, None, None, None)


def test_limit_and_offset_cut_json(client, directory):
    everything = [site["slug"] for site in as_json(client, "/pimms.json", lieu="38100")["results"]]
    part = as_json(client, "/pimms.json", lieu="38100", limit="5", offset="3")
    assert [site["slug"] for site in part["results"]] == everything[3:8]
    assert part["count"] == 49
    assert as_json(client, "/pimms.json", offset="999")["results"] == []


# No guess


@pytest.mark.parametrize("address", [*LISTS, EXCEL, *NATIONAL])
@pytest.mark.parametrize(
    ("query", "parameter", "value"),
    [
        ("regions=bretagne", "regions", "bretagne"),
        ("regions=", "regions", ""),
        ("region=nope", "region", "nope"),
        ("page=2", "page", "2"),
        ("besoin=caf", "besoin", "caf"),
        ("jour=jamais", "jour", "jamais"),
        ("vague=2020-01&labellise_avant=demain", "labellise_avant", "demain"),
        ("lat=3", "lat", "3"),
        ("lon=200&lat=48", "lon", "200"),
        ("q=%00", "q", "�"),
        ("%00=1", "�", "1"),
        (f"association={'x' * 500}", "association", f"{'x' * 60}…"),
    ],
)
def test_a_file_is_refused_that_would_be_a_guess(client, directory, address, query, parameter, value):
    response = client.get(f"{address}?{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response["Access-Control-Allow-Origin"] == "*"
    problem = json.loads(response.content)
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Bad Request", 400)
    error = problem["errors"][0]
    assert (error["parameter"], error["value"]) == (parameter, value)
    assert error["detail"] in problem["detail"]
    assert f"« {value} » pour « {parameter} »" in error["detail"].replace("\u00a0", " ")
    assert client.get(f"/pimms/?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["limit=-1", "limit=0", "limit=x", "offset=-2", f"limit={'9' * 5000}", "limit=2&offset=x"]
)
def test_a_piece_that_is_no_piece_is_refused(client, query):
    response = client.get(f"/pimms.json?{query}")
    assert response.status_code == 400
    (error,) = json.loads(response.content)["errors"]
    assert error["parameter"] in ("limit", "offset")


def test_only_json_is_cut(client):
    assert client.get("/pimms.csv?limit=5").status_code == 400


def test_all_that_is_wrong_is_named_at_once(client, directory):
    errors = json.loads(client.get("/pimms.csv?regions=x&jour=jamais&region=nope").content)["errors"]
    assert [error["parameter"] for error in errors] == ["regions", "region", "jour"]


@pytest.mark.parametrize("address", [*LISTS, EXCEL])
def test_tracking_and_empty_values_are_ignored(client, directory, address):
    tracked = "utm_source=x&utm_campaign=y&fbclid=1&gclid=2&mtm_kwd=z&msclkid=3&pk_campaign=4&lieu=&jour="
    plain = client.get(f"{address}?region=bretagne")
    assert body(client.get(f"{address}?region=bretagne&{tracked}")) == body(plain)


@pytest.mark.parametrize("address", ["/pimms.csv", "/pimms.xlsx", EXCEL])
@pytest.mark.parametrize("lieu", ["Nulle-Part-sur-Rien", "saint-denis"])
def test_a_file_that_cannot_say_how_a_place_was_understood_is_refused(client, gazetteer, address, lieu):
    response = client.get(address, {"lieu": lieu})
    assert response.status_code == 400
    (error,) = json.loads(response.content)["errors"]
    assert (error["parameter"], error["value"]) == ("lieu", lieu)
    assert lieu in error["detail"]


MISSING = ("/pimms/rien.json", "/pimms/rien.vcf", "/rien.json", "/rien.csv", "/regions/rien/flux.atom")


@pytest.mark.parametrize("address", MISSING)
def test_errors_of_data_addresses_are_for_programs(client, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert json.loads(response.content)["status"] == 404
    assert int(response["Content-Length"]) == len(response.content)


def test_what_was_withdrawn_and_what_is_written_to_say_so_to_programs(client, rf):
    withdrawn = SiteFactory(publication="withdrawn")
    response = client.get(f"/pimms/{withdrawn.slug}.json")
    assert (response.status_code, json.loads(response.content)["title"]) == (410, "Gone")
    for address in ("/pimms.csv", "/pimms/x.json", "/flux.atom", "/oembed.json"):
        response = client.post(address)
        assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
        assert "GET" in response["Allow"]
    response = client.get("/pimms.json", **{BUSY: True})
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert json.loads(response.content)["status"] == 503


@pytest.mark.parametrize("address", [*LISTS, "/flux.atom", "/communes.json", "/pimms/rien.json"])
def test_any_web_page_may_ask_whether_something_is_new(client, address):
    asked = client.options(
        address,
        headers={"origin": "https://town.example", "access-control-request-headers": "if-none-match"},
    )
    assert asked.status_code == 204
    assert "GET" in asked["Access-Control-Allow-Methods"]
    assert "If-None-Match" in asked["Access-Control-Allow-Headers"]
    answered = client.get(address)
    assert answered["Access-Control-Allow-Origin"] == asked["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in answered["Access-Control-Expose-Headers"]


@pytest.mark.slow
@given(queries)
def test_any_query_string_gets_an_answer(directory, pairs):
    for address in ("/pimms.json", "/pimms.csv"):
        response = Client().get(address, QUERY_STRING=encode(pairs))
        assert response.status_code in (200, 400)
        body(response)


def test_a_place_that_is_not_understood_is_named(client, directory):
    found = as_json(client, "/pimms.json", lieu="Nulle-Part-sur-Rien")
    assert (found["count"], found["place"], found["results"]) == (0, None, [])
    assert "Nulle-Part-sur-Rien" in found["problems"][0]


# CSV, XLSX, GeoJSON


def test_csv_follows_rfc_4180(client):
    SiteFactory(name='Le "PIMMS", dit\r\n« Là-bas »')
    raw = body(client.get("/pimms.csv"))
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\r\n")
    assert raw.startswith(",".join(column.name for column in COLUMNS).encode() + b"\r\n")
    assert b'"Le ""PIMMS"", dit\r\n' in raw
    assert [row["name"] for row in csv_rows(client.get("/pimms.csv"))] == ['Le "PIMMS", dit\r\n« Là-bas »']
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", column.name) for column in COLUMNS)


FORMULAS = ["=1+1", "+33", "-2", "@SUM(A1)", "\tx", "\rx", "'=1", "''+1", "'quoted", "plain", "x=1"]


@pytest.mark.parametrize("value", FORMULAS)
def test_formulas_are_defused_and_can_be_had_back(client, value):
    SiteFactory(name=value, longitude=-1.5, latitude=48.0)
    row, cells = csv_rows(client.get("/pimms.csv"))[0], sheet_rows(client.get("/pimms.xlsx"))[0]
    assert cells["name"].replace("_x000D_", "\r") == row["name"]
    assert row["name"][0] not in "=+-@\t\r"
    assert (row["name"][1:] if re.match(r"'+[=+\-@\t\r]", row["name"]) else row["name"]) == value
    assert (row["longitude"], cells["longitude"]) == ("-1.5", -1.5)
    assert as_json(client, "/pimms.json")["results"][0]["name"] == value


def test_workbook_is_made_for_offices(client, directory):
    first = sheet(client.get("/pimms.xlsx"))
    names = [cell.value for cell in first[1]]
    labelled = first.cell(2, names.index("labelled_on") + 1)
    assert labelled.is_date
    assert labelled.number_format == "dd/mm/yyyy"
    assert first.auto_filter.ref == first.dimensions
    assert first.freeze_panes == "A2"
    assert first.column_dimensions["C"].width > 30
    assert isinstance(first.cell(2, names.index("latitude") + 1).value, float | None)
    assert isinstance(first.cell(2, names.index("postcode") + 1).value, str)


def test_geojson_follows_rfc_7946(client, directory):
    collection = as_json(client, "/pimms.geojson")
    FeatureCollection.model_validate_json(json.dumps(collection), strict=True)
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    without = 0
    for feature in collection["features"]:
        assert {"type", "id", "geometry", "properties"} == set(feature)
        assert feature["type"] == "Feature"
        if feature["geometry"] is None:
            without += 1
            continue
        assert feature["geometry"]["type"] == "Point"
        longitude, latitude = feature["geometry"]["coordinates"]
        assert -6 < longitude < 10 < 41 < latitude < 52  # France, longitude first
        assert (longitude, latitude) == (round(longitude, 6), round(latitude, 6))
        assert (longitude, latitude) == (feature["properties"]["longitude"], feature["properties"]["latitude"])
    assert without == Site.objects.labelled().filter(latitude=None).count() > 0


# What all answers have in common


def machine_addresses() -> list[str]:
    records = ("/pimms/pimms-melun.json", "/pimms/pimms-melun.vcf")
    described = ("/donnees/schema.json", "/datapackage.json", "/openapi.json", "/pimms.csv-metadata.json")
    return [*LISTS, EXCEL, *NATIONAL, *records, *described, "/catalogue.ttl", "/catalogue.jsonld"]


def test_who_has_it_already_gets_304(client, directory):
    for address in machine_addresses():
        first = client.get(address)
        body(first)
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b""), address
        assert again["ETag"] == first["ETag"]
        assert again["Access-Control-Allow-Origin"] == "*"
        assert "Last-Modified" not in first.headers  # no date knows of all that may change an answer
        assert body(client.get(address, headers={"if-none-match": '"other"'}))


def test_an_edit_changes_the_validators(client, directory):
    before = client.get("/pimms.json")
    OpeningPeriod.objects.filter(site__slug="pimms-melun").first().delete()
    after = client.get("/pimms.json", headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200


def test_a_workbook_depends_on_the_data_alone(client, directory, monkeypatch):
    book = body(client.get("/pimms.xlsx"))
    tomorrow = datetime.now(UTC) + timedelta(days=400)
    monkeypatch.setattr("django.utils.timezone.now", lambda: tomorrow)
    monkeypatch.setattr("time.time", tomorrow.timestamp)
    assert body(client.get("/pimms.xlsx")) == book


def test_answers_are_streamed_named_and_readable_from_anywhere(client, directory):
    for address in LISTS:
        response = client.get(address, headers={"origin": "https://town.example"})
        assert response.streaming
        assert response["Access-Control-Allow-Origin"] == "*"
        suffix = address.rpartition(".")[2]
        assert f'filename="pimms-2020-10-14.{suffix}"' in response["Content-Disposition"]
        assert response["Content-Disposition"].startswith("attachment") == (suffix in ("csv", "xlsx"))
        assert not response.cookies
        body(response)
    assert client.get("/pimms.json")["Content-Type"] == "application/json"
    assert client.get("/pimms.geojson")["Content-Type"] == "application/geo+json"
    assert client.get("/pimms.csv")["Content-Type"].startswith("text/csv; charset=utf-8")
    assert "Access-Control-Allow-Origin" not in client.get("/pimms/").headers
    assert "Access-Control-Allow-Origin" not in client.get("/donnees/").headers


def test_answers_are_compressed_and_refuse_to_be_written_to(client, directory):
    for address in LISTS:
        plain, small = body(client.get(address)), client.get(address, headers={"accept-encoding": "gzip"})
        if not address.endswith("xlsx"):
            assert len(body(small)) < len(plain) / 3
        assert client.post(address).status_code == 405
        assert body(client.head(address)) == b""


def test_file_that_is_collected_as_garbage_ends_no_request(rf, directory):
    """The collector runs in any thread, and the end of a request closes the connection of the thread that it is in."""
    ended = []

    def note(**kwargs) -> None:
        ended.append(kwargs)

    environ = rf.get("/pimms.json").environ | {"wsgi.file_wrapper": FileWrapper}
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    request_finished.connect(note)
    try:
        answer = WSGIHandler()(environ, lambda status, headers: None)
        assert len(ended) == 0
        answer.close()
        assert len(ended) == 1
        unsent = WSGIHandler()(environ, lambda status, headers: None)
        del answer, unsent
        gc.collect()
        assert len(ended) == 1
    finally:
        request_finished.disconnect(note)
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


@pytest.mark.slow
def test_query_counts_do_not_grow_with_the_number_of_sites(client, subtests):
    counts = defaultdict(list)
    for size in (1, 60):
        for _ in range(size):
            site = SiteFactory()
            OpeningPeriodFactory(site=site)
            SiteAliasFactory(site=site)
            ListingFactory(site=site)
        for address in (*LISTS, "/pimms.json?lat=46&lon=2"):
            body(client.get(address))  # the first after a change reads more, and keeps it
            with CaptureQueriesContext(connection) as queries:
                body(client.get(address))
            counts[address].append(len(queries))
    for address, (few, many) in counts.items():
        with subtests.test(address):
            assert few == many <= 8


# Records


def records() -> dict:
    from labels.models import Wave

    return {
        "site-record": Site.objects.all()[:5],
        "region-record": Region.objects.all(),
        "department-record": Department.objects.all()[:20],
        "association-record": Association.objects.all()[:5],
        "wave-record": Wave.objects.all(),
        "release-record": PressRelease.objects.all(),
    }


def test_every_page_of_a_record_names_its_json_which_says_the_same(client, directory):
    for found in records().values():
        for record in found:
            address = record.get_absolute_url()
            html = client.get(address).content.decode()
            record_json = f"{address[:-1]}.json"
            assert f'<link rel="alternate" type="application/json" href="{record_json}">' in html
            data = as_json(client, record_json)
            assert data["url"] == f"http://testserver{address}"
            for site in data.get("results", []):
                assert site["slug"] in html
            assert data.get("count", 0) == len(data.get("results", []))


def test_sites_of_a_region_come_by_department(client):
    region = RegionFactory()
    for department, slug in (("b", "y"), ("a", "z"), ("b", "x")):
        found = Department.objects.filter(slug=department).first() or DepartmentFactory(region=region, slug=department)
        SiteFactory(slug=slug, department=found)
    results = as_json(client, f"{region.get_absolute_url()[:-1]}.json")["results"]
    assert [site["slug"] for site in results] == ["z", "x", "y"]


def test_a_former_slug_leads_to_the_json_of_the_new_one(client, directory):
    response = client.get("/pimms/pimms-canton-de-chauffailles-melay.json")
    assert (response.status_code, response.url) == (301, "/pimms/pimms-bourgogne-du-sud-melay.json")
    response = client.get("/departements/38-autre.json")
    assert (response.status_code, response.url) == (301, "/departements/38-isere.json")
    for address in ("/pimms/rien.json", "/regions/rien.json", "/labels/rien.json", "/communiques/x.json"):
        assert client.get(address).status_code == 404


def test_release_gives_its_lines_and_figures(client, directory):
    release = as_json(client, "/communiques/2020-10-14.json")
    assert len(release["listings"]) == 53
    assert {"caption", "value"} <= set(release["figures"][0])
    assert release["waves"] == ["2020-09"]


# Descriptions


def test_the_data_package_is_valid(client, directory, tmp_path):
    (tmp_path / "pimms.csv").write_bytes(body(client.get("/pimms.csv")))
    (tmp_path / "datapackage.json").write_bytes(body(client.get("/datapackage.json")))
    package = Package(str(tmp_path / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
    assert report.tasks[0].stats["rows"] == 53
    schema = json.loads(body(client.get("/donnees/schema.json")))
    assert [each["name"] for each in schema["fields"]] == list(csv_rows(client.get("/pimms.csv"))[0])


def test_the_page_of_the_data_documents_every_field_and_parameter(client, directory):
    html = client.get("/donnees/").content.decode()
    for column in COLUMNS:
        assert f'class="code">{column.name}</dt>' in html
    for name in [*SiteFilter.base_filters, "limit", "offset"]:
        assert f'class="code">{name}</th>' in html
    for name in ("table-schema", "data-package", "openapi", "site-csv", "site-xlsx", "site-json", "site-geojson"):
        assert f'href="{reverse(name)}"' in html
    for name in ("site-excel-csv", "site-mediation-csv", "site-mediation-json", "site-inclusion-json"):
        assert f'href="{reverse(name)}"' in html
    assert "Licence Ouverte 2.0" in html
    assert "1er août 2024" in re.sub(r"\s", " ", html)


def test_records_keep_to_their_description():
    site = SiteFactory(mobile=True, phone="")
    for factory in (SiteAliasFactory, ListingFactory, OpeningPeriodFactory):
        factory(site=site)
    schema = Draft202012Validator({**object_of(SiteRecord), "components": {"schemas": schemas()}})
    for record in site_records(Site.objects.order_by("slug"), "https://annuaire.example"):
        schema.validate(json.loads(json_text(record)))
        assert list(flattened(record)) == [column.name for column in COLUMNS if column.name not in DISTANCES]


# Opening hours


def period(weekday: int, opens: str, closes: str) -> Stretch:
    return weekday, time.fromisoformat(opens), time.fromisoformat(closes)


def test_hours_in_the_syntax_of_openstreetmap():
    week = [period(day, *hours) for day in range(1, 6) for hours in (("14:00", "17:00"), ("09:00", "12:00"))]
    assert (
        opening_hours([*week, period(6, "10:00", "12:30")]) == "Mo-Fr 09:00-12:00,14:00-17:00; Sa 10:00-12:30; PH off"
    )
    days = [period(day, "09:00", "12:00") for day in (1, 2, 3, 5)]
    assert opening_hours([*days, period(4, "13:30", "18:00")]) == "Mo-We,Fr 09:00-12:00; Th 13:30-18:00; PH off"
    assert opening_hours([]) == ""
