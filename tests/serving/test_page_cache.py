"""The page cache in front of Django: what it keeps, for how long, and what it answers when the database does not."""

import gzip
import threading
import time
from collections import Counter
from concurrent.futures import Future
from datetime import datetime
from io import BytesIO
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

import brotli
import pytest
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver, resolve
from hypothesis import given
from hypothesis import strategies as st

from pimms_directory.base.expiry import changes_at
from pimms_directory.query_parameters import NEVER_KEPT, READ
from pimms_directory.serving import page_cache, revision_watch, warming
from pimms_directory.serving.page_cache import AWAY, PageCache, address_of, encoding_for
from pimms_directory.serving.revision_watch import Watch
from pimms_directory.wsgi import django_application
from sites.hours.opening_hours import open_status
from sites.models import Region
from tests.factories import RegionFactory
from tests.sites.hours.test_opening_hours import MORNING

MEGABYTE = 1024 * 1024
HTML = ("Content-Type", "text/html; charset=utf-8")
HOST = "localhost"
NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Europe/Paris")).timestamp()


class Known:
    """A watch that says what a test wants it to say."""

    source = "default"
    history = "of this database"

    def __init__(self, number: int | None = 1) -> None:
        self.number = number

    def current(self) -> int | None:
        return self.number

    look = current


class Site:
    """A site behind the cache: counts how often it is asked, and for what."""

    def __init__(self, body: bytes = b"", status: str = "200 OK", headers: tuple = (HTML,)) -> None:
        self.body = body or b"<p>Bonjour</p>" * 100
        self.status, self.headers = status, list(headers)
        self.asked: Counter[str] = Counter()
        self.environs = []

    def __call__(self, environ, start_response):
        self.environs.append(environ)
        self.asked[f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"] += 1
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
        self.body = b"".join(result)
        if hasattr(result, "close"):
            result.close()

    def start(self, status, headers, exc_info=None):
        self.status, self.code, self.list = status, int(status[:3]), headers
        self.headers = dict(headers)


@pytest.fixture(autouse=True)
def on_its_own(settings, tmp_path):
    """A folder of its own; and Django, as for its test client, leaves the test's connection open."""
    settings.PAGE_CACHE_DIR = tmp_path / "pages"
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class AtOnce:
    """Makes pages in the thread that asks, which has the test's connection to the database."""

    def submit(self, work, *arguments):
        future: Future = Future()
        future.set_result(work(*arguments))
        return future


def before_django(limit: int, watch) -> PageCache:
    cache = PageCache(django_application, limit, watch=watch)
    cache.makers.pool = AtOnce()  # type: ignore[assignment]
    return cache


def cached(site=None, *, limit=MEGABYTE, number: int | None = 1, now=lambda: NOON) -> tuple[PageCache, Site]:
    site = site or Site()
    cache = PageCache(site, limit, watch=Known(number), now=now)  # type: ignore[arg-type]
    return cache, site


# Which page it is


names = st.sampled_from([*READ["site-list"], "page", "utm_source", "x", "limit"])
values = st.one_of(st.text(max_size=12), st.sampled_from(["", "0", "bretagne", "é", "a b", "%", "\0"]))


@given(st.lists(st.tuples(names, values), max_size=8))
def test_address_holds_the_parameters_that_the_site_reads_as_it_reads_them(pairs):
    query = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    sent = QueryDict(query)
    wanted = {name: sent[name] for name in sent if name in READ["site-list"] and sent[name]}
    try:
        address = address_of("http", HOST, "/pimms/", query)
    except page_cache.Forgotten:
        assert NEVER_KEPT & set(wanted)
        return
    assert address is not None
    read = parse_qsl(address.query, keep_blank_values=True)
    assert dict(read) == wanted
    assert [name for name, _value in read] == sorted(wanted)
    assert address_of("http", HOST, "/pimms/", address.query) == address


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_path_and_no_query_breaks_the_cache(path, query):
    cache, _site = cached()
    sent = [text.encode().decode("latin-1") for text in (f"/{path}", query)]
    assert Answer(cache, *sent).code == 200


def test_garbage_is_one_page():
    cache, site = cached()
    for number in range(200):
        assert Answer(cache, query=f"x{number}={number}&q=").code == 200
        assert Answer(cache, "/regions/bretagne/", f"page={number}").code == 200
    assert site.asked == {"/pimms/?": 1, "/regions/bretagne/?": 1}
    assert len(cache.pages) == 2


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
        assert cache.pages.used <= 100_000
    assert sum(cache.pages.sizes.values()) == cache.pages.used
    site.asked.clear()
    for path in plain:
        Answer(cache, path)
    assert not site.asked
    Answer(cache, query="q=mot499")
    assert not site.asked
    Answer(cache, query="q=mot0")
    assert site.asked == {"/pimms/?q=mot0": 1}


def test_long_addresses_go_to_django_and_are_not_kept():
    cache, site = cached()
    Answer(cache, query=f"q={'a' * 1000}")
    assert len(cache.pages) == 0
    assert site.asked.total() == 1


def test_foreign_and_invented_hosts_fill_nothing():
    cache, _site = cached()
    assert not [Answer(cache, host=f"evil{number}.example") for number in range(5) if len(cache.pages)]
    for port in range(1000, 1050):
        Answer(cache, host=f"localhost:{port}")
    assert len(cache.pages) == page_cache.OTHER_ORIGINS
    Answer(cache, host=HOST)
    assert len(cache.pages) == page_cache.OTHER_ORIGINS + 1


def test_pages_of_two_hosts_are_two_pages():
    cache, site = cached()
    Answer(cache, host="localhost")
    Answer(cache, host="127.0.0.1")
    assert site.asked == {"/pimms/?": 2}
    assert [environ["HTTP_HOST"] for environ in site.environs] == ["localhost", "127.0.0.1"]


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
        ("/pimms/", {"query": "lat=45.1&lon=5.7"}),
        ("/pimms.json", {"query": "lat=45.1"}),
    ],
)
def test_what_is_no_public_page_goes_to_django_as_it_came(path, options):
    cache, site = cached()
    for _ in range(2):
        Answer(cache, path, cookie="sessionid=mine", **options)
    assert site.asked.total() == 2
    assert site.environs[0]["HTTP_COOKIE"] == "sessionid=mine"
    assert len(cache.pages) == 0


