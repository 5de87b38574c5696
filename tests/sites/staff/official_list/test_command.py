"""``manage.py import_official_list``: a dry run unless told, in French."""

import time
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sites.models import OfficialList, Site
from tests.sites.staff.official_list.files import EXTRACT, edited, full_size

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def run(*arguments, **options) -> str:
    output = StringIO()
    call_command("import_official_list", *map(str, arguments), stdout=output, **options)
    return output.getvalue()


def test_a_dry_run_lists_the_differences_and_writes_nothing(listed, tmp_path):
    path = tmp_path / "liste-fs-20240801.csv"
    path.write_bytes(full_size())
    started = time.monotonic()
    output = run(path)
    assert time.monotonic() - started < 5
    assert "lignes 2845, dont suivies 91" in output
    assert "Sites nouveaux (38)" in output
    assert "PIMMS Isère – Vizille (n° 2748, ligne " in output
    assert "[x] téléphone : – → 04 76 78 86 42" in output
    assert "[ ] code postal : 11100 → 11000 (Ce n’est pas un code postal" not in output, "a known difference"
    assert "ajoutez --apply" in output
    assert Site.objects.count() == 53
    assert not OfficialList.objects.exists()


def test_a_device_without_end_is_refused_like_a_file_that_is_too_large(listed):
    with pytest.raises(CommandError, match="zero : Ce fichier pèse"):
        run("/dev/zero", apply=True)


def test_apply_takes_over_once(listed):
    assert "Sites créés : 38 ; modifiés : 0" in run(EXTRACT, apply=True)
    assert Site.objects.count() == 91
    again = run(EXTRACT, apply=True)
    assert "Rien à reprendre." in again
    assert "Sites créés : 0 ; modifiés : 0" in again


def test_the_day_comes_from_the_name_or_from_an_option(directory, tmp_path):
    path = tmp_path / "liste.csv"
    path.write_bytes(EXTRACT.read_bytes())
    with pytest.raises(CommandError, match="Le nom du fichier ne dit pas la date"):
        run(path)
    assert "4 novembre 2024" in run(path, date=date(2024, 11, 4)).replace("\u00a0", " ")
    with pytest.raises(CommandError, match="qui est à venir"):
        run(path, date=date(2999, 1, 1))


def test_what_is_gone_is_named(listed, tmp_path):
    path = tmp_path / "liste-fs-20241104.csv"
    path.write_bytes(edited(without=("62",)))
    output = run(path)
    assert "Absents de la liste (1)\n  PIMMS du Narbonnais – Narbonne (n° 62)" in output


def test_a_broken_file_is_an_error_with_its_name(directory, tmp_path):
    path = tmp_path / "liste-fs-20240801.csv"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(CommandError, match=r"liste-fs-20240801.csv : Ce fichier n’est pas un CSV"):
        run(path)
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "absent-20240801.csv")


def test_a_file_too_large_is_refused_before_it_is_read(directory, tmp_path, monkeypatch):
    path = tmp_path / "liste-fs-20240801.csv"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)  # sparse: takes no room
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: pytest.fail("it was read"))
    with pytest.raises(CommandError, match="Ce fichier pèse 100 Mo"):
        run(path)
