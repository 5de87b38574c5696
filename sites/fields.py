"""Text columns that compare byte by byte on every database.

PostgreSQL's usual collations ignore hyphens and spaces when sorting and cannot use an index for
``LIKE 'prefix%'``; SQLite compares bytes. With the "C" collation both give the same order.
"""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class _Bytewise:
    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        parameters = super().db_parameters(connection)  # type: ignore[misc]
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class BytewiseSlugField(_Bytewise, models.SlugField):
    """A slug that sorts the same on SQLite and PostgreSQL."""


class BytewiseTextField(_Bytewise, models.TextField):
    """Folded text that sorts and searches the same on SQLite and PostgreSQL."""
