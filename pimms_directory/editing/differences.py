"""Two states of a record, compared in words that staff read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pimms_directory.editing.states import TRACKED, Field, Part, State

NOTHING = "—"


@dataclass(frozen=True)
class Difference:
    name: str
    label: str
    before: list[str]  # one text; of a part, the rows that the other state lacks
    after: list[str]


class Names:
    """What other records are called: each is asked for once."""

    def __init__(self) -> None:
        self.known: dict[tuple[type[models.Model], Any], str] = {}

    def of(self, model: type[models.Model], key: Any) -> str:
        if (model, key) not in self.known:
            record = model._base_manager.filter(pk=key).first()
            self.known[model, key] = str(record) if record else _("n° %(key)s, supprimé depuis") % {"key": key}
        return self.known[model, key]


def differences(
    model: type[models.Model],
    before: State,
    after: State,
    names: Names | None = None,
    only: Iterable[str] | None = None,
) -> list[Difference]:
    """What changed between two states, in the order of the model's fields, then its parts."""
    tracked, names = TRACKED[model], names or Names()
    wanted = [*tracked.fields, *tracked.parts] if only is None else list(only)
    found = []
    for name in wanted:
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
    return [row_text(part, row) for row in these or [] if row not in (others or [])] or [NOTHING]


def row_text(part: Part, row: list[Any]) -> str:
    """``lundi · 09:00 · 12:30``"""
    texts = (text(each, value, Names()) for each, value in zip(part.fields, row, strict=False))
    return " · ".join(each for each in texts if each != NOTHING)


def text(each: Field, value: Any, names: Names) -> str:
    """A plain value as the admin would write it."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, list):
        return ", ".join(names.of(each.related_model, key) for key in value)
    if each.is_relation:
        return names.of(each.related_model, value)
    if each.choices:
        return str(dict(each.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(each, models.TimeField):
        return value[:5]
    if isinstance(each, models.DateField):
        return formats.date_format(each.to_python(value), "j F Y")
    return str(value)
