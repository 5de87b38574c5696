"""Refuses a start whose addresses would be in each other’s way, and warns of one that believes anybody."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import URLPattern, URLResolver, get_resolver

from pimms_directory.base import languages
from pimms_directory.base.addresses import PROBES


@register
def admin_has_an_address_of_its_own(**kwargs: Any) -> list[CheckMessage]:
    """Below the address of a public page, the admin would take its cookies along to it."""
    first = settings.ADMIN_PATH.partition("/")[0]
    others = {
        *(probe.strip("/") for probe in PROBES),
        urlsplit(settings.STATIC_URL).path.strip("/"),
        *languages.BY_CODE,
    }
    if first not in others | set(public_folders(get_resolver().url_patterns)):
        return []
    return [
        Error(
            f"Public pages stand below /{first}/: the admin cannot.",
            hint="Set ADMIN_PATH to another address, like admin/.",
            id="pimms_directory.E002",
        )
    ]


@register
def proxy_is_no_assumption(**kwargs: Any) -> list[CheckMessage]:
    """Who reaches the server beside its proxy invents the address of a client, and passes by limits and locks."""
    if not settings.TRUSTS_ANYBODY:
        return []
    return [
        Warning(
            "The server listens to other machines (HOST), and believes what they say of clients’ addresses.",
            hint="Set TRUST_PROXY=true if only the proxy reaches its port, TRUST_PROXY=false if others do.",
            id="pimms_directory.W003",
        )
    ]


def public_folders(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """The first part of every public address that has a route."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield route.partition("/")[0]
        elif pattern.namespace != "admin":
            yield from public_folders(pattern.url_patterns, route)
