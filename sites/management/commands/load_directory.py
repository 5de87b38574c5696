from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.base import DeserializationError
from django.db import transaction

from sites.loading import gazetteer
from sites.loading.fixtures import FILES, GAZETTEER, RELEASES, load
from sites.models import Site

LISTED = 50  # differences that an error names: there may be as many as there are communes


class Command(BaseCommand):
    help = "Loads the fixtures: all or nothing, never twice, never over an edit unless --overwrite is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--overwrite", action="store_true", help="replace edited records by the fixtures")
        parser.add_argument("--if-empty", action="store_true", help="leave alone what is there already")
        parser.add_argument("--releases-only", action="store_true", help="only the sites that the releases name")
        parser.add_argument("--fixtures", type=Path, default=settings.FIXTURE_DIRS[0], help="another folder")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["fixtures"]
        with transaction.atomic():
            try:
                files: Sequence[str] = RELEASES if options["releases_only"] else FILES
                if options["if_empty"]:
                    files = absent_files(folder, files)
                report = load(folder, files)
            except (DeserializationError, OSError) as error:
                raise CommandError(f"The fixtures cannot be read: {error}") from error
            if report.failed or (report.conflicts and not options["overwrite"]):
                lines = "\n".join(f"  {line}" for line in report.conflicts[:LISTED])
                if more := len(report.conflicts[LISTED:]):
                    lines += f"\n  … and {more} more"
                advice = (
                    "Mend the records named above first."
                    if report.failed
                    else "Run again with --overwrite to replace them by the fixtures."
                )
                raise CommandError(f"The database differs from the fixtures; nothing changed.\n{lines}\n{advice}")
        if not files:
            self.stdout.write("The directory is loaded already; nothing changed.")
            return
        self.stdout.write(
            f"{report.added} records added, {len(report.changed)} differences overwritten, "
            f"{report.unchanged} records unchanged."
        )


def absent_files(folder: Path, files: Sequence[str]) -> Sequence[str]:
    """All of the files for an empty database; for one from before the gazetteer, those of the gazetteer alone."""
    if not Site.objects.exists():
        return files
    return () if gazetteer.is_loaded(gazetteer.read_rows(folder / gazetteer.FILE_NAME)) else GAZETTEER
