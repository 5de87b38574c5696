"""A page has sentences of its own language alone, whatever was made and kept before it."""

import pytest

from sites.models import Department, Region, Site
from tests.languages.pages import SEARCHES, WORD, untranslated

PAGES = ("/", "/a-quoi-ca-sert/", "/a-propos/", "/nulle-part/", *(f"/pimms/{query}" for query in SEARCHES))


def words_of_names() -> set[str]:
    sites = Site.objects.select_related("commune")
    texts = [
        f"{each.name} {each.place_name} {each.area_served} {each.base} {each.commune} {each.postal_address}"
        for each in sites
    ]
    texts += [each.name for model in (Region, Department) for each in model.objects.all()]
    return set(WORD.findall(" ".join(texts)))


@pytest.mark.one_database
def test_pages_show_nothing_of_another_language(client, pseudo, gazetteer, network, subtests):
    names = words_of_names()
    for path in (*PAGES, *(site.get_absolute_url() for site in Site.objects.public())):
        with subtests.test(path):
            before = client.get(path).content.decode()
            html = client.get(f"/en{path}").content.decode()
            assert list(untranslated(html, names)) == []
            assert "⟦" not in before
            assert client.get(path).content.decode() == before
