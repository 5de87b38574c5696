"""Whole public pages, kept compressed in memory in front of Django.

A page is kept under its normalised address with the revision of the data that it was made from (``base/revision.py``).
A later revision, midnight in France or a moment that its code names (``base/memo.py``) make it out of date: the next
reader gets a new one. While the database does not answer, readers get the last known page, marked as such.
What is no public page goes straight to Django. Floods, and servers that are down, are left to nginx (docs/deploy).
"""

import gzip
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlsplit
from weakref import WeakValueDictionary
from wsgiref.util import setup_testing_defaults

import brotli
from cachetools import LRUCache
from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.core.handlers.wsgi import get_path_info
from django.http import QueryDict
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404
from django.utils.http import urlencode

from pimms_directory.backups import LATE_EDITS
from pimms_directory.base.addresses import PROBES, is_elsewhere, route_at
from pimms_directory.base.env import rules
from pimms_directory.base.memo import REVISION, moments
from pimms_directory.serving.revision_probe import revision_probe
from pimms_directory.serving.turns import PATIENCE, Turns

Headers = list[tuple[str, str]]
Environ = dict[str, Any]
Application = Callable[..., Iterable[bytes]]
Parameters = Mapping[str, frozenset[str] | None]  # what each route reads of a query; None for all of it

LONGEST_KNOWN = 600  # characters of an address as sent; what a longer one means is not remembered
LARGEST_PAGE = 3 * 1024 * 1024  # bytes; what is larger goes to Django, which compresses it on its way
TRIES = 3  # to make a page while the data keep changing
LONGEST_WAIT = 20.0  # seconds that a reader waits for somebody who makes a page of which there is no former one
# In the WSGI environment:
AWAY = "pimms.database_away"  # Django is to say, or had to say, that the database does not answer
BUSY = "pimms.busy"  # Django is to say that there are too many requests
RESULT = "pimms.page_cache"  # for metrics: hit, made, stale, away or busy

OWN_HEADERS = {"Date", "Server", "Content-Length", "ETag", "Vary"}  # of one request, or written anew
SHORT_HEADERS = {"Cache-Control", "ETag", "Vary"}  # what 304 repeats (RFC 9110, 15.4.5)
SHORT_HEADERS |= {"Access-Control-Allow-Origin", "Access-Control-Expose-Headers"}  # to scripts of other origins, too
GONE = ("301", "404", "410")
AT_ONCE = (*PROBES, settings.STATIC_URL)  # costs nothing, and must not wait
REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")


class Address(NamedTuple):
    """A public page: the path as sent, and the parameters that count."""

    path: str
    query: str

    def environ(self) -> Environ:
        """All that a public page may depend on: the same whoever asks for it."""
        origin = urlsplit(settings.PUBLIC_ORIGIN)
        environ: Environ = {"wsgi.url_scheme": origin.scheme, "HTTP_HOST": origin.netloc, "SCRIPT_NAME": ""}
        environ |= {"PATH_INFO": self.path, "QUERY_STRING": self.query}
        setup_testing_defaults(environ)  # what WSGI asks for beside: a method, a port, an empty body
        return environ


@lru_cache(maxsize=256)
def encoding_for(accepted: str) -> str:
    """The best of ours among those that a client accepts: ``br``, ``gzip`` or, in doubt, none (an empty string)."""
    names = {part.partition(";")[0].strip() for part in accepted.lower().split(",") if not REFUSED.search(part)}
    return next((name for name in ("br", "gzip") if names & {name, "*"}), "")


