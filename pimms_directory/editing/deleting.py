"""Deleting a record: warned of the public addresses that go, kept in the history from which it can come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from pimms_directory.editing import history
from pimms_directory.editing.history import reason_in
from pimms_directory.editing.record_pages import RecordPages
from pimms_directory.editing.states import root_of


class PublicPage(NamedTuple):
    address: str
    since: date | None  # None where that was before the history of its record began


class DeletePages(RecordPages):
    delete_confirmation_template = "admin/editing/delete_confirmation.html"
    delete_selected_confirmation_template = "admin/editing/delete_selected_confirmation.html"

    def public_pages(self, record: Any) -> list[PublicPage]:
        """The addresses that would answer 410 once the record is deleted."""
        return []

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> Any:
        record = self.get_object(request, str(context["object"].pk))
        more = {"public_pages": self.public_pages(record), "reason": reason_in(request)}
        return super().render_delete_form(request, {**context, **more})

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any) -> Any:
        """Django's page that confirms the deletion of several records warns, too."""
        response = super().response_action(request, queryset, *args)
        context = getattr(response, "context_data", None) or {}
        if "deletable_objects" in context:
            context["public_pages"] = [page for record in context["queryset"] for page in self.public_pages(record)]
        return response

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with self.kept(request, [obj]):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic(), self.kept(request, list(queryset)):
            super().delete_queryset(request, queryset)

    @contextmanager
    def kept(self, request: HttpRequest, records: list[Any]) -> Iterator[None]:
        """Before they go, a version that the list of deleted records offers to bring back; afterwards, one of what
        they were rows of."""
        history.keep_baseline(*records)
        why = f"{_('Suppression.')} {reason_in(request)}".strip()
        with history.snapshot(request.user, why):
            history.keep(*(record for record in records if root_of(record) is record))
        owners = [root_of(record) for record in records if root_of(record) is not record]
        yield
        with history.revision(request.user, reason_in(request)):
            history.keep(*owners)
