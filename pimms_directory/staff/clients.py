"""Where a request comes from."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from pimms_directory.base.logs import client_address, network


def address(request: HttpRequest) -> str | None:
    """The client's address, for the lock: of IPv6 the network, in which one machine has addresses without end."""
    client = client_address(request.META, settings.PROXY_COUNT if settings.TRUST_PROXY else 0)
    if client and client.version == 6:
        return str(ip_network((client, 64), strict=False).network_address)
    return str(client) if client else None


def truncated(client: str | None) -> str:
    """The network of an address."""
    return network(ip_address(client)) if client else ""
