"""The OpenAPI document names all data addresses, the site keeps to it, and a client that is made from it reads all."""

import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import Any

import httpx
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import checks

from pimms_directory.serving.page_cache import BUSY
from sites.exchange.citing.citation import FILES
from sites.exchange.downloads.views import ExportFilter
from sites.exchange.problems import is_data
from sites.exchange.schemas.openapi.document import document
from sites.exchange.schemas.openapi.kinds import TAGS
from sites.exchange.schemas.openapi.operation import HEADERS
from sites.exchange.schemas.openapi.parameters import EXAMPLES
from sites.versions.changes import changes_between
from sites.versions.models import DirectoryVersion, VersionFile
from tests.factories import SiteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ROOT = "http://testserver"
# Addresses that are neither a page nor in the document, and why.
NO_DATA = {
    "/hors-ligne.json": "made for static/offline.js, and changes with it",
    "/service-worker.js": "a script of our pages",
    "/site.webmanifest": "for browsers",
    "/favicon.ico": "for browsers",
    "/apple-touch-icon.png": "for browsers",
    "/sitemap.xml": "for search engines: pages, no data",
    "/robots.txt": "for search engines",
    "/.well-known/security.txt": "for people who found a weakness",
}


def described() -> dict[str, Any]:
    """As a program reads it."""
    return json.loads(json.dumps(document(ROOT, ExportFilter)))


@pytest.fixture
def operations(directory) -> list[dict[str, Any]]:
    paths = described()["paths"]
    return [{**item["get"], "path": path} for path, item in paths.items()]


def media_of(operation: dict) -> str:
    (media,) = operation["responses"]["200"]["content"]
    return media


def is_json(operation: dict) -> bool:
    return media_of(operation).endswith("json")


def asked(operation: dict) -> dict[str, Any]:
    """The parts of its address and what it cannot do without."""
    needed = [each for each in operation["parameters"] if each.get("required")]
    return {each["name"]: as_typed(each["example"], each["schema"]) for each in needed}


def as_typed(value: str, schema: dict) -> str | date:
    return date.fromisoformat(value) if schema.get("format") == "date" else value


# The document


def test_the_document_is_valid(client, directory):
    read = json.loads(client.get("/openapi.json").getvalue())
    OpenAPIV31SpecValidator(read).validate()
    assert read == described()


def test_every_parameter_has_an_example():
    """A new filter wants one in ``EXAMPLES``."""
    assert set(EXAMPLES) == set(ExportFilter.base_filters)


def test_every_operation_is_named_once_and_described(operations):
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    for each in operations:
        assert each["operationId"].isalpha()
        assert each["summary"]
        assert each["description"].endswith((".", "…"))
        assert set(each["tags"]) <= set(TAGS)
    assert {tag for each in operations for tag in each["tags"]} == set(TAGS)


def test_every_data_address_of_the_site_is_in_the_document(operations):
    """All that is no page, as the addresses of pages end with a slash."""
    routes = get_resolver().reverse_dict
    found = set()
    for name in filter(lambda name: isinstance(name, str), routes):
        for possibilities, *_rest in routes.getlist(name):
            for route, parts in possibilities:
                endings = [ending for ending, *_words in FILES] if "ending" in parts else [""]
                found |= {f"/{route}" % {**{part: f"{{{part}}}" for part in parts}, "ending": end} for end in endings}
    files = {path for path in found if not path.endswith("/")}
    assert files - NO_DATA.keys() == {each["path"] for each in operations}
    assert NO_DATA.keys() <= files


def test_answers_have_the_headers_of_the_document_and_answer_304(client, operations):
    for each in operations:
        address = each["path"].format(**asked(each))
        response = client.get(address, in_query(each))
        assert response.status_code == 200, address
        assert response["Content-Type"].partition(";")[0] == media_of(each)
        headers = set(each["responses"]["200"]["headers"])
        # The page cache, which stands before Django, gives one to what has none.
        missing = {"ETag"} if "Link" not in headers else set()
        known = HEADERS.keys() - missing
        assert known & set(response.headers) == headers - missing, address
        if "ETag" in response.headers:
            again = client.get(address, in_query(each), headers={"If-None-Match": response["ETag"]})
            assert again.status_code == 304, address


def in_query(operation: dict) -> dict[str, Any]:
    return {name: value for name, value in asked(operation).items() if f"{{{name}}}" not in operation["path"]}


# A client that was generated from it


