"""The admin site: how long a session lasts, and what it asks for where a password alone is not enough."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django_otp import user_has_device

from pimms_directory.editing.conflicts import is_key
from pimms_directory.editing.kept_forms import put_in_place, reopen, reopened
from pimms_directory.staff import sessions, typed_forms, views
from pimms_directory.staff.models import LoginEvent
from pimms_directory.staff.passwords import reset as password_reset

BEGUN, SEEN = "begun_at", "seen_at"
PATTERNS = ("__regex", "__iregex")  # of filters in an address
STEP = 60  # seconds between two notes of activity: not every page writes


def begin_session(request: HttpRequest) -> None:
    request.session[BEGUN] = request.session[SEEN] = int(time.time())
    sessions.note_who_it_is(request)


def with_session_limits(view: Callable[..., Any]) -> Callable[..., Any]:
    """Ends a session that nobody used for a while, and every session after a day's work.

    Django knows one age, counted from the last change of a session.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated:
            now = int(time.time())
            age, idle = now - request.session.get(BEGUN, 0), now - request.session.get(SEEN, 0)
            if age > settings.SESSION_COOKIE_AGE or idle > settings.SESSION_IDLE_SECONDS:
                request.session_expired = True  # type: ignore[attr-defined]
                logout(request)
                messages.warning(request, _("Votre session a pris fin. Reconnectez-vous pour continuer."))
            elif not 0 <= idle < STEP:
                request.session[SEEN] = now
                # Begun by a clock that was put back since: a day's work is no longer for that.
                request.session[BEGUN] = min(request.session[BEGUN], now)
        return view(request, *args, **kwargs)

    return answer


def with_possible_keys(view: Callable[..., Any]) -> Callable[..., Any]:
    """A key that no record can have names none. Django would ask the database, and SQLite has no such numbers.

    Nor does anything of ours filter by a pattern, at which databases fail or take for ever, or by a NUL, which
    PostgreSQL has in no text.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(map(is_key, chosen)):
            posted = request.POST.copy()
            posted.setlist(ACTION_CHECKBOX_NAME, list(filter(is_key, chosen)))
            put_in_place(request, posted)
        if any(name.endswith(PATTERNS) or "\0" in "".join(request.GET.getlist(name)) for name in request.GET):
            return without_filter(request)
        try:
            return view(request, *args, **kwargs)
        except OverflowError:
            if request.method != "GET" or not request.GET:
                raise
            return without_filter(request)

    return answer


def without_filter(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("Un filtre de cette adresse n’est pas possible : voici la liste sans filtre."))
    return redirect(request.path)


@with_session_limits
def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The token of a form is none of this login: the form comes back filled, for who had typed it."""
    if typed_forms.keep(request):
        return redirect(request.get_full_path())
    return csrf_failure(request, reason)


def needs_code(user: AbstractBaseUser | AnonymousUser) -> bool:
    return settings.ADMIN_REQUIRE_TOTP or user_has_device(user)


def is_code_awaited(request: HttpRequest) -> bool:
    """Whether the session is known by its password alone where that is not enough."""
    user: Any = request.user
    if getattr(user, "otp_device", None):
        return False
    if not hasattr(user, "needs_code"):  # the admin asks several times for each page
        user.needs_code = needs_code(user)
    return user.needs_code


class StaffSite(admin.AdminSite):
    """An admin that a password alone does not open where a second factor is set up, or demanded by a setting."""

    login_template = "admin/staff_login.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not is_code_awaited(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        # Django lets browsers keep the pages of passwords, too.
        kept = cacheable and view == self.i18n_javascript
        return with_session_limits(self.with_typed_forms(super().admin_view(with_possible_keys(view), kept)))

    def with_typed_forms(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Keeps a form that comes once the session has ended, and opens it again after the login."""

        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_permission(request):
                if request.method == "POST":
                    typed_forms.keep(request)
            elif request.method == "GET" and (posted := typed_forms.take(request)) is not None:
                reopen(request, posted)
                if "action" in posted:  # of a list: its next step has no address of its own
                    put_in_place(request, typed_forms.without_confirmation(posted))
                with transaction.atomic():
                    response = view(request, *args, **kwargs)
                    transaction.set_rollback(True)  # whatever the view does, nothing is saved
                return response
            return view(request, *args, **kwargs)

        return answer

    def each_context(self, request: Any) -> dict[str, Any]:
        """With what forms carry: see ``typed_forms``."""
        mark = typed_forms.mark(request.user) if request.user.is_authenticated else ""
        return {**super().each_context(request), "typed_by": mark, "is_reopened": reopened(request) is not None}

    def get_urls(self) -> list[URLPattern | URLResolver]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, with_session_limits(never_cache(csrf_protect(view))), name=name)

        return [
            path("guide/", self.admin_view(views.Guide.as_view(admin_site=self)), name="guide"),
            at("code/", views.EnterCode.as_view(admin_site=self), "enter_code"),
            at("double-authentification/", views.SecondFactor.as_view(admin_site=self), "second_factor"),
            at("double-authentification/activer/", views.SetUp.as_view(admin_site=self), "set_up_second_factor"),
            at("confirmer/", views.Confirm.as_view(admin_site=self), "confirm"),
            at("sessions/", views.Sessions.as_view(admin_site=self), "sessions"),
            at("mot-de-passe/", password_reset.Ask.as_view(admin_site=self), "password_forgotten"),
            at("mot-de-passe/envoye/", password_reset.Sent.as_view(admin_site=self), "password_sent"),
            at("mot-de-passe/<uidb64>/<token>/", password_reset.Choose.as_view(admin_site=self), "password_new"),
            at("logout/", self.logout, "logout"),  # also for who cannot enter a code and gives up
            *super().get_urls(),
        ]

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """What browsers keep of the pages goes with the session."""
        response = super().logout(request, extra_context)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        response = super().password_change(request, extra_context)
        if response.status_code == 302:
            LoginEvent.objects.record(LoginEvent.Kind.CHANGED, request, request.user.get_username())
        return response

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and super().has_permission(request) and is_code_awaited(request):
            to = "enter_code" if user_has_device(request.user) else "set_up_second_factor"
            after = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
            return redirect(reverse(f"admin:{to}", query={REDIRECT_FIELD_NAME: after}))
        return super().login(request, {"mail_is_set": bool(settings.EMAIL_HOST), **(extra_context or {})})
