"""The weekly mail to staff, in plain French: what is due, what the official list brings, what is not published."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from sites.staff.to_do import to_do_lists

TOLD = ("a-verifier", "liste-officielle", "non-publies")


def recipients() -> list[Any]:
    """Who may change sites and has a mail address."""
    users = get_user_model().objects.with_perm(
        "directory.change_site", backend="django.contrib.auth.backends.ModelBackend"
    )
    return list(users.filter(is_staff=True).exclude(email="").order_by("pk"))


def message_for(user: Any) -> EmailMessage | None:
    """Each gets their own: no address is told to others. None where nothing waits."""
    lists = {each.key: each for each in to_do_lists(user)}
    waiting = [lists[key] for key in TOLD if key in lists and lists[key].items]
    if not waiting:
        return None
    context = {"lists": waiting, "origin": settings.PUBLIC_ORIGIN, "index": reverse("admin:index")}
    return EmailMessage(
        subject=_("Ce qui attend dans l’annuaire des PIMMS"),
        body=render_to_string("admin/directory/work.txt", context),
        to=[user.email],
    )
