"""What public pages say to caches on the way, and what they take."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.generic import View

from pimms_directory.middleware import share
from pimms_directory.urls import urlpatterns as ours


class Form(View):
    """A page that takes a form, as somebody may add one to the public site."""

    def get(self, request):
        return HttpResponse("form")

    def post(self, request):
        return HttpResponse("taken")


urlpatterns = [path("formulaire/", Form.as_view()), path("fonction/", lambda request: HttpResponse("taken")), *ours]


READ_ONLY = ("/", "/pimms.csv", "/hors-ligne.json", "/service-worker.js", "/robots.txt", "/flux.atom")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", READ_ONLY)
def test_public_pages_take_no_forms(client, db, address, method):
    response = getattr(client, method)(address)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.ignore_template_errors
@override_settings(ROOT_URLCONF="tests.test_middleware")
@pytest.mark.parametrize(("address", "status"), [("/formulaire/", 403), ("/fonction/", 405)])
def test_form_of_a_public_page_is_refused_without_its_token(db, address, status):
    client = Client(enforce_csrf_checks=True)
    assert client.post(address).status_code == status
    page = client.get(address)
    assert page.status_code == 200
    assert not page.cookies


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (None, {"public", "max-age=0", "s-maxage=60", "stale-while-revalidate=60", "stale-if-error=86400"}),
        (
            "max-age=300, public",
            {"public", "max-age=300", "s-maxage=60", "stale-while-revalidate=60", "stale-if-error=86400"},
        ),
    ],
)
def test_caches_on_the_way_are_told_how_long(said, sent):
    response = HttpResponse(headers={"Cache-Control": said} if said else {})
    share(response)
    assert set(response.headers["Cache-Control"].split(", ")) == sent


def test_no_cache_on_the_way_keeps_anything_for_no_time(settings):
    settings.CDN_SECONDS = 0
    response = HttpResponse()
    share(response)
    assert set(response.headers["Cache-Control"].split(", ")) == {"public", "max-age=0", "s-maxage=0"}


@pytest.mark.parametrize(("address", "shared"), [("/a-propos/", True), ("/rien/", False), ("/admin/login/", False)])
def test_what_every_reader_may_get_is_shared(client, db, address, shared):
    assert ("s-maxage" in client.get(address).headers.get("Cache-Control", "")) == shared


@pytest.mark.parametrize("address", ["/pimms/", "/pimms.json"])
def test_nobody_on_the_way_keeps_where_a_reader_stands(client, directory, address):
    response = client.get(address, {"lat": "45.1", "lon": "5.7"})
    assert response.headers["Cache-Control"] == "private, no-store"


def one_answer_of_each_kind(client, secure: bool = True) -> dict[str, HttpResponse]:
    addresses = [
        "/",
        "/pimms/",
        "/pimms.json",
        "/pimms.csv",
        "/flux.atom",
        "/robots.txt",
        "/sitemap.xml",
        "/rien/",
        "/Pimms",
    ]
    addresses += ["/rien.json", "/pimms.json?page=x", "/admin/", "/admin/login/", "/admin/rien/", "/healthz", "/readyz"]
    addresses += ["/static/site.css", "/static/", "/site.webmanifest", "/service-worker.js", "/pimms/?lat=45&lon=5"]
    addresses += ["/static/pictograms.svg", "/static/copy.js", "/pimms.xlsx", "/favicon.ico", "/presse/"]
    answers = {address: client.get(address, secure=secure) for address in addresses}
    for answer in answers.values():
        if answer.streaming:
            b"".join(answer.streaming_content)  # or a file stays open; close() would close the database as well
    answers["a form"] = client.post("/", secure=secure)
    answers["a foreign host"] = client.get("/", secure=secure, headers={"host": "evil.example"})
    answers["another name"] = client.get("/", secure=secure, headers={"host": "www.annuaire.example"})
    answers["no token"] = Client(enforce_csrf_checks=True).post("/admin/login/", secure=secure)
    return answers


@pytest.fixture
def in_production(settings):
    """As the settings of production are, in what matters to headers."""
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.REDIRECT_TO_ORIGIN, settings.PUBLIC_ORIGIN = True, "https://testserver"
    settings.ALLOWED_HOSTS = ["testserver", "www.annuaire.example"]


def test_every_answer_tells_browsers_what_they_may_not_do_with_it(directory, in_production, monkeypatch):
    client = Client(raise_request_exception=False)
    answers = one_answer_of_each_kind(client)
    monkeypatch.setattr("pimms_directory.views.About.get_context_data", lambda *_, **__: 1 / 0)
    answers["an error"] = client.get("/a-propos/", secure=True)
    assert {200, 301, 302, 400, 403, 404, 405, 500} <= {answer.status_code for answer in answers.values()}
    for name, answer in answers.items():
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin", name
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000"), name
        policy = {line.split()[0]: line.split()[1:] for line in headers["Content-Security-Policy"].split(";") if line}
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"], name
        assert policy["script-src"] == ["'self'"] and "object-src" not in policy, name


def test_every_answer_says_what_it_is_and_in_which_encoding(directory, in_production):
    for name, answer in one_answer_of_each_kind(Client()).items():
        if answer.streaming or answer.content:
            kind = answer.headers["Content-Type"].replace('"', "")
            named = "charset=utf-8" in kind
            assert named or not re.match(r"text/|[^;]*(/xml|[+]xml|javascript)\b", kind), (
                name,
                kind,
            )  # JSON is UTF-8 in any case
            assert named or re.match(r"application/([\w.]+\+)?(json|ld)|application/vnd\.|image/(png|x-icon)", kind), (
                name
            )


@pytest.mark.parametrize("address", ["/", "/pimms.json", "/admin/login/", "/healthz"])
def test_trace_and_methods_that_nobody_knows_are_refused_and_echo_nothing(client, db, address):
    for method in ("TRACE", "TRACK", "DEBUG", "CONNECT"):
        response = client.generic(method, address, headers={"x-secret": "biscuit"})
        assert response.status_code in (405, 501), method
        assert b"biscuit" not in response.content


def test_no_folder_is_listed(client, db):
    for address in ("/static/", "/static/leaflet/", "/fixtures/", "/docs/", "/.git/config", "/.env", "/var/db.sqlite3"):
        assert client.get(address).status_code == 404, address


def test_plain_http_leads_a_person_to_https_and_takes_nothing(client, db, in_production):
    answer = client.get("/pimms/?lieu=Lyon")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://testserver/pimms/?lieu=Lyon")
    assert client.post("/admin/login/", {"username": "x", "password": "y"}).status_code == 308
    assert not client.cookies
