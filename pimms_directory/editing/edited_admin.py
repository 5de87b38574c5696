"""The admin of every record with a history: each change is kept with its reason, none goes over an unseen one."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget, AutocompleteSelect, AutocompleteSelectMultiple
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from pimms_directory.base import revision
from pimms_directory.editing import history
from pimms_directory.editing.conflicts import (
    OPENED,
    SEEN,
    TAKE,
    ChoiceOfRecord,
    ChoiceOfRecords,
    TypedForms,
    as_new,
    is_key,
)
from pimms_directory.editing.deleting import DeletePages
from pimms_directory.editing.history import reason_in
from pimms_directory.editing.kept_forms import put_in_place, reopened
from pimms_directory.editing.publishing.publication import Problem, Publication, Publishable, doubts
from pimms_directory.editing.record_pages import HistoryPages
from pimms_directory.editing.states import TRACKED, differences, root_of, sealed, state_of, unsealed
from pimms_directory.editing.tables.admin_pages import TablePages


class DayInput(forms.DateInput):
    """14/10/2020 for every editor: the browser's own field writes 10/14/2020 where the browser is in English."""

    def __init__(self) -> None:
        super().__init__(format="%d/%m/%Y", attrs={"placeholder": "jj/mm/aaaa", "size": 10, "autocomplete": "off"})


# Without Django's note on the server's time zone, which says nothing of use about a day or the hours of a desk.
OWN_FIELDS: dict[type[models.Field], dict[str, Any]] = {
    models.DateField: {"widget": DayInput(), "error_messages": {"invalid": _("Écrivez une date comme 14/10/2026.")}},
    models.TimeField: {
        "widget": forms.TimeInput(format="%H:%M", attrs={"placeholder": "hh:mm", "size": 5}),
        "error_messages": {"invalid": _("Écrivez une heure comme 14:00 ou 14h.")},
    },
    models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})},
    models.URLField: {"assume_scheme": "https"},
}


ACCEPTED = "_accepted"  # of a form: the doubts that its editor has read, one a line


class TakenBack(Exception):
    """Raised once all of a form is written, so that nothing of it stays."""

    def __init__(self, found: Any = None) -> None:
        self.found = found  # what was seen of the record while it was written so


class Doubtful(TakenBack):
    """What a form would publish brings doubts that its editor has not read."""

    found: list[Problem]


class LookedUp(AutocompleteSelect):
    """Looks for no record where what was sent is no key."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, keys_in(value), attr)


class AllLookedUp(AutocompleteSelectMultiple):
    """The same where several may be chosen."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, keys_in(value), attr)


def keys_in(value: Iterable[Any]) -> list[Any]:
    return [key for key in value if not key or is_key(key)]


class TableInline(admin.TabularInline):
    """Rows of a record in a table whose every cell has a name: Django names its columns only."""

    template = "admin/editing/table_inline.html"
    formfield_overrides = OWN_FIELDS
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


