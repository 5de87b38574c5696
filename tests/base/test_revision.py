"""The number of the data's revision rises with every change of what pages show, whatever way it takes."""

import re
import threading
import time

import pytest
from django.conf import settings
from django.core import serializers
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from pimms_directory.base import revision
from sites.models import Department, OpeningPeriod, Region, Site
from tests.factories import DepartmentFactory, RegionFactory, SiteFactory


def number() -> int:
    return revision.read(connection)


def triggers() -> set[str]:
    """Names of those that raise the number."""
    names = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return {name for (name,) in cursor.fetchall() if name.startswith(revision.PREFIX)}


@pytest.mark.django_db
def test_every_table_that_pages_show_is_watched():
    tables = revision.published_tables()
    assert {model._meta.db_table for model in (Site, OpeningPeriod, Department.neighbours.through)} <= tables
    installed = triggers()
    for table in tables:
        assert any(name.startswith(revision.PREFIX + table) for name in installed), table


@pytest.mark.django_db
def test_migrate_puts_back_a_lost_trigger_and_raises_the_number():
    before, installed = number(), triggers()
    name = next(name for name in sorted(installed) if re.fullmatch(r".*_directory_site(_insert)?", name))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + (" ON directory_site" if connection.vendor == "postgresql" else ""))
    assert name not in triggers()
    revision.install()
    assert triggers() == installed
    assert number() > before


def raw_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def load_fixture(region: Region) -> None:
    for record in serializers.deserialize("json", serializers.serialize("json", [region])):
        record.save()


@pytest.mark.django_db(transaction=True)
def test_number_rises_whatever_way_a_change_takes():
    region, site = RegionFactory(), SiteFactory()
    others = DepartmentFactory.create_batch(2)
    ways = {
        "save": region.save,
        "update": lambda: Region.objects.update(name="Bretagne"),
        "bulk_update": lambda: Site.objects.bulk_update([site], ["phone"]),
        "bulk_create": lambda: Region.objects.bulk_create([Region(code="99", name="Autre", slug="autre")]),
        "many to many": lambda: others[0].neighbours.add(others[1]),
        "a fixture": lambda: load_fixture(region),
        "SQL": lambda: raw_sql("UPDATE directory_region SET name = 'Armorique'"),
        "delete": Region.objects.filter(code="99").delete,
        "delete all, as raw as can be": lambda: raw_sql("DELETE FROM directory_openingperiod"),
    }
    OpeningPeriod.objects.create(site=site, weekday=1, opens="09:00", closes="12:00")
    for way, change in ways.items():
        before = number()
        change()
        assert number() > before, way


@pytest.mark.django_db(transaction=True)
def test_number_is_part_of_the_transaction():
    region = RegionFactory()
    before = number()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        region.save()
        assert number() > before
        raise ZeroDivisionError
    assert number() == before


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_queue_up_and_the_later_one_has_the_higher_number():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    first, second = RegionFactory.create_batch(2)
    before, seen = number(), []

    def write() -> None:
        second.save()
        seen.append(number())
        connection.close()

    other = threading.Thread(target=write)
    with transaction.atomic():
        first.save()
        other.start()
        time.sleep(0.2)
        assert not seen  # it waits for our number
        second.refresh_from_db()
        second.save()  # the other one holds no lock yet that we could be waiting for
    other.join()
    assert seen == [before + 3]  # one for each statement


@pytest.mark.django_db
def test_rows_are_locked_behind_the_number():
    """Whoever held a row and then waited for the number would wait in a circle, with an import that has the number."""
    SiteFactory()
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        assert len(revision.locked(Site.objects.all())) == 1
    locks = [query["sql"].split(" FROM ")[1].split()[0] for query in captured if "FOR UPDATE" in query["sql"]]
    assert locks == (["data_revision", '"directory_site"'] if connection.vendor == "postgresql" else [])


@pytest.mark.one_database
def test_no_row_is_locked_in_another_way():
    found = [
        str(path.relative_to(settings.BASE_DIR))
        for folder in ("pimms_directory", "sites", "labels")
        for path in (settings.BASE_DIR / folder).rglob("*.py")
        if "select_for_update" in path.read_text(encoding="utf-8")
    ]
    assert found == ["pimms_directory/base/revision.py"]
