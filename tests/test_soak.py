"""Readers and an editor at work side by side on a real server, for half a minute: nobody loses anything.

What one thread leaves behind must not reach into the work of another: this shows in a server alone, after a while.
"""

import http.client
import itertools
import json
import random
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import PASSWORD
from tests.forms import Fields
from tests.served import Served, serving

# On PostgreSQL `make soak` does the same, for an hour.
pytestmark = [pytest.mark.one_database, pytest.mark.slow]

SECONDS = 30
READERS = 4
ENOUGH = 5  # saves and answers for each reader, without which the test has shown nothing
FILES = ("pimms.csv", "pimms.xlsx", "pimms.json", "pimms.geojson")
OTHERS = ("apercu.png", "flux.atom", "sitemap.xml", "pimms/", "regions/", "donnees/")
TOWNS = ("Lyon", "Grenoble", "38000", "Nantes", "Saint-Denis", "rennes", "Nulle-Part")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, collected: Path) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("soak"), STATIC_ROOT=str(collected)) as server:
        yield server


class Visitor:
    """Asks over a connection for each request, so that any worker may answer, and keeps the cookies it is given."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, list[str]] | None = None, encoding: str = "identity") -> tuple[int, str]:
        """The status and the text of the whole answer; an answer that breaks off raises."""
        url = self.address + path
        headers = {"Accept-Encoding": encoding, "Referer": url}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            sent = urllib.parse.urlencode(form, doseq=True)
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        try:
            connection.request("GET" if form is None else "POST", path, sent, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", ()):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()


class Editor(Visitor):
    """Gives sites telephone numbers, each of them once."""

    def __init__(self, address: str, name: str) -> None:
        super().__init__(address)
        self.answers: Counter[int] = Counter()
        self.saved: list[tuple[int, str]] = []  # the key of the site and the number, of each save that was acknowledged
        self.send("/admin/login/?next=/admin/", "login-form", username=name, password=PASSWORD)

    def send(self, path: str, form_id: str, **typed: str) -> int:
        """The status of what the form of a page answers when it is sent."""
        status, page = self.ask(path)
        if status != 200:
            return status
        fields = Fields(form_id)
        fields.feed(page)
        return self.ask(path, fields.data | {name: [value] for name, value in typed.items()})[0]

    def work(self, sites: list[int], deadline: float) -> None:
        for turn, site in enumerate(itertools.cycle(sites)):
            if time.monotonic() > deadline:
                return
            phone = f"04 76 {turn // 10_000:02} {turn // 100 % 100:02} {turn % 100:02}"
            status = self.send(f"/admin/directory/site/{site}/change/", "site_form", phone=phone, _save="1")
            self.answers[status] += 1
            if status == 302:
                self.saved.append((site, phone))


def read(address: str, seed: int, deadline: float) -> Counter[int]:
    """Statuses of the answers to somebody who mostly asks for what is made anew: files and searches."""
    visitor, chance = Visitor(address), random.Random(seed)
    answers: Counter[int] = Counter()
    while time.monotonic() < deadline:
        status, _text = visitor.ask(any_path(chance), encoding=chance.choice(("identity", "gzip")))
        answers[status] += 1
    return answers


def any_path(chance: random.Random) -> str:
    town, latitude, longitude = chance.choice(TOWNS), chance.uniform(42, 51), chance.uniform(-4, 8)
    return chance.choice(
        (
            f"/{chance.choice(FILES)}?lat={latitude:.3f}&lon={longitude:.3f}",
            f"/pimms.json?lieu={town}",  # CSV and XLSX refuse a place that is to be chosen
            f"/pimms/?lieu={town}&q={chance.getrandbits(16):x}",
            f"/{chance.choice(OTHERS)}",
        )
    )


def test_no_save_and_no_page_is_lost_while_readers_and_an_editor_are_at_work(server):
    server.manage(
        *("create_staff", "camille", "--email=camille@example.org", "--role=redaction", "--password-stdin"),
        typed=PASSWORD,
    )
    sites = [record["pk"] for record in json.loads(server.manage("dumpdata", "directory.site"))]
    editor = Editor(server.address, "camille")
    deadline = time.monotonic() + SECONDS
    with ThreadPoolExecutor(READERS + 1) as people:
        readers = [people.submit(read, server.address, seed, deadline) for seed in range(READERS)]
        people.submit(editor.work, sites, deadline).result()
    answers = sum((reader.result() for reader in readers), Counter())
    print(f"editor: {dict(editor.answers)}; readers: {dict(answers)}")

    assert set(editor.answers) == {302}
    assert set(answers) <= {200, 503}  # 503: searches may be told to come back, never a page that fails
    assert editor.answers[302] >= ENOUGH
    assert answers[200] >= ENOUGH * READERS
    assert_found(editor.saved, server)


def assert_found(saved: list[tuple[int, str]], server: Served) -> None:
    """Each save stands in the history of its site, and the last one in the site."""
    records = json.loads(server.manage("dumpdata", "directory.site", "reversion.version"))
    phones = {each["pk"]: each["fields"]["phone"] for each in records if each["model"] == "directory.site"}
    versions = [each["fields"] for each in records if each["model"] == "reversion.version"]
    history = {
        (int(version["object_id"]), json.loads(version["serialized_data"])[0]["fields"].get("phone"))
        for version in versions
    }
    assert [save for save in saved if save not in history] == []
    last = dict(saved)
    assert {site: phones[site] for site in last} == last
