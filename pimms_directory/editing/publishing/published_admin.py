"""Records that are prepared unpublished, seen on their real page, then published: each a step with its checks."""

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pimms_directory.editing import history
from pimms_directory.editing.deleting import PublicPage
from pimms_directory.editing.history import reason_in
from pimms_directory.editing.publishing.kept_change_pages import KeptChangePages
from pimms_directory.editing.publishing.publication import Problem, Publication, broken_rules, problems


class Checked(NamedTuple):
    record: Any
    problems: list[Problem]
    is_companion: bool = False  # not asked for itself: it was prepared with one that is


def checked(record: Any, *, is_companion: bool = False) -> Checked:
    return Checked(record, [*broken_rules(record), *problems(record)], is_companion)


class PublishedAdmin(KeptChangePages):
    """Prepared unpublished, seen on its real page, then published: each a step of its own, with its checks."""

    actions: Any = ("publish_selected", "withdraw_selected")
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

    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The public page, for who may see the record here; shown as it is and marked as not published."""
        record = self.wanted(request, object_id, self.has_view_or_change_permission)
        argument = {self.preview_argument: getattr(record, self.preview_argument)}
        return self.preview_view.as_view(preview=not record.is_public)(request, **argument)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        if record := context.get("original"):
            is_published = record.publication == Publication.PUBLISHED
            context["publishing"] = {"problems": problems(record), "is_published": is_published}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        return super().get_view_on_site_url(obj) if obj is None or obj.is_public else None

    def public_pages(self, record: Any) -> list[PublicPage]:
        if not record.is_public:
            return []
        since = history.published_on(record)
        return [PublicPage(settings.PUBLIC_ORIGIN + each, since) for each in self.addresses(record)]

    def addresses(self, record: Any) -> list[str]:
        return [record.get_absolute_url()]

    def publish_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self.wanted(request, object_id, self.has_change_permission)
        return self.set_publication(request, Publication.PUBLISHED, [record])

    def withdraw_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        record = self.wanted(request, object_id, self.has_change_permission)
        return self.set_publication(request, Publication.WITHDRAWN, [record])

    @admin.action(description=_("Publier…"), permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        return self.set_publication(request, Publication.PUBLISHED, list(queryset), "publish_selected")

    @admin.action(description=_("Retirer de la publication…"), permissions=["change"])
    def withdraw_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        return self.set_publication(request, Publication.WITHDRAWN, list(queryset), "withdraw_selected")

    def companions(self, request: HttpRequest, record: Any) -> list[Any]:
        """The drafts that are prepared with this record, if this user may publish them."""
        if not self.published_with:
            return []
        drafts = getattr(record, self.published_with).filter(publication=Publication.DRAFT)
        other = self.admin_site.get_model_admin(drafts.model)
        return list(drafts) if other.has_change_permission(request) else []

    def to_publish(self, request: HttpRequest, records: list[Any]) -> list[Checked]:
        """What is not published yet, each with its companions, which are checked as if it were."""
        found: list[Checked] = []
        for record in records:
            if record.publication != Publication.PUBLISHED:
                found.append(checked(record))
                stored, record.publication = record.publication, Publication.PUBLISHED
                found.extend(checked(each, is_companion=True) for each in self.companions(request, record))
                record.publication = stored
        return found

    def set_publication(
        self, request: HttpRequest, state: Publication, records: list[Any], action: str = ""
    ) -> HttpResponse:
        """Publishes or withdraws once that is confirmed; before, shows what stands against it."""
        publish = state == Publication.PUBLISHED
        if publish:
            found = self.to_publish(request, records)
        else:
            found = [Checked(record, []) for record in records if record.publication == Publication.PUBLISHED]
        ready = [each for each in found if not any(problem.blocking for problem in each.problems)]
        if all(each.is_companion for each in ready):
            ready = []  # nothing that the others could go with
        back = self.page("changelist") if action else self.page("change", quote(records[0].pk))
        if request.POST.get("_confirmed"):
            others = request.POST.get("_with_others") == "on"
            self.change_publication(request, state, [each.record for each in ready if others or not each.is_companion])
            return HttpResponseRedirect(back)
        return self.answer(
            request,
            "admin/editing/publish.html",
            _t("Publier ?") if publish else _t("Retirer de la publication ?"),
            found=found,
            ready=ready,
            companions=[each for each in found if each.is_companion],
            original=found[0].record if found and not action else None,
            selected=request.POST.getlist(ACTION_CHECKBOX_NAME),
            checkbox=ACTION_CHECKBOX_NAME,
            action=action,
            publish=publish,
            back=back,
        )

    def change_publication(self, request: HttpRequest, state: Publication, records: list[Any]) -> None:
        publish = state == Publication.PUBLISHED
        why = f"{_t('Publication.') if publish else _t('Retrait.')} {reason_in(request)}".strip()
        count = len(self.change_each(request, records, why, lambda record: setattr(record, "publication", state)))
        if publish:
            done = ngettext("%d fiche publiée.", "%d fiches publiées.", count)
        else:
            done = ngettext("%d fiche retirée.", "%d fiches retirées.", count)
        self.message_user(request, done % count, messages.SUCCESS if count else messages.WARNING)
