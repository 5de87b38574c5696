"""For machines: addresses that last, feeds, the map of the site, and the files at fixed places."""

import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import feedparser
import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from pimms_directory import crawlers
from pimms_directory.base.env import network
from pimms_directory.base.languages import ALL
from pimms_directory.editing.history import keep, revision
from pimms_directory.editing.publishing.publication import Publication
from sites.models import Department, OpeningPeriod, Site, SiteAlias
from sites.versions.keeping import keep_version
from sites.versions.models import DirectoryVersion
from tests.factories import DepartmentFactory, OpeningPeriodFactory, SiteAliasFactory, SiteFactory, WaveFactory
from tests.test_pages import every_address

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def old_directory(directory):
    """The product data as loaded long ago, unchanged since."""
    Site.objects.update(added_at=LONG_AGO, modified_at=LONG_AGO)


# Addresses


def wsgi(path: str) -> str:
    """A path as servers hand it over; the test client would take ``//host`` apart."""
    return path.encode("utf-8", "surrogatepass").decode("latin-1")


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("/pimms/pimms-blois", "/pimms/pimms-blois/"),
        ("/PIMMS/Pimms-Blois", "/pimms/pimms-blois/"),
        ("/Pimms/PIMMS-BLOIS/", "/pimms/pimms-blois/"),
        ("/pimms//pimms-blois//", "/pimms/pimms-blois/"),
        ("//pimms/pimms-blois/", "/pimms/pimms-blois/"),
        ("/PIMMS", "/pimms/"),
        ("/Departements/2a-CORSE-du-sud", "/departements/2A-corse-du-sud/"),
        ("/departements/2a-corse-du-sud/", "/departements/2A-corse-du-sud/"),
        ("/regions/bretagne/FLUX.atom/", "/regions/bretagne/flux.atom"),
        ("/departements/38-autre/flux.atom", "/departements/38-isere/flux.atom"),
        ("/flux.atom/", "/flux.atom"),
        ("/Robots.txt", "/robots.txt"),
        ("/labels/2020-01", "/labels/2020-01/"),
        ("/pimms/PIMMS-canton-de-chauffailles-melay", "/pimms/pimms-bourgogne-du-sud-melay/"),
        ("/admin", "/admin/"),
    ],
)
@pytest.mark.one_database
def test_other_spellings_lead_to_the_canonical_address_in_one_step(client, directory, typed, canonical):
    response = client.get("/", PATH_INFO=typed, QUERY_STRING="jour=lundi&x=%C3%A9")
    assert (response.status_code, response.url) == (301, f"{canonical}?jour=lundi&x=%C3%A9")
    assert client.head("/", PATH_INFO=typed).status_code == 301
    if not canonical.startswith("/admin"):
        assert client.get(canonical).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        *("/rien", "/pimms/rien", "/PIMMS/Rien/", "/regions/rien", "/departements/99-rien", "/labels/2020-02x"),
        *("//evil.example/", "//evil.example", "/\\evil.example", "/pimms/..%2F..%2Fevil", "/admin/rien/rien"),
    ],
)
@pytest.mark.one_database
def test_unknown_addresses_stay_unknown(client, directory, address):
    expected = 302 if address.startswith("/admin") else 404  # to the login
    assert client.get("/", PATH_INFO=address).status_code == expected


@pytest.mark.one_database
def test_only_reading_is_redirected(client, directory):
    assert client.post("/pimms/pimms-blois").status_code == 404
    assert client.post("/PIMMS/").status_code == 404


PARTS = ["pimms", "PIMMS", "pimms-blois", "Pimms-Blois", "pimms-canton-de-chauffailles-melay", "admin", "regions"]
PARTS += ["Bretagne", "departements", "2a-x", "38-isere", "labels", "2020-01", "flux.atom", "evil.example", "", ".."]
PARTS += ["https:", "\\evil.example", "%2f", "pimms.csv", "communes.json", "sitemap.xml", "\t", "@evil.example"]
paths = st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=8)), max_size=5).map("/".join)


