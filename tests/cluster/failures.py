"""``python -m tests.cluster.failures``: what readers see while something breaks. Prints a table, and fails on a loss.

Times of an outage come from the environment: ``OUTAGE_SECONDS`` (60), ``SLOW_CONNECTIONS`` (10000). Names of trials as
arguments run only these.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as datetime_time
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from tests.cluster.client import Answer, Client, Logins, Readers
from tests.cluster.clocks import PARIS, Clock
from tests.cluster.imports import killed_imports
from tests.cluster.results import expect, failures, print_all, report
from tests.cluster.topology import ROOT, Replica, Topology, started

OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "60"))
SLOW = int(os.environ.get("SLOW_CONNECTIONS", "10000"))


def killed_workers(topology: Topology) -> None:
    ask_for_all(topology.client, topology.canonical())
    with Readers(topology.client, topology.canonical()) as readers:
        for turn in range(8):
            time.sleep(4)  # longer than a page takes, or one request meets two killed workers
            os.kill(topology.replicas[turn % 2].workers()[0], signal.SIGKILL)
        time.sleep(3)
    report("a worker killed with SIGKILL, 8 times", readers)


def ask_for_all(client: Client, paths: list[str]) -> None:
    """As readers do in the course of a day: from now on, each page is kept somewhere."""
    for path in paths:
        client.get(path)


def database_away(topology: Topology) -> None:
    execute = topology.execute
    ask_for_all(topology.client, topology.canonical())
    with Readers(topology.client, topology.canonical()) as readers:
        time.sleep(3)
        execute("UPDATE directory_region SET name = 'Bretagne sauvée' WHERE slug = 'bretagne'")
        time.sleep(2)
        topology.postgresql.stop("immediate")  # a crash: only what was committed is there afterwards
        gone = time.monotonic()
        time.sleep(OUTAGE / 2)
        os.kill(topology.replicas[0].workers()[0], signal.SIGKILL)  # and its successor starts without a database
        unknown = topology.client.get("/pimms/?q=jamais-demande")
        time.sleep(OUTAGE / 2)
        topology.postgresql.start()
        back = time.monotonic()
        again = current_pages(topology) - back
        saved = b"Bretagne sauv" in topology.client.get("/regions/bretagne/").body
        time.sleep(3)
    outage = back - gone
    note = f"{readers.stale} served as last known; current pages {again:.1f} s after the database was back"
    report(f"PostgreSQL crashed and away for {outage:.0f} s, a worker killed meanwhile", readers, note=note)
    expect(saved, "what was saved just before the crash is lost")
    expect(unknown.status == 503 and "retry-after" in unknown.headers, f"a page not at hand gave {unknown.status}")
    expect(again <= 5, f"current pages came only {again:.1f} s after the database")


def current_pages(topology: Topology) -> float:
    """When all workers have their pages from the database again."""
    while any(
        each.client.get("/").status != 200 or "x-served-stale" in each.client.get("/").headers
        for each in topology.replicas
        for _ in range(6)
    ):
        time.sleep(0.1)
    return time.monotonic()


def restart(topology: Topology) -> None:
    """Both replicas stop and start without a database: nobody but nginx has a page."""
    ask_for_all(topology.client, topology.canonical())
    with Readers(topology.client, topology.canonical()) as readers:
        time.sleep(2)
        topology.postgresql.stop("immediate")
        for replica in topology.replicas:
            replica.stop()
        time.sleep(5)  # nobody answers at all
        for replica in topology.replicas:
            replica.start()
        time.sleep(10)
        bare = topology.replicas[0].client.get("/").status
        topology.postgresql.start()
        back = time.monotonic()
        again = current_pages(topology) - back
        time.sleep(3)
    note = f"{readers.stale} served as last known; current pages {again:.1f} s after the database was back"
    report("both replicas restarted while the database is away", readers, note=note)
    expect(bare == 503, f"a replica without pages answered {bare}")


def stuck(topology: Topology) -> None:
    """Somebody holds a table, as a migration or a forgotten session does."""
    held(topology, "directory_site", "the table of sites held for 20 s")
    held(topology, "data_revision", "the table of the revision held for 20 s")


def held(topology: Topology, table: str, trial: str) -> None:
    random = Random(trial)
    site = next(path for path in topology.canonical() if re.fullmatch(r"/pimms/[a-z-]+/", path)).split("/")[2]
    name = f"PIMMS retenu {random.getrandbits(24):x}"

    def search(turn: int) -> str:
        return f"/pimms/?q={random.getrandbits(48):x}"

    def communes(turn: int) -> str:
        return f"/communes.json?q={random.getrandbits(48):x}"  # reads another table

    def edit() -> None:
        topology.execute(f"UPDATE directory_site SET name = '{name}' WHERE slug = '{site}'")  # noqa: S608

    def recovered() -> bool:
        answers = [each.client.get(f"/pimms/{site}/") for each in topology.replicas for _ in range(6)]
        new = topology.client.get(search(0))
        return new.status == 200 and all(name.encode() in answer.body for answer in answers)

    for each in topology.replicas * 6:  # until all workers have all pages
        ask_for_all(each.client, topology.canonical())
    editor = threading.Thread(target=edit)
    canonical = topology.canonical()
    with (
        Readers(topology.client, search, rate=10, network="127.8") as searches,
        Readers(topology.client, communes, number=5, rate=5, network="127.9") as others,
    ):
        with psycopg.connect(topology.postgresql.url) as session, Readers(topology.client, canonical) as readers:
            session.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            editor.start()
            time.sleep(20)
        released = time.monotonic()
        with Readers(topology.client, canonical) as afterwards:
            while not recovered() and time.monotonic() < released + 30:
                time.sleep(0.1)
            again = time.monotonic() - released
            time.sleep(3)
        editor.join()
    note = f"{readers.stale} served as last known; current pages {again:.1f} s after it was let go"
    for what, asked in (("searches", searches), ("communes", others)):
        longest = asked.quantile(1) / 1000
        statuses = ", ".join(f"{status or 'none'}: {number}" for status, number in sorted(asked.statuses.items()))
        note += f"; new {what} {statuses}, at most {longest:.1f} s"
        bare = [answer for answer in asked.lost if answer.status != 503 or "retry-after" not in answer.headers]
        expect(not bare, f"{trial}: new {what} got {statuses}")
        expect(longest < 22, f"{trial}: new {what} waited for {longest:.0f} s")
    report(trial, readers, note=note)
    report(f"{trial}: afterwards", afterwards)
    expect(readers.quantile(0.99) < 1000, f"{trial}: pages at hand waited")
    expect(again <= 5, f"{trial}: current pages and new searches came only {again:.1f} s after it was let go")


def slow_connections(topology: Topology) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = min(SLOW, hard - 500)
    opened: list[int] = []
    done = threading.Event()

    async def trickle(index: int, gate: asyncio.Semaphore) -> None:
        """Sends a byte every two seconds, and comes back whenever it is hung up on."""
        address = f"127.4.{index // 200}.{index % 200 + 1}"
        while not done.is_set():
            try:
                async with gate:
                    reader, writer = await asyncio.open_connection(
                        "127.0.0.1", topology.port if index % 2 else topology.port - 1, local_addr=(address, 0)
                    )
            except OSError:
                await asyncio.sleep(1)
                continue
            opened.append(1)
            try:
                # To the port of TLS: the beginning of a handshake that never ends.
                writer.write(b"\x16\x03\x01\x02\x00\x01" if index % 2 else b"GET / HTTP/1.1\r\nX: ")
                while not done.is_set() and not reader.at_eof():
                    writer.write(b"\x00" if index % 2 else b"a")
                    await writer.drain()
                    await asyncio.sleep(2)
            except OSError:
                pass
            finally:
                opened.pop()
                writer.transport.abort()

    async def all_of_them() -> None:
        gate = asyncio.Semaphore(200)
        await asyncio.gather(*(trickle(index, gate) for index in range(wanted)))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    deadline = time.monotonic() + 60
    most = 0
    while time.monotonic() < deadline and most < wanted * 0.97:
        most = max(most, len(opened))
        time.sleep(0.05)
    with Readers(topology.client, topology.canonical()) as readers:
        least = len(opened)
        for _ in range(200):
            time.sleep(0.1)
            most, least = max(most, len(opened)), min(least, len(opened))
    done.set()
    thread.join()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    note = f"{least} to {most} of {wanted} slow ones open meanwhile (limit of this machine: {hard} files a process)"
    report("ten thousand slow connections", readers, note=note)
    expect(most >= wanted * 0.95, f"only {most} of {wanted} slow connections could be opened")


def garbage(topology: Topology) -> None:
    """From 200 addresses, each within what the proxy lets through; then all of it from one."""
    random = Random(6)

    def address(turn: int) -> str:
        word = f"{random.getrandbits(48):x}"
        return (f"/{word}.php", f"/?{word}=1", f"/pimms/?page=1&{word}={turn}", f"/pimms/{word}/", f"/pimms/?q={word}")[
            turn % 5
        ]

    memory = [rss(pid) for each in topology.replicas for pid in each.workers()]
    for sources, network in ((200, "127.5"), (1, "127.7")):
        noise = Readers(topology.client, address, number=200, rate=1000, network=network)
        if sources == 1:
            noise.one = lambda index, one=noise.one: one(0)  # type: ignore[method-assign]
        with Readers(topology.client, topology.canonical(), rate=50) as readers, noise:
            time.sleep(20)
        grown = [rss(pid) for each in topology.replicas for pid in each.workers()]
        passed = len(noise.answers) / 20
        statuses = ", ".join(f"{status or 'none'}: {number}" for status, number in sorted(noise.statuses.items()))
        note = f"{passed:.0f} a second were answered ({statuses}), worker at most {max(grown)} MB"
        note += f" (before: {max(memory)})"
        report(f"garbage addresses, up to 1000 a second, from {sources} clients", readers, note=note)
        expect(not noise.statuses[500] and not noise.statuses[0], f"garbage got {statuses}")
        if sources == 1:
            expect(noise.statuses[429] > 0 or passed < 50, "the proxy refused no garbage from one address")


def flood(topology: Topology) -> None:
    """From a single address."""
    with Readers(topology.client, topology.canonical(), rate=50) as readers:
        noise = Readers(topology.client, ["/a-propos/"], number=20, rate=1000, network="127.6")
        noise.one = lambda index, one=noise.one: one(0)  # type: ignore[method-assign]
        with noise:
            time.sleep(10)
    refused = noise.statuses[429]
    report("one address floods", readers, note=f"{refused} of its {len(noise.answers)} requests got 429")
    # As many as a slow machine manages to ask for.
    expect(refused > 0 or len(noise.answers) < 700, "the proxy refused nothing of a flood from one address")


def attackers(topology: Topology) -> None:
    """Thirty connections that want to be searched for, or to log in; through the proxy from one address, and without
    it. Meanwhile somebody opens the first page ten times a second."""
    bare = topology.replicas[0].client
    for client in (bare, topology.client):
        ask_for_all(client, ["/"] * 10)
    for where, client, most in (("through nginx", topology.client, 100), ("without nginx", bare, 500)):
        for what in ("searches", "logins"):
            said: Any = multiprocessing.Queue()
            attack = multiprocessing.Process(target=attacked, args=(what, client, said))  # with a Python of its own
            attack.start()
            with Readers(client, ["/"], number=10, rate=10, network="127.12") as readers:
                attack.join()
            p95 = readers.quantile(0.95)
            report(f"30 connections of {what}, {where}", readers, note=f"p95 {p95:.0f} ms; they got {said.get()}")
            expect(p95 < most, f"{what} {where}: the first page took {p95:.0f} ms")


def attacked(what: str, client: Client, said: Any) -> None:
    random = Random(19)

    def search(turn: int) -> str:
        return f"/pimms/?lieu={random.getrandbits(48):x}&z={'z' * 600}"

    noise: Readers | Logins = Logins(client, 30, "127.11.0.1")
    if what == "searches":
        noise = Readers(client, search, number=30, rate=3000, network="127.10")
        noise.one = lambda index, one=noise.one: one(0)  # type: ignore[method-assign]
    with noise:
        time.sleep(20)
    said.put(", ".join(f"{status or 'none'}: {number}" for status, number in sorted(noise.statuses.items())))


def rss(pid: int) -> int:
    """Megabytes of its own, shared parts by their share."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"Pss:\s+(\d+)", text)[1]) // 1024  # type: ignore[index]


