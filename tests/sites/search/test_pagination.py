import pytest

from sites.models import Site
from sites.pages import views
from sites.search import filters
from tests.factories import SiteFactory, WaveFactory

pytestmark = pytest.mark.django_db


def shown(client, query: str) -> list[str]:
    """The addresses on all pages of a list."""
    found, number = [], 1
    while True:
        page = client.get(f"/pimms/?{query}&page={number}").context["page_obj"]
        found += [site.slug for site in page]
        if not page.has_next():
            return found
        number += 1


@pytest.mark.parametrize("query", ["tri=date", "tri=date&region=bretagne", "tri=date&vague=2020-01", "tri=date&q=bus"])
def test_many_sites_by_date_are_listed_as_few_are(client, directory, monkeypatch, query):
    twin = WaveFactory(
        code="2034-12", effective_on=Site.objects.labelled()[0].wave.effective_on
    )  # two waves on one day
    SiteFactory(slug="a-twin", wave=twin)
    SiteFactory(slug="z-twin", wave=twin)
    few = shown(client, query)
    monkeypatch.setattr(filters, "FEW", 0)
    monkeypatch.setattr(views, "FEW", 0)
    monkeypatch.setattr(views.SiteList, "paginate_by", 7)
    assert len(few) > 2
    assert shown(client, query) == few
