"""What public pages say to caches on the way, and what they take."""

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
