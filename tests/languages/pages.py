"""Every kind of citizens' page, and what is found in its HTML."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

# Searches that end differently: homonym, unknown, misspelt, overseas, no result, filters, needs, page 2 …
SEARCHES = """
?page=2
?page=99
?lieu=Grenoble
?lieu=saint-denis
?lieu=xyzzy
?lieu=grenobel
?lieu=
?lieu=97400
?lieu=Cayotte
?lieu=Lyon
?lieu=Lyon&page=2
?lieu=75018
?lieu=Ajaccio
?lieu=Guéret
?lieu=38
?lieu=Bretagne
?lieu=Corse
?lieu=48
?lieu=48&jour=samedi
?lieu=Papeete
?lieu=38100 Lyon
?lieu=Plaine Commune
?lieu=99999
?lieu=38185
?lieu=381000
?lieu=Rennes
?lieu=45.19, 5.72
?lieu=pimms
?commune=38185
?commune=99999
?lat=45.19&lon=5.72
?lat=45.19
?lat=x&lon=5
?lieu=Nîmes&jour=samedi
?jour=samedi
?type=mobile
?type=multisite
?region=bretagne
?departement=38&jour=dimanche
?vague=2020-01
?labellise_apres=2020-02-01
?labellise_avant=hier
?q=poste
?q=xyzzy
?association=xyzzy
?tri=date
?communique=2019-11-22
?lieu=Grenoble&tri=nom
?lieu=Lille&type=mobile
?lieu=Brest&region=bretagne
?besoin=carte-grise
?lieu=carte grise
?lieu=CAF Grenoble
?besoin=xyzzy
?besoin=rsa&departement=38
?lieu=Seynod
?lieu=Naoned
?lieu=ici
?lieu=Fort-de-France
?lieu=gare de Lyon Part-Dieu
""".splitlines()  # the first one is empty: the whole list

FRENCH_ELSEWHERE = re.compile(
    r"https?://\S+|\S+@\S+|PIMMS|France Services|English|OpenStreetMap|Google Maps|WhatsApp|SMS|ANCT|IGN"
)
WORD = re.compile(r"[^\W\d_]{3,}")
SPOKEN = ("title", "alt", "aria-label", "placeholder", "content")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Words(HTMLParser):
    """The words of a page in a pseudo language, ``⟦…⟧``, that nobody translated nor marked as French.

    Titles and attributes cannot be marked: ``names`` are the words of names and addresses, which they may hold.
    """

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names
        self.in_title = False
        self.foreign: list[bool] = []  # for each open element: whether its text is in another language than the page
        self.depth = 0  # of ⟦
        self.left: list[str] = []

    @property
    def is_skipped(self) -> bool:
        return bool(self.foreign and self.foreign[-1])

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.in_title = self.in_title or tag == "title"
        inside = self.is_skipped
        own = values.get("lang")
        skipped = tag in ("script", "style") or (inside if own is None else own != "en") if tag != "html" else False
        if (
            not skipped
            and values.get("property", "") not in ("og:image:alt", "og:locale", "og:type", "og:site_name")
            and values.get("name") not in ("viewport", "color-scheme", "robots")
        ):
            for name, value in attrs:
                if value and ((name in SPOKEN and " " in value) or (name.startswith("data-") and " " in value)):
                    self.check(value, f"{tag} {name}")
        if tag not in VOID and tag not in ("path", "circle", "use"):
            self.foreign.append(skipped)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        self.in_title = self.in_title and tag != "title"
        if tag not in VOID and tag not in ("path", "circle", "use"):
            self.foreign.pop()

    def handle_data(self, data):
        if not self.is_skipped:
            self.depth = self.check(data, "text", self.depth)

    def check(self, text: str, where: str, depth: int = 0) -> int:
        outside = []
        for character in text:
            if character == "⟦":
                depth += 1
                outside.append(" ")
            elif character == "⟧":
                depth -= 1
            elif depth <= 0:
                outside.append(character)
        rest = FRENCH_ELSEWHERE.sub("", "".join(outside))
        words = set(WORD.findall(rest))
        if words - (self.names if self.in_title or where != "text" else set()):
            self.left.append(f"{where}: {' '.join(rest.split())}")
        return depth


def untranslated(html: str, names: set[str]) -> Iterator[str]:
    words = Words(names)
    words.feed(html)
    yield from dict.fromkeys(words.left)
