"""Who may read what of a record in each of its three states, and what speaks against publishing it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from pimms_directory.editing.publishing import publication
from pimms_directory.editing.publishing.publication import (
    Problem,
    Publication,
    broken_rules,
    checks,
    doubts,
    problems,
    publication_is_known,
)
from sites.models import Association, Site
from tests.admin_pages import admin_page
from tests.factories import (
    AssociationFactory,
    ListingFactory,
    OpeningPeriodFactory,
    PostcodeFactory,
    PressReleaseFactory,
    SiteFactory,
    WaveFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

DRAFT, PUBLISHED, WITHDRAWN = Publication


@pytest.mark.parametrize(("state", "status"), [(DRAFT, 404), (PUBLISHED, 200), (WITHDRAWN, 410)])
def test_the_public_reads_what_is_published_alone_whatever_it_asks_for(client, state, status):
    site = SiteFactory(slug="dole", publication=state)
    release = PressReleaseFactory(slug="2031-01-15", publication=state)
    WaveFactory(code="2031-05", release=release, publication=state)
    for address in (
        *("/pimms/dole/", "/pimms/dole.json", "/pimms/dole.vcf"),
        *("/labels/2031-05/", "/labels/2031-05.json", "/communiques/2031-01-15/", "/communiques/2031-01-15.json"),
    ):
        assert client.get(address).status_code == status, address
    assert site.is_withdrawn == (state == WITHDRAWN)


def test_what_never_was_is_not_said_to_be_withdrawn(client):
    for address in ("/pimms/dole/", "/pimms/dole.json", "/labels/2031-05/", "/labels/2031-05.json"):
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("state", [DRAFT, WITHDRAWN])
def test_staff_preview_what_is_not_public_with_what_is_prepared_and_not_what_was_withdrawn(admin_client, state):
    wave = WaveFactory(publication=state, name="Vague d’essai")
    for name, state_of_site in (("Prêt", DRAFT), ("Paru", PUBLISHED), ("Retiré", WITHDRAWN)):
        SiteFactory(name=f"PIMMS {name}", wave=wave, publication=state_of_site)
    response = admin_client.get(admin_page(wave, "preview", wave.pk))
    html = response.content.decode()
    assert "Vague d’essai" in html
    assert response.context["preview"] is True
    assert ("PIMMS Prêt" in html, "PIMMS Paru" in html, "PIMMS Retiré" in html) == (True, True, False)


def test_the_page_of_a_published_wave_lists_its_published_sites_to_staff_as_to_the_public(client, admin_client):
    wave = WaveFactory()
    for name, state_of_site in (("Prêt", DRAFT), ("Paru", PUBLISHED), ("Retiré", WITHDRAWN)):
        SiteFactory(name=f"PIMMS {name}", wave=wave, publication=state_of_site)
    for response in (client.get(wave.get_absolute_url()), admin_client.get(admin_page(wave, "preview", wave.pk))):
        html = response.content.decode()
        assert ("PIMMS Prêt" in html, "PIMMS Paru" in html, "PIMMS Retiré" in html) == (False, True, False)
        assert response.context["preview"] is False


@pytest.fixture
def doubtful():
    """Published, with a doubt that an editor brought and one that time did."""
    site = SiteFactory(address="", contact_checked_on=timezone.localdate() - timedelta(days=4_000))
    PostcodeFactory(code=site.postcode, commune=site.commune)
    OpeningPeriodFactory(site=site)
    return site


def test_editors_hear_of_the_doubts_about_what_is_published_and_not_of_its_age(doubtful):
    assert [problem.of_age for problem in problems(doubtful)] == [False, True]
    assert doubts(doubtful) == [Problem("Aucune adresse postale.")]
    doubtful.address = "1 rue Neuve"
    assert doubts(doubtful) == [Problem("Aucune adresse postale.")], "as it is stored"
    doubtful.save()
    assert doubts(doubtful) == []


@pytest.mark.parametrize("state", [DRAFT, WITHDRAWN])
def test_of_what_the_public_does_not_read_there_is_nothing_to_doubt(doubtful, state):
    doubtful.publication = state
    doubtful.save()
    assert doubts(doubtful) == []


def test_records_that_nobody_publishes_have_no_checks():
    association = AssociationFactory()
    assert (problems(association), doubts(association)) == ([], [])
    line = ListingFactory()
    assert (problems(line), doubts(line)) == ([], [])
    assert doubts(SiteFactory.build(association=association)) == [], "not yet stored"


def test_there_are_three_states_and_no_other():
    constraint = publication_is_known("site")
    assert constraint.name in {each.name for each in Site._meta.constraints}
    for state in ("draft", "published", "withdrawn"):
        constraint.validate(Site, Site(publication=state))
    for state in ("", "Draft", "archived"):
        with pytest.raises(ValidationError) as refused:
            constraint.validate(Site, Site(publication=state))
        assert refused.value.messages == ["État inconnu : en préparation, publié ou retiré."]


def test_an_app_says_what_stands_against_its_own_records(monkeypatch):
    monkeypatch.setattr(publication, "CHECKS", {})

    @checks(Association)
    def association_problems(association):
        yield Problem(f"{association.name} attend.")
        yield Problem("Son nom manque.", blocking=True)

    association = AssociationFactory(name="PIMMS Jura")
    assert [problem.text for problem in problems(association)] == ["Son nom manque.", "PIMMS Jura attend."]
    assert association_problems.__name__ == "association_problems", "the check itself stays"


def test_broken_rules_are_told_one_by_one_and_stop():
    site = SiteFactory()
    assert broken_rules(site) == []
    site.email, site.postcode = "pas une adresse", "abc"
    found = broken_rules(site)
    assert len(found) == 2 and all(problem.blocking for problem in found)
    assert "Saisissez une adresse de courriel valide." in [problem.text for problem in found]
