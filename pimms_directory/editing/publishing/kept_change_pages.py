"""A change to a published record that is kept in preparation: seen on the real page, then published or abandoned.

It is the form as it was posted. Publishing sends that form once more, so that it meets what every save meets: other
editors' changes, the checks, the history with its reason.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern
from django.utils.translation import gettext as _

from pimms_directory.base import revision
from pimms_directory.editing.conflicts import OPENED, SEEN, TAKE
from pimms_directory.editing.edited_admin import ACCEPTED, EditedAdmin, TakenBack
from pimms_directory.editing.history import reason_in
from pimms_directory.editing.kept_forms import put_in_place
from pimms_directory.editing.models import KeptChange
from pimms_directory.editing.publishing.publication import doubts
from pimms_directory.editing.states import differences, state_of, unsealed

# Of a form: the button that keeps it, with the version that it may replace; the version that the form was opened from.
KEEP, KEPT = "_keep", "_kept"
RESUME = "reprendre"  # in the address of a form that is to be filled with the change


class KeptChangePages(EditedAdmin):
    preview_view: Any = None  # the view of the public page
    preview_argument = "slug"

    def own_urls(self) -> list[URLPattern]:
        return [
            self.route("<path:object_id>/kept/", self.kept_view, "kept"),
            self.route("<path:object_id>/kept-preview/", self.preview_kept, "kept_preview"),
            *super().own_urls(),
        ]

    def resume_page(self, record: Any) -> str:
        return f"{self.page('change', quote(record.pk))}?{RESUME}=1"

    # The form of the record

    def to_reopen(self, request: HttpRequest, object_id: str | None) -> QueryDict | None:
        posted = super().to_reopen(request, object_id)
        if posted is None and object_id and RESUME in request.GET:
            record = self.get_object(request, unquote(object_id))
            if record and (kept := KeptChange.objects.of(record)):
                return kept.posted
        return posted

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict | None = None
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except TakenBack as tried:
            if tried.found == unsealed(request.POST.get(OPENED, "")):
                self.message_user(
                    request, _("Rien n’a changé dans ce formulaire : rien n’est gardé."), messages.WARNING
                )
                return HttpResponseRedirect(self.page("change", quote(str(object_id))))
            return self.keep(request, str(object_id), form_url)

    def when_written(self, request: HttpRequest, record: Any) -> None:
        if look := getattr(request, "look", None):
            raise TakenBack(look(record))
        if KEEP in request.POST and "object_id" in request.resolver_match.kwargs:  # type: ignore[union-attr]
            raise TakenBack(state_of(type(record)._base_manager.get(pk=record.pk)))
        super().when_written(request, record)
        kept = KeptChange.objects.of(record) if KEPT in request.POST else None
        if kept and kept.version == request.POST[KEPT]:
            kept.delete()

    def keep(self, request: HttpRequest, object_id: str, form_url: str) -> HttpResponse:
        """The form was found right. It is kept, unless it would replace a change that its editor has not seen."""
        with transaction.atomic():
            record = revision.locked(self.model._base_manager.all()).get(pk=unquote(object_id))
            other = KeptChange.objects.of(record)
            if other is None or other.version in (request.POST[KEEP], request.POST.get(KEPT)):
                KeptChange.objects.keep(record, request.POST, request.user, KEEP, KEPT, TAKE, ACCEPTED)
                self.message_user(request, _("La modification est gardée : la page publique n’a pas changé."))
                return HttpResponseRedirect(self.page("kept", quote(record.pk)))
        return self.show_typed(request, object_id, form_url, {"reason": reason_in(request), "other": other})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if (record := context.get("original")) and self.has_change_permission(request, record):
            kept = KeptChange.objects.of(record)
            resumed = context.get("typed") and RESUME in request.GET and KEPT not in request.POST
            context["keeping"] = {
                "is_offered": record.is_public,
                "change": kept,
                "opened": kept.version if kept and resumed else request.POST.get(KEPT, ""),
                "resume": self.resume_page(record),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # The change itself

    def kept_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the change would change, with the way to publish it or to give it up."""
        record = self.wanted(request, object_id, self.has_change_permission)
        kept = KeptChange.objects.of(record)
        back = self.page("change", quote(record.pk))
        if kept is None or (request.method == "POST" and kept.version == request.POST.get(KEPT)):
            if kept:
                kept.delete()
                self.message_user(request, _("La modification est abandonnée : la page publique n’a pas changé."))
            return HttpResponseRedirect(back)
        posted, now = kept.posted, state_of(record)
        known = [unsealed(str(posted[name])) for name in (OPENED, SEEN) if name in posted]
        before = {doubt.text for doubt in doubts(record)}

        def look(changed: Any) -> dict[str, Any]:
            found = [doubt for doubt in doubts(changed) if doubt.text not in before]
            return {"changes": differences(self.model, known[-1] if known else now, state_of(changed)), "doubts": found}

        found = self.tried(request, record, posted, look)
        return self.answer(
            request,
            "admin/editing/kept.html",
            _("Modification en préparation : %(record)s") % {"record": record},
            original=record,
            kept=kept,
            is_refused=found is None,
            is_behind=bool(known) and now not in known,
            fields=[(name, value) for name, values in posted.lists() for value in values if name != "_reason"],
            reason=posted.get("_reason", ""),
            resume=self.resume_page(record),
            back=back,
            **(found or {"changes": [], "doubts": []}),
        )

    def preview_kept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The public page as the change would make it."""
        record = self.wanted(request, object_id, self.has_change_permission)
        kept = KeptChange.objects.of(record)

        def look(changed: Any) -> HttpResponse:
            request.method = "GET"
            page = self.preview_view.as_view(preview=not changed.is_public, extra_context={"preview": True})
            return page(request, **{self.preview_argument: getattr(changed, self.preview_argument)}).render()

        page = self.tried(request, record, kept.posted, look) if kept else None
        if page is None:
            text = _(
                "Pas d’aperçu : la fiche a changé depuis. Enregistrez pour voir ce qui s’oppose à la modification."
            )
            self.message_user(request, text, messages.WARNING)
            return HttpResponseRedirect(self.resume_page(record))
        return page

    def tried(self, request: HttpRequest, record: Any, posted: QueryDict, look: Callable[[Any], Any]) -> Any:
        """What ``look`` sees of a record with a change in it, of which nothing stays; None where a rule refuses it."""
        put_in_place(request, posted)
        request.look = look  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                super(EditedAdmin, self).changeform_view(request, str(record.pk))
        except TakenBack as seen:
            return seen.found
        finally:
            request.method = "GET"
            del request.look  # type: ignore[attr-defined]
        return None
