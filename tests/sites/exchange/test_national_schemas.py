"""The national schemas accept what we publish after them. Their files are in tests/data, with source and date."""

import csv
import io
import json
from pathlib import Path

import pytest
from frictionless import Resource, Schema
from jsonschema import Draft202012Validator, FormatChecker

from sites.models import Site
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "data"
PLACES = json.loads((DATA / "mediation-numerique-1.0.2.schema.json").read_text())
STRUCTURE = json.loads((DATA / "data-inclusion-structure-1.0.8.schema.json").read_text())


def places(client, query: str = "") -> list[dict]:
    return json.loads(client.get(f"/pimms.mediation-numerique.json{query}").getvalue())


def structures(client, query: str = "") -> list[dict]:
    return json.loads(client.get(f"/pimms.data-inclusion.json{query}").getvalue())


def problems(resource: Resource) -> list:
    return resource.validate().flatten(["rowNumber", "fieldName", "message"])


def test_places_keep_to_their_table_schema(client, network, tmp_path):
    text = client.get("/pimms.mediation-numerique.csv").getvalue()
    (tmp_path / "places.csv").write_bytes(text)
    schema = Schema.from_descriptor(PLACES)
    assert problems(Resource("places.csv", basepath=str(tmp_path), schema=schema)) == []
    rows = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
    assert list(rows[0]) == [field["name"] for field in PLACES["fields"]]
    assert len(rows) == Site.objects.labelled().count() > 53
    found = places(client)
    assert [{name: "" if value is None else str(value) for name, value in place.items()} for place in found] == rows
    assert problems(Resource(data=found, schema=Schema.from_descriptor(PLACES))) == []


def test_the_check_refuses_what_the_schema_does(client):
    SiteFactory(postcode="")
    assert problems(Resource(data=places(client), schema=Schema.from_descriptor(PLACES)))


def test_structures_keep_to_their_json_schema(client, network):
    validator = Draft202012Validator(STRUCTURE, format_checker=FormatChecker())
    found = structures(client)
    assert len(found) == Site.objects.labelled().count() > 53
    for structure in found:
        validator.validate(structure)
        assert set(structure) == set(STRUCTURE["properties"])
        assert not structure["nom"].endswith(".")


def test_what_we_do_not_have_is_said_and_not_invented(client, directory):
    assert {structure["siret"] for structure in structures(client)} == {None}
    assert {place["pivot"] for place in places(client)} == {"0" * 14}
    html = client.get("/donnees/").content.decode()
    assert "n’a pas les numéros SIRET" in html


def test_a_bus_is_no_desk(client, directory):
    buses = places(client, "?type=mobile")
    assert {bus["itinerance"] for bus in buses} == {"Itinérant"}
    for bus in buses:
        assert (
            f"Point d’attache, sans accueil\u00a0: {bus['adresse']}, {bus['code_postal']} {bus['commune']}."
            in bus["presentation_detail"]
        )
        assert (bus["latitude"], bus["modalites_acces"]) == (None, None)
    assert {bus["adresse"] for bus in structures(client, "?type=mobile")} == {None}


def test_nothing_found_is_an_empty_list(client):
    assert places(client) == structures(client) == []
