"""Tables of records out to CSV and Excel, and back in: what a file would change is known before it does.

A record is found by its natural key, others are referred to by theirs: files outlive a database. What is not in the
file stays; publication goes out and never comes in, new records begin as drafts; derived columns follow by the signals
of each app. An import is one transaction and one revision.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets
from import_export.results import RowResult

from pimms_directory.base.uploads import LARGEST_BYTES, BrokenFile, check_size, workbook_rows
from pimms_directory.editing import history
from pimms_directory.editing.publication import Publication, Publishable
from pimms_directory.editing.states import root_of

MOST_ROWS = 5_000
# A spreadsheet computes a cell that begins so. An apostrophe in front makes it text; a number is left alone.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?\Z")
YES, NO = frozenset(("1", "oui", "true", "vrai", "x")), frozenset(("", "0", "non", "false", "faux"))


# Values


class ValueWidget(widgets.Widget):
    """A column of a model as text and back, read by the rules of the model alone."""

    def __init__(self, column: Any) -> None:
        super().__init__()
        self.column = column

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = value if isinstance(value, str) else as_text(value)
        if isinstance(self.column, models.BooleanField):
            if text.lower() not in YES | NO:
                raise ValueError(_("« %(value)s » n’est ni oui ni non.") % {"value": text[:60]})
            return text.lower() in YES
        if text == "":
            return None if self.column.null else self.column.to_python("") if self.is_text else None
        if isinstance(self.column, models.FloatField):
            text = text.replace(",", ".")
        try:
            return self.column.to_python(text)
        except ValidationError as error:
            sentence = _("« %(value)s » : %(reason)s")
            raise ValueError(sentence % {"value": text[:60], "reason": " ".join(error.messages)}) from error

    @property
    def is_text(self) -> bool:
        return isinstance(self.column, models.CharField | models.TextField)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return as_text(value)


class KeyWidget(widgets.Widget):
    """Another record by its natural key."""

    def __init__(self, model: Any) -> None:
        widgets.Widget.__init__(self)  # that of several, below, would want more
        self.model = model
        self.known: dict[str, Any] = {}

    def find(self, key: str) -> Any:
        if key not in self.known:
            try:
                self.known[key] = self.model._default_manager.get_by_natural_key(key)
            except self.model.DoesNotExist:
                text = _("« %(key)s » ne désigne aucun enregistrement de « %(model)s ».")
                names = {"key": key[:60], "model": self.model._meta.verbose_name_plural}
                raise ValueError(text % names) from None
        return self.known[key]

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = as_text(value)
        return self.find(text) if text else None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return key_text(value) if value else ""


class KeysWidget(KeyWidget, widgets.ManyToManyWidget):
    """Several others, with a space between; the library asks for the class of its own."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return [self.find(key) for key in as_text(value).split()]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return " ".join(sorted(key_text(each) for each in value.all())) if value else ""


def key_text(record: Any) -> str:
    return " ".join(str(part) for part in record.natural_key())


def as_text(value: Any) -> str:
    """As a file has it: ISO dates, points in numbers, 1 and 0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value)) if value else "0"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


# Resources


class TableResource(resources.ModelResource):
    """Rows are compared as text, before and after, also for what other tables hold."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.before: dict[str, str] = {}
        self.lines: dict[tuple[str, ...], int] = {}

    def texts(self, instance: Any) -> dict[str, str]:
        return {each.column_name: each.export(instance) for each in self.get_import_fields()}

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self.lines = {}

    def before_import_row(self, row: Any, row_number: int = 0, **kwargs: Any) -> None:
        names = self.get_import_id_fields()
        key = tuple(as_text(row.get(name)) for name in names)
        if key in self.lines:
            text = _("même clé que la ligne %(line)d : %(key)s.")
            raise ValidationError(text % {"line": self.lines[key] + 1, "key": " ".join(key)})
        self.lines[key] = row_number

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        self.before = {} if new else self.texts(instance)
        if new and isinstance(instance, Publishable):
            instance.publication = Publication.DRAFT

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        with transaction.atomic():  # what the database refuses leaves the other rows alone
            super().save_instance(instance, is_create, row, **kwargs)

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        if row_result.import_type in (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE):
            after = self.texts(row_result.instance)
            labels = {each.column_name: column_label(self._meta.model, each.attribute) for each in self.fields.values()}
            row_result.changes = [
                (labels[name], self.before.get(name, ""), text)
                for name, text in after.items()
                if self.before.get(name, "") != text
            ]


