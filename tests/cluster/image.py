"""``python -m tests.cluster.image``: the image as compose.yaml runs it, between nginx and PostgreSQL.

Builds it, then starts two containers of it in place of the two servers that topology.py starts as processes: another
account than the image's own, a root that is read-only, no capability. Needs Linux, where a container can have the
network of the machine. ``ENGINE`` (docker) and ``RUN_OPTIONS`` say what starts it, ``PYTHON_IMAGE`` what it is built
upon in place of the digest in compose.yaml.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import psycopg

from tests.cluster.client import UNVERIFIED
from tests.cluster.topology import HOST, PORTS, PRODUCTION, ROOT, Replica, Topology
from tests.with_postgresql import Cluster, cluster

ENGINE = shlex.split(os.environ.get("ENGINE", "docker"))
RUN_OPTIONS = shlex.split(os.environ.get("RUN_OPTIONS", ""))
IMAGE = "pimms-directory:tried"
VERSION = "0.0.0+tried"
ACCOUNT = 12345  # nobody's: hosts such as OpenShift choose one themselves
PASSWORD = "Rue7des9Serveurs2"
failures: list[str] = []


def engine(*arguments: str, told: str = "", must: bool = True) -> str:
    """What a command of the container engine prints."""
    done = subprocess.run([*ENGINE, *arguments], cwd=ROOT, input=told, capture_output=True, text=True, check=False)
    if must and done.returncode:
        sys.exit(f"{shlex.join([*ENGINE, *arguments])} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout + (done.stderr if not must else "")


def expect(condition: bool, sentence: str) -> None:
    print(f"{'yes' if condition else 'NO'}: {sentence}", flush=True)
    if not condition:
        failures.append(sentence)


class Container(Replica):
    def __init__(self, name: str, port: int, folder: Path, database: str) -> None:
        super().__init__(name, port, folder, database)
        self.container = f"pimms-tried-{name}-{os.getpid()}"
        environment = PRODUCTION | {"DATABASE_URL": database, "TRUST_PROXY": "true"}
        environment |= {"HOST": "127.0.0.1", "PORT": str(port)}
        backups = folder / "backups"
        backups.mkdir(exist_ok=True)
        backups.chmod(0o777)  # the account is nobody of this machine
        self.options = [
            *("--network", "host", "--user", str(ACCOUNT), "--read-only", "--tmpfs", "/tmp"),  # noqa: S108
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--memory", "512m"),
            *("--volume", f"{backups}:/backups", *RUN_OPTIONS),
            *(part for name, value in environment.items() for part in ("--env", f"{name}={value}")),
        ]

    def manage(self, *arguments: str, told: str = "") -> None:
        engine("run", "--rm", "--interactive", *self.options, IMAGE, "python", "manage.py", *arguments, told=told)

    def start(self) -> None:
        engine("run", "--detach", "--name", self.container, *self.options, IMAGE)
        self.wait_for_answers()

    def wait_for_answers(self) -> None:
        self.wait(lambda: self.client.get("/healthz").status == 200)

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                sys.exit(f"{self.name} did not come up:\n{engine('logs', self.container, must=False)[-4000:]}")
            time.sleep(0.2)

    def inside(self, *command: str) -> str:
        return engine("exec", self.container, *command, must=False)

    def of_it(self, field: str) -> str:
        return engine("inspect", "--format", f"{{{{json {field}}}}}", self.container)

    def stop(self) -> None:
        engine("rm", "--force", self.container, must=False)


class Answers(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object, **options: object) -> None:
        """None is followed: it is looked at."""


class Browser:
    """A reader who keeps cookies, behind nginx."""

    def __init__(self, port: int, *, tls: bool = True) -> None:
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        self.cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(strict_domain=False))
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=UNVERIFIED), urllib.request.HTTPCookieProcessor(self.cookies), Answers()
        )

    def ask(self, path: str, form: dict[str, str] | None = None, host: str = HOST) -> tuple[int, Message, str]:
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(  # noqa: S310
            self.origin + path, data, {"Host": host, "Referer": f"https://{host}{path}"}
        )
        try:
            with self.opener.open(request, timeout=40) as answer:
                return answer.status, answer.headers, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read().decode(errors="replace")


def build() -> None:
    pinned = re.search(r"python:\S+@sha256:[0-9a-f]{64}", (ROOT / "compose.yaml").read_text())
    assert pinned
    python = os.environ.get("PYTHON_IMAGE") or pinned[0]
    print(f"Building upon {python}", flush=True)
    arguments = {"PYTHON_IMAGE": python, "PIMMS_VERSION": VERSION}
    # Nothing from before: podman 4 takes a layer of another PIMMS_VERSION for the one that is asked for.
    options = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    engine("build", "--no-cache", *options, "--tag", IMAGE, ".")


def as_compose_makes_it(postgresql: Cluster, port: str) -> str:
    """The address of a database whose owner is no superuser, over TCP."""
    with psycopg.connect(postgresql.url.replace("/pimms", "/postgres"), autocommit=True) as session:
        session.execute("DROP DATABASE pimms")
    variables = {"PGHOST": str(postgresql.folder), "PGPORT": port}
    variables |= {"POSTGRES_USER": "postgres", "POSTGRES_PASSWORD": PASSWORD}
    subprocess.run(
        ["sh", ROOT / "docs/deploy/database.sh"], env=os.environ | variables, check=True, stdout=subprocess.DEVNULL
    )
    return f"postgres://pimms:{PASSWORD}@127.0.0.1:{port}/pimms"


def confinement(container: Container) -> None:
    expect(container.inside("id", "-u").strip() == str(ACCOUNT), "the server runs as the account that was asked for")
    expect("Read-only file system" in container.inside("touch", "/app/x"), "its root is read-only")
    expect("No module named pip" in container.inside("python", "-m", "pip"), "it holds no pip")
    capabilities = re.findall(r"^Cap(?:Prm|Eff|Bnd):\s*(\w+)", container.inside("cat", "/proc/1/status"), re.MULTILINE)
    expect({int(each, 16) for each in capabilities} == {0}, "it has no capability")
    expect(f'"{VERSION}"' in container.client.get("/healthz").body.decode(), "/healthz names the version of the build")
    kind, *check = json.loads(container.of_it(".Config.Healthcheck.Test"))
    expect(kind == "CMD" and container.inside(*check) == "", "HEALTHCHECK finds it healthy")


def reading(browser: Browser, topology: Topology) -> list[str]:
    pages = [urllib.parse.urlsplit(page).path for page in topology.canonical()]
    expect(len(pages) > 800, f"the site map names {len(pages)} pages: the data are loaded")
    some = pages[::12]
    expect({browser.ask(page)[0] for page in some} == {200}, f"{len(some)} of them answer through nginx")
    text = browser.ask("/")[2]
    files = re.findall(r'"(/static/[^"]+\.(?:css|js|svg|png|ico|woff2))"', text)
    kept = [browser.ask(file)[1].get("Cache-Control", "") for file in files]
    expect(
        bool(kept) and all("immutable" in each for each in kept), f"{len(kept)} static files, each to be kept for good"
    )
    status, _, text = browser.ask("/nulle-part/")
    expect(status == 404 and "<h1" in text, "an unknown address gets our page with 404")
    expect(browser.ask("/metrics")[0] == 404, "nginx hides the figures")
    return some


def logging_in(browser: Browser) -> None:
    path = "/admin/login/?next=/admin/"
    status, _, text = browser.ask(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
    assert status == 200 and token
    form = {"csrfmiddlewaretoken": token[1], "username": "essai", "password": PASSWORD, "next": "/admin/"}
    status, headers, _ = browser.ask(path, form)
    expect((status, headers["Location"]) == (302, "/admin/"), "a password lets staff in")
    secure = {cookie.name for cookie in browser.cookies if cookie.secure}
    expect(len(secure) == 2, f"over HTTPS alone go the cookies {' and '.join(sorted(secure))}")
    expect(browser.ask("/admin/directory/site/")[0] == 200, "the list of sites opens in the admin")


def redirecting(topology: Topology) -> None:
    for host in (HOST, "elsewhere.example"):
        status, headers, _ = Browser(PORTS, tls=False).ask("/regions/?page=1", host=host)
        expected = (301, f"https://{HOST}/regions/?page=1")
        expect((status, headers["Location"]) == expected, f"port 80, asked as {host}, sends to our own address")


def stopping(browser: Browser, topology: Topology, containers: list[Container], pages: list[str]) -> None:
    for container in containers:
        began = time.monotonic()
        engine("stop", "-t", "10", container.container)
        seconds, code = time.monotonic() - began, container.of_it(".State.ExitCode").strip()
        expect(
            seconds < 9 and code == "0", f"{container.name} stops by itself, in {seconds:.1f} s, with exit code {code}"
        )
    answers = {page: browser.ask(page) for page in pages}
    stale = [status == 200 and headers["X-Served-Stale"] == "server" for status, headers, _ in answers.values()]
    expect(all(stale), f"without a server, nginx answers with {sum(stale)} of {len(stale)} pages as last known")
    expect(browser.ask("/nulle-part/")[0] == 404, "what was unknown stays so")
    expect(browser.ask("/admin/")[0] == 502, "nothing of the admin is kept")
    for container in containers:
        engine("start", container.container)
        container.wait_for_answers()
    time.sleep(1.1)
    expect("X-Served-Stale" not in browser.ask("/")[1], "started again, they answer themselves")


def main() -> int:
    build()
    port = str(PORTS + 4)
    folder = Path(tempfile.mkdtemp(prefix="pimms-image-", dir="/tmp"))
    folder.chmod(0o755)
    with cluster(listen_addresses="127.0.0.1", port=port) as postgresql:
        topology = Topology(folder, postgresql)
        database = as_compose_makes_it(postgresql, port)
        containers = [Container(each.name, each.port, folder, database) for each in topology.replicas]
        topology.replicas = list(containers)
        try:
            first = containers[0]
            first.manage("migrate", "--noinput", "--verbosity=0")
            first.manage("load_directory", "--if-empty")
            account = ("--email", "essai@annuaire.example", "--role", "administration", "--password-stdin")
            first.manage("create_staff", "essai", *account, told=f"{PASSWORD}\n")
            for container in containers:
                container.start()
            topology.start_proxy()
            browser = Browser(topology.port)
            confinement(first)
            pages = reading(browser, topology)
            logging_in(browser)
            redirecting(topology)
            first.manage("backup")
            expect(len(list(folder.glob("backups/*.zip"))) == 1, "a backup is made, with PostgreSQL's own programs")
            stopping(browser, topology, containers, pages)
        finally:
            topology.stop()
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(failures)} failed" if failures else "All as it should be")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
