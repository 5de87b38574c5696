"""A virtual screen reader reads journeys through the directory: what is heard is compared with what must be heard.

``screen_reader/*.txt`` are the journeys: a line with ``>`` is what somebody does, the lines below it are what they must
hear, phrase by phrase. What can be done:

- ``> open /pimms/``, ``> follow Page 2``: the title of the page is heard;
- ``> focus main input``, ``> type grenobel``, ``> press Enter``: with the keyboard;
- ``> read main``, ``> read main until heading, Sources, level 2``: an element, by a selector of CSS;
- ``> wait .place-status``: until something stands in there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import ndiff
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.audit.section import Section
from tests.audit.servers import directory
from tests.audit.tools import CHROMIUM, NODE_MODULES, as_a_reader, chromium, node_package

TITLE = "Virtual screen reader"
SERVED = None  # one of its own, whose clock stands on a day in opening hours, with a notice
PACKAGE = "@guidepup/virtual-screen-reader"
JOURNEYS = Path(__file__).with_name("screen_reader")
SCRIPT = Path(__file__).with_suffix(".js").read_text()
CLOCK = "@2026-03-03 09:00:00"  # UTC; a Tuesday
NOTICE = """
from sites.models import Notice, Site
Notice.objects.create(site=Site.objects.get(slug="pimms-evry"), kind="closed", begins_on="2026-03-05",
                      ends_on="2026-03-06", text="Formation de l’équipe.")
"""
# Nobody wants to hear these, whatever a journey expects: signs that stand for the eye, pictures, numbers in one word.
NOISE = re.compile(r"[·•→×☎|]|^image|^graphics|\d{7,}")
NOTE = """\
The package runs in Chromium, in the pages as they are served, on a phone’s screen; the server’s clock stands at
3 March 2026. Its phrases are the roles and names of WAI-ARIA, in English; those of structure alone (paragraph, strong)
and the ends of elements are left out, and what is closed is not heard, as with other readers. It knows no `<summary>`:
it reads its words alone. It says signs of punctuation as they are written; how a reader speaks them is its own choice.
The journeys are in `tests/audit/screen_reader/`: each line was judged, and pages were mended, before it came to stand
there. Noise: a separator, a pictogram, a number in one word, or one thing heard twice in a row."""


def steps(journey: str) -> list[tuple[str, list[str]]]:
    """What is done, and what must be heard then."""
    found: list[tuple[str, list[str]]] = []
    for line in journey.splitlines():
        if line.startswith("> "):
            found.append((line[2:], []))
        elif found and line.strip():
            found[-1][1].append(line)
    return found


def noise(phrases: list[str]) -> list[str]:
    twice = [after for before, after in pairwise(phrases) if before == after]
    return [phrase for phrase in phrases if NOISE.search(phrase) and not phrase.startswith("page, ")] + twice


class Listener:
    """Somebody who does what a step says, and hears phrases."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.package = (NODE_MODULES / PACKAGE / "lib" / "esm" / "index.browser.js").read_text()

    def does(self, step: str) -> list[str]:
        verb, _, rest = step.partition(" ")
        return list(getattr(self, verb)(rest))

    def title(self) -> str:
        return " ".join(f"page, {self.page.title()}".split())

    def open(self, path: str) -> Iterator[str]:
        self.page.goto(f"{self.origin}{path}")
        yield self.title()

    def follow(self, name: str) -> Iterator[str]:
        found = self.page.get_by_role("link", name=name, exact=True)
        with self.page.expect_navigation():
            found.first.focus()
            self.page.keyboard.press("Enter")
        yield self.title()

    def focus(self, selector: str) -> Iterator[str]:
        self.page.locator(selector).first.focus()
        yield from ()

    def type(self, words: str) -> Iterator[str]:
        self.page.keyboard.type(words)
        yield from ()

    def press(self, key: str) -> Iterator[str]:
        if key != "Enter":
            self.page.keyboard.press(key)
            return
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        yield self.title()

    def wait(self, selector: str) -> Iterator[str]:
        self.page.locator(selector).filter(has_text=re.compile(r"\S")).first.wait_for()
        yield from ()

    def read(self, what: str) -> Iterator[str]:
        selector, _, until = what.partition(" until ")
        yield from self.page.evaluate(SCRIPT, [self.package, selector, until])


@contextmanager
def listener(origin: str) -> Iterator[Listener]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=as_a_reader(origin))
        # The policy of the pages refuses scripts from elsewhere: the reader is one.
        context = browser.new_context(bypass_csp=True, locale="fr-FR", viewport={"width": 360, "height": 740})
        yield Listener(context.new_page(), origin)
        browser.close()


def heard(someone: Listener, journey: str) -> tuple[list[str], list[str]]:
    """The journey with what is really heard, as lines; and the phrases alone."""
    lines, phrases = [], []
    for step, _ in steps(journey):
        now = someone.does(step)
        lines += [f"> {step}", *now]
        phrases += now
    return lines, phrases


def expected(journey: str) -> list[str]:
    return [line for step, phrases in steps(journey) for line in (f"> {step}", *phrases)]


def clock_library() -> str:
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        raise RuntimeError("faketime is missing. Type: sudo apt-get install --no-install-recommends faketime")
    return str(libraries[0])


def run(origin: str) -> Section:
    rows, told, failed = [], [], []
    with directory(LD_PRELOAD=clock_library(), FAKETIME=CLOCK) as served:
        served.manage("shell", "-c", NOTICE)
        with listener(served.address) as someone:
            for file in sorted(JOURNEYS.glob("*.txt")):
                journey = file.read_text()
                lines, phrases = heard(someone, journey)
                differences = [line for line in ndiff(expected(journey), lines) if line[0] in "+-"]
                noisy = noise(phrases)
                rows.append([journey.splitlines()[0], f"`{file.stem}`", len(phrases), len(differences), len(noisy)])
                if differences or noisy:
                    failed.append(file.stem)
                    told.append(f"`{file.stem}`: " + "; ".join([*differences, *noisy][:8]))
    verdict = f"{len(rows) - len(failed)} of {len(rows)} journeys are heard as they must be, without noise"
    verdict += f"; not {', '.join(failed)}." if failed else "."
    return Section(
        f"{PACKAGE} {node_package(PACKAGE)} in {chromium()}",
        ["journey", "text", "phrases read", "differences", "noise"],
        rows,
        verdict,
        bool(rows) and not failed,
        [NOTE, *told],
    )
