"""The columns of a table of records: how a value is written into a cell, and what a cell says of a value.

Resources of django-import-export do the work; a record is found by its natural key and refers to others by theirs.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets
from import_export.results import RowResult

from pimms_directory.base.spreadsheets import as_text
from pimms_directory.editing.publication import Publication, Publishable

YES, NO = frozenset(("1", "oui", "true", "vrai", "x")), frozenset(("", "0", "non", "false", "faux"))


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
