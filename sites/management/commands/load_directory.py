from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.base import DeserializationError
from django.db import transaction

from sites.loading import load
from sites.models import Site


class Command(BaseCommand):
    help = "Loads the fixtures: all or nothing, never twice, never over an edit unless --overwrite is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--overwrite", action="store_true", help="replace edited records by the fixtures")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are sites already")
        parser.add_argument("--fixtures", type=Path, default=settings.FIXTURE_DIRS[0], help="another folder")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and Site.objects.exists():
            self.stdout.write("The directory is loaded already; nothing changed.")
            return
        with transaction.atomic():
            try:
                report = load(options["fixtures"])
            except (DeserializationError, OSError) as error:
                raise CommandError(f"The fixtures cannot be read: {error}") from error
            if report.failed or (report.conflicts and not options["overwrite"]):
                lines = "\n".join(f"  {line}" for line in report.conflicts)
                advice = (
                    "Mend the records named above first."
                    if report.failed
                    else "Run again with --overwrite to replace them by the fixtures."
                )
                raise CommandError(f"The database differs from the fixtures; nothing changed.\n{lines}\n{advice}")
        self.stdout.write(
            f"{report.added} records added, {len(report.changed)} differences overwritten, "
            f"{report.unchanged} records unchanged."
        )
