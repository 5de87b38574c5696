"""What several models share: text columns that compare byte by byte on every database, and points.

PostgreSQL's usual collations ignore hyphens and spaces when sorting and cannot use an index for
``LIKE 'prefix%'``; SQLite compares bytes. With the "C" collation both give the same order.
"""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import StartsWith
from django.db.models.sql.compiler import SQLCompiler


def whole_point() -> models.Q:
    """Latitude and longitude both absent, or both there and within WGS 84: NULL alone would pass a range check."""
    return models.Q(latitude=None, longitude=None) | models.Q(
        latitude__isnull=False,
        longitude__isnull=False,
        latitude__range=(-90, 90),
        longitude__range=(-180, 180),
    )


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


@BytewiseSlugField.register_lookup
@BytewiseTextField.register_lookup
class BytewiseStartsWith(StartsWith):
    """SQLite's LIKE does not tell cases apart, and so cannot use the index: there, it is a range."""

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        if not self.rhs_is_direct_value():
            return self.as_sql(compiler, connection)
        text, params = self.process_lhs(compiler, connection)
        return f"({text} >= %s AND {text} < %s)", [*params, self.rhs, *params, f"{self.rhs}\U0010ffff"]
