"""What pages say, and how: short sentences in everyday words for citizens, French typography everywhere."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import CharField, TextField
from django.template.loader import render_to_string

from sites.models import OtherDesk, Site
from tests.factories import SiteFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("gazetteer", "network"),
    pytest.mark.one_database,
]

MOST_WORDS = 20
EXPLANATION = "L’État donne le label France Services."
# Names with words that are to be avoided elsewhere.
NAMES = (
    "point d’information et de médiation multi-services",
    "PIMMS Médiation",
    "Agence nationale de la cohésion des territoires",
)
PHONE = re.compile(r"\b0\d( \d\d){4}\b")

CITIZENS = {
    "home": "/",
    "list": "/pimms/",
    "second page": "/pimms/?page=2",
    "page that is none": "/pimms/?page=99",
    "near": "/pimms/?lieu=Grenoble",
    "near a point": "/pimms/?lat=45.19&lon=5.72",
    "near a city in parts": "/pimms/?lieu=Lyon",
    "far": "/pimms/?lieu=Guéret",
    "overseas": "/pimms/?lieu=97400",
    "without a point": "/pimms/?lieu=Papeete",
    "department": "/pimms/?lieu=Isère",
    "empty department": "/pimms/?lieu=Ain",
    "region": "/pimms/?lieu=Bretagne",
    "homonyms": "/pimms/?lieu=saint-denis",
    "misspelt": "/pimms/?lieu=grenobel",
    "postcode elsewhere": "/pimms/?lieu=38100+Lyon",
    "unknown postcode": "/pimms/?lieu=38999",
    "INSEE code": "/pimms/?lieu=38185",
    "group of communes": "/pimms/?lieu=Plaine+Commune",
    "nothing understood": "/pimms/?lieu=xyzzy",
    "nothing typed": "/pimms/?lieu=",
    "filters": "/pimms/?region=bretagne&vague=2020-01&jour=lundi",
    "team": "/pimms/?type=multisite",
    "nothing left": "/pimms/?region=bretagne&jour=dimanche",
    "nothing left near": "/pimms/?lieu=Grenoble&jour=dimanche",
    "bad values": "/pimms/?jour=hier&labellise_apres=demain&lat=x&besoin=y&lon=2",
    "need": "/pimms/?besoin=carte-grise",
    "need at a place": "/pimms/?besoin=courrier&lieu=Grenoble",
    "help": "/a-quoi-ca-sert/",
    "about": "/a-propos/",
    "offline": "/hors-ligne/",
    "accessibility": "/accessibilite/",
    "not found": "/rien-ici/",
}
OTHERS = {
    "regions": "/regions/",
    "a region": "/regions/bretagne/",
    "departments": "/departements/",
    "a department": "/departements/38-isere/",
    "an empty department": "/departements/01-ain/",
    "associations": "/associations/",
    "an association": "/associations/pimms-paris/",
    "waves": "/labels/",
    "a wave": "/labels/2020-09/",
    "a wave without a release": "/labels/2020-02/",
    "releases": "/communiques/",
    "a release": "/communiques/2020-10-14/",
    "data": "/donnees/",
    "embedding": "/integrer/",
    "legal": "/mentions-legales/",
    "site map": "/plan-du-site/",
}
BARE = ("400.html", "403.html", "410.html", "500.html", "503.html", "403_csrf.html")

# What is data or belongs to the press: names, addresses, sources, lines as printed.
DATA = {"card-title", "card-place", "stops", "source", "remark", "quote", "press", "citation", "facts", "downloads"}
DATA_TAGS = {"address", "option", "svg", "script", "style", "code", "pre"}
INLINE = {"a", "abbr", "b", "em", "i", "small", "span", "strong", "time", "button"}
VOID = {"br", "input", "link", "meta", "hr", "img", "use", "path", "circle", "wbr"}
SPOKEN = ("aria-label", "title", "alt", "placeholder", "content")


class Words(HTMLParser):
    """The text of a page in blocks; with ``leave_out`` only that of ``<main>``, without data."""

    def __init__(self, *, leave_out: bool) -> None:
        super().__init__()
        self.leave_out, self.blocks, self.open = leave_out, [""], []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in INLINE:
            self.blocks.append("")
        is_named = bool(DATA & {*values.get("class", "").split()}) or values.get("id", "").startswith("source-")
        is_data = tag in DATA_TAGS or (self.leave_out and is_named)
        if tag not in VOID:
            self.open.append((tag, is_data))
        if self.is_read and not is_data:
            said = [values[name] for name in values if name in SPOKEN or name.startswith("data-")]
            self.blocks[-1:-1] = [each for each in said if " " in each and "/" not in each]

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass
        if tag not in INLINE:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if self.is_read:
            self.blocks[-1] += data

    @property
    def is_read(self) -> bool:
        inside = not self.leave_out or any(tag == "main" for tag, _ in self.open)
        return inside and not any(is_data for _, is_data in self.open)


def blocks_of(html: str, *, leave_out: bool) -> list[str]:
    reader = Words(leave_out=leave_out)
    reader.feed(html)
    return [words for block in reader.blocks if (words := re.sub(r"[ \t\r\n]+", " ", block).strip())]


def sentences(html: str) -> Iterator[str]:
    for block in blocks_of(html, leave_out=True):
        yield from re.split(r"(?<=[.!?…])\s+", PHONE.sub("numéro", re.sub("[\u00a0\u202f]", " ", block)))


def length(sentence: str) -> int:
    return sum(any(letter.isalnum() for letter in word) for word in sentence.split())


def words_to_avoid() -> list[str]:
    """The first column of the table in ``docs/words.md``."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", Path("docs/words.md").read_text(), re.MULTILINE)
    return [word for word in rows if word != "avoid"]


