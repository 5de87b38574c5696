"""How pages are quoted: their files, read by the libraries of others, say what the pages say."""

import json
import re
from datetime import date, timedelta
from typing import Any, NamedTuple

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware, MonthIntMiddleware
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from django.utils.html import escape

from labels.models import PressRelease, Wave
from sites.exchange.citing.citation import FILES
from sites.models import Association, Department, Region, Site
from tests.factories import PressReleaseFactory, SiteAliasFactory, SiteFactory, WaveFactory
from tests.sites.share_images.helpers import Head
from tests.test_pages import text

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

STYLE = CitationStylesStyle("harvard-cite-them-right", validate=False)
ADDRESSES = (
    "/pimms/pimms-isere-la-villeneuve/",
    "/regions/bretagne/",
    "/departements/2A-corse-du-sud/",
    "/associations/pimms-paris/",
    "/labels/2020-01/",
    "/communiques/2020-10-14/",
)


class Quoted(NamedTuple):
    author: str
    title: str
    issued: date | None
    address: str
    note: str


def beside(client, address: str, ending: str) -> str:
    response = client.get(address.removesuffix("/") + ending)
    assert response.status_code == 200, response.request["PATH_INFO"]
    media_type = {each: media_type for each, _label, media_type in FILES}[ending]
    assert response["Content-Type"] == f"{media_type}; charset=utf-8"
    return b"".join(response).decode()


def from_bibtex(content: str) -> Quoted:
    library = bibtexparser.parse_string(
        content, append_middleware=[MonthIntMiddleware(), LatexDecodingMiddleware(allow_inplace_modification=True)]
    )
    assert not library.failed_blocks
    (entry,) = library.entries
    assert entry.entry_type == "misc"
    found = {name: str(field.value).replace("{", "").replace("}", "") for name, field in entry.fields_dict.items()}
    day = date(*(int(found[part]) for part in ("year", "month", "day"))) if "year" in found else None
    return Quoted(found["author"], found["title"], day, found["url"], found["note"])


def from_ris(content: str) -> Quoted:
    (found,) = rispy.loads(content)
    assert found["type_of_reference"] == "ELEC"
    day = date.fromisoformat(found["date"].replace("/", "-")) if "date" in found else None
    assert found.get("year") == (str(day.year) if day else None)
    (author,), (address,), (note,) = found["authors"], found["urls"], found["notes"]
    return Quoted(author, found["title"], day, address, note)


def from_csl(content: str) -> Quoted:
    (found,) = json.loads(content)
    day = date(*found["issued"]["date-parts"][0]) if "issued" in found else None
    return Quoted(found["author"][0]["literal"], found["title"], day, found["URL"], found["note"])


READERS = {".bib": from_bibtex, ".ris": from_ris, ".csl.json": from_csl}


def as_bibliography(content: str) -> str:
    """The line that a word processor makes of a CSL-JSON file, in the style of Harvard."""
    items = json.loads(content)
    bibliography = CitationStylesBibliography(STYLE, CiteProcJSON(items), formatter.plain)
    bibliography.register(Citation([CitationItem(items[0]["id"])]))
    return str(bibliography.bibliography()[0])


def quoted(client, address: str) -> Quoted:
    """What all three files say."""
    first, *others = (read(beside(client, address, ending)) for ending, read in READERS.items())
    assert [first, first] == others
    return first


def head_of(client, address: str) -> Head:
    return Head(client.get(address).content.decode())


def check_page(client, address: str) -> Quoted:
    """That the page, its head and its files say the same."""
    found, response = quoted(client, address), client.get(address)
    head = Head(response.content.decode())
    assert found.address == f"http://testserver{address}" == head.only("DC.identifier")
    assert found.title == head.only("og:title") == head.only("citation_title") == head.only("DC.title")
    assert found.author == head.only("citation_author") == head.only("DC.creator")
    if found.issued:
        iso = found.issued.isoformat()
        assert iso == head.only("DC.date") == head.only("article:published_time")
        assert f"{found.issued:%Y/%m/%d}" == head.only("citation_publication_date")
    else:
        assert not {"DC.date", "citation_publication_date", "article:published_time"} & set(head.meta)
    return found


