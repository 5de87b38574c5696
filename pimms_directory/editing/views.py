from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.generic import DetailView

from pimms_directory.editing.publication import Publication, shown


class PublicDetail(DetailView):
    """The page of a published record; with ``preview``, for the admin alone, that of any record."""

    preview = False

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.extra_context = {"preview": self.preview}

    def get_object(self, queryset: Any = None) -> Any:
        record = super().get_object(queryset)
        return record if self.preview else shown(record)

    def seen(self, records: Any) -> Any:
        """Of what the page lists: what is published; in a preview also what is prepared with it."""
        return records.exclude(publication=Publication.WITHDRAWN) if self.preview else records.public()
