"""Pages of its own for the admin of a model, and those of what a record was: its history, the way back, the deleted."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pimms_directory.editing import history
from pimms_directory.editing.history import reason_in

PER_PAGE = 20


class RecordPages(admin.ModelAdmin):
    """Subclasses add their pages in ``own_urls()``, by ``route()``, and answer with ``answer()``."""

    def page(self, name: str, *args: Any) -> str:
        """The address of a page of this model: ``changelist``, ``change``, ``history``…"""
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def get_urls(self) -> list[URLPattern]:
        return [*self.own_urls(), *super().get_urls()]

    def own_urls(self) -> list[URLPattern]:
        return []

    def route(self, address: str, view: Callable[..., Any], name: str) -> URLPattern:
        full_name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(address, self.admin_site.admin_view(view), name=full_name)

    def answer(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        common = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "model_admin": self}
        common["reason"] = reason_in(request)
        return TemplateResponse(request, template, {**common, **context})

    def wanted(self, request: HttpRequest, object_id: str, allowed: Callable[..., bool]) -> Any:
        """The record of an address, for who is ``allowed`` to see it so."""
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not allowed(request, record):
            raise PermissionDenied
        return record


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
