"""Telephone numbers: written as the French do (``04 76 33 06 56``), called from anywhere (``+33476330656``)."""

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# Guadeloupe, Réunion, Martinique, French Guiana and Mayotte: written the same way, with country codes of their own.
OVERSEAS = ("GP", "RE", "MQ", "GF", "YT")
# In Saint-Pierre-et-Miquelon the code of the area is the code of the country: 05 08 41 12 34 is +508 41 12 34.
SAINT_PIERRE = "05 08 "
PLACES = {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE}  # and no number without a place, such as a free one


@lru_cache(3000)
def international(number: str) -> str:
    """E.164: ``04 76 33 06 56`` → ``+33476330656``, ``05 90 41 12 34`` → ``+590590411234``."""
    try:
        return as_e164(parsed(number))
    except phonenumbers.NumberParseException:  # no telephone number: it is shown as it was entered
        return number


def e164(number: str) -> str | None:
    """The same, or None for what is no telephone number."""
    written = international(number)
    return written if written.startswith("+") else None


def parsed(number: str) -> phonenumbers.PhoneNumber:
    if number.startswith(SAINT_PIERRE):
        return phonenumbers.parse(number.removeprefix(SAINT_PIERRE), "PM")
    for region in OVERSEAS:
        found = phonenumbers.parse(number, region)
        if phonenumbers.is_valid_number_for_region(found, region) and phonenumbers.number_type(found) in PLACES:
            return found
    return phonenumbers.parse(number, "FR")


def as_e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