@pytest.mark.slow
def test_every_record_is_quoted_alike_in_all_places(client, directory):
    kinds = (Site, Region, Department, Association, Wave, PressRelease)
    for record in (each for kind in kinds for each in kind.objects.all()):
        check_page(client, record.get_absolute_url())


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_sentence_of_a_page_is_made_of_what_its_files_say(client, directory, address):
    found, page = check_page(client, address), text(client.get(address))
    sentence = f"« {found.title} », {found.author}. {found.note} {found.address}"
    if "Citer cette page" in page:  # not where no PIMMS is
        assert sentence.replace("\u00a0", " ") in page
        for ending, label, _media_type in FILES:
            assert f'href="{address.removesuffix("/")}{ending}"' in client.get(address).content.decode()
            assert label in page


def test_a_release_is_dated_by_its_publication_and_its_issuer_is_the_source(client, directory):
    for release in PressRelease.objects.all():
        found = check_page(client, release.get_absolute_url())
        assert found.issued == release.published_on
        assert found.author == "Annuaire des PIMMS labellisés France Services"
        assert release.issuer in found.note
        assert release.title in found.note


def test_the_publisher_in_the_settings_is_the_author(client, settings):
    settings.SITE = settings.SITE | {"publisher": "Association « Un & Deux »"}
    assert check_page(client, SiteFactory().get_absolute_url()).author == "Association « Un & Deux »"


def test_signs_that_files_take_for_orders_survive(client):
    name = r"PIMMS d’Issy-l’Évêque & Cie, 100 % œuvré_ici # Été $5 ~ \ “fin”"
    site = SiteFactory(name=name, contact_source="Enquête & relevé_2", contact_checked_on=date(2034, 5, 6))
    found = quoted(client, site.get_absolute_url())
    assert found.title.startswith(name)
    assert "Enquête & relevé_2" in found.note


def test_bibtex_escapes_what_tex_takes_for_orders(client):
    site = SiteFactory(name=r"A & B_c {d} 5 % \e ~ ^ # $")
    title = beside(client, site.get_absolute_url(), ".bib").partition("title = ")[2].partition("\n")[0]
    assert title.startswith(r"{{A \& B\_c \{d\} 5 \% \textbackslash{}e \textasciitilde{} \textasciicircum{} \# \$, ")


def test_no_name_begins_a_field_or_a_reference_of_its_own(client):
    site = SiteFactory(name="PIMMS\nER  - \nTY  - BOOK\u2028AU  - Nobody\r\n@book(x)")
    for ending in (".bib", ".ris"):  # JSON has a sign for the end of a line
        found = READERS[ending](beside(client, site.get_absolute_url(), ending))
        assert found.title.startswith("PIMMS ER  -  TY  - BOOK AU  - Nobody @book(x), ")


def test_a_day_that_is_not_known_is_not_given(client):
    site = SiteFactory(contact_checked_on=None)
    found = check_page(client, site.get_absolute_url())
    assert found.issued is None
    assert "Données" not in found.note


def test_a_record_says_when_it_changed_if_it_did(client):
    site = SiteFactory()
    address = site.get_absolute_url()
    assert not {"DCTERMS.modified", "article:modified_time"} & set(head_of(client, address).meta)
    Site.objects.update(added_at=site.added_at - timedelta(days=9))
    head = head_of(client, address)
    assert head.only("DCTERMS.modified") == head.only("article:modified_time") == f"{site.modified_at:%Y-%m-%d}"


@pytest.mark.parametrize("ending", READERS)
def test_a_former_address_leads_to_the_new_one(client, ending):
    alias = SiteAliasFactory(slug="autrefois")
    answer = client.get(f"/pimms/autrefois{ending}")
    assert (answer.status_code, answer["Location"]) == (301, f"/pimms/{alias.site.slug}{ending}")
    department = alias.site.department
    answer = client.get(f"/departements/{department.code}-ancien{ending}")
    assert answer["Location"] == department.get_absolute_url().removesuffix("/") + ending
    assert client.get(f"/PIMMS/{alias.site.slug}{ending}/")["Location"] == f"/pimms/{alias.site.slug}{ending}"


