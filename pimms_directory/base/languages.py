"""The languages of the citizens' pages; everything else is French alone (docs/languages.md).

The address of a page says its language: French without a prefix, the others below their code, as ``/en/pimms/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language, to_locale


@dataclass(frozen=True)
class Language:
    code: str  # in addresses, settings and the folder of its catalogue
    name: str  # in the language itself
    tag: str  # BCP 47, as ``lang`` and ``hreflang`` have it
    open_graph: str  # as og:locale has it
    direction: str = "ltr"

    @property
    def is_french(self) -> bool:
        """The language that all pages are written in."""
        return self.code == "fr"

    @property
    def is_easy_french(self) -> bool:
        return self.code == "fr-facile"

    @property
    def reads_french(self) -> bool:
        """Whether names and addresses are in the language of the page."""
        return self.tag.startswith("fr")

    @property
    def is_reviewed(self) -> bool:
        return self.is_french or self.code in settings.TRANSLATION_REVIEWED


FRENCH = Language("fr", "Français", "fr", "fr_FR")
ALL = (
    FRENCH,
    Language("en", "English", "en", "en_GB"),
    Language("es", "Español", "es", "es_ES"),
    Language("pt", "Português", "pt", "pt_PT"),
    Language("ar", "العربية", "ar", "ar_AR", direction="rtl"),
    Language("tr", "Türkçe", "tr", "tr_TR"),
    Language("uk", "Українська", "uk", "uk_UA"),
    # “simple” is a registered variant (RFC 5646).
    Language("fr-facile", "Français facile", "fr-simple", "fr_FR"),
)
BY_CODE: dict[str, Language] = {language.code: language for language in ALL}
# Django knows the others.
LANG_INFO.setdefault(
    "fr-facile", {"bidi": False, "code": "fr-facile", "name": "Easy French", "name_local": "Français facile"}
)


def catalogue_of(language: Language, folder: Path) -> Path:
    """Where gettext looks for its sentences."""
    return folder / to_locale(language.code) / "LC_MESSAGES" / "django.mo"


def with_catalogue(folder: Path) -> list[tuple[str, str]]:
    """French, and what is translated: as ``LANGUAGES`` has it."""
    return [(each.code, each.name) for each in ALL if each.is_french or catalogue_of(each, folder).exists()]


def offered() -> list[Language]:
    return [BY_CODE[code] for code, _name in settings.LANGUAGES]


def current() -> Language:
    """Of the page that is being made."""
    return BY_CODE.get(get_language() or "", FRENCH)


def language_of(path: str) -> Language:
    """``/en/pimms/`` → English; French for a path without a prefix that is offered."""
    first = path.lstrip("/").partition("/")[0].lower()
    return next((each for each in offered() if each.code == first), FRENCH)


def path_in(language: Language, path: str) -> str:
    """The same page in another language: ``/en/pimms/`` → ``/ar/pimms/`` → ``/pimms/``."""
    here = language_of(path)
    plain = path if here.is_french else path.removeprefix(f"/{here.code}")
    return plain if language.is_french else f"/{language.code}{plain}"
