"""Pages of its own for the admin of a model: their addresses, and the frame that they are shown in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse


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
        name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(address, self.admin_site.admin_view(view), name=name)

    def answer(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name
        common = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "model_admin": self}
        return TemplateResponse(request, template, {**common, **context})

    def wanted(self, request: HttpRequest, object_id: str, allowed: Callable[..., bool]) -> Any:
        """The record of an address, for who is ``allowed`` to see it so."""
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not allowed(request, record):
            raise PermissionDenied
        return record
