"""Many guesses at once against a real server: counted only after they were checked, most of them would be checked."""

import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.conftest import PASSWORD
from tests.served import serving

pytestmark = pytest.mark.slow

LOOKED_AT = """
from pimms_directory.staff.models import LoginEvent
print(LoginEvent.objects.filter(kind="failure").count())
"""


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


def test_of_forty_guesses_at_once_five_are_looked_at(tmp_path, collected):
    with serving(tmp_path, "nothing", STATIC_ROOT=str(collected), WEB_CONCURRENCY="2") as served:
        account = ("camille", "--email=camille@pimms.example", "--role=redaction", "--password-stdin")
        served.manage("create_staff", *account, typed=PASSWORD)
        guesser = Guesser(f"{served.address}/admin/login/")
        with ThreadPoolExecutor(40) as threads:
            statuses = list(threads.map(guesser.guess, ["mauvais mot"] * 40))
        assert guesser.guess(PASSWORD) == 429
        looked_at = served.manage("shell", "--no-imports", "--command", LOOKED_AT)
    assert looked_at.strip() == "5", statuses
    assert set(statuses) <= {200, 429, 503}  # 503: busy
    assert statuses.count(200) < 5