def deploy(topology: Topology) -> None:
    with Readers(topology.client, topology.canonical()) as readers:
        for replica in topology.replicas:
            replica.reload()
            time.sleep(4)
    report("gunicorn reloaded with HUP, one replica after the other", readers)
    for what in ("the same code", "another version"):
        with Readers(topology.client, topology.canonical()) as readers:
            for replica in topology.replicas:
                if what == "another version":
                    replica.environment["PIMMS_VERSION"] = "another"
                replica.stop()
                time.sleep(1)
                replica.start()
                time.sleep(4)
        note = f"{readers.stale} kept by nginx"
        report(f"both replicas replaced by {what}, one after the other", readers, note=note)
    with Readers(topology.client, topology.canonical()) as readers:
        assert topology.nginx
        topology.nginx.send_signal(signal.SIGHUP)
        time.sleep(4)
    report("nginx reloaded", readers)


def edits(topology: Topology) -> None:
    """Two regions change in one transaction: a page that shows both must show the same number twice."""
    ask_for_all(topology.client, topology.canonical())
    commits: list[float] = []  # when each number was committed

    def check(answer: Answer) -> str:
        numbers = {int(number) for number in re.findall(rb"dition-(\d+)", answer.body)}
        if len(numbers) != 1:
            return f"shows editions {sorted(numbers)} at once" if answer.status == 200 else ""
        (number,) = numbers
        later = number + 1
        late = answer.began - commits[later] if later < len(commits) else 0
        return f"edition {number} was served {late:.2f} s after the next" if late > 2 else ""

    def commit(number: int) -> None:
        with psycopg.connect(topology.postgresql.url) as session:
            for slug in ("bretagne", "normandie"):
                session.execute(
                    "UPDATE directory_region SET name = %s WHERE slug = %s", [f"{slug} edition-{number}", slug]
                )
                time.sleep(0.05)
        commits.append(time.monotonic())

    commit(0)
    time.sleep(2)
    with Readers(topology.client, ["/regions/", "/", "/plan-du-site/"], check=check) as readers:
        for number in range(1, 41):
            commit(number)
            time.sleep(0.4)
    report("40 edits in 20 s", readers, note="no page torn, none older than two seconds" if not readers.wrong else "")
    with Readers(topology.client, topology.canonical()) as readers:
        for number in range(41, 45):
            commit(number)
            time.sleep(6)
    report("4 edits in 24 s, each of which makes all canonical pages out of date", readers)


