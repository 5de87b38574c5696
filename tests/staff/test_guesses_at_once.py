"""Many guesses at once against a real server: counted only after they were checked, most of them would be checked."""

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.conftest import PASSWORD
from tests.pages.conftest import ROOT, database_beside, free_port, wait_for

pytestmark = pytest.mark.slow

LOOKED_AT = """
from pimms_directory.staff.models import LoginEvent
print(LoginEvent.objects.filter(kind="failure").count())
"""


@pytest.fixture
def environment(tmp_path, collected):
    with database_beside(os.environ.get("DATABASE_URL", ""), tmp_path) as database:
        yield os.environ | {
            "PIMMS_MODE": "local",
            "PIMMS_VAR": str(tmp_path),
            "STATIC_ROOT": str(collected),
            "DATABASE_URL": database,
            "HOST": "127.0.0.1",
            "PORT": str(free_port()),
            "WEB_CONCURRENCY": "2",
        }


def manage(environment, *arguments, **options) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, **options)
    return done.stdout.strip()


class Guesser:
    """With one form for all guesses, as programs that guess do it."""

    def __init__(self, login: str) -> None:
        self.login = login
        with urllib.request.urlopen(login, timeout=30) as page:  # noqa: S310
            self.cookie = page.headers["Set-Cookie"].partition(";")[0]
            self.token = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page.read().decode())[0]

    def guess(self, password: str) -> int:
        data = {"username": "camille", "password": password, "csrfmiddlewaretoken": self.token}
        request = urllib.request.Request(self.login, urlencode(data).encode(), {"Cookie": self.cookie})  # noqa: S310
        try:
            return urllib.request.urlopen(request, timeout=60).status  # noqa: S310
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code


def test_of_forty_guesses_at_once_five_are_looked_at(environment, tmp_path):
    manage(environment, "migrate", "--noinput", "--verbosity=0")
    account = ("camille", "--email=camille@pimms.example", "--role=redaction", "--password-stdin")
    manage(environment, "create_staff", *account, input=PASSWORD)
    log_path = tmp_path / "server.log"
    command = ["-m", "pimms_directory.serving"]
    with log_path.open("wb") as log:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
    origin = f"http://127.0.0.1:{environment['PORT']}"
    try:
        wait_for(f"{origin}/healthz", process, log_path)
        guesser = Guesser(f"{origin}/admin/login/")
        with ThreadPoolExecutor(40) as threads:
            statuses = list(threads.map(guesser.guess, ["mauvais mot"] * 40))
        assert guesser.guess(PASSWORD) == 429
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert manage(environment, "shell", "--no-imports", "--command", LOOKED_AT) == "5", statuses
    assert set(statuses) <= {200, 429, 503}  # 503: busy
    assert statuses.count(200) < 5
