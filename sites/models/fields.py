"""What several models share: natural keys, text columns that compare byte by byte on every database, points, and
the constraint on overlaps that Django does not have on both databases.

PostgreSQL's usual collations ignore hyphens and spaces when sorting and cannot use an index for
``LIKE 'prefix%'``; SQLite compares bytes. With the "C" collation both give the same order.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.ddl_references import Statement, Table
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.plain_text import PlainText

M = TypeVar("M", bound="Keyed")


class KeyedQuerySet(models.QuerySet[M]):
    def get_by_natural_key(self, *values: Any) -> M:
        return self.get(**dict(zip(self.model.NATURAL_KEY, values, strict=True)))


class Keyed(PlainText):
    """Has a natural key, by which fixtures and histories name it: ``NATURAL_KEY = ("release__slug", "row")``."""

    NATURAL_KEY: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def natural_key(self) -> tuple[Any, ...]:
        return tuple(reduce(getattr, path.split("__"), self) for path in self.NATURAL_KEY)


def point_is_whole(name: str) -> models.CheckConstraint:
    """Latitude and longitude both absent, or both there and within WGS 84: NULL alone would pass a range check."""
    both = models.Q(
        latitude__isnull=False,
        longitude__isnull=False,
        latitude__range=(-90, 90),
        longitude__range=(-180, 180),
    )
    return models.CheckConstraint(
        name=name,
        condition=models.Q(latitude=None, longitude=None) | both,
        violation_error_message=_("Latitude et longitude vont ensemble, en degrés WGS 84."),
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


class NoOverlap(models.BaseConstraint):
    """Rows of one group (``partition`` columns) never share a moment between ``start`` and ``end``.

    Both bounds are time columns, the end excluded. PostgreSQL gets an exclusion constraint, checked at the end of the
    transaction; SQLite has none, so it gets two triggers, checked row by row.
    """

    def __init__(self, *, name: str, partition: tuple[str, str], start: str, end: str, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.partition = partition
        self.start = start
        self.end = end

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"partition": self.partition, "start": self.start, "end": self.end}
        return path, args, kwargs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoOverlap) and self.deconstruct() == other.deconstruct()

    __hash__ = None  # type: ignore[assignment]

    def _columns(self, model: Any, schema_editor: Any) -> tuple[list[str], str, str]:
        def column(name: str) -> str:
            return schema_editor.quote_name(model._meta.get_field(name).column)

        return [column(name) for name in self.partition], column(self.start), column(self.end)

    def _statements(self, model: Any, schema_editor: Any) -> list[Statement]:
        table = Table(model._meta.db_table, schema_editor.quote_name)
        partition, start, end = self._columns(model, schema_editor)
        name = schema_editor.quote_name(self.name)
        if schema_editor.connection.vendor == "postgresql":
            # Group and minute in one integer range: a plain GiST index, no extension to install.
            # The first partition column is a key, the second a small number below 8.
            group = f"({partition[0]}::bigint * 8 + {partition[1]}) * 86400"
            return [
                Statement(
                    f"ALTER TABLE %(table)s ADD CONSTRAINT {name} EXCLUDE USING gist (int8range("
                    f"{group} + extract(epoch FROM {start})::bigint, "
                    f"{group} + extract(epoch FROM {end})::bigint) WITH &&) DEFERRABLE INITIALLY DEFERRED",
                    table=table,
                )
            ]
        same_group = " AND ".join(f"other.{column} = NEW.{column}" for column in partition)
        overlap = f"other.{start} < NEW.{end} AND NEW.{start} < other.{end}"
        another = f"SELECT 1 FROM %(table)s other WHERE {same_group} AND other.id <> coalesce(NEW.id, -1)"  # noqa: S608
        return [
            Statement(
                f"CREATE TRIGGER {schema_editor.quote_name(f'{self.name}_{event}')} "
                f"BEFORE {event.upper()} ON %(table)s WHEN EXISTS ({another} AND {overlap}) "
                f"BEGIN SELECT RAISE(ABORT, '{self.name}'); END",
                table=table,
            )
            for event in ("insert", "update")
        ]

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Nothing inside CREATE TABLE; also called when SQLite makes a table anew, whose triggers would be lost."""
        schema_editor.deferred_sql.extend(self._statements(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        for statement in self._statements(model, schema_editor):
            schema_editor.execute(statement, params=None)

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(schema_editor._delete_check_sql(model, self.name), params=None)
        else:
            for event in ("insert", "update"):
                schema_editor.execute(f"DROP TRIGGER {schema_editor.quote_name(f'{self.name}_{event}')}")

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        if exclude and {*self.partition, self.start, self.end} & set(exclude):
            return
        start, end = getattr(instance, self.start), getattr(instance, self.end)
        group = {
            model._meta.get_field(name).attname: getattr(instance, model._meta.get_field(name).attname)
            for name in self.partition
        }
        if None in (start, end, *group.values()):
            return
        others = model._default_manager.using(using).filter(
            **group, **{f"{self.start}__lt": end, f"{self.end}__gt": start}
        )
        if others.exclude(pk=instance.pk).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    default_violation_error_message = _("Cette période chevauche une autre période du même jour.")