def clock(topology: Topology) -> None:
    """A server's clock jumps while it serves; another one at the same clock keeps no pages, and says what is right.

    Two notices begin: one at the next midnight, for a day, one when summer time does, for an hour.
    """
    clock = Clock(topology.folder / "clock")
    servers = [
        Replica(name, topology.port + place, clock.folder, topology.postgresql.url) for name, place in CLOCKS.items()
    ]
    for each in servers:
        each.environment |= {"STATIC_ROOT": str(topology.folder / "static")} | clock.environment
    server, plain = servers
    plain.environment["PAGE_CACHE_MB"] = "0"
    midnight = datetime.combine(clock.now() + timedelta(days=1), datetime_time.min, PARIS)
    spring = datetime(clock.now().year + 1, 3, 31, 3, tzinfo=PARIS)
    spring -= timedelta(days=spring.isoweekday() % 7)  # the last Sunday, at the hour after the one that is left out
    announce(topology, 1, midnight, "Annonce de la nuit.")
    announce(topology, 2, spring, "Annonce du printemps.")
    try:
        for each in servers:
            each.start()
        paths = topology.canonical()
        ask_for_all(server.client, paths)
        workers, memory = server.workers(), max(rss(pid) for pid in server.workers())
        for what, to, shown in (
            ("a day forward", clock.now() + timedelta(days=1), "Annonce de la nuit."),
            ("back", None, ""),
            ("an hour backward", clock.now() - timedelta(hours=1), ""),
            ("forward again", None, ""),
            ("to ten seconds before midnight, and goes on", midnight - timedelta(seconds=10), "Annonce de la nuit."),
            ("back from the next day", None, ""),
            # 1:59:50: seconds are counted in UTC
            (
                "to ten seconds before summer time",
                spring.astimezone(UTC) - timedelta(seconds=10),
                "Annonce du printemps.",
            ),
            ("back from spring", None, ""),
        ):
            trial = f"the clock jumps {what}"
            with Readers(server.client, paths, rate=50) as readers:
                time.sleep(1)
                clock.jump_to(to) if to else clock.jump(0)
                name = f"Bretagne {what}"
                topology.execute(f"UPDATE directory_region SET name = '{name}' WHERE slug = 'bretagne'")  # noqa: S608
                time.sleep(1)
                seen = all(name.encode() in server.client.get("/regions/bretagne/").body for _ in range(8))
                time.sleep(13)
                bodies = {path: server.client.get(path).body for path in paths}
                wrong = [path for path in paths if bodies[path] != plain.client.get(path).body]
            found = {text for text in ANNOUNCED if any(text.encode() in body for body in bodies.values())}
            most = max(rss(pid) for pid in server.workers())
            note = f"{readers.stale} served as last known; worker at most {most} MB (before: {memory})"
            report(trial, readers, note=note)
            expect(seen, f"{trial}: an edit did not show within a second")
            expect(not wrong, f"{trial}: out of date: {', '.join(wrong[:5])}")
            expect(found == {shown} - {""}, f"{trial}: of the notices, {found or 'none'} is shown")
            expect(most < memory + 30, f"{trial}: a worker grew from {memory} to {most} MB")
        expect(server.workers() == workers, "the clock: workers were killed")
        logged = [float(each) for each in re.findall(r'"milliseconds": (-?[\d.]+)', server.log.read_text())]
        least, longest = min(logged), max(logged)
        expect(least >= 0 and longest < 60_000, f"the clock: the log has times of {least} to {longest} ms")
    finally:
        for each in servers:
            each.stop()


