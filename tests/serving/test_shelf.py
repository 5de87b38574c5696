"""Pages that the processes of a machine share: which are taken for true, and who makes them."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection

from pimms_directory.base import revision, version
from pimms_directory.serving import warming
from pimms_directory.serving.page_cache import AWAY, PageCache, address_of
from tests.factories import RegionFactory
from tests.pages.conftest import ROOT
from tests.serving.test_page_cache import HOST, HTML, NOON, Answer, Known, Site, cached

PAGE = address_of("http", HOST, "/pimms/", "")
assert PAGE


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.PAGE_CACHE_DIR = tmp_path / "pages"
    settings.STATIC_ROOT = tmp_path / "static"
    return settings.PAGE_CACHE_DIR


def leave(*, code: str = "", history: str = Known.history, number: int = 1, site: Site | None = None) -> Site:
    """A process makes a page and is gone."""
    cache, site = cached(site, number=number)
    cache.shelf.code = code or cache.shelf.code
    cache.watch.history = history
    assert cache.make(PAGE, number, canonical=True)
    return site


# Which are taken for true


@pytest.mark.parametrize("accepted", ["br", "gzip", ""])
def test_process_that_starts_has_the_pages_that_others_made_of_the_same_data(accepted):
    site = Site(headers=(HTML, ("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT")))
    leave(site=site)
    cache, other = cached()
    answer = Answer(cache, accept_encoding=accepted)
    assert not other.asked
    assert answer.list == Answer(cached(site)[0], accept_encoding=accepted).list
    assert "X-Served-Stale" not in answer.headers
    assert Answer(cache, if_none_match=answer.headers["ETag"]).code == 304


@pytest.mark.parametrize(
    ("left", "asked_at"),
    [
        ({"number": 2}, NOON),
        ({"history": "of another database"}, NOON),
        ({}, NOON + 12 * 3600),  # midnight
        ({}, NOON - 1),  # the clock was set back
        ({"code": "another version", "number": 2}, NOON),
        ({"code": "another version", "history": "of another database"}, NOON),
    ],
)
def test_page_of_other_data_or_another_day_is_made_anew(left, asked_at):
    leave(**left)
    cache, site = cached(now=lambda: asked_at)
    assert "X-Served-Stale" not in Answer(cache).headers
    assert site.asked.total() == 1


def test_revision_tells_databases_apart():
    """Numbers of a database that nobody has looked at yet are not mistaken for those of the page."""
    leave(history="")
    cache, site = cached()
    Answer(cache)
    assert site.asked.total() == 1


def test_page_of_another_version_serves_for_a_minute_and_no_cache_on_the_way_keeps_it():
    former = leave(code="another version")
    clock = [NOON]
    cache, site = cached(Site(b"<p>Bonsoir</p>" * 100), now=lambda: clock[0])
    for seconds in (0, 59):
        clock[0] = NOON + seconds
        answer = Answer(cache)
        assert (answer.body, answer.headers["X-Served-Stale"]) == (former.body, "version")
        assert "s-maxage" not in answer.headers["Cache-Control"]
    assert not site.asked
    clock[0] = NOON + 60
    for _ in range(2):
        answer = Answer(cache)
        assert answer.body == site.body
        assert "X-Served-Stale" not in answer.headers
    assert site.asked.total() == 1


def test_page_of_another_version_without_its_styles_serves_nobody(settings):
    leave(code="another version", site=Site(b'<link href="/static/site.1.css">' * 20))
    cache, site = cached()
    Answer(cache)
    assert site.asked.total() == 1
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / "site.1.css").touch()
    leave(code="another version", site=Site(b'<link href="/static/site.1.css">' * 20))
    cache, site = cached()
    Answer(cache)
    assert not site.asked


def test_search_is_never_left():
    cache, _site = cached()
    Answer(cache, query="q=x")
    Answer(cache, "/regions/nulle-part/")  # which nobody said to be canonical
    assert not list(cache.shelf.folder.iterdir())


def test_canonical_page_that_a_reader_asked_for_after_a_change_is_left_for_the_others():
    leave()
    cache, site = cached(number=2)
    Answer(cache)
    assert site.asked.total() == 1
    other, idle = cached(number=2)
    Answer(other)
    assert not idle.asked


def test_process_that_starts_without_database_has_what_others_left():
    cache, site = cached()
    made = Answer(cache, accept_encoding="br")
    leave(site=site)
    cache, other = cached(number=None)
    cache.watch.history = ""  # no look has found any
    stale = Answer(cache, accept_encoding="br")
    assert (stale.status, stale.body, stale.headers["ETag"]) == (made.status, made.body, made.headers["ETag"])
    assert stale.headers["X-Served-Stale"] == "database"
    cache.watch.number, cache.watch.history = 1, Known.history
    assert "X-Served-Stale" not in Answer(cache).headers
    assert not other.asked
    cache.watch.number = 2
    Answer(cache)
    assert other.asked.total() == 1


# What is on the disk


HEAD = {"status": "200 OK", "headers": [], "tag": "x", "since": 0, "until": 4e9, "revision": 1, "packed": False}
OURS = HEAD | {"code": version.fingerprint(), "history": Known.history, "sum": hashlib.sha256(b"cut").hexdigest()}


@pytest.mark.parametrize(
    "left",
    [
        b"",
        b"{}",
        b"not json\n",
        json.dumps(HEAD).encode() + b"\ncut",  # by a version that said less
        json.dumps(OURS).encode() + b"\ncu",
        json.dumps(OURS).encode()[:-9],
        json.dumps(OURS).encode() + b"\n\0\0\0",
    ],
)
def test_broken_leftovers_are_no_page(folder, left):
    folder.mkdir(mode=0o700)
    cache, site = cached(number=None)
    cache.shelf.path(PAGE).write_bytes(left)
    assert Answer(cache, accept_encoding="gzip").body == site.body
    assert site.environs[0][AWAY] is True


def test_folder_that_others_may_write_to_is_not_trusted(folder, caplog):
    leave()
    folder.chmod(0o777)
    cache, site = cached()
    Answer(cache)
    assert site.asked.total() == 1
    leave(number=2)
    assert "others may write" in caplog.text


def test_disk_that_fills_up_keeps_the_page_before_and_no_half_of_the_next(folder, monkeypatch, caplog):
    site = leave()
    write = Path.write_bytes

    def fail(path: Path, data: bytes) -> int:
        write(path, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    leave(number=2)
    leave(number=3)
    assert len(list(folder.iterdir())) == 1
    assert "No space left" in caplog.text
    cache, _site = cached(number=None)
    assert Answer(cache).body == site.body


def test_what_nobody_makes_any_more_is_cleared_away(folder):
    leave()
    old, draft, fresh = folder / "0", folder / "0.killed", folder / "1.at-work"
    for path in (old, draft, fresh):
        path.touch()
    for path in (old, draft):
        os.utime(path, (time.time() - 8 * 86400,) * 2)
    cached()[0].shelf.clear_away()
    assert set(folder.iterdir()) == {fresh, cached()[0].shelf.path(PAGE)}


def test_readers_never_see_half_of_what_several_write():
    sites = [Site(str(number).encode() * (200_000 + number)) for number in range(3)]
    leave(site=sites[0])
    done = threading.Event()
    writers = []
    for site in sites:
        cache, _site = cached(site)
        page = cache.make(PAGE, 1)

        def write(cache=cache, page=page) -> None:
            while not done.is_set():
                cache.shelf.put(page, Known.history)

        writers.append(threading.Thread(target=write))
    for writer in writers:
        writer.start()
    try:
        for _ in range(200):
            cache, other = cached()
            assert Answer(cache).body in [site.body for site in sites]
            assert not other.asked
    finally:
        done.set()
        for writer in writers:
            writer.join()


# Who makes them


HOLD = """
import django
django.setup()
from pathlib import Path
import sys
from pimms_directory.serving.shelf import Shelf

