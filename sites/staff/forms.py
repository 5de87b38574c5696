"""Forms of the admin that need more than a model gives."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from sites.models import OpeningPeriod, Site
from sites.staff.free_slugs import free_site_slug


class SiteForm(forms.ModelForm):
    """A new name brings a new address, unless the editor writes another one or keeps the one there is."""

    keep_slug = forms.BooleanField(
        label=_l("Garder l’adresse actuelle"),
        required=False,
        help_text=_l("À cocher pour changer de nom sans changer d’adresse."),
    )

    class Meta:
        model = Site
        fields = ("name", "slug")  # the admin adds its own
        labels = {"slug": _l("Adresse de la page")}
        help_texts = {
            "slug": _l(
                "Si le nom change, l’adresse suit d’elle-même ; l’ancien nom reste trouvable et l’ancienne adresse "
                "redirige."
            ),
            "phone": _l("En cinq paires : 04 76 33 06 56."),
            "label_ended_on": _l("Vide tant que le PIMMS porte le label."),
            "closed_on": _l("Vide tant que le PIMMS est ouvert."),
            "latitude": _l("En degrés, de 41 à 51 en métropole."),
            "longitude": _l("En degrés, de -5 à 10 en métropole."),
            "contact_source": _l("Publique : « appel au PIMMS », « site web du PIMMS ». Aucun nom de personne."),
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        renamed = self.instance.pk and "name" in self.changed_data and "slug" not in self.changed_data
        if cleaned and renamed and cleaned.get("name") and not cleaned.get("keep_slug"):
            cleaned["slug"] = free_site_slug(cleaned["name"], self.instance)
        return cleaned


class ConfirmForm(forms.Form):
    """Where an editor learnt that records are still right."""

    SOURCES = (
        ("", _l("choisissez, ou précisez ci-dessous")),
        ("Appel téléphonique au PIMMS", _l("un appel au PIMMS")),
        ("Courriel du PIMMS", _l("un courriel du PIMMS")),
        ("Site web du PIMMS", _l("le site web du PIMMS")),
        ("Liste officielle de l’ANCT", _l("la liste officielle de l’ANCT")),
        ("Visite sur place", _l("une visite")),
    )

    source = forms.ChoiceField(label=_l("D’après"), choices=SOURCES, required=False)
    detail = forms.CharField(
        label=_l("Précision"),
        max_length=120,
        required=False,
        help_text=_l("Publique, avec la source : une adresse de page, la date de la liste. Aucun nom de personne."),
    )
    day = forms.DateField(label=_l("Vérifié le"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise ValidationError(_("Le %(day)s n’est pas encore venu.") % {"day": f"{day:%d/%m/%Y}"})
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not cleaned.get("source") and not cleaned.get("detail"):
            raise ValidationError({"detail": _("Dites d’où vous le tenez.")})
        return cleaned

    @property
    def text(self) -> str:
        return ", ".join(part for part in (self.cleaned_data["source"], self.cleaned_data["detail"]) if part)


class OpeningPeriodForm(forms.ModelForm):
    class Meta:
        model = OpeningPeriod
        fields = ("weekday", "opens", "closes")

    def has_changed(self) -> bool:
        """A new row of which only the day is there says nothing."""
        blank = self.instance.pk is None and not any(
            self.data.get(self.add_prefix(name)) for name in ("opens", "closes")
        )
        return not blank and super().has_changed()

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
