"""Telephone numbers: written as the French do (``04 76 33 06 56``, overseas ``0262 40 00 00``), called from anywhere
(``+33476330656``)."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# Guadeloupe, Réunion, Martinique, French Guiana and Mayotte: written the same way, with country codes of their own.
OVERSEAS = ("GP", "RE", "MQ", "GF", "YT")
# In Saint-Pierre-et-Miquelon the code of the area is the code of the country: 05 08 41 12 34 is +508 41 12 34.
SAINT_PIERRE, SAINT_PIERRE_CODE = "05 08 ", 508
DIGITS = 10  # of every number, with the 0 in front
# How national() writes them.
NATIONAL = r"^0(?:\d(?: \d\d){4}|\d{3}(?: \d\d){3})\Z"
OVERSEAS_CODES = {phonenumbers.country_code_for_region(region) for region in OVERSEAS}
CODES = OVERSEAS_CODES | {phonenumbers.country_code_for_region("FR")}
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


def national(text: str) -> str | None:
    """As the directory writes a number, from any spelling of it; None for what is no number of France.

    ``0299320258``, ``+33 (0)2 99 32 02 58`` → ``02 99 32 02 58``; ``+262 262 40 00 00`` → ``0262 40 00 00``.
    """
    try:
        number = phonenumbers.parse(" ".join(text.split()), "FR")
    except phonenumbers.NumberParseException:
        return None
    digits = f"0{number.national_number}"
    if number.country_code == SAINT_PIERRE_CODE:
        digits = f"0508{number.national_number}"
    elif number.country_code not in CODES or number.extension or not phonenumbers.is_possible_number(number):
        return None
    pairs = " ".join(re.findall("..", digits))
    if len(digits) != DIGITS:
        return None
    if number.country_code in OVERSEAS_CODES or parsed(pairs).country_code in OVERSEAS_CODES:
        return f"{digits[:4]} {digits[4:6]} {digits[6:8]} {digits[8:]}"
    return pairs


def is_mobile(text: str) -> bool:
    """Of any spelling: a number that may be in the pocket of one person."""
    number = national(text)
    return number is not None and number[1] in "67"