@pytest.mark.parametrize("ending", READERS)
def test_what_was_withdrawn_or_never_was_is_refused_as_to_a_program(client, ending):
    site, wave, release = (each(publication="withdrawn") for each in (SiteFactory, WaveFactory, PressReleaseFactory))
    draft = SiteFactory(publication="draft")
    for record, status in ((site, 410), (wave, 410), (release, 410), (draft, 404)):
        answer = client.get(record.get_absolute_url().removesuffix("/") + ending)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    for address in ("pimms/x", "regions/x", "departements/99-x", "associations/x", "labels/x", "communiques/x"):
        answer = client.get(f"/{address}{ending}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert client.get(f"/pimms{ending}").status_code == 404


def test_only_the_page_itself_says_how_it_is_quoted(client, directory):
    for address in ("/", "/pimms/", "/en/pimms/pimms-melun/", "/communiques/2020-10-14/comparaison/"):
        head = head_of(client, address)
        assert head.only("og:type") == "website"
        assert not {"citation_title", "DC.title", "citation_author"} & set(head.meta)
        assert "cite-as" not in head.links
    assert head_of(client, "/pimms/pimms-melun/").links["cite-as"] == ["http://testserver/pimms/pimms-melun/"]


def test_data_of_machines_name_the_same_author_and_day(client, directory):
    found = quoted(client, "/communiques/2020-10-14/")
    page = json_ld(client, "/communiques/2020-10-14/", "WebPage")
    assert (page["name"], page["author"]["name"], page["datePublished"]) == (found.title, found.author, "2020-10-14")
    report = page["mainEntity"]
    assert (report["@type"], report["publisher"]["name"]) == ("Report", "Union nationale des PIMMS")
    assert report["datePublished"] == "2020-10-14"
    html = client.get("/communiques/2020-10-14/").content.decode()
    for part in report["hasPart"]:
        assert part["creator"] == report["publisher"]
        assert escape(part["text"]) in html
        assert f'id="{part["url"].partition("#")[2]}"' in html
    assert len(report["hasPart"]) == len(re.findall(r"<q>", html)) > 20
    for address, kind in (("/labels/2020-01/", "ItemList"), ("/pimms/pimms-melun/", "LocalBusiness")):
        found = quoted(client, address)
        page = json_ld(client, address, kind)["mainEntityOfPage"]
        assert (page["name"], page["publisher"]["name"]) == (found.title, found.author)
        assert page["datePublished"] == found.issued.isoformat()


def json_ld(client, address: str, kind: str) -> dict[str, Any]:
    html = client.get(address).content.decode()
    scripts = html.split('<script type="application/ld+json">')[1:]
    described = [json.loads(each.partition("</script>")[0]) for each in scripts]
    return {each["@type"]: each for each in described}[kind]


def test_the_site_has_one_name(client, directory, settings):
    name = settings.SITE_NAME
    assert json_ld(client, "/", "WebSite")["name"] == name
    assert json_ld(client, "/", "WebSite")["alternateName"] == settings.SITE_SHORT_NAME
    manifest = client.get("/site.webmanifest").json()
    assert (manifest["name"], manifest["short_name"]) == (name, settings.SITE_SHORT_NAME)
    oembed = client.get("/oembed.json", {"url": "http://testserver/pimms/pimms-melun/"})
    assert json.loads(b"".join(oembed))["provider_name"] == name
    feed = client.get("/flux.atom").content.decode()
    assert f"<title>{name}\u00a0: nouveautés</title>" in feed
    assert f"<author><name>{name}</name></author>" in feed
    for address in ("/", "/pimms/pimms-melun/", "/ar/"):
        head = head_of(client, address)
        assert head.only("og:site_name") == name
        assert head.title.endswith(f" · {settings.SITE_SHORT_NAME}")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_word_processor_makes_a_line_of_the_csl_file(client, directory, address):
    found = quoted(client, address)
    line = as_bibliography(beside(client, address, ".csl.json"))
    for part in (found.author, found.title, str(found.issued.year) if found.issued else "", found.address):
        assert part in line
