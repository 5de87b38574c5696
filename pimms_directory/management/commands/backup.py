from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pimms_directory import backups


class Command(BaseCommand):
    help = "Writes a backup of the whole database, also while the site serves, and reads it back."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, help=f"default: a file named by date in {settings.BACKUP_DIR}"
        )
        parser.add_argument(
            "--keep", type=int, metavar="NUMBER", help="of the backups in the default folder, keep the newest only"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError("--keep is a number of backups, at least 1.")
        try:
            path, manifest = backups.backup(options["file"] and options["file"].absolute())
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        removed = backups.prune(settings.BACKUP_DIR, options["keep"]) if options["keep"] else []
        self.stdout.write(
            f"{path}: {sum(manifest.tables.values())} rows of {len(manifest.tables)} tables, "
            f"{path.stat().st_size} bytes, read back and complete."
            + (f" {len(removed)} older backups removed." if removed else "")
        )
