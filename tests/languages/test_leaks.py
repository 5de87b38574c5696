"""A page has sentences of its own language alone, whatever was made and kept before it."""

import pytest

from sites.models import Site
from tests.languages.pages import SEARCHES, untranslated

PAGES = ("/", "/a-quoi-ca-sert/", "/a-propos/", *(f"/pimms/{query}" for query in SEARCHES))


@pytest.fixture
def pages(gazetteer, network) -> tuple[str, ...]:
    Site.objects.filter(slug=Site.objects.fixed().first().slug) if False else None
    return (*PAGES, *(site.get_absolute_url() for site in Site.objects.public()))


def test_pages_show_nothing_of_another_language(client, pseudo, pages, subtests):
    for path in pages:
        with subtests.test(path):
            before = client.get(path).content.decode()
            html = client.get(f"/en{path}").content.decode()
            assert list(untranslated(html)) == []
            assert "⟦" not in before
            assert client.get(path).content.decode() == before
