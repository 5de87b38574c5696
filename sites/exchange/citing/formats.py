"""A citation as reference managers read it: BibTeX, RIS, CSL-JSON.

Each has the title, the author, the date and the address in fields of its own, and the rest of the sentence as a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from sites.exchange.citing.citation import BIBTEX, CSL, RIS, Citation
from sites.exchange.downloads.formats import json_text

LANGUAGE = "fr"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Characters that TeX takes for orders. Accents stay as they are: files are UTF-8.
TEX = str.maketrans(
    {
        **{character: f"\\{character}" for character in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def bibtex(citation: Citation) -> str:
    """``@misc``, which every style of BibTeX knows; ``howpublished`` is where it says the name of a site."""
    fields = ",\n".join(f"  {name} = {value}" for name, value in bibtex_fields(citation))
    return f"@misc{{{citation.path.strip('/').replace('/', '-')},\n{fields}\n}}\n"


def bibtex_fields(citation: Citation) -> Iterator[tuple[str, str]]:
    # Two braces: an organisation is no first name and surname, and a title keeps its capitals.
    yield "author", f"{{{{{tex(citation.author)}}}}}"
    yield "title", f"{{{{{tex(citation.title)}}}}}"
    if day := citation.issued:
        yield from (("year", f"{{{day.year}}}"), ("month", MONTHS[day.month - 1]), ("day", f"{{{day.day}}}"))
    yield "howpublished", f"{{{tex(settings.SITE_NAME)}}}"
    yield "url", f"{{{citation.address}}}"
    yield "language", "{french}"
    yield "note", f"{{{tex(citation.note)}}}"


def tex(text: str) -> str:
    return one_line(text).translate(TEX)


def ris(citation: Citation) -> str:
    """``ELEC``: a page of the web."""
    return "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in ris_lines(citation))


def ris_lines(citation: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", "ELEC"
    yield "AU", citation.author
    yield "TI", citation.title
    yield "T2", settings.SITE_NAME
    if day := citation.issued:
        yield from (("PY", f"{day:%Y}"), ("DA", f"{day:%Y/%m/%d}"))
    yield "UR", citation.address
    yield "LA", LANGUAGE
    yield "N1", citation.note
    yield "ER", ""


def csl(citation: Citation) -> str:
    """https://docs.citationstyles.org/en/stable/specification.html: a list of one item."""
    item: dict[str, Any] = {
        "id": citation.address,
        "type": "webpage",
        "author": [{"literal": citation.author}],
        "title": citation.title,
        "container-title": settings.SITE_NAME,
        "URL": citation.address,
        "language": LANGUAGE,
        "note": citation.note,
    }
    if day := citation.issued:
        item["issued"] = {"date-parts": [[day.year, day.month, day.day]]}
    return json_text([item], indent=1) + "\n"


def one_line(text: str) -> str:
    """No value of ours can begin a field or a reference of its own."""
    return " ".join(text.splitlines())


WRITERS = {BIBTEX: bibtex, RIS: ris, CSL: csl}
