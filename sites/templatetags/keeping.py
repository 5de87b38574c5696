"""``{% load keeping %}``: what a reader takes along from the page of a desk, or sends on."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from django import template
from django.template import RequestContext
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pimms_directory.base.templatetags.french import french_date, french_time
from sites.models import Site

register = template.Library()


@register.inclusion_tag("sites/pages/_keep.html", takes_context=True)
def keep_and_send(context: RequestContext, site: Site) -> dict[str, Any]:
    address = context["origin"] + site.get_absolute_url()
    text = ", ".join(part for part in (site.name, site.postal_address, site.phone) if part)
    message = f"{text}\n{address}"
    return {
        "site": site,
        "address": address,
        "text": text,
        # Both marks before the body: iOS asks for one of them, Android for the other.
        "sms": f"sms:?&{urlencode({'body': message}, quote_via=quote)}",
        "whatsapp": f"https://wa.me/?{urlencode({'text': message}, quote_via=quote)}",
        "report": report_address(context["publisher"]["contact"], site, address),
    }


def report_address(contact: str, site: Site, address: str) -> str:
    """A mail that is begun: to the publisher, or else to the desk. Empty where no mail address is known.

    In French in every language: so are those who read it.
    """
    to = contact if "@" in contact else site.email
    if not to:
        return ""
    modified = timezone.localtime(site.modified_at)
    with translation.override("fr"):  # those who receive it read French
        lines = [_("Bonjour, voici une erreur sur cette page :"), "", "", address]
        moment = {"date": french_date(modified.date()), "time": french_time(modified.time())}
        lines.append(_("Version de la fiche : %(date)s à %(time)s") % moment)
        subject = _("Erreur sur la page « %(name)s »") % {"name": site.name}
    asked = {"subject": subject, "body": "\r\n".join(lines)}
    return f"mailto:{quote(to, safe='@')}?{urlencode(asked, quote_via=quote)}"
