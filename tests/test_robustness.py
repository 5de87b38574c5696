"""No request may cause an error, whatever its query, method, path and headers: thousands of them, on every page."""

import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pimms_directory.serving.page_cache import PageCache
from sites.search.filters import SiteFilter
from tests.serving.test_page_cache import MEGABYTE, Answer, Known, before_django, connection_stays_open

__all__ = ["connection_stays_open"]
pytestmark = pytest.mark.slow

PARAMETERS = [*SiteFilter.base_filters, "page"]
PLAUSIBLE = [
    *("", "0", "-1", "1", "2", "9" * 23, "1e309", "nan", "2020-01-01", "0000-00-00", "9999-12-31"),
    *("bretagne", "38", "2A", "2020-01", "fixe", "samedi", "nom", "pimms-paris", "St-Étienne", "Paris 8ème", "%", "_"),
    *("\0", "a\0b", "'", '"', "\\", "<script>", "\ud800", "é" * 300, "🚌", "\u202e", "٣", "l' ", "--", "²"),
]
values = st.one_of(st.sampled_from(PLAUSIBLE), st.text(max_size=40), st.dates().map(str), st.integers().map(str))
queries = st.lists(
    st.tuples(st.one_of(st.sampled_from(PARAMETERS), st.text(max_size=8)), values), min_size=1, max_size=7
)


def encode(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(k, errors='surrogatepass')}={quote(v, errors='surrogatepass')}" for k, v in pairs)


@pytest.mark.django_db
@settings(max_examples=4 * settings.default.max_examples)  # hundreds in CI
@given(queries)
@example([("q", "\0"), ("region", "\0"), ("page", "\0")])
@example([("page", "9" * 5000)])
@example([("q", "de la")])
def test_any_query_string_gets_an_answer(directory, pairs):
    response = Client().get("/pimms/", QUERY_STRING=encode(pairs))
    assert response.status_code == 200
    assert not response.cookies
    assert Client().get("/communes.json", QUERY_STRING=encode(pairs)).status_code == 200


@pytest.mark.django_db
@given(st.binary(max_size=60))
def test_any_bytes_get_an_answer(directory, raw):
    query = "".join(f"%{byte:02x}" if byte % 2 else chr(byte) for byte in raw if chr(byte) not in "\r\n")
    for address in ("/pimms/", "/", "/regions/bretagne/"):
        assert Client().get(address, QUERY_STRING=query).status_code == 200


