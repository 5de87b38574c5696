"""Whoever has a file, and not the page, still knows its licence, its sources and what its columns mean."""

import csv
import io
import json
import re
from datetime import date, datetime

import openpyxl
import pytest
from django.urls import reverse

from pimms_directory.base.spreadsheets import restored
from sites.exchange.downloads.formats import COLUMNS, as_excel_reads_it
from sites.exchange.downloads.views import ALL_FORMATS
from sites.exchange.licence import LICENCE, attribution, sources_at
from sites.exchange.schemas.data_package import PRIMARY_KEY
from sites.exchange.schemas.openstreetmap import TAGS
from sites.models import Site
from tests.factories import SiteFactory
from tests.sites.exchange.test_exports import EXCEL, FORMULAS, as_json, body, csv_rows, excel_cell, excel_rows

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<([^<>]+)>; rel="(\w+)"(?:; type="([^"]+)")?')


def links(response) -> dict[str, tuple[str, str]]:
    """RFC 8288: the address and the media type of each relation."""
    return {relation: (address, kind) for address, relation, kind in LINK.findall(response["Link"])}


# The header


def test_every_answer_names_its_licence(client, directory):
    for address in (*(f"/{view.name}" for view in ALL_FORMATS), "/pimms/pimms-melun.json", "/pimms/pimms-melun.vcf"):
        response = client.get(address)
        assert links(response)["license"][0] == LICENCE["path"], address
        assert "Link" in response["Access-Control-Expose-Headers"]
        body(response)


def test_every_file_leads_to_what_describes_it(client, directory):
    for view in ALL_FORMATS:
        address, kind = links(client.get(f"/{view.name}"))["describedby"]
        if view.conforms_to:
            assert address == view.conforms_to
        else:
            described = client.get(address)
            assert described.status_code == 200
            assert described["Content-Type"] == kind
    assert links(client.get("/pimms.csv"))["describedby"] == (
        "http://testserver/pimms.csv-metadata.json",
        "application/csvm+json",
    )
    for record in ("/pimms/pimms-melun", "/regions/bretagne", "/labels/2020-01", "/communiques/2020-10-14"):
        assert links(client.get(f"{record}.json"))["describedby"][0] == "http://testserver/openapi.json"


# JSON, GeoJSON


@pytest.mark.parametrize("address", ["/pimms.json", "/pimms.geojson"])
def test_lists_say_their_licence_and_the_line_to_copy(client, directory, address):
    found = as_json(client, address, region="bretagne")
    assert found["license"] == LICENCE["path"]
    assert found["attribution"] == attribution()
    for name in ("http://testserver", "2019 et 2020", "1er août 2024", "GeoNames (CC BY 4.0)"):
        assert name in found["attribution"]
    html = client.get("/donnees/").content.decode()
    assert found["attribution"].replace("’", "’") in html


def test_a_directory_without_sources_invents_no_date(client):
    SiteFactory()
    line = as_json(client, "/pimms.json")["attribution"]
    assert not re.search(r"\b(19|20)\d\d\b", line)
    assert line.startswith("Annuaire des PIMMS labellisés France Services (http://testserver), d’après")


def test_geonames_is_named_wherever_sources_are(client, directory):
    descriptions = ("/datapackage.json", "/pimms.csv-metadata.json", "/catalogue.ttl", "/catalogue.jsonld", "/donnees/")
    for address in descriptions:
        assert "GeoNames" in client.get(address).getvalue().decode(), address


# The workbook


def book(client, query: str = ""):
    return openpyxl.load_workbook(io.BytesIO(body(client.get(f"/pimms.xlsx{query}"))))


def test_the_workbook_says_what_it_is(client, directory, settings):
    settings.SITE = settings.SITE | {"publisher": "Une association"}
    found = book(client, "?region=bretagne&type=fixe&utm_source=x")
    assert found.sheetnames == ["PIMMS", "À propos"]
    assert found.active.title == "PIMMS"
    assert found.properties.title == "PIMMS labellisés France Services"
    assert found.properties.creator == "Une association"
    assert LICENCE["path"] in found.properties.description
    assert attribution() in found.properties.description
    lines = list(found["À propos"].iter_rows(values_only=True))
    said = {name: value for name, value, *_more in lines if name}
    assert said["Nombre de PIMMS"] == str(found["PIMMS"].max_row - 1)
    assert said["Date des données"] == "14 octobre 2020"
    assert said["Filtres demandés"].replace("\u00a0", " ") == "Région : Bretagne\nType : Lieu fixe"
    assert said["Adresse de ce fichier"] == "http://testserver/pimms.xlsx?region=bretagne&type=fixe"
    assert said["Adresse de la licence"] == LICENCE["path"]
    assert said["Ligne à citer"] == attribution()
    assert [value for name, value, *_more in lines if name == "Source"] == [
        each["title"] for each in sources_at("http://testserver")
    ]
    columns = [line for line in lines if line[2]]
    assert columns[0] == ("Colonne", "Sens", "Type")
    assert [line[0] for line in columns[1:]] == [column.name for column in COLUMNS]
    assert {line[2] for line in columns[1:]} == {"texte", "nombre", "date"}


def test_the_whole_list_has_no_filter(client, directory):
    said = {row[0]: row[1] for row in book(client)["À propos"].iter_rows(values_only=True)}
    assert said["Filtres demandés"].replace("\u00a0", " ") == "Aucun : la liste entière."
    assert said["Adresse de ce fichier"] == "http://testserver/pimms.xlsx"


