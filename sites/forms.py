"""Forms of the admin that need more than a model gives."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sites.models import OpeningPeriod


class OpeningPeriodForm(forms.ModelForm):
    class Meta:
        model = OpeningPeriod
        fields = ("weekday", "opens", "closes")

    def validate_constraints(self) -> None:
        """Without the rules between rows: the rows of this form are about to change, see the formset."""
        try:
            self.instance.validate_constraints(exclude={"site"})
        except ValidationError as error:
            self.add_error(None, error)


class OpeningPeriodFormSet(forms.BaseInlineFormSet):
    """The week of one site, checked and saved as a whole."""

    def clean(self) -> None:
        super().clean()
        periods = [
            form.instance
            for form in self.forms
            if form.is_valid() and form.instance.opens and form not in self.deleted_forms
        ]
        periods.sort(key=lambda period: (period.weekday, period.opens))
        for earlier, later in pairwise(periods):
            if earlier.weekday == later.weekday and later.opens < earlier.closes:
                raise ValidationError(
                    _("Deux périodes se chevauchent : %(earlier)s et %(later)s.") % {"earlier": earlier, "later": later}
                )

    def save(self, commit: bool = True) -> Any:
        """Changed rows leave first: on their way to a valid week, two of them may overlap."""
        if commit:
            changed = [form.instance.pk for form in self.initial_forms if form.has_changed()]
            OpeningPeriod.objects.filter(pk__in=changed).delete()
        return super().save(commit)
