"""What nginx need not keep. Through nginx itself: `make test-failures`."""

import pytest
from django.test import Client

from pimms_directory import wsgi
from pimms_directory.serving.invented_addresses import InventedAddresses
from tests.test_deployment import values

pytestmark = pytest.mark.one_database


def headers_of(status, **environ):
    got = {}

    def application(environ, start_response):
        start_response(status, [("Content-Type", "text/plain")])
        return [b""]

    list(InventedAddresses(application)(environ, lambda _status, headers, _info: got.update(headers)))
    return got


@pytest.mark.parametrize("status", ["301 Moved Permanently", "404 Not Found", "410 Gone"])
def test_an_address_without_a_page_is_kept_only_in_the_place_of_one(status):
    assert headers_of(status)["X-Accel-Expires"] == "0"
    assert "X-Accel-Expires" not in headers_of(status, HTTP_IF_NONE_MATCH='W/"abc"')


def test_a_page_says_itself_how_long_it_is_kept():
    assert "X-Accel-Expires" not in headers_of("200 OK")


def test_it_knows_all_that_nginx_keeps_beside_pages():
    (kept,) = values("proxy_cache_valid")
    assert headers_of("200 OK").keys() == {"Content-Type"}
    for code in kept.split()[:-1]:
        assert "X-Accel-Expires" in headers_of(f"{code} …"), code
    assert values("proxy_cache_revalidate") == ["on"], "else it would not ask with the tag of what it has"


@pytest.mark.django_db
def test_the_server_says_so_of_pages_files_and_other_spellings():
    for path in ("/pimms/invente/", "/static/invente.css", "/invente", "//pimms"):
        status, headers = asked(path)
        assert status[:3] in ("404", "301"), path
        assert headers["X-Accel-Expires"] == "0", path


def asked(path):
    got = []
    environ = Client()._base_environ(PATH_INFO=path, HTTP_HOST="testserver")
    result = wsgi.application(environ, lambda *said: got.extend(said[:2]))
    b"".join(result)
    return got[0], dict(got[1])
