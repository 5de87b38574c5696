"""Whole public pages, kept compressed in front of Django.

A page is kept under its normalised address and the revision of the data that it was made from
(``revision.py``, ``watch.py``). Another revision, midnight in France or a moment that the page's own code names
(``freshness.py``) make it out of date: the next reader gets a new one. While the database does not answer, readers
get the last known page, marked as such. Processes of a machine share what they make in a folder (``shelf.py``).
What is no public page goes straight to Django.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from datetime import time as wall_time
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import brotli
from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.core.handlers.wsgi import get_path_info
from django.db import DEFAULT_DB_ALIAS
from django.http import QueryDict
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import parse_http_date_safe, urlencode
from django.utils.text import compress_sequence

from pimms_directory.base import env
from pimms_directory.base.canonical_addresses import spellings
from pimms_directory.base.databases import reading_from
from pimms_directory.base.expiry import moments
from pimms_directory.base.memo import REVISION
from pimms_directory.query_parameters import FILES, NEVER_KEPT, READ
from pimms_directory.serving.revision_watch import Watch
from pimms_directory.serving.shelf import Shelf
from pimms_directory.serving.warming import Warmer

Headers = list[tuple[str, str]]
Environ = dict[str, Any]
Application = Callable[..., Iterable[bytes]]

LONGEST_ADDRESS = 600  # characters; what is longer is answered and not kept
LARGEST_PAGE = 3 * 1024 * 1024  # bytes before compression: making a page takes some times as much
SMALL = 256 * 1024  # bytes up to which other encodings of a page are kept beside the first
OTHER_ORIGINS = 4  # beside the names in ALLOWED_HOSTS: with a port, or of a domain that it admits as a whole
TRIES = 3  # to make a page while the data keep changing
BUSY = "pimms.busy"  # in the WSGI environment: Django is to answer that there are too many requests
AWAY = "pimms.database_away"  # in the WSGI environment: what Django must, or did, answer without a database
RESULT = "pimms.page_cache"  # there too, for metrics: hit, made, stale, away, busy or nowhere
PROBES = {"/healthz", "/readyz", "/metrics"}  # answered before the routes are asked
NOWHERE = "/introuvable"  # stands for every path that leads nowhere
MAKERS = 2  # of each process; one at work at a time, or pages at hand wait several times as long for the interpreter
HELD_UP = 1.0  # seconds after which a page that is being made holds up no others
STUCK = 2.0  # seconds after which readers get the page of before instead of one that is still being made
LOOK = 0.1  # seconds between two looks of a reader whether to wait on

# Of one request, not of the page.
UNKEPT_HEADERS = {"date", "server", "content-length", "etag", "x-request-id"}
# What an answer without its body repeats (RFC 9110, 15.4.5); scripts of other origins want theirs too.
SHORT_HEADERS = {
    *("cache-control", "content-location", "etag", "last-modified", "vary"),
    *("access-control-allow-origin", "access-control-expose-headers"),
}


class Address(NamedTuple):
    """A public page: its origin, such as https://annuaire.example, the path as sent, and the parameters that count."""

    scheme: str
    host: str
    path: str
    query: str


class Forgotten(Exception):
    """A public page of which nothing may be kept; raised, because ``lru_cache`` would keep a value."""


@lru_cache(maxsize=2048)
def address_of(scheme: str, host: str, path: str, query: str) -> Address | None:
    """None for what is not a public page of ours."""
    domain, _port = split_domain_port(host)
    if host != host.lower() or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    if settings.SECURE_SSL_REDIRECT and scheme != "https":
        return None
    decoded = get_path_info({"PATH_INFO": path})
    try:
        match = resolve(decoded)
    except Resolver404:
        return Address(scheme, host, NOWHERE, "") if leads_nowhere(decoded) else None
    if match.namespaces or match.url_name not in READ:
        return None
    if not query:
        return Address(scheme, host, path, "")
    try:
        sent = QueryDict(query.encode("latin-1"), encoding="utf-8")
    except TooManyFieldsSent:
        return None
    read = {name: value for name in sorted(READ[match.url_name] & set(sent)) if (value := sent[name])}
    if NEVER_KEPT & set(read):
        raise Forgotten
    return Address(scheme, host, path, urlencode(read))


