"""EcoIndex: what a page asks of a reader's machine and network, from 0 to 100 (A above 80, in whole points).

The formula and the quantiles, of half a million pages of the HTTP Archive, are those of cnumr/ecoindex_reference.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

ELEMENTS = (
    *(0, 47, 75, 159, 233, 298, 358, 417, 476, 537, 603, 674, 753, 843, 949, 1076, 1237, 1459, 1801, 2479, 594_601),
)
REQUESTS = (0, 2, 15, 25, 34, 42, 49, 56, 63, 70, 78, 86, 95, 105, 117, 130, 147, 170, 205, 281, 3920)
KILOBYTES = (
    *(0, 1.37, 144.7, 319.53, 479.46, 631.97, 783.38, 937.91, 1098.62, 1265.47, 1448.32, 1648.27, 1876.08, 2142.06),
    *(2465.37, 2866.31, 3401.59, 4155.73, 5400.08, 8037.54, 223_212.26),
)
A = 80  # grade A lies above
# To the end of the page, with the pictures on the way there.
READ_ON = """async () => {
    scrollTo(0, document.documentElement.scrollHeight);
    const shown = image => { image.loading = "eager"; return image.decode().catch(() => null); };
    await Promise.all([...document.images].map(shown));
}"""


def ecoindex(elements: int, requests: int, kilobytes: float) -> float:
    """``elements``: of the document, without what is inside pictures (svg)."""
    return 100 - 5 / 6 * (
        3 * quantile(ELEMENTS, elements) + 2 * quantile(REQUESTS, requests) + quantile(KILOBYTES, kilobytes)
    )


def quantile(bounds: Sequence[float], value: float) -> float:
    """How many bounds the value has passed, with the share of the way to the next one."""
    place = bisect_right(bounds, value)
    if place == len(bounds):
        return place - 1
    return place - 1 + (value - bounds[place - 1]) / (bounds[place] - bounds[place - 1])


class Scale:
    """Weighs what a window loads, as a reader's who has never been here: nothing comes from its cache."""

    def __init__(self, page: Page) -> None:
        self.page = page
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._loaded)
        session.on("Network.loadingFailed", self._failed)

    def _answered(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"]

    def _loaded(self, event: dict[str, Any]) -> None:
        self.sizes[self.kinds.get(event["requestId"], "Other")] += event["encodedDataLength"]

    def _failed(self, event: dict[str, Any]) -> None:
        if not event.get("canceled"):  # … by the page, or by going to another
            self.failed.append(event["errorText"])

    def begin(self, address: str) -> None:
        self.kinds: dict[str, str] = {}
        self.sizes: Counter[str] = Counter()  # bytes on the wire
        self.failed: list[str] = []
        answer = self.page.goto(address, wait_until="commit")
        assert answer and answer.ok, f"{address}: {answer and answer.status}"

    def end(self) -> None:
        """Once all is there, also what only who reads on needs."""
        self.page.wait_for_load_state("load")
        self.page.evaluate(READ_ON)
        self.page.wait_for_load_state("networkidle")
        assert not self.failed, f"{self.page.url}: {', '.join(self.failed)}"
        # Without what is inside pictures.
        self.elements: int = self.page.evaluate(
            "document.querySelectorAll('*').length - document.querySelectorAll('svg *').length"
        )

    @property
    def requests(self) -> int:
        return len(self.kinds)

    @property
    def kilobytes(self) -> float:
        return sum(self.sizes.values()) / 1000

    @property
    def score(self) -> float:
        return ecoindex(self.elements, self.requests, self.kilobytes)
