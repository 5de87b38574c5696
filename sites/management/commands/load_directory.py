from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.base import DeserializationError
from django.db import transaction

from sites.loading import quotations
from sites.loading.fixtures import FILES, GAZETTEER, NETWORK, RELEASES, load
from sites.models import OtherDesk, OtherNames, Site

LISTED = 50  # differences that an error names: there may be as many as there are communes


class Command(BaseCommand):
    help = "Loads the fixtures: all or nothing, never twice, never over an edit unless --overwrite is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--overwrite", action="store_true", help="replace edited records by the fixtures")
        parser.add_argument("--if-empty", action="store_true", help="only add what the database never had")
        parser.add_argument("--releases-only", action="store_true", help="only the sites that the releases name")
        parser.add_argument("--fixtures", type=Path, default=settings.FIXTURE_DIRS[0], help="another folder")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["fixtures"]
        with transaction.atomic():
            try:
                files: Sequence[str] = RELEASES if options["releases_only"] else FILES
                if options["if_empty"]:
                    files = [name for name in files if name in never_loaded()]
                report = load(folder, files, keeps_edits=options["if_empty"])
            except (DeserializationError, OSError) as error:
                raise CommandError(f"The fixtures cannot be read: {error}") from error
            lines = listed(report.conflicts)
            if report.failed or (report.conflicts and not (report.keeps_edits or options["overwrite"])):
                advice = (
                    "Mend the records named above first."
                    if report.failed
                    else "Run again with --overwrite to replace them by the fixtures."
                )
                raise CommandError(f"The database differs from the fixtures; nothing changed.\n{lines}\n{advice}")
        if not files:
            self.stdout.write("The directory is loaded already; nothing changed.")
            return
        self.stdout.write(report.summary())
        if report.keeps_edits and report.conflicts:
            self.stdout.write(f"The database differs from the fixtures and stays as it is in:\n{lines}")


def never_loaded() -> Sequence[str]:
    """All files for an empty database; else the groups whose table that nobody edits is still empty, and the facts of
    releases where no figure is quoted either."""
    if not Site.objects.exists():
        return FILES
    facts = (quotations.FACTS,) if quotations.were_never_there() else ()
    names, desks = OtherNames.objects.exists(), OtherDesk.objects.exists()
    return (*(() if names else GAZETTEER), *facts, *(() if desks else NETWORK))


def listed(differences: Sequence[str]) -> str:
    lines = [f"  {line}" for line in differences[:LISTED]]
    if more := len(differences[LISTED:]):
        lines.append(f"  … and {more} more")
    return "\n".join(lines)
