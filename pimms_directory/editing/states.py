"""The state of a record as plain values, so that two of them can be signed, kept, compared in words that staff read.

A state holds, by the name of a field, its value as JSON has it (a date as ISO text, another record as its key), and,
by the name of a part, the rows of that part: what belongs to a record and is edited on its page, such as its hours.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import reversion
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from reversion.models import Version

from pimms_directory.base.templatetags.french import french_date

NOTHING = "—"
State = dict[str, Any]
NameOf = Callable[[type[models.Model], Any], str]
Field = Any  # models.Field: its attributes are not known to django-stubs as this module uses them


@dataclass(frozen=True)
class Part:
    name: str  # of the relation, which is also the prefix of its forms
    model: type[models.Model]
    parent: str  # the field that leads back
    fields: tuple[Field, ...]
    lasting: bool  # rows are added, never taken away, when an earlier state returns

    def rows(self, record: models.Model) -> models.QuerySet[Any]:
        return self.model._base_manager.filter(**{self.parent: record})

    def cells(self, row: Any) -> list[Any]:
        return [plain(getattr(row, each.attname)) for each in self.fields]


@dataclass(frozen=True)
class Tracked:
    """What of a model has a history."""

    fields: dict[str, Field]
    parts: dict[str, Part] = field(default_factory=dict)

    def label(self, name: str) -> str:
        if name in self.parts:
            return str(self.parts[name].model._meta.verbose_name_plural)
        return str(self.fields[name].verbose_name)


TRACKED: dict[type[models.Model], Tracked] = {}
PARENTS: dict[type[models.Model], str] = {}


def track(
    model: type[models.Model],
    parts: Iterable[str] = (),
    also: Iterable[str] = (),
    lasting: Iterable[str] = (),
    parent: Iterable[str] = (),
) -> None:
    """Gives a model a history of its editable fields and of those in ``also``, with the rows of its ``parts``.

    A revision that has a record has its parts, and one that has a row has the record that it belongs to.
    """
    fields = {each.name: each for each in editable(model)}
    fields |= {name: model._meta.get_field(name) for name in also}
    tracked = TRACKED[model] = Tracked(fields)
    reversion.register(model, fields=[model._meta.pk.name, *fields], follow=(*parts, *parent))
    for name in parts:
        relation: Any = model._meta.get_field(name)
        row, leads_back = relation.related_model, relation.field.name
        columns = tuple(each for each in editable(row) if each.name != leads_back)
        tracked.parts[name] = Part(name, row, leads_back, columns, name in lasting)
        PARENTS[row] = leads_back
        track(row, parent=(leads_back,))


def editable(model: type[models.Model]) -> list[Field]:
    columns = [each for each in model._meta.concrete_fields if each.editable and not each.primary_key]
    return [*columns, *model._meta.local_many_to_many]


def root_of(record: models.Model) -> models.Model:
    """The record on whose page this one is edited: a site for one of its hours, otherwise itself."""
    parent = PARENTS.get(type(record))
    return getattr(record, parent) if parent else record


def plain(value: Any) -> Any:
    """As JSON has it. A tuple is the row of a part."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, list | models.QuerySet):
        return sorted(plain(getattr(each, "pk", each)) for each in value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def state_of(record: models.Model) -> State:
    """As the database has it, for a record that was just read. A query for each part."""
    tracked = TRACKED[type(record)]
    state: State = {}
    for name, each in tracked.fields.items():
        state[name] = plain(getattr(record, name).all() if each.many_to_many else getattr(record, each.attname))
    for part in tracked.parts.values():
        state[part.name] = sorted(map(part.cells, part.rows(record)), key=str)
    return state


def state_at(version: Any) -> State:
    """The state of a record in one of its versions. What it had no field for yet is as for a new record."""
    model: Any = version._model
    tracked, kept = TRACKED[model], {**new_values(version._model), **version.field_dict}
    state: State = {name: plain(kept.get(each.attname)) for name, each in tracked.fields.items()}
    for part in tracked.parts.values():
        state[part.name] = sorted(map(part.cells, rows_at(version, part)), key=str)
    return state


def new_values(model: type[models.Model]) -> State:
    return {each.attname: each.get_default() for each in model._meta.concrete_fields}


def rows_at(version: Any, part: Part) -> Iterator[Any]:
    for each in version.revision.version_set.all():
        if each._model is part.model and str(each.field_dict[f"{part.parent}_id"]) == version.object_id:
            yield part.model(**each.field_dict)


def sealed(state: State) -> str:
    """Signed, to travel in a form."""
    return signing.dumps(state, salt="editing.state", compress=True)


def unsealed(token: str) -> State:
    """A token that is not ours gives an empty state, from which every record differs."""
    try:
        return signing.loads(token, salt="editing.state")
    except signing.BadSignature:
        return {}


@dataclass(frozen=True)
class Difference:
    name: str
    label: str
    before: list[str]  # one text; of a part, the rows that the other state lacks
    after: list[str]


def name_of(model: type[models.Model], key: Any) -> str:
    """What another record is called. Raises ValueError for what is no key."""
    if record := model._base_manager.filter(pk=key).first():
        return str(record)
    deletions = LogEntry.objects.filter(action_flag=DELETION, content_type=ContentType.objects.get_for_model(model))
    last = Version.objects.get_for_object_reference(model, key).order_by("pk").last() if model in TRACKED else None
    last = last or deletions.filter(object_id=key).first()
    name = last.object_repr if last else _("n° %(key)s") % {"key": key}
    return _("%(name)s (supprimé depuis)") % {"name": name}


def differences(
    model: type[models.Model],
    before: State,
    after: State,
    names: NameOf | None = None,
    only: Iterable[str] | None = None,
) -> list[Difference]:
    """What changed between two states, in the order of the model's fields, then its parts."""
    tracked, names = TRACKED[model], names or cache(name_of)
    found = []
    for name in [*tracked.fields, *tracked.parts] if only is None else only:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if part := tracked.parts.get(name):
            texts = rows_only_in(part, old, new), rows_only_in(part, new, old)
        else:
            each = tracked.fields[name]
            texts = [text(each, old, names)], [text(each, new, names)]
        found.append(Difference(name, capfirst(tracked.label(name)), *texts))
    return found


def rows_only_in(part: Part, these: list[Any] | None, others: list[Any] | None) -> list[str]:
    if isinstance(these, str):  # typed, and no rows
        return [these]
    return [row_text(part, row) for row in these or [] if row not in (others or [])] or [NOTHING]


def row_text(part: Part, row: list[Any]) -> str:
    """``lundi · 09:00 · 12:30``"""
    texts = (text(each, value, name_of) for each, value in zip(part.fields, row, strict=False))
    return " · ".join(each for each in texts if each != NOTHING)


def text(each: Field, value: Any, names: NameOf) -> str:
    """A plain value as the admin would write it; what was typed and is no value of the field, as it was typed."""
    try:
        return written(each, value, names)
    except (ValueError, ValidationError):
        return str(value)


def written(each: Field, value: Any, names: NameOf) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, list):
        return ", ".join(names(each.related_model, key) for key in value)
    if each.is_relation:
        return names(each.related_model, value)
    if each.choices:
        return str(dict(each.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(each, models.TimeField):
        return value[:5]
    if isinstance(each, models.DateField):
        return french_date(each.to_python(value))
    return str(value)