@given(paths)
@example("/evil.example/pimms")
@example("//evil.example/..")
@pytest.mark.one_database
def test_no_path_redirects_off_site_or_in_a_loop(directory, path):
    client = Client()
    seen = ["/" + path]
    response = client.get("/", PATH_INFO=wsgi(seen[0]))
    while response.status_code in (301, 302, 307, 308):
        target = urlsplit(response.url)
        assert (target.scheme, target.netloc) == ("", "")
        assert not response.url.startswith(("//", "/\\"))
        assert response.url not in seen
        seen.append(response.url)
        response = client.get(response.url)
    assert len(seen) <= 3, seen
    if len(seen) > 1:
        assert response.status_code == 200, seen


def test_a_renamed_site_keeps_its_old_addresses(client):
    site = SiteFactory(slug="premier", name="PIMMS Premier")
    for slug in ("deuxieme", "troisieme"):
        site.slug = slug
        site.save()
    for former in ("premier", "deuxieme"):
        response = client.get(f"/pimms/{former}/")
        assert (response.status_code, response.url) == (301, "/pimms/troisieme/")
    assert SiteAlias.objects.get(slug="premier").name == "PIMMS Premier"


def test_a_site_may_take_its_former_name_back(client):
    site = SiteFactory(slug="premier")
    for slug in ("deuxieme", "premier"):
        site.slug = slug
        site.save()
    assert client.get("/pimms/premier/").status_code == 200
    assert client.get("/pimms/deuxieme/").url == "/pimms/premier/"
    assert not SiteAlias.objects.filter(slug="premier").exists()


def test_no_site_takes_the_former_address_of_another():
    SiteAliasFactory(slug="ancien")
    with pytest.raises(ValidationError, match="ancienne adresse d’un autre site"):
        SiteFactory.build(slug="ancien").clean()


# When a record changed


def test_a_change_of_a_record_its_hours_or_its_former_names_is_dated():
    site, other = SiteFactory(), SiteFactory()
    period = OpeningPeriodFactory(site=site)
    alias = SiteAliasFactory(site=site)
    changes = [
        lambda: Site.objects.get(pk=site.pk).save(),  # saved as it was
        lambda: SiteFactory(),
        lambda: (setattr(site, "phone", "01 02 03 04 05"), site.save()),
        lambda: period.save(),
        lambda: alias.save(),
        lambda: OpeningPeriod.objects.filter(pk=period.pk).delete(),
        lambda: SiteAlias.objects.filter(pk=alias.pk).delete(),
    ]
    dated = []
    for change in changes:
        Site.objects.update(modified_at=LONG_AGO)
        change()
        dated.append(Site.objects.get(pk=site.pk).modified_at > LONG_AGO)
        assert Site.objects.get(pk=other.pk).modified_at == LONG_AGO
    assert dated == [False, False, True, True, True, True, True]


@pytest.mark.one_database
def test_loading_dates_what_it_changes_and_nothing_else(old_directory, cut_fixtures):
    blois, brest = Site.objects.get(slug="pimms-blois"), Site.objects.exclude(slug="pimms-blois").first()
    Site.objects.filter(pk=blois.pk).update(phone="02 00 00 00 00")
    brest.opening_periods.all().delete()
    Site.objects.update(added_at=LONG_AGO, modified_at=LONG_AGO)
    call_command("load_directory", "--releases-only", "--overwrite", fixtures=cut_fixtures, stdout=StringIO())
    changed = Site.objects.filter(modified_at__gt=LONG_AGO)
    assert set(changed) == {blois, brest}
    assert set(Site.objects.values_list("added_at", flat=True)) == {LONG_AGO}