# Requests with any method, path and headers, through the page cache: tests/serving/test_raw_requests.py sends them to a
# server, which hands on no others.

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH"]
PAGES = ["/", "/pimms/", "/en/pimms/", "/pimms/pimms-blois/", "/regions/bretagne/", "/communiques/2019-11-22/"]
PAGES += ["/pimms.csv", "/pimms.xlsx", "/pimms.json", "/flux.atom", "/oembed.json", "/apercu.png", "/robots.txt"]
PAGES += ["/presse/carte-regions.svg", "/pimms/pimms-blois.vcf", "/nope", "/admin/", "/admin/login/", "/healthz"]
HEADERS = ["ACCEPT", "ACCEPT_LANGUAGE", "ACCEPT_ENCODING", "ACCEPT_CHARSET", "COOKIE", "AUTHORIZATION", "REFERER"]
HEADERS += ["RANGE", "IF_RANGE", "IF_MATCH", "IF_NONE_MATCH", "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE", "ORIGIN"]
HEADERS += ["CACHE_CONTROL", "PRAGMA", "HOST", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_FORWARDED_FOR", "FORWARDED"]
HEADERS += ["X_REQUEST_ID", "X_HTTP_METHOD_OVERRIDE", "X_ORIGINAL_URL", "X_REWRITE_URL", "USER_AGENT", "PROXY", "FROM"]
HEADERS += ["CONTENT_ENCODING", "UPGRADE_INSECURE_REQUESTS", "SAVE_DATA", "DNT", "ACCESS_CONTROL_REQUEST_METHOD"]
SAID = ["", "*", "*/*;q=0", "fr, en;q=0.5, *;q=0", "br;q=1.0, gzip;q=0, *", "identity;q=0", "gzip" * 200, "bytes=0-0"]
SAID += ["bytes=-1,0-", 'W/"a", "b"', '"', "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Feb 9999 25:61:61 GMT", "null"]
SAID += [
    "sessionid=a; csrftoken=\xff; =; sessionid",
    "https://evil.example",
    "evil.example",
    "testserver:99999",
    "POST",
]
# As a server hands over what it does not read: each byte a character.
latin = st.text(st.characters(codec="latin-1", exclude_characters="\0\r\n"), max_size=40)
wsgi_paths = st.one_of(
    st.sampled_from(PAGES),
    st.text(max_size=30).map(lambda path: "/" + path.encode("utf-8", "surrogatepass").decode("latin-1")),
    st.binary(max_size=20).map(lambda path: "/" + path.decode("latin-1")),
    st.tuples(st.sampled_from(PAGES), st.text(max_size=12)).map(lambda parts: parts[0] + quote(parts[1], safe="/%")),
    st.tuples(st.sampled_from(["pimms", "regions", "labels", "en/pimms", "integrer/pimms", "presse"]), latin).map(
        lambda parts: f"/{parts[0]}/{parts[1]}/"
    ),
)
wsgi_headers = st.dictionaries(st.sampled_from(HEADERS), st.one_of(st.sampled_from(SAID), latin), max_size=6)


def check(answer: Answer, method: str, path: str) -> None:
    shared = re.search("public|s-maxage", answer.headers.get("Cache-Control", ""))
    assert answer.code < 500
    assert len(answer.list) == len({name.lower() for name, _value in answer.list}) or path.startswith("/admin")
    assert not any(re.search(r"[\r\n\0]", name + value) for name, value in answer.list)
    if answer.code == 304:
        assert not answer.body and method in ("GET", "HEAD")
    if path.startswith("/admin"):
        assert not shared
    else:
        assert "Set-Cookie" not in answer.headers
        assert not (shared and answer.code not in (200, 304))
    if method not in ("GET", "HEAD", "OPTIONS"):
        assert answer.code in (301, 308, 400, 403, 404, 405) or path.startswith("/admin") or path == "/healthz"


@pytest.fixture
def kept_site(directory) -> Iterator[PageCache]:
    """The site behind a page cache that no test poisons."""
    cache = before_django(8 * MEGABYTE, Known())
    plain = PAGES[:12]
    before = [(answer.status, answer.headers.get("ETag"), answer.body) for answer in map(partial(Answer, cache), plain)]
    yield cache
    after = [(answer.status, answer.headers.get("ETag"), answer.body) for answer in map(partial(Answer, cache), plain)]
    assert after == before


@pytest.mark.django_db
@settings(max_examples=4 * settings.default.max_examples)
@given(st.one_of(st.sampled_from(METHODS), st.sampled_from(METHODS[:2])), wsgi_paths, wsgi_headers)
def test_any_method_path_and_headers_get_an_answer(kept_site, method, path, headers):
    host = headers.pop("HOST", "testserver")
    check(Answer(kept_site, path, method=method, host=host, **headers), method, path)


@pytest.mark.django_db
@given(st.lists(st.one_of(latin, st.sampled_from(["*", '"a"', "W/", '"', ","])), max_size=5), st.data())
def test_a_page_is_known_by_its_tag_among_any_others_and_by_nothing_else(kept_site, others, data):
    page = Answer(kept_site, "/pimms/")
    tag = page.headers["ETag"].removeprefix("W/")
    others = [other for other in others if tag not in other and other.strip() != "*"]
    if ", ".join(others).strip() != "*":
        assert Answer(kept_site, "/pimms/", if_none_match=", ".join(others)).body == page.body
    place = data.draw(st.integers(0, len(others)))
    known = Answer(kept_site, "/pimms/", if_none_match=", ".join([*others[:place], tag, *others[place:]]))
    assert (known.code, known.body) == (304, b"")
