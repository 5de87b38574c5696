"""A thousand notices begin and end under a moving clock: each page says so to the second, the kept ones too."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

import pytest
from django.utils import timezone

from sites.hours.today import OVERSEAS_ZONES, zone_of
from sites.models import Notice
from tests.factories import DepartmentFactory, NoticeFactory, OpeningPeriodFactory, SiteFactory
from tests.serving.test_page_cache import MEGABYTE, Answer, Known, before_django, connection_stays_open

__all__ = ["connection_stays_open"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database, pytest.mark.slow]

NOTICES, SITES = 1_000, 20
FIRST_DAY = date(2026, 3, 20)  # the clocks change on the 29th
# How often each is asked: a page takes twenty times as long as a record.
PAGES = {"/pimms/{}/": 1, "/pimms.csv": 1, "/integrer/pimms/{}/": 1, "/pimms/{}.json": 10, "/pimms/{}.vcf": 10}


def notices(random: Random) -> list[Notice]:
    codes = [*OVERSEAS_ZONES, *("38", "75", "2A")]
    departments = [DepartmentFactory(code=code) for code in codes]
    sites = [SiteFactory(commune__department=departments[number % len(codes)]) for number in range(SITES)]
    for site in sites:
        OpeningPeriodFactory.create_batch(2, site=site)
    found: dict[tuple, Notice] = {}
    numbers = count()
    while len(found) < NOTICES:
        site, kind = random.choice(sites), random.choice(Notice.Kind.values)
        begins = FIRST_DAY + timedelta(days=random.randrange(60))
        values = {"begins_at": minute(random), "ends_at": minute(random)} if kind != "hours" else {"hours": "9h-12h"}
        found[site, kind, begins] = NoticeFactory.build(
            site=site,
            kind=kind,
            begins_on=begins,
            ends_on=begins + timedelta(days=random.randint(1, 3)),
            shown_from=begins,  # not before its minute
            text=f"Annonce n° {next(numbers)}.",
            **values,
        )
    return Notice.objects.bulk_create(found.values())


def minute(random: Random) -> time:
    return time(random.randrange(24), random.randrange(60))


def test_a_thousand_notices_come_and_go_within_a_second_of_their_minute(monkeypatch):
    random, clock = Random(1000), [datetime(2026, 3, 1, tzinfo=UTC).timestamp()]
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromtimestamp(clock[0], UTC))
    cache = before_django(64 * MEGABYTE, Known())
    cache.now = lambda: clock[0]
    changes = []
    for notice in notices(random):
        zone = zone_of(notice.site.department.code)
        moments = (at.replace(tzinfo=zone).timestamp() for at in (notice.begins, notice.ends))
        changes += [(at, notice, begins) for at, begins in zip(moments, (True, False), strict=True)]
    asked: Counter[str] = Counter()
    for at, notice, begins in sorted(changes, key=lambda change: change[0]):
        (page,) = random.choices(list(PAGES), PAGES.values())
        address = page.format(notice.site.slug)
        for clock[0], has_changed in ((at - 2, False), (at - 0.001, False), (at, True), (at + 0.999, True)):
            answer = Answer(cache, address)
            asked[answer.result] += 1
            body = answer.body.decode().replace("\r\n ", "")  # a line of a visiting card is folded so
            assert (notice.text in body) == (begins == has_changed), (address, notice, notice.site.department.code)
            if not has_changed:  # nginx may answer in our place until then
                assert int(answer.headers["X-Accel-Expires"].removeprefix("@")) < at
    assert len(changes) == 2 * NOTICES
    assert asked["hit"] > asked["made"] > NOTICES