CLOCKS = {"jumping": 3, "without-pages": 4}  # the servers of this trial, and their ports
ANNOUNCED = ("Annonce de la nuit.", "Annonce du printemps.")


def announce(topology: Topology, place: int, begins: datetime, text: str) -> None:
    """For an hour at the desk at this place of the list, or for the whole day where it begins with it."""
    at, to = ("NULL", "NULL") if begins.hour == 0 else (f"'{begins:%H:%M}'", f"'{begins + timedelta(hours=1):%H:%M}'")
    topology.execute(
        "INSERT INTO directory_notice "  # noqa: S608
        "(site_id, kind, begins_on, begins_at, ends_on, ends_at, hours, text, shown_from, modified_at) "
        f"SELECT id, 'note', '{begins:%Y-%m-%d}', {at}, '{begins:%Y-%m-%d}', {to}, '', '{text}', "
        f"'{begins:%Y-%m-%d}', now() FROM directory_site WHERE is_public ORDER BY id LIMIT 1 OFFSET {place}"
    )


def disk_full(topology: Topology) -> None:
    """SQLite on a disk of its own, which is filled to the last byte."""
    folder = topology.folder / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", folder], check=False).returncode:
        print("Not tried: a full disk (mounting a small one needs root).", flush=True)
        return
    try:
        sqlite(topology, folder, full=True)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=False)