def leads_nowhere(path: str) -> bool:
    """Neither another spelling of an address of ours, nor what is answered before the routes are asked."""
    return not (path in PROBES or path.startswith(settings.STATIC_URL)) and next(spellings(path), None) is None


@lru_cache(maxsize=256)
def encoding_for(accepted: str) -> str:
    """The best of ours among those that a client accepts: ``br``, ``gzip`` or, in doubt, none (an empty string)."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        _, _, weight = parameters.replace(" ", "").partition("q=")
        weights[name.strip()] = weight.rstrip("0.") != "" if weight else True
    for name in ("br", "gzip"):
        if weights.get(name, weights.get("*", False)):
            return name
    return ""


class Answer(NamedTuple):
    """What is sent, ready made: with the body, and in short to a client that has it already."""

    headers: Headers
    short: Headers
    body: bytes


class Page:
    """An answer of Django with its whole body, in the encodings asked for so far."""

    __slots__ = (
        *("address", "status", "common", "modified", "answers", "packable", "tag"),
        *("revision", "since", "until", "former"),
    )

    def __init__(
        self,
        address: Address,
        status: str,
        headers: Headers,
        body: bytes,
        *,
        tag: str,
        revision: int,
        since: float,
        until: float,
        packed: bool | None = None,
        former: bool = False,
    ) -> None:
        """``packed``: whether the body is compressed already; ``former``: made by another version of the code."""
        self.address = address
        self.status = status
        self.tag = tag
        self.revision = revision
        self.since, self.until = since, until
        self.former = former
        named = {name.lower(): value for name, value in headers}
        self.modified = parse_http_date_safe(named.get("last-modified", ""))
        self.common = [(name, value) for name, value in headers if name.lower() not in UNKEPT_HEADERS]
        # Kept as brotli alone where that is worth it: the others are made from it when somebody asks.
        if packed is None:
            shorter = brotli.compress(body, quality=5, lgwin=18) if len(body) > 200 else body
            packed = len(shorter) < 0.9 * len(body)
            body = shorter if packed else body
        self.packable = packed
        self.answers: dict[str, Answer] = {}
        self.keep("br" if packed else "", body)

    def keep(self, encoding: str, body: bytes) -> Answer:
        headers, length = [*self.common, *self.of_encoding(encoding)], ("Content-Length", str(len(body)))
        answer = Answer([*headers, length], [pair for pair in headers if pair[0].lower() in SHORT_HEADERS], body)
        if not self.answers or len(body) <= SMALL:
            self.answers[encoding] = answer
        return answer

    def of_encoding(self, encoding: str) -> Headers:
        """The tag is strong for the body as it was made, and weak for what is equivalent to it (RFC 9110, 8.8.1)."""
        tags = [("ETag", f'{"W/" if encoding else ""}"{self.tag}"')] if self.tag else []
        return [*tags, ("Content-Encoding", encoding)] if encoding else tags

    def in_encoding(self, encoding: str) -> Answer:
        if not self.packable:
            encoding = ""
        answer = self.answers.get(encoding)
        if answer is None:
            body = brotli.decompress(self.answers["br"].body)
            answer = self.keep(encoding, gzip.compress(body, compresslevel=6, mtime=0) if encoding else body)
        return answer

    @property
    def size(self) -> int:
        """Bytes of memory, roughly."""
        texts = sum(len(name) + len(value) + 200 for name, value in self.common)
        return (
            1000
            + 4 * sum(map(len, self.address))
            + texts
            + sum(len(answer.body) + 1500 for answer in self.answers.values())
        )

    def is_known_to(self, environ: Environ) -> bool:
        """Whether a client that asks with a condition has this page already."""
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known is not None:
            return f'"{self.tag}"' in known or known.strip() == "*"
        since = environ.get("HTTP_IF_MODIFIED_SINCE")
        if since is None or self.modified is None:
            return False
        date = parse_http_date_safe(since)
        return date is not None and self.modified <= date


class Pages:
    """The pages kept: those used last, up to a number of bytes.

    Pages of a query, which anyone can invent, go before those without one.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.plain: OrderedDict[Address, Page] = OrderedDict()
        self.queried: OrderedDict[Address, Page] = OrderedDict()
        self.sizes: dict[Address, int] = {}
        self.lock = threading.Lock()

    def get(self, address: Address) -> Page | None:
        pages = self.queried if address.query else self.plain
        page = pages.get(address)
        if page is not None:
            try:  # noqa: SIM105 (in each answer, and suppress() takes four times as long)
                pages.move_to_end(address)
            except KeyError:  # gone meanwhile
                pass
        return page

    def put(self, page: Page) -> None:
        address, size = page.address, page.size
        with self.lock:
            self._drop(address)
            if size > self.limit // 2:
                return
            (self.queried if address.query else self.plain)[address] = page
            self.sizes[address] = size
            self.used += size
            while self.used > self.limit:
                self._drop(next(iter(self.queried or self.plain)))

    def grown(self, page: Page) -> None:
        """Counts again a page that has one more encoding."""
        if self.get(page.address) is page:
            self.put(page)

    def drop(self, address: Address) -> None:
        with self.lock:
            self._drop(address)

    def _drop(self, address: Address) -> None:
        if (self.queried if address.query else self.plain).pop(address, None):
            self.used -= self.sizes.pop(address)

    def __len__(self) -> int:
        return len(self.sizes)


