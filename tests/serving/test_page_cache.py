"""The page cache in front of Django: what it keeps, for how long, and what it answers when the database does not."""

import gzip
import re
import threading
import time
from collections import Counter
from datetime import datetime
from io import BytesIO
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

import brotli
import pytest
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections, connection
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver, reverse
from hypothesis import given
from hypothesis import strategies as st

from pimms_directory.backups import LATE_EDITS
from pimms_directory.base import revision
from pimms_directory.base.addresses import route_at
from pimms_directory.base.languages import language_of
from pimms_directory.base.memo import REVISION, changes_at
from pimms_directory.query_parameters import NEVER_KEPT, READ
from pimms_directory.serving import page_cache, revision_probe
from pimms_directory.serving.page_cache import AWAY, BUSY, RESULT, PageCache, encoding_for
from pimms_directory.serving.revision_probe import RevisionProbe
from pimms_directory.wsgi import django_application
from sites.hours.today import open_status
from sites.models import Region
from tests.factories import RegionFactory
from tests.sites.hours.test_opening_hours import MORNING

MEGABYTE = 1024 * 1024
HTML = ("Content-Type", "text/html; charset=utf-8")
SHARED = ("Cache-Control", "public, max-age=0, s-maxage=60")
HOST = "localhost"
NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Europe/Paris")).timestamp()


class Known:
    """A probe that says what a test wants it to say."""

    def __init__(self, number: int | None = 1) -> None:
        self.number = number

    def current(self) -> int | None:
        return self.number