with Shelf(Path(sys.argv[1]), 0).turn() as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def warm(settings, monkeypatch):
    monkeypatch.setattr(warming, "REST", 0)
    settings.PAGE_CACHE_WARM = 6

    def process(number: int = 1, code: str = "this version") -> tuple[PageCache, Site]:
        cache, site = cached(number=number)
        cache.warmed = [("http", HOST)]
        cache.shelf.code = code
        return cache, site

    return process


@pytest.mark.django_db
def test_one_process_makes_pages_in_advance_and_the_others_take_them_over(warm, folder):
    command = [sys.executable, "-c", HOLD, str(folder)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "pimms_directory.settings"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes) as other:  # type: ignore[call-overload]
        assert other.stdout.readline() == "True\n"
        waiting, idle = warm()
        assert not waiting.warmer.warm(1)
        assert not idle.asked
        other.send_signal(signal.SIGKILL)
    first, site = warm()
    assert first.warmer.warm(1)
    assert site.asked.total() == 6
    assert waiting.warmer.warm(1)
    assert len(waiting.pages) == 6
    assert not idle.asked


@pytest.mark.django_db
def test_page_that_a_reader_asked_for_first_is_left_too(warm):
    cache, site = warm()
    Answer(cache)
    cache.warmer.warm(1)
    assert site.asked.total() == 6
    assert cache.shelf.holds(PAGE)
    assert PAGE in cache.canonical


