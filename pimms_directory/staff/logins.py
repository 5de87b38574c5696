"""How often one may try to log in, and the log of logins.

An attempt is counted before anything is checked: counted afterwards, many that come at once would all be checked.
"""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models import F
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from pimms_directory.staff import second_factor, typed_forms
from pimms_directory.staff.models import EVERYWHERE, FullyCounted, LoginEvent, count_once_more
from pimms_directory.staff.passwords.reset import COUNTED
from pimms_directory.staff.site import begin_session, needs_code


class LoginCounter(AxesDatabaseHandler):
    """One row for an account and an address, one for the account at all addresses. axes asks it, and is told."""

    def is_allowed(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        """Counts this attempt, or says no where it would be one too many."""
        self.clean_expired_user_attempts(request, credentials)
        counters = self.counters(request, credentials)
        try:
            with transaction.atomic():
                for counter, most in counters:
                    count_once_more(counter, most)
        except FullyCounted:
            return False
        return True

    @staticmethod
    def counters(request: Any, credentials: dict[str, Any] | None) -> list[tuple[dict[str, Any], int]]:
        """Which rows count an attempt, always in this order, and up to which number."""
        username = ((credentials or {}).get("username") or "")[:255].replace("\0", "")
        address = {"username": username, "ip_address": request.axes_ip_address or "::"}
        everywhere = {"username": username, "ip_address": EVERYWHERE}
        own = (address, settings.AXES_FAILURE_LIMIT)
        return [own] if username == COUNTED["username"] else [own, (everywhere, settings.LOGIN_ACCOUNT_LIMIT)]

    def get_failures(self, request: Any, credentials: dict[str, Any] | None = None) -> int:
        counter, _most = self.counters(request, credentials)[0]
        return AccessAttempt.objects.filter(**counter).values_list("failures_since_start", flat=True).first() or 0

    def user_login_failed(self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
        """The failure is counted already: it only says whether it was the last one that is allowed."""
        if request is None:
            return
        request.axes_credentials = credentials
        if not request.axes_locked_out:  # refused unread, otherwise
            request.axes_failures_since_start = self.get_failures(request, credentials)
            request.axes_locked_out = request.axes_failures_since_start >= settings.AXES_FAILURE_LIMIT

    def user_logged_in(self, sender: Any, request: Any, user: User, **kwargs: Any) -> None:
        """The password was no failure; those before it are forgotten once the whole login is done."""
        self.take_back(request, user)

    def take_back(self, request: Any, user: Any) -> None:
        for counter, _most in self.counters(request, {"username": user.get_username()}):
            counted = AccessAttempt.objects.filter(**counter, failures_since_start__gt=0)
            counted.update(failures_since_start=F("failures_since_start") - 1)

    def clean_expired_user_attempts(self, request: Any = None, credentials: dict[str, Any] | None = None) -> int:
        """What counts an account at all addresses stays, until somebody unlocks it."""
        now = timezone.now()
        # Counted by a clock that was put back since: no lock holds for as long as the clock was ahead.
        AccessAttempt.objects.filter(attempt_time__gt=now).update(attempt_time=now)
        old = AccessAttempt.objects.filter(attempt_time__lte=now - settings.AXES_COOLOFF_TIME)
        accounts = User.objects.values("username")
        return old.exclude(ip_address=EVERYWHERE, username__in=accounts).delete()[0]


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
