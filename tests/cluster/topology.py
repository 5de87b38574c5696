"""The topology of compose.yaml as plain processes: PostgreSQL, two replicas under gunicorn, nginx with TLS."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.cluster.client import Client
from tests.with_postgresql import Cluster, cluster

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS = int(os.environ.get("CLUSTER_PORT", "8120"))  # this one and the next five
HOST = "annuaire.example"
SERVER = ("-m", "pimms_directory.serving")
PRODUCTION = {
    "PIMMS_MODE": "production",
    "SECRET_KEY": "uW7qzE3nRk9tYb2vXs5dGf8hJm4cLp6aQeT1oZiN0rVxCwByKjPg",
    "PUBLIC_ORIGIN": f"https://{HOST}",
    "SITE_PUBLISHER": "Association Exemple",
    "SITE_CONTACT": "contact@annuaire.example",
    "SITE_PUBLICATION_DIRECTOR": "Camille Exemple",
    "SITE_HOST": "Hébergeur Exemple, 1 rue des Serveurs, Lyon",
}


def nginx_configuration(variables: Mapping[str, str]) -> str:
    written = (ROOT / "docs/deploy/nginx.conf.template").read_text()
    # Only the names in capitals, as the image of nginx does.
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda found: variables.get(found[1], found[0]), written)


def nginx_program() -> str:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        sys.exit("nginx is missing. Type: sudo apt-get install --no-install-recommends nginx-light")
    return program


class Replica:
    """One gunicorn with its workers."""

    def __init__(self, name: str, port: int, folder: Path, database: str) -> None:
        self.name, self.port = name, port
        self.client = Client("127.0.0.1", port, HOST, forwarded="https")
        self.log = folder / f"{name}.log"
        self.environment = (
            {name: value for name, value in os.environ.items() if name != "DEBUG"}
            | PRODUCTION
            | {"DATABASE_URL": database, "HOST": "127.0.0.1", "PORT": str(port), "PIMMS_VAR": str(folder / name)}
            | {"STATIC_ROOT": str(folder / "static"), "HOME": str(folder), "MALLOC_ARENA_MAX": "1"}
        )
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "manage.py", *arguments]
            done = subprocess.run(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(arguments)} failed:\n{self.log.read_text()[-4000:]}")

    def start(self) -> None:
        command = [sys.executable, *SERVER]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        self.wait(lambda: self.client.get("/healthz").status == 200)

    def wait(self, condition, seconds: float = 300) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline or (self.process and self.process.poll() is not None):
                sys.exit(f"{self.name} did not come up:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.2)

    def workers(self) -> list[int]:
        assert self.process
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(40)
            self.process = None

    def reload(self) -> None:
        """Fresh workers, as ``kill -HUP`` gives."""
        assert self.process
        before = set(self.workers())
        self.process.send_signal(signal.SIGHUP)
        self.wait(lambda: len(now := set(self.workers())) >= 2 and not now & before)


class Topology:
    def __init__(self, folder: Path, postgresql: Cluster, environment: dict[str, str] | None = None) -> None:
        """``environment``: of nginx and the replicas, beside what each has of its own."""
        self.folder, self.postgresql = folder, postgresql
        self.environment = environment or {}
        self.replicas = [Replica(f"web{number}", PORTS + 1 + number, folder, postgresql.url) for number in (1, 2)]
        self.port = PORTS + 1
        for each in self.replicas:
            each.environment |= self.environment
        self.client = Client("127.0.0.1", self.port, HOST, tls=True)
        self.nginx: subprocess.Popen[bytes] | None = None
        self.watch: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        first = self.replicas[0]
        first.manage("migrate", "--noinput", "--verbosity=0")
        first.manage("load_directory", "--if-empty")
        first.manage("collectstatic", "--noinput", "--verbosity=0")
        for replica in self.replicas:
            replica.start()
        self.start_proxy()

    def start_proxy(self) -> None:
        certificates = self.folder / "certificates"
        certificates.mkdir(exist_ok=True)
        variables = {
            "RUN_DIR": str(self.folder),
            "PAGES_DIR": str(self.folder / "pages"),
            "ADMIN_PATH": "admin/",
            "CERTIFICATE_DIR": str(certificates),
            "CERTIFICATE_NAME": HOST,
            "ACCESS_LOG": str(self.folder / "access.log"),
            "HTTP_LISTEN": f"127.0.0.1:{PORTS}",
            "HTTPS_LISTEN": f"127.0.0.1:{self.port}",
            "PUBLIC_ORIGIN": PRODUCTION["PUBLIC_ORIGIN"],
            **{f"REPLICA_{number}": f"127.0.0.1:{each.port}" for number, each in enumerate(self.replicas, 1)},
        }
        subprocess.run([ROOT / "docs/deploy/certificate.sh"], env=os.environ | variables, check=True)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(nginx_configuration(variables))
        program = nginx_program()
        with (self.folder / "nginx.log").open("ab") as log:
            # nginx hides from its workers what it is not told to pass on.
            said = " ".join(["daemon off;", *(f"env {name};" for name in self.environment)])
            command = [program, "-e", "stderr", "-p", str(self.folder), "-c", str(configuration), "-g", said]
            environment = os.environ | variables | self.environment
            self.nginx = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            watch = [str(ROOT / "docs/deploy/clock.sh"), "watch"]
            self.watch = subprocess.Popen(watch, stdout=log, stderr=log, env=environment, start_new_session=True)
        deadline = time.monotonic() + 20
        while self.client.get("/healthz").status != 200:
            if time.monotonic() > deadline or self.nginx.poll() is not None:
                sys.exit(f"nginx did not come up:\n{(self.folder / 'nginx.log').read_text()}")
            time.sleep(0.1)

    def execute(self, sql: str) -> None:
        """As somebody at the database's own prompt."""
        with psycopg.connect(self.postgresql.url, autocommit=True) as session:
            session.execute(sql)

    def canonical(self) -> list[str]:
        """The pages of the sitemap, as the proxy serves it."""
        while (answer := self.client.get("/sitemap.xml")).status != 200:
            time.sleep(1)  # nobody has made it yet, and the machine is busy
        index = answer.body.decode()
        found = re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", index)
        return [path.replace("&amp;", "&") for path in found]

    def stop(self) -> None:
        if self.nginx and self.watch:
            os.killpg(self.watch.pid, signal.SIGTERM)
            self.watch.wait(20)
            self.nginx.terminate()
            self.nginx.wait(20)
        for replica in self.replicas:
            replica.stop()


@contextmanager
def started(environment: Callable[[Path], dict[str, str]] = lambda folder: {}) -> Iterator[Topology]:
    folder = Path(tempfile.mkdtemp(prefix="pimms-cluster-", dir="/tmp"))
    folder.chmod(0o755)
    # What staff saved must survive: as in production, a commit is on the disk before it is one.
    with cluster(fsync="on", synchronous_commit="on", full_page_writes="on") as postgresql:
        topology = Topology(folder, postgresql, environment(folder))
        try:
            topology.start()
            yield topology
        finally:
            topology.stop()
            if os.environ.get("CLUSTER_KEEP"):
                print(f"Logs: {folder}")
            else:
                shutil.rmtree(folder, ignore_errors=True)
