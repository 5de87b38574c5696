"""Tables of records, out and back in: resources of django-import-export do the work.

A record is found by its natural key and refers to others by theirs. What an import would change is known before it
does. What is not in the table stays; publication goes out and never comes in, new records begin as drafts; computed
columns follow by the signals of each app. An import is one transaction and one revision.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from import_export import fields, resources

from pimms_directory.base.folding import fold
from pimms_directory.base.spreadsheets import BrokenFile, as_text
from pimms_directory.editing import history
from pimms_directory.editing.publishing.publication import Publication, Publishable
from pimms_directory.editing.tables.widgets import KeysWidget, KeyWidget, ValueWidget


class TableResource(resources.ModelResource):
    """Rows are compared as text, before and after, also for what other tables hold."""

    help_text = _l(
        "Une ligne modifie la fiche qui a cette clé, ou en ajoute une. Rien n’est supprimé ; une colonne absente n’est "
        "pas touchée ; la publication ne s’importe pas."
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.before: dict[str, str] = {}
        self.lines: dict[tuple[str, ...], int] = {}

    def get_queryset(self) -> models.QuerySet[Any]:
        """All records with what their row refers to, in the order of their key."""
        model: Any = self._meta.model
        names = [each.name for each in model._meta.concrete_fields if each.is_relation and each.editable]
        related = [each.name for each in model._meta.local_many_to_many]
        found = model._default_manager.select_related(*names).prefetch_related(*related)
        return found.order_by(*self.get_import_id_fields())

    def label(self, name: str) -> str:
        """Of a column, as the admin calls it."""
        return capfirst(str(self._meta.model._meta.get_field(name).verbose_name))

    def technical_names(self, headings: list[str]) -> list[str]:
        """Of columns, whichever way they are called; what is unknown stays as it is."""
        known = {fold(self.label(name)): name for name in self.fields}
        return [each if each in self.fields else known.get(fold(each), each) for each in headings]

    def texts(self, instance: Any) -> dict[str, str]:
        return {each.column_name: each.export(instance) for each in self.get_import_fields()}

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

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        history.typed.send(type(instance), instance=instance, names=self.changed_names(instance), by=None)

    def changed_names(self, instance: Any) -> set[str]:
        """Which fields of the record the row changes."""
        return {name for name, text in self.texts(instance).items() if self.before.get(name, "") != text}

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        with transaction.atomic():  # what the database refuses leaves the other rows alone
            super().save_instance(instance, is_create, row, **kwargs)

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        if row_result.is_new() or row_result.is_update():
            row_result.changes = [
                (self.label(name), self.before.get(name, ""), text)
                for name, text in self.texts(row_result.instance).items()
                if self.before.get(name, "") != text
            ]


# The tables that are no row a record, by the model on whose list they go out and in.
OTHER_TABLES: dict[Any, type[TableResource]] = {}


def key_columns(model: Any) -> tuple[Any, ...]:
    """The columns that a natural key is made of: a unique one, or those that are unique together."""
    own = [each.name for each in model._meta.concrete_fields if each.unique and not each.primary_key]
    if own:
        return (own[0],)
    return next(tuple(each.fields) for each in model._meta.constraints if isinstance(each, models.UniqueConstraint))


def resource_for(model: Any) -> TableResource:
    if model in OTHER_TABLES:
        return OTHER_TABLES[model]()
    columns = [each for each in model._meta.concrete_fields if each.editable and not each.primary_key]
    found: dict[str, Any] = {}
    for each in (*columns, *model._meta.local_many_to_many):
        many = bool(each.many_to_many)
        reference = KeysWidget if many else KeyWidget
        widget = reference(each.related_model) if each.is_relation else ValueWidget(each)
        found[each.name] = fields.Field(attribute=each.name, column_name=each.name, widget=widget)
    if issubclass(model, Publishable):
        found["publication"] = fields.Field(attribute="publication", column_name="publication", readonly=True)
        found["publication"].widget = ValueWidget(model._meta.get_field("publication"))
    options = {
        "fields": tuple(found),
        "import_id_fields": key_columns(model),
        "clean_model_instances": True,
        "skip_unchanged": True,
        "report_skipped": True,
        "skip_html_diff": True,
        "store_instance": True,
        "use_transactions": True,
    }
    return resources.modelresource_factory(model, TableResource, options, found)()


# Back in


def check_columns(dataset: Any, resource: TableResource) -> None:
    if doubled := [name for name in dataset.headers if dataset.headers.count(name) > 1]:
        name = resource.label(doubled[0]) if doubled[0] in resource.fields else doubled[0]
        raise BrokenFile(_("Deux colonnes s’appellent « %(name)s »."), name=name)
    if unknown := [name for name in dataset.headers if name not in resource.fields]:
        known = ", ".join(resource.label(name) for name in resource.fields)
        text = _("Colonne inconnue : « %(name)s ». Connues : %(known)s.")
        raise BrokenFile(text, name=unknown[0][:60], known=known)
    if missing := [name for name in resource.get_import_id_fields() if name not in dataset.headers]:
        text = _("Il manque la colonne « %(name)s », par quoi on reconnaît les fiches.")
        raise BrokenFile(text, name=resource.label(missing[0]))


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


def preview_import(model: Any, dataset: Any) -> Preview:
    """What importing would do; leaves nothing behind, nor in a transaction that goes on. Raises ``BrokenFile``."""
    with transaction.atomic():
        found = run(model, dataset)
        transaction.set_rollback(True)
    return found


def import_table(model: Any, dataset: Any, seen: str, by: Any, name: str) -> Preview | None:
    """Imports what a preview with the digest ``seen`` showed; None if that would be something else by now."""
    with transaction.atomic():
        planned = preview_import(model, dataset)
        if planned.problems or planned.digest != seen:
            return None
        history.keep_baseline(*planned.records)
        with history.revision(by, _("Import de tableau : %(name)s") % {"name": name}):
            done = run(model, dataset)
            history.keep(*done.records)  # of rows that went, nothing else tells
        if done.problems or done.digest != seen:  # somebody saved a record between the two
            transaction.set_rollback(True)
            return None
    return done


def run(model: Any, dataset: Any) -> Preview:
    resource = resource_for(model)
    dataset.headers = resource.technical_names(dataset.headers)
    check_columns(dataset, resource)
    try:
        result = resource.import_data(dataset)
    except DatabaseError as error:
        return Preview(problems=[_("La base de données refuse ce fichier : %(reason)s") % {"reason": str(error)[:200]}])
    found = Preview()
    found.problems = [str(error.error) for error in result.base_errors]
    for line, row in zip((int(row.tags[0]) for row in dataset._data), result.rows, strict=False):
        if row.errors or row.validation_error:
            found.problems.extend(sentences(resource, line, row))
        elif getattr(row, "changes", None):
            found.changes.append(Change(line, row.object_repr or "", row.is_new(), row.changes))
            found.records.append(row.instance)
        else:
            found.unchanged += 1
    return found


def sentences(resource: TableResource, line: int, row: Any) -> Iterator[str]:
    """What is wrong in a row, with its column where that is known."""
    found = [("", str(error.error)[:300]) for error in row.errors]
    if error := row.validation_error:
        by_field = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        found += [(name, message) for name, messages in by_field.items() for message in messages]
    for name, reason in found:
        if name in resource.fields:
            values = {"line": line, "column": resource.label(name), "reason": reason}
            yield _("Ligne %(line)d, colonne « %(column)s » : %(reason)s") % values
        else:
            yield _("Ligne %(line)d : %(reason)s") % {"line": line, "reason": reason}
