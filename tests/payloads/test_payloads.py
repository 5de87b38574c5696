"""Whatever staff type is text and nothing else, wherever it shows: every route, every language, every page of staff."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver, resolve, reverse
from django.utils import translation

from labels.models import PressRelease, Wave
from pimms_directory.base.languages import ALL
from pimms_directory.editing.history import keep, revision
from pimms_directory.editing.models import KeptChange
from pimms_directory.query_parameters import READ
from sites.models import Association, Department, Region, Site
from sites.press.graphics import graphics
from sites.versions.keeping import keep_version
from sites.versions.models import DirectoryVersion
from tests.admin_pages import MODELS, admin_page
from tests.forms import filled
from tests.languages.conftest import languages
from tests.payloads.filling import MARK, fields, fill_everything
from tests.payloads.judges import texts

__all__ = ["languages"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_database, pytest.mark.ignore_template_errors]

RECORDS = {model._meta.model_name: model for model in (Site, Region, Department, Association, Wave)}
RECORDS |= {"release": PressRelease, "version": DirectoryVersion}
ENDINGS = (".bib", ".ris", ".csl.json")
NEVER_PUBLIC = {"auth.User.first_name", "auth.User.last_name", "auth.User.email", "directory.Commune.centre_source"}
PLAIN = {  # which their own rules keep from saying anything but codes, hours, numbers and slugs
    *("PressRelease.slug", "PressRelease.text_sha256", "Wave.code", "Association.slug", "Region.slug", "Region.code"),
    *("Department.slug", "Department.code", "Commune.insee_code", "Postcode.code", "Notice.hours", "Site.slug"),
    *("Site.postcode", "Site.phone", "SiteAlias.slug"),
}


def routes() -> Iterator[tuple[str, dict[str, str]]]:
    """Every public route, with each record that it may show."""
    for name in READ:
        for _path, parameters in get_resolver().reverse_dict.getlist(name)[0][0]:
            kind = next((each for each in RECORDS if each in name.split("-")), "")
            if "name" in parameters:
                yield from ((name, {"name": each}) for each in graphics())
            elif not parameters:
                yield name, {}
            for record in RECORDS[kind].objects.all() if parameters and kind else ():
                values = {each: str(getattr(record, each, "")) for each in parameters if each != "ending"}
                for ending in ENDINGS if "ending" in parameters else ("",):
                    yield name, values | ({"ending": ending} if ending else {})


def public_addresses(said: list[str]) -> Iterator[str]:
    for language in ALL:
        with translation.override(language.code):
            for name, values in routes():
                yield reverse(name, kwargs=values)
            listed, suggestions = reverse("site-list"), reverse("commune-suggestions")
            for text in said:
                for parameter in ("q", "lieu", "besoin", "region", "association", "page", "labellise_apres"):
                    yield f"{listed}?{parameter}={quote(text)}"
                yield f"{suggestions}?q={quote(text)}"
    for site in Site.objects.all():
        yield f"/integrer/?fiche={quote(site.get_absolute_url())}"
        yield f"/oembed.json?url={quote(settings.PUBLIC_ORIGIN + site.get_absolute_url())}"
    for text in said:
        yield from (
            f"/integrer/?fiche={quote(text)}",
            f"/oembed.json?url={quote(text)}",
            f"/pimms.json?q={quote(text)}",
        )


def crawl(client: Client, addresses: Iterable[str], follow: str = "") -> tuple[set[str], int]:
    """All texts of these pages, and of one of each kind that they link to below ``follow``; and how many were read."""
    known: set[str] = set()
    found, kinds, waiting = set(), set(), list(dict.fromkeys(addresses))
    for address in waiting:  # which grows meanwhile
        response = client.get(address)
        assert response.status_code in (200, 301, 302, 400, 403, 404, 410), f"{address}: {response.status_code}"
        try:
            found.update(texts(response))
        except Exception as problem:
            raise AssertionError(f"{address}: {problem!r}") from problem
        if follow and response["Content-Type"].startswith("text/html"):
            links = {
                urljoin(address, unescape(link)) for link in re.findall(r'href="([^"#]+)', response.content.decode())
            }
            for link in sorted(links - known):
                known.add(link)
                if link.startswith(follow) and (kind := resolve(urlsplit(link).path).view_name) not in kinds:
                    waiting.append(link)
                    kinds.add(kind)
    return found, len(waiting)


def missing(what: dict[str, tuple[str, str]], found: set[str]) -> set[str]:
    """The fields of which no text was found as it was typed."""
    everything = "\n".join(text for text in found if MARK in text)
    shown = {name for name, text in what.values() if re.sub(r"\s+", " ", text).strip() in everything}
    return {name for name, _text in what.values()} - shown


@pytest.fixture
def typed(languages) -> dict[str, tuple[str, str]]:
    with revision():
        what = fill_everything()
        named = {name.partition(".")[2] for name, text in what.values() if MARK in text}
        assert {f"{model.__name__}.{field.name}" for model in MODELS for field in fields(model)} - named == PLAIN
        keep(*(record for model in RECORDS.values() if model is not DirectoryVersion for record in model.objects.all()))
    keep_version()
    return what


def test_what_staff_type_is_text_on_every_public_address(client, typed):
    said = list({name: text for name, text in typed.values() if name.endswith(("Site.name", "Alias.name"))}.values())
    found, read = crawl(client, public_addresses(said))
    assert read > 300
    assert missing(typed, found) == NEVER_PUBLIC


def test_what_staff_type_is_text_on_every_page_of_staff(admin_client, typed):
    site = Site.objects.filter(kind=Site.Kind.FIXED).first()
    form = filled(admin_client.get(admin_page(Site, "change", site.pk)), "site_form", access_note=f"{site.name}!")
    admin_client.post(admin_page(Site, "change", site.pk), form | {"_keep": ""})
    assert KeptChange.objects.of(site)
    start = [admin_page(Site, page, site.pk) for page in ("kept", "kept_preview")]
    start += [reverse("admin:index"), *(admin_page(model) for model in (*MODELS, User))]
    for model in (*MODELS, User):
        start += [admin_page(model, "change", record.pk) for record in model.objects.all()]
        start += [admin_page(model, page, model.objects.first().pk) for page in ("history", "delete")]
    found, read = crawl(admin_client, start, follow="/admin/")
    assert read > 80
    assert missing(typed, found) == set()