class Page:
    """An answer of Django, ready to be sent. Only what every reader may get has a ``tag``, for its ETag."""

    def __init__(
        self, status: str, headers: Headers, body: bytes, tag: str, revision: int | None, since: float, until: float
    ) -> None:
        """``revision``: None if the data changed while it was made."""
        self.status, self.headers, self.tag = status, headers, tag
        self.revision, self.since, self.until = revision, since, until
        packed = brotli.compress(body, quality=5, lgwin=18) if len(body) > 200 else body
        encoding, body = ("br", packed) if len(packed) < 0.9 * len(body) else ("", body)
        self.variants = {encoding: self.variant(encoding, body)}
        self.size = 4000 + 2 * len(body)  # bytes of memory, roughly, with room for gzip

    def variant(self, encoding: str, body: bytes) -> tuple[Headers, bytes]:
        headers = [*self.headers, ("Content-Length", str(len(body)))]
        headers += [("Content-Encoding", encoding)] if encoding else []
        # Strong for the body as it was made, weak for what is equivalent to it (RFC 9110, 8.8.1).
        headers += [("ETag", f'{"W/" if encoding else ""}"{self.tag}"')] if self.tag else []
        return headers, body

    def in_encoding(self, encoding: str) -> tuple[Headers, bytes]:
        if found := self.variants.get(encoding if "br" in self.variants else ""):
            return found
        body = brotli.decompress(self.variants["br"][1])
        if not encoding:  # not kept: hardly anybody asks for it, and it takes most room
            return self.variant("", body)
        return self.variants.setdefault(encoding, self.variant(encoding, gzip.compress(body, 6, mtime=0)))

    def is_fresh(self, revision: int, now: float) -> bool:
        """A page may be of a later revision than the one that was seen last."""
        return self.revision is not None and self.revision >= revision and self.since <= now < self.until

    def is_worth_keeping(self, former: "Page | None") -> bool:
        """What every reader may get; and that it is no longer there, lest a server without its data shows it again."""
        return self.revision is not None and bool(self.tag or (former and self.status.startswith(GONE)))

    def is_known(self, environ: Environ) -> bool:
        """Whether a client that asks with a condition has this page already. By its tag alone: no date knows of all
        that may change a page, and clocks are put back."""
        tags = environ.get("HTTP_IF_NONE_MATCH", "")
        return bool(self.tag) and (f'"{self.tag}"' in tags or tags.strip() == "*")


LARGE = Page("", [], b"", tag="large", revision=0, since=0, until=0)  # stands for what is too large to be kept


