"""The admin's pages that take a table out and put one in, for who may both add and change its records."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.validators import FileExtensionValidator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.spreadsheets import BrokenFile, check_size
from pimms_directory.editing.kept_forms import reopened
from pimms_directory.editing.record_pages import RecordPages
from pimms_directory.editing.tables.files import export, read_table, text_to_carry
from pimms_directory.editing.tables.resources import Preview, import_table, preview_import, resource_for

SHOWN = 300  # changes that the preview lists; the others are counted
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class TableForm(forms.Form):
    file = forms.FileField(
        label=_("Fichier"),
        help_text=_("CSV ou Excel (.xlsx), avec les titres d’un export. L’écran suivant montre les changements."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
        validators=[FileExtensionValidator(["csv", "txt", "xlsx"])],
        allow_empty_file=True,  # our sentence about it is clearer
    )


class TablePages(RecordPages):
    def own_urls(self) -> list[URLPattern]:
        return [
            self.route("exporter/<slug:kind>/", self.export_view, "export"),
            self.route("importer/", self.import_view, "import"),
            *super().own_urls(),
        ]

    def may_use_tables(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        if not self.may_use_tables(request):
            raise PermissionDenied
        if kind not in TYPES:
            raise Http404
        name = f"{self.opts.model_name}-{timezone.localdate().isoformat()}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(export(self.model, kind), content_type=TYPES[kind], headers=headers)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.may_use_tables(request):
            raise PermissionDenied
        posted = reopened(request) or request.POST
        if "_table" in posted:
            return self.confirm_import(request, posted)
        if request.method != "POST":
            return self.table_page(request)
        form = TableForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.table_page(request, form)
        upload = form.cleaned_data["file"]
        try:
            check_size(upload.size)
            dataset = read_table(upload.read())
            text = text_to_carry(dataset)
            preview = preview_import(self.model, dataset)
        except BrokenFile as problem:
            form.add_error("file", str(problem))
            return self.table_page(request, form)
        return self.preview_page(request, text, preview, (upload.name or "")[-100:])

    def confirm_import(self, request: HttpRequest, posted: QueryDict) -> HttpResponse:
        name, table = posted.get("_name", "")[-100:], str(posted["_table"])
        try:
            dataset = read_table(table.encode())
            if request.method != "POST":
                return self.preview_page(request, table, preview_import(self.model, dataset), name)
            done = import_table(self.model, dataset, posted.get("_seen", ""), request.user, name)
            if done is None:
                preview = preview_import(self.model, dataset)
                self.message_user(request, _t("Ce qui serait importé a changé : relisez."), "WARNING")
                return self.preview_page(request, table, preview, name)
        except BrokenFile as problem:
            form = TableForm()
            form.errors["file"] = form.error_class([str(problem)])
            return self.table_page(request, form)
        for record in done.records:
            self.log_change(request, record, _t("Import de tableau : %(name)s") % {"name": name})
        changed = sum(not change.is_new for change in done.changes)
        text = _t("%(name)s importé. Fiches ajoutées : %(new)d ; modifiées : %(changed)d ; sans changement : %(same)d.")
        values = {"name": name, "new": len(done.changes) - changed, "changed": changed, "same": done.unchanged}
        self.message_user(request, text % values)
        return HttpResponseRedirect(self.page("changelist"))

    def table_page(
        self, request: HttpRequest, form: TableForm | None = None, title: str = "", **preview: Any
    ) -> HttpResponse:
        title = title or _t("Importer : %(records)s") % {"records": self.opts.verbose_name_plural}
        table = resource_for(self.model)
        keys = [table.label(name) for name in table.get_import_id_fields()]
        context = {"form": form or TableForm(), "keys": keys, "help_text": table.help_text}
        return self.answer(request, "admin/editing/import.html", title, **{"preview": None, **context, **preview})

    def preview_page(self, request: HttpRequest, table: str, preview: Preview, name: str) -> HttpResponse:
        title = _t("Importer « %(name)s » ?") % {"name": name}
        shown = {"shown": preview.changes[:SHOWN], "hidden": max(0, len(preview.changes) - SHOWN)}
        return self.table_page(request, None, title, preview=preview, table=table, file_name=name, **shown)
