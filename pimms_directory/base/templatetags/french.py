"""Dates, hours and figures as readers of the page’s language write them. Built in: templates need no ``{% load %}``."""

from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pimms_directory.base.folding import fold
from pimms_directory.base.languages import current

register = template.Library()

NARROW_SPACE = "\u202f"
VOWELS = tuple("aeiouy")


@register.filter
def french_date(value: date | None) -> str:
    """``1er janvier 2020``, ``14 octobre 2020``; empty for no date."""
    return _date(value, get_language()) if value else ""


@register.filter(expects_localtime=True)
def french_moment(value: datetime) -> str:
    """``1er janvier 2020, 14:30``, in the time of France."""
    return f"{french_date(value.date())}, {value:%H:%M}"


@lru_cache(1000)
def _date(value: date, language: str | None) -> str:
    if not current().reads_french:
        return date_format(value)
    day = "1er" if value.day == 1 else str(value.day)
    return f"{day}\u00a0{date_format(value, 'F Y')}"


def day_before(first: date, last: date, *, whole: bool = False) -> str:
    """The first of two days, as it stands before the last one: ``4`` before ``15 août 2026``, or else ``4 août``.

    Other languages always say the month.
    """
    if first.year != last.year:
        return french_date(first)
    if not current().reads_french:
        return date_format(first, "MONTH_DAY_FORMAT")
    day = "1er" if first.day == 1 else str(first.day)
    return day if first.month == last.month and not whole else f"{day}\u00a0{date_format(first, 'F')}"


def plain_date(value: date) -> str:
    """The same with spaces that may break: for text that is kept, compared and typed again."""
    return french_date(value).replace("\u00a0", " ")


@register.filter
def time_tag(value: date | None) -> SafeString | str:
    """A date as an HTML ``<time>`` element that machines read too."""
    if value is None:
        return ""
    return mark_safe(f'<time datetime="{value.isoformat()}">{french_date(value)}</time>')  # noqa: S308 (no user text)


@register.filter
def french_time(value: time) -> str:
    """``9 h``, ``13 h 30``, with spaces that do not break; ``09:00`` in other languages."""
    if not current().reads_french:
        return f"{value:%H:%M}"
    hour = f"{value.hour}\u00a0h"
    return hour if value.minute == 0 else f"{hour}\u00a0{value.minute:02d}"


@register.filter
def french_distance(value: float) -> str:
    """Kilometres as ``300 m``, ``12,4 km``, ``1 204 km``: no finer than the positions behind them."""
    if value < 0.95:
        return f"{max(1, round(value * 10)) * 100}\u00a0" + _("m")
    # Rounded here, as number_format would cut.
    number = number_format(Decimal(f"{value:.1f}"), 1) if value < 99.95 else french_number(round(value))
    return f"{number}\u00a0" + _("km")


@register.filter
def french_number(value: int) -> str:
    """``1 829 881``: groups of three, split by a narrow space that does not break."""
    return _number(value, get_language())


@lru_cache(500)  # the same small ones on every page, and Django asks for the format each time
def _number(value: int, language: str | None) -> str:
    return number_format(value, force_grouping=True).replace("\u00a0", NARROW_SPACE)


@register.filter
def after_de(name: str) -> str:
    """``de Grenoble``, ``d’Orléans``, ``du Havre``, ``des Ulis``; before H as before a consonant. Elsewhere bare."""
    if not current().reads_french:
        return name
    for article, written in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return written + name.removeprefix(article)
    return f"d’{name}" if fold(name)[:1] in VOWELS else f"de {name}"