def test_nobody_on_the_way_keeps_where_a_reader_stands():
    cache, _site = cached(Site(headers=(HTML, ("Cache-Control", "public, max-age=300"))))
    answer = Answer(cache, query="lat=45.1&lon=5.7")
    assert [value for name, value in answer.list if name == "Cache-Control"] == ["private, no-store"]


@pytest.mark.parametrize(
    ("status", "header"),
    [
        ("404 Not Found", None),
        ("301 Moved Permanently", ("Location", "/pimms/")),
        ("500 Internal Server Error", None),
        ("503 Service Unavailable", None),
        ("200 OK", ("Set-Cookie", "sessionid=x")),
        ("200 OK", ("Cache-Control", "private")),
        ("200 OK", ("Cache-Control", "max-age=0, no-store")),
        ("200 OK", ("Vary", "Accept-Encoding, Cookie")),
    ],
)
def test_errors_and_personal_answers_are_not_kept_and_stay_as_they_are(status, header):
    site = Site(status=status, headers=(HTML, *([header] if header else [])))
    cache, _site = cached(site)
    for _ in range(2):
        answer = Answer(cache)
    assert site.asked.total() == 2
    assert len(cache.pages) == 0
    assert answer.status == status
    assert "s-maxage" not in answer.headers.get("Cache-Control", "")
    if header and header[0] != "Vary":
        assert answer.headers[header[0]] == header[1]
    else:
        assert set(answer.headers["Vary"].split(", ")) >= {"Accept-Encoding"}


def test_page_that_is_gone_is_forgotten():
    cache, site = cached()
    Answer(cache)
    site.status = "404 Not Found"
    cache.watch.number = 2
    assert Answer(cache).code == 404
    assert len(cache.pages) == 0


def test_addresses_that_lead_nowhere_get_one_answer_that_is_made_once():
    site = Site(status="404 Not Found")
    cache, _site = cached(site, number=None)  # with the database away, too
    answers = [
        Answer(cache, path, query) for path, query in (("/wp-login.php", ""), ("/a/b/c", "x=1"), ("/pimmss/", ""))
    ]
    assert {(answer.code, answer.body) for answer in answers} == {(404, site.body)}
    assert all("ETag" not in answer.headers and "Cache-Control" not in answer.headers for answer in answers)
    assert site.asked.total() == 1
    assert len(cache.pages) == 0