def parse(xml: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(xml)  # noqa: S314 (our own)


# Feeds


def feed(client, address="/flux.atom") -> ElementTree.Element:
    """A feed that keeps every MUST of RFC 4287 that concerns us, and that an independent reader understands."""
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert not response.cookies
    read = feedparser.parse(response.content)
    assert not read.bozo
    assert read.version == "atom10"
    root = parse(response.content)
    assert root.tag == f"{ATOM}feed"
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "fr"
    found = root.findall(f"{ATOM}entry")
    assert len(read.entries) == len(found) <= 60
    ids = [element.text for element in root.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids) == len(found) + 1
    assert root.findtext(f"{ATOM}author/{ATOM}name", "").strip()
    assert [link.get("href") for link in root.findall(f"{ATOM}link[@rel='self']")] == [f"http://testserver{address}"]
    for element in (root, *found):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
        # RFC 4151: tag:authority,date:specific
        assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}:[a-zA-Z0-9:.-]+", element.findtext(f"{ATOM}id"))
        assert element.findtext(f"{ATOM}title").strip()
        # RFC 3339, upper-case T, with an offset
        updated = element.findtext(f"{ATOM}updated")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", updated)
        assert datetime.fromisoformat(updated) <= timezone.now()
        (alternate,) = element.findall(f"{ATOM}link[@rel='alternate']")
        assert client.get(alternate.get("href")).status_code == 200
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Licence Ouverte 2.0" in root.findtext(f"{ATOM}rights")
    for element in found:
        summary = element.find(f"{ATOM}summary")
        assert summary.text.strip()
        assert summary.get("type", "text") == "text"
        assert element.findtext(f"{ATOM}published") <= element.findtext(f"{ATOM}updated")
    times = [datetime.fromisoformat(element.findtext(f"{ATOM}updated")) for element in found]
    assert times == sorted(times, reverse=True)
    if times:
        assert datetime.fromisoformat(root.findtext(f"{ATOM}updated")) == times[0]
    return root


def texts(root: ElementTree.Element, name: str) -> list[str]:
    return [element.findtext(f"{ATOM}{name}") for element in root.findall(f"{ATOM}entry")]


@pytest.mark.one_database
def test_feed_tells_who_received_the_label(client, old_directory):
    root = feed(client)
    assert len(texts(root, "title")) == 53 + 3 + 2
    newest = next(entry for entry in root.iter(f"{ATOM}entry") if ":label:" in entry.findtext(f"{ATOM}id"))
    assert newest.findtext(f"{ATOM}title").endswith("reçoit le label France Services")
    assert newest.findtext(f"{ATOM}updated") == "2020-09-01T00:00:00+02:00"
    assert newest.find(f"{ATOM}category").get("term") == "Vague de l’automne 2020"
    assert client.get("/flux.atom").content == client.get("/flux.atom").content


@pytest.mark.one_database
def test_feed_tells_of_waves_and_press_releases(client, old_directory):
    root = feed(client)
    found = dict(zip(texts(root, "id"), root.findall(f"{ATOM}entry"), strict=True))
    wave = found["tag:pimms-directory.example,2026:wave:2020-09"]
    assert wave.findtext(f"{ATOM}updated") == "2020-09-01T00:00:00+02:00"
    assert "13 PIMMS" in wave.findtext(f"{ATOM}summary")
    release = found["tag:pimms-directory.example,2026:release:2020-10-14"]
    assert release.findtext(f"{ATOM}published") == "2020-10-14T00:00:00+02:00"
    assert release.find(f"{ATOM}link").get("href") == "http://testserver/communiques/2020-10-14/"


def test_feed_names_no_place_twice(client, old_directory):
    bus = next(text for text in texts(feed(client), "summary") if text.startswith("Gard"))
    assert bus.startswith("Gard (30). ")


@pytest.mark.one_database
def test_ids_are_made_of_slugs(client):
    site = SiteFactory(wave__code="2020-01")
    assert f"tag:pimms-directory.example,2026:site:{site.slug}:label:2020-01" in texts(feed(client), "id")


