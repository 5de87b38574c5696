"""Mozilla's HTTP Observatory: what the headers of the home page let a browser prevent."""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from tests.audit.section import Section
from tests.audit.tools import node_package, printed_by
from tests.cluster.topology import HOST, PORTS

TITLE = "HTTP Observatory"
SERVED = "as in production"
PACKAGE = "@mdn/mdn-http-observatory"
SCRIPT = Path(__file__).with_name("observatory.mjs")
NOTE = """\
Scanned are both ports of nginx, with the redirect from one to the other; the scanner is told to trust its certificate.
Everybody starts with 100 points, more are extra credit. A host in the HSTS list of browsers has 5 more."""


def run(origin: str) -> Section:
    port = urlsplit(origin).port or 443
    with NamedTemporaryFile("w", suffix=".pem") as certificate:
        certificate.write(ssl.get_server_certificate(("127.0.0.1", port)))
        certificate.flush()
        printed = printed_by(
            *("node", "--input-type=module", "-", HOST, str(PORTS), str(port)),
            typed=SCRIPT.read_text(),
            env={"NODE_EXTRA_CA_CERTS": certificate.name},
        )
    found = json.loads(printed)
    scan = found["scan"]
    rows = [
        [name, test["result"], "yes" if test["pass"] else "no", f"{test['scoreModifier']:+d}"]
        for name, test in found["tests"].items()
    ]
    return Section(
        f"{PACKAGE} {node_package(PACKAGE)}, algorithm {scan['algorithmVersion']}",
        ["test", "result", "passes", "points"],
        rows,
        f"{scan['grade']} with {scan['score']} points (the bar is A+), "
        f"{scan['testsPassed']} of {scan['testsQuantity']} tests pass.",
        scan["grade"] == "A+" and scan["testsFailed"] == 0,
        [NOTE],
    )
