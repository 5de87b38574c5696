from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect


class StaffSite(admin.AdminSite):
    """An admin that a password alone does not open where a second factor is set up, or demanded by a setting."""

    def has_permission(self, request: HttpRequest) -> bool:
        from pimms_directory.staff import second_factor

        return super().has_permission(request) and not second_factor.is_awaited(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from pimms_directory.staff import views

        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, never_cache(csrf_protect(view)), name=name)

        return [
            at("code/", views.EnterCode.as_view(admin_site=self), "enter_code"),
            at("double-authentification/", views.SecondFactor.as_view(admin_site=self), "second_factor"),
            at("double-authentification/activer/", views.SetUp.as_view(admin_site=self), "set_up_second_factor"),
            at("logout/", self.logout, "logout"),  # also for who cannot enter a code and gives up
            *super().get_urls(),
        ]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from pimms_directory.staff import second_factor

        if request.method == "GET" and super().has_permission(request) and second_factor.is_awaited(request):
            to = "enter_code" if second_factor.is_set_up(request.user) else "set_up_second_factor"
            return redirect(with_next(reverse(f"admin:{to}"), request))
        return super().login(request, extra_context)


def next_page(request: HttpRequest) -> str:
    """Where the reader wanted to go: an address of this site, else the first page of the admin."""
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe else reverse("admin:index")


def with_next(address: str, request: HttpRequest) -> str:
    return f"{address}?{urlencode({REDIRECT_FIELD_NAME: next_page(request)})}"
