"""What is not published shows nowhere; what was published and withdrawn answers 410."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qsl, quote

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from labels.models import KeyFigure, PressRelease, Wave
from pimms_directory.base import memo
from pimms_directory.editing.publishing.publication import Publication
from sites.exchange.citing.citation import FILES
from sites.models import Association, Department, OpeningPeriod, Region, Site, SiteAlias
from sites.press.graphics import graphics
from sites.versions.keeping import keep_version
from sites.versions.models import DirectoryVersion
from tests.factories import (
    AssociationFactory,
    DepartmentFactory,
    FactFactory,
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
# In all that is not published: its texts, addresses, years and telephone.
MARKS = (WORD, "cachee", "ancienne-", "2042", "2043", "99 99 99", "999999")
DRAFT, WITHDRAWN = Publication.DRAFT, Publication.WITHDRAWN


def secret_site(number: int, **values) -> Site:
    desk = not {"mobile", "multisite"} & values.keys()
    texts = {
        "name": f"PIMMS {WORD} fanfreluche",
        "official_name": f"France services {WORD}",
        "official_id": f"{WORD}{number}",
        "address": f"{number} rue de la {WORD}" if desk else "",
        "address_complement": WORD,
        "base": WORD,
        "area_served": WORD,
        "email": f"{WORD}@pimms.example",
        "website": f"https://pimms.example/{WORD}",
        "access_note": f"Demandez {WORD}.",
        "data_note": f"Corrigé par {WORD}.",
        "contact_source": f"Appel à {WORD}",
        "contact_checked_on": date(2043, 1, 1),
        "phone": "04 99 99 99 99",
    }
    site = SiteFactory(slug=f"cachee-{number}", **(texts | values))
    SiteAliasFactory(site=site, name=f"Ancien {WORD}", slug=f"ancienne-{number}")
    OpeningPeriodFactory(site=site, weekday=7)
    return site


def print_lines(release: PressRelease, **lines: Site) -> None:
    """Lines under the names given, with spaces for underscores, that say nothing of where the sites are."""
    nothing = {"region_printed": "", "department_printed": "", "commune_printed": ""}
    for row, (name, site) in enumerate(lines.items(), start=1):
        ListingFactory(
            release=release,
            site=site,
            row=row,
            name_printed=name.rstrip("_").replace("_", " "),
            marked_new=name.startswith("Nouveau"),
            **nothing,
        )


@pytest.fixture
def prepared():
    """A public site, and all that may be unpublished around it, tied to what is public in every way."""
    shown = SiteFactory(
        slug="montree",
        department=DepartmentFactory(code="38"),  # which pictures and maps know
        wave__release=PressReleaseFactory(published_on=date(2031, 1, 15)),
    )
    near = SiteFactory(slug="voisine", department=shown.department)
    place = {"commune": shown.commune, "department": shown.department, "postcode": shown.postcode}
    ours = {"wave": shown.wave, "association": shown.association}
    release = PressReleaseFactory(
        publication=DRAFT,
        published_on=date(2043, 2, 15),
        title=f"Communiqué {WORD}",
        issuer=WORD,
        source_url=f"https://presse.example/{WORD}",
        summary=WORD,
        caveat=WORD,
    )
    KeyFigureFactory(release=release, caption=WORD, note=WORD, concerns_wave=True)
    KeyFigureFactory(release=release, caption=WORD, qualifier=WORD, quotation=WORD, place=WORD)
    FactFactory(release=release, statement=WORD, quotation=WORD, place=WORD, note=WORD)
    secret = {"source": WORD, "announced_source": WORD, "announced_on": date(2042, 1, 9)}
    wave = WaveFactory(
        publication=DRAFT,
        code="2042-07",
        name=f"Vague {WORD}",
        release=release,
        effective_on=date(2042, 7, 1),
        **secret,
    )
    WaveFactory(
        publication=WITHDRAWN,
        code="2042-08",
        name=f"Vague {WORD}",
        release=shown.wave.release,  # which is published
        effective_on=date(2042, 8, 1),
        **secret,
    )
    public_wave = WaveFactory(release=release)  # whose release is still being prepared
    SiteFactory(slug="sans-communique", wave=public_wave)
    hidden = AssociationFactory(slug="association-cachee", name=f"PIMMS {WORD}")
    AssociationFactory(slug="autre-association-cachee", name=f"PIMMS {WORD}")
    overseas = DepartmentFactory(code="974")
    far = DepartmentFactory(code="29")  # where no site is public
    DepartmentFactory(code="976")  # where none is at all
    sites = [
        secret_site(1, publication=DRAFT, **ours, **place),
        secret_site(2, wave=wave, association=hidden, **place),
        secret_site(3, publication=WITHDRAWN, **ours, **place),
        secret_site(4, publication=DRAFT, mobile=True, department=shown.department, wave=public_wave),
        secret_site(5, publication=DRAFT, multisite=True, department=overseas, **ours),
        secret_site(6, publication=DRAFT, department=overseas, **ours),
        secret_site(7, publication=DRAFT, closed_on=date(2043, 3, 1), **ours, **place),
        secret_site(8, publication=DRAFT, label_ended_on=date(2043, 3, 1), **ours, **place),
        secret_site(9, publication=DRAFT, association=hidden, wave=public_wave, department=far),
    ]
    # Two published releases, so that they are compared; in each way that a site can be in both, or in one.
    before = PressReleaseFactory(published_on=date(2030, 1, 15))
    print_lines(
        before,
        **{"Imprimé deux fois": sites[0], "Imprimé deux fois_": sites[1]},
        **{"Imprimé": sites[2], "Imprimé ainsi": sites[3], "Plus imprimé": sites[4]},
    )
    print_lines(
        shown.wave.release,
        **{"Imprimé une fois": sites[0], "Imprimé deux fois": sites[1]},
        **{"Imprimé - Ici": sites[2], "Imprimé ainsi": sites[3], "Nouveau": sites[5], "Nouveau, en bus": sites[6]},
        **{"Sans être signalé": sites[7], "Non plus": sites[8], "Publié": near},
    )
    ListingFactory(release=release, site=shown, name_printed=WORD, remark=WORD)
    return shown


def change_what_is_not_published() -> None:
    """All that the public cannot know becomes something else, or moves elsewhere."""
    elsewhere = {
        "department": Department.objects.get(code="976"),
        "association": Association.objects.get(slug__startswith="autre"),
    }
    elsewhere["wave"] = Wave.objects.get(code="2042-07")
    nowhere = {"kind": Site.Kind.MOBILE, "commune": None, "latitude": None, "longitude": None}
    drafts = Site.objects.filter(is_public=False)
    OpeningPeriod.objects.filter(site__in=drafts).delete()
    SiteAlias.objects.filter(site__in=drafts).update(name=f"Autre {WORD}")
    drafts.update(
        name=f"Autre {WORD}", address="", postcode="", label_ended_on=None, closed_on=None, phone="", **nowhere
    )
    drafts.update(modified_at="2042-05-05T00:00Z", **elsewhere)
    drafts.refresh_computed_columns()
    days = {Wave: "effective_on", PressRelease: "published_on"}
    for model, day in days.items():
        model.objects.exclude(publication=Publication.PUBLISHED).update(**{day: date(2043, 11, 11)})
    KeyFigure.objects.filter(caption=WORD).update(value=4_242)
    memo.forget()


def routes(patterns) -> Iterator[tuple[str, list[str]]]:
    """The names of all public routes, with the names of their arguments."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace is None:
                yield from routes(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield pattern.name, list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)


