"""The page cache in a server of two workers."""

import socket
import time

import pytest

pytestmark = pytest.mark.slow


def test_edit_is_visible_through_both_workers_within_a_second(server):
    for number in range(1, 6):
        server.execute(f"UPDATE directory_region SET name = 'Région {number}'")  # noqa: S608
        time.sleep(1)
        assert all(f"Région {number}" in server.get("/regions/")[2] for _ in range(16))


def test_a_client_on_this_machine_is_believed_nothing_that_only_a_proxy_knows(server):
    """Without TRUST_PROXY. gunicorn believes both of loopback by itself."""
    page = server.get("/regions/")
    assert server.get("/regions/", SCRIPT_NAME="/regions")[0::2] == page[0::2]
    login = server.get("/admin/login/", **{"X-Forwarded-Proto": "https"})
    assert login[0] == 200 and "https://127.0.0.1" not in login[2]
    assert server.get("/regions/", **{"X-Forwarded-Proto": "https"})[0::2] == page[0::2]


def test_pages_outlive_the_database(server):
    """Its revision cannot be read: to a worker, that is a database which does not answer."""
    path = "/regions/region/"
    assert [status for status, *_ in server.get_of_each_worker(path)] == [200, 200]
    server.execute("ALTER TABLE data_revision RENAME TO data_revision_away")
    try:
        time.sleep(1)
        for _ in range(16):
            status, headers, body = server.get(path)
            assert (status, headers.get("X-Served-Stale")) == (200, "database")
            assert "Région" in body
        status, headers, body = server.get("/pimms/?q=jamais-demande")
        assert (status, headers["Retry-After"]) == (503, "5")
        assert "Le site ne marche pas pour le moment" in body
        server.kill_workers()  # the new ones start without a database
        deadline = time.monotonic() + 30
        while server.get("/healthz")[0] != 200:
            assert time.monotonic() < deadline
        for status, headers, _body in server.get_of_each_worker(path):
            assert (status, headers["Retry-After"]) == (503, "5")
    finally:
        server.execute("ALTER TABLE data_revision_away RENAME TO data_revision")
    time.sleep(1)
    assert [status for status, *_ in server.get_of_each_worker(path)] == [200, 200]  # the first who asks, at once
    log = server.log.read_text()
    lost, found = log.count("The database does not answer"), log.count("The database answers again")
    assert found == 2 and lost <= 4  # once in each worker, whatever the number of requests; two were killed
    assert server.get("/pimms/?q=jamais-demande")[0] == 200


SMUGGLED = b"GET /regions/?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n",
        b"Content-Length: %d\r\nContent-Length: 0\r\n",
        b"Content-Length: +%d\r\n",
        b"Content-Length: %d\r\nTransfer-Encoding: xchunked\r\n",
        b"Content-Length : %d\r\n",
    ],
)
def test_a_request_whose_end_is_doubtful_brings_no_second_one(server, headers):
    """A proxy and a server that read different ends would take the rest for the request of somebody else."""
    body = b"0\r\n\r\n" + SMUGGLED
    if b"%d" in headers:
        headers = headers.replace(b"%d", str(len(body)).encode())
    host = f"127.0.0.1:{server.port}".encode()
    request = b"POST /regions/ HTTP/1.1\r\nHost: " + host + b"\r\n" + headers + b"\r\n" + body
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.count(b"HTTP/1.1 ") <= 1, answer[:2000]
    assert b" 200 " not in answer
    assert "smuggled" not in server.log.read_text()
