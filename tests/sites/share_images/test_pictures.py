"""The pictures and tags that a link to a page is shown with."""

import re
from datetime import date
from html.parser import HTMLParser
from io import BytesIO, StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.template import Context, Template, TemplateSyntaxError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, ImageChops

from labels.models import PressRelease, Wave
from sites.maps.projection import FRANCE, project
from sites.models import Association, Department, Region, Site
from sites.share_images import pictures
from sites.share_images.pictures import MAP, PANEL, RIGHT, SANS, SERIF, SIZE, Facts, Words, column, fit, font, picture
from sites.share_images.previews import facts_of, picture_address, words_of
from tests.factories import (
    AssociationFactory,
    DepartmentFactory,
    ListingFactory,
    PressReleaseFactory,
    RegionFactory,
    SiteAliasFactory,
    SiteFactory,
    WaveFactory,
)
from tests.test_pages import FIXED

pytestmark = pytest.mark.django_db

RECORDS = {
    "/pimms/pimms-isere-la-villeneuve/": "/pimms/pimms-isere-la-villeneuve.png",
    "/pimms/pimms-artois-gohelle-pimms-mobile/": "/pimms/pimms-artois-gohelle-pimms-mobile.png",
    "/labels/2020-02/": "/labels/2020-02.png",
    "/communiques/2020-10-14/": "/communiques/2020-10-14.png",
    "/regions/bretagne/": "/regions/bretagne.png",
    "/regions/corse/": "/regions/corse.png",
    "/departements/2A-corse-du-sud/": "/departements/2A-corse-du-sud.png",
    "/departements/974-la-reunion/": "/departements/974-la-reunion.png",
    "/associations/pimms-paris/": "/associations/pimms-paris.png",
}
HEAVIEST = 80_000  # bytes
ORANGE, GREEN = (217, 98, 43), (147, 173, 170)


