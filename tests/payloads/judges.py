"""What a reader of each format makes of an answer: what it takes for text, and that it takes nothing else of it.

Each judge gives all texts that its format holds, and fails where a payload of ``filling.py`` became more than text.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import bibtexparser
import lxml.html
import openpyxl
import rdflib
import rispy
from django.http import HttpResponse
from lxml import etree

from sites.exchange.downloads.formats import TELEPHONES
from tests.payloads.filling import MARK
from tests.sites.exchange.test_vcard import read_card, unescaped

MADE = re.compile(rf"onload|{MARK}", re.IGNORECASE)  # in a name, as no payload may make one
ADDRESSES = ("href", "src", "action", "formaction", "data", "cite", "poster", "{http://www.w3.org/1999/xlink}href")
SCHEMES = {"", "http", "https", "mailto", "tel", "geo", "sms"}
CARD = {
    "VERSION",
    "NOTE",
    "KIND",
    "UID",
    "SOURCE",
    "REV",
    "FN",
    "ORG",
    "CATEGORIES",
    "LANG",
    "TZ",
    "ADR",
    "TEL",
    "EMAIL",
    "GEO",
    "URL",
}


def elements(root: Any) -> Iterator[str]:
    for element in root.iter():
        if not isinstance(element.tag, str):  # a comment
            assert not MADE.search(element.text or "")
            continue
        assert not MADE.search(element.tag), element.tag
        yield element.text or ""
        yield element.tail or ""
        for name, value in element.attrib.items():
            assert not MADE.search(name), f"<{element.tag} {name}={value!r}>"
            if name in ADDRESSES:
                assert urlsplit(value.strip()).scheme in SCHEMES or value.startswith("data:image/"), value
            if name == "style":
                assert not MADE.search(value), value
            yield value


def html(content: str) -> Iterator[str]:
    root = lxml.html.fromstring(content)
    for script in root.iter("script", "style"):
        text = script.text or ""
        if script.get("type") in ("application/ld+json", "application/json"):
            assert "<" not in text  # no </script>, no <!--
            yield from json_values(json.loads(text))
        else:
            assert MARK not in text
    for element in root.iter("textarea"):
        if (element.text or "").lstrip().startswith("<iframe"):
            yield from html(element.text)  # to be copied into the page of somebody else
    for element in root.iter("iframe", "object"):
        assert not element.get("srcdoc")
        if (element.text or "").strip():  # HTML for readers that know no frames
            yield from html(element.text)
    yield from elements(root)


def json_values(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            assert MARK not in name
            yield from json_values(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from json_values(each, key)
    elif isinstance(value, str):
        yield value
        if key == "html":  # of oEmbed
            yield from html(value)


def json_text(content: str) -> Iterator[str]:
    return json_values(json.loads(content))


def xml(content: str) -> Iterator[str]:
    root = etree.fromstring(content.encode(), etree.XMLParser(resolve_entities=False))
    for element in root.iter():
        if element.get("type") in ("html", "xhtml"):  # of Atom
            yield from html(element.text)
    return (yield from elements(root))


def cell(text: str, column: str) -> str:
    """``="38000"`` is what French Excel is told of numbers that are text (``as_excel_reads_it``)."""
    if column not in TELEPHONES and not re.fullmatch(r'="[+\d][\d .,:/eE-]*"', text):
        assert not text.startswith(("=", "+", "@", "\t", "\r")), text
        assert not text.startswith("-") or re.fullmatch(r"-[\d.,]+", text), text
    return text.removeprefix("'")


def table(content: str) -> Iterator[str]:
    text = content.removeprefix("\ufeff")
    delimiter = ";" if text.partition("\n")[0].count(";") > 3 else ","
    head, *lines = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    for line in lines:
        assert len(line) == len(head), line
        yield from map(cell, line, head)


def workbook(content: bytes) -> Iterator[str]:
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        for row in sheet.iter_rows():
            for each in row:
                assert each.data_type != "f" and not each.hyperlink, each.value
                if isinstance(each.value, str):
                    yield cell(each.value, str(sheet.cell(1, each.column).value))


def card(content: str) -> Iterator[str]:
    for name, _parameters, value in read_card(content):
        assert name in CARD, name
        yield unescaped(value)


def bibtex(content: str) -> Iterator[str]:
    library = bibtexparser.parse_string(content)
    assert not library.failed_blocks and len(library.entries) == len(library.blocks) == 1
    yield from (str(field.value) for field in library.entries[0].fields)


def ris(content: str) -> Iterator[str]:
    (entry,) = rispy.loads(content)
    assert content.count("TY  -") == content.count("ER  -") == 1
    yield from (str(value) for value in entry.values())


def turtle(content: str) -> Iterator[str]:
    for triple in rdflib.Graph().parse(data=content, format="turtle"):
        yield from map(str, triple)


def no_words(content: Any) -> Iterator[str]:
    """Pictures, and files in which no record has a word."""
    assert not re.search(rf"{MARK}\d+{MARK}", str(content))
    return iter(())


JUDGES: dict[str, Callable[[Any], Iterator[str]]] = {
    "text/html": html,
    "application/json": json_text,
    "application/ld+json": json_text,
    "application/geo+json": json_text,
    "application/schema+json": json_text,
    "application/csvm+json": json_text,
    "application/problem+json": json_text,
    "application/manifest+json": json_text,
    "application/vnd.citationstyles.csl+json": json_text,
    "application/vnd.oai.openapi+json": json_text,
    "application/xml": xml,
    "application/atom+xml": xml,
    "image/svg+xml": xml,
    "text/csv": table,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": workbook,
    "text/vcard": card,
    "application/x-bibtex": bibtex,
    "application/x-research-info-systems": ris,
    "text/turtle": turtle,
    **dict.fromkeys(("image/png", "image/x-icon", "text/plain", "text/javascript", "application/javascript"), no_words),
}


def texts(response: HttpResponse) -> list[str]:
    """All that an answer says, line breaks and runs of spaces as one space, as readers of HTML see them."""
    for name, value in response.items():
        assert not MADE.search(name) and not re.search(r"[\r\n]", value), f"{name}: {value}"
        assert not MADE.search(re.sub(r'"(\\.|[^"\\])*"|<[^>]*>', "", value)), f"{name}: {value}"
    kind = response["Content-Type"].partition(";")[0]
    content = response.getvalue()
    if not content:  # of a redirect
        return []
    judge = JUDGES[kind]
    found = judge(content if judge in (workbook, no_words) else content.decode())
    return [re.sub(r"\s+", " ", text) for text in found]
