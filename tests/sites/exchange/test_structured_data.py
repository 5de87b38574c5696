"""JSON-LD on every page, checked against the vocabulary of schema.org as the library ``schema_org`` carries it."""

import functools
import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import schema_org
from django.utils import timezone
from pydantic import ValidationError
from schema_org import PropertyValueSpecification

from sites.models import Site
from tests.factories import OpeningPeriodFactory, SiteAliasFactory, SiteFactory, WaveFactory
from tests.test_pages import every_address

pytestmark = [pytest.mark.django_db, pytest.mark.one_database, pytest.mark.slow]

SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def typed(value: Any) -> Any:
    """The value as objects of the vocabulary, which refuse types, properties and values that it does not have.

    They are made inside out: the library takes no list in an object in a list. ``strict=False`` because JSON has
    neither dates nor times: the library reads them from text, and refuses other text.
    """
    if isinstance(value, list):
        return [typed(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {name: typed(item) for name, item in value.items() if name != "@context"}
    # https://schema.org/docs/actions.html#part-4: "-input" after a property says what goes there.
    for name in [name for name in value if name.endswith("-input")]:
        PropertyValueSpecification(**dict(_shorthand(value.pop(name))))
        value.setdefault(name.removesuffix("-input"), "…")
    return getattr(schema_org, value["@type"]).model_validate(value, strict=False)


def _shorthand(text: str) -> list[tuple[str, Any]]:
    """``required name=place`` → ``value_required=True, value_name="place"``."""
    parts = [part.partition("=") for part in text.split()]
    return [(f"value_{name}", value if equals else True) for name, equals, value in parts]


@functools.cache
def problem(text: str) -> str:
    """Why a document is not in the vocabulary; empty when it is."""
    described = json.loads(text)
    if described["@context"] != "https://schema.org":
        return "@context"
    try:
        typed(described)
    except (ValidationError, AttributeError) as error:
        return f"{text}: {error}"
    return ""


def documents(client, address: str) -> dict[str, Any]:
    """The JSON-LD of a page by type."""
    found = [json.loads(text) for text in SCRIPT.findall(client.get(address).content.decode())]
    by_type = {each["@type"]: each for each in found}
    assert len(by_type) == len(found)
    return by_type


@pytest.mark.parametrize(
    "wrong",
    [
        {"@type": "LocalShop", "name": "A"},
        {"@type": "LocalBusiness", "legalForm": "B"},
        {"@type": "Service", "openingHoursSpecification": []},
        {"@type": "LocalBusiness", "geo": {"@type": "PostalAddress"}},
        {"@type": "LocalBusiness", "dissolutionDate": "hier"},
        {"@type": "Certification", "certificationStatus": "https://schema.org/CertificationOld"},
        {"@type": "OpeningHoursSpecification", "opens": "25:00"},
        {"@type": "SearchAction", "query-input": "required label=place"},
        {"@type": "WebSite", "name": [{"@type": "Thing"}]},
    ],
)
def test_the_check_refuses_what_the_vocabulary_does_not_have(wrong):
    assert problem(json.dumps({"@context": "https://schema.org", **wrong}))


def check_breadcrumb(html: str, texts: list[str]) -> str:
    """What the list of links on the page and the one for machines do not share; empty when they are the same."""
    nav = re.search(r'<nav class="breadcrumb".*?</nav>', html, re.DOTALL)
    shown = re.findall(r'<li><(?:a href="([^"]*)"|span[^>]*)>(.*?)</', nav[0]) if nav else []
    (said,) = [each for each in map(json.loads, texts) if each["@type"] == "BreadcrumbList"] or [{}]
    items = said.get("itemListElement", [])
    told = [(each.get("item", {}).get("@id", "").removeprefix("http://testserver"), each["name"]) for each in items]
    ranked = [each["position"] for each in items] == list(range(1, len(items) + 1))
    return "" if ranked and told == [(href, unescape(label)) for href, label in shown] else f"{shown} is not {told}"


def test_every_page_speaks_the_vocabulary(client, directory):
    problems, types = [], set()
    for address in [*every_address(), "/pimms/?page=2", "/pimms/?lieu=38100", "/rien/"]:
        html = client.get(address).content.decode()
        texts = SCRIPT.findall(html)
        assert texts, f"{address} says nothing"
        problems += [f"{address}: {why}" for why in (*map(problem, texts), check_breadcrumb(html, texts)) if why]
        types |= {json.loads(text)["@type"] for text in texts}
    assert not problems, "\n".join(problems)
    assert types == {"BreadcrumbList", "Dataset", "ItemList", "LocalBusiness", "Service", "WebPage", "WebSite"}


# Sites


def test_the_notes_of_a_page_stand_in_its_data(client, directory):
    bus = documents(client, "/pimms/pimms-artois-gohelle-pimms-mobile/")["Service"]
    site = Site.objects.get(slug="pimms-artois-gohelle-pimms-mobile")
    assert bus["mainEntityOfPage"]["correction"] == site.data_note != ""
    assert bus["description"] == (
        "Lieux et jours de passage à demander par téléphone."
        " Point d’attache, sans accueil\u00a0: 136 rue Saint-Pry, 62400 Béthune."
    )


def test_a_desk_is_a_place_with_its_label(client, directory):
    desk = documents(client, "/pimms/pimms-isere-la-villeneuve/")["LocalBusiness"]
    site = Site.objects.get(slug="pimms-isere-la-villeneuve")
    assert desk["url"] == "http://testserver/pimms/pimms-isere-la-villeneuve/"
    assert desk["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "97 galerie de l’Arlequin",
        "postalCode": "38100",
        "addressLocality": "Grenoble",
        "addressRegion": "Auvergne-Rhône-Alpes",
        "addressCountry": "FR",
    }
    assert desk["telephone"] == "+33" + site.phone.replace(" ", "")[1:]
    assert desk["geo"]["latitude"] == pytest.approx(site.latitude, abs=1e-6)
    assert desk["identifier"]["value"] == site.official_id
    assert desk["parentOrganization"]["name"] == "PIMMS Isère"
    saturday = [
        each for each in desk["openingHoursSpecification"] if "https://schema.org/Saturday" in each["dayOfWeek"]
    ]
    assert [(each["opens"], each["closes"]) for each in saturday] == [("10:00", "12:30")]
    assert desk["hasCertification"] == {
        "@type": "Certification",
        "name": "France Services",
        "url": "http://testserver/labels/2020-01/",
        "issuedBy": {"@type": "GovernmentOrganization", "name": "État français"},
        "datePublished": "2019-11-15",
        "validFrom": "2020-01-01",
        "certificationStatus": "https://schema.org/CertificationActive",
    }


def test_only_a_desk_whose_point_is_sure_has_one(client, directory):
    for site in Site.objects.all():
        described = documents(client, site.get_absolute_url())
        desk = described.get("LocalBusiness", {})
        assert bool(desk) == site.is_fixed == ("Service" not in described)
        assert ("geo" in desk) == (site.latitude is not None)
        if not site.is_fixed:
            assert not {"address", "geo", "location"} & set(described["Service"])
            assert described["Service"]["areaServed"][-1]["name"] == site.department.name


def test_a_closed_site_says_so(client):
    day = date(2024, 3, 1)
    desk, bus = (
        SiteFactory(closed_on=day),
        SiteFactory(closed_on=day, mobile=True),
    )
    OpeningPeriodFactory(site=desk)
    said = documents(client, desk.get_absolute_url())["LocalBusiness"]
    assert said["dissolutionDate"] == "2024-03-01"
    assert "openingHoursSpecification" not in said
    offer = documents(client, bus.get_absolute_url())["Service"]["offers"]
    assert (offer["availability"], offer["availabilityEnds"]) == ("https://schema.org/Discontinued", "2024-03-01")


def test_a_label_is_active_while_it_is_carried(client):
    wave = WaveFactory(effective_on=date(2020, 1, 1))
    tomorrow = timezone.localdate() + timedelta(days=1)
    for site, status in (
        (SiteFactory(wave=wave), "Active"),
        (SiteFactory(wave=wave, label_ended_on=date(2024, 3, 1)), "Inactive"),
        (SiteFactory(wave=wave, closed_on=date(2024, 3, 1)), "Inactive"),
        (SiteFactory(wave=WaveFactory(effective_on=tomorrow)), "Inactive"),
    ):
        label = documents(client, site.get_absolute_url())["LocalBusiness"]["hasCertification"]
        assert label["certificationStatus"] == f"https://schema.org/Certification{status}"
        assert label.get("expires") == ("2024-03-01" if site.label_ended_on else None)


def test_no_name_can_end_the_script(client):
    name = '</script><script>alert("1")</script><!-- & \u2028'
    site = SiteFactory(name=name)
    SiteAliasFactory(site=site, name=name + " avant")
    OpeningPeriodFactory(site=site)
    assert "<script>" not in client.get(site.get_absolute_url()).content.decode()
    described = documents(client, site.get_absolute_url())
    assert described["LocalBusiness"]["name"] == name
    assert described["BreadcrumbList"]["itemListElement"][-1]["name"] == name
    assert not any(problem(json.dumps(each)) for each in described.values())


# Pages


def test_home_offers_the_search(client, directory):
    site = documents(client, "/")["WebSite"]
    template = site["potentialAction"]["target"]["urlTemplate"]
    assert template == "http://testserver/pimms/?lieu={search_term_string}"
    assert "Grenoble" in client.get(template.replace("{search_term_string}", "38100")).content.decode()


def test_data_page_describes_the_downloads(client, directory, settings):
    settings.SITE = settings.SITE | {"publisher": "Une association"}
    dataset = documents(client, "/donnees/")["Dataset"]
    for file in dataset["distribution"]:
        assert client.get(file["contentUrl"]).headers["Content-Type"].partition(";")[0] == file["encodingFormat"]
    assert len(dataset["distribution"]) == 8
    assert dataset["creator"]["name"] == "Une association"
    assert dataset["temporalCoverage"] == "2020-01-01/2024-08-01"
    assert dataset["license"] == "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
    assert "dateModified" not in dataset  # a withdrawal leaves no date


@pytest.mark.parametrize(
    "address", ["/labels/2020-09/", "/regions/bretagne/", "/departements/38-isere/", "/associations/pimms-paris/"]
)
def test_lists_name_their_sites_in_order(client, directory, address):
    html = client.get(address).content.decode()
    cards = [re.search(r'href="([^"]+)"', card)[1] for card in re.split('class="(?:card|line)"', html)[1:]]
    said = documents(client, address)["ItemList"]["itemListElement"]
    assert [each["url"].removeprefix("http://testserver") for each in said] == cards != []


def test_the_second_page_of_the_list_counts_on(client, directory):
    said = documents(client, "/pimms/?page=2")["ItemList"]["itemListElement"]
    assert [each["position"] for each in said] == list(range(11, 21))