class Head(HTMLParser):
    """What the head of a page says: every meta tag, link and the title, by name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.meta: dict[str, list[str]] = {}
        self.links: dict[str, list[str]] = {}
        self.title = ""
        self.in_title = False
        self.feed(html.split("</head>")[0])

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.in_title = tag == "title"
        if tag == "meta" and (name := values.get("property") or values.get("name")):
            self.meta.setdefault(name, []).append(values["content"])
        if tag == "link":
            self.links.setdefault(values["rel"], []).append(values["href"])

    def handle_data(self, data):
        if self.in_title:
            self.title += data

    def handle_endtag(self, tag):
        self.in_title = False

    def only(self, name: str) -> str:
        (value,) = self.meta[name]
        return value


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    assert (image.format, image.size) == ("PNG", SIZE)
    assert len(content) < HEAVIEST
    return image


def every_record() -> list:
    return [
        None,
        *Site.objects.with_place(),
        *Wave.objects.all(),
        *PressRelease.objects.all(),
        *Region.objects.all(),
        *Department.objects.select_related("region"),
        *Association.objects.all(),
    ]


# Tags


def test_every_kind_of_page_carries_complete_tags(client, directory):
    addresses = {reverse(name): "/apercu.png" for name in FIXED} | RECORDS
    descriptions = {}
    for address, expected in (addresses | {"/rien/": "/apercu.png"}).items():
        head = Head(client.get(address).content.decode())
        if address == "/rien/":  # the same page for all that is not there: it has no address of its own
            assert "og:url" not in head.meta
            assert "canonical" not in head.links
        else:
            assert head.only("og:url") == head.links["canonical"][0] == f"http://testserver{address}"
        assert head.only("og:image") == f"http://testserver{expected}"
        assert head.title == f"{head.only('og:title')} · PIMMS France Services"
        assert head.only("og:description") == head.only("description")
        assert 60 <= len(head.only("description")) <= 220, head.only("description")
        assert descriptions.setdefault(head.only("description"), address) == address
        assert head.only("og:image:alt").endswith(".")
        assert "  " not in head.only("og:image:alt") + head.title
        fixed = {
            "og:type": "website",
            "og:site_name": "PIMMS France Services",
            "og:locale": "fr_FR",
            "og:image:type": "image/png",
            "og:image:width": "1200",
            "og:image:height": "630",
            "twitter:card": "summary_large_image",
        }
        assert {name: head.only(name) for name in fixed} == fixed
        response = client.get(expected)
        assert response.status_code == 200
        opened(response.getvalue())


def test_tags_of_a_filtered_list_lead_to_the_list(client, directory):
    head = Head(client.get("/pimms/?region=bretagne").content.decode())
    assert head.only("og:url") == "http://testserver/pimms/"
    assert "Bretagne" in head.only("og:title")
    assert head.only("description").startswith("5 PIMMS")


def test_a_name_with_quotes_and_brackets_stays_text(client):
    site = SiteFactory(name='PIMMS "L’Été" <b> & fils')
    html = client.get(site.get_absolute_url()).content.decode()
    assert Head(html).only("og:title").startswith('PIMMS "L’Été" <b> & fils,')
    assert "<b>" not in html


def test_the_tags_cost_no_query_where_the_page_has_the_sites(client, directory):
    for address in RECORDS:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        repeated = [
            query["sql"] for query in queries if 'FROM "directory_site"' in query["sql"] and "JOIN" in query["sql"]
        ]
        assert len(set(repeated)) == len(repeated), address


def test_capture_renders_once_and_takes_one_name():
    times = []
    template = Template("{% load previews %}{% capture x %}\n {{ f }}  b\n{% endcapture %}[{{ x }}|{{ x }}]")
    assert (
        template.render(Context({"f": lambda: times.append(1) or "<é>\u00a0"}))
        == "[&lt;é&gt;\u00a0 b|&lt;é&gt;\u00a0 b]"
    )
    assert len(times) == 1
    with pytest.raises(TemplateSyntaxError):
        Template("{% load previews %}{% capture %}{% endcapture %}")


# Words


def test_a_picture_says_where_the_label_stands():
    wave = WaveFactory(effective_on=date(2020, 1, 1), name="Vague de janvier")
    site = SiteFactory(name="PIMMS Blois", wave=wave, commune__name="Blois", commune__department__name="Loir-et-Cher")
    words = words_of(site)
    assert (words.eyebrow, words.title, words.ended) == ("Lieu fixe", "PIMMS Blois", False)
    assert words.lines == (f"Blois, Loir-et-Cher ({site.department.code})", "Vague de janvier")
    assert words.badge == "Label France Services du 1er\u00a0janvier 2020"
    site.label_ended_on = date(2023, 5, 2)
    assert words_of(site).badge == "Sans le label depuis le 2\u00a0mai 2023"
    site.closed_on = date(2024, 3, 1)
    words = words_of(site)
    assert (words.badge, words.ended) == ("Fermé depuis le 1er\u00a0mars 2024", True)
    assert "PIMMS Blois. Blois, Loir-et-Cher" in words.alt
    assert "Fermé depuis le 1er\u00a0mars 2024." in words.alt
    assert ".." not in words.alt


def test_the_description_of_a_closed_site_says_so(client):
    site = SiteFactory(closed_on=date(2024, 3, 1))
    description = Head(client.get(site.get_absolute_url()).content.decode()).only("description")
    assert "fermé depuis le 1er\u00a0mars 2024" in description
    site = SiteFactory(label_ended_on=date(2034, 3, 1))
    description = Head(client.get(site.get_absolute_url()).content.decode()).only("description")
    assert "sans le label France Services depuis le 1er\u00a0mars 2034" in description


def test_words_tell_the_figures_of_the_directory(directory):
    def words(model, **key):
        return facts_of(model.objects.get(**key)).words

    assert "13 PIMMS labellisés" in words(Wave, code="2020-09").alt
    assert "53 PIMMS dans la liste, dont 13 nouveaux" in words(PressRelease, slug="2020-10-14").alt
    assert "16 PIMMS labellisés" in words(Region, slug="auvergne-rhone-alpes").alt
    assert "6 PIMMS labellisés" in words(Association, slug="pimms-paris").alt
    assert "Aucun PIMMS labellisé" in words(Department, code="01").alt
    assert words(Department, code="974").beyond == "Outre-mer, hors de cette carte : La Réunion"
    assert words(Department, code="2A").beyond == ""


# Text


LONG_LINES = ("É" * 160 + ", Territoire de Belfort (90)", "Vague " * 30)
ABSURD = {
    "one word": Words("Lieu fixe", "W" * 200, LONG_LINES, badge="Sans le label depuis " * 6, ended=True),
    "figures": Words("Région", "W" * 200, LONG_LINES, "1\u202f829\u202f881", "PIMMS labellisés " * 12),
    "one letter": Words("Région", "Q"),
    "words": Words("É", "PIMMS " * 33, badge="Fermé", ended=True),
}


def letters(text: str) -> str:
    return re.sub(r"\s", "", text).replace("'", "’")


def check_column(words: Words) -> None:
    """All is there, within the column, nothing over anything else."""
    placed = column(words)
    said = "".join(letters("".join(each.text.lines)) for each in placed)
    parts = (words.eyebrow, words.title, *words.lines, words.figure, words.caption, words.badge)
    assert said == letters("".join(parts))
    for each in placed:
        left, top, right, bottom = each.box
        assert left >= pictures.LEFT
        assert right <= RIGHT
        assert top >= pictures.TOP
        assert bottom <= pictures.BOTTOM + 1, words
    for one, other in pairwise(placed):
        beside = one.box[2] <= other.box[0]  # the figure and its caption
        assert beside or one.box[3] <= other.box[1] + 1, (one, other)


def test_all_words_of_the_directory_fit(directory):
    for record in every_record():
        words = facts_of(record).words
        check_column(words)
        assert column(words)[1].text.size >= 36, words.title  # easy to read, also for the longest


@pytest.mark.parametrize("words", ABSURD.values(), ids=ABSURD)
def test_absurd_words_fit_too(words):
    check_column(words)
    # What the eye sees: beyond the column, the panel is as if nothing had been written.
    image = pictures.backdrop().copy()
    for each in column(words):
        each.draw(image)
    difference = ImageChops.difference(image, pictures.backdrop())
    left, _top, right, _bottom = difference.getbbox()
    assert left >= pictures.LEFT - 4
    assert right <= RIGHT + 4
    opened(picture(Facts(words)))


def test_words_break_where_french_allows():
    text = fit("Paris – PIMMS : « France Services » dont 2 structures ici !", 200, 400, 40, SERIF)
    for line in text.lines:
        assert not line.startswith(("–", ":", "»", "!"))
        assert not line.endswith(("«", " 2"))


@pytest.mark.parametrize("name", [SERIF, SANS])
def test_the_fonts_have_every_letter_of_the_directory(directory, name):
    missing = bytes(font(name, 40).getmask("\ue123"))
    used = set("ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ«»’–—…·€°") | {
        letter for record in every_record() for letter in facts_of(record).words.alt
    }
    for letter in used - set(" \u00a0\u202f"):
        assert bytes(font(name, 40).getmask(letter)) != missing, letter
    assert font(name, 40).getlength("\u00a0") > 0


# The map


def pixel(image: Image.Image, latitude: float, longitude: float, up: int = 0) -> tuple[int, int, int]:
    """The colour of the picture where a place stands on its map."""
    x, y = project(latitude, longitude)
    unit = MAP[2] / FRANCE[2]
    return image.convert("RGB").getpixel((round(MAP[0] + x * unit), round(MAP[1] + y * unit) - up))


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12


def test_the_map_marks_the_place(directory):
    site = Site.objects.with_place().get(slug="pimms-isere-la-villeneuve")
    image = opened(picture(facts_of(site)))
    assert near(pixel(image, site.latitude, site.longitude, up=6), ORANGE)
    assert near(pixel(image, 44.85, 5.9), GREEN)  # the south of the same department
    assert not near(pixel(image, 48.1, -1.7), ORANGE)
    release = opened(picture(facts_of(PressRelease.objects.get(slug="2020-10-14"))))
    new = Site.objects.filter(listings__marked_new=True, latitude__isnull=False).first()
    assert near(pixel(release, new.latitude, new.longitude), ORANGE)


def test_what_the_map_does_not_reach_is_named(client):
    department = DepartmentFactory(code="974", name="La Réunion")
    site = SiteFactory(department=department, latitude=-20.9, longitude=55.5)
    facts = facts_of(site)
    assert (facts.points, facts.shaded) == ((), ())
    assert "La Réunion" in facts.words.beyond
    image = opened(client.get(f"/pimms/{site.slug}.png").getvalue()).convert("RGB")
    below = image.crop((PANEL + 2, MAP[1] + 480, SIZE[0], SIZE[1]))
    assert len(below.getcolors(maxcolors=10_000)) > 5, "the note is not there"
    # A point far from its department must not leave the map either.
    astray = SiteFactory(department=DepartmentFactory(code="38"), latitude=-20.9, longitude=55.5)
    assert facts_of(astray).points == ()
    opened(client.get(f"/pimms/{astray.slug}.png").getvalue())


@pytest.mark.parametrize("kind", [{"mobile": True}, {"multisite": True}, {"latitude": None, "longitude": None}])
def test_what_has_no_point_has_a_picture(client, kind):
    opened(client.get(f"/pimms/{SiteFactory(**kind).slug}.png").getvalue())


def test_the_map_that_is_kept_is_small_and_has_its_very_colours():
    kept = pictures.empty_map()
    assert kept.mode == "P"
    colours = {"#{:02x}{:02x}{:02x}".format(*colour) for _count, colour in kept.convert("RGB").getcolors()}
    assert colours == {pictures.PAPER, pictures.LAND}


def test_a_department_too_small_to_see_is_ringed():
    plain, paris = (pictures.drawn_map(Facts(Words("", "Paris"), shaded=codes)) for codes in ((), ("75",)))
    difference = ImageChops.difference(plain, paris)
    left, top, right, bottom = difference.getbbox()
    assert 25 < right - left < 45
    assert 25 < bottom - top < 45


def test_colours_are_those_of_the_pages():
    css = (settings.BASE_DIR / "static" / "site.css").read_text(encoding="utf-8")
    names = [name for name in vars(pictures) if name.isupper() and str(getattr(pictures, name)).startswith("#")]
    assert len(names) >= 13
    for name in set(names) - {"LAND", "HERE"}:
        assert getattr(pictures, name) in css, name


# Addresses


def test_a_renamed_site_keeps_the_address_of_its_picture(client):
    site = SiteFactory(slug="premier")
    first = client.get("/pimms/premier.png").getvalue()
    site.slug, site.name = "second", "PIMMS Second"
    site.save()
    response = client.get("/pimms/premier.png?x=1")
    assert (response.status_code, response.url) == (301, "/pimms/second.png?x=1")
    assert client.get("/pimms/second.png").getvalue() != first


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("/PIMMS/Pimms-Blois.PNG", "/pimms/pimms-blois.png"),
        ("/pimms/pimms-blois.png/", "/pimms/pimms-blois.png"),
        ("/pimms/PIMMS-canton-de-chauffailles-melay.png", "/pimms/pimms-bourgogne-du-sud-melay.png"),
        ("/departements/2a-autre.png", "/departements/2A-corse-du-sud.png"),
        ("/departements/38-autre.png", "/departements/38-isere.png"),
        ("/Labels/2020-01.png", "/labels/2020-01.png"),
        ("/Apercu.png", "/apercu.png"),
    ],
)
def test_other_spellings_lead_to_the_picture(client, directory, typed, canonical):
    response = client.get(typed)
    assert (response.status_code, response.url) == (301, canonical)


@pytest.mark.parametrize(
    "address",
    [
        *("/pimms/rien.png", "/regions/rien.png", "/departements/99-rien.png", "/associations/rien.png"),
        *("/labels/1999-01.png", "/communiques/rien.png", "/pimms/.png"),
    ],
)
def test_nothing_has_no_picture(client, address):
    assert client.get(address).status_code == 404


def test_pictures_may_be_kept_and_are_asked_for_again_in_vain(client, directory):
    response = client.get("/pimms/pimms-blois.png")
    assert response.headers["Content-Type"] == "image/png"
    assert "public" in response.headers["Cache-Control"]
    assert not response.cookies
    for header, value in (
        ("if-none-match", response.headers["ETag"]),
        ("if-modified-since", response.headers["Last-Modified"]),
    ):
        again = client.get("/pimms/pimms-blois.png", headers={header: value})
        assert (again.status_code, again.getvalue()) == (304, b"")
    assert client.head("/pimms/pimms-blois.png").status_code == 200
    assert client.post("/pimms/pimms-blois.png").status_code == 405


def test_an_edit_shows_at_once(client):
    site = SiteFactory()
    before = client.get(f"/pimms/{site.slug}.png")
    Site.objects.filter(pk=site.pk).update(name="PIMMS autrement")  # without signals or dates
    after = client.get(f"/pimms/{site.slug}.png")
    assert before.headers["ETag"] != after.headers["ETag"]
    assert before.getvalue() != after.getvalue()


def test_queries_of_pictures_do_not_grow(client):
    counts = []
    for size in (2, 12):
        release, wave, association = PressReleaseFactory(), WaveFactory(), AssociationFactory()
        department = DepartmentFactory(region=RegionFactory())
        for _ in range(size):
            site = SiteFactory(wave=wave, association=association, department=department)
            ListingFactory(release=release, site=site)
            SiteAliasFactory(site=site)
        for record in (None, site, wave, release, department, department.region, association):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(picture_address(record)).status_code == 200
            counts.append(len(queries))
    assert counts[:7] == counts[7:]
    assert max(counts) <= 8


# Icons


def test_icons_are_those_that_the_command_builds(monkeypatch, tmp_path):
    from django.core.management import call_command

    from sites.management.commands import build_icons

    committed = Path(settings.BASE_DIR) / "static"
    (tmp_path / "icon.svg").write_bytes((committed / "icon.svg").read_bytes())
    monkeypatch.setattr(build_icons, "STATIC", tmp_path)
    call_command("build_icons", stdout=StringIO())
    built = sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".svg")
    assert len(built) == 6
    for name in built:
        with Image.open(tmp_path / name) as new, Image.open(committed / name) as old:
            assert new.size == old.size
            assert not ImageChops.difference(new.convert("RGBA"), old.convert("RGBA")).getbbox()


def test_icons_and_manifest_are_linked_and_true(client, settings):
    from django.contrib.staticfiles import finders

    response = client.get("/")
    head = Head(response.content.decode())
    assert "manifest-src 'self'" in response.headers["Content-Security-Policy"]
    assert len(head.meta["theme-color"]) == response.content.count(b' media="(prefers-color-scheme:') == 2
    favicon = client.get(head.links["icon"][0])
    assert favicon.headers["Content-Type"] == "image/x-icon"
    with Image.open(BytesIO(favicon.content)) as image:
        assert image.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    with Image.open(BytesIO(client.get("/apple-touch-icon.png").content)) as image:
        assert (image.size, image.mode) == ((180, 180), "RGB")
    response = client.get(head.links["manifest"][0])
    assert response.headers["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["lang"], manifest["start_url"], manifest["short_name"]) == ("fr", "/", "PIMMS")
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} == {
        (f"{size}x{size}", purpose) for size in (192, 512) for purpose in ("any", "maskable")
    }
    for icon in manifest["icons"]:
        with Image.open(finders.find(icon["src"].removeprefix("/static/"))) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
            # What a launcher cuts to a circle has no transparent part.
            assert (image.mode == "RGB") == (icon["purpose"] == "maskable")


def test_crawlers_may_fetch_pictures(client):
    from urllib.robotparser import RobotFileParser

    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").content.decode().splitlines())
    for address in ("/apercu.png", "/pimms/pimms-blois.png", "/labels/2020-01.png", "/favicon.ico"):
        assert robots.can_fetch("Twitterbot", address)