class GeneratedClient:
    """What openapi-python-client makes of the document; its requests go to Django's test client."""

    def __init__(self, package: ModuleType, client: Client) -> None:
        self.client, self.extra = client, {}
        modules = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        self.functions = {each.name.rpartition(".")[2].replace("_", ""): each.name for each in modules}
        transport = httpx.MockTransport(self.answer)
        self.session = package.Client(base_url=ROOT, httpx_args={"transport": transport})

    def answer(self, request: httpx.Request) -> httpx.Response:
        headers = {"If-None-Match": request.headers["If-None-Match"]} if "If-None-Match" in request.headers else {}
        response = self.client.get(request.url.raw_path.decode(), headers=headers, **self.extra)
        return httpx.Response(response.status_code, headers=response.headers.items(), content=response.getvalue())

    def call(self, operation_id: str, **values: Any):
        module = importlib.import_module(self.functions[operation_id.lower()])
        named = {RENAMED.get(name, name): value for name, value in values.items()}
        return module.sync_detailed(client=self.session, **named)


RENAMED = {"url": "url_query"}  # by the generator, whose functions have a name for themselves


@pytest.fixture(scope="module")
def package(tmp_path_factory, loaded_directory, django_db_blocker) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("client")
    with django_db_blocker.unblock():
        (folder / "openapi.json").write_text(json.dumps(described()))
    # The generator knows JSON and text: these say what other media types are to it.
    binary = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "image/png")
    text = (
        "image/svg+xml",
        "application/atom+xml",
        *(media for _ending, _label, media in FILES if "json" not in media),
    )
    kinds = {**dict.fromkeys(binary, "application/octet-stream"), **dict.fromkeys(text, "text/plain")}
    config = {"post_hooks": [], "content_type_overrides": kinds}
    (folder / "config.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"]
    files = ["--path", folder / "openapi.json", "--config", folder / "config.json"]
    subprocess.run([*command, *files, "--output-path", folder / "generated_pimms_client"], check=True)
    sys.path.insert(0, str(folder))
    yield importlib.import_module("generated_pimms_client")
    sys.path.remove(str(folder))


@pytest.fixture
def generated(package, client) -> GeneratedClient:
    return GeneratedClient(package, client)


def as_read(parsed: Any) -> Any:
    return [each.to_dict() for each in parsed] if isinstance(parsed, list) else parsed.to_dict()


def test_a_generated_client_reads_every_operation(generated, operations, subtests):
    for each in operations:
        with subtests.test(each["operationId"]):
            response = generated.call(each["operationId"], **asked(each))
            assert response.status_code == 200
            if is_json(each):
                assert as_read(response.parsed) == json.loads(response.content)
            elif isinstance(response.parsed, str):
                assert response.parsed == response.content.decode()
            else:
                assert response.parsed.payload.getvalue() == response.content


@pytest.mark.parametrize("operation", ["listSites", "listSitesGeoJson"])
@pytest.mark.parametrize(
    "values", [{"lieu": "38100"}, {"lieu": "saint-denis"}, {"lat": 48.1, "lon": -1.6}, {"commune": "38185"}]
)
def test_a_generated_client_reads_how_a_place_was_understood(generated, gazetteer, operation, values):
    response = generated.call(operation, **values)
    assert as_read(response.parsed) == json.loads(response.content)
    assert "place" in as_read(response.parsed)


def test_a_generated_client_reads_what_changed_between_versions(generated, client, directory):
    before = json.loads(client.get("/pimms.json").getvalue())["results"]
    gone, edited, renamed, *others = before
    new = {**gone, "id": "nouveau", "slug": "nouveau"}
    after = [{**edited, "phone": None, "latitude": 1.5}, {**renamed, "name": "Autre"}, new, *others]
    version = DirectoryVersion.objects.create(
        day=date(2021, 2, 3), kept_at=timezone.now(), count=53, changes=changes_between(before, after)
    )
    version.files.bulk_create(VersionFile.of(version, kind, b"{}") for kind in VersionFile.Kind.values)
    changes = generated.call("getVersionChanges", day=version.day)
    assert as_read(changes.parsed) == json.loads(changes.content)
    assert (len(changes.parsed.added), len(changes.parsed.removed), len(changes.parsed.renamed)) == (1, 1, 1)
    assert {field.field for field in changes.parsed.changed[0].fields} == {"phone", "latitude"}
    listed = generated.call("listVersions")
    assert as_read(listed.parsed) == json.loads(listed.content)
    assert [each.changes and each.changes.added for each in listed.parsed.versions] == [1, None]


