from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from pimms_directory.staff import views
from pimms_directory.staff.next_page import with_next
from pimms_directory.staff.sessions import has_second_factor, is_code_awaited, with_session_limits


class StaffSite(admin.AdminSite):
    """An admin that a password alone does not open where a second factor is set up, or demanded by a setting."""

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not is_code_awaited(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return with_session_limits(super().admin_view(view, cacheable))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, with_session_limits(never_cache(csrf_protect(view))), name=name)

        return [
            at("code/", views.EnterCode.as_view(admin_site=self), "enter_code"),
            at("double-authentification/", views.SecondFactor.as_view(admin_site=self), "second_factor"),
            at("double-authentification/activer/", views.SetUp.as_view(admin_site=self), "set_up_second_factor"),
            at("logout/", self.logout, "logout"),  # also for who cannot enter a code and gives up
            *super().get_urls(),
        ]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and super().has_permission(request) and is_code_awaited(request):
            to = "enter_code" if has_second_factor(request.user) else "set_up_second_factor"
            return redirect(with_next(reverse(f"admin:{to}"), request))
        return super().login(request, extra_context)
