"""The state of a record as plain values, so that two of them can be compared, signed, kept.

A state holds, by the name of a field, its value as JSON has it (a date as ISO text, another record as its key), and,
by the name of a part, the rows of that part: what belongs to a record and is edited on its page, such as its hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import reversion
from django.core import signing
from django.db import models

State = dict[str, Any]
Field = Any  # models.Field: its attributes are not known to django-stubs as this module uses them


@dataclass(frozen=True)
class Part:
    name: str  # of the relation, which is also the prefix of its forms
    model: type[models.Model]
    parent: str  # the field that leads back
    fields: tuple[Field, ...]
    lasting: bool  # rows are added, never taken away, when an earlier state returns

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name_plural)


@dataclass(frozen=True)
class Tracked:
    """What of a model has a history."""

    model: type[models.Model]
    fields: dict[str, Field]
    parts: dict[str, Part] = field(default_factory=dict)

    def label(self, name: str) -> str:
        return self.parts[name].label if name in self.parts else str(self.fields[name].verbose_name)


TRACKED: dict[type[models.Model], Tracked] = {}
PARENTS: dict[type[models.Model], str] = {}


def track(
    model: type[models.Model], parts: Iterable[str] = (), also: Iterable[str] = (), lasting: Iterable[str] = ()
) -> None:
    """Gives a model a history of its editable fields and of those in ``also``, with the rows of its ``parts``."""
    fields = {each.name: each for each in _editable(model)}
    fields |= {name: model._meta.get_field(name) for name in also}
    found = {name: _part(model, name, lasting=name in lasting) for name in parts}
    TRACKED[model] = Tracked(model, fields, found)
    reversion.register(model, fields=[model._meta.pk.name, *fields], follow=tuple(found))
    for part in found.values():
        PARENTS[part.model] = part.parent
        track(part.model)


def _editable(model: type[models.Model]) -> list[Field]:
    columns = [each for each in model._meta.concrete_fields if each.editable and not each.primary_key]
    return [*columns, *model._meta.local_many_to_many]


def _part(model: type[models.Model], name: str, *, lasting: bool) -> Part:
    relation: Any = model._meta.get_field(name)
    parent = relation.field.name
    fields = tuple(each for each in _editable(relation.related_model) if each.name != parent)
    return Part(name, relation.related_model, parent, fields, lasting)


def root_of(record: models.Model) -> models.Model:
    """The record on whose page this one is edited: a site for one of its hours, otherwise itself."""
    parent = PARENTS.get(type(record))
    return getattr(record, parent) if parent else record


def plain(value: Any) -> Any:
    """As JSON has it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | models.QuerySet):
        return sorted(getattr(each, "pk", each) for each in value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def state_of(record: models.Model) -> State:
    """As the database has it, for a record that was just read. A query for each part."""
    tracked = TRACKED[type(record)]
    state: State = {}
    for name, each in tracked.fields.items():
        value = getattr(record, name).values_list("pk", flat=True) if each.many_to_many else None
        state[name] = plain(value if each.many_to_many else getattr(record, each.attname))
    for part in tracked.parts.values():
        rows = part.model._base_manager.filter(**{part.parent: record})
        state[part.name] = in_order(row_of(part, row) for row in rows)
    return state


def row_of(part: Part, record: Any) -> list[Any]:
    return [plain(getattr(record, each.attname)) for each in part.fields]


def in_order(rows: Iterable[list[Any]]) -> list[list[Any]]:
    return sorted(rows, key=str)


def sealed(state: State) -> str:
    """Signed, to travel in a form."""
    return signing.dumps(state, salt="editing.state", compress=True)


def unsealed(token: str) -> State:
    """A token that is not ours gives an empty state, from which every record differs."""
    try:
        return signing.loads(token, salt="editing.state")
    except signing.BadSignature:
        return {}
