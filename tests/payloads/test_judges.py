"""Each judge finds what was let through: a judge that finds nothing would pass everything."""

import io

import openpyxl
import pytest
from django.http import HttpResponse

from tests.payloads.judges import JUDGES, texts

pytestmark = pytest.mark.one_database

CARD = "BEGIN:VCARD\r\nVERSION:4.0\r\n{}\r\nEND:VCARD\r\n"
FEED = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><summary type="html">{}</summary></entry></feed>'
LET_THROUGH = [
    ("text/html", "<p>=\"'><svg/onload=zq1zq></p>"),
    ("text/html", '<p title="="\'><i zq1zq>">a</p>'),
    ("text/html", "<p title='=\"'><i zq1zq>'>a</p>"),
    ("text/html", '<a href="javascript:alert(1)">a</a>'),
    ("text/html", '<a href=" JavaScript:alert(1)">a</a>'),
    ("text/html", "<p><!-- zq1zq --></p>"),
    ("text/html", "<script>name = 'zq1zq'</script>"),
    ("text/html", '<script type="application/ld+json">{"name": "</script><svg/onload=zq1zq>"}</script>'),
    ("text/html", '<textarea>&lt;iframe title=""&gt;&lt;svg/onload=zq1zq&gt;"&gt;&lt;/iframe&gt;</textarea>'),
    ("application/json", '{"name": ""zq1zq"}'),
    ("application/json", '{"html": "<svg/onload=zq1zq>"}'),
    ("application/atom+xml", FEED.format("&lt;svg/onload=zq1zq&gt;")),
    ("application/atom+xml", FEED.format("<svg/onload=zq1zq>")),
    ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" onload="zq1zq"/>'),
    ("text/csv", "name,city\r\n=1+1,zq1zq\r\n"),
    ("text/csv", "name,city\r\na,b,zq1zq\r\n"),
    ("text/vcard", CARD.format("FN:a\r\nX-zq1zq: 1")),
    ("text/vcard", CARD.format("FN:a\r\nzq1zq")),
    ("application/x-bibtex", "@misc{a, title = {b}}\n@misc{zq1zq, title = {c}}"),
    ("application/x-research-info-systems", "TY  - GEN\nTI  - a\nER  - \nTY  - BOOK\nER  - \n"),
    ("text/turtle", '<http://a> <http://b> "a"zq1zq" .'),
    ("text/plain", "zq1zq"),
]


@pytest.mark.parametrize(("kind", "content"), LET_THROUGH)
def test_what_was_let_through_is_found(kind, content):
    with pytest.raises(Exception):  # noqa: B017 (that of a parser, or of the judge)
        texts(HttpResponse(content, content_type=kind))


def test_a_formula_in_a_workbook_is_found():
    book = openpyxl.Workbook()
    book.active.append(["name"])
    book.active.append(["=1+1"])
    file = io.BytesIO()
    book.save(file)
    kind = next(kind for kind in JUDGES if "spreadsheet" in kind)
    with pytest.raises(AssertionError):
        texts(HttpResponse(file.getvalue(), content_type=kind))


@pytest.mark.parametrize("headers", [{"X-zq1zq": "1"}, {"Link": '<a>; title="b" zq1zq'}])
def test_what_was_let_through_into_headers_is_found(headers):
    with pytest.raises(AssertionError):
        texts(HttpResponse("<p>a</p>", headers=headers))