def read_only(topology: Topology) -> None:
    folder = topology.folder / "readonly"
    folder.mkdir()
    sqlite(topology, folder, full=False)


def sqlite(topology: Topology, folder: Path, *, full: bool) -> None:
    replica = Replica("sqlite", topology.port + 3, folder, f"sqlite:///{folder / 'db.sqlite3'}")
    replica.log = topology.folder / f"sqlite-{folder.name}.log"
    replica.environment |= {"STATIC_ROOT": str(topology.folder / "static")}
    replica.manage("migrate", "--noinput", "--verbosity=0")
    replica.manage("load_directory", "--if-empty")
    replica.start()
    ask_for_all(replica.client, topology.canonical())
    save = [sys.executable, "manage.py", "shell", "-c", SAVE]

    def saved(name: str) -> subprocess.CompletedProcess[str]:
        environment = replica.environment | {"NAME": name}
        return subprocess.run(save, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    try:
        expect(saved("Bretagne n° 41").returncode == 0, "SQLite: the first edit was refused")
        with Readers(replica.client, topology.canonical()) as readers:
            time.sleep(2)
            if full:
                fill = folder / "fill"
                with fill.open("wb", buffering=0) as file:
                    try:
                        while file.write(b"\0" * 65536):
                            pass
                    except OSError:
                        pass
            else:
                subprocess.run(["chattr", "+i", *folder.glob("db.sqlite3*")], check=False)
            time.sleep(1)
            during = saved("Bretagne n° 42")
            time.sleep(4)
            if full:
                fill.unlink()
            else:
                subprocess.run(["chattr", "-i", *folder.glob("db.sqlite3*")], check=False)
            time.sleep(1)
            kept = replica.client.get("/regions/bretagne/").body.decode()
            after = saved("Bretagne n° 43")
            time.sleep(2)
        word = re.findall(r"\w*(?:Error|error)\b[^\n]*", during.stderr)
        outcome = "was refused: " + word[-1] if during.returncode else "was kept"
        report(
            "SQLite: the disk full" if full else "SQLite: the file read-only",
            readers,
            note=f"an edit meanwhile {outcome}",
        )
        expect(("n° 42" in kept) == (during.returncode == 0), "SQLite: the edit meanwhile was half done")
        expect("n° 41" in kept or "n° 42" in kept, "SQLite: the edit before is lost")
        expect(after.returncode == 0, f"SQLite: no edit was possible afterwards: {after.stderr[-300:]}")
        expect(
            "n° 43" in replica.client.get("/regions/bretagne/").body.decode(), "SQLite: the edit afterwards is unseen"
        )
    finally:
        subprocess.run(["chattr", "-i", *folder.glob("db.sqlite3*")], check=False, capture_output=True)
        replica.stop()


# All or nothing, as the admin saves: other columns follow from the name.
SAVE = """
import os
from django.db import transaction
from sites.models import Region
with transaction.atomic():
    region = Region.objects.get(slug="bretagne")
    region.name = os.environ["NAME"]
    region.save()
"""

TRIALS: dict[str, Callable[[Topology], None]] = {
    "killed": killed_workers,
    "deploy": deploy,
    "edits": edits,
    "garbage": garbage,
    "flood": flood,
    "attackers": attackers,
    "slow": slow_connections,
    "disk": disk_full,
    "readonly": read_only,
    "stuck": stuck,
    "clock": clock,
    "database": database_away,
    "restart": restart,
    "import": killed_imports,
}


def main() -> int:
    wanted = sys.argv[1:] or list(TRIALS)
    with started() as topology:
        for name in wanted:
            try:
                TRIALS[name](topology)
            except (Exception, SystemExit) as error:  # the other trials go on
                traceback.print_exc()
                failures.append(f"{name}: {error!r}")
    print_all()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
