"""Requests that no browser sends, at a real server over a bare socket; h11, an independent reader of HTTP, judges.

Whatever comes: one well-formed answer a request, in order, never of the server's own failure and with no exception in
its log; and the plain pages are afterwards, byte for byte, what they were before.
"""

import re
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.serving.conftest import Server

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

PLAIN = ("/", "/regions/", "/pimms.csv", "/static/site.css")
OURS = b"Host: 127.0.0.1\r\n"
CLOSE = b"Connection: close\r\n"
HOME = b"GET / HTTP/1.1\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\n" + OURS + CLOSE + b"\r\n"
POST = b"POST /admin/login/ HTTP/1.1\r\n" + OURS
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nCookie: csrftoken=" + b"a" * 32 + b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
# In a log. That too many wait for a turn (503) is said on purpose: where ten logins never end their forms.
FAILURE = rb'^Traceback|^  File "|^\S+ \S+ (ERROR|CRITICAL) (?!.* Service Unavailable: /admin/login/$)'


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes = b""
    before: list[int] = field(default_factory=list)  # 100 Continue


def read_answers(sent: bytes, methods: list[str], ended: bool) -> list[Answered]:
    """The whole answers in what a server sent; raises ``h11.RemoteProtocolError`` where something else stands there."""
    found = []
    for method in methods:
        if not sent:
            break
        judge, answered, early = h11.Connection(h11.CLIENT), None, []
        judge.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        judge.send(h11.EndOfMessage())
        judge.receive_data(sent)
        if ended:
            judge.receive_data(b"")  # an answer cut short is an error, too
        while (event := judge.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.InformationalResponse):
                early.append(event.status_code)
            elif isinstance(event, h11.Response):
                names = [name.decode() for name, _value in event.headers]
                assert len(names) == len(set(names)), f"repeated headers: {names}"
                headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
                answered = Answered(event.status_code, headers, before=early)
            elif isinstance(event, h11.Data):
                answered.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                found.append(answered)
                break
        else:
            break
        sent = judge.trailing_data[0]
    assert len(found) < len(methods) or not sent, f"more than was asked for: {sent[:200]!r}"
    return found


