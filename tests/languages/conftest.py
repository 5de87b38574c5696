from collections.abc import Iterator

import pytest
from django.utils.translation import trans_real

from pimms_directory.base import memo
from pimms_directory.base.languages import ALL


class Pseudo(trans_real.DjangoTranslation):
    """A language that says every sentence between ⟦ and ⟧, and remembers which ones it was asked for."""

    asked: set[str]

    def gettext(self, message):
        self.asked.add(message)
        return f"⟦{message}⟧"

    def ngettext(self, singular, plural, number):
        self.asked.add(singular)
        return f"⟦{singular if number == 1 else plural}⟧"


@pytest.fixture
def languages(settings) -> None:
    """All languages, those without a catalogue too."""
    settings.LANGUAGES = [(each.code, each.name) for each in ALL]


@pytest.fixture
def pseudo(languages, monkeypatch) -> Iterator[set[str]]:
    """Pages below ``/en/`` speak a pseudo language. Gives the sentences that they asked for."""
    language = Pseudo("en")
    language.asked = set()
    monkeypatch.setitem(trans_real._translations, "en", language)
    forget()
    yield language.asked
    forget()


def forget() -> None:
    from pimms_directory import views  # not before Django is set up

    memo.forget()
    views.nowhere.cache_clear()