def test_a_workbook_that_is_passed_on_does_not_tell_where_somebody_stood(client, directory):
    lines = book(client, "?lat=48.1173&lon=-1.6778")["À propos"].iter_rows(values_only=True)
    assert not any("48.11" in str(cell) or "1.67" in str(cell) for line in lines for cell in line)


# The CSV for a French Excel


def test_a_double_click_finds_what_the_csv_says(client, network):
    raw = body(client.get(EXCEL))
    assert raw.startswith(b"\xef\xbb\xbfurl;slug;name;")
    assert raw.count(b"\r\n") > Site.objects.labelled().count()
    plain, excel = csv_rows(client.get("/pimms.csv?lieu=06300")), excel_rows(client.get(f"{EXCEL}?lieu=06300"))
    assert list(plain[0]) == list(excel[0])
    for row, cells in zip(plain, excel, strict=True):
        for column in COLUMNS:
            value = row[column.name].replace(".", ",") if column.type == "number" else row[column.name]
            assert cells[column.name] == value, column.name
    assert {row["department_code"] for row in excel} >= {"06", "38"}


def test_excel_takes_no_code_for_a_number_and_no_wave_for_a_date(client, network):
    raw = csv.DictReader(io.StringIO(body(client.get(EXCEL)).decode("utf-8-sig"), newline=""), delimiter=";")
    number = re.compile(r"[+-]?[\d .,]+(e[+-]?\d+)?", re.IGNORECASE)
    day = re.compile(r"\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?|\d{1,2}:\d\d")
    for row in raw:
        for column in COLUMNS:
            value = row[column.name]
            if column.type == "number" and value:
                assert re.fullmatch(r"-?\d+(,\d+)?", value), column.name
            elif column.type == "date" and value:
                assert date.fromisoformat(value)
            else:
                assert not number.fullmatch(value), (column.name, value)
                assert not day.fullmatch(value), (column.name, value)


@pytest.mark.parametrize("value", [*FORMULAS, "01000", "0", "+33476330656", "04 76 33 06 56", "2020-01", "1E5", "9:30"])
def test_the_only_formula_is_made_of_digits(value):
    written = as_excel_reads_it(value)
    if written.startswith("="):
        assert re.fullmatch(r'="[+\d][\d .,:/eE-]*"', written)
        assert excel_cell(written) == value
    else:
        assert written[0] not in "+-@\t\r"
        assert restored(written) == value


def test_numbers_and_dates_stay_what_they_are():
    assert as_excel_reads_it(45.5) == "45,5"
    assert as_excel_reads_it(-1.5) == "-1,5"
    assert as_excel_reads_it(3) == 3
    assert as_excel_reads_it(None) is None
    assert as_excel_reads_it(date(2020, 1, 1)) == date(2020, 1, 1)


# CSV on the Web


PARSERS = {
    "string": str,
    "anyURI": lambda text: text if re.match(r"https?://\S+$", text) else 1 / 0,
    "date": lambda text: datetime.strptime(text, "%Y-%m-%d"),
    "number": float,
}


def test_every_cell_of_the_csv_is_what_csvw_says(client, network):
    described = json.loads(body(client.get("/pimms.csv-metadata.json")))
    assert described["@context"][0] == "http://www.w3.org/ns/csvw"
    assert described["url"] == "pimms.csv"
    assert described["dc:license"] == {"@id": LICENCE["path"]}
    schema = described["tableSchema"]
    rows = csv_rows(client.get("/pimms.csv?lieu=38100"))
    assert [column["titles"] for column in schema["columns"]] == list(rows[0])
    assert schema["primaryKey"] == PRIMARY_KEY
    assert len({row[PRIMARY_KEY] for row in rows}) == len(rows)
    for column in schema["columns"]:
        datatype = column["datatype"]
        datatype = {"base": datatype} if isinstance(datatype, str) else datatype
        for row in rows:
            if text := row[column["name"]]:
                value = PARSERS[datatype["base"]](text)
                assert re.fullmatch(datatype.get("format", ".*"), text, re.DOTALL), (column["name"], text)
                assert datatype.get("minimum", value) <= value <= datatype.get("maximum", value)
            else:
                assert not column["required"], column["name"]


def test_codes_are_text_in_every_schema(client, directory):
    csvw = json.loads(body(client.get("/pimms.csv-metadata.json")))["tableSchema"]["columns"]
    bases = {column["name"]: dict(column)["datatype"] for column in csvw}
    types = {field["name"]: field["type"] for field in json.loads(body(client.get("/donnees/schema.json")))["fields"]}
    for name in ("postcode", "region_code", "department_code", "commune_insee_code", "official_id"):
        datatype = bases[name] if isinstance(bases[name], str) else bases[name]["base"]
        assert datatype == types[name] == "string"


# OpenStreetMap, other tools


def test_attributes_of_openstreetmap_are_filled_from_fields_that_exist(client, directory):
    assert {field for tag in TAGS for field in tag.fields} <= {column.name for column in COLUMNS}
    html = client.get("/donnees/").content.decode()
    for tag in TAGS:
        assert f"{tag.key} = " in html


def test_the_page_gives_lines_with_the_real_address(client, directory):
    html = client.get("/donnees/").content.decode()
    blocks = re.findall(r'<pre class="code">(.*?)</pre>', html, re.DOTALL)
    tools = [block for block in blocks if "office = " not in block]
    assert len(tools) == 5
    for block in tools:
        assert re.search(rf"http://testserver({reverse('site-csv')}|{reverse('site-geojson')})\b", block)
