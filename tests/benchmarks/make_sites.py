"""Fills an empty database with sites to measure: ``python -m tests.benchmarks.make_sites 100000``.

The 53 sites that the releases name come first, then invented ones all over France, or with ``--official-list`` the rows
of the State's list. Set ``DATABASE_URL`` to a scratch database: production and any database that has sites are refused.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import django


def make_sites(count: int | None = None, official_list: Path | None = None, *, fixtures: Path, seed: int = 1) -> str:
    """Makes ``count`` sites in all, or those of a list; returns a sentence. Raises ``SystemExit`` where it refuses."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction

    from sites.models import Site
    from tests.benchmarks import synthetic

    if settings.PRODUCTION:
        sys.exit("These sites do not exist: set PIMMS_MODE=local, with DATABASE_URL for a scratch database.")
    with transaction.atomic():
        if Site.objects.exists():
            sys.exit(
                "This database has sites already, which must not be mixed with invented ones: nothing changed. "
                "Set DATABASE_URL to an empty database."
            )
        call_command("load_directory", "--releases-only", fixtures=fixtures, verbosity=0)
        present = Site.objects.count()
        if official_list:
            made = synthetic.save(synthetic.rows_of_list(official_list))
        else:
            made = synthetic.save(synthetic.invented(max(0, (count or 0) - present), seed))
    synthetic.refresh_statistics()
    return f"{present + made} sites: {present} of the directory, {made} for measuring."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("count", type=int, nargs="?", help="how many sites in all, those of the directory included")
    how.add_argument("--official-list", type=Path, help="a CSV file of the official list: its rows instead")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same sites")
    parser.add_argument("--fixtures", type=Path, help="instead of the directory's own")
    parser.add_argument("--addresses", type=Path, help="a file for what a benchmark asks for, as JSON")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pimms_directory.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    fixtures = given.fixtures or settings.FIXTURE_DIRS[0]
    print(make_sites(given.count, given.official_list, fixtures=fixtures, seed=given.seed))
    if given.addresses:
        from tests.benchmarks.addresses import addresses

        given.addresses.write_text(json.dumps(addresses()))


if __name__ == "__main__":
    main()
