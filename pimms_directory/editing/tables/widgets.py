"""How the cells of a table are written and read: values by the rules of their column, other records by their key."""

import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from import_export import widgets

from pimms_directory.base.folding import fold
from pimms_directory.base.spreadsheets import as_text

YES, NO = frozenset(("1", "oui", "true", "vrai", "x")), frozenset(("", "0", "non", "false", "faux"))


class ValueWidget(widgets.Widget):
    """A column of a model as text and back, read by the rules of the model alone.

    A choice goes out under its label and comes in under that or its technical name.
    """

    def __init__(self, column: Any) -> None:
        super().__init__()
        self.column = column

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = self.technical(as_text(value))
        if isinstance(self.column, models.BooleanField):
            if text.lower() not in YES | NO:
                raise ValueError(_("« %(value)s » n’est ni oui ni non.") % {"value": text[:60]})
            return text.lower() in YES
        if text == "":
            is_text = isinstance(self.column, models.CharField | models.TextField)
            return "" if is_text and not self.column.null else None
        if isinstance(self.column, models.FloatField):
            text = text.replace(",", ".")
        try:
            if isinstance(self.column, models.DateField):
                return forms.DateField().to_python(text)  # as people and spreadsheets write a day
            value = self.column.to_python(text)
            if isinstance(value, float) and not math.isfinite(value):
                raise ValidationError(_("ce n’est pas un nombre."))
            return value
        except ValidationError as error:
            sentence = _("« %(value)s » : %(reason)s")
            raise ValueError(sentence % {"value": text[:60], "reason": " ".join(error.messages)}) from error

    def technical(self, text: str) -> str:
        choices = self.column.flatchoices
        return next((str(value) for value, label in choices if fold(str(label)) == fold(text)), text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        return str(dict(self.column.flatchoices)[value]) if value and self.column.choices else as_text(value)


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
