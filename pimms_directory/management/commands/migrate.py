from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    """Waits for a table at most ``MIGRATION_LOCK_SECONDS``.

    A statement that waits for a table makes every reader behind it wait, too. Better that it fails, undone as a whole,
    and is started again: the site goes on answering meanwhile.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = %s", [f"{settings.MIGRATION_LOCK_SECONDS}s"])
        super().handle(*args, **options)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
