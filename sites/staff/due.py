"""Records whose contact check is older than ``RECORD_MAX_AGE_DAYS``: which they are, and how a desk is asked."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from sites.models import Site
from sites.models.site_queries import SiteQuerySet


def due() -> Q:
    oldest = timezone.localdate() - timedelta(days=settings.RECORD_MAX_AGE_DAYS)
    return Q(contact_checked_on=None) | Q(contact_checked_on__lt=oldest)


def due_sites() -> SiteQuerySet[Site]:
    """Of those that the public finds; first what nobody ever checked, then the oldest."""
    found = Site.objects.labelled().filter(due())
    return found.order_by(F("contact_checked_on").asc(nulls_first=True), "slug")


def is_too_old(site: Site) -> bool:
    age = timezone.localdate() - site.contact_checked_on if site.contact_checked_on else None
    return age is not None and age.days > settings.RECORD_MAX_AGE_DAYS


def question_to_desk(site: Site) -> str:
    """A mail to the desk that says what the directory says of it, for an editor to send; empty without an address."""
    if not site.email:
        return ""
    context = {"site": site, "address": settings.PUBLIC_ORIGIN + site.get_absolute_url(), "name": settings.SITE_NAME}
    body = render_to_string("admin/directory/site/question_to_desk.txt", context).strip().replace("\n", "\r\n")
    asked = {"subject": _t("Vos informations sont-elles exactes ? %(name)s") % {"name": site.name}, "body": body}
    return f"mailto:{quote(site.email, safe='@')}?{urlencode(asked, quote_via=quote)}"


class DueFilter(admin.SimpleListFilter):
    title = _("confirmation")
    parameter_name = "a_confirmer"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("oui", _t("à confirmer")), ("non", _t("à jour"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Site]) -> QuerySet[Site]:
        match self.value():
            case "oui":
                return queryset.filter(due())
            case "non":
                return queryset.exclude(due())
        return queryset
