"""The log of logins. axes has counted a failure before it comes here: it stands earlier in INSTALLED_APPS."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from pimms_directory.staff import second_factor, typed_forms
from pimms_directory.staff.models import LoginEvent
from pimms_directory.staff.password_reset import COUNTED
from pimms_directory.staff.site import begin_session, needs_code


@receiver(user_logged_in)
def password_was_right(request: HttpRequest, user: User, **kwargs: Any) -> None:
    begin_session(request)
    typed_forms.forget_others(request, user)
    request.session.clear_expired()
    if needs_code(user):
        LoginEvent.objects.record(LoginEvent.Kind.PASSWORD, request, user.get_username())
        return
    second_factor.forget_failures(request, user)
    LoginEvent.objects.record(LoginEvent.Kind.LOGIN, request, user.get_username())


@receiver(user_login_failed)
def login_failed(credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
    # While the lock holds, attempts are refused unread: to note each of them would fill the log for nothing.
    if request is None or request.axes_failures_since_start is None:
        return
    username = credentials.get("username") or ""
    if credentials == COUNTED:  # no login: an address that asks for mails
        return
    LoginEvent.objects.record(LoginEvent.Kind.FAILURE, request, username)
    if request.axes_locked_out:
        LoginEvent.objects.record(LoginEvent.Kind.LOCKOUT, request, username)


@receiver(user_logged_out)
def logged_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user:
        kind = LoginEvent.Kind.EXPIRY if getattr(request, "session_expired", False) else LoginEvent.Kind.LOGOUT
        LoginEvent.objects.record(kind, request, user.get_username())