class Rendered:
    """What Django answered.

    The body is read up to ``LARGEST_PAGE``; of a longer one ``rest`` gives what follows: all, where its length is said.
    Who sends it calls ``close()`` (PEP 3333): no finaliser may end a request, since it runs in any thread.
    """

    def __init__(self, application: Application, address: Address, since: float, known: Environ) -> None:
        self.address = address
        self.environ = environ_of(address) | known
        self.since = since
        self.status = ""
        self.headers: Headers = []
        with moments() as noted:
            result = application(self.environ, self.start)
            self.named = {name.lower(): value for name, value in self.headers}
            self.rest: Iterator[bytes] | None = iter(result)
            read = io.BytesIO()
            if int(self.named.get("content-length", 0)) <= LARGEST_PAGE:
                for chunk in self.rest:
                    read.write(chunk)
                    if read.tell() > LARGEST_PAGE:
                        break
                else:
                    self.rest = None
        self.result: Any = result
        self.packed = False  # whether it is compressed on its way
        if self.rest is None:
            self.close()
        self.body = read.getvalue()
        self.until = min(moment.timestamp() for moment in (midnight(self.since), *noted))

    def start(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return lambda data: None

    def close(self) -> None:
        """Ends the request for Django, once."""
        result, self.result = self.result, None
        if hasattr(result, "close"):
            result.close()

    def __iter__(self) -> Iterator[bytes]:
        pieces = chain([self.body], self.rest or ())
        return compress_sequence(pieces) if self.packed else pieces

    @property
    def away(self) -> bool:
        """Django met a database that does not answer."""
        return AWAY in self.environ

    @property
    def may_be_kept(self) -> bool:
        return self.may_be_shared and self.rest is None

    @property
    def may_be_shared(self) -> bool:
        control = self.named.get("cache-control", "").lower()
        vary = {name.strip() for name in self.named.get("vary", "").lower().split(",")}
        return (
            self.status.startswith("200 ")
            and "set-cookie" not in self.named
            and not any(word in control for word in ("private", "no-store", "no-cache"))
            and vary <= {"", "accept-encoding"}
        )

    def page(self, revision: int) -> Page:
        """With the body as far as it was read."""
        vary = {name.strip(): None for name in self.named.get("vary", "").split(",") if name.strip()}
        others = [(name, value) for name, value in self.headers if name.lower() not in ("cache-control", "vary")]
        control = self.named.get("cache-control", "")
        if self.may_be_shared:
            control = cache_control(control)
        tag = self.named.get("etag", "").removeprefix("W/").strip('"')
        if self.may_be_kept:
            tag = tag or hashlib.sha256(self.body).hexdigest()[:32]
        return Page(
            self.address,
            self.status,
            [
                *others,
                *([("Cache-Control", control)] if control else []),
                ("Vary", ", ".join(vary | {"Accept-Encoding": None})),
            ],
            self.body if self.rest is None else b"",
            tag=tag,
            revision=revision,
            since=self.since,
            until=self.until,
        )


def cache_control(said: str) -> str:
    """What the view said, and for how long others may keep the page: browsers ask each time unless it says more."""
    keep = settings.CDN_SECONDS
    parts = [part.strip() for part in said.split(",") if part.strip()]
    for part in (
        "public",
        "max-age=0",
        f"s-maxage={keep}",
        *((f"stale-while-revalidate={keep}", "stale-if-error=86400") if keep else ()),
    ):
        if not any(other.partition("=")[0].lower() == part.partition("=")[0] for other in parts):
            parts.append(part)
    return ", ".join(parts)


def midnight(moment: float) -> datetime:
    """The next one after a moment, in France."""
    tomorrow = datetime.fromtimestamp(moment, timezone.get_default_timezone()).date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, wall_time.min), timezone.get_default_timezone())