def faults(html: str, names: tuple[str, ...] = NAMES) -> list[str]:
    """Sentences that are too long, and words that a citizen should not have to know."""
    said = list(sentences(html))
    found = [f"{length(each)} words: {each}" for each in said if length(each) > MOST_WORDS]
    text = " ".join(said)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    if EXPLANATION in text:
        text = re.sub("labellisé", "", text)
    return found + [f"“{word}”" for word in words_to_avoid() if re.search(rf"\b{word}", text, re.IGNORECASE)]


def pages_of_desks() -> Iterator[str]:
    """A desk, a bus, a team, one that has closed, one without its label and one of which little is known."""
    for slug in ("pimms-grenoble-la-villeneuve", "pimms-paris-panda-by-pimms"):
        yield from Site.objects.filter(slug=slug).values_list("slug", flat=True)
    yield from Site.objects.filter(kind=Site.Kind.MOBILE).values_list("slug", flat=True)[:1]
    yield SiteFactory(closed_on="2024-05-01").slug
    yield SiteFactory(label_ended_on="2024-05-01").slug
    yield SiteFactory(phone="", email="", latitude=None, longitude=None).slug


def every_citizens_page(client, rf) -> Iterator[tuple[str, str]]:
    for name, address in CITIZENS.items():
        yield name, client.get(address).content.decode()
    for slug in pages_of_desks():
        yield slug, client.get(f"/pimms/{slug}/").content.decode()
    for template in BARE:
        yield template, render_to_string(template, {"busy": template == "503.html"}, request=rf.get("/"))


def test_citizens_pages_use_short_sentences_and_everyday_words(client, rf, subtests):
    names = (*NAMES, *Site.objects.values_list("name", flat=True), *OtherDesk.objects.values_list("name", flat=True))
    for name, html in every_citizens_page(client, rf):
        with subtests.test(name):
            assert faults(html, names) == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        (f"<main><p>{'mot ' * 21}.</p></main>", "21 words"),
        ("<main><p>Choisissez une <b>vague</b>.</p></main>", "“vague”"),
        ('<main><p aria-label="Une équipe multisite">Bus</p></main>', "“multisite”"),
        ("<main><p>Les PIMMS labellisés.</p></main>", "“labellisé”"),
    ],
)
def test_a_fault_is_found(html, fault):
    assert len(faults(html)) == 1
    assert faults(html)[0].startswith(fault)


def test_what_is_no_fault():
    assert faults(f"<p>{'mot ' * 21}</p><main><p>{'mot ' * 20}. Vous pouvez venir.</p></main>") == []
    assert faults(f"<main>{EXPLANATION} Les PIMMS labellisés.</main>") == []


# Typography

PLAIN_SPACE = re.compile("« | »|(?<=[^ ]) [:;!?](?= |$)")


def texts_of_the_sources() -> list[str]:
    """Columns that hold such a space: the texts of the sources are shown as they are, and not checked."""
    found = set()
    for model in (*apps.get_app_config("directory").get_models(), *apps.get_app_config("labels").get_models()):
        columns = [field.name for field in model._meta.fields if isinstance(field, CharField | TextField)]
        for row in model._default_manager.values_list(*columns):
            texts = [value for value in row if isinstance(value, str)]
            found |= {re.sub(r"\s+", " ", text) for text in texts if PLAIN_SPACE.search(text)}
    return sorted(found, key=len, reverse=True)


def plain_spaces(html: str, data: list[str]) -> list[str]:
    found = []
    for block in blocks_of(html, leave_out=False):
        for text in data:
            block = block.replace(text, "")
        found += [block[max(0, each.start() - 30) : each.end() + 10] for each in PLAIN_SPACE.finditer(block)]
    return found


def test_no_plain_space_stands_beside_guillemets_or_before_a_colon(client, rf, subtests):
    """In the words of the directory; those of the sources are left as printed."""
    data = texts_of_the_sources()
    others = ((name, client.get(path).content.decode()) for name, path in OTHERS.items())
    pages = [*every_citizens_page(client, rf), *others]
    for name, html in pages:
        with subtests.test(name):
            assert plain_spaces(html, data) == []
    assert plain_spaces("<p>Où ? « Ici »</p>", []) != []
