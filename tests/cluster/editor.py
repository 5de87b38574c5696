"""Somebody of the staff, who edits over HTTP and remembers what was acknowledged."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
import urllib.parse
from collections import Counter
from contextlib import closing

import psycopg

from tests.cluster.client import UNVERIFIED, Client
from tests.cluster.topology import ROOT, Topology
from tests.forms import Fields

PASSWORD = "quatre-vingts canards lents"
LOST: tuple[type[Exception], ...] = (OSError, http.client.HTTPException, ssl.SSLError)
LOGIN = "/admin/login/?next=/admin/"


class Editor:
    """Comes through nginx. ``answers``: to what was sent, by status; 0 where none came."""

    def __init__(self, topology: Topology, name: str, source: str) -> None:
        self.client: Client = topology.client
        self.name, self.source = name, source
        self.cookies: dict[str, str] = {}
        self.answers: Counter[int] = Counter()
        self.logins, self.last, self.page = 0, "", ""
        command = ["create_staff", name, f"--email={name}@annuaire.example", "--role=redaction", "--password-stdin"]
        environment = topology.replicas[0].environment
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, input=PASSWORD, text=True, check=True
        )

    def ask(self, path: str, form: dict[str, list[str]] | None = None) -> tuple[int, str, str]:
        """Status, text, and where it sends to."""
        address, host = self.client.address, self.client.host
        headers = {"Host": host, "Referer": f"https://{host}{path}", "Accept-Encoding": "identity"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            sent = urllib.parse.urlencode(form, doseq=True)
        source = (self.source, 0)
        connection = http.client.HTTPSConnection(
            address, self.client.port, context=UNVERIFIED, timeout=60, source_address=source
        )
        with closing(connection):
            connection.request("GET" if form is None else "POST", path, sent, headers)
            answer = connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", ()):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode(errors="replace"), answer.headers.get("Location", "")

    def fill(self, path: str, form_id: str, typed: dict[str, str]) -> tuple[int, str]:
        """Sends the form of a page; its status and where it leads. Logs in where that is asked for first."""
        status, page, to = self.ask(path)
        if status == 302 and "/login/" in to and form_id != "login-form":
            self.log_in()
            status, page, to = self.ask(path)
        if status != 200:
            return status, to
        fields = Fields(form_id)
        fields.feed(page)
        status, self.page, to = self.ask(path, fields.data | {name: [value] for name, value in typed.items()})
        return status, to

    def log_in(self) -> None:
        self.logins += 1
        self.fill(LOGIN, "login-form", {"username": self.name, "password": PASSWORD})

    def save(self, site: int, **typed: str) -> bool:
        """Whether it was acknowledged."""
        typed = {name.replace("__", "-"): value for name, value in typed.items()}
        try:
            status, to = self.fill(f"/admin/directory/site/{site}/change/", "site_form", {**typed, "_save": "1"})
        except LOST:
            status, to = 0, ""
        self.answers[status] += 1
        self.last = f"{status} {to}".strip()
        return status == 302 and "/login/" not in to


def lost(topology: Topology, saved: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Acknowledged telephone numbers that the history of their site lacks, or the site itself if they are the last."""
    sites = sorted({site for site, _phone in saved})
    with psycopg.connect(topology.postgresql.url) as session:
        phones = dict(session.execute("SELECT id, phone FROM directory_site WHERE id = ANY(%s)", [sites]).fetchall())
        versions = session.execute(
            "SELECT v.object_id, v.serialized_data FROM reversion_version v JOIN django_content_type c "
            "ON c.id = v.content_type_id WHERE c.app_label = 'directory' AND c.model = 'site'"
        ).fetchall()
    history = {(int(key), json.loads(data)[0]["fields"].get("phone")) for key, data in versions}
    last = dict(saved)
    return [each for each in saved if each not in history] + [
        each for each in last.items() if phones[each[0]] != each[1]
    ]