@pytest.mark.slow
def test_feed_tells_what_changed_newest_first(client, old_directory):
    sites = list(Site.objects.order_by("slug")[:3])
    sites[0].phone = "01 02 03 04 05"
    sites[1].closed_on = date(2024, 3, 1)
    sites[2].label_ended_on = date(2024, 2, 1)
    for site in sites:
        site.save()
    assert texts(feed(client), "title")[:3] == [
        f"{sites[2].name} n’a plus le label France Services depuis le 1er\u00a0février 2024",
        f"{sites[1].name} a fermé le 1er\u00a0mars 2024",
        f"La fiche de {sites[0].name} a changé",
    ]


def test_what_follows_the_entering_of_a_record_is_no_change(client):
    site = SiteFactory()
    OpeningPeriodFactory(site=site)
    assert not [text for text in texts(feed(client), "id") if text.endswith(":changed")]


@pytest.mark.slow
@pytest.mark.one_database
def test_feed_stays_short(client):
    for _ in range(40):
        SiteFactory()
    Site.objects.update(added_at=LONG_AGO)
    assert len(texts(feed(client), "id")) == 60


@pytest.mark.one_database
def test_entries_keep_their_ids_when_site_and_host_are_renamed(client, settings):
    site = SiteFactory()
    Site.objects.update(added_at=LONG_AGO)
    before = texts(feed(client), "id")
    site.slug, site.name, site.official_id = "autre", "Autre", None
    site.save()
    settings.PUBLIC_ORIGIN = "https://autre.example"
    response = client.get("/flux.atom")
    assert "https://autre.example/pimms/autre/" in response.text
    assert sorted(texts(parse(response.content), "id")) == sorted(before)


@pytest.mark.one_database
def test_a_label_to_come_is_announced_and_never_dated_in_the_future(client):
    today = timezone.localdate()
    SiteFactory(
        wave=WaveFactory(
            effective_on=today + timedelta(days=60), announced_on=today - timedelta(days=9), announced_source="CITP"
        )
    )
    SiteFactory(wave=WaveFactory(effective_on=today + timedelta(days=90)))
    root = feed(client)
    labels = [entry for entry in root.iter(f"{ATOM}entry") if ":label:" in entry.findtext(f"{ATOM}id")]
    assert all("recevra le label" in entry.findtext(f"{ATOM}title") for entry in labels)
    assert labels[1].findtext(f"{ATOM}updated").startswith((today - timedelta(days=9)).isoformat())


def test_feeds_of_territories_hold_their_sites_only(client, old_directory):
    assert len(texts(feed(client, "/regions/bretagne/flux.atom"), "id")) == 5
    assert len(texts(feed(client, "/departements/38-isere/flux.atom"), "id")) == 3
    empty = feed(client, "/departements/01-ain/flux.atom")
    assert empty.findtext(f"{ATOM}updated") == "2020-01-01T00:00:00+01:00"
    assert client.get("/regions/rien/flux.atom").status_code == 404
    assert client.get("/departements/99-rien/flux.atom").status_code == 404


def test_feeds_of_territories_tell_of_their_last_changes(client, old_directory):
    here, there = Department.objects.get(code="38"), Department.objects.get(code="59")
    for department in (here, there):  # those there last
        for site in department.sites.all():
            site.phone = "01 02 03 04 05"
            site.save()
    for address in (f"{here.get_absolute_url()}flux.atom", f"{here.region.get_absolute_url()}flux.atom"):
        told = [title for title in texts(feed(client, address), "title") if title.endswith(" a changé")]
        assert told == [f"La fiche de {site.name} a changé" for site in here.sites.order_by("-modified_at")]


@pytest.mark.one_database
def test_feeds_are_announced_on_pages(client, directory):
    def announced(address):
        html = client.get(address).content.decode()
        return re.findall(r'<link rel="alternate" type="application/atom\+xml" href="([^"]+)"', html)

    assert announced("/") == announced("/pimms/pimms-blois/") == announced("/a-propos/") == ["/flux.atom"]
    assert announced("/regions/bretagne/") == ["/flux.atom", "/regions/bretagne/flux.atom"]
    assert announced("/departements/38-isere/") == ["/flux.atom", "/departements/38-isere/flux.atom"]


