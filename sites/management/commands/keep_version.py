from typing import Any

from django.core.management.base import BaseCommand

from sites.versions.keeping import keep_version


class Command(BaseCommand):
    help = "Keeps what the directory says now as the version of today: for the days on which a label begins by itself."

    def handle(self, *args: Any, **options: Any) -> None:
        keep_version()
