"""A server that is told to end, as on every deploy, while people ask and staff save."""

import os
import signal
import socket
import time

import pytest

from tests.served import serving

pytestmark = pytest.mark.slow

FORM = b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 3\r\n\r\na=b"


def test_whoever_comes_while_a_server_ends_is_answered_or_refused_at_once(tmp_path, collected):
    """A proxy asks another server then. Of a form that was taken and not answered, it could not know what became."""
    with serving(tmp_path, "nothing", STATIC_ROOT=str(collected), WEB_CONCURRENCY="2") as served:
        port = int(served.environment["PORT"])
        # Each worker has somebody to wait for.
        slow = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(16)]
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\n")
        time.sleep(0.5)
        os.kill(served.pid, signal.SIGTERM)
        told, answers = time.monotonic(), []
        while time.monotonic() < told + 3:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                    connection.sendall(FORM % port)
                    answers.append(connection.recv(9))
            except ConnectionRefusedError:
                break
        else:
            pytest.fail("Who came was still let in.")
        assert set(answers) <= {b"HTTP/1.1 "}
        for connection in slow:
            connection.close()