def environ_of(address: Address) -> Environ:
    """All that a public page may depend on: the same whoever asks for it."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": address.path,
        "QUERY_STRING": address.query,
        "SERVER_NAME": address.host.partition(":")[0],
        "SERVER_PORT": "443" if address.scheme == "https" else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": address.host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        environ[header] = secure if address.scheme == "https" else "http"
    return environ


class Busy(Exception):
    """Too many wait already."""


class Asked(Future[Any]):
    """A page that readers wait for; without an address one that is for a single reader."""

    def __init__(self, address: Address | None, work: Callable[[], Any]) -> None:
        super().__init__()
        self.address, self.work = address, work
        self.context = copy_context()
        self.since = math.inf  # when a maker began it

    def takes_longer_than(self, seconds: float) -> bool:
        """Most likely because the database holds it up."""
        return time.monotonic() - self.since > seconds


class Makers:
    """The threads that make pages for readers, whose own threads wait and stay free for pages that are kept.

    Else searches, each of them new, would take all threads, and a page at hand would wait behind them. They also
    hold the connections to the database, and for SQLite its memory.
    """

    def __init__(self, threads: int) -> None:
        self.pool = ThreadPoolExecutor(MAKERS, "maker")  # which begins its threads when they are wanted: after the fork
        self.places = threading.Semaphore(max(1, threads * 3 // 4))
        self.lock = threading.Lock()  # of the three that follow
        self.making: dict[Address, Asked] = {}
        self.queue: deque[Asked] = deque()
        self.begun: set[Asked] = set()
        self.failed = False  # the database did not give what the last page is made of

    @contextmanager
    def place(self, *, sure: bool = False) -> Iterator[None]:
        taken = self.places.acquire(blocking=False)
        if not (taken or sure):
            raise Busy
        try:
            yield
        finally:
            if taken:
                self.places.release()

    @property
    def stuck(self) -> bool:
        """All are held up for long, or again at what the database has just not given."""
        with self.lock:
            return len(self.begun) == MAKERS and (self.failed or all(map(is_stuck, self.begun)))

    def make(self, address: Address, work: Callable[[], Any], *, revision: int, sure: bool, former: bool) -> Any:
        """What ``work`` returns, for all who ask for the same page meanwhile; refused to none of them.

        Not to who knows of a later revision than the page was begun with, nor what is read once.

        ``former``: there is a page of before, and None says to serve it: a page held up must not take all threads.
        """
        if (asked := self.making.get(address)) is not None:
            made = self.result(asked, former=former)
            if made is None or (isinstance(made, Page) and made.revision >= revision):
                return made
        if self.stuck and former:
            return None
        with self.place(sure=sure):
            return self.result(self.line_up(Asked(address, work), sure=sure), former=former, sure=sure)

    def make_for_one(self, work: Callable[[], Any]) -> Any:
        """What ``work`` returns, for nobody else."""
        with self.place():
            return self.result(self.line_up(Asked(None, work)), sure=False)

    def line_up(self, asked: Asked, *, sure: bool = False) -> Asked:
        if self.stuck and not sure:
            raise Busy
        with self.lock:
            if asked.address:
                self.making[asked.address] = asked
            self.queue.append(asked)
        self.begin()
        return asked

    def result(self, asked: Asked, *, former: bool = False, sure: bool = True) -> Any:
        """Who gives up leaves a page that was begun to its maker, and its statement to the database's time-out."""
        while not wait([asked], LOOK).done:
            self.begin()
            if former and (is_stuck(asked) or self.stuck):
                if self.withdraw(asked):
                    asked.set_result(None)
                return None
            if not (former or sure) and self.stuck and self.withdraw(asked):
                asked.set_exception(Busy())
        return asked.result()

    def begin(self) -> None:
        """With the first in the queue, unless somebody is at work who is not held up."""
        with self.lock:
            if not self.queue or len(self.begun) == MAKERS:
                return
            if not all(each.takes_longer_than(HELD_UP) for each in self.begun):
                return
            asked = self.queue.popleft()
            asked.since = time.monotonic()
            self.begun.add(asked)
        self.pool.submit(asked.context.run, self.work_on, asked)

    def work_on(self, asked: Asked) -> None:
        made, error = None, None
        try:
            made = asked.work()
            self.failed = made is None
        except BaseException as raised:
            error = raised
        with self.lock:
            self.begun.discard(asked)
            self.no_longer_making(asked)
        if error:
            asked.set_exception(error)
        else:
            asked.set_result(made)
        self.begin()

    def withdraw(self, asked: Asked) -> bool:
        """False for what was begun."""
        with self.lock:
            if asked not in self.queue:
                return False
            self.queue.remove(asked)
            self.no_longer_making(asked)
        return True

    def no_longer_making(self, asked: Asked) -> None:
        """Another one may be making the page of a later revision."""
        if asked.address and self.making.get(asked.address) is asked:
            del self.making[asked.address]