def column_label(model: Any, name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)


def key_columns(model: Any) -> tuple[Any, ...]:
    """The columns that a natural key is made of: a unique one, or those that are unique together."""
    own = [each.name for each in model._meta.concrete_fields if each.unique and not each.primary_key]
    if own:
        return (own[0],)
    return next(tuple(each.fields) for each in model._meta.constraints if isinstance(each, models.UniqueConstraint))


def resource_for(model: Any) -> TableResource:
    columns = [each for each in model._meta.concrete_fields if each.editable and not each.primary_key]
    found: dict[str, Any] = {}
    for each in (*columns, *model._meta.local_many_to_many):
        many = bool(each.many_to_many)
        reference = KeysWidget if many else KeyWidget
        widget = reference(each.related_model) if each.is_relation else ValueWidget(each)
        found[each.name] = fields.Field(attribute=each.name, column_name=each.name, widget=widget)
    if issubclass(model, Publishable):
        found["publication"] = fields.Field(attribute="publication", column_name="publication", readonly=True)
    options = {
        "model": model,
        "fields": tuple(found),
        "import_id_fields": key_columns(model),
        "clean_model_instances": True,
        "skip_unchanged": True,
        "report_skipped": True,
        "skip_html_diff": True,
        "store_instance": True,
        "use_transactions": True,
    }
    Meta = type("Meta", (), options)
    kind_of_resource: Any = type(f"{model.__name__}Table", (TableResource,), {**found, "Meta": Meta})
    return kind_of_resource()


def rows_for(model: Any) -> models.QuerySet[Any]:
    """All records with what their row refers to, in the order of their key."""
    names = [each.name for each in model._meta.concrete_fields if each.is_relation and each.editable]
    related = [each.name for each in model._meta.local_many_to_many]
    return model._default_manager.select_related(*names).prefetch_related(*related).order_by(*key_columns(model))


# Files


