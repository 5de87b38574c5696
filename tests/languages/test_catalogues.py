"""Each language that is offered says every sentence of the citizens' pages."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import to_locale

from pimms_directory.base.languages import ALL, BY_CODE, FRENCH, catalogue_of
from tests.languages.catalogues import messages
from tests.languages.test_leaks import PAGES

pytestmark = pytest.mark.one_database

FOLDER = Path(settings.LOCALE_PATHS[0])
TRANSLATED = [BY_CODE[code] for code, _name in settings.LANGUAGES if code != FRENCH.code]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}|<[^>]+>")
PLURAL_FORMS = re.compile(r"nplurals=(\d)")


def test_a_language_is_offered_when_its_folder_is_there():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()} if FOLDER.exists() else set()
    assert folders == {to_locale(each.code) for each in TRANSLATED}


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda language: language.code)
def test_catalogue_is_complete(language, subtests):
    path = catalogue_of(language, FOLDER).with_suffix(".po")
    assert "#~" not in path.read_text(encoding="utf-8")
    header, *sentences = messages(path)
    assert sentences
    forms = int(PLURAL_FORMS.search(header.texts[0])[1])  # as Django counts them in this language
    for message in sentences:
        with subtests.test(message.id):
            assert "fuzzy" not in message.flags
            assert all(text.strip() for text in message.texts)
            expected = set(PLACEHOLDER.findall(message.id)) | set(PLACEHOLDER.findall(message.plural))
            for text in message.texts:
                # “one desk” need not write the number.
                if message.plural:
                    assert set(PLACEHOLDER.findall(text)) <= expected
                else:
                    assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(message.id))
            assert len(message.texts) == (forms if message.plural else 1)


@pytest.mark.parametrize("language", TRANSLATED, ids=lambda language: language.code)
def test_what_is_served_is_what_is_written(language):
    """``make messages`` compiles, and both files are committed: a server needs no tools of gettext."""
    path = catalogue_of(language, FOLDER)
    with path.open("rb") as file:
        served = gettext.GNUTranslations(file)._catalog
    written = {}
    for message in messages(path.with_suffix(".po")):
        for number, text in enumerate(message.texts):
            written[(message.id, number) if message.plural else message.id] = text
    # gettext keeps the header as it stands.
    written[""] = served[""]
    assert served == written


def test_every_sentence_that_pages_ask_for_is_in_the_catalogues(client, pseudo, gazetteer, network):
    """Recorded while pages of all kinds are made: no sentence is left out of what ``make messages`` gathers."""
    from sites.models import Site

    for path in (*PAGES, *(site.get_absolute_url() for site in Site.objects.public())):
        client.get(f"/en{path}")
    ours = {each for each in pseudo - english_of_django() if "\4" not in each}  # with a context: Django's own
    for language in TRANSLATED:
        known = {message.id for message in messages(catalogue_of(language, FOLDER).with_suffix(".po"))}
        assert ours - known == set()


def english_of_django() -> set[str]:
    """Names of months and the like, which Django translates itself."""
    import django

    folder = Path(django.__file__).parent / "conf" / "locale" / "en" / "LC_MESSAGES"
    return {message.id for message in messages(folder / "django.po")}


def test_all_languages_are_known_to_django():
    from django.utils.translation import get_language_info

    for language in ALL:
        assert get_language_info(language.code)["bidi"] == (language.direction == "rtl")