def is_stuck(asked: Asked) -> bool:
    return asked.takes_longer_than(STUCK)


class PageCache:
    def __init__(
        self, application: Application, limit: int, *, watch: Watch | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self.application = application
        self.pages = Pages(limit)
        self.watch = watch or Watch()
        self.now = now
        self.proxy_header, self.proxy_secure = settings.SECURE_PROXY_SSL_HEADER or ("", "")
        scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
        self.origins = {(scheme, name.lower()) for name in settings.ALLOWED_HOSTS}
        self.room = OTHER_ORIGINS
        # Whose pages are made before anybody asks: the public origin's, and those of others that somebody asked for.
        self.warmed = [tuple(settings.PUBLIC_ORIGIN.split("://", 1))]
        self.shelf = Shelf(settings.PAGE_CACHE_DIR, began=now())
        self.warmer = Warmer(self)
        self.canonical: frozenset[Address] = frozenset()  # as the warmer found them last
        self.makers = Makers(env.web_threads())
        self.files = {reverse(name) for name in FILES}
        self.ready: dict[tuple[str, str, str], Page] = {}

    def start(self) -> None:
        """In each process of a server, after it was forked."""
        self.warmer.start()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        try:
            address = self.address(environ)
        except Forgotten:
            return self.forget(environ, start_response)
        if address is None:
            return self.application(environ, start_response)
        if address.path == NOWHERE:
            environ[RESULT] = "nowhere"
            return self.send(self.ready_made(address), environ, start_response)
        revision = self.watch.current()
        if revision is not None and (page := self.at_hand(address, revision)):
            environ[RESULT] = "hit"
            return self.send(page, environ, start_response, stale="version" if page.former else "")
        page = self.pages.get(address)
        try:
            made = None if revision is None else self.make_in_turn(address, revision, known=page is not None)
        except Busy:
            environ[RESULT] = "busy"
            return self.send(self.ready_made(address, BUSY), environ, start_response)
        environ[RESULT] = "made"
        if isinstance(made, Rendered):
            return self.stream(made, environ, start_response)
        if made is not None:
            return self.send(made, environ, start_response)
        if page := page or self.last_known(address):
            environ[RESULT] = "stale"
            return self.send(page, environ, start_response, stale="database")
        environ[AWAY], environ[RESULT] = True, "away"
        return self.application(environ, start_response)

    def address(self, environ: Environ) -> Address | None:
        host, path, query = environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if not host or len(host) + len(path) + len(query) > LONGEST_ADDRESS or environ.get("SCRIPT_NAME"):
            return None
        scheme = environ["wsgi.url_scheme"]
        if self.proxy_header and (said := environ.get(self.proxy_header)) is not None:
            scheme = "https" if said.partition(",")[0].strip() == self.proxy_secure else "http"
        address = address_of(scheme, host, path, query)
        if address is None or (scheme, host) in self.warmed or self.admit((scheme, host)):
            return address
        return None

    def admit(self, origin: tuple[str, str]) -> bool:
        """A port is part of an origin and anyone can invent one: of those that were not declared, few are let in."""
        if origin not in self.origins:
            if not self.room:
                return False
            self.room -= 1
            self.origins.add(origin)
        self.warmed.append(origin)
        return True

    def is_fresh(self, page: Page, revision: int) -> bool:
        return page.revision == revision and page.since <= self.now() < page.until

    def at_hand(self, address: Address, revision: int) -> Page | None:
        """A fresh page, made by this process or by another one of this machine."""
        page = self.pages.get(address)
        if page is not None and self.is_fresh(page, revision):
            return page
        return self.taken_over(address, revision)

    def taken_over(self, address: Address, revision: int) -> Page | None:
        page = None if address.query else self.shelf.get(address, self.watch.history)
        if page is None or not self.is_fresh(page, revision):
            return None
        self.pages.put(page)
        return page

    def is_canonical(self, address: Address) -> bool:
        return address in self.canonical or self.shelf.holds(address)

    def last_known(self, address: Address) -> Page | None:
        """What another process left, perhaps one that was killed."""
        page = None if address.query else self.shelf.get(address, self.watch.history)
        if page is not None:
            self.pages.put(page)
        return page

    def make_in_turn(self, address: Address, asked_at: int, *, known: bool) -> Page | Rendered | None:
        """``known``: made before. Anyone can invent a query, so that with one it is a reason for nothing."""

        def work() -> Page | Rendered | None:
            revision = self.watch.current()
            if revision is None:
                return None
            return self.at_hand(address, revision) or self.make(address, revision)  # perhaps made meanwhile

        left = not address.query and self.shelf.holds(address)
        sure = not address.query and (known or left or address in self.canonical)
        if address.path in self.files:  # may take seconds, and searches need not wait for them
            if self.makers.stuck and (known or left):
                return None
            with self.makers.place(sure=sure):
                return work()
        return self.makers.make(address, work, revision=asked_at, sure=sure, former=known or left)

    def make(self, address: Address, revision: int, *, canonical: bool = False) -> Page | Rendered | None:
        """A new answer, kept if it may be; as ``Rendered`` if it is too large; None if the database does not answer.

        ``canonical``: other processes want it, too.

        Made again if the data changed meanwhile: it may show some of them as before and some as after.
        """
        for _attempt in range(TRIES):
            source = self.watch.source
            with reading_from(source):
                rendered = Rendered(self.application, address, self.now(), {REVISION: revision})
            if rendered.away and source == DEFAULT_DB_ALIAS:
                return None
            if "300" <= rendered.status < "500":
                self.pages.drop(address)
                return rendered.page(revision)  # which shows nothing that could be torn
            before, after = revision, self.watch.look()
            moved = self.watch.source != source  # to the replica or back: either may be ahead of the other
            if after is None or (after == before and not moved):
                break
            rendered.close()
            revision = after
        if rendered.away:
            return None
        if rendered.rest is not None:
            return rendered
        page = rendered.page(before)
        if after == before and not moved and rendered.may_be_kept:
            self.pages.put(page)
            if canonical or self.is_canonical(address):
                self.shelf.put(page, self.watch.history)
        elif not rendered.may_be_kept and rendered.status < "500":
            self.pages.drop(address)
        return page

    def ready_made(self, address: Address, reason: str = "") -> Page:
        """An answer that is the same for every address of an origin, and asks the database nothing."""
        key = (address.scheme, address.host, reason)
        page = self.ready.get(key)
        if page is None:
            somewhere = address._replace(path=NOWHERE, query="")
            rendered = Rendered(self.application, somewhere, self.now(), {reason: True} if reason else {})
            page = rendered.page(0)
            if rendered.status[:3] in ("404", "503"):  # and no fault of ours
                self.ready[key] = page
        return page

    def send(
        self, page: Page, environ: Environ, start_response: Callable[..., Any], *, stale: str = ""
    ) -> Iterable[bytes]:
        encoding = encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")[:200])
        kept = len(page.answers)
        headers, short, body = page.in_encoding(encoding)
        if len(page.answers) > kept:
            self.pages.grown(page)
        known = ("HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ) and page.is_known_to(environ)
        status = page.status
        if known and status.startswith("200 "):
            status, headers, body = "304 Not Modified", short, b""
        if stale:
            headers = [pair for pair in headers if pair[0] != "Cache-Control"]
            headers += [("Cache-Control", "public, max-age=0, must-revalidate"), ("X-Served-Stale", stale)]
        start_response(status, headers[:])
        return [body] if body and environ["REQUEST_METHOD"] == "GET" else []

    def stream(self, rendered: Rendered, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """A large export, compressed on its way."""
        page = rendered.page(0)
        if page.tag and page.is_known_to(environ):
            rendered.close()
            return self.send(page, environ, start_response)
        rendered.packed = encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")[:200]) != ""
        start_response(rendered.status, [*page.common, *page.of_encoding("gzip" if rendered.packed else "")])
        if environ["REQUEST_METHOD"] == "HEAD":
            rendered.close()
            return []
        return rendered

    def forget(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Where a reader stands is nothing that a cache on the way should keep either."""

        def start(status: str, headers: Headers, *exc_info: Any) -> Any:
            others = [pair for pair in headers if pair[0].lower() != "cache-control"]
            return start_response(status, [*others, ("Cache-Control", "private, no-store")], *exc_info)

        def work() -> Iterable[bytes]:
            with reading_from(self.watch.source):
                return self.application(environ, start)

        if self.watch.current() is None:
            environ[AWAY] = True
        try:
            if environ.get("PATH_INFO") in self.files:  # as in make_in_turn()
                with self.makers.place():
                    return work()
            return self.makers.make_for_one(work)
        except Busy:
            environ[BUSY], environ[RESULT] = True, "busy"
            return self.application(environ, start)