@pytest.mark.parametrize("value", ["", " ", "annuaire.example,2026", "annuaire@pimms.example,2026-01"])
@pytest.mark.one_database
def test_feed_authority_is_a_tagging_entity(monkeypatch, value):
    monkeypatch.setenv("FEED_AUTHORITY", value)
    assert network.tagging_entity("FEED_AUTHORITY", "x.example,2026") == value.strip() or not value.strip()


@pytest.mark.parametrize("value", ["annuaire.example", "https://x.example,2026", "x.example,26", "É.example,2026"])
@pytest.mark.one_database
def test_any_other_feed_authority_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("FEED_AUTHORITY", value)
    with pytest.raises(ImproperlyConfigured, match=r"FEED_AUTHORITY is “.*annuaire\.example,2026"):
        network.tagging_entity("FEED_AUTHORITY", "x.example,2026")


# The map of the site


def sitemap(client, address: str = "/sitemap.xml") -> dict[str, str | None]:
    """Addresses with their dates of last change."""
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    response = client.get(address)
    assert response.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert "Last-Modified" not in response.headers  # that of the newest page says nothing of one that went
    urls = parse(response.content).findall(f"{name}url")
    found = {url.findtext(f"{name}loc"): url.findtext(f"{name}lastmod") for url in urls}
    assert len(found) == len(urls)
    return found


@pytest.mark.slow
@pytest.mark.one_database
def test_sitemap_lists_every_public_page_once(client, directory):
    closed = SiteFactory(closed_on=date(2024, 3, 1))
    translated = tuple(f"http://testserver/{each.code}/" for each in ALL)
    found = [address for address in sitemap(client) if not address.startswith(translated)]
    assert set(found) == {f"http://testserver{address}" for address in (*every_address(), "/donnees/")}
    assert f"http://testserver{closed.get_absolute_url()}" in found
    for address in found:
        response = client.get(address)
        assert response.status_code == 200, address
        html = response.content.decode()
        assert f'<link rel="canonical" href="{address}">' in html
        assert "noindex" not in html


def days_of_pages(client) -> dict[str, str | None]:
    return {address.removeprefix("http://testserver"): day for address, day in sitemap(client).items()}


def test_sitemap_dates_what_changed(client, old_directory):
    site = Site.objects.get(slug="pimms-blois")
    DirectoryVersion.objects.update(kept_at=LONG_AGO)
    assert days_of_pages(client)["/pimms/"] == "2024-01-01"
    with revision():
        site.phone = "02 00 00 00 00"
        site.save()
        keep(site)
    found, today = days_of_pages(client), timezone.localdate().isoformat()
    assert found["/pimms/pimms-blois/"] == found["/"] == found["/pimms/"] == found["/donnees/versions/"] == today
    assert found["/pimms/pimms-isere-la-villeneuve/"] == "2024-01-01"
    assert found["/a-propos/"] is found["/communiques/2020-10-14/"] is found[site.department.get_absolute_url()] is None


@pytest.mark.parametrize("gone", ["withdrawn", "deleted"])
def test_sitemap_dates_what_left_the_list_and_no_draft(client, old_directory, gone):
    site, draft = Site.objects.get(slug="pimms-blois"), Site.objects.get(slug="pimms-melun")
    Site.objects.filter(pk=draft.pk).update(publication=Publication.DRAFT, is_public=False)
    keep_version()
    DirectoryVersion.objects.update(kept_at=LONG_AGO)
    with revision():
        draft.refresh_from_db()
        draft.phone = "02 00 00 00 00"
        draft.save()
        keep(draft)
    assert days_of_pages(client)["/pimms/"] == "2024-01-01"
    with revision():
        if gone == "deleted":
            site.listings.all().delete()
            site.delete()
        else:
            site.publication = Publication.WITHDRAWN
            site.save()
    found = days_of_pages(client)
    assert "/pimms/pimms-blois/" not in found
    assert found["/pimms/"] == found["/"] == timezone.localdate().isoformat()