def test_other_spellings_and_files_are_left_to_django():
    for path in ("/PIMMS", "//pimms/", "/static/nothing.css", "/metrics", "/admin/nothing/"):
        assert address_of("http", HOST, path, "") is None
    assert address_of("http", HOST, "/nothing/", "") == address_of("http", HOST, "/wp-admin/x.php", "a=b")


# When many ask at once


class Slow(Site):
    """Takes until it is told to end, where it is asked for a search."""

    def __init__(self) -> None:
        super().__init__()
        self.end = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self, environ, start_response):
        if page_cache.BUSY in environ:
            start_response("503 Service Unavailable", [HTML, ("Retry-After", "5")])
            return [b"busy"]
        if environ["QUERY_STRING"]:
            self.begun.release()
            assert self.end.wait(10)
        return super().__call__(environ, start_response)


def test_searches_leave_threads_to_pages_at_hand_and_are_refused_when_too_many_wait(monkeypatch):
    monkeypatch.setenv("WEB_THREADS", "8")
    cache, slow = cached(Slow())
    Answer(cache)
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda number=number: answers.append(Answer(cache, query=f"q={number % 6}")))
        for number in range(12)
    ]
    for thread in threads[:6]:
        thread.start()
    assert slow.begun.acquire(timeout=10)
    deadline = time.monotonic() + 10
    while len(cache.makers.making) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    for thread in threads[6:]:  # for the same pages: they wait with the first
        thread.start()
    assert Answer(cache).code == 200
    for query in ("q=7", "q=8", "lat=45&lon=5"):
        refused = Answer(cache, query=query)
        assert (refused.code, refused.headers["Retry-After"], refused.body) == (503, "5", b"busy")
    slow.end.set()
    for thread in threads:
        thread.join()
    assert [answer.code for answer in answers] == [200] * 12
    assert slow.asked == Counter(["/pimms/?", *(f"/pimms/?q={number}" for number in range(6))])
    assert Answer(cache, query="q=7").code == 200


def test_canonical_pages_are_never_refused(tmp_path):
    cache, site = cached()
    cache.make(address_of("http", HOST, "/pimms/", ""), 1, canonical=True)
    colder, _site = cached(site)
    coldest, _site = cached(site)
    coldest.shelf.folder = tmp_path / "nothing"
    coldest.canonical = frozenset({address_of("http", HOST, "/pimms/", "")})
    # Known from before a change, from another process, or from the sitemap.
    for each in (cache, colder, coldest):
        each.watch.number = 2
        each.makers.places = threading.Semaphore(0)
        assert Answer(each).code == 200
        with pytest.raises(page_cache.Busy):
            each.make_in_turn(address_of("http", HOST, "/pimms/", "q=x"), 2, known=True)


def test_fault_while_a_page_is_made_reaches_all_who_asked():
    def fail(environ, start_response):
        raise RuntimeError

    cache, _site = cached()
    cache.application = fail
    for _ in range(2):
        with pytest.raises(RuntimeError):
            Answer(cache)
    assert not cache.makers.making


def test_a_page_that_fails_while_the_data_change_is_made_again():
    cache, site = cached()

    def fail_once(environ, start_response):
        if cache.watch.number == 1:  # what it was about to show is gone
            cache.watch.number = 2
            start_response("500 Internal Server Error", [HTML])
            return [b"failed"]
        return site(environ, start_response)

    cache.application = fail_once
    assert Answer(cache).code == 200


def test_search_that_the_database_holds_up_holds_up_no_other_page(monkeypatch):
    monkeypatch.setattr(page_cache, "HELD_UP", 0.3)
    cache, slow = cached(Slow())
    stuck: list[Answer] = []
    thread = threading.Thread(target=lambda: stuck.append(Answer(cache, query="q=1")))
    thread.start()
    assert slow.begun.acquire(timeout=10)
    # The first waits behind the search, until that has lasted too long; the next does not.
    assert [Answer(cache, path).code for path in ("/regions/", "/labels/")] == [200, 200]
    assert not stuck
    slow.end.set()
    thread.join()
    assert stuck[0].code == 200


