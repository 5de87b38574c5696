from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pimms_directory import backups


class Command(BaseCommand):
    help = "Restores a backup into an empty database; into any with --replace, which backs that one up first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help=f"back up the database to {settings.BACKUP_DIR}, then replace it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest, former = backups.restore(options["file"].absolute(), replace=options["replace"])
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        if former:
            self.stdout.write(f"The database as it was is in {former}")
        self.stdout.write(
            f"Restored as of {manifest.made_at}: {sum(manifest.tables.values())} rows of {len(manifest.tables)} tables."
        )
        if manifest.migrations:
            self.stdout.write("If the backup was made by an older version, run migrate now.")
