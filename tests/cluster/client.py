"""A small HTTP client, and readers who ask all the time from many addresses."""

from __future__ import annotations

import asyncio
import http.client
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count

UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname = False
UNVERIFIED.verify_mode = ssl.CERT_NONE


@dataclass
class Answer:
    status: int  # 0: none came
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    began: float = 0.0
    ended: float = 0.0
    error: str = ""
    path: str = ""


@dataclass
class Client:
    address: str
    port: int
    host: str
    tls: bool = False
    forwarded: str = ""

    def get(self, path: str) -> Answer:
        return asyncio.run(self.once(path))

    async def once(self, path: str) -> Answer:
        session = Session(self)
        try:
            return await session.get(path)
        finally:
            session.close()


class Session:
    """One connection, opened again when the server has closed it."""

    def __init__(self, client: Client, source: str = "127.0.0.1", encoding: str = "identity") -> None:
        self.client, self.source, self.encoding = client, source, encoding
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        client = self.client
        self.reader, self.writer = await asyncio.open_connection(
            client.address,
            client.port,
            ssl=UNVERIFIED if client.tls else None,
            server_hostname=client.host if client.tls else None,
            local_addr=(self.source, 0),
        )

    async def get(self, path: str, timeout: float = 40) -> Answer:
        began = time.monotonic()
        kept = self.writer is not None
        try:
            answer = await asyncio.wait_for(self.ask(path), timeout)
        except (ConnectionError, asyncio.IncompleteReadError, OSError, TimeoutError, ValueError) as error:
            self.close()
            if kept and not isinstance(error, TimeoutError):
                # An idle connection may be closed at any moment: browsers ask once more, too (RFC 9112, 9.3.1).
                return await self.get(path, timeout)
            answer = Answer(0, error=repr(error))
        answer.path, answer.began, answer.ended = path, began, time.monotonic()
        return answer

    async def ask(self, path: str) -> Answer:
        if self.writer is None:
            await self.open()
        assert self.writer and self.reader
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.client.host}", f"Accept-Encoding: {self.encoding}"]
        if self.client.forwarded:
            lines.append(f"X-Forwarded-Proto: {self.client.forwarded}")
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        body = b""
        status = int(head[0].split()[1])
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        elif status not in (204, 304):
            body = await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, headers, body)

    def close(self) -> None:
        if self.writer:
            self.writer.transport.abort()
        self.reader = self.writer = None


class Readers:
    """Ask for pages in the background; ``number`` connections from as many addresses, ``rate`` a second.

    As a context manager; afterwards ``answers`` says what each got.
    """

    def __init__(
        self,
        client: Client,
        paths: list[str] | Callable[[int], str],
        *,
        number: int = 20,
        rate: float = 200,
        network: str = "127.2",
        check: Callable[[Answer], str] = lambda answer: "",
        encodings: tuple[str, ...] = ("identity",),
    ) -> None:
        self.client, self.number, self.rate, self.network = client, number, rate, network
        self.path = paths if callable(paths) else lambda turn: paths[turn % len(paths)]
        self.check, self.encodings = check, encodings
        self.answers: list[Answer] = []
        self.wrong: list[str] = []
        self.turns: Iterator[int] = count()
        self.done = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()))

    def __enter__(self) -> Readers:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.thread.join()

    async def run(self) -> None:
        self.began = time.monotonic()
        await asyncio.gather(*(self.one(index) for index in range(self.number)))

    async def one(self, index: int) -> None:
        encoding = self.encodings[index % len(self.encodings)]
        session = Session(self.client, f"{self.network}.{index // 250}.{index % 250 + 1}", encoding)
        pause = self.number / self.rate
        await asyncio.sleep(pause * index / self.number)
        while not self.done.is_set():
            due = time.monotonic() + pause
            path = self.path(next(self.turns))
            answer = await session.get(path)
            if wrong := self.check(answer):
                self.wrong.append(f"{path}: {wrong}")
            answer.body = b""
            self.answers.append(answer)
            await asyncio.sleep(max(0, due - time.monotonic()))
        session.close()

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    @property
    def lost(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.status != 200]

    @property
    def stale(self) -> int:
        return sum("x-served-stale" in answer.headers for answer in self.answers)

    def quantile(self, part: float) -> float:
        """Milliseconds."""
        times = sorted(answer.ended - answer.began for answer in self.answers)
        return 1000 * times[min(len(times) - 1, int(part * len(times)))] if times else 0.0


class Logins:
    """Threads that try one password after the other, each for an account of its own."""

    def __init__(self, client: Client, number: int, source: str) -> None:
        self.client, self.source, self.done = client, source, threading.Event()
        self.statuses: Counter[int] = Counter()
        self.threads = [threading.Thread(target=self.guess, args=(f"compte{index}",)) for index in range(number)]

    def __enter__(self) -> Logins:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()

    def guess(self, account: str) -> None:
        while not self.done.is_set():
            try:
                self.statuses[self.try_one(account)] += 1
            except (OSError, http.client.HTTPException):
                self.statuses[0] += 1

    def try_one(self, account: str) -> int:
        """The status of the answer."""
        connection: http.client.HTTPConnection
        if self.client.tls:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.client.port, context=UNVERIFIED, source_address=(self.source, 0), timeout=60
            )
        else:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.client.port, source_address=(self.source, 0), timeout=60
            )
        headers = {"Host": self.client.host, "X-Forwarded-Proto": "https", "Referer": f"https://{self.client.host}/"}
        token = "a" * 32
        headers |= {"Cookie": f"__Secure-csrf={token}", "Content-Type": "application/x-www-form-urlencoded"}
        form = f"csrfmiddlewaretoken={token}&username={account}&password={time.monotonic()}"
        connection.request("POST", "/admin/login/", form, headers)
        with closing(connection):
            return connection.getresponse().status
