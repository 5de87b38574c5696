"""Where a member of staff wanted to go before she was asked who she is."""

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode


def next_page(request: HttpRequest) -> str:
    """An address of this site, else the first page of the admin."""
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe else reverse("admin:index")


def with_next(address: str, request: HttpRequest) -> str:
    return f"{address}?{urlencode({REDIRECT_FIELD_NAME: next_page(request)})}"
