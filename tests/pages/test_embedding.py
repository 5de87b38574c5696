"""Frames in a real browser, on a page of another origin; oEmbed as a consumer that others wrote reads it."""

import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from oembedpy import consumer, discovery

from tests.served import free_port

PAGE = "<!DOCTYPE html><html lang=fr><meta charset=utf-8><title>La gazette</title><h1>La gazette</h1>"


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """``elsewhere(code)``: the address of a page of another origin that carries this code."""
    code = ""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write((PAGE + code).encode())

        def log_message(self, *arguments: object) -> None:
            pass

    def carry(given: str) -> str:
        nonlocal code
        code = given
        return f"http://127.0.0.1:{server.server_port}/"

    with ThreadingHTTPServer(("127.0.0.1", free_port()), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield carry
        server.shutdown()


def fetch(address: str) -> str:
    with urllib.request.urlopen(address) as response:  # noqa: S310 (our own address)
        return response.read().decode()


def test_another_site_frames_embedded_pages_and_no_other(browser, served, elsewhere, tmp_path):
    built = fetch(f"{served}/integrer/?fiche=/departements/38-isere/")
    code = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", built, re.DOTALL).group(1))
    ordinary = "".join(
        f'<iframe src="{served}{path}"></iframe>'
        for path in ("/departements/38-isere/", "/integrer/", "/integrer/rien/")
    )
    page = browser.new_page(viewport={"width": 500, "height": 900})
    page.goto(elsewhere(code + ordinary), wait_until="networkidle")
    allowed, *refused = page.frames[1:]
    assert allowed.url == f"{served}/integrer/departements/38-isere/"
    assert allowed.get_by_role("heading", level=1).inner_text() == "PIMMS labellisés\u00a0: Isère (38)"
    frame = page.locator("iframe").first.bounding_box()
    assert frame["width"] == page.locator("h1").first.bounding_box()["width"]
    assert frame["height"] == 560
    assert [other.url for other in refused] == ["chrome-error://chromewebdata/"] * 3
    allowed.get_by_role("link", name="PIMMS Isère – La Villeneuve").first.click()
    page.wait_for_url(re.compile(f"{re.escape(served)}/pimms/"))  # the whole window, not the frame
    # Someone who tries the code in a saved file sees it, too.
    saved = tmp_path / "essai.html"
    saved.write_text(PAGE + code, encoding="utf-8")
    page.goto(saved.as_uri(), wait_until="networkidle")
    assert page.frames[1].url == f"{served}/integrer/departements/38-isere/"
    page.close()


@pytest.mark.parametrize("path", ["/integrer/pimms/pimms-isere-la-villeneuve/", "/integrer/labels/2020-09/"])
def test_embedded_pages_fit_a_narrow_column(visit, overflow, path):
    visited = visit(path, width=280)
    assert overflow(visited.page) == []


def test_the_builder_works_without_javascript_and_previews(visit):
    visited = visit("/integrer/", javascript=False)
    page = visited.page
    page.get_by_label("Que voulez-vous intégrer ?").select_option(label="PIMMS Paris")
    page.get_by_role("button", name="Voir le code").click()
    page.wait_for_load_state("networkidle")
    assert (
        "/integrer/associations/pimms-paris/"
        in page.get_by_role("textbox", name=re.compile("PIMMS Paris")).input_value()
    )
    preview = page.frames[1]
    assert preview.get_by_role("heading", level=1).inner_text().startswith("PIMMS Paris")
    assert visited.problems == []


@pytest.mark.parametrize("path", ["/pimms/pimms-isere-la-villeneuve/", "/labels/2020-01/"])
def test_an_oembed_consumer_discovers_and_understands_a_page(served, path):
    endpoint, asked = discovery.find_from_content(f"{served}{path}")
    assert endpoint == f"{served}/oembed.json"
    asked.max_width = 480
    content = consumer.fetch_content(endpoint, asked)
    assert content.type == "rich"
    assert (content.version, content.width, content.height) == ("1.0", 480, 560)
    assert content.provider_url == f"{served}/"
    assert f'src="{served}/integrer{path}"' in content.html
    assert content._extra == {}  # nothing that oEmbed 1.0 does not name


def test_a_frame_takes_the_height_of_its_content_where_the_page_listens(browser, served, elsewhere):
    built = fetch(f"{served}/integrer/?fiche=/communiques/2020-10-14/")
    code = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", built, re.DOTALL).group(1))
    script = unescape(re.search(r"<code>(.*?)</code>", built, re.DOTALL).group(1))
    page = browser.new_page(viewport={"width": 500, "height": 900})
    page.goto(elsewhere(code + script), wait_until="networkidle")
    frame = page.locator("iframe").first
    inside = page.frames[1].evaluate("document.querySelector('main').getBoundingClientRect().height")
    assert frame.bounding_box()["height"] == pytest.approx(inside, abs=1)
    page.set_viewport_size({"width": 320, "height": 900})
    page.wait_for_function(
        "before => document.querySelector('iframe').getBoundingClientRect().height > before", arg=inside
    )
    page.set_viewport_size({"width": 500, "height": 900})
    page.wait_for_function(
        "before => document.querySelector('iframe').getBoundingClientRect().height <= before + 1", arg=inside
    )
    page.close()