class EditedAdmin(DeletePages, HistoryPages, TablePages):
    """Keeps each change with its reason, and never saves over a change that was not seen."""

    formfield_overrides = OWN_FIELDS
    guide_part = "1-corriger-une-fiche"  # the heading of the guide that says how to fill the form
    change_form_template = "admin/editing/change_form.html"
    change_list_template = "admin/editing/change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        title = capfirst(self.opts.verbose_name_plural)  # Django's speaks of “l’objet site à changer”
        more = {"title": title, "may_use_tables": self.may_use_tables(request), **(extra_context or {})}
        return super().changelist_view(request, more)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = LookedUp(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **{"form_class": ChoiceOfRecord, **kwargs})

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = AllLookedUp(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **{"form_class": ChoiceOfRecords, **kwargs})

    # Saving: one revision, nothing over an unseen change

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> Any:
        more: dict[str, Any] = {**(extra_context or {}), "reason": reason_in(request)}
        if request.method != "POST":
            posted = self.to_reopen(request, object_id)
            if posted is not None:
                put_in_place(request, posted)
                return self.show_typed(request, object_id, form_url, {**more, "reason": reason_in(request)})
            record = self.get_object(request, unquote(object_id)) if object_id else None
            more["opened"] = sealed(state_of(record)) if record else ""
            return super().changeform_view(request, object_id, form_url, more)
        try:
            with transaction.atomic():
                if object_id:
                    refused = self.show_unseen_change(request, object_id, form_url, more)
                    if refused is not None:
                        return refused
                with history.revision(request.user, reason_in(request)):
                    return super().changeform_view(request, object_id, form_url, more)
        except Doubtful as doubtful:
            more["doubts"] = doubtful.found
            return self.show_typed(request, object_id, form_url, more)

    def to_reopen(self, request: HttpRequest, object_id: str | None) -> QueryDict | None:
        """What the form is to be filled with, if it was kept."""
        return reopened(request)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A save that changes nothing leaves no trace."""
        return super().log_change(request, obj, message) if message else None

    def show_unseen_change(
        self, request: HttpRequest, object_id: str, form_url: str, more: dict[str, Any]
    ) -> HttpResponse | None:
        """The form again, with what another editor changed meanwhile; None if nothing did, or it was seen."""
        stored = revision.locked(self.model._base_manager.filter(pk=unquote(object_id))).first()
        if not self.has_change_permission(request, stored):
            return None  # Django's own page says so
        if stored is None:
            return self.gone_while_open(request) if OPENED in request.POST else None
        history.keep_baseline(stored)
        now = state_of(stored)
        more["opened"] = sealed(now)
        known = [unsealed(request.POST[name]) for name in (OPENED, SEEN) if name in request.POST]
        if TAKE not in request.POST and (not known or now in known):
            return None
        typed = self.typed_forms(request, object_id)
        if not typed.conflicts and TAKE not in request.POST:
            return None
        return self.show_typed(request, object_id, form_url, more, typed)

    def typed_forms(self, request: HttpRequest, object_id: str | None) -> TypedForms:
        record = self.get_object(request, unquote(object_id)) if object_id else None
        now = state_of(record) if record else {}
        opened = unsealed(request.POST[OPENED]) if record and OPENED in request.POST else now
        form = self.get_form(request, record, change=bool(record))(request.POST, request.FILES, instance=record)
        request.method = "POST"  # or Django would make the formsets of what is stored
        formsets, _inlines = self._create_formsets(request, form.instance, change=bool(record))  # type: ignore[attr-defined]
        return TypedForms(form.instance, form, formsets, opened, now, request.POST.getlist(TAKE))

    def show_typed(
        self,
        request: HttpRequest,
        object_id: str | None,
        form_url: str,
        more: dict[str, Any],
        typed: TypedForms | None = None,
    ) -> HttpResponse:
        """The form drawn anew, of the record as it is now, filled with what was posted. Saves nothing."""
        stored = self.model._base_manager.filter(pk=unquote(object_id)).first() if object_id else None
        if object_id and stored is None:
            return self.gone_while_open(request)
        if self.has_change_permission(request, stored) if stored else self.has_add_permission(request):
            more["typed"] = typed = typed or self.typed_forms(request, object_id)
            if stored:
                more |= {"opened": sealed(typed.opened), "seen": sealed(typed.now)}
                more["last"] = history.versions_of(root_of(stored)).first()
            if typed.conflicts:
                more["title"] = _t("Cette fiche a changé pendant que vous y travailliez")
        request.method = "GET"
        return super().changeform_view(request, object_id, form_url, more)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if typed := context.get("typed"):
            formsets = [each.formset for each in context["inline_admin_formsets"]]
            typed.put_into(context["adminform"].form, formsets)
        return super().render_change_form(request, context, *args, **kwargs)

    def gone_while_open(self, request: HttpRequest) -> HttpResponse:
        """What was open here was deleted: what was typed is shown, so that it is not lost."""
        request.POST, request.method = as_new(request.POST), "POST"  # type: ignore[assignment]
        form = self.get_form(request, None)(request.POST)
        formsets, _instances = self._create_formsets(request, self.model(), change=False)  # type: ignore[attr-defined]
        opened = unsealed(request.POST.get(OPENED, ""))
        typed = TypedForms(self.model(), form, formsets, opened, opened, []).state
        unread = [name for name in TRACKED[self.model].parts if name in typed and not isinstance(typed[name], list)]
        typed |= {name: request.POST.get(name, "") for name in unread}
        return self.answer(
            request,
            "admin/editing/gone.html",
            _t("Cette fiche a été supprimée pendant que vous y travailliez"),
            changes=differences(self.model, opened, typed, only=typed),
            deleted=self.page("deleted"),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        request.known_doubts = {doubt.text for doubt in doubts(root_of(obj))}  # type: ignore[attr-defined]
        if change and not form.has_changed():
            return
        history.typed.send(type(obj), instance=obj, names=set(form.changed_data), by=request.user)
        if not change and isinstance(obj, Publishable):
            obj.publication = Publication.DRAFT
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self.when_written(request, root_of(form.instance))
        if any(each.has_changed() for each in formsets):
            history.keep(form.instance)  # also where rows only left

    def when_written(self, request: HttpRequest, record: Any) -> None:
        """All of a form is written, and can still be taken back: what is published must bring no unread doubt."""
        read = {*request.known_doubts, *request.POST.get(ACCEPTED, "").splitlines()}  # type: ignore[attr-defined]
        if found := [doubt for doubt in doubts(record) if doubt.blocking or doubt.text not in read]:
            raise Doubtful(found)

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
            record.refresh_from_db(from_queryset=revision.locked(type(record)._base_manager.all()))
        except type(record).DoesNotExist:
            gone = _t("« %(record)s » n’existe plus : quelqu’un l’a supprimé entre-temps.")
            self.message_user(request, gone % {"record": record}, messages.WARNING)
            return False
        return True