class PageCache:
    """Up to ``limit`` bytes of pages. The values of ``private`` parameters are not even remembered."""

    def __init__(self, application: Application, limit: int, parameters: Parameters, private: frozenset[str]) -> None:
        self.application, self.parameters = application, parameters
        self.private = re.compile(rf"(?:^|&)(?:{'|'.join(private)})(?:[=&]|$)")
        self.probe, self.now = revision_probe, time.time
        # Searches apart: anyone can invent any number of them.
        self.pages: dict[bool, Any] = {
            with_query: LRUCache(limit // 2, lambda page: page.size) for with_query in (False, True)
        }
        self.newest = self.restored_at = 0  # revisions: the last one seen, and the first one after a restore
        self.known_address = lru_cache(maxsize=2048)(self.public_address)
        self.proxy_header, self.proxy_secure = settings.SECURE_PROXY_SSL_HEADER or ("", "")
        pages, searches, others = map(Turns, rules.making_threads())
        self.turns = {False: pages, True: searches}  # apart, too: no page waits behind what anyone can invent
        self.others = others
        self.locks: WeakValueDictionary[Address, Any] = WeakValueDictionary()  # of the pages that are being made
        self.locking = threading.Lock()  # for the changes of both

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        address = self.address(environ) if environ["REQUEST_METHOD"] in ("GET", "HEAD") else None
        if address is None:
            return self.pass_on(environ, start_response)
        revision = self.probe.current()
        if revision is not None and revision != self.newest:
            self.look_for_a_restore(revision)
        page, result = self.kept(address), "hit"
        if not page or revision is None or not page.is_fresh(revision, self.now()):
            page, result = self.other_page(address, revision, page)
        if page and result == "stale" and self.has_newer(environ, page):
            page, result = None, "away"
        environ[RESULT] = result
        if page is None:
            environ[BUSY if result == "busy" else AWAY] = True
        if page is None or page is LARGE:
            return self.application(environ, start_response)
        return self.send(page, environ, start_response, stale=result == "stale")

    def has_newer(self, environ: Environ, page: Page) -> bool:
        """Whether nginx keeps another answer than this former one: it got that later, perhaps from another process,
        where a record is withdrawn already. Told that the database is away, it serves that."""
        keeps = self.proxy_header and environ.get("HTTP_X_CACHE_STATUS") == "EXPIRED"
        return bool(keeps and not page.is_known(environ))

    def pass_on(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """What is no page: as many at once as leave room for pages."""
        if environ.get("PATH_INFO", "").startswith(AT_ONCE):
            return self.application(environ, start_response)
        with self.others.one(LONGEST_WAIT) as taken:
            if not taken:
                environ[BUSY] = True
            return self.application(environ, start_response)

    def address(self, environ: Environ) -> Address | None:
        host, path, query = environ.get("HTTP_HOST", ""), environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if environ.get("SCRIPT_NAME"):
            return None
        scheme = environ["wsgi.url_scheme"]
        if self.proxy_header and (said := environ.get(self.proxy_header)) is not None:
            scheme = "https" if said.partition(",")[0].strip() == self.proxy_secure else "http"
        if is_elsewhere(scheme, host) or not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
            return None
        forget = len(path) + len(query) > LONGEST_KNOWN or self.is_private(query)
        return (self.public_address if forget else self.known_address)(path, query)

    def public_address(self, path: str, query: str) -> Address | None:
        """None for what is not a public page of ours."""
        try:
            match = route_at(get_path_info({"PATH_INFO": path}))
            sent = QueryDict(query.encode("latin-1"), encoding="utf-8")
        except (Resolver404, TooManyFieldsSent):
            return None
        route = match.view_name
        if route not in self.parameters:
            return None
        counts = self.parameters[route]
        # An empty value too: a search without a word is told so, the plain list is not.
        read = {name: sent[name] for name in sorted(sent) if counts is None or name in counts}
        return Address(path, urlencode(read))

    def is_private(self, query: str) -> bool:
        return bool(self.private.search(unquote_plus(query)))

    def look_for_a_restore(self, revision: int) -> None:
        """What was kept before is of another history: not even an outage brings it back."""
        with self.locking:
            if self.newest and revision >= self.newest + LATE_EDITS:
                self.restored_at = revision
            self.newest = max(self.newest, revision)

    def kept(self, address: Address) -> Page | None:
        with self.locking:
            page = self.pages[bool(address.query)].get(address)
        return page if page and (page.revision or 0) >= self.restored_at else None

    def other_page(self, address: Address, revision: int | None, former: Page | None) -> tuple[Page | None, str]:
        """A new page, or else the former one, and which of both it is; or why there is none."""
        made, reason = None, "away"
        if revision is not None:
            with self.turns[bool(address.query)].one(PATIENCE) as taken:
                if taken:
                    made = self.make(address, revision)
                else:
                    reason = "busy"
        return (made, "made") if made else (former, "stale" if former else reason)

    def make(self, address: Address, revision: int) -> Page | None:
        """One reader makes a page, the others wait. None if the database does not answer, or holds that one up."""
        with self.locking:
            lock = self.locks.setdefault(address, threading.Lock())
        if not lock.acquire(timeout=PATIENCE if self.kept(address) else LONGEST_WAIT):
            return None
        try:
            page = self.kept(address)
            if page and (page is LARGE or page.is_fresh(revision, self.now())):
                return page
            for _attempt in range(TRIES):
                page = self.ask_django(address)
                if page is None or page.revision is not None:
                    break
            if page and page.status < "500":
                with self.locking:
                    pages = self.pages[bool(address.query)]
                    former = pages.pop(address, None)  # in any case: what it said is no longer so
                    if page.is_worth_keeping(former) and page.size <= pages.maxsize:
                        pages[address] = page
            return page
        finally:
            lock.release()

    def ask_django(self, address: Address) -> Page | None:
        started: list[Any] = []
        # The middleware fills in the revision, if the data stood still meanwhile.
        environ, since = address.environ() | {REVISION: None}, self.now()
        with moments(since) as noted:
            result: Any = self.application(environ, lambda status, headers, *_: started.extend((status, headers)))
            try:
                status, headers = started
                named = dict(headers)
                large = int(named.get("Content-Length", 0)) > LARGEST_PAGE
                body = b"" if large else b"".join(result)
            finally:
                getattr(result, "close", bool)()
        if AWAY in environ or large:
            return None if AWAY in environ else LARGE
        tag = ""
        if status.startswith("200 ") and "s-maxage" in named.get("Cache-Control", ""):
            tag = named.get("ETag", "").removeprefix("W/").strip('"') or hashlib.sha256(body).hexdigest()[:32]
        vary = dict.fromkeys([*filter(None, named.get("Vary", "").split(", ")), "Accept-Encoding"])
        headers = [pair for pair in headers if pair[0] not in OWN_HEADERS] + [("Vary", ", ".join(vary))]
        return Page(status, headers, body, tag, environ[REVISION], since, min(noted).timestamp())

    def send(self, page: Page, environ: Environ, start_response: Callable[..., Any], *, stale: bool) -> list[bytes]:
        status = page.status
        headers, body = page.in_encoding(encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")[:200]))
        if page.is_known(environ):
            status, body = "304 Not Modified", b""
            headers = [pair for pair in headers if pair[0] in SHORT_HEADERS]
        private = self.is_private(environ.get("QUERY_STRING", ""))
        if stale or private:  # a page that reads no position is the same for all; its address as sent is not
            control = "private, no-store" if private else "public, max-age=0, must-revalidate"
            headers = [(name, control if name == "Cache-Control" else value) for name, value in headers]
        if stale:
            headers = [*headers, ("X-Served-Stale", "database")]
        elif page.tag and page.revision is not None and not private:
            # nginx counts in whole seconds: it may answer in our place until this one ends.
            headers = [*headers, ("X-Accel-Expires", f"@{int(self.now())}")]
        start_response(status, headers[:])
        return [body] if body and environ["REQUEST_METHOD"] == "GET" else []