@pytest.mark.django_db
def test_pages_of_another_version_are_replaced(warm):
    warm(code="the version before")[0].warmer.warm(1)
    cache, site = warm()
    assert Answer(cache).headers["X-Served-Stale"] == "version"
    assert cache.warmer.warm(1)
    assert site.asked.total() == 6
    assert "X-Served-Stale" not in Answer(cache).headers


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a-file", "a-name-that-no-disk-takes" * 20])
def test_without_a_folder_each_process_makes_its_own(warm, settings, tmp_path, name):
    (tmp_path / "a-file").touch()
    settings.PAGE_CACHE_DIR = tmp_path / name
    for _ in range(2):
        cache, site = warm()
        assert Answer(cache).code == 200
        assert cache.warmer.warm(1)
        assert site.asked.total() == len(cache.pages) == 6


# What tells versions and databases apart


def test_fingerprint_is_the_same_in_each_process_and_another_one_for_other_code_or_settings(
    settings, monkeypatch, tmp_path
):
    def found() -> str:
        version.fingerprint.cache_clear()
        return version.fingerprint()

    code = "import django; django.setup();from pimms_directory.base.version import fingerprint; print(fingerprint())"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "pimms_directory.settings"}
    prints = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment | {"PYTHONHASHSEED": seed, "SITE_CONTACT": contact},
            capture_output=True,
            check=True,
        ).stdout
        for seed, contact in (("1", ""), ("2", ""), ("2", "contact@annuaire.example"))
    }
    assert len(prints) == 2
    try:
        before = found()
        settings.SITE = settings.SITE | {"publisher": "Une autre"}
        other_settings = found()
        settings.STATIC_ROOT.mkdir()
        (settings.STATIC_ROOT / "staticfiles.json").write_text("{}")
        other_styles = found()
        (tmp_path / "page.html").write_text("<p>")
        monkeypatch.setattr(version, "sources", lambda: iter([tmp_path / "page.html"]))
        settings.BASE_DIR = tmp_path
        code = found()
        (tmp_path / "page.html").write_text("<b>")
        assert len({before, other_settings, other_styles, code, found()}) == 5
    finally:
        version.fingerprint.cache_clear()


def test_fingerprint_is_of_all_that_pages_are_made_with():
    names = {str(path.relative_to(ROOT)) for path in version.sources()}
    assert {
        "templates/base.html",
        "sites/urls.py",
        "pimms_directory/serving/page_cache.py",
        "requirements.txt",
    } <= names
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.django_db
def test_history_is_of_the_database_and_not_of_what_it_holds():
    before = revision.history(connection)
    RegionFactory()
    assert revision.history(connection) == before != ""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET applied = '2020-01-01 00:00:00+00' WHERE id = 1")
    assert revision.history(connection) != before