class Site:
    """A site behind the cache: counts how often it is asked, and for what."""

    def __init__(self, body: bytes = b"", status: str = "200 OK", headers: tuple = (HTML, SHARED)) -> None:
        self.body = body or b"<p>Bonjour</p>" * 100
        self.status, self.headers = status, list(headers)
        self.asked: Counter[str] = Counter()
        self.environs = []
        self.data = Known()

    def __call__(self, environ, start_response):
        self.environs.append(environ)
        self.asked[f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"] += 1
        if REVISION in environ:
            environ[REVISION] = self.data.number
        start_response(self.status, self.headers)
        return [self.body]


class Answer:
    def __init__(self, application, path="/pimms/", query="", *, method="GET", host=HOST, **headers) -> None:
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": host,
            "SERVER_NAME": host,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        result = application(environ, self.start)
        self.result = environ.get(RESULT)
        self.body = b"".join(result)
        if hasattr(result, "close"):
            result.close()

    def start(self, status, headers, exc_info=None):
        self.status, self.code, self.list = status, int(status[:3]), headers
        self.headers = dict(headers)


@pytest.fixture(autouse=True)
def connection_stays_open():
    """Django, as for its test client, leaves the test's connection alone."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def before_django(limit: int, probe: Known) -> PageCache:
    cache = PageCache(django_application, limit, READ, NEVER_KEPT)
    cache.probe = probe  # type: ignore[assignment]
    return cache


def cached(site=None, *, limit=MEGABYTE, number: int | None = 1, now=lambda: NOON) -> tuple[PageCache, Site]:
    site = site or Site()
    site.data = Known(number)
    cache = PageCache(site, limit, READ, NEVER_KEPT)
    cache.probe, cache.now = site.data, now  # type: ignore[assignment]
    return cache, site


def kept(cache: PageCache) -> int:
    """How many pages."""
    return sum(map(len, cache.pages.values()))


def address_of(path: str, query: str) -> page_cache.Address | None:
    return cached()[0].public_address(path, query)


# Which page it is


names = st.sampled_from([*READ["site-list"], "page", "utm_source", "x", "limit"])
values = st.one_of(st.text(max_size=12), st.sampled_from(["", "0", "bretagne", "é", "a b", "%", "\0"]))


@given(st.lists(st.tuples(names, values), max_size=8))
def test_address_holds_the_parameters_that_the_site_reads_as_it_reads_them(pairs):
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    sent = QueryDict(query)
    wanted = {name: sent[name] for name in sent if name in READ["site-list"]}
    address = address_of("/pimms/", query)
    assert address is not None
    read = parse_qsl(address.query, keep_blank_values=True)
    assert dict(read) == wanted
    assert [name for name, _value in read] == sorted(wanted)
    assert address_of("/pimms/", address.query) == address


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_path_and_no_query_breaks_the_cache(path, query):
    cache, _site = cached()
    sent = [text.encode().decode("latin-1") for text in (f"/{path}", query)]
    assert Answer(cache, *sent).code == 200


def test_garbage_is_one_page():
    cache, site = cached()
    for number in range(200):
        assert Answer(cache, query=f"x{number}={number}").code == 200
        assert Answer(cache, "/regions/bretagne/", f"page={number}").code == 200
    assert site.asked == {"/pimms/?": 1, "/regions/bretagne/?": 1}
    assert kept(cache) == 2


def test_an_empty_search_is_not_the_page_without_a_search():
    cache, site = cached()
    for query in ("", "lieu=", "lieu=", ""):
        Answer(cache, query=query)
    assert site.asked == {"/pimms/?": 1, "/pimms/?lieu=": 1}


def test_order_and_repetition_of_parameters_do_not_matter():
    cache, site = cached()
    for query in ("region=corse&type=fixe", "type=fixe&region=corse", "region=x&region=corse&type=fixe&type=fixe"):
        Answer(cache, query=query)
    assert site.asked == {"/pimms/?region=corse&type=fixe": 1}


def test_memory_is_bounded_and_invented_searches_push_no_page_out():
    cache, site = cached(limit=100_000)
    plain = ["/", "/pimms/", "/regions/", "/labels/"]
    for path in plain:
        Answer(cache, path)
    for number in range(500):
        Answer(cache, query=f"q=mot{number}")
        assert sum(pages.currsize for pages in cache.pages.values()) <= 100_000
    site.asked.clear()
    for path in plain:
        Answer(cache, path)
    assert not site.asked
    Answer(cache, query="q=mot499")
    assert not site.asked
    Answer(cache, query="q=mot0")
    assert site.asked == {"/pimms/?q=mot0": 1}


@pytest.mark.parametrize("length", [10, 1000, 4000])
def test_what_no_page_reads_makes_no_other_page_however_long_it_is(length):
    cache, site = cached()
    for number in range(3):
        Answer(cache, query=f"q=grenoble&z={number}{'a' * length}")
    assert (kept(cache), site.asked.total()) == (1, 1)


def test_foreign_hosts_fill_nothing_and_other_names_of_ours_share_a_page():
    cache, site = cached()
    for number in range(5):
        Answer(cache, host=f"evil{number}.example")
    assert kept(cache) == 0
    site.asked.clear()
    for host in ("localhost", "127.0.0.1", "localhost:8001"):
        Answer(cache, host=host)
    assert site.asked == {"/pimms/?": 1}
    assert site.environs[-1]["HTTP_HOST"] == "testserver"


@pytest.mark.parametrize("host", ["localhost", "www.testserver", "testserver:8001"])
def test_who_comes_by_another_name_is_left_to_django_once_an_origin_is_set(settings, host):
    settings.REDIRECT_TO_ORIGIN, settings.ALLOWED_HOSTS = True, ["testserver", "localhost", ".testserver"]
    cache, site = cached()
    Answer(cache, host=host)
    assert (kept(cache), site.asked.total()) == (0, 1)
    Answer(cache, host="testserver")
    assert kept(cache) == 1


# What is kept


def test_page_is_made_once_for_everybody_and_of_nothing_that_is_theirs():
    cache, site = cached()
    for agent in ("Firefox", "Safari"):
        Answer(cache, user_agent=agent, cookie="sessionid=secret", accept_language="en", authorization="Basic x")
    assert site.asked == {"/pimms/?": 1}
    sent = {name for name in site.environs[0] if name.startswith("HTTP_")}
    assert sent == {"HTTP_HOST"}


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/admin/", {}),
        ("/admin/login/", {}),
        ("/healthz", {}),
        ("/readyz", {}),
        ("/static/site.css", {}),
        ("/nonsense/", {"method": "POST"}),
        ("/PIMMS/", {}),
        ("/pimms/", {"method": "POST"}),
        ("/pimms/", {"method": "OPTIONS"}),
        ("/wp-login.php", {}),
    ],
)
def test_what_is_no_public_page_goes_to_django_as_it_came(path, options):
    cache, site = cached()
    for _ in range(2):
        Answer(cache, path, cookie="sessionid=mine", **options)
    assert site.asked.total() == 2
    assert site.environs[0]["HTTP_COOKIE"] == "sessionid=mine"
    assert kept(cache) == 0


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("404 Not Found", []),
        ("301 Moved Permanently", [("Location", "/pimms/")]),
        ("500 Internal Server Error", []),
        ("503 Service Unavailable", [SHARED]),
        ("200 OK", [("Set-Cookie", "sessionid=x")]),
        ("200 OK", [("Cache-Control", "private")]),
        ("200 OK", [("Cache-Control", "max-age=0, no-store")]),
        ("200 OK", [("Vary", "Accept-Encoding, Cookie")]),
    ],
)
def test_errors_and_personal_answers_are_not_kept_and_stay_as_they_are(status, headers):
    """What every reader may get says “s-maxage” (``middleware.py``)."""
    cache, site = cached(Site(status=status, headers=(HTML, *headers)))
    for _ in range(2):
        answer = Answer(cache)
    assert site.asked.total() == 2
    assert kept(cache) == 0
    assert answer.status == status
    assert not {"ETag", "X-Accel-Expires"} & set(answer.headers)
    for name, value in headers:
        assert answer.headers[name] == value


@pytest.mark.parametrize("status", ["301 Moved Permanently", "404 Not Found", "410 Gone"])
def test_a_page_that_is_gone_stays_gone_while_the_database_is_away(status):
    cache, site = cached()
    Answer(cache)
    site.status, site.headers = status, [HTML]
    cache.probe.number = 2
    assert Answer(cache).status == status
    cache.probe.number = None
    assert Answer(cache).status == status
    assert kept(cache) == 1
    cache.probe.number, site.status, site.headers = 3, "200 OK", Site().headers
    assert Answer(cache).code == 200


def test_addresses_that_never_had_a_page_are_not_kept():
    cache, _site = cached(Site(status="404 Not Found", headers=[HTML]))
    Answer(cache, "/pimms/invente/")
    assert kept(cache) == 0


# When many ask at once


class Slow(Site):
    """Takes until it is told to end, where it is asked for a search."""

    def __init__(self) -> None:
        super().__init__()
        self.end = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self, environ, start_response):
        if BUSY in environ:
            start_response("503 Service Unavailable", [HTML, ("Retry-After", "5")])
            return [b"busy"]
        if environ["QUERY_STRING"]:
            self.begun.release()
            assert self.end.wait(10)
        return super().__call__(environ, start_response)


@pytest.fixture
def crowd(monkeypatch):
    """Six threads that wait for slow searches: an eighth of the threads of the server may, and all places are taken."""
    monkeypatch.setenv("WEB_THREADS", "48")
    cache, slow = cached(Slow())
    Answer(cache)
    answers: list[Answer] = []
    ask = lambda number: answers.append(Answer(cache, query=f"q={number}"))  # noqa: E731
    threads = [threading.Thread(target=ask, args=(number % 3,)) for number in range(6)]
    for thread in threads:
        thread.start()
    assert all(slow.begun.acquire(timeout=10) for _ in range(3))
    deadline = time.monotonic() + 10
    while cache.turns[True].places.acquire(blocking=False) and time.monotonic() < deadline:
        cache.turns[True].places.release()
        time.sleep(0.01)
    yield cache, slow
    slow.end.set()
    for thread in threads:
        thread.join()
    assert [answer.code for answer in answers] == [200] * 6
    assert slow.asked == Counter(["/pimms/?", *(f"/pimms/?q={number}" for number in range(3))])


def test_a_page_is_made_once_for_all_who_ask_meanwhile(crowd):
    """The fixture looks what was asked for in the end."""


def test_slow_pages_do_not_make_readers_of_other_pages_wait(crowd):
    cache, _slow = crowd
    began = time.monotonic()
    assert Answer(cache).code == 200
    assert time.monotonic() - began < 0.2


def test_what_is_new_is_refused_while_too_many_pages_are_being_made(crowd):
    cache, _slow = crowd
    for query in ("q=7", "lat=45&lon=5"):
        refused = Answer(cache, query=query)
        assert (refused.code, refused.headers["Retry-After"], refused.body) == (503, "5", b"busy")


def test_searches_do_not_make_a_new_page_wait(crowd):
    cache, slow = crowd
    began = time.monotonic()
    assert Answer(cache, "/regions/").code == 200
    assert time.monotonic() - began < 0.2
    del slow.asked["/regions/?"]


def test_no_more_wait_than_leave_threads_for_what_is_kept(crowd):
    cache, _slow = crowd
    cache.turns[True].last = time.monotonic() + 60  # as if turns ended all the time
    waiting = [threading.Thread(target=Answer, args=(cache,), kwargs={"query": f"q=w{number}"}) for number in range(12)]
    for thread in waiting:
        thread.start()
    deadline = time.monotonic() + 10
    while cache.turns[True].present.acquire(blocking=False) and time.monotonic() < deadline:
        cache.turns[True].present.release()
        time.sleep(0.01)
    began = time.monotonic()
    assert Answer(cache, query="q=8").code == 503
    assert time.monotonic() - began < 0.2
    for thread in waiting:
        thread.join()


def test_logins_and_what_is_no_page_leave_room_for_pages(monkeypatch):
    monkeypatch.setenv("WEB_THREADS", "16")
    cache, slow = cached(Slow())
    ask = {"path": "/admin/login/", "query": "x", "method": "POST"}
    threads = [threading.Thread(target=Answer, args=(cache,), kwargs=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert slow.begun.acquire(timeout=10)
    deadline = time.monotonic() + 10
    while cache.others.present.acquire(blocking=False) and time.monotonic() < deadline:
        cache.others.present.release()
        time.sleep(0.01)
    assert Answer(cache, **ask).code == 503
    assert Answer(cache).code == 200
    assert Answer(cache, "/healthz").code == 200
    assert Answer(cache, "/static/site.css").code == 200
    slow.end.set()
    for thread in threads:
        thread.join()


def test_page_that_cannot_be_made_anew_is_served_as_last_known(crowd):
    cache, _slow = crowd
    cache.probe.number = 2
    places = cache.turns[False].places
    try:
        while places.acquire(blocking=False):
            pass
        assert Answer(cache).headers["X-Served-Stale"] == "database"
    finally:
        cache.probe.number = 1


def test_fault_while_a_page_is_made_reaches_who_asked_and_stops_nobody_else():
    def fail(environ, start_response):
        raise RuntimeError

    cache, site = cached()
    cache.application = fail
    for _ in range(20):
        with pytest.raises(RuntimeError):
            Answer(cache)
    cache.application = site
    assert Answer(cache).code == 200


# When it is out of date


def test_another_revision_makes_another_page():
    cache, site = cached()
    Answer(cache)
    cache.probe.number = 2
    site.body = b"<p>Bonsoir</p>"
    assert Answer(cache).body == b"<p>Bonsoir</p>"
    assert Answer(cache).body == b"<p>Bonsoir</p>"
    assert site.asked == {"/pimms/?": 2}


@pytest.mark.parametrize("status", ["200 OK", "500 Internal Server Error"])
def test_page_during_whose_making_the_data_changed_is_made_again(status):
    """It may show one table as before the change and the next as after, or what is gone meanwhile may make it fail."""
    cache, site = cached()
    torn = []

    def change_once(environ, start_response):
        if not torn:
            torn.append(True)
            start_response(status, [HTML, SHARED])
            return [b"torn"]
        return site(environ, start_response)

    cache.application = change_once
    assert Answer(cache).body == site.body
    assert Answer(cache).body == site.body
    assert site.asked == {"/pimms/?": 1}


def test_page_of_data_that_never_rest_is_not_kept():
    cache, site = cached()
    site.data = Known(None)
    answer = Answer(cache)
    assert answer.body == site.body
    assert "X-Accel-Expires" not in answer.headers
    assert kept(cache) == 0
    assert site.asked.total() == page_cache.TRIES


def test_page_of_a_change_that_nobody_has_looked_for_yet_is_kept():
    cache, site = cached()
    site.data = Known(2)
    for _ in range(2):
        Answer(cache)
    assert site.asked.total() == 1


def paris(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp()


@pytest.mark.parametrize(
    ("made", "asked", "again"),
    [
        ("2026-11-23T08:00", "2026-11-23T08:59:59", False),
        ("2026-11-23T08:00", "2026-11-23T09:00", True),
        ("2026-11-23T09:30", "2026-11-23T11:59", False),
        ("2026-11-23T09:30", "2026-11-23T12:00", True),
        ("2026-11-23T15:00", "2026-11-23T23:59", False),
        ("2026-11-23T15:00", "2026-11-24T00:00", True),
        ("2026-03-29T01:30", "2026-03-29T23:59", False),  # the night of 23 hours; a Sunday
        ("2026-11-23T10:00", "2026-11-23T09:59", True),  # the clock was set back
        ("2026-11-23T10:00", "2030-01-01T00:00", True),
    ],
)
def test_page_that_says_open_now_lasts_until_the_desk_opens_or_closes(made, asked, again):
    clock = [paris(made)]

    class Open(Site):
        def __call__(self, environ, start_response):
            moment = datetime.fromtimestamp(clock[0], ZoneInfo("Europe/Paris"))
            open_status([MORNING], moment, "38")
            return super().__call__(environ, start_response)

    cache, site = cached(Open(), now=lambda: clock[0])
    Answer(cache)
    clock[0] = paris(asked)
    Answer(cache)
    assert site.asked.total() == (2 if again else 1)


def test_every_page_ends_with_the_day():
    clock = [paris("2026-11-23T23:59:59")]
    cache, site = cached(now=lambda: clock[0])
    Answer(cache)
    clock[0] += 1
    Answer(cache)
    assert site.asked.total() == 2


def test_moments_noted_outside_of_a_page_are_nobodys():
    changes_at(datetime.now(ZoneInfo("UTC")))
    cache, site = cached()
    Answer(cache)
    Answer(cache)
    assert site.asked.total() == 1


# How it is sent


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("br;q=0.0, gzip; q=0", ""),
        ("BR", "br"),
        ("*", "br"),
        ("*;q=0", ""),
        ("identity", ""),
        ("brotli, gzippo", ""),
        (";;;,,=", ""),
    ],
)
def test_best_encoding_that_the_client_takes(accepted, encoding):
    assert encoding_for(accepted) == encoding
    cache, site = cached()
    answer = Answer(cache, accept_encoding=accepted)
    assert answer.headers.get("Content-Encoding", "") == encoding
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding]
    assert unpack(answer.body) == site.body
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_what_does_not_shrink_is_sent_as_it_is():
    packed = gzip.compress(bytes(range(256)) * 8, mtime=0) * 3
    cache, _site = cached(Site(brotli.compress(packed) + packed[:5]))
    assert "Content-Encoding" not in Answer(cache, accept_encoding="br").headers


def test_head_is_get_without_its_body():
    cache, site = cached()
    for accepted in ("br", "gzip", ""):
        head, get = (Answer(cache, method=method, accept_encoding=accepted) for method in ("HEAD", "GET"))
        assert head.list == get.list
        assert head.body == b""
    assert site.asked.total() == 1
    assert site.environs[0]["REQUEST_METHOD"] == "GET"


def test_tag_is_of_the_content_and_weak_where_it_is_compressed():
    (one, _), (other, _), (third, _) = cached(), cached(number=7), cached(Site(b"<p>Autre</p>" * 99))
    tags = [Answer(cache).headers["ETag"] for cache in (one, other, third)]
    assert tags[0] == tags[1] != tags[2]
    assert Answer(one, accept_encoding="br").headers["ETag"] == f"W/{tags[0]}"


@pytest.mark.parametrize(
    ("conditions", "known"),
    [
        ({"if_none_match": '"tag"'}, True),
        ({"if_none_match": 'W/"tag"'}, True),
        ({"if_none_match": '"other", W/"tag"'}, True),
        ({"if_none_match": "*"}, True),
        ({"if_none_match": '"other"'}, False),
        ({"if_none_match": "tag"}, False),
        ({"if_none_match": ""}, False),
        ({"if_none_match": '"other"', "if_modified_since": "Mon, 23 Nov 2099 10:00:00 GMT"}, False),
        ({"if_modified_since": "Mon, 23 Nov 2099 10:00:00 GMT"}, False),  # no date knows of all that changes a page
    ],
)
@pytest.mark.parametrize("encoding", ["", "br"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_client_that_has_the_page_is_told_so(conditions, known, encoding, method):
    headers = (HTML, SHARED, ("ETag", '"tag"'), ("Access-Control-Allow-Origin", "*"))
    cache, site = cached(Site(headers=headers))
    full = Answer(cache, accept_encoding=encoding)
    answer = Answer(cache, accept_encoding=encoding, method=method, **conditions)
    assert answer.status == ("304 Not Modified" if known else "200 OK")
    for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
        assert answer.headers[name] == full.headers[name]
    if known:
        assert answer.body == b""
        assert not {"Content-Length", "Content-Encoding", "Content-Type"} & set(answer.headers)
    assert site.asked.total() == 1


def test_proxy_is_told_to_ask_again_when_this_second_is_over():
    cache, _site = cached(now=lambda: NOON + 0.9)
    for _ in range(2):
        assert Answer(cache).headers["X-Accel-Expires"] == f"@{NOON:.0f}"
    cache.probe.number = None
    assert "X-Accel-Expires" not in Answer(cache).headers


def test_large_export_is_left_to_django_and_not_kept(monkeypatch):
    monkeypatch.setattr(page_cache, "LARGEST_PAGE", 1000)
    closed = []

    class Large(Site):
        def __call__(self, environ, start_response):
            super().__call__(environ, start_response)

            class Body(list):
                def close(self):
                    closed.append(True)

            return Body([b"a" * 600, b"b" * 600])

    cache, site = cached(Large(headers=(HTML, SHARED, ("Content-Length", "1200"))))
    for _ in range(2):
        answer = Answer(cache, "/pimms.csv", accept_encoding="gzip", if_none_match='"tag"')
        assert answer.body == b"a" * 600 + b"b" * 600
    assert site.environs[-1]["HTTP_ACCEPT_ENCODING"] == "gzip"
    assert site.environs[-1]["HTTP_IF_NONE_MATCH"] == '"tag"'
    assert site.asked.total() == len(closed) == 3  # it is made twice the first time


# When the database does not answer


def test_last_known_page_is_served_and_marked_while_the_database_is_away():
    cache, site = cached()
    fresh = Answer(cache)
    assert "X-Served-Stale" not in fresh.headers
    cache.probe.number = None
    stale = Answer(cache)
    assert (stale.status, stale.body) == (fresh.status, fresh.body)
    assert stale.headers["X-Served-Stale"] == "database"
    assert "s-maxage" not in stale.headers["Cache-Control"]
    assert Answer(cache, if_none_match=fresh.headers["ETag"]).code == 304
    assert site.asked.total() == 1
    cache.probe.number = 1
    assert "X-Served-Stale" not in Answer(cache).headers


@pytest.mark.parametrize(
    ("kept_by_nginx", "tag", "result"),
    [
        ("EXPIRED", '"another"', "away"),
        ("EXPIRED", "", "away"),
        ("EXPIRED", "the same", "stale"),
        ("MISS", "", "stale"),
    ],
)
def test_what_nginx_got_later_is_served_instead_of_a_former_page(settings, kept_by_nginx, tag, result):
    """Of two processes one may know that a record is withdrawn, and the other one keep its page of before."""
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    cache, _site = cached()
    known = Answer(cache).headers["ETag"]
    cache.probe.number = None
    sent = {"if_none_match": known if tag == "the same" else tag} if tag else {}
    assert Answer(cache, x_cache_status=kept_by_nginx, **sent).result == result


def test_nobody_but_a_proxy_of_ours_says_what_it_keeps(settings):
    settings.SECURE_PROXY_SSL_HEADER = None
    cache, _site = cached()
    Answer(cache)
    cache.probe.number = None
    assert Answer(cache, x_cache_status="EXPIRED").result == "stale"


def test_page_of_any_age_is_better_than_none():
    clock = [NOON]
    cache, _site = cached(now=lambda: clock[0])
    Answer(cache)
    cache.probe.number, clock[0] = None, NOON + 30 * 86400
    assert Answer(cache).headers["X-Served-Stale"] == "database"


@pytest.mark.parametrize(("rise", "result"), [(1, "stale"), (LATE_EDITS - 1, "stale"), (LATE_EDITS, "away")])
def test_what_was_kept_before_a_restore_does_not_come_back_while_the_database_is_away(rise, result):
    """Nobody asked for the page since: a desk that only the other history knows would show again."""
    cache, _site = cached()
    assert Answer(cache).status == "200 OK"
    cache.probe.number += rise
    assert Answer(cache, "/").status == "200 OK"
    cache.probe.number = None
    for path, expected in (("/pimms/", result), ("/", "stale")):
        assert Answer(cache, path).result == expected


def test_without_a_page_django_is_told_that_the_database_is_away():
    cache, site = cached(number=None)
    Answer(cache)
    assert site.environs[0][AWAY] is True


def test_reader_at_a_position_is_told_at_once_too():
    cache, site = cached(number=None)
    Answer(cache, query="lat=45.1&lon=5.7")
    assert site.environs[0][AWAY] is True


def test_page_that_fails_for_want_of_the_database_gives_way_to_the_last_known_one():
    """Before the next look at the revision notices."""
    cache, _site = cached()
    fresh = Answer(cache)

    def failing(environ, start_response):
        environ[AWAY] = True
        start_response("503 Service Unavailable", [HTML])
        return [b"rien"]

    cache.application = failing
    cache.probe.number = 2
    stale = Answer(cache)
    assert (stale.code, stale.body, stale.headers["X-Served-Stale"]) == (200, fresh.body, "database")


@pytest.mark.django_db
def test_django_says_that_it_is_unavailable_without_asking_the_database(django_assert_num_queries):
    cache = before_django(MEGABYTE, Known(None))
    with django_assert_num_queries(0):
        answer = Answer(cache, "/regions/")
    assert answer.code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Le site ne marche pas pour le moment" in answer.body.decode()
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.django_db
def test_failing_database_is_a_503_with_a_time_to_come_back(monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("pimms_directory.views.Home.get_context_data", fail)
    client = Client(raise_request_exception=False)
    response = client.get("/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "Le site ne marche pas pour le moment" in response.content.decode()


# The probe


def test_probe_asks_once_in_a_while_however_many_want_to_know():
    asked, clock = [], [100.0]
    probe = RevisionProbe(lambda: asked.append(1) or len(asked), clock=lambda: clock[0])
    assert [probe.current() for _ in range(100)] == [1] * 100
    clock[0] += revision_probe.INTERVAL + 0.001
    assert [probe.current() for _ in range(100)] == [2] * 100
    assert revision_probe.INTERVAL + 0.1 < 1  # what a change takes at most to be seen


def test_probe_says_once_that_the_database_is_away_and_once_that_it_is_back(caplog, monkeypatch):
    monkeypatch.setattr(revision_probe, "INTERVAL", 0)
    answers: list = [5]

    def read():
        if isinstance(answers[0], Exception):
            raise answers[0]
        return answers[0]

    probe = RevisionProbe(read)
    assert probe.current() == 5
    answers[0] = OperationalError("gone")
    for _ in range(20):
        assert probe.current() is None
        time.sleep(0.005)
    answers[0] = 6
    assert eventually(probe) == 6
    name = "pimms_directory.serving.revision_probe"
    ours = [record.message for record in caplog.records if record.name == name]
    assert len(ours) == 2
    assert "does not answer" in ours[0]
    assert "answers again" in ours[1]


def test_the_first_who_asks_after_the_database_came_back_is_not_told_that_it_is_away():
    """Of a process that nobody asked meanwhile."""
    answers, clock = [True], [100.0]
    probe = RevisionProbe(lambda: 7 if answers[0] else 1 // 0, clock=lambda: clock[0])
    assert probe.current() == 7
    answers[0] = False
    clock[0] += 10
    assert probe.current() is None
    answers[0] = True
    clock[0] += 10
    assert probe.current() == 7


def eventually(probe: RevisionProbe) -> int | None:
    deadline = time.monotonic() + 5
    while probe.current() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return probe.current()


def test_nobody_hangs_on_a_database_that_says_nothing(monkeypatch):
    monkeypatch.setattr(revision_probe, "PATIENCE", 0.05)
    silence = threading.Event()
    probe = RevisionProbe(lambda: 9 if silence.wait(10) else 0)
    began = time.monotonic()
    assert [probe.current() for _ in range(50)] == [None] * 50
    assert time.monotonic() - began < 2
    silence.set()
    assert eventually(probe) == 9


def test_no_reader_ever_gets_a_page_older_than_what_was_true_when_he_asked():
    """Eight readers, a writer, and every answer is the revision that stood when it was asked for, or a later one."""
    state = {"number": 1}

    def site(environ, start_response):
        shown = state["number"]
        time.sleep(0.0005)
        environ[REVISION] = shown if shown == state["number"] else None
        start_response("200 OK", [HTML, SHARED])
        return [b"%d " % shown * 100]

    class Looking(Known):
        current = lambda self: state["number"]  # type: ignore[assignment]  # noqa: E731

    cache = PageCache(site, 40_000, READ, NEVER_KEPT)
    cache.probe = Looking()  # type: ignore[assignment]
    wrong, done = [], threading.Event()

    def read(which: int) -> None:
        while not done.is_set():
            for query in ("", f"q={which}", "q=same", "page=2"):
                stood = state["number"]
                answer = Answer(cache, query=query, accept_encoding=("br", "gzip", "")[which % 3])
                unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(
                    answer.headers.get("Content-Encoding", ""), bytes
                )
                shown = {int(number) for number in unpack(answer.body).split()}
                if len(shown) != 1 or shown.pop() < stood:
                    wrong.append((query, stood, answer.body[:50]))

    readers = [threading.Thread(target=read, args=(which,)) for which in range(8)]
    for reader in readers:
        reader.start()
    for _ in range(60):
        time.sleep(0.01)
        state["number"] += 1
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong
    for pages in cache.pages.values():
        assert pages.currsize == sum(page.size for page in pages.values())


# The real site behind it


def test_every_public_address_says_what_it_reads():
    """A route that ``parameters.READ`` lacks is never kept."""
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert names == set(READ)


@pytest.mark.django_db
def test_every_kind_of_canonical_page_is_kept_and_the_same_as_without_the_cache(directory):
    cache = before_django(16 * MEGABYTE, Known())
    paths = re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", Answer(cache, "/sitemap.xml").body.decode())
    paths += [reverse(name) for name in ("site-csv", "site-xlsx", "site-json", "site-geojson", "feed", "robots-txt")]
    paths += [reverse(name) for name in ("site-excel-csv", "csv-metadata", "catalogue-turtle", "catalogue-json-ld")]
    kinds = {(route_at(path).url_name, language_of(path)): path for path in paths}
    names = {name for name, _language in kinds}
    assert {"home", "site-list", "site", "region", "department", "association", "wave", "release"} <= names
    answers = {
        path: Answer(cache, path) for path in kinds.values()
    }  # first: the client connects what closes connections
    client = Client(headers={"host": HOST})
    for path, answer in answers.items():
        direct = client.get(path)
        assert cache.kept(page_cache.Address(path, "")), path
        assert answer.body == direct.getvalue(), path
        assert set(direct.headers) <= {*answer.headers, "Content-Length"}, path


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["regions=", "regions=bretagne", "region=nope", "limit=2"])
def test_a_file_that_would_be_a_guess_is_refused_in_front_of_django_too(directory, query):
    cache = before_django(MEGABYTE, Known())
    assert Answer(cache, "/pimms.csv").code == 200
    for _ in range(2):
        refused = Answer(cache, "/pimms.csv", query)
        assert (refused.code, refused.headers["Content-Type"]) == (400, "application/problem+json")
    assert Answer(cache, "/pimms.csv", "utm_source=x").body == Answer(cache, "/pimms.csv").body


@pytest.mark.django_db
def test_parameters_that_a_page_does_not_read_leave_no_trace_on_it(directory):
    cache = before_django(MEGABYTE, Known())
    plain = Answer(cache)
    assert b"noindex" not in plain.body
    assert Answer(cache, query="utm_source=lettre&fbclid=x").body == plain.body
    assert b"utm_source" not in Answer(cache, query="region=bretagne&utm_source=lettre").body


@pytest.mark.django_db
def test_edit_is_on_the_next_page():
    region = RegionFactory(name="Bretagne", slug="bretagne")
    cache = before_django(MEGABYTE, Known())
    assert "Bretagne" in Answer(cache, "/regions/").body.decode()
    Region.objects.filter(pk=region.pk).update(name="Armorique")
    assert "Bretagne" in Answer(cache, "/regions/").body.decode()
    cache.probe.number = revision.read(connection)
    assert "Armorique" in Answer(cache, "/regions/").body.decode()


def test_nobody_keeps_an_address_with_a_position_whatever_else_it_says(db):
    cache = before_django(MEGABYTE, Known())
    for path in ("/", "/pimms/", "/pimms.json"):
        for query in ("lat=48.1&lon=2.3", f"l%61t=48.1&rien={'x' * 700}", f"rien={'x' * 5000}&lon=2.3"):
            answer = Answer(cache, path, query)
            assert answer.headers["Cache-Control"] == "private, no-store", (path, query[:20])
            assert "X-Accel-Expires" not in answer.headers
    assert "public" in Answer(cache, "/pimms/", "q=plateau&latitude=1").headers["Cache-Control"]
