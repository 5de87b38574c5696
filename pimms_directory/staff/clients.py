"""Where a request comes from."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str | None:
    """The client's address, for the lock: of IPv6 the network, in which one machine has addresses without end.

    Each proxy in front appends to X-Forwarded-For whom it answers. What stands before the entries of our own proxies
    is the client's word, and could name a new address with each attempt.
    """
    found = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        found = forwarded[-settings.PROXY_COUNT :][0].strip() or found
    try:
        client = ip_address(found)
    except ValueError:  # a Unix socket has none
        return None
    if isinstance(client, IPv6Address):
        client = client.ipv4_mapped or ip_network((client, 64), strict=False).network_address
    return str(client)


def truncated(client: str | None) -> str:
    """The network of an address, enough to recognise a place and too little to recognise a person."""
    if not client:
        return ""
    prefix = 24 if "." in client else 48
    return str(ip_network((client, prefix), strict=False))
