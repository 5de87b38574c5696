"""``python -m tests.cluster.soak``: what a week brings, in ``MINUTES`` (60), on two replicas, PostgreSQL and nginx.

Readers of all pages, files and languages; an editor who saves over HTTP; the State's list imported again and again;
notices that begin and end; a clock that jumps; servers that are restarted; a database that goes away. Afterwards:
was anything lost, did an answer fail, did anything grow? The answers stand in docs/audit.md.
"""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import count, cycle
from pathlib import Path
from random import Random

import psycopg

from tests.audit.section import Section, as_markdown, write
from tests.cluster import clocks
from tests.cluster.client import Answer, Readers
from tests.cluster.editor import Editor, lost
from tests.cluster.topology import ROOT, Topology, started
from tests.cluster.vitals import judged, sample

MINUTES = float(os.environ.get("MINUTES", "60"))
DOCUMENT = Path(os.environ.get("SOAK_DOCUMENT", ROOT / "docs" / "audit.md"))
LIST = ROOT / "tests/data/liste-fs-20240801-extrait.csv"
FILES = ("pimms.csv", "pimms.xlsx", "pimms.json", "pimms.geojson", "flux.atom", "sitemap.xml", "donnees/", "pimms/")
TOWNS = ("Lyon", "Grenoble", "38000", "Nantes", "Saint-Denis", "rennes", "Nulle-Part")
RATE = float(os.environ.get("RATE", "10"))  # requests of readers a second
PAUSE = 6  # seconds between two saves of the editor
VISIBLE = 2  # seconds after which a change is shown
FOLLOWED = 4  # seconds after which pages follow a clock that jumped: libfaketime looks for it once a second
FILLING, SAVES = 4000, 300  # requests to each server, and saves of the editor, before all begins
OUTAGE = 15  # seconds of the database
RECOVERY = 5  # seconds in which pages and the admin must be back


