"""Every link of the served site, followed by LinkChecker: none is dead, none misses its fragment, none redirects."""

import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import pytest
from linkcheck import get_link_pat
from linkcheck.cmdline import aggregate_url
from linkcheck.configuration import Configuration
from linkcheck.director import check_urls, get_aggregate
from linkcheck.logger import _Logger

from pimms_directory.base.languages import BY_CODE

# A link to the list with other filters is followed by tests/test_pages.py; there are too many to open each.
FILTERED = r"/pimms/\?"
# Pages of other languages are made by the same templates: those of Arabic stand for all.
OTHER_LANGUAGES = "|".join(sorted(BY_CODE.keys() - {"fr", "ar"}))


class Findings(_Logger):
    """What LinkChecker reports, as sentences."""

    LoggerName = "findings"

    def __init__(self) -> None:
        super().__init__()
        self.checked: set[str] = set()
        self.problems: set[str] = set()

    def log_filter_url(self, url_data: Any, do_print: bool) -> None:
        self.checked.add(url_data.url)
        found = [text for _tag, text in url_data.warnings] + ([] if url_data.valid else [url_data.result])
        self.problems |= {f"{url_data.parent_url} → {url_data.base_url}: {text}" for text in found}

    def comment(self, text: str, **options: Any) -> None:
        """Nothing to print here, or below."""

    def start_output(self) -> None:
        pass

    def log_url(self, url_data: Any) -> None:
        pass

    def end_output(self, **options: Any) -> None:
        pass


def follow(origin: str, *paths: str) -> Findings:
    """Opens these pages and all that they lead to on this server."""
    config = Configuration()
    config["enabledplugins"] = ["AnchorCheck"]
    config.sanitize()
    config["logger"] = findings = Findings()
    config["status"] = False
    config["robotstxt"] = False  # it keeps crawlers from filtered views, and us from nothing else
    config["threads"] = 2
    config["maxrequestspersecond"] = 10_000
    for pattern in (FILTERED, f"^{re.escape(origin)}/({OTHER_LANGUAGES})/", f"^(?!{re.escape(origin)}/)"):
        config["externlinks"].append(get_link_pat(pattern, strict=True))
    aggregate = get_aggregate(config)
    aggregate.set_maxrated_for_host(origin.removeprefix("http://"))
    for path in paths:
        aggregate_url(aggregate, origin + path)
    check_urls(aggregate)
    return findings


class FaultySite(ThreadingHTTPServer):
    """Four links of which one is sound."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response({"/": 200, "/page/": 200, "/moved/": 301}.get(self.path, 404))
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if self.path == "/moved/":
                self.send_header("Location", "/page/")
            self.end_headers()
            links = ("/page/#here", "/page/#nowhere", "/moved/", "/dead/")
            page = "".join(f'<a href="{link}">x</a>' for link in links) if self.path == "/" else '<p id="here">x</p>'
            self.wfile.write(f"<!DOCTYPE html><html lang=fr><title>x</title>{page}".encode())

        do_HEAD = do_GET

        def log_message(self, *arguments: Any) -> None:
            pass


@pytest.fixture
def faulty() -> Iterator[str]:
    with FaultySite(("127.0.0.1", 0), FaultySite.Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_check_finds_what_is_wrong(faulty):
    problems = "\n".join(sorted(follow(faulty, "/").problems))
    assert len(problems.splitlines()) == 3, problems
    for link in ("/dead/", "/moved/", "/page/#nowhere"):
        assert f"→ {link}: " in problems


@pytest.mark.skipif(
    os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="The same pages: SQLite's run opens them all."
)
def test_every_link_of_the_site_is_sound(served):
    with urlopen(f"{served}/sitemap.xml") as answer:  # noqa: S310 (our own server)
        listed = re.findall(f"<loc>{re.escape(served)}([^<]+)</loc>", answer.read().decode())
    assert len(listed) > 200
    findings = follow(served, "/", *listed)
    assert not findings.problems, "\n".join(sorted(findings.problems))
    assert len(findings.checked) > 500
