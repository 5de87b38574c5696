"""No query string may cause an error: thousands of them, on every page that reads one."""

from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sites.search.filters import SiteFilter

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


@pytest.mark.django_db
@given(st.text(min_size=1, max_size=30))
def test_any_path_gets_an_answer(directory, name):
    for folder in ("pimms", "regions", "departements", "associations", "labels", "communiques"):
        response = Client().get(f"/{folder}/{name}/")
        assert response.status_code in (200, 301, 404)
