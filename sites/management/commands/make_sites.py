from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from sites import synthetic
from sites.models import Site


class Command(BaseCommand):
    help = (
        "For measuring: loads the directory into an empty database and adds invented sites, all over France, until "
        "there are COUNT. Never in production mode, never into a database that has sites."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", type=int, nargs="?", help="how many sites in all, those of the directory included")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same sites")
        parser.add_argument("--official-list", type=Path, help="a CSV file of the official list: its rows instead")
        parser.add_argument("--fixtures", type=Path, default=settings.FIXTURE_DIRS[0], help="another folder")

    def handle(self, *args: Any, count: int | None, official_list: Path | None, **options: Any) -> None:
        if (count is None) == (official_list is None):
            raise CommandError("Give either the number of sites or --official-list.")
        if settings.PRODUCTION:
            raise CommandError(
                "These sites do not exist: set PIMMS_MODE=local, with DATABASE_URL for a scratch database."
            )
        with transaction.atomic():
            if Site.objects.exists():
                raise CommandError(
                    "This database has sites already, which must not be mixed with invented ones: nothing changed. "
                    "Set DATABASE_URL to an empty database that you have migrated."
                )
            call_command("load_directory", fixtures=options["fixtures"], verbosity=0, stdout=self.stdout)
            present = Site.objects.count()
            if official_list:
                made = synthetic.save(synthetic.listed(official_list))
            else:
                made = synthetic.save(synthetic.invented(max(0, (count or 0) - present), options["seed"]))
        synthetic.refresh_statistics()
        self.stdout.write(f"{present + made} sites: {present} of the directory, {made} for measuring.")
