"""Two editors of one record: the second to save sees what the first changed, in the form that keeps what was typed.

A form carries the state that its record had when it was opened, signed. Where the record has another state by the time
the form comes back, nothing is saved. The form is drawn anew, of the record as it is now, with what was typed in it;
above it stands what the other editor changed. Saving once more, with the newer state in sight, keeps what the form
shows. A button beside each difference puts the other's value into the form instead, without saving.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.forms import BoundField, ModelChoiceField, ModelMultipleChoiceField
from django.http import QueryDict
from django.utils.translation import gettext as _

from pimms_directory.editing.states import TRACKED, Difference, Part, State, differences, name_of, plain

# Of the form: the state when it was opened, the newer one that its editor has seen, and the names whose other value
# the editor asks for.
OPENED, SEEN, TAKE = "_opened", "_seen", "_take"


@dataclass(frozen=True)
class Conflict:
    """A field, or the rows of a part, that somebody else changed while it was open here."""

    difference: Difference
    is_taken: bool  # the form shows the other's value, not the one that was typed


@dataclass(frozen=True)
class TypedRow:
    key: str  # of the stored row that it is about; empty for a new one
    cells: list[Any]  # as in a state
    data: dict[str, Any]  # as typed, by the name of the field
    is_removed: bool


class TypedForms:
    """What was typed into the forms of a record, beside its state when they were opened and its state now."""

    def __init__(
        self, record: models.Model, form: Any, formsets: Iterable[Any], opened: State, now: State, wanted: list[str]
    ) -> None:
        """``wanted`` are the names whose other value the editor asks for."""
        tracked = TRACKED[type(record)]
        self.form, self.parts, self.opened, self.now = form, tracked.parts, opened, now
        self.rows = {
            each.prefix: rows_of(self.parts[each.prefix], each) for each in formsets if each.prefix in self.parts
        }
        # A part may be one field of the form, such as a week.
        names = [name for name in (*tracked.fields, *tracked.parts) if name in form.fields]
        typed: State = {name: plain_value(form[name]) for name in names}
        for name, rows in self.rows.items():
            typed[name] = sorted((row.cells for row in rows if not row.is_removed), key=str)
        self.state = typed
        self.conflicts = []
        for found in differences(type(record), opened, now, only=typed):
            mine, theirs = typed[found.name], now[found.name]
            if mine != theirs or found.name in self.rows:  # equal rows may still be other rows
                is_taken = found.name in wanted or mine in (theirs, opened.get(found.name))
                self.conflicts.append(Conflict(found, is_taken))

    def put_into(self, form: Any, formsets: Iterable[Any]) -> None:
        """Fills forms of the record as it is now, before they are shown."""
        taken = {each.difference.name for each in self.conflicts if each.is_taken}
        form.initial.update({name: self.form[name].data for name in self.form.fields if name not in taken})
        for formset in formsets:
            if formset.prefix in self.rows and formset.prefix not in taken:
                put_rows(self.parts[formset.prefix], formset, self.rows[formset.prefix])


def plain_value(bound: BoundField) -> Any:
    """What was typed, as a state has it; what is not valid stays as it is."""
    try:
        value = bound.field.clean(bound.data)
    except ValidationError:
        return bound.data
    return plain(getattr(value, "pk", value))


def rows_of(part: Part, formset: Any) -> list[TypedRow]:
    return [
        TypedRow(
            key=str(form[part.model._meta.pk.name].data or ""),
            cells=[plain_value(form[each.name]) for each in part.fields],
            data={each.name: form[each.name].data for each in part.fields},
            is_removed=bool(form["DELETE"].data) if "DELETE" in form.fields else False,
        )
        for form in formset.forms
        if form.has_changed() or form[part.model._meta.pk.name].data
    ]


def put_rows(part: Part, formset: Any, rows: Iterable[TypedRow]) -> None:
    """Each typed row in the place of the stored row that it is about, or of one that says the same; others are new.

    A stored row that the typed ones lack is ticked to be removed: the rows of a part are kept or taken as a whole.
    """
    left = list(rows)
    for form in formset.initial_forms:
        cells = part.cells(form.instance)
        row = next((row for row in left if row.key == str(form.instance.pk)), None)
        row = row or next((row for row in left if row.cells == cells), None)
        if row:
            left.remove(row)
        form.initial.update({"DELETE": row.is_removed, **row.data} if row else {"DELETE": True})
    fresh = [row for row in left if not row.is_removed]
    while len(formset.extra_forms) < len(fresh):
        formset.extra += 1
        formset.forms.append(formset._construct_form(len(formset.forms)))
    for form, row in zip(formset.extra_forms, fresh, strict=False):
        form.initial.update(row.data)


def as_new(data: QueryDict) -> QueryDict:
    """What was sent of a record, as if it were about a new one, with rows that are all new."""
    copy = data.copy()
    for name in data:
        if name.endswith("-INITIAL_FORMS"):
            copy[name] = "0"
    return copy


def is_key(value: Any) -> bool:
    """Whether a record could have it, in any database."""
    return str(value).isdecimal() and len(str(value)) < 19


class ChoiceOfRecords(ModelMultipleChoiceField):
    """Asks no database for what none could hold."""

    def clean(self, value: Any) -> Any:
        for each in value or ():
            if not is_key(each):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": each})
        return super().clean(value)


class ChoiceOfRecord(ModelChoiceField):
    """Says what was chosen where somebody deleted it meanwhile."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except ValidationError:
            if not str(value).isdecimal():
                raise
            gone = _("Choisissez-en un autre : %(record)s.") % {"record": name_of(self.queryset.model, value)}  # type: ignore[union-attr]
            raise ValidationError(gone, code="invalid_choice") from None
