"""EcoIndex of every address of the site map, by the package of those who define it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlsplit

from playwright.sync_api import Error, sync_playwright

from tests.audit.section import Section
from tests.audit.tools import CHROMIUM, VENV, as_a_reader, chromium, printed_by, python_packages
from tests.cluster.client import Client
from tests.cluster.topology import HOST
from tests.pages.ecoindex import Scale

TITLE = "EcoIndex"
SERVED = "as in production"
AT_ONCE = 6  # windows: each waits for half a second of silence
THEIRS = """
import asyncio, json, sys
from ecoindex.compute import compute_ecoindex
for measures in json.load(sys.stdin):
    found = asyncio.run(compute_ecoindex(**measures))
    print(json.dumps([found.score, found.grade]))
"""
NOTE = """\
Of 100; grade A lies above 80. Each address is opened in Chromium (1920 × 1080, nothing kept from other pages) through
nginx with TLS and compression, and scrolled to its end; elements are those of the document without what is inside
pictures. A row is the first part of the address, its figures are those of its page with the lowest score."""


@dataclass(frozen=True)
class Weight:
    path: str
    elements: int
    requests: int
    kilobytes: float
    ours: float

    @property
    def kind(self) -> str:
        first = self.path.split("/")[1]
        return f"/{first}/" if self.path.count("/") > 1 else f"/{first}"


def addresses(origin: str) -> list[str]:
    site_map = Client("127.0.0.1", urlsplit(origin).port or 443, HOST, tls=True).get("/sitemap.xml")
    found = re.findall("<loc>([^<]*)", site_map.body.decode())
    if not found:
        raise RuntimeError(f"The site map names no address ({site_map.status} {site_map.error})")
    return found


def weigh(origin: str, listed: list[str]) -> list[Weight]:
    weights = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=as_a_reader(origin))
        # A service worker would answer from what other pages loaded.
        options = {"viewport": {"width": 1920, "height": 1080}, "ignore_https_errors": True, "service_workers": "block"}
        scales = [Scale(browser.new_context(**options).new_page()) for _ in range(AT_ONCE)]
        for start in range(0, len(listed), AT_ONCE):
            weights += weigh_some(scales, listed[start : start + AT_ONCE])
        browser.close()
    return weights


def weigh_some(scales: list[Scale], listed: list[str], tries: int = 3) -> list[Weight]:
    try:
        for scale, address in zip(scales, listed, strict=False):
            scale.begin(address)
        for scale, _ in zip(scales, listed, strict=False):
            scale.end()
    except (Error, AssertionError) as error:
        # Chromium drops what it loads when a network of the machine, whichever, comes or goes.
        if tries == 1 or "ERR_NETWORK_CHANGED" not in str(error):
            raise
        return weigh_some(scales, listed, tries - 1)
    return [
        Weight(urlsplit(address).path, scale.elements, scale.requests, scale.kilobytes, scale.score)
        for scale, address in zip(scales, listed, strict=False)
    ]


def run(origin: str) -> Section:
    weights = weigh(origin, addresses(origin))
    measures = [{"nodes": each.elements, "size": each.kilobytes, "requests": each.requests} for each in weights]
    printed = printed_by(VENV / "python", "-c", THEIRS, typed=json.dumps(measures))
    judged = [(*json.loads(line), each) for line, each in zip(printed.splitlines(), weights, strict=True)]
    differ = [
        f"{each.path} ({each.ours:.1f}, theirs {score})" for score, _, each in judged if round(each.ours) != score
    ]
    below = [each.path for _, grade, each in judged if grade != "A"]
    rows = []
    for kind in sorted({each.kind for each in weights}):
        own = sorted((one for one in judged if one[2].kind == kind), key=lambda one: (one[0], one[2].path))
        score, grade, lowest = own[0]
        middle = median(one[0] for one in own)
        figures = [lowest.elements, lowest.requests, f"{lowest.kilobytes:.1f}"]
        rows.append([f"`{kind}`", len(own), f"{middle:g}", f"{score:g}", grade, f"`{lowest.path}`", *figures])
    least = min(score for score, _, _ in judged)
    verdict = f"A on {len(weights) - len(below)} of {len(weights)} addresses, the lowest score is {least:g}"
    verdict += f"; below A: {', '.join(below[:20])}" if below else ""
    verdict += "; the formula of `make test` gives " + (
        f"another score on {len(differ)}: {', '.join(differ[:5])}." if differ else "the same scores."
    )
    return Section(
        f"ecoindex-compute {python_packages('venv')['ecoindex-compute']}, {chromium()}",
        ["addresses", "number", "median", "lowest", "grade", "of", "elements", "requests", "kB"],
        rows,
        verdict,
        not below and not differ,
        [NOTE],
    )
