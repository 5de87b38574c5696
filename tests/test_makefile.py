"""What make does to the things of who types it."""

import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.one_database, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def copy(tmp_path):
    """A working copy with a local database, and a .venv of an interpreter that is gone."""
    for name in ("Makefile", "tests/debian_packages.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to("/usr/bin/python2.9")
    (tmp_path / ".venv/runtime").touch()
    (tmp_path / "var").mkdir()
    (tmp_path / "var/db.sqlite3").write_text("records")
    return tmp_path


def make(folder: Path, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", *arguments, f"PYTHON={sys.executable}"]
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False, **options
    )


def test_clean_removes_no_database_where_nobody_can_be_asked(copy):
    done = make(copy, "clean", stdin=subprocess.DEVNULL)
    assert done.returncode and "it asks before it removes them" in done.stderr
    assert (copy / "var/db.sqlite3").read_text() == "records" and (copy / ".venv").exists()


@pytest.mark.parametrize(("answer", "stays"), [("no", True), ("", True), ("yes", False)])
def test_clean_asks_before_it_removes_the_database(copy, answer, stays):
    ours, its = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    make(copy, "clean", stdin=its)
    assert (copy / "var").exists() == stays


def test_clean_without_a_database_asks_nothing(copy):
    (copy / "var/db.sqlite3").unlink()
    assert make(copy, "clean", stdin=subprocess.DEVNULL).returncode == 0
    assert not (copy / "var").exists() and not (copy / ".venv").exists()


def test_an_environment_of_an_interpreter_that_is_gone_is_made_anew(copy):
    done = make(copy, ".venv/bin/python")
    assert "it is made anew." in done.stderr
    assert subprocess.run([copy / ".venv/bin/python", "-c", "import pip"], check=False).returncode == 0
    assert not (copy / ".venv/runtime").exists(), "packages are to be installed again"
    assert (copy / "var/db.sqlite3").exists()
    assert "anew" not in make(copy, ".venv/bin/python").stderr


def test_an_environment_that_was_left_half_made_is_made_anew(copy):
    make(copy, ".venv/bin/python")
    (record,) = (copy / ".venv/lib").glob("python3*/site-packages/pip-*/RECORD")
    record.unlink()
    assert "it is made anew." in make(copy, ".venv/bin/python").stderr
    assert subprocess.run([copy / ".venv/bin/python", "-m", "pip", "--version"], check=False).returncode == 0


@pytest.mark.parametrize("port", ["abc", "0", "65536", "80 81", "08000", ""])
def test_what_is_no_port_is_named(copy, port):
    done = make(copy, "run", f"PORT={port}")
    assert f"PORT is “{port}”: set it to a number from 1 to 65535." in done.stderr
    assert not (copy / ".env").exists()


def test_one_at_a_time_makes_the_environment(copy):
    with subprocess.Popen(["flock", "var/lock", "sleep", "2"], cwd=copy):
        time.sleep(0.3)
        began = time.monotonic()
        make(copy, ".venv/bin/python")
        assert time.monotonic() - began > 1.5
