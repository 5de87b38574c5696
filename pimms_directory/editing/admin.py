"""What every page of the admin that changes public records can do: history, two editors, publishing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import reversion
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pimms_directory.editing import history
from pimms_directory.editing.checks import Problem, broken_rules, problems
from pimms_directory.editing.concurrency import OPENED, SEEN, Edit, digest, sealed
from pimms_directory.editing.publication import Publication
from pimms_directory.editing.states import TRACKED, root_of, state_of
from pimms_directory.editing.table_views import TablesAdmin

REASON = "_reason"
PER_PAGE = 20
# The browser's own fields for dates and hours: in the reader's language, made for fingers and keyboards, and without
# Django's note on the server's time zone, which says nothing of use about a day or the opening hours of a desk.
NATIVE_FIELDS: dict[type[models.Field], dict[str, Any]] = {
    models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})},
    models.TimeField: {"widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})},
    models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})},
    models.URLField: {"assume_scheme": "https"},
}


def reason_in(request: HttpRequest) -> str:
    return request.POST.get(REASON, "").strip()[:500]


class TableInline(admin.TabularInline):
    """Rows of a record in a table whose every cell has a name: Django names its columns only."""

    template = "admin/editing/table_inline.html"
    formfield_overrides = NATIVE_FIELDS
    help_text: Any = ""
    extra = 0

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:
            widget: Any = field.widget
            getattr(widget, "widget", widget).attrs["aria-label"] = capfirst(db_field.verbose_name)
        return field

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.deletion_widget = forms.CheckboxInput(attrs={"aria-label": _("Retirer")})
        return formset


class EditedAdmin(TablesAdmin, admin.ModelAdmin):
    """Keeps each change with its reason, and never saves over a change that was not seen."""

    formfield_overrides = NATIVE_FIELDS
    change_form_template = "admin/editing/change_form.html"
    change_list_template = "admin/editing/change_list.html"
    delete_confirmation_template = "admin/editing/delete_confirmation.html"

    # Addresses

    def page(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def get_urls(self) -> list[URLPattern]:
        return [*self.own_urls(), *super().get_urls()]

    def own_urls(self) -> list[URLPattern]:
        return [
            *self.table_urls(),
            self.route("deleted/", self.deleted_view, "deleted"),
            self.route("deleted/<int:version_id>/", self.recover_view, "recover"),
            self.route("<path:object_id>/history/<int:version_id>/", self.return_view, "return"),
        ]

    def route(self, address: str, view: Callable[..., Any], name: str) -> URLPattern:
        name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(address, self.admin_site.admin_view(view), name=name)

    def answer(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        common = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "model_admin": self}
        return TemplateResponse(request, template, {**common, **context})

    def wanted(self, request: HttpRequest, object_id: str, allowed: Callable[..., bool]) -> Any:
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not allowed(request, record):
            raise PermissionDenied
        return record

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = capfirst(self.opts.verbose_name_plural)  # Django's speaks of “l’objet site à changer”
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    # Saving: one revision, nothing over an unseen change

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST":
            record = self.get_object(request, unquote(object_id)) if object_id else None
            more = {"opened": sealed(state_of(record))} if record else {}
            return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **more})
        with transaction.atomic():
            if object_id:
                refused = self.check_edit(request, object_id)
                if refused is not None:
                    return refused
            more = {"opened": request.POST.get(OPENED, ""), "reason": reason_in(request)}
            with history.revision(request.user, reason_in(request)):
                return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def check_edit(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """The page of what changed meanwhile, if any; otherwise the request is left as it is to be saved."""
        locked = self.model._base_manager.select_for_update().filter(pk=unquote(object_id)).first()
        if locked is None and OPENED in request.POST and self.has_change_permission(request):
            return self.gone_while_open(request)
        if locked is None or not self.has_change_permission(request, locked):
            return None  # Django's own page says so
        history.keep_baseline(locked)
        record = self.get_object(request, unquote(object_id))
        form_class = self.get_form(request, record, change=True)
        form = form_class(request.POST, request.FILES, instance=record)
        formsets, _instances = self._create_formsets(request, form.instance, change=True)  # type: ignore[attr-defined]
        edit = Edit(locked, request.POST, form, formsets)
        if conflicts := edit.conflicts():
            carried = [(key, value) for key, values in request.POST.lists() for value in values if carries(key)]
            last = history.versions_of(root_of(locked)).first()
            return self.answer(
                request,
                "admin/editing/conflict.html",
                _t("Cette fiche a changé pendant que vous y travailliez"),
                original=locked,
                conflicts=conflicts,
                carried=carried,
                seen=digest(edit.now),
                seen_name=SEEN,
                last=last,
                back=self.page("change", quote(locked.pk)),
            )
        request.POST = edit.resolved()  # type: ignore[assignment]
        return None

    def gone_while_open(self, request: HttpRequest) -> HttpResponse:
        """What was open here was deleted: what was typed is shown, so that it is not lost."""
        typed = [(key, value) for key, value in request.POST.items() if value and not key.startswith(("_", "csrf"))]
        tracked = TRACKED[self.model]
        known = {name: tracked.label(name) for name in tracked.fields}
        return self.answer(
            request,
            "admin/editing/gone.html",
            _t("Cette fiche a été supprimée pendant que vous y travailliez"),
            typed=[(known.get(key, key), value) for key, value in typed if not key.endswith("_FORMS")],
            deleted=self.page("deleted"),
        )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.keep(obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.keep(obj)
        return super().log_change(request, obj, message)

    def keep(self, record: Any) -> None:
        if reversion.is_active():
            history.keep(record)

    def change_each(
        self, request: HttpRequest, records: Iterable[Any], why: str, change: Callable[[Any], None]
    ) -> list[Any]:
        """Changes records as they are by now, not as they were read, in one revision; returns those still there."""
        # A wave before its sites; otherwise by key, so that no two editors ever wait for each other.
        in_order = sorted(records, key=lambda record: (type(record) is not self.model, record.pk))
        with transaction.atomic():
            present = [record for record in in_order if self.lock(request, record)]
            history.keep_baseline(*present)
            with history.revision(request.user, why):
                for record in present:
                    change(record)
                    record.save()
                    self.admin_site.get_model_admin(type(record)).log_change(request, record, why)
        return present

    def lock(self, request: HttpRequest, record: Any) -> bool:
        """Reads a record again for the rest of the transaction; says so where somebody deleted it meanwhile."""
        try:
            record.refresh_from_db(from_queryset=type(record)._base_manager.select_for_update())
        except type(record).DoesNotExist:
            gone = _t("« %(record)s » n’existe plus : quelqu’un l’a supprimé entre-temps.")
            self.message_user(request, gone % {"record": record}, messages.WARNING)
            return False
        return True

    # Deleting

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.keep_last(request, [obj])
        super().delete_model(request, obj)
        self.keep_owners(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            records = list(queryset)
            self.keep_last(request, records)
            super().delete_queryset(request, queryset)
            self.keep_owners(request, records)

    def keep_last(self, request: HttpRequest, records: Iterable[Any]) -> None:
        """Before they go: a version that the list of deleted records offers to bring back."""
        gone = [record for record in records if root_of(record) is record]
        history.keep_baseline(*records)
        why = f"{_t('Suppression.')} {reason_in(request)}".strip()
        with history.revision(request.user, why):
            history.keep(*gone)

    def keep_owners(self, request: HttpRequest, records: Iterable[Any]) -> None:
        owners = [root_of(record) for record in records if root_of(record) is not record]
        with history.revision(request.user, reason_in(request)):
            history.keep(*owners)

    # History

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
            _t("Historique : %(record)s") % {"record": record},
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
        title = _t("Supprimés : %(records)s") % {"records": self.opts.verbose_name_plural}
        return self.answer(request, "admin/editing/deleted.html", title, page=page)

    def recover_view(self, request: HttpRequest, version_id: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        version = get_object_or_404(history.deleted(self.model), pk=version_id)
        return self.go_back(request, version, None, self.page("deleted"))

    def go_back(self, request: HttpRequest, version: Any, record: Any, back: str) -> HttpResponse:
        errors: list[str] = []
        if request.method == "POST":
            why = _t("Retour à la version du %(date)s. %(reason)s") % {
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
                self.message_user(request, _t("« %(record)s » est revenu à cette version.") % {"record": restored})
                return HttpResponseRedirect(self.page("change", quote(restored.pk)))
        return self.answer(
            request,
            "admin/editing/return.html",
            _t("Revenir à cette version ?") if record else _t("Rétablir cette fiche ?"),
            original=record,
            version=version,
            changes=history.changes_to_return(version),
            errors=errors,
            back=back,
        )


def carries(key: str) -> bool:
    """What the page of a conflict passes on as it came."""
    return key not in ("csrfmiddlewaretoken", SEEN) and not key.startswith("_choice_")


class PublishedAdmin(EditedAdmin):
    """Prepared unpublished, seen on its real page, then published: each a step of its own, with its checks."""

    actions: Any = ("publish_selected", "withdraw_selected")
    preview_view: Any = None  # the view of the public page
    preview_argument = "slug"
    published_with = ""  # the relation to records that are prepared with this one

    def own_urls(self) -> list[URLPattern]:
        return [
            self.route("<path:object_id>/preview/", self.preview, "preview"),
            self.route("<path:object_id>/publish/", self.publish_one, "publish"),
            self.route("<path:object_id>/withdraw/", self.withdraw_one, "withdraw"),
            *super().own_urls(),
        ]

    @admin.display(description=_("publication"), ordering="publication")
    def publication_state(self, record: Any) -> str:
        return record.get_publication_display()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.publication = Publication.DRAFT
        super().save_model(request, obj, form, change)

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The public page, for who may see the record here; shown as it is and marked as not published."""
        record = self.wanted(request, object_id, self.has_view_or_change_permission)
        argument = {self.preview_argument: getattr(record, self.preview_argument)}
        return self.preview_view.as_view(preview=not record.is_public)(request, **argument)

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        if obj and obj.pk and not add:
            context["publishing"] = {
                "record": obj,
                "problems": problems(obj),
                "preview": self.page("preview", quote(obj.pk)),
                "publish": self.page("publish", quote(obj.pk)),
                "withdraw": self.page("withdraw", quote(obj.pk)),
                "is_published": obj.publication == Publication.PUBLISHED,
                "may_change": self.has_change_permission(request, obj),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        return super().get_view_on_site_url(obj) if obj is None or obj.is_public else None

    def publish_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self.wanted(request, object_id, self.has_change_permission)
        return self.publish(request, [record], self.page("change", quote(record.pk)))

    def withdraw_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self.wanted(request, object_id, self.has_change_permission)
        return self.withdraw(request, [record], self.page("change", quote(record.pk)))

    @admin.action(description=_("Publier…"), permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        return self.publish(request, list(queryset), self.page("changelist"), action="publish_selected")

    @admin.action(description=_("Retirer de la publication…"), permissions=["change"])
    def withdraw_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        return self.withdraw(request, list(queryset), self.page("changelist"), action="withdraw_selected")

    def companions(self, request: HttpRequest, record: Any) -> list[Any]:
        """The drafts that are prepared with this record, if this user may publish them."""
        if not self.published_with:
            return []
        drafts = getattr(record, self.published_with).filter(publication=Publication.DRAFT)
        other = self.admin_site.get_model_admin(drafts.model)
        return list(drafts) if other.has_change_permission(request) else []

    def publish(self, request: HttpRequest, records: list[Any], back: str, action: str = "") -> HttpResponse:
        found: list[tuple[Any, list[Problem], bool]] = []
        for record in records:
            if record.publication == Publication.PUBLISHED:
                continue
            found.append((record, [*broken_rules(record), *problems(record)], False))
            stored, record.publication = record.publication, Publication.PUBLISHED
            found.extend(
                (each, [*broken_rules(each), *problems(each)], True) for each in self.companions(request, record)
            )
            record.publication = stored
        ready = [(record, with_it) for record, said, with_it in found if not any(problem.blocking for problem in said)]
        if all(with_it for _record, with_it in ready):
            ready = []  # nothing that the others could go with
        if request.POST.get("_confirmed"):
            others = request.POST.get("_with_others") == "on"
            taken = [record for record, with_it in ready if others or not with_it]
            return self.set_publication(request, taken, Publication.PUBLISHED, _t("Publication."), back)
        return self.confirm(request, found, ready, back, action, publish=True)

    def withdraw(self, request: HttpRequest, records: list[Any], back: str, action: str = "") -> HttpResponse:
        ready = [record for record in records if record.publication == Publication.PUBLISHED]
        if request.POST.get("_confirmed"):
            return self.set_publication(request, ready, Publication.WITHDRAWN, _t("Retrait."), back)
        return self.confirm(request, [(record, [], False) for record in ready], [*ready], back, action, publish=False)

    def set_publication(
        self, request: HttpRequest, records: list[Any], state: Publication, what: str, back: str
    ) -> HttpResponse:
        why = f"{what} {reason_in(request)}".strip()
        count = len(self.change_each(request, records, why, lambda record: setattr(record, "publication", state)))
        done = {
            Publication.PUBLISHED: ngettext("%d fiche publiée.", "%d fiches publiées.", count),
            Publication.WITHDRAWN: ngettext("%d fiche retirée.", "%d fiches retirées.", count),
        }
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, done[state] % count, level)
        return HttpResponseRedirect(back)

    def confirm(
        self,
        request: HttpRequest,
        found: list[tuple[Any, list[Problem], bool]],
        ready: list[Any],
        back: str,
        action: str,
        *,
        publish: bool,
    ) -> HttpResponse:
        title = _t("Publier ?") if publish else _t("Retirer de la publication ?")
        return self.answer(
            request,
            "admin/editing/publish.html",
            title,
            found=found,
            ready=ready,
            companions=[record for record, _said, with_it in found if with_it],
            original=found[0][0] if found and not action else None,
            selected=request.POST.getlist(ACTION_CHECKBOX_NAME),
            checkbox=ACTION_CHECKBOX_NAME,
            action=action,
            publish=publish,
            back=back,
        )