def test_database_that_holds_up_all_makers_takes_no_thread_of_pages_at_hand(monkeypatch):
    """As where somebody holds a table, and an edit of another one has put all pages out of date."""
    monkeypatch.setattr(page_cache, "HELD_UP", 0.1)
    monkeypatch.setattr(page_cache, "STUCK", 0.5)
    cache, slow = cached(Slow())
    paths = ("/pimms/", "/regions/", "/labels/", "/pimms.csv")
    for path in paths:
        Answer(cache, path)
    cache.watch.number = 2
    searches: list[Answer] = []
    threads = [
        threading.Thread(target=lambda number=number: searches.append(Answer(cache, query=f"q={number}")))
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    assert all(slow.begun.acquire(timeout=10) for _ in range(2))
    assert Answer(cache).headers["X-Served-Stale"] == "database"
    for path in paths:
        began = time.monotonic()
        assert Answer(cache, path).headers["X-Served-Stale"] == "database"
        assert time.monotonic() - began < 0.3
    # One that nobody has made waits behind no statement of others.
    refused = Answer(cache, query="q=3")
    assert (refused.code, refused.headers["Retry-After"]) == (503, "5")
    deadline = time.monotonic() + 10
    while not searches and time.monotonic() < deadline:
        time.sleep(0.01)
    slow.end.set()
    for thread in threads:
        thread.join()
    assert [answer.code for answer in searches] == [503, 200, 200]
    for path in paths:
        assert "X-Served-Stale" not in Answer(cache, path).headers
    assert not cache.makers.making


def test_page_that_takes_too_long_is_served_as_before_and_is_there_once_it_is_made(monkeypatch):
    monkeypatch.setattr(page_cache, "STUCK", 0.3)
    cache, slow = cached(Slow())
    slow.end.set()
    first = Answer(cache, query="q=1")
    slow.end.clear()
    cache.watch.number, slow.body = 2, b"<p>Bonsoir</p>"
    late = Answer(cache, query="q=1")
    assert (late.headers["X-Served-Stale"], late.body) == ("database", first.body)
    slow.end.set()
    while cache.makers.making:
        time.sleep(0.01)
    assert Answer(cache, query="q=1").body == b"<p>Bonsoir</p>"
    assert slow.asked["/pimms/?q=1"] == 2


def test_makers_are_stuck_at_once_at_what_the_database_has_just_not_given(monkeypatch):
    monkeypatch.setattr(page_cache, "MAKERS", 1)
    makers = page_cache.Makers(4)
    stuck: list[bool] = []
    for number, made in enumerate((None, "a page", "another")):
        address = page_cache.Address("http", HOST, f"/{number}/", "")
        work = lambda made=made: (stuck.append(makers.stuck), made)[1]  # noqa: E731
        assert makers.make(address, work, revision=1, sure=True, former=False) == made
    assert stuck == [False, True, False]
    assert not makers.stuck


def test_pages_are_made_in_the_order_in_which_readers_ask(monkeypatch):
    monkeypatch.setattr(page_cache, "HELD_UP", 0.05)  # as on a machine where every page takes that long
    cache, slow = cached(Slow())
    threads = [threading.Thread(target=lambda number=number: Answer(cache, query=f"q={number}")) for number in range(6)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(cache.makers.making) <= number:
            time.sleep(0.001)
    assert all(slow.begun.acquire(timeout=10) for _ in range(2))
    monkeypatch.setattr(page_cache, "HELD_UP", 60)
    slow.end.set()
    for thread in threads:
        thread.join()
    assert list(slow.asked)[2:] == [f"/pimms/?q={number}" for number in range(2, 6)]  # after two at the same time


def test_one_page_is_made_at_a_time(monkeypatch):
    monkeypatch.setattr(page_cache, "HELD_UP", 60)
    cache, slow = cached(Slow())
    threads = [threading.Thread(target=lambda number=number: Answer(cache, query=f"q={number}")) for number in range(3)]
    for thread in threads:
        thread.start()
    assert slow.begun.acquire(timeout=10)
    assert not slow.begun.acquire(timeout=0.2)
    slow.end.set()
    for thread in threads:
        thread.join()
    assert slow.asked.total() == 3


# When it is out of date


def test_another_revision_makes_another_page():
    cache, site = cached()
    Answer(cache)
    cache.watch.number = 2
    site.body = b"<p>Bonsoir</p>"
    assert Answer(cache).body == b"<p>Bonsoir</p>"
    assert Answer(cache).body == b"<p>Bonsoir</p>"
    assert site.asked == {"/pimms/?": 2}


def test_page_during_whose_making_the_data_changed_is_made_again():
    """It may show one table as before the change and the next as after."""
    cache, site = cached()

    def torn(environ, start_response):
        if cache.watch.number < 3:
            cache.watch.number += 1
            start_response("200 OK", [HTML])
            return [b"torn"]
        return site(environ, start_response)

    cache.application = torn
    assert Answer(cache).body == site.body
    assert Answer(cache).body == site.body
    assert site.asked == {"/pimms/?": 1}


def test_page_of_data_that_never_rest_is_not_kept():
    cache, site = cached()
    real = cache.watch.look
    cache.watch.look = lambda: setattr(cache.watch, "number", cache.watch.number + 1) or real()  # type: ignore[method-assign]
    assert Answer(cache).body == site.body
    assert len(cache.pages) == 0
    assert site.asked.total() == page_cache.TRIES


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


def test_other_encodings_count_for_the_memory():
    cache, _site = cached()
    sizes = []
    for accepted in ("br", "gzip", "", "gzip"):
        Answer(cache, accept_encoding=accepted)
        sizes.append(cache.pages.used)
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


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


MODIFIED = "Mon, 23 Nov 2026 10:00:00 GMT"


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
        ({"if_none_match": '"other"', "if_modified_since": MODIFIED}, False),  # the tag alone counts
        ({"if_modified_since": MODIFIED}, True),
        ({"if_modified_since": "Mon, 23 Nov 2026 10:00:01 GMT"}, True),
        ({"if_modified_since": "Mon, 23 Nov 2026 09:59:59 GMT"}, False),
        ({"if_modified_since": "hier"}, False),
    ],
)
@pytest.mark.parametrize("encoding", ["", "br"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_client_that_has_the_page_is_told_so(conditions, known, encoding, method):
    headers = (HTML, ("ETag", '"tag"'), ("Last-Modified", MODIFIED), ("Access-Control-Allow-Origin", "*"))
    cache, site = cached(Site(headers=headers))
    full = Answer(cache, accept_encoding=encoding)
    answer = Answer(cache, accept_encoding=encoding, method=method, **conditions)
    assert answer.status == ("304 Not Modified" if known else "200 OK")
    for name in ("ETag", "Last-Modified", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
        assert answer.headers[name] == full.headers[name]
    if known:
        assert answer.body == b""
        assert not {"Content-Length", "Content-Encoding", "Content-Type"} & set(answer.headers)
    assert site.asked.total() == 1


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (None, "public, max-age=0, s-maxage=60, stale-while-revalidate=60, stale-if-error=86400"),
        ("max-age=300, public", "max-age=300, public, s-maxage=60, stale-while-revalidate=60, stale-if-error=86400"),
        ("s-maxage=5", "s-maxage=5, public, max-age=0, stale-while-revalidate=60, stale-if-error=86400"),
    ],
)
def test_caches_on_the_way_are_told_how_long(said, sent):
    cache, _site = cached(Site(headers=(HTML, *([("Cache-Control", said)] if said else []))))
    assert [value for name, value in Answer(cache).list if name == "Cache-Control"] == [sent]


def test_large_export_is_streamed_and_not_kept(monkeypatch):
    monkeypatch.setattr(page_cache, "LARGEST_PAGE", 1000)
    closed = []

    class Large(Site):
        def __call__(self, environ, start_response):
            super().__call__(environ, start_response)

            class Body(list):
                def close(self):
                    closed.append(True)

            return Body([b"a" * 600, b"b" * 600, b"c" * 600])

    cache, site = cached(Large(headers=(HTML, ("ETag", '"tag"'))))
    whole = b"a" * 600 + b"b" * 600 + b"c" * 600
    assert Answer(cache, "/pimms.csv").body == whole
    packed = Answer(cache, "/pimms.csv", accept_encoding="gzip, br")
    assert gzip.decompress(packed.body) == whole
    assert packed.headers["ETag"] == 'W/"tag"'
    assert Answer(cache, "/pimms.csv", if_none_match='"tag"').code == 304
    assert Answer(cache, "/pimms.csv", method="HEAD").body == b""
    assert len(cache.pages) == 0
    assert closed == [True] * 4 == [True] * site.asked.total()


def test_nothing_is_read_of_what_says_that_it_is_too_large(monkeypatch):
    monkeypatch.setattr(page_cache, "LARGEST_PAGE", 1000)
    read = []

    class Large(Site):
        def __call__(self, environ, start_response):
            super().__call__(environ, start_response)
            return (read.append(part) or part for part in (b"a" * 600, b"b" * 600))

    cache, _site = cached(Large(headers=(HTML, ("ETag", '"tag"'), ("Content-Length", "1200"))))
    assert Answer(cache, "/pimms.csv", if_none_match='"tag"').code == 304
    assert Answer(cache, "/pimms.csv", method="HEAD").body == b""
    assert read == []
    assert Answer(cache, "/pimms.csv").body == b"a" * 600 + b"b" * 600


# When the database does not answer


def test_last_known_page_is_served_and_marked_while_the_database_is_away():
    cache, site = cached()
    fresh = Answer(cache)
    assert "X-Served-Stale" not in fresh.headers
    cache.watch.number = None
    stale = Answer(cache)
    assert (stale.status, stale.body) == (fresh.status, fresh.body)
    assert stale.headers["X-Served-Stale"] == "database"
    assert "s-maxage" not in stale.headers["Cache-Control"]
    assert Answer(cache, if_none_match=fresh.headers["ETag"]).code == 304
    assert site.asked.total() == 1
    cache.watch.number = 1
    assert "X-Served-Stale" not in Answer(cache).headers


def test_page_of_any_age_is_better_than_none():
    clock = [NOON]
    cache, _site = cached(now=lambda: clock[0])
    Answer(cache)
    cache.watch.number, clock[0] = None, NOON + 30 * 86400
    assert Answer(cache).headers["X-Served-Stale"] == "database"


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
    cache.watch.number = 2
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
    assert "indisponible" in answer.body.decode()
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
    assert "indisponible" in response.content.decode()


# The watch


def test_watch_looks_once_in_a_while_however_many_ask():
    looks, clock = [], [100.0]
    watching = Watch(lambda: looks.append(1) or len(looks), clock=lambda: clock[0])
    assert [watching.current() for _ in range(100)] == [1] * 100
    clock[0] += revision_watch.INTERVAL + 0.001
    assert [watching.current() for _ in range(100)] == [2] * 100
    assert watching.look() == 3
    watching.stop()
    assert revision_watch.INTERVAL + 0.1 < 1  # what a change takes at most to be seen


def test_watch_says_once_that_the_database_is_away_and_once_that_it_is_back(caplog, monkeypatch):
    monkeypatch.setattr(revision_watch, "PAUSE", 0.01)
    answers: list = [5]

    def read():
        if isinstance(answers[0], Exception):
            raise answers[0]
        return answers[0]

    watching = Watch(read)
    assert watching.current() == 5
    answers[0] = OperationalError("gone")
    assert watching.look() is None
    for _ in range(20):
        assert watching.current() is None
        time.sleep(0.005)
    answers[0] = 6
    deadline = time.monotonic() + 5
    while watching.current() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert watching.current() == 6
    watching.stop()
    ours = [record.message for record in caplog.records if record.name == "pimms_directory.serving.revision_watch"]
    assert len(ours) == 2
    assert "does not answer" in ours[0]
    assert "answers again" in ours[1]


def test_nobody_hangs_on_a_database_that_says_nothing(monkeypatch):
    monkeypatch.setattr(revision_watch, "PATIENCE", 0.05)
    silence = threading.Event()
    watching = Watch(lambda: silence.wait(10) and 9)
    began = time.monotonic()
    assert [watching.current() for _ in range(50)] == [None] * 50
    assert time.monotonic() - began < 2
    silence.set()
    deadline = time.monotonic() + 5
    while watching.current() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert watching.current() == 9
    watching.stop()


def test_no_reader_ever_gets_a_page_older_than_what_was_true_when_he_asked():
    """Eight readers, a writer, and every answer is the revision that stood when it was asked for, or a later one."""
    state = {"number": 1}

    def site(environ, start_response):
        shown = state["number"]
        time.sleep(0.0005)
        start_response("200 OK", [HTML])
        return [b"%d " % shown * 100]

    class Looking(Known):
        current = look = lambda self: state["number"]  # type: ignore[assignment]

    cache = PageCache(site, 20_000, watch=Looking())  # type: ignore[arg-type]
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
    assert cache.pages.used == sum(cache.pages.sizes.values())


# The real site behind it


def test_every_public_address_says_what_it_reads():
    """A route that ``parameters.READ`` lacks is never kept."""
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert names == set(READ)


@pytest.mark.django_db
def test_every_kind_of_canonical_page_is_kept_and_the_same_as_without_the_cache(directory):
    cache = before_django(16 * MEGABYTE, Known())
    cache.warmed = [("http", HOST)]
    addresses = list(cache.warmer.addresses())
    assert len(addresses) == len(set(addresses)) > 200
    kinds = {resolve(address.path).url_name: address for address in addresses}
    assert set(READ) - set(kinds) == {
        *(name for name in READ if name.endswith(("-record", "-feed", "picture")) or name.startswith("embedded-")),
        *("commune-suggestions", "table-schema", "data-package", "security-txt", "oembed"),
        *("favicon", "apple-touch-icon", "web-manifest"),
    }
    answers = {address: Answer(cache, address.path) for address in kinds.values()}
    client = Client(headers={"host": HOST})
    for address, answer in answers.items():
        direct = client.get(address.path)
        assert cache.pages.get(address), address.path
        assert answer.body == direct.getvalue(), address.path
        assert set(direct.headers) <= {*answer.headers, "Content-Length"}, address.path


@pytest.mark.django_db
def test_warming_stops_for_a_newer_change_and_begins_with_what_is_missing(directory, settings, monkeypatch):
    monkeypatch.setattr(warming, "REST", 0)
    settings.PAGE_CACHE_WARM = 5
    cache = before_django(16 * MEGABYTE, Known())
    cache.warmed = [("http", HOST)]
    real = cache.make
    cache.make = lambda *args, **flags: (real(*args, **flags), setattr(cache.watch, "number", 2))[0]  # type: ignore[method-assign]
    assert not cache.warmer.warm(1)
    assert len(cache.pages) == 1
    cache.make = real  # type: ignore[method-assign]
    assert cache.warmer.warm(2)
    assert len(cache.pages) == 5
    assert {page.revision for page in cache.pages.plain.values()} == {2}


@pytest.mark.django_db
def test_pages_made_in_advance_do_not_push_each_other_out(directory, settings, monkeypatch):
    monkeypatch.setattr(warming, "REST", 0)
    settings.PAGE_CACHE_WARM = 12
    cache = PageCache(Site(), 24_000, watch=Known())  # type: ignore[arg-type]
    cache.warmed = [("http", HOST)]
    assert cache.warmer.warm(1)
    made = list(cache.pages.plain)
    assert 0 < len(made) < 12
    cache.watch.number = 2
    assert cache.warmer.warm(2)
    assert list(cache.pages.plain) == made
    assert {page.revision for page in cache.pages.plain.values()} == {2}


@pytest.mark.django_db
def test_what_is_too_large_to_be_kept_is_not_made_again_in_advance(directory, settings, monkeypatch):
    monkeypatch.setattr(warming, "REST", 0)
    monkeypatch.setattr(page_cache, "LARGEST_PAGE", 10)
    settings.PAGE_CACHE_WARM = 3
    cache, site = cached()
    cache.warmed = [("http", HOST)]
    for revision in (1, 2):
        cache.watch.number = revision
        assert cache.warmer.warm(revision)
        assert site.asked.total() == 3
    assert Answer(cache).code == 200


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
    cache.watch.number = 2
    assert "Armorique" in Answer(cache, "/regions/").body.decode()
