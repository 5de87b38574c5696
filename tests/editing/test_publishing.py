"""What is not published shows nowhere; what was published and withdrawn answers 410."""

import io
import itertools
import json
import zipfile
from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.exceptions import NoReverseMatch

from labels.models import PressRelease, Wave
from pimms_directory.editing.publication import Publication
from sites.models import Association, Department, Region, Site, SiteAlias
from tests.factories import (
    AssociationFactory,
    KeyFigureFactory,
    ListingFactory,
    OpeningPeriodFactory,
    PressReleaseFactory,
    SiteAliasFactory,
    SiteFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db
WORD = "zorglubine"
DRAFT, WITHDRAWN = Publication.DRAFT, Publication.WITHDRAWN


def secret_site(number: int, **values) -> Site:
    site = SiteFactory(
        slug=f"cachee-{number}",
        name=f"PIMMS {WORD}",
        official_name=f"France services {WORD}",
        address="" if "mobile" in values else f"{number} rue de la {WORD}",
        email=f"{WORD}@pimms.example",
        website=f"https://pimms.example/{WORD}",
        access_note=f"Demandez {WORD}.",
        data_note=f"Corrigé par {WORD}.",
        contact_source=f"Appel à {WORD}",
        phone="04 99 99 99 99",
        **values,
    )
    SiteAliasFactory(site=site, name=f"Ancien {WORD}", slug=f"ancienne-{number}")
    OpeningPeriodFactory(site=site, weekday=7)
    return site


@pytest.fixture
def prepared():
    """A public site, and all that may be unpublished around it, each with the word in its texts."""
    shown = SiteFactory(slug="montree", wave__release=PressReleaseFactory(published_on=date(2031, 1, 15)))
    place = {"commune": shown.commune, "department": shown.department, "postcode": shown.postcode}
    release = PressReleaseFactory(
        publication=DRAFT, published_on=date(2031, 2, 15), title=f"Communiqué {WORD}", issuer=WORD, summary=WORD
    )
    KeyFigureFactory(release=release, caption=WORD)
    wave = WaveFactory(
        publication=DRAFT,
        code="2042-07",
        name=f"Vague {WORD}",
        source=WORD,
        release=release,
        effective_on=date(2042, 7, 1),
    )
    public_wave = WaveFactory(release=release)  # whose release is still being prepared
    hidden = AssociationFactory(slug="association-cachee", name=f"PIMMS {WORD}")
    sites = [
        secret_site(1, publication=DRAFT, wave=shown.wave, association=shown.association, **place),
        secret_site(2, wave=wave, association=hidden, **place),
        secret_site(3, publication=WITHDRAWN, wave=shown.wave, association=shown.association, **place),
        secret_site(4, publication=DRAFT, mobile=True, department=shown.department, wave=public_wave),
    ]
    for row, site in enumerate(sites, start=1):
        ListingFactory(release=shown.wave.release, site=site, row=row, name_printed="Imprimé", commune_printed="")
    ListingFactory(release=release, site=shown, name_printed=WORD, remark=WORD)
    SiteFactory(slug="sans-communique", wave=public_wave)
    before = PressReleaseFactory(published_on=date(2030, 1, 15))  # so that the releases are compared
    ListingFactory(release=before, site=sites[2], name_printed="Imprimé avant", commune_printed="")
    return shown


def routes(patterns) -> Iterator[tuple[str, list[str]]]:
    """The names of all public routes, with the names of their arguments."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace is None:
                yield from routes(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name, list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)


def addresses() -> set[str]:
    """Every address that a public route can have with the records there are, published or not."""
    slugs = {
        slug
        for model in (Site, SiteAlias, Association, PressRelease, Region, Department)
        for slug in model.objects.order_by("slug").values_list("slug", flat=True)
    }
    codes = {*Wave.objects.order_by("code").values_list("code", flat=True)}
    codes |= {*Department.objects.order_by("code").values_list("code", flat=True)}
    values = {"slug": slugs, "code": codes}
    found = set()
    resolver = get_resolver()
    for name, arguments in routes(resolver.url_patterns):
        assert set(arguments) <= set(values), f"{name}: say above which values its arguments take"
        for combination in itertools.product(*(sorted(values[argument]) for argument in arguments)):
            try:
                found.add("/" + resolver.reverse(name, **dict(zip(arguments, combination, strict=True))))
            except NoReverseMatch:
                continue
    return found


QUERIES = (
    "q=04+99+99",  # their phone is not searched, but a reader may try
    "q=rue+de+la",
    "q=ancien",
    "lieu={place}",
    "lieu={postcode}",
    "commune={insee}",
    "lat={latitude}&lon={longitude}",
    "lat={latitude}&lon={longitude}&tri=nom&jour=dimanche",
    "region={region}",
    "departement={department}",
    "vague=2042-07",
    "vague={wave}",
    "labellise_apres=2040-01-01",
    "labellise_avant=2050-01-01",
    "association=association-cachee",
    "association={association}",
    "jour=dimanche",
    "type=fixe",
    "type=mobile",
    "tri=date",
    "page=2",
    "limit=50&offset=0",
    "region={region}&jour=dimanche&type=fixe",
)


def text_of(response) -> str:
    content = response.getvalue()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            content = b"".join(workbook.read(name) for name in workbook.namelist())
    return content.decode(errors="replace").casefold()  # of a picture, nothing is read


def test_what_is_not_published_shows_nowhere(client, prepared):
    asked = {
        key: str(value)
        for key, value in {
            "place": prepared.commune.name,
            "postcode": prepared.postcode,
            "insee": prepared.commune.insee_code,
            "latitude": prepared.latitude,
            "longitude": prepared.longitude,
            "region": prepared.department.region.slug,
            "department": prepared.department.code,
            "wave": prepared.wave.code,
            "association": prepared.association.slug,
        }.items()
    }
    lists = ("/pimms/", "/pimms.csv", "/pimms.json", "/pimms.geojson", "/pimms.xlsx", "/communes.json")
    filtered = {f"{page}?{query.format(**asked)}" for page in lists for query in QUERIES}
    everything = sorted(addresses() | filtered)
    assert {"/pimms/cachee-1/", "/labels/2042-07.json", "/flux.atom", "/sitemap.xml", "/plan-du-site/"} < {*everything}
    telling = [address for address in everything if WORD in text_of(client.get(address))]
    assert telling == []


def test_the_same_words_show_once_all_is_published(client, prepared):
    """Or else the test above would find nothing whatever the pages do."""
    PressRelease.objects.update(publication=Publication.PUBLISHED)
    Wave.objects.update(publication=Publication.PUBLISHED)
    Site.objects.update(publication=Publication.PUBLISHED)
    Site.objects.refresh_derived()
    for address in (
        *("/", "/pimms/", "/pimms.csv", "/pimms.json", "/pimms.geojson", "/pimms.xlsx", "/flux.atom"),
        *("/plan-du-site/", "/labels/", "/labels/2042-07/", "/labels/2042-07.json", "/communiques/", "/associations/"),
        *("/pimms/?jour=dimanche", "/pimms/?vague=2042-07", "/pimms/cachee-1/", "/pimms/montree/"),
    ):
        assert WORD in text_of(client.get(address)), address


@pytest.mark.parametrize("address", ["/pimms/{}/", "/pimms/{}.json"])
def test_drafts_have_no_address_and_withdrawn_records_say_so(client, prepared, address):
    for slug, status in (
        ("montree", 200),
        ("cachee-1", 404),
        ("ancienne-1", 404),
        ("cachee-2", 404),  # its wave is a draft
        ("cachee-3", 410),
        ("ancienne-3", 410),
    ):
        response = client.get(address.format(slug))
        assert response.status_code == status, slug
        if status == 410:
            assert "retirée de l’annuaire" in response.content.decode()


def test_withdrawing_a_wave_withdraws_the_pages_of_its_sites(client):
    site = SiteFactory(wave__code="2031-05")
    assert client.get(site.get_absolute_url()).status_code == 200
    site.wave.publication = WITHDRAWN
    site.wave.save()
    for address in (site.get_absolute_url(), f"/pimms/{site.slug}.json", "/labels/2031-05/", "/labels/2031-05.json"):
        assert client.get(address).status_code == 410, address


def test_a_line_of_a_release_stays_when_its_site_is_not_published(client, prepared):
    html = client.get("/communiques/2031-01-15/").content.decode()
    assert html.count("pas de fiche publiée") == 4
    lines = json.loads(text_of(client.get("/communiques/2031-01-15.json")))["listings"]
    assert [line["site"] for line in lines] == [None] * 4


def test_a_site_is_new_to_the_feed_from_the_day_it_is_published(client, prepared):
    draft = Site.objects.get(slug="cachee-1")
    Site.objects.filter(pk=draft.pk).update(added_at="2026-01-01T00:00Z", modified_at="2026-01-02T00:00Z")
    draft.publication = Publication.PUBLISHED
    draft.save()
    feed = client.get("/flux.atom").content.decode()
    assert f"{draft.name} reçoi" in feed or f"{draft.name} recevra" in feed
    assert f"La fiche de {draft.name} a changé" not in feed


def test_what_a_draft_was_called_before_is_not_told_once_it_is_published(client):
    site = SiteFactory(slug="brouillon", name="PIMMS Brouillon", publication=DRAFT)
    site.name = "PIMMS Presque"  # at the same address
    site.save()
    site.slug, site.name = "definitif", "PIMMS Définitif"
    site.save()
    site.publication = Publication.PUBLISHED
    site.save()
    assert "Anciens noms" not in client.get("/pimms/definitif/").content.decode()
    assert client.get("/pimms/brouillon/").status_code == 404
    site.slug, site.name = "autre", "PIMMS Autre"  # from here on, addresses last
    site.save()
    assert client.get("/pimms/definitif/").status_code == 301


def test_facets_are_still_read_from_their_index(prepared):
    from django.db import connection

    from sites.facets import labelled_groups

    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses by the size of the table")
    with connection.execute_wrapper(explain := Explained()):
        labelled_groups()
    assert any("site_labelled_facets" in plan for plan in explain.plans)


class Explained:
    """Asks SQLite for the plan of each query that runs."""

    def __init__(self) -> None:
        self.plans: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith("SELECT"):
            execute(f"EXPLAIN QUERY PLAN {sql}", params, many, context)
            self.plans.append(str(context["cursor"].fetchall()))
        return execute(sql, params, many, context)