# Whose records the routes of a name speak of, such as "site-record" or "embedded-site".
RECORDS = {
    "site": (Site, SiteAlias),
    "region": (Region,),
    "department": (Department,),
    "association": (Association,),
    "wave": (Wave,),
    "release": (PressRelease,),
    "version": (DirectoryVersion,),
}


def addresses() -> set[str]:
    """Every address that a public route can have with the records there are, published or not."""
    found = set()
    resolver = get_resolver()
    others = {"ending": [ending for ending, _label, _media_type in FILES], "name": list(graphics())}
    for name, arguments in routes(resolver.url_patterns):
        of_record = [argument for argument in arguments if argument not in others]
        kinds = [kind for kind in name.split("-") if of_record and kind in RECORDS]
        assert bool(of_record) == bool(kinds), f"{name}: say above whose records have it"
        models = [model for kind in kinds for model in RECORDS[kind]]
        keys = [key for model in models for key in model.objects.order_by("pk").values(*of_record)]
        for argument in set(arguments) & set(others):
            keys = [{**key, argument: value} for key in keys or [{}] for value in others[argument]]
        found |= {f"/{resolver.reverse(name, **key)}" for key in (keys if arguments else [{}])}
    return found


QUERIES = (
    "q=04+99+99",  # their phone is not searched, but a reader may try
    "q=rue+de+la",
    "q=ancien",
    "q=fanfreluche",  # their name
    "lieu=fanfreluche",
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
    "vague=2042-08",
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
    return content.decode(errors="replace").casefold()


def everything(shown: Site) -> list[str]:
    """All addresses, and what may be asked of those that take a question."""
    asked = {
        key: str(value)
        for key, value in {
            "place": shown.commune.name,
            "postcode": shown.postcode,
            "insee": shown.commune.insee_code,
            "latitude": shown.latitude,
            "longitude": shown.longitude,
            "region": shown.department.region.slug,
            "department": shown.department.code,
            "wave": shown.wave.code,
            "association": shown.association.slug,
        }.items()
    }
    lists = ("/pimms/", "/pimms.csv", "/pimms.json", "/pimms.geojson", "/pimms.xlsx", "/communes.json")
    filtered = {f"{page}?{query.format(**asked)}" for page in lists for query in QUERIES}
    pages = addresses()
    secret = {page for page in pages if any(mark in page for mark in MARKS)}
    known = [page for page in secret if page.endswith("/") and not page.startswith("/integrer/")]
    known += [shown.get_absolute_url(), shown.wave.get_absolute_url(), shown.association.get_absolute_url()]
    embedded = {f"/integrer/?fiche={page}" for page in known}
    embedded |= {f"/oembed.json?url=http://testserver{page}" for page in known}
    return sorted(pages | filtered | embedded | {page.upper() for page in secret})


def answer_to(client, address: str) -> str:
    """All that it says, but for what the reader typed."""
    response = client.get(address)
    headers = (response.headers.get(name, "") for name in ("Location", "Link"))
    said = "\n".join((str(response.status_code), *headers, text_of(response)))
    path, _, query = address.casefold().partition("?")
    typed = [value for _name, value in parse_qsl(query)]
    for each in sorted({path, query, *typed, *(quote(value, safe="") for value in typed)} - {"", "/"}, key=len)[::-1]:
        said = said.replace(each, "…")
    return said


@pytest.mark.slow
@pytest.mark.one_database
def test_what_is_not_published_shows_nowhere(client, prepared, monkeypatch):
    """Neither in words, nor in numbers, order, maps: answers stay the same whatever becomes of it."""
    # What a picture shows, to read it.
    monkeypatch.setattr("sites.share_images.views.picture", lambda facts: repr(facts).encode())
    keep_version()
    asked = everything(prepared)
    assert {"/pimms/cachee-1/", "/labels/2042-07.json", "/flux.atom", "/sitemap.xml", "/plan-du-site/"} < {*asked}
    said = {address: answer_to(client, address) for address in asked}
    telling = {address: [mark for mark in MARKS if mark in text] for address, text in said.items()}
    assert {address: marks for address, marks in telling.items() if marks} == {}
    change_what_is_not_published()
    keep_version()
    assert [address for address in asked if answer_to(client, address) != said[address]] == []


def test_the_same_words_show_once_all_is_published(client, prepared):
    """Or else the test above would find nothing whatever the pages do."""
    PressRelease.objects.update(publication=Publication.PUBLISHED)
    Wave.objects.update(publication=Publication.PUBLISHED, effective_on=date(2020, 1, 1))  # no list has labels to come
    Site.objects.update(publication=Publication.PUBLISHED)
    Site.objects.refresh_computed_columns()
    for address in (
        *("/", "/pimms/", "/pimms.csv", "/pimms.json", "/pimms.geojson", "/pimms.xlsx", "/flux.atom"),
        *("/plan-du-site/", "/labels/", "/labels/2042-07/", "/labels/2042-07.json", "/communiques/", "/associations/"),
        *(
            "/pimms/?jour=dimanche",
            "/pimms/?vague=2042-07",
            "/communiques/2031-01-15/",
            "/pimms/cachee-1/",
            "/pimms/montree/",
        ),
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
    assert html.count("pas de fiche publiée") == 8
    lines = json.loads(text_of(client.get("/communiques/2031-01-15.json")))["listings"]
    assert [line["site"] for line in lines] == [*[None] * 8, "http://testserver/pimms/voisine/"]


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
