"""The admin's screen of a release's lines: paste or deposit, look at what is proposed, save.

One address and one form: what was pasted stands in it until it is saved, so that nothing typed is lost on the way.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import FileExtensionValidator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labels.models import PressRelease, Wave
from pimms_directory.base import revision
from pimms_directory.base.spreadsheets import BrokenFile, check_size
from pimms_directory.base.templatetags.french import french_date, plain_date
from pimms_directory.editing.edited_admin import DayInput
from pimms_directory.editing.kept_forms import reopened
from pimms_directory.editing.record_pages import RecordPages
from sites.models import Association, Site
from sites.staff.drafts import RefusedRecord, draft_wave
from sites.staff.release_lines import reading
from sites.staff.release_lines.sheet import NEW, Sheet, apply, assemble

SEEN = "_seen"
NEW_WAVE = "new"

TAKES = FileExtensionValidator(["csv", "txt", "tsv", "xlsx"])


class LinesForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Lignes"),
        required=False,
        max_length=200_000,
        strip=False,
        help_text=gettext_lazy(
            "Une par ligne, telles qu’imprimées, cellules séparées par des tabulations (copiées d’un tableur) ou des "
            "points-virgules. « Nouveau » : oui, x ou 1, ou une étoile après le nom."
        ),
        widget=forms.Textarea(attrs={"rows": 10, "cols": 100, "spellcheck": "false", "wrap": "off"}),
    )
    file = forms.FileField(
        label=gettext_lazy("ou fichier"),
        required=False,
        help_text=gettext_lazy("CSV ou Excel (.xlsx, première feuille). Ses lignes passent dans le cadre ci-dessus."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        allow_empty_file=True,  # our sentence about it is clearer
    )
    columns = forms.ChoiceField(
        label=gettext_lazy("Colonnes"),
        required=False,
        choices=[
            ("", gettext_lazy("d’après la ligne de titres, sinon d’après leur nombre (cinq ou quatre)")),
            *((key, ", ".join(str(reading.LABELS[name]) for name in order)) for key, order in reading.ORDERS.items()),
        ],
    )
    first_row = forms.IntegerField(
        label=gettext_lazy("Numéro de la première ligne"),
        min_value=1,
        max_value=30_000,
        initial=1,
        help_text=gettext_lazy("Son rang dans le tableau du communiqué."),
    )
    wave = forms.ChoiceField(label=gettext_lazy("Vague des nouveaux sites"), required=False)
    wave_on = forms.DateField(
        label=gettext_lazy("Date d’effet d’une nouvelle vague"),
        required=False,
        widget=DayInput(),
    )
    wave_source = forms.CharField(
        label=gettext_lazy("Source d’une nouvelle vague"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, release: PressRelease, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waves = list(Wave.objects.order_by("-effective_on", "code"))
        choices = [(str(wave.pk), f"{wave.name} ({wave.code}), {wave.get_publication_display()}") for wave in waves]
        self.fields["wave"].choices = [("", "---------"), (NEW_WAVE, _("nouvelle, en préparation")), *choices]  # type: ignore[attr-defined]
        self.waves = {str(wave.pk): wave for wave in waves}
        own = [wave for wave in waves if wave.release_id == release.pk]
        self.initial["wave"] = str(own[0].pk) if own else NEW_WAVE
        self.initial["wave_source"] = source_of(release)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("text") or "").strip() and "text" in cleaned and not self.errors:
            self.add_error("text", _("Collez les lignes, ou déposez un fichier."))
        return cleaned

    def chosen_wave(self, release: PressRelease) -> Wave | None:
        """One there is, or an unsaved one."""
        chosen, day = self.cleaned_data["wave"], self.cleaned_data["wave_on"]
        if chosen == NEW_WAVE and day:
            return draft_wave(day, source=self.cleaned_data["wave_source"].strip(), release=release)
        return self.waves.get(chosen)


def source_of(release: PressRelease) -> str:
    day = plain_date(release.published_on)
    text = _("Communiqué « %(title)s » du %(day)s (%(issuer)s).")
    return text % {"title": release.title, "day": day, "issuer": release.issuer}


class ReleaseLinesPages(RecordPages):
    """What the admin of listings has beside its lists and forms."""

    def own_urls(self) -> list[URLPattern]:
        return [self.route("communique/<int:release_id>/", self.lines_view, "lines"), *super().own_urls()]

    def lines_view(self, request: HttpRequest, release_id: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        release = get_object_or_404(PressRelease, pk=release_id)
        posted = request.POST if request.method == "POST" else reopened(request)
        if posted is None:
            return self.lines_page(request, LinesForm(release=release), release)
        data = posted.copy()
        if request.method != "POST":
            data.pop("_save", None)
        problem = take_file(request, data)
        form = LinesForm(data, release=release)
        valid = form.is_valid()
        if problem:
            form.add_error("file", problem)
        if problem or not valid:
            return self.lines_page(request, form, release)
        with transaction.atomic():
            # Another editor of the same release waits here, and then sees what this one saved.
            release = revision.locked(PressRelease.objects.all()).get(pk=release.pk)
            cleaned = form.cleaned_data
            sheet = assemble(
                release,
                cleaned["text"],
                cleaned["columns"],
                cleaned["first_row"],
                form.chosen_wave(release),
                data,
                self.may_add(request),
            )
            if "_save" in data and sheet.is_ready and data.get(SEEN) == sheet.digest:
                try:
                    saved = apply(sheet, by=request.user)
                except RefusedRecord as refusal:
                    sheet.problems.append(str(refusal))
                else:
                    return self.lines_saved(request, sheet, [each for each in saved if isinstance(each, Site)])
        if "_save" in data and sheet.is_ready:
            sheet.problems.append(_("Ce qui serait enregistré a changé : relisez, puis enregistrez."))
            return self.lines_page(request, form, release, sheet, ready=True)
        return self.lines_page(request, form, release, sheet, ready=sheet.is_ready)

    def may_add(self, request: HttpRequest) -> set[str]:
        names = {"site": "directory.add_site", "association": "directory.add_association", "wave": "labels.add_wave"}
        return {name for name, permission in names.items() if request.user.has_perm(permission)}

    def lines_page(
        self,
        request: HttpRequest,
        form: LinesForm,
        release: PressRelease,
        sheet: Sheet | None = None,
        *,
        ready: bool = False,
    ) -> HttpResponse:
        return self.answer(
            request,
            "admin/directory/listing/lines.html",
            _("Saisir les lignes du communiqué du %(day)s") % {"day": french_date(release.published_on)},
            form=form,
            release=release,
            sheet=sheet,
            ready=ready,
            seen=SEEN,
            new=NEW,
            kinds=Site.Kind.choices,
            associations=Association.objects.order_by("slug") if sheet else None,
            sites=Site.objects.order_by("slug") if sheet else None,
            may_add_sites=request.user.has_perm("directory.add_site"),
            may_change_release=request.user.has_perm("labels.change_pressrelease"),
        )

    def lines_saved(self, request: HttpRequest, sheet: Sheet, sites: list[Site]) -> HttpResponse:
        saved, made = len(sheet.to_save), len(sites)
        text = "{}, {}.".format(
            ngettext("%d ligne enregistrée", "%d lignes enregistrées", saved) % saved,
            ngettext("%d site créé en préparation", "%d sites créés en préparation", made) % made,
        )
        self.admin_site.get_model_admin(PressRelease).log_change(request, sheet.release, text)
        for site in sites:
            self.admin_site.get_model_admin(Site).log_addition(request, site, _("Ligne de communiqué."))
        wave = sites[0].wave if sites else None
        messages.success(request, render_to_string("admin/directory/listing/_saved.html", {"text": text, "wave": wave}))
        return HttpResponseRedirect(f"{self.page('changelist')}?release__id__exact={sheet.release.pk}")


def take_file(request: HttpRequest, data: Any) -> str:
    """Puts the lines of an uploaded file where they could have been pasted; returns what is wrong with it."""
    upload: Any = request.FILES.get("file")
    if upload is None:
        return ""
    if data.get("text", "").strip():
        return _("Un fichier et des lignes collées à la fois : videz le cadre, ou ne déposez pas de fichier.")
    try:
        TAKES(upload)
        check_size(upload.size)
        data["text"] = reading.text_of_file(upload.read())
    except ValidationError as problem:
        return problem.messages[0]
    except BrokenFile as problem:
        return str(problem)
    return ""