def test_a_generated_client_reads_where_nothing_is(generated, operations, subtests):
    for each in operations:
        with subtests.test(each["operationId"]):
            if "404" in each["responses"]:
                is_refused(generated, each, 404, **{name: NOWHERE.get(name, "99-rien") for name in asked(each)})


NOWHERE = {"day": date(1999, 12, 31), "url": f"{ROOT}/rien/"}


def test_a_generated_client_reads_what_is_wrong_with_a_question(generated, operations, subtests):
    for each in operations:
        names = {parameter.get("$ref", "").rpartition("/")[2] for parameter in each["parameters"]}
        with subtests.test(each["operationId"]):
            if "region" in names:
                refused = is_refused(generated, each, 400, region="nulle-part")
                assert [error.parameter for error in refused.errors] == ["region"]
            if each["operationId"] == "getOembed":
                is_refused(generated, each, 400, url="rien")


def test_a_generated_client_reads_that_a_record_was_withdrawn(generated, operations):
    site = SiteFactory(publication="withdrawn")
    asked_for = [each for each in operations if each["path"].startswith("/pimms/")]
    assert len(asked_for) == 6
    for each in asked_for:
        is_refused(generated, each, 410, slug=site.slug)


def test_a_generated_client_reads_that_the_data_are_away(generated, operations, subtests):
    generated.extra[BUSY] = True
    for each in operations:
        with subtests.test(each["operationId"]):
            is_refused(generated, each, 503, **asked(each))


def is_refused(generated: GeneratedClient, operation: dict, status: int, **values: Any) -> Any:
    """By a problem document, or by a page where only browsers ask."""
    response = generated.call(operation["operationId"], **values)
    assert response.status_code == status
    if is_data(operation["path"]):
        assert as_read(response.parsed) == json.loads(response.content)
        assert response.parsed.status == status
    else:
        assert "<h1" in response.parsed
    return response.parsed


def test_a_generated_client_reads_that_nothing_changed(generated, operations):
    for each in filter(is_json, operations):
        if each["operationId"] != "suggestPlaces":  # the page cache gives it an ETag
            etag = generated.call(each["operationId"], **asked(each)).headers["ETag"]
            again = generated.call(each["operationId"], **asked(each), if_none_match=etag)
            assert (again.status_code, again.content, again.parsed) == (304, b"", None)


# The site


@pytest.fixture
def kept_connection():
    """Requests that go past Django's test client leave the connection of the test's transaction open, too."""
    both = (request_started, request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)


@pytest.mark.slow
def test_the_running_site_keeps_to_its_openapi_document(operations, kept_connection):
    """Schemathesis, in process: made-up values of every parameter, right and wrong, and the examples."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", WSGIHandler())
    checked = [
        checks.not_a_server_error,
        *(checks.CHECKS.get_one(name) for name in ("status_code_conformance", "content_type_conformance")),
        checks.CHECKS.get_one("response_schema_conformance"),
        checks.CHECKS.get_one("response_headers_conformance"),
    ]
    definitions = {each["path"]: each for each in operations}
    names = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        names.add(operation.path)

        @given(case=operation.as_strategy())
        @settings(
            max_examples=15 if is_json(definitions[operation.path]) else 3,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        def keeps_to_it(case):
            case.call_and_validate(checks=checked, headers={"Accept-Encoding": "identity"})

        keeps_to_it()
        definition = definitions[operation.path]
        known = {each["name"]: each["example"] for each in parameters_of(definition) if each["in"] == "query"}
        in_path = {each["name"]: each["example"] for each in parameters_of(definition) if each["in"] == "path"}
        always = in_query(definition)
        point = {name: known[name] for name in ("lat", "lon") if name in known}  # together, or it is an error
        alone = [{name: value} for name, value in known.items() if name not in point]
        for query in [{}] if in_path else [{**always, **each} for each in (*alone, point)]:
            case = operation.Case(path_parameters=in_path, query=query)
            response = case.call_and_validate(checks=checked, headers={"Accept-Encoding": "identity"})
            assert response.status_code == 200
    assert names == definitions.keys() - {"/openapi.json"}  # it leaves out where it read the document


def parameters_of(operation: dict) -> list[dict]:
    components = described()["components"]["parameters"]
    return [components[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in operation["parameters"]]
