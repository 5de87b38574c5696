"""How the parameters of an address are read: communes, records of the lookup tables, degrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django_filters.fields import ModelChoiceField


class CommuneField(ModelChoiceField):
    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:  # PostgreSQL cannot even be asked about it
            raise forms.ValidationError(self.error_messages["invalid_choice"], params={"value": value})
        return super().to_python(value)


class CommuneFilter(django_filters.ModelChoiceFilter):
    field_class = CommuneField


class LookupField(forms.Field):
    """One of the records of a lookup table, by its slug or code. Without a query."""

    records: Mapping[str, Any]  # the filter set sets them

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if value not in self.records:
            raise forms.ValidationError("unknown")
        return self.records[value]


class LookupFilter(django_filters.Filter):
    field_class = LookupField


class DegreesFilter(django_filters.Filter):
    """WGS 84 degrees, with a decimal point; not a number and infinity are refused."""

    field_class = forms.FloatField