class Soak:
    def __init__(self, topology: Topology, clock: clocks.Clock) -> None:
        self.topology, self.clock = topology, clock
        self.done = threading.Event()
        self.wrong: list[str] = []
        self.away: list[tuple[float, float]] = []  # when the database was away
        self.killed: list[float] = []  # when a worker was
        self.saved: list[tuple[int, str]] = []  # key of a site, telephone number: acknowledged
        self.samples: list[dict[str, float]] = []
        self.happened: Counter[str] = Counter()
        self.latest: dict[str, float] = {}  # the longest that each kind of change took to show, in seconds
        self.chance = Random(19)
        with psycopg.connect(topology.postgresql.url) as session:
            text = "SELECT id, slug, coalesce(official_id, '') FROM directory_site WHERE is_public ORDER BY id"
            self.sites = [tuple(row) for row in session.execute(text).fetchall()]
        self.canonical = topology.canonical()
        self.editor = Editor(topology, "camille", "127.20.0.1")
        self.announcer = Editor(topology, "dominique", "127.20.0.2")
        self.fill()
        self.lists = count(1)
        self.list_arrives()  # the first one brings more than the ten numbers that the next ones change
        self.until = time.monotonic() + 60 * MINUTES

    def fill(self) -> None:
        """What only fills a server’s caches, up to their bounds, is no growth."""
        for replica in self.topology.replicas:
            with ThreadPoolExecutor(4) as readers:
                for answer in readers.map(replica.client.get, map(self.path, range(FILLING))):
                    if answer.status != 200:
                        self.fail(f"before all began, {answer.path} was answered by {answer.status}")
        for turn in range(SAVES):
            site, *_ = self.sites[4 + turn % 20]
            if not self.editor.save(site, phone=f"04 75 {turn // 100:02} {turn % 100:02} 01"):
                self.fail(f"before all began, a save was answered by {self.editor.last}")

    def fail(self, sentence: str) -> None:
        self.wrong.append(sentence)
        print(f"FAILED: {sentence}", flush=True)

    # Readers

    def path(self, turn: int) -> str:
        chance = self.chance
        kind = turn % 8
        if kind < 4:
            return chance.choice(self.canonical)
        if kind == 4:
            return f"/{chance.choice(FILES)}"
        if kind == 5:
            _key, slug, _official_id = chance.choice(self.sites)
            return chance.choice((f"/pimms/{slug}.json", f"/pimms/{slug}.vcf", f"/integrer/pimms/{slug}/"))
        if kind == 6:
            return f"/pimms/?lieu={chance.choice(TOWNS)}&q={chance.getrandbits(20):x}"
        return f"/pimms.json?lat={chance.uniform(42, 51):.3f}&lon={chance.uniform(-4, 8):.3f}"

    def check(self, answer: Answer) -> str:
        kept = {name: answer.headers[name] for name in ("x-served-stale", "retry-after") if name in answer.headers}
        answer.headers = kept
        if answer.status == 200:
            return ""
        may = answer.status == 503 and "retry-after" in kept and self.was_away(answer.began, answer.ended)
        return "" if may else f"{answer.status} {answer.error}".strip()

    def was_away(self, began: float, ended: float) -> bool:
        return any(began < back + RECOVERY and ended > gone for gone, back in self.away)

    # An editor

    def edit(self) -> None:
        """Gives sites that no list and no notice touches telephone numbers, each of them once."""
        sites = self.sites[4:24]
        for turn, (site, slug, _official_id) in enumerate(cycle(sites)):
            if self.done.is_set():
                return
            phone = f"04 76 {turn // 10_000:02} {turn // 100 % 100:02} {turn % 100:02}"
            began = time.monotonic()
            acknowledged = self.editor.save(site, phone=phone)
            if self.editor.last == "200" and "est à venir" in self.editor.page:
                # Saved last while the clock was ahead: the form refuses that day, and she types today's.
                self.happened["saves that showed first a day to come"] += 1
                today = f"{self.clock.now():%d/%m/%Y}"
                acknowledged = self.editor.save(site, phone=phone, contact_checked_on=today)
            elif self.editor.last == "200":  # the list has just checked this site, says the form: she looks, and saves
                self.happened["saves that showed first what the list had changed"] += 1
                acknowledged = self.editor.save(site, phone=phone)
            elif "/login/" in self.editor.last:  # between her form and her click, the clock went on by a day
                self.happened["saves that a clock put forward ended the session of"] += 1
                acknowledged = self.editor.save(site, phone=phone)
                if "/login/" in self.editor.last:  # processes see the jump one after the other, within a second
                    time.sleep(FOLLOWED)
                    acknowledged = self.editor.save(site, phone=phone)
            ended = time.monotonic()
            if acknowledged:
                self.saved.append((site, phone))
                self.expect_shown(f"/pimms/{slug}.json", phone, "an edit", ended)
            elif self.editor.last == "502" and any(began <= killed <= ended for killed in self.killed):
                self.happened["saves whose worker was killed, answered by 502"] += 1
            elif not self.was_away(began, ended):
                self.fail(f"a save was answered by {self.editor.last} while all was there")
            self.done.wait(max(0, began + PAUSE - time.monotonic()))

    def expect_shown(self, path: str, text: str, what: str, since: float) -> None:
        """To whoever asks ``VISIBLE`` seconds later, unless the database has gone meanwhile."""
        late = 0.0  # when a page without it was asked for last
        while late < 30 and text.encode() not in (answer := self.topology.client.get(path)).body:
            if self.was_away(since - 1, answer.ended):
                return
            late = answer.began - since
            time.sleep(0.1)
        self.latest[what] = max(self.latest.get(what, 0), late)
        if late > VISIBLE:
            self.fail(f"{what} was not shown {late:.1f} s later: {path}")

    # What happens

    def notices(self) -> None:
        """One that begins and ends at a minute; the clock jumps to shortly before both, and back."""
        site, slug, _official_id = self.sites[next(self.turns) % 4]
        begins = self.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=20)
        ends = begins + timedelta(minutes=20)
        if begins.date() != (ends + timedelta(minutes=5)).date():
            return  # a notice of one day is what is tried here
        text = f"Annonce {self.chance.getrandbits(32):x}."
        typed = {"kind": "note", "begins_on": f"{begins:%d/%m/%Y}", "ends_on": f"{ends:%d/%m/%Y}", "text": text}
        typed |= {"begins_at": f"{begins:%H:%M}", "ends_at": f"{ends:%H:%M}", "shown_from": typed["begins_on"]}
        if not self.announcer.save(site, **{f"notices__0__{name}": value for name, value in typed.items()}):
            self.fail(f"a notice was answered by {self.announcer.last}")
            return
        time.sleep(2)
        paths = [f"/pimms/{slug}/", f"/pimms/{slug}.json", f"/integrer/pimms/{slug}/"]
        self.expect_notice(paths, text, False, "before it begins", begins)
        for moment, is_shown in ((begins, True), (ends, False)):
            name = "beginning" if is_shown else "end"
            self.clock.jump_to(moment - timedelta(seconds=10))
            time.sleep(FOLLOWED)
            self.expect_notice(paths, text, not is_shown, f"before its {name}", moment)
            time.sleep(max(0, (moment - self.clock.now()).total_seconds()) + VISIBLE)
            self.expect_notice(paths, text, is_shown, f"{VISIBLE} seconds after its {name}", ends if is_shown else None)
        self.clock.jump_to(begins + timedelta(minutes=5))
        time.sleep(FOLLOWED)
        self.expect_notice(paths, text, True, "once the clock jumped back to when it holds", ends)
        self.clock.jump(0)
        time.sleep(FOLLOWED)
        self.expect_notice(paths, text, False, "once the clock was put back to before", begins)
        self.happened["notices that began and ended"] += 1

    turns: Iterator[int] = count()

    def expect_notice(self, paths: list[str], text: str, is_shown: bool, when: str, until: datetime | None) -> None:
        """As far as answers come before ``until``, by the clock. One that says it is old tells nothing."""
        for path in paths * 3:  # of several workers
            answer = self.topology.client.get(path)
            if until and self.clock.now() >= until:
                return
            current = answer.status == 200 and "x-served-stale" not in answer.headers
            self.happened["pages looked at around a notice"] += current
            if current and (text.encode() in answer.body) != is_shown:
                self.fail(f"a notice was {'missing' if is_shown else 'shown'} {when}: {path}")
                return

    def clock_jumps(self) -> None:
        for seconds in (86_400, 0, -3600, 0):
            self.clock.jump(seconds)
            self.happened["jumps of the clock"] += 1
            self.done.wait(8)

    def list_arrives(self) -> None:
        """With another telephone number for each of ten sites."""
        number = next(self.lists)
        rows = list(csv.DictReader(io.StringIO(LIST.read_text(encoding="utf-8"))))
        wanted = {official_id: slug for _key, slug, official_id in self.sites[30:40] if official_id}
        for row in rows:
            if row["id_fs"] in wanted:
                row["telephone"] = f"04 77 {number // 100:02} {number % 100:02} 01"
        path = self.topology.folder / "liste.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        day = date(2024, 8, 1) + timedelta(days=number)
        command = [sys.executable, "manage.py", "import_official_list", str(path), "--apply", f"--date={day}"]
        environment = self.topology.replicas[0].environment
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        ended = time.monotonic()
        if done.returncode or "modifiés : 0" in done.stdout:
            self.fail(f"the list brought nothing: {(done.stderr or done.stdout)[-300:]}")
            return
        phone = f"04 77 {number // 100:02} {number % 100:02} 01"
        for slug in wanted.values():
            self.expect_shown(f"/pimms/{slug}.json", phone, "the list", ended)
            break
        self.happened["lists imported"] += 1

    def restarts(self) -> None:
        """Of web2 alone: what leaks shows in web1, which goes on."""
        web2 = self.topology.replicas[1]
        self.killed.append(time.monotonic())
        os.kill(web2.workers()[0], signal.SIGKILL)
        self.done.wait(8)
        web2.reload()
        self.done.wait(4)
        web2.stop()
        web2.start()
        assert self.topology.nginx
        self.topology.nginx.send_signal(signal.SIGHUP)
        self.done.wait(4)
        self.happened["restarts (a worker killed, HUP, TERM and start, nginx reloaded)"] += 1

    def outage(self) -> None:
        self.away.append((time.monotonic(), float("inf")))
        self.topology.postgresql.stop("immediate")
        time.sleep(OUTAGE)
        self.topology.postgresql.start()
        self.away[-1] = (self.away[-1][0], time.monotonic())
        time.sleep(RECOVERY)
        self.happened[f"outages of the database ({OUTAGE} s)"] += 1

    # All of it

    def watch(self) -> None:
        while not self.done.wait(min(60, 60 * MINUTES / 24)):
            try:
                self.samples.append(sample(self.topology))
            except OSError:
                continue  # a server is being replaced

    @contextmanager
    def at_work(self) -> Iterator[Readers]:
        encodings = ("identity", "gzip", "br")
        readers = Readers(self.topology.client, self.path, number=12, rate=RATE, check=self.check, encodings=encodings)
        others = [threading.Thread(target=each) for each in (self.edit, self.watch)]
        with readers:
            for each in others:
                each.start()
            try:
                yield readers
            finally:
                self.done.set()
                for each in others:
                    each.join()

    def run(self) -> Readers:
        events: tuple[Callable[[], None], ...] = (
            self.notices,
            self.list_arrives,
            self.restarts,
            self.clock_jumps,
            self.outage,
        )
        with self.at_work() as readers:
            for event in cycle(events):
                time.sleep(5)
                if time.monotonic() > self.until - 15:
                    break
                print(f"{(self.until - time.monotonic()) / 60:.1f} minutes left: {event.__name__}", flush=True)
                event()
            time.sleep(max(0, self.until - time.monotonic()))  # a quiet end, as at the beginning
        return readers

    def section(self, readers: Readers) -> Section:
        gone = lost(self.topology, self.saved)
        refused = sum(number for status, number in self.editor.answers.items() if status not in (200, 302))
        for wrong in readers.wrong:
            self.fail(f"a reader got {wrong}")
        figures = judged(self.samples)
        beyond = [each.measure.name for each in figures if not each.is_within]
        passed = not (gone or self.wrong or beyond) and len(self.saved) > 5 * MINUTES
        statuses = ", ".join(f"{status or 'none'}: {number}" for status, number in sorted(readers.statuses.items()))
        events = "; ".join(f"{what}: {number}" for what, number in self.happened.items())
        shown = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in self.latest.items())
        notes = (
            f"In {MINUTES:g} minutes: {events}; saves of an editor: {len(self.saved)} acknowledged, "
            f"{refused} refused while the database was away, {self.editor.logins} logins. Readers, {RATE:g} a second: "
            f"{statuses}; {readers.stale} served as last known; half within {readers.quantile(0.5):.0f} ms, "
            f"99 of 100 within {readers.quantile(0.99):.0f} ms. An old page was last served after a commit: {shown}.",
            "The bound is the most at any time, and by how much the most of the last quarter may exceed that of the "
            "second. web1 is never restarted: what grows, grows there. Before the hour each server gave "
            f"{FILLING} answers, and both took {SAVES} saves: what fills a cache up to its bound is no growth. 503 "
            f"with `Retry-After` is right for what nobody keeps while the database is away and {RECOVERY} s after, "
            "and counts as wrong at any other time, as does every other error. Only a save whose worker is killed "
            "with SIGKILL while it answers may get 502: nobody sends a form twice but its editor.",
        )
        verdict = (
            f"{len(gone)} of {len(self.saved)} acknowledged saves lost, {len(self.wrong)} errors, "
            f"{len(beyond)} of {len(figures)} bounds exceeded."
            + "".join(f" {each}." for each in [*map(str, gone[:3]), *self.wrong[:5], *beyond])
        )
        head = ("what", "at first", "most", "at last", "growth", "bound")
        tool = "two replicas, PostgreSQL and nginx on one machine"
        return Section(tool, head, [each.cells() for each in figures], verdict, passed, notes)


def main() -> int:
    clock: list[clocks.Clock] = []

    def environment(folder: Path) -> dict[str, str]:
        clock.append(clocks.Clock(folder / "clock"))
        (folder / "tmp").mkdir()
        token = "a-token-of-the-soak-that-opens-nothing-else"
        return clock[0].environment | {"TMPDIR": str(folder / "tmp"), "METRICS_TOKEN": token}

    with started(environment) as topology:
        soak = Soak(topology, clock[0])
        section = soak.section(soak.run())
    text = as_markdown("A week in an hour (`make soak`)", section, date.today())
    DOCUMENT.write_text(write(DOCUMENT.read_text(), "soak", text))
    print(text)
    return 0 if section.passed else 1


if __name__ == "__main__":
    sys.exit(main())
