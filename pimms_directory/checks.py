"""Refuses a production start that would publish a site without what it owes its readers."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

REQUIRED = {
    "publisher": "SITE_PUBLISHER: the legal person that publishes the site",
    "contact": "SITE_CONTACT: the e-mail address or telephone number for readers",
    "publication_director": "SITE_PUBLICATION_DIRECTOR: the director of publication",
    "host": "SITE_HOST: name, address and telephone number of the hosting provider",
}


@register
def legal_notice_is_complete(**kwargs: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    return [
        Error(
            "The legal notice would be incomplete.",
            hint=f"Set {hint} (French law on digital trust of 21 June 2004, article 6).",
            id="pimms_directory.E001",
        )
        for key, hint in REQUIRED.items()
        if not settings.SITE[key]
    ]
