"""Firefox goes five journeys, on a phone's and on a desk's screen."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Any

from tests.audit.section import Section
from tests.audit.servers import directory
from tests.audit.tools import FOLDER, node_package, printed_by

TITLE = "Firefox"
SERVED = None  # one of its own: an editor changes it
FIREFOX = "/usr/bin/firefox-esr"
SCRIPT = Path(__file__).with_suffix(".mjs")
PICTURES = FOLDER / "firefox"
NOTE = """\
Debian’s Firefox, driven by puppeteer over WebDriver BiDi. Each journey is gone twice, in a window of its own, 360 and
1,280 px wide (Firefox’s scroll bar takes 12 of them); it looks on its way for what people must find, and fails where
that is missing. Errors: of scripts, in the console, and requests that fail or are answered with one. Sideways: pages
on the way that are wider than the window. Seconds include what a busy machine adds. What the window shows at the end
of each is kept in `var/audit/firefox/`."""


def row(phone: dict[str, Any], desk: dict[str, Any]) -> list[object]:
    errors, wide = (phone[key] + desk[key] for key in ("errors", "wide"))
    return [
        phone["name"],
        f"{phone['seconds']:.1f}",
        f"{desk['seconds']:.1f}",
        phone["end"] if phone["end"] == desk["end"] else f"{phone['end']}; then {desk['end']}",
        "; ".join(errors) or "none",
        "; ".join(wide) or "none",
    ]


def run(origin: str) -> Section:
    PICTURES.mkdir(parents=True, exist_ok=True)
    username, password = "awa", secrets.token_urlsafe(24)
    with directory() as served:
        account = ("--email", "awa@pimms.example", "--role", "redaction", "--password-stdin")
        served.manage("create_staff", username, *account, typed=password)
        printed = printed_by(
            *("node", "--input-type=module", "-", served.address, FIREFOX, username, password, PICTURES),
            typed=SCRIPT.read_text(),
            env={"TZ": "Europe/Paris"},
        )
    gone = [json.loads(line) for line in printed.splitlines()]
    rows = [row(phone, desk) for phone, desk in zip(gone[::2], gone[1::2], strict=True)]
    failed = {each["name"] for each in gone if each["errors"] or each["wide"] or not each["end"]}
    verdict = f"{len(rows) - len(failed)} of {len(rows)} journeys end as they must on both screens"
    verdict += (
        ", without an error, none wider than its window." if not failed else f"; not {', '.join(sorted(failed))}."
    )
    version = re.search(r"[\d.]+", printed_by(FIREFOX, "--version"))
    firefox = version[0] if version else "of an unknown version"
    return Section(
        f"Firefox ESR {firefox}, puppeteer-core {node_package('puppeteer-core')}",
        ["journey", "seconds, phone", "seconds, desk", "seen at the end", "errors", "sideways"],
        rows,
        verdict,
        len(rows) == 5 and not failed,
        [NOTE],
    )