@pytest.mark.parametrize("page", ["0", "2", "abc", "9" * 5000, "\0"])
@pytest.mark.one_database
def test_sitemap_has_one_page(client, page):
    assert client.get("/sitemap.xml", {"p": page}).status_code == 404


@pytest.mark.one_database
def test_sitemap_names_its_parts_where_one_file_would_hold_too_many_pages(client, monkeypatch):
    for _ in range(5):
        SiteFactory()
    whole = sitemap(client)
    monkeypatch.setattr(crawlers.PublicPages, "limit", len(whole) // 2)
    index = client.get("/sitemap.xml").content.decode()
    parts = re.findall("<loc>http://testserver(.+?)</loc>", index)
    assert parts == [f"/sitemap.xml?p={number}" for number in range(1, len(parts) + 1)]
    found = [sitemap(client, part) for part in parts]
    assert len(found) > 1
    assert sum(map(len, found)) == len(whole)
    assert {address: day for part in found for address, day in part.items()} == whole
    assert client.get(f"/sitemap.xml?p={len(parts) + 1}").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("address", ["/flux.atom", "/sitemap.xml", "/robots.txt", "region", "department"])
@pytest.mark.one_database
def test_query_counts_do_not_grow_with_the_number_of_sites(client, address):
    department = DepartmentFactory()
    if not address.startswith("/"):
        address = {"region": department.region, "department": department}[address].get_absolute_url() + "flux.atom"
    counts = []
    for size in (1, 60):
        for _ in range(size):
            OpeningPeriodFactory(site=SiteFactory(department=department))
        Site.objects.update(added_at=LONG_AGO)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 13


# robots.txt and security.txt


@pytest.mark.one_database
def test_robots_welcome_pages_and_downloads_but_no_filtered_view(client):
    response = client.get("/robots.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.content.decode().splitlines()
    assert "Sitemap: http://testserver/sitemap.xml" in lines
    assert "Disallow: /pimms/?*" in lines
    robots = RobotFileParser()
    robots.parse(lines)
    for address in ("/", "/pimms/", "/pimms/pimms-blois/", "/pimms.csv", "/pimms.json", "/pimms.geojson", "/flux.atom"):
        assert robots.can_fetch("*", f"http://testserver{address}"), address
    assert not robots.can_fetch("*", "http://testserver/admin/")


@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ("securite@pimms.example", "mailto:securite@pimms.example"),
        ("a+b@pimms.example", "mailto:a%2Bb@pimms.example"),
        ("https://pimms.example/contact", "https://pimms.example/contact"),
    ],
)
@pytest.mark.one_database
def test_security_txt_names_the_contact(client, settings, contact, uri):
    settings.SITE = settings.SITE | {"contact": contact}
    settings.PUBLIC_ORIGIN = "https://annuaire.example"  # the RFC demands https, as production does
    response = client.get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    expires = datetime.fromisoformat(fields.pop("Expires"))
    assert timedelta(days=90) < expires - timezone.now() < timedelta(days=365)
    assert fields == {
        "Contact": uri,
        "Preferred-Languages": "fr",
        "Canonical": "https://annuaire.example/.well-known/security.txt",
    }


@pytest.mark.parametrize("contact", ["", "01 23 45 67 89", "http://pimms.example/", "a@b.fr\nX: y"])
def test_security_txt_is_absent_without_a_contact_that_it_may_name(client, settings, contact):
    settings.SITE = settings.SITE | {"contact": contact}
    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("address", ["/flux.atom", "/sitemap.xml", "/robots.txt", "/regions/bretagne/flux.atom"])
@pytest.mark.one_database
def test_files_for_machines_are_read_only_and_keep_the_security_headers(client, directory, address):
    assert client.post(address).status_code == 405
    headers = client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Cookie" not in headers.get("Vary", "")


# Filtered views


@pytest.mark.one_database
def test_filtered_views_name_the_list_as_canonical(client, directory):
    html = client.get("/pimms/?jour=lundi&page=2").content.decode()
    assert '<meta name="robots" content="noindex, follow">' in html
    assert '<link rel="canonical" href="http://testserver/pimms/">' in html
