"""The admin's pages of what a record was: its history, the way back, and the records that were deleted."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _

from pimms_directory.editing import history
from pimms_directory.editing.history import reason_in
from pimms_directory.editing.record_pages import RecordPages

PER_PAGE = 20


class HistoryPages(RecordPages):
    def own_urls(self) -> list[URLPattern]:
        return [
            self.route("deleted/", self.deleted_view, "deleted"),
            self.route("deleted/<int:version_id>/", self.recover_view, "recover"),
            self.route("<path:object_id>/history/<int:version_id>/", self.return_view, "return"),
            *super().own_urls(),
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        record = self.wanted(request, object_id, self.has_view_or_change_permission)
        page = Paginator(history.versions_of(record), PER_PAGE).get_page(request.GET.get("page"))
        versions = list(page.object_list)
        before = history.versions_of(record).filter(pk__lt=versions[-1].pk).first() if versions else None
        return self.answer(
            request,
            "admin/editing/history.html",
            _("Historique : %(record)s") % {"record": record},
            object=record,
            steps=history.steps(versions, before),
            page=page,
            may_change=self.has_change_permission(request, record),
            **(extra_context or {}),
        )

    def return_view(self, request: HttpRequest, object_id: str, version_id: int) -> HttpResponse:
        record = self.wanted(request, object_id, self.has_change_permission)
        version = get_object_or_404(history.versions_of(record), pk=version_id)
        return self.go_back(request, version, record, self.page("history", quote(record.pk)))

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = Paginator(history.deleted(self.model), PER_PAGE).get_page(request.GET.get("page"))
        title = _("Supprimés : %(records)s") % {"records": self.opts.verbose_name_plural}
        return self.answer(request, "admin/editing/deleted.html", title, page=page)

    def recover_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        version = get_object_or_404(history.deleted(self.model), pk=version_id)
        return self.go_back(request, version, None, self.page("deleted"))

    def go_back(self, request: HttpRequest, version: Any, record: Any, back: str) -> HttpResponse:
        """Shows what a return to ``version`` would change, or makes it; ``record`` is None for one that was deleted."""
        errors: list[str] = []
        if request.method == "POST":
            why = _("Retour à la version du %(date)s. %(reason)s") % {
                "date": f"{timezone.localtime(version.revision.date_created):%d/%m/%Y %H:%M}",
                "reason": reason_in(request),
            }
            try:
                with transaction.atomic():
                    if record:
                        history.keep_baseline(record)
                    with history.revision(request.user, why.strip()):
                        restored = history.go_back(version)
                        self.log_change(request, restored, why)
            except ValidationError as error:
                errors = error.messages
            else:
                self.message_user(request, _("« %(record)s » est revenu à cette version.") % {"record": restored})
                return HttpResponseRedirect(self.page("change", quote(restored.pk)))
        return self.answer(
            request,
            "admin/editing/return.html",
            _("Revenir à cette version ?") if record else _("Rétablir cette fiche ?"),
            original=record,
            version=version,
            changes=history.changes_to_return(version),
            errors=errors,
            back=back,
        )
