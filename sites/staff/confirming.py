"""Confirming that records are still exact: by whom, when, and from what source."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pimms_directory.base.plain_text import refuse_unless_plain
from pimms_directory.editing.edited_admin import DayInput
from pimms_directory.editing.publishing.published_admin import PublishedAdmin
from sites.freshness.contact_check import CONTACT, STAFF
from sites.models import Site


class ConfirmForm(forms.Form):
    """Where an editor learnt that records are still right."""

    SOURCES = (
        ("", _("choisissez, ou précisez ci-dessous")),
        ("Appel téléphonique au PIMMS", _("un appel au PIMMS")),
        ("Courriel du PIMMS", _("un courriel du PIMMS")),
        ("Site web du PIMMS", _("le site web du PIMMS")),
        ("Liste officielle de l’ANCT", _("la liste officielle de l’ANCT")),
        ("Visite sur place", _("une visite")),
    )

    source = forms.ChoiceField(label=_("D’après"), choices=SOURCES, required=False)
    detail = forms.CharField(
        label=_("Précision"),
        max_length=120,
        validators=[refuse_unless_plain],
        required=False,
        help_text=_("Publique, avec la source : une adresse de page, la date de la liste. Aucun nom de personne."),
    )
    day = forms.DateField(label=_("Vérifié le"), widget=DayInput())

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise ValidationError(_t("Le %(day)s n’est pas encore venu.") % {"day": f"{day:%d/%m/%Y}"})
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not cleaned.get("source") and not cleaned.get("detail"):
            raise ValidationError({"detail": _t("Dites d’où vous le tenez.")})
        return cleaned

    @property
    def text(self) -> str:
        return ", ".join(part for part in (self.cleaned_data["source"], self.cleaned_data["detail"]) if part)


class ConfirmingAdmin(PublishedAdmin):
    actions = (*PublishedAdmin.actions, "confirm_selected")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and form.instance.contact_source == STAFF and CONTACT.intersection(form.changed_data):
            text = _t(
                "La page dit que la rédaction a modifié cette fiche : dites d’où vous tenez les nouvelles valeurs."
            )
            self.message_user(request, text, messages.WARNING)

    @admin.action(description=_("Confirmer : toujours exact…"), permissions=["change"])
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet[Site]) -> HttpResponse:
        """Says when, by whom and from what source records were found to be right still."""
        confirmed = request.POST.get("_confirmed")
        form = ConfirmForm(
            request.POST if confirmed else None, initial={"day": timezone.localdate(), **request.POST.dict()}
        )
        records = list(queryset.order_by("slug"))
        if confirmed and form.is_valid():

            def confirm(site: Site) -> None:
                site.contact_checked_on, site.contact_source = form.cleaned_data["day"], form.text
                site.contact_checked_by = request.user  # type: ignore[assignment]

            why = _t("Confirmé : toujours exact, d’après %(source)s.") % {"source": form.text}
            count = len(self.change_each(request, records, why, confirm))
            done = ngettext("%d fiche confirmée.", "%d fiches confirmées.", count) % count
            self.message_user(request, f"{records[0]} : {done}" if len(records) == 1 else done)
            return HttpResponseRedirect(
                reverse("admin:index") if "_from_index" in request.POST else self.page("changelist")
            )
        return self.answer(
            request,
            "admin/editing/confirm.html",
            _t("Confirmer que ces fiches sont toujours exactes ?"),
            records=records,
            form=form,
            action="confirm_selected",
            checkbox=ACTION_CHECKBOX_NAME,
            back=self.page("changelist"),
        )
