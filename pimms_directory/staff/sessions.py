"""Sessions of staff: how long one lasts, and whether it is whole where a password alone is not enough."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

BEGUN, SEEN = "begun_at", "seen_at"
STEP = 60  # seconds between two notes of activity: not every page writes


def begin(request: HttpRequest) -> None:
    request.session[BEGUN] = request.session[SEEN] = int(time.time())


def end_if_too_old(request: HttpRequest) -> None:
    """Ends a session that nobody used for a while, and every session after a day's work.

    Django knows one age, counted from the last change of a session.
    """
    if not request.user.is_authenticated:
        return
    now = int(time.time())
    begun, seen = request.session.get(BEGUN, 0), request.session.get(SEEN, 0)
    if (
        now - begun > settings.SESSION_LONGEST_TIME.total_seconds()
        or now - seen > settings.SESSION_IDLE_TIME.total_seconds()
    ):
        request.session_expired = True  # type: ignore[attr-defined]
        logout(request)
        messages.warning(request, _("Votre session a pris fin. Reconnectez-vous pour continuer."))
    elif now - seen >= STEP:
        request.session[SEEN] = now


def with_session_limits(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        end_if_too_old(request)
        return view(request, *args, **kwargs)

    return answer


def has_second_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists()


def needs_code(user: AbstractBaseUser | AnonymousUser) -> bool:
    return settings.ADMIN_REQUIRE_TOTP or has_second_factor(user)


def is_code_awaited(request: HttpRequest) -> bool:
    """Whether the session is known by its password alone where that is not enough."""
    if getattr(request.user, "otp_device", None):
        return False
    known = request.__dict__.setdefault("_code_awaited", {})  # the admin asks several times for each page
    if request.user.pk not in known:
        known[request.user.pk] = needs_code(request.user)
    return known[request.user.pk]