def ask(port: int, sent: bytes, *methods: str, half: bool = False, patience: float = 10) -> list[Answered]:
    """The answers, as many as there are ``methods``, or fewer where the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        connection.sendall(sent)
        if half:
            connection.shutdown(socket.SHUT_WR)
        got, ended = b"", False
        while not ended and len(read_answers(got, list(methods), ended)) < len(methods):
            try:
                part = connection.recv(65536)
            except ConnectionResetError:  # hung up on what it had not read
                part = b""
            got, ended = got + part, not part
        if not ended and select.select([connection], [], [], 0.02)[0]:
            got += connection.recv(65536)
    answers = read_answers(got, list(methods), ended)
    for answer in answers:
        assert answer.status < 500 or answer.status == 501, answer
        shared = re.search("public|s-maxage", answer.headers.get("cache-control", ""))
        assert not (shared and answer.status >= 400), answer
        assert not (shared and "set-cookie" in answer.headers), answer
    return answers


def plain_pages(server: Server) -> list[tuple[int, str, str, str]]:
    asked = [server.get(path) for path in PLAIN for _worker in range(2)]
    return [(status, headers["ETag"], headers.get("Cache-Control", ""), body) for status, headers, body in asked]


@pytest.fixture
def port(server: Server) -> Iterator[int]:
    """Of a server that nothing in the test has harmed."""
    before, logged = plain_pages(server), server.log.stat().st_size
    yield server.port
    assert plain_pages(server) == before
    with server.log.open("rb") as log:
        log.seek(logged)
        assert not re.search(FAILURE, log.read(), re.MULTILINE)


REFUSED = {
    "no Host": (HOME + b"\r\n", 400),
    "two Hosts": (HOME + OURS + OURS + b"\r\n", 400),
    "another Host besides": (HOME + OURS + b"Host: evil.example\r\n\r\n", 400),
    "foreign Host": (HOME + b"Host: evil.example\r\n" + CLOSE + b"\r\n", 400),
    "empty Host": (HOME + b"Host:\r\n" + CLOSE + b"\r\n", 400),
    "Host with a user": (HOME + b"Host: 127.0.0.1@evil.example\r\n" + CLOSE + b"\r\n", 400),
    "absolute target elsewhere": (b"GET http://evil.example/ HTTP/1.1\r\n" + OURS + CLOSE + b"\r\n", 400),
    "length and chunks": (POST + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + NEXT, 400),
    "chunks and length": (POST + CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n" + NEXT, 400),
    "two lengths": (POST + b"Content-Length: 0\r\nContent-Length: 4\r\n\r\n" + NEXT, 400),
    "one length twice": (POST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "list of lengths": (POST + b"Content-Length: 4, 4\r\n\r\nabcd", 400),
    "negative length": (POST + b"Content-Length: -4\r\n\r\nabcd", 400),
    "signed length": (POST + b"Content-Length: +4\r\n\r\nabcd", 400),
    "length in hexadecimal": (POST + b"Content-Length: 0x4\r\n\r\nabcd", 400),
    "length in other digits": (POST + b"Content-Length: \xb2\r\n\r\nabcd", 400),
    "chunks of HTTP/1.0": (b"POST / HTTP/1.0\r\n" + OURS + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "chunked twice": (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    "chunked, but not last": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    "an unknown coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    "space before the colon": (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "folded header": (HOME + OURS + b"X: a\r\n b\r\n\r\n", 400),
    "NUL in a header": (HOME + OURS + b"X: a\0b\r\n\r\n", 400),
    "CR in a header": (HOME + OURS + b"X: a\rY: b\r\n\r\n", 400),
    "LF in a header": (HOME + OURS + b"X: a\nY: b\r\n\r\n", 400),
    "escape in a header": (HOME + OURS + b"X: \x1b[2J\r\n\r\n", 400),
    "header without a name": (HOME + OURS + b": a\r\n\r\n", 400),
    "header without a colon": (HOME + OURS + b"X\r\n\r\n", 400),
    "lines that end in LF alone": (b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n", 400),
    "long header": (HOME + OURS + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "many headers": (HOME + OURS + b"X: a\r\n" * 200 + b"\r\n", 431),
    "long target": (b"GET /?" + b"a" * 9000 + b" HTTP/1.1\r\n" + OURS + b"\r\n", 414),
    "asterisk": (b"GET * HTTP/1.1\r\n" + OURS + b"\r\n", 400),
    "authority": (b"GET 127.0.0.1:80 HTTP/1.1\r\n" + OURS + b"\r\n", 400),
    "relative target": (b"GET pimms/ HTTP/1.1\r\n" + OURS + b"\r\n", 400),
    "target in Latin-1": (b"GET /\xe9 HTTP/1.1\r\n" + OURS + b"\r\n", 400),
    "space in the target": (b"GET /a b HTTP/1.1\r\n" + OURS + b"\r\n", 400),
    "method in lower case": (b"get / HTTP/1.1\r\n" + OURS + b"\r\n", 400),
    "long method": (b"A" * 30 + b" / HTTP/1.1\r\n" + OURS + b"\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "no HTTP": (b"EHLO mail.example\r\n\r\n", 400),
    "an expectation": (HOME + OURS + b"Expect: banana\r\n\r\n", 417),
    "two types": (POST + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", 400),
    "unknown method": (b"PROPFIND / HTTP/1.1\r\n" + OURS + CLOSE + b"\r\n", 405),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + OURS + CLOSE + b"Cookie: a=b\r\n\r\n", 405),
    "a tunnel": (b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + OURS + CLOSE + b"\r\n", 404),
    "form of a foreign page": (POST + FORM + CLOSE + b"Content-Length: 3\r\n\r\na=b", 403),
    "form with broken chunks": (POST + FORM + CLOSE + CHUNKED + b"\r\nzz\r\na=b\r\n0\r\n\r\n", 403),
    "form that breaks off": (POST + FORM + CLOSE + b"Content-Length: 30\r\n\r\na=b", 403),
    "form without an end": (POST + FORM + CLOSE + CHUNKED + b"\r\n5\r\na=b", 403),
    "form with another charset": (
        POST + FORM.replace(b"urlencoded", b"urlencoded; charset=utf-7") + CLOSE + b"Content-Length: 3\r\n\r\na=b",
        400,
    ),
    "form of a thousand fields": (POST + FORM + CLOSE + b"Content-Length: 12000\r\n\r\n" + b"a=b&" * 3000, 403),
    "form of 30 million bytes": (POST + FORM + CLOSE + b"Content-Length: 30000000\r\n\r\na=b", 413),
    "length beyond any": (POST + FORM + CLOSE + b"Content-Length: " + b"9" * 40 + b"\r\n\r\na=b", 413),
    "parts without a boundary": (
        POST + FORM.replace(b"application/x-www-form-urlencoded", b"multipart/form-data") + CLOSE + b"\r\n",
        400,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_and_the_connection_ends(port, case):
    """That two answers never come where bytes could be read as two requests is what ends smuggling."""
    sent, status = REFUSED[case]
    method = "CONNECT" if case == "a tunnel" else "GET"
    answers = ask(port, sent, method, "GET", half=True)
    assert [answer.status for answer in answers] == [status]


def test_http_1_0_is_answered_and_hung_up_on(port):
    for head in (b"", OURS):
        (answer,) = ask(port, b"GET / HTTP/1.0\r\n" + head + b"\r\n", "GET", "GET")
        assert answer.status == 200 and b"</html>" in answer.body
        assert "transfer-encoding" not in answer.headers


def test_an_absolute_target_is_the_same_page(port):
    for target, path in ((b"http://127.0.0.1/regions/", b"/regions/"), (b"http://127.0.0.1", b"/")):
        absolute, plain = (
            ask(port, b"GET %s HTTP/1.1\r\n" % each + OURS + CLOSE + b"\r\n", "GET")[0] for each in (target, path)
        )
        assert (absolute.status, absolute.body) == (200, plain.body)


def test_pipelined_requests_are_answered_in_order(port):
    paths = [b"/", b"/nope", b"/regions/", b"/pimms.csv", b"/healthz", b"/admin/"]
    sent = [b"%s %s HTTP/1.1\r\n" % (method, path) + OURS for path in paths for method in (b"GET", b"HEAD")]
    together = ask(port, b"\r\n".join(sent) + b"\r\n" + NEXT, *["GET", "HEAD"] * len(paths), "GET")
    alone = [ask(port, each + CLOSE + b"\r\n", "GET")[0] for each in sent[::2]]
    assert [answer.status for answer in together] == [200, 200, 404, 404, 200, 200, 200, 200, 200, 200, 302, 302, 200]
    no_nonce = [re.sub(rb'[a-f0-9]{16}|nonce="[^"]+"', b"", answer.body) for answer in (*together[:-1:2], *alone)]
    assert no_nonce[: len(paths)] == no_nonce[len(paths) :]
    assert {answer.body for answer in together[1:-1:2]} == {b""}


def test_head_says_what_get_says(port):
    of_one_request = {"date", "x-request-id", "x-accel-expires", "connection", "transfer-encoding"}
    for path in (b"/", b"/pimms/", b"/pimms.csv", b"/pimms.xlsx", b"/flux.atom", b"/nope", b"/static/site.css"):
        for extra in (b"", b"Accept-Encoding: br\r\n", b"If-None-Match: *\r\n"):
            got = [
                ask(port, b"%s %s HTTP/1.1\r\n" % (method.encode(), path) + OURS + CLOSE + extra + b"\r\n", method)[0]
                for method in ("GET", "HEAD")
            ]
            first, second = (
                {name: value for name, value in answer.headers.items() if name not in of_one_request} for answer in got
            )
            if "content-length" not in second:  # it need not be known (RFC 9110, 9.3.2)
                first.pop("content-length", None)
            assert (got[0].status, first) == (got[1].status, second), path
            assert not got[1].body


@pytest.mark.parametrize("extra", [b"", b"Accept-Encoding: br\r\n", b"Accept-Encoding: gzip\r\n"])
def test_a_page_that_is_known_is_not_sent_again(port, extra):
    tag = ask(port, HOME + OURS + CLOSE + extra + b"\r\n", "GET")[0].headers["etag"]
    bare = tag.removeprefix("W/")
    known = [tag, bare, f"W/{bare}", f'"a", W/"b" , {tag}', "*", f"{', '.join(['W/'] * 300)}, {bare}"]
    unknown = ['"a"', bare.strip('"'), bare[:-1], bare.replace('"', ""), "", "W/", '"' * 200, "\xff", f'"x{bare[1:]}']
    for tags, status in ((known, 304), (unknown, 200)):
        for each in tags:
            line = b"If-None-Match: " + each.encode("latin-1") + b"\r\n"
            (answer,) = ask(port, HOME + OURS + CLOSE + extra + line + b"\r\n", "GET")
            assert (answer.status, bool(answer.body)) == (status, status == 200), each
            assert answer.headers["etag"] == tag
            assert "accept-encoding" in answer.headers["vary"].lower()


@pytest.mark.parametrize("path", [b"/", b"/pimms.csv", b"/static/site.css"])
@pytest.mark.parametrize("span", [b"0-0", b"0-9", b"-5", b"5-", b"0-0,2-3", b"9-1", b"99999999-", b"a-b", b"0-9" * 300])
def test_a_range_is_that_part_or_the_whole(port, path, span):
    get = b"GET %s HTTP/1.1\r\n" % path + OURS + CLOSE
    (whole,) = ask(port, get + b"\r\n", "GET")
    (part,) = ask(port, get + b"Range: bytes=" + span + b"\r\n\r\n", "GET")
    assert part.status in (200, 206, 416)
    if part.status == 206:
        first, last, size = map(int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", part.headers["content-range"]).groups())
        assert (part.body, size) == (whole.body[first : last + 1], len(whole.body))
    elif part.status == 200:
        assert part.body == whole.body


def test_who_waits_for_leave_to_send_a_body_gets_it(port):
    (answer,) = ask(
        port, POST + FORM + CLOSE + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\na=b", "POST", half=True
    )
    assert (answer.before, answer.status) == ([100], 403)


def test_a_body_that_nobody_reads_is_no_request(port):
    inner = b"GET /pimms.csv HTTP/1.1\r\n" + OURS + b"\r\n"
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
    for method, status in ((b"GET", 200), (b"POST", 405), (b"HEAD", 200), (b"PUT", 405)):
        head = method + b" / HTTP/1.1\r\n" + OURS
        for body in (b"Content-Length: %d\r\n\r\n%s" % (len(inner), inner), CHUNKED + b"\r\n" + chunks):
            answers = ask(port, head + body + NEXT, method.decode(), "GET")
            assert [answer.status for answer in answers] == [status, 200]
            assert answers[1].headers["content-type"] == "application/json"


def test_broken_chunks_that_nobody_reads_end_the_connection(port):
    answers = ask(port, HOME + OURS + CHUNKED + b"\r\nzz\r\nab\r\n0\r\n\r\n" + NEXT, "GET", "GET", "GET")
    assert [answer.status for answer in answers] == [200, 400]


def test_half_closed_connections_get_their_answer_or_none(port):
    assert ask(port, HOME + OURS + b"\r\n", "GET", half=True)[0].status == 200
    assert ask(port, HOME + OURS, "GET", half=True) == []
    assert ask(port, b"", "GET", half=True) == []


def test_slow_connections_stop_nobody_for_long(port):
    """More than there are threads in all workers, each with a request that never ends."""
    began = time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(80)]
    try:
        for number, connection in enumerate(slow):
            connection.sendall(POST + FORM + b"Content-Length: 9\r\n\r\n" if number % 8 == 0 else HOME + b"X: ")
        (answer,) = ask(port, HOME + OURS + CLOSE + b"\r\n", "GET", patience=30)
        assert answer.status == 200
        assert time.monotonic() - began < 25
    finally:
        for connection in slow:
            connection.close()


# Without HEAD, of which gunicorn refuses what it cannot read with a body, and hangs up.
METHODS = ["GET", "POST", "OPTIONS", "PUT", "DELETE", "M-SEARCH"]
TARGETS = [b"/", b"//", b"/regions/", b"/pimms.csv?limit=2", b"/admin/login/", b"/pimms/%00", b"/%ff", b"/a/../b"]
TARGETS += [b"/pimms.json?lat=1&lon=2", b"/static/../settings.py", b"/static/%2e%2e/x", b"http://127.0.0.1/", b"/#?"]
NAMES = [b"Range", b"If-Range", b"If-Match", b"If-None-Match", b"If-Modified-Since", b"If-Unmodified-Since", b"Accept"]
NAMES += [b"Accept-Encoding", b"Accept-Language", b"Cookie", b"Authorization", b"Connection", b"Content-Length", b"TE"]
NAMES += [b"Transfer-Encoding", b"Content-Type", b"Origin", b"X-Forwarded-For", b"X-Forwarded-Host", b"X-Request-ID"]
NAMES += [b"Upgrade", b"HTTP2-Settings", b"Expect", b"Content-Encoding", b"Referer", b"Proxy", b"SCRIPT-NAME", b"Host"]
VALUES = [b"", b"*", b"0", b"close", b"chunked", b"bytes=0-1", b"h2c, close", b"Upgrade", b'W/"a", "b"', b"a=b; c=\xff"]
VALUES += [
    b"Thu, 01 Jan 1970 00:00:00 GMT",
    b"Mon, 32 Foo 99999 99:99:99 GMT",
    b"br;q=0, *;q=2",
    b"100-continue",
    b"\t",
]
lines = st.tuples(st.sampled_from(NAMES), st.one_of(st.sampled_from(VALUES), st.binary(max_size=20)))


@settings(max_examples=4 * settings.default.max_examples)
@given(st.sampled_from(METHODS), st.sampled_from(TARGETS), st.lists(lines, max_size=5), st.binary(max_size=30))
@example(
    "GET", b"/", [(b"Connection", b"Upgrade"), (b"Upgrade", b"h2c"), (b"HTTP2-Settings", b"AAMAAABkAAQAAP__")], b""
)
def test_any_headers_get_an_answer_in_http(port, method, target, headers, body):
    head = b"".join(b"%s: %s\r\n" % line for line in headers)
    sent = method.encode() + b" " + target + b" HTTP/1.1\r\n" + OURS + head + b"\r\n" + body
    assert len(ask(port, sent, method, "GET", "GET", "GET", half=True)) >= 1


@settings(max_examples=2 * settings.default.max_examples)
@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer_in_http_or_none(port, sent):
    ask(port, sent, *["GET"] * 9, half=True)
