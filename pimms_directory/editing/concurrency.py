"""Two editors of one record: the second to save sees what the first changed, and chooses.

A form carries the state of its record when it was opened, signed. If the record has another state when the form comes
back, nothing is saved: a page shows each field that changed meanwhile, as found and as typed, and carries all that was
typed. The answer is the same form with one choice for each of these fields, checked in the same way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.text import capfirst

from pimms_directory.editing.differences import NOTHING, Names, row_text, text
from pimms_directory.editing.states import TRACKED, Part, State, plain, row_of, state_of

OPENED, SEEN, CHOICE = "_opened", "_seen", "_choice_"
MINE, THEIRS = "mine", "theirs"
SALT = "editing.opened"


def sealed(state: State) -> str:
    return signing.dumps(state, salt=SALT, compress=True)


def opened_state(token: str) -> State:
    """An unreadable token gives an empty state: everything then counts as changed."""
    try:
        return signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return {}


def digest(state: State) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Conflict:
    """A field, or the rows of a part, that somebody changed while it was open here."""

    name: str
    label: str
    before: list[str]
    theirs: list[str]
    mine: list[str]
    chosen: str  # theirs where nothing was typed here, nothing where both changed it

    @property
    def parameter(self) -> str:
        return f"{CHOICE}{self.name}"


class Edit:
    """What was typed into the forms of a record, beside its state when they were opened and now."""

    def __init__(self, record: models.Model, data: QueryDict, form: Any, formsets: Iterable[Any]) -> None:
        self.record = record
        self.data = data
        self.form = form
        self.formsets = {formset.prefix: formset for formset in formsets}
        self.tracked = TRACKED[type(record)]
        self.now = state_of(record)
        self.opened = opened_state(str(data[OPENED])) if OPENED in data else self.now

    @property
    def names(self) -> list[str]:
        """The fields and parts that stand on the form."""
        parts = [name for name in self.tracked.parts if name in self.formsets]
        return [name for name in self.tracked.fields if name in self.form.fields] + parts

    def conflicts(self) -> list[Conflict]:
        """What changed meanwhile to something else than what was typed, and is not chosen yet."""
        changed = [name for name in self.names if self.opened.get(name) != self.now[name]]
        open_ = [name for name in changed if not self._agrees(name) and not self._is_chosen(name)]
        # One open question shows them all: a choice made for an older state would be blind.
        return [self._conflict(name) for name in changed if not self._agrees(name)] if open_ else []

    def _is_chosen(self, name: str) -> bool:
        seen = self.data.get(SEEN) == digest(self.now)
        return seen and self.data.get(f"{CHOICE}{name}") in (MINE, THEIRS)

    def _agrees(self, name: str) -> bool:
        return self._typed(name) == self.now[name]

    def _typed(self, name: str) -> Any:
        """The plain value that was typed; text that is not valid stays as it is."""
        if part := self.tracked.parts.get(name):
            return sorted(self._typed_rows(part), key=lambda row: [str(value) for value in row])
        each = self.tracked.fields[name]
        bound = self.form[name]
        try:
            value = bound.field.clean(bound.data)
        except ValidationError:
            return bound.data
        if each.many_to_many:
            return plain(value)
        if each.is_relation:
            return value.pk if value else None
        return plain(each.to_python(value))

    def _typed_rows(self, part: Part) -> list[list[Any]]:
        rows = []
        for number in self._row_numbers(part):
            cells = []
            for each in part.fields:
                raw = self.data.get(f"{part.name}-{number}-{each.name}", "")
                try:
                    cells.append(plain(each.to_python(raw)))
                except ValidationError:
                    cells.append(raw)
            rows.append(cells)
        return rows

    def _row_numbers(self, part: Part) -> list[int]:
        """The rows that were typed and not ticked for deletion."""
        total = self.data.get(f"{part.name}-TOTAL_FORMS", "0")
        numbers = range(min(int(total), 1000) if total.isdigit() else 0)
        return [number for number in numbers if self._is_row(part, number)]

    def _is_row(self, part: Part, number: int) -> bool:
        prefix = f"{part.name}-{number}-"
        if self.data.get(f"{prefix}DELETE"):
            return False
        # A new row may come with one of its choices made; that alone is nothing typed.
        typed = [each.name for each in part.fields if not each.choices]
        return bool(self.data.get(f"{prefix}id")) or any(self.data.get(f"{prefix}{name}") for name in typed)

    def _conflict(self, name: str) -> Conflict:
        names = Names()
        before, now, typed = self.opened.get(name), self.now[name], self._typed(name)
        part = self.tracked.parts.get(name)
        common = [row for row in now if row in (before or []) and row in typed] if part else []

        def texts(value: Any) -> list[str]:
            if part:  # the rows that nobody touched say nothing
                return [row_text(part, row) for row in value or [] if row not in common] or [NOTHING]
            return [text_of_typed(self.tracked.fields[name], value, names)]

        return Conflict(
            name=name,
            label=capfirst(self.tracked.label(name)),
            before=texts(before),
            theirs=texts(now),
            mine=texts(typed),
            chosen=self.data.get(f"{CHOICE}{name}", THEIRS if typed == before else ""),
        )

    # The answer

    def resolved(self) -> QueryDict:
        """What was typed, with what was chosen of the others' in its place; the rows fit those there are now."""
        data = self.data.copy()
        for name in self.names:
            theirs = data.pop(f"{CHOICE}{name}", [""])[-1] == THEIRS
            if part := self.tracked.parts.get(name):
                self._fit_rows(data, part, theirs=theirs or self._agrees(name))
            elif theirs:
                self._put(data, name)
        if OPENED in data:
            data[OPENED] = sealed(self.now)
        return data

    def _put(self, data: QueryDict, name: str) -> None:
        """The value that the record has, as the browser would send it."""
        prefixed = self.form.add_prefix(name)
        value = self.form[name].field.prepare_value(self.form.initial.get(name))
        widget = self.form.fields[name].widget
        data.pop(prefixed, None)
        if isinstance(value, list | tuple):
            data.setlist(prefixed, [str(getattr(each, "pk", each)) for each in value])
        elif value is True:
            data[prefixed] = "on"
        elif value not in (None, False):
            data[prefixed] = str(widget.format_value(value) or "") if not hasattr(widget, "choices") else str(value)

    def _fit_rows(self, data: QueryDict, part: Part, *, theirs: bool) -> None:
        if self.opened.get(part.name) == self.now[part.name]:
            return
        stored = {str(row.pk): row for row in part.model._base_manager.filter(**{part.parent: self.record})}
        mine, fresh = ({}, []) if theirs else self._matched_rows(part, stored)
        for key in [key for key in data if key.startswith(f"{part.name}-") and key.split("-")[1].isdigit()]:
            del data[key]
        for number, (key, row) in enumerate(stored.items()):
            prefix = f"{part.name}-{number}-"
            data[f"{prefix}id"] = key
            data[f"{prefix}{part.parent}"] = str(self.record.pk)
            values: Mapping[str, Any] = mine.get(key) or {
                each.name: plain(getattr(row, each.attname)) for each in part.fields
            }
            for name, value in values.items():
                data[f"{prefix}{name}"] = "" if value is None else str(value)
            if not theirs and key not in mine:
                data[f"{prefix}DELETE"] = "on"
        for number, values in enumerate(fresh, start=len(stored)):
            data[f"{part.name}-{number}-{part.parent}"] = str(self.record.pk)
            for name, value in values.items():
                data[f"{part.name}-{number}-{name}"] = value
        data[f"{part.name}-INITIAL_FORMS"] = str(len(stored))
        data[f"{part.name}-TOTAL_FORMS"] = str(len(stored) + len(fresh))

    def _matched_rows(
        self, part: Part, stored: Mapping[str, Any]
    ) -> tuple[dict[str, dict[str, str]], list[dict[str, str]]]:
        """The typed rows by the key of the stored row that each takes the place of, and those that are new.

        Its own row, or else one that says the same, or else any that is left: no rule against doubles is broken
        on the way.
        """
        typed = [
            (
                self.data.get(f"{part.name}-{number}-id", ""),
                {each.name: self.data.get(f"{part.name}-{number}-{each.name}", "") for each in part.fields},
                cells,
            )
            for number, cells in zip(self._row_numbers(part), self._typed_rows(part), strict=True)
        ]
        mine = {key: values for key, values, _cells in typed if key in stored}
        left = [(values, cells) for key, values, cells in typed if key not in stored]
        fresh = []
        for values, cells in left:
            free = [key for key in stored if key not in mine]
            same = [key for key in free if row_of(part, stored[key]) == cells]
            if same or free:
                mine[(same or free)[0]] = values
            else:
                fresh.append(values)
        return mine, fresh


def text_of_typed(each: Any, value: Any, names: Names) -> str:
    """Also what is no valid value, as it was typed."""
    try:
        return text(each, value, names)
    except (ValidationError, ValueError, TypeError):
        return str(value)
