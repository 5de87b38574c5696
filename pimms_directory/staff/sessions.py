"""Where an account is logged in; and whether who uses a session has shown lately that it is still the same person."""

import hashlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, SESSION_KEY, authenticate, logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pimms_directory.base.logs import client_network
from pimms_directory.staff.models import LoginEvent, proxies

KNOWN, WHERE = "known_at", "where"
LATELY = 15 * 60  # seconds


def note_who_it_is(request: HttpRequest) -> None:
    """After each proof. The session goes on under another key: nobody may have got hold of that one before."""
    request.session.cycle_key()
    request.session[KNOWN] = int(time.time())
    request.session[WHERE] = client_network(request.META, proxies())


def confirming(request: HttpRequest) -> str:
    """The address of the page that asks for the password again; empty if that was given lately."""
    if 0 <= time.time() - request.session.get(KNOWN, 0) <= LATELY:
        return ""
    return reverse("admin:confirm", query={REDIRECT_FIELD_NAME: request.get_full_path()})


def confirm_first(request: HttpRequest) -> HttpResponseRedirect | None:
    address = confirming(request)
    if address and request.method == "POST":
        messages.warning(request, _("Rien n’est encore changé : après cette page, refaites ce que vous vouliez faire."))
    return redirect(address) if address else None


def is_password(request: HttpRequest, password: str) -> bool:
    """Of the account that is logged in. A wrong one counts like at the login, and may end the session."""
    user = authenticate(request, username=request.user.get_username(), password=password)
    if user is None:
        if request.axes_locked_out:  # type: ignore[attr-defined]
            logout(request)
        return False
    AxesProxyHandler.get_implementation().take_back(request, user)
    return True


def of(user: Any) -> list[Session]:
    """Newest first. A session does not say whose it is before it is read: of staff there are few."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    theirs = [session for session in alive if session.get_decoded().get(SESSION_KEY) == str(user.pk)]
    return sorted(theirs, key=begun, reverse=True)


def begun(session: Session) -> int:
    return session.get_decoded().get("begun_at", 0)


def end(request: HttpRequest, user: Any, sessions: Iterable[Session]) -> None:
    ended, _by_model = Session.objects.filter(pk__in=[session.pk for session in sessions]).delete()
    if ended:
        LoginEvent.objects.record(LoginEvent.Kind.SESSIONS, request, user.get_username())


def name_of(session: Session) -> str:
    """For forms: who knows the key of a session has the session."""
    return hashlib.sha256(session.pk.encode()).hexdigest()


def said(session: Session) -> str:
    when = date_format(timezone.localtime(datetime.fromtimestamp(begun(session), UTC)), "j F Y, H:i")
    where = session.get_decoded().get(WHERE) or _("un réseau inconnu")
    return _("ouverte le %(when)s depuis %(where)s") % {"when": when, "where": where}


class ChoiceForm(forms.Form):
    sessions = forms.MultipleChoiceField(
        label=gettext_lazy("Sessions à fermer"), widget=forms.CheckboxSelectMultiple(attrs={"class": "sessions"})
    )

    def __init__(self, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        others = [session for session in of(request.user) if session.pk != request.session.session_key]
        self.others = {name_of(session): session for session in others}
        field: Any = self.fields["sessions"]
        field.choices = [(name, said(session)) for name, session in self.others.items()]
        field.initial = list(self.others)

    def chosen(self) -> list[Session]:
        return [self.others[name] for name in self.cleaned_data["sessions"]]