def defused(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text


def restored(text: str) -> str:
    """What ``defused`` was given."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def export(model: Any, kind: str) -> bytes:
    """``kind``: csv or xlsx."""
    dataset = resource_for(model).export(rows_for(model))
    rows = [dataset.headers, *([defused(as_text(cell)) for cell in row] for row in dataset)]
    return as_workbook(rows) if kind == "xlsx" else as_csv(rows).encode("utf-8-sig")


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def as_workbook(rows: Iterable[Iterable[str]]) -> bytes:
    """Every cell is text: codes keep their leading zeros."""
    import xlsxwriter  # 2 MB, for workbooks alone

    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = workbook.add_worksheet()
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            sheet.write_string(number, column, text)
    workbook.close()
    return stream.getvalue()


def read(data: bytes) -> Any:
    """The table of a CSV or Excel file. Raises ``BrokenFile``."""
    if not data.strip():
        raise BrokenFile(_("Ce fichier est vide."))
    check_size(len(data))
    if (b"\0" in data[:4000] and not data.startswith(b"PK")) or data.startswith((b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise BrokenFile(_("Ce fichier n’est ni un CSV ni un classeur Excel (.xlsx)."))
    if data.startswith(b"PK"):
        return table([[as_text(cell) for cell in row] for row in workbook_rows(data, MOST_ROWS + 2)])
    return table(text_rows(data))


def text_rows(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BrokenFile(_("Ligne %(line)d : l’encodage n’est pas UTF-8.") % {"line": line}) from None
    titles = text.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=titles.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error:
            raise BrokenFile(
                _("Ligne %(line)d : la ligne est coupée, ou un guillemet n’y est pas refermé.") % {"line": line}
            ) from None
        if row is None:
            return rows
        rows.append(row)


def table(rows: list[list[str]]) -> Any:
    headers = [name.strip() for name in rows[0]] if rows else []
    dataset = tablib.Dataset(headers=headers)
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if len(row) != len(headers):
            text = _("Ligne %(line)d : %(found)d colonnes au lieu de %(expected)d.")
            raise BrokenFile(text % {"line": number, "found": len(row), "expected": len(headers)})
        if any("\0" in cell for cell in row):
            raise BrokenFile(_("Ligne %(line)d : un octet nul s’y cache.") % {"line": number})
        dataset.append([restored(cell.strip()) for cell in row], tags=[str(number)])
    if not len(dataset):
        raise BrokenFile(_("Ce fichier n’a aucune ligne sous ses titres."))
    if len(dataset) > MOST_ROWS:
        raise BrokenFile(_("Ce fichier a plus de %(most)d lignes : coupez-le.") % {"most": MOST_ROWS})
    return dataset


def carried(dataset: Any) -> str:
    """A table as the form that confirms its preview carries it. Raises ``BrokenFile``."""
    text = as_csv([dataset.headers, *([defused(cell) for cell in row] for row in dataset)])
    if len(text.encode()) > LARGEST_BYTES:
        most = LARGEST_BYTES // 1_000_000
        raise BrokenFile(_("Ce tableau pèse plus de %(most)d Mo une fois écrit en CSV : coupez-le.") % {"most": most})
    return text


def check_columns(dataset: Any, resource: TableResource) -> None:
    known = {each.column_name for each in resource.fields.values()}
    if doubled := [name for name in dataset.headers if dataset.headers.count(name) > 1]:
        raise BrokenFile(_("Deux colonnes s’appellent « %(name)s ».") % {"name": doubled[0]})
    if unknown := [name for name in dataset.headers if name not in known]:
        values = {"name": unknown[0][:60], "known": ", ".join(sorted(known))}
        raise BrokenFile(_("Colonne inconnue : « %(name)s ». Connues : %(known)s.") % values)
    if missing := [name for name in resource.get_import_id_fields() if name not in dataset.headers]:
        text = _("Il manque la colonne « %(name)s », par quoi on reconnaît les fiches.")
        raise BrokenFile(text % {"name": missing[0]})


# Importing


@dataclass(frozen=True)
class Change:
    line: int
    record: str
    is_new: bool
    changes: list[tuple[str, str, str]]


@dataclass
class Preview:
    changes: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unchanged: int = 0
    records: list[models.Model] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """What was looked at is what is imported."""
        return hashlib.sha256(repr(self.changes).encode()).hexdigest()


def preview(model: Any, dataset: Any) -> Preview:
    """What importing would do; leaves nothing behind, nor in a transaction that goes on. Raises ``BrokenFile``."""
    with transaction.atomic():
        found = run(model, dataset)
        transaction.set_rollback(True)
    return found


def apply(model: Any, dataset: Any, seen: str, by: Any, name: str) -> Preview | None:
    """Imports what a preview with the digest ``seen`` showed; None if that would be something else by now."""
    with transaction.atomic():
        planned = preview(model, dataset)
        if planned.problems or planned.digest != seen:
            return None
        history.keep_baseline(*roots(planned.records))
        with history.revision(by, _("Import de tableau : %(name)s") % {"name": name}):
            done = run(model, dataset)
            history.keep(*roots(done.records))
        if done.problems or done.digest != seen:  # somebody saved a record between the two
            transaction.set_rollback(True)
            return None
    return done


def roots(records: Iterable[models.Model]) -> list[models.Model]:
    return list(dict.fromkeys(root_of(record) for record in records))


def run(model: Any, dataset: Any) -> Preview:
    resource = resource_for(model)
    check_columns(dataset, resource)
    try:
        result = resource.import_data(dataset, dry_run=False, raise_errors=False, use_transactions=True)
    except DatabaseError as error:
        return Preview(problems=[_("La base de données refuse ce fichier : %(reason)s") % {"reason": str(error)[:200]}])
    found = Preview()
    lines = [int(tags[0]) for tags in (row.tags for row in dataset._data)]
    found.problems = [str(error.error) for error in result.base_errors]
    for line, row in zip(lines, result.rows, strict=False):
        if row.errors or row.validation_error:
            found.problems.extend(sentences(model, line, row))
        elif getattr(row, "changes", None):
            found.changes.append(Change(line, row.object_repr or "", row.is_new(), row.changes))
            found.records.append(row.instance)
        else:
            found.unchanged += 1
    return found


def sentences(model: Any, line: int, row: Any) -> Iterator[str]:
    for error in row.errors:
        yield _("Ligne %(line)d : %(reason)s") % {"line": line, "reason": str(error.error)[:300]}
    if row.validation_error is None:
        return
    error = row.validation_error
    by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    columns = {each.name for each in model._meta.get_fields()}
    for name, messages in by_field.items():
        known = name in columns
        for message in messages:
            if known:
                values = {"line": line, "column": f"{name} ({column_label(model, name)})", "reason": message}
                yield _("Ligne %(line)d, colonne %(column)s : %(reason)s") % values
            else:
                yield _("Ligne %(line)d : %(reason)s") % {"line": line, "reason": message}
