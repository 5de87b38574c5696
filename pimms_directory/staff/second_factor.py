"""The second factor: a code of an application on the phone (RFC 6238), or one of ten codes kept on paper.

django-otp keeps the secrets, checks codes, refuses to take one twice and slows down who guesses.
"""

from base64 import b32encode
from typing import Any

import segno
from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.contrib.auth import logout
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp import login as remember_device
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from pimms_directory.staff import sessions
from pimms_directory.staff.models import EVERYWHERE, LoginEvent, lock_address

RECOVERY_CODES = 10
KEY = "second_factor_key"


def accept(request: HttpRequest, code: str) -> bool:
    """Whether this is a valid code of the user: of her application, or a recovery code, which is then used up."""
    credentials = {"username": request.user.get_username()}
    counter = AxesProxyHandler.get_implementation()
    # Counts towards the lock like a password, and before the code is looked at.
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
        logout(request)
        return False
    code = "".join(code.split()).replace("-", "").lower()
    model: Any = TOTPDevice if code.isdecimal() else StaticDevice
    devices = model.objects.devices_for_user(request.user, confirmed=True)
    now = timezone.now()  # the last failure may be of a clock that was ahead, and was put back since
    devices.filter(throttling_failure_timestamp__gt=now).update(throttling_failure_timestamp=now)
    if any(verify_token(request.user, device.persistent_id, code) for device in devices):
        counter.take_back(request, request.user)
        return True
    user_login_failed.send(__name__, credentials=credentials, request=request)
    if request.axes_locked_out:  # type: ignore[attr-defined]
        logout(request)
    return False


def let_in(request: HttpRequest) -> None:
    """The password was right and the code too: the session is whole."""
    device = TOTPDevice.objects.filter(user_id=request.user.pk, confirmed=True).first()
    sessions.note_who_it_is(request)
    remember_device(request, device)
    forget_failures(request, request.user)
    LoginEvent.objects.record(LoginEvent.Kind.LOGIN, request, request.user.get_username())


def forget_failures(request: HttpRequest, user: AbstractBaseUser | AnonymousUser) -> None:
    """Only when the whole login is done: who knows a password must not buy new guesses of the code with it."""
    for address in (lock_address(request), EVERYWHERE):
        reset(ip=address or "::", username=user.get_username())


def candidate(request: HttpRequest) -> TOTPDevice:
    """The device that this session may set up. Its key stays with the session: nobody else has ever seen it."""
    key = request.session.setdefault(KEY, default_key())
    return TOTPDevice(user_id=request.user.pk, name="TOTP", key=key)


def readable_key(device: TOTPDevice) -> str:
    """For who cannot scan: in groups of four, as applications take it."""
    key = b32encode(device.bin_key).decode()
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def qr_code(device: TOTPDevice) -> str:
    """As SVG, dark on light in every theme: cameras expect it so."""
    code = segno.make(device.config_url, error="m", micro=False)
    return code.svg_inline(omitsize=True, light="#fff", dark="#000")


def set_up(request: HttpRequest, code: str) -> list[str]:
    """Sets the application up if it gives the right code, and returns the recovery codes; none if it does not."""
    with transaction.atomic():
        device = candidate(request)
        if not device.verify_token("".join(code.split())):
            transaction.set_rollback(True)
            return []
        TOTPDevice.objects.filter(user_id=request.user.pk).exclude(pk=device.pk).delete()
        codes = new_recovery_codes(request.user)
        LoginEvent.objects.record(LoginEvent.Kind.FACTOR_ON, request, request.user.get_username())
    del request.session[KEY]
    request.session.cycle_key()
    remember_device(request, device)
    return codes


def new_recovery_codes(user: AbstractBaseUser | AnonymousUser) -> list[str]:
    with transaction.atomic():
        StaticDevice.objects.filter(user_id=user.pk).delete()
        device = StaticDevice.objects.create(user_id=user.pk, name="recovery")
        codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def remove(user: AbstractBaseUser | AnonymousUser | User, request: HttpRequest) -> None:
    with transaction.atomic():
        StaticDevice.objects.filter(user_id=user.pk).delete()
        TOTPDevice.objects.filter(user_id=user.pk).delete()
        LoginEvent.objects.record(LoginEvent.Kind.FACTOR_OFF, request, user.get_username())
