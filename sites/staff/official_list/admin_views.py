"""The admin's screens of the official list: deposit a file, compare, take over what is ticked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pimms_directory.base.spreadsheets import BrokenFile
from pimms_directory.base.templatetags.french import french_date
from pimms_directory.editing.edited_admin import DayInput
from pimms_directory.editing.kept_forms import reopened
from pimms_directory.editing.record_pages import RecordPages
from sites.models import OfficialList, Site
from sites.staff.official_list.applying import Outcome, apply
from sites.staff.official_list.comparison import compare
from sites.staff.official_list.reading import check_size, from_file, keep
from sites.staff.official_list.ties import Ties, posted_ties


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Fichier CSV de la liste officielle"),
        help_text=gettext_lazy("Tel que l’ANCT le publie. Seules les lignes des PIMMS sont conservées."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        validators=[FileExtensionValidator(["csv", "txt"])],
        allow_empty_file=True,  # our sentence about it is clearer
    )
    published_on = forms.DateField(
        label=gettext_lazy("Date de la liste"),
        required=False,
        help_text=gettext_lazy(
            "À donner si le nom du fichier ne la contient pas, comme dans « liste-fs-20240801.csv »."
        ),
        widget=DayInput(),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        upload: UploadedFile | None = cleaned.get("file")
        if upload is not None and "published_on" in cleaned:
            try:
                check_size(upload.size or 0)
                cleaned["official_list"] = from_file(upload.name or "", upload.read(), cleaned["published_on"])
            except BrokenFile as problem:
                self.add_error("file", str(problem))
        return cleaned


def shown_ties(posted: QueryDict) -> dict[str, int]:
    """The ties whose differences the editor has seen: a new one is shown before anything of it is taken."""
    shown = [pair.partition(".") for pair in posted.getlist("tied")]
    return posted_ties({f"tie-{official_id}": key for official_id, _dot, key in shown})


class OfficialListAdmin(RecordPages):
    """Its "add" page takes a file, its "change" page is the comparison. Who may change sites may use it."""

    list_display = ("name", "published_on", "row_count", "uploaded_at", "uploaded_by", "asked_at", "applied_at")
    list_select_related = ("uploaded_by",)
    search_fields = ("name",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("directory.change_site")

    has_module_permission = has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A list that something was taken from is the source of it."""
        return request.user.has_perm("directory.change_site") and (obj is None or obj.applied_at is None)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        posted = request.method == "POST"
        typed = (reopened(request) or QueryDict()).dict()
        form = UploadForm(request.POST, request.FILES) if posted else UploadForm(initial=typed)
        if posted and form.is_valid():
            official_list = form.cleaned_data["official_list"]
            official_list.uploaded_by = request.user
            return HttpResponseRedirect(keep(official_list).get_absolute_url())
        return self.answer(
            request, "admin/directory/officiallist/upload.html", _("Comparer avec la liste officielle"), form=form
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        official_list = get_object_or_404(OfficialList, pk=object_id if object_id.isdecimal() else None)
        title = _("Liste officielle du %(day)s") % {"day": french_date(official_list.published_on)}
        kept = reopened(request)
        posted = request.POST if kept is None else kept
        ties = posted_ties(posted)
        newly_tied = {official_id for official_id, _key in ties.items() ^ shown_ties(posted).items()}
        if request.method == "POST" and not newly_tied and "_tie" not in posted:
            return self.take(request, official_list, title, ties)
        comparison = compare(official_list, ties)
        is_first_look = request.method != "POST" and kept is None
        proposed = {each.key for each in comparison.ticked if is_first_look or each.official_id in newly_tied}
        return self.answer(
            request,
            "admin/directory/officiallist/comparison.html",
            title,
            official_list=official_list,
            comparison=comparison,
            ticked=proposed | set(posted.getlist("take")),
            newly_tied=newly_tied,
            may_add=request.user.has_perm("directory.add_site"),
        )

    def take(self, request: HttpRequest, official_list: OfficialList, title: str, ties: Ties) -> HttpResponse:
        keys = set(request.POST.getlist("take"))
        if not request.user.has_perm("directory.add_site") and any(".site." in key for key in keys):
            raise PermissionDenied
        if not keys:
            messages.warning(request, _("Aucune case n’était cochée : rien n’a été repris."))
            return HttpResponseRedirect(official_list.get_absolute_url())
        outcome = apply(official_list, keys, by=request.user, ties=ties)
        self.log_changes(request, official_list, outcome)
        return self.answer(
            request,
            "admin/directory/officiallist/result.html",
            title,
            official_list=official_list,
            outcome=outcome,
            comparison=compare(official_list),
        )

    def log_changes(self, request: HttpRequest, official_list: OfficialList, outcome: Outcome) -> None:
        """One line in the admin's history of each site: which fields came from which list."""
        fields: dict[Site, list[str]] = {}
        for site, difference in outcome.taken:
            fields.setdefault(site, []).append(difference.label)
        for site, labels in fields.items():
            text = _("Repris de la liste officielle du %(day)s : %(fields)s.")
            message = text % {"day": french_date(official_list.published_on), "fields": ", ".join(labels)}
            self.log_change(request, site, message)
